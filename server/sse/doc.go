// Package sse implements GraphQL over Server-Sent Events in distinct connections mode: each request is one operation, by GET or POST with
// Accept: text/event-stream, and is answered by next events and one complete event.
//
// A stream that the server ends early (drain, overload, a client too slow for its events) ends without complete. Clients take that as a
// lost connection: they reconnect and resume.
//
// Protocol: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
package sse
