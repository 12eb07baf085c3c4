// Package httpgql is GraphQL over HTTP by the book: one operation a request, by GET or
// POST, answered as application/json or application/graphql-response+json.
//
// Specification: https://graphql.github.io/graphql-over-http/draft/
package httpgql
