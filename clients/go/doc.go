// Package usagegraph is the client of Usagegraph, a GraphQL API for usage and billing of a platform of AI agents.
//
// A Client asks and changes: each operation is a method with typed variables and a typed answer. A Sender reports usage: it gathers
// events into batches, sends them again until they are answered, and keeps them on disk while the server is away. An event has its
// identity before it is first sent, so that however often it is sent it counts once.
package usagegraph

// Version is the version of this client.
const Version = "0.2.0"

// Own is how an id of the platform's own stands where one of Usagegraph's could: kind is account, tool, model or another one of them.
func Own(kind, id string) string { return "external:" + kind + ":" + id }
