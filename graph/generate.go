package graph

// gqlgen looks for gqlgen.yml in the parent folders. Then lists inserts the calls that write long lists at once.
//go:generate go tool gqlgen generate
//go:generate go run ./lists
