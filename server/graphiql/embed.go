// Package graphiql serves GraphiQL from the binary: no file of it comes from anywhere else. The page itself holds nothing
// secret and is given to everybody; it asks for a token, and the API refuses one that may not explore.
package graphiql

import (
	"embed"
	"io/fs"
)

// dist.md is always there, so that the pattern has a match where the page was not built.
//
//go:embed all:dist*
var built embed.FS

// Files are the built files, index.html at the root; ok is false where the page was not built.
func Files() (files fs.FS, ok bool) {
	if _, err := fs.Stat(built, "dist/index.html"); err != nil {
		return nil, false
	}
	files, err := fs.Sub(built, "dist")
	return files, err == nil
}
