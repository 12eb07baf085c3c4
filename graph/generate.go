package graph

// gqlgen looks for gqlgen.yml in the folders above.
//go:generate go tool gqlgen generate
