// Package ws is GraphQL over WebSocket: the graphql-transport-ws protocol, and no other, on a
// frame layer of its own.
//
// An idle subscribed connection costs one goroutine, which reads, and a few kilobytes: it has no
// writer, no timer and no goroutine per subscription. Frames go out through a few shared writers that
// never block; a client whose socket is full gets a goroutine until it reads on or its time is up.
// One janitor watches the clock for all connections.
//
// Protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
package ws
