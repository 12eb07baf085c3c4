// Package wire holds what the GraphQL transports share: the closed list of error codes, the encoding of answers, request parsing, sessions,
// the push interface for live subscriptions, and the bounded queue of outgoing messages.
//
// It knows gqlgen's types and nothing of the product's schema.
package wire
