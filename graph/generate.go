package graph

// gqlgen looks for gqlgen.yml in the folders above. What it writes for long lists is then preceded by what writes them at once.
//go:generate go tool gqlgen generate
//go:generate go run ./lists
