// Package graphiql serves GraphiQL from the binary; none of its files comes from elsewhere. The page itself contains nothing secret and is
// served to everybody. It asks for a token, and the API refuses tokens that may not explore.
package graphiql

import (
	"embed"
	"io/fs"
)

// dist.md always exists, so that the pattern matches even if the page was not built.
//
//go:embed all:dist*
var built embed.FS

// Files returns the built files, with index.html at the root; ok is false if the page was not built.
func Files() (files fs.FS, ok bool) {
	if _, err := fs.Stat(built, "dist/index.html"); err != nil {
		return nil, false
	}
	files, err := fs.Sub(built, "dist")
	return files, err == nil
}
