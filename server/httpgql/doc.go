// Package httpgql implements GraphQL over HTTP by the specification: each request is one operation, by GET or POST, answered as
// application/json or application/graphql-response+json.
//
// Specification: https://graphql.github.io/graphql-over-http/draft/
package httpgql
