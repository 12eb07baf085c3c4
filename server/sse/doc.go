// Package sse is GraphQL over Server-Sent Events in distinct connections mode: one operation a request,
// by GET or POST with Accept: text/event-stream, answered by next events and one complete event.
//
// A stream that the server ends early (drain, overload, a client too slow for its events) ends without
// complete, which clients take as a lost connection: they come back and resume.
//
// Protocol: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
package sse
