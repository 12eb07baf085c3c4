// Package wire holds what the GraphQL transports share: the closed list of error
// codes, the encoding of answers, request parsing, sessions, the push interface of
// live subscriptions and the bounded queue of frames that go out.
//
// It knows gqlgen's types and nothing of the product's schema.
package wire
