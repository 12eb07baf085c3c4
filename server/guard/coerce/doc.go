// Package coerce converts the values of an operation into the one form that the GraphQL specification of September 2025 gives them, before
// anything is executed: variables by §6.1.2, literals by §3.5 to §3.12. Code that reads arguments afterwards (permissions, prices,
// resolvers) finds lists where the schema has lists, enum names in their exact spelling, no null where the type does not allow one, and
// defaults where nothing was given. A value that does not fit its type is refused, and the refusal repeats nothing of the value.
//
// gqlparser and gqlgen do this too, but loosely: they ignore the case of enum names, accept "5" for an Int and 1.5 for an ID, and turn a
// null that a default seemed to cover into the zero value.
package coerce
