// Package guard stands between the transports and gqlgen. It is a graphql.GraphExecutor that lets a document be executed only if it is
// cheap to examine, valid, affordable and allowed.
//
// The order is: allowance → trusted document → counts by a lexer pass → parser → fragments → validation without the quadratic rule →
// overlap check and plan → operation → introspection → variables → cost → budget. Each step is linear in what the steps before it have
// bounded. Documents that passed are kept.
package guard
