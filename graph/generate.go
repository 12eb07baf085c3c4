// gqlgen looks for gqlgen.yml in the folders above.
package graph

//go:generate go tool gqlgen generate
