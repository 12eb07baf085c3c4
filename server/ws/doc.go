// Package ws implements GraphQL over WebSocket: only the graphql-transport-ws protocol, on a frame layer of its own.
//
// An idle subscribed connection costs one goroutine, which reads, and a few kilobytes: it has no writer, no timer and no goroutine per
// subscription. Frames are sent by a few shared writers that never block; a client whose socket is full gets a goroutine until it reads on
// or its time is up. One janitor watches the time limits of all connections.
//
// Protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
package ws
