package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/usagegraph/usagegraph/console"
)

// documents are the trusted documents: those of the console that this binary holds, and those of a folder. They are read
// once, at start, so that a request never waits for a disk.
type documents map[string]string

// maxDocuments bounds how many files a folder may hold, and maxDocument the bytes of one.
const maxDocuments, maxDocument = 10_000, 64 << 10

// readDocuments reads the console's manifest and, where folder is not "", its *.graphql files.
func readDocuments(folder string) (documents, error) {
	texts, err := console.Documents()
	if err != nil {
		return nil, fmt.Errorf("trusted documents of the console: %w", err)
	}
	d := documents{}
	for _, text := range texts {
		d.add(text)
	}
	if folder == "" {
		return d, nil
	}
	names, err := filepath.Glob(filepath.Join(folder, "*.graphql"))
	if err != nil || len(names) > maxDocuments {
		return nil, fmt.Errorf("trusted documents: at most %d files are read", maxDocuments)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil || len(text) > maxDocument {
			return nil, fmt.Errorf("trusted document %s: it cannot be read, or is longer than %d bytes", filepath.Base(name), maxDocument)
		}
		d.add(string(text))
	}
	return d, nil
}

// add keeps a text under its hash, which nobody needs to be believed about.
func (d documents) add(text string) {
	sum := sha256.Sum256([]byte(text))
	d[hex.EncodeToString(sum[:])] = text
}

// Document implements guard.Store.
func (d documents) Document(_ context.Context, hash string) (string, bool) {
	text, ok := d[hash]
	return text, ok
}
