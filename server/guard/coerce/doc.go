// Package coerce brings the values of an operation into the one form that the GraphQL specification of September 2025
// gives them, before anything is executed: variables by §6.1.2, literals by §3.5 to §3.12. Whoever reads arguments
// afterwards (permissions, prices, resolvers) meets lists where the schema has lists, names of enums as they are spelled,
// no null where none may be, and defaults where nothing was given. What does not fit its type is refused, and the
// refusal repeats nothing of the value.
//
// gqlparser and gqlgen do this too, but laxly: they compare the names of enums without case, take "5" for an Int and 1.5 for
// an ID, and make the zero value of a null that a default seemed to cover.
package coerce
