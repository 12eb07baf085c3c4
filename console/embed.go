// Package console holds the web console for the binary to serve: the built files, the documents that it sends, and the
// content security policy that it needs.
package console

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
)

// dist.md is always there, so that the pattern has a match where the console was not built.
//
//go:embed all:dist*
var built embed.FS

//go:embed persisted-documents.json
var manifest []byte

// Files are the built files, index.html at the root; ok is false where the console was not built.
func Files() (files fs.FS, ok bool) {
	if _, err := fs.Stat(built, "dist/index.html"); err != nil {
		return nil, false
	}
	files, err := fs.Sub(built, "dist")
	return files, err == nil
}

// Documents are the operations that the console sends by name of their hash: SHA-256 in lower-case hex → text. They are
// there whether or not the console was built.
func Documents() (map[string]string, error) {
	var texts map[string]string
	if err := json.Unmarshal(manifest, &texts); err != nil {
		return nil, fmt.Errorf("persisted-documents.json: %w", err)
	}
	return texts, nil
}
