package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
)

// documents are the trusted documents by their hash, which nobody needs to be believed about. It implements guard.Store.
type documents map[string]string

func documentsOf(texts []string) documents {
	d := make(documents, len(texts))
	for _, text := range texts {
		d[hashOf(text)] = text
	}
	return d
}

// hashOf is what a document is known by: SHA-256 in 64 lower-case hexadecimal digits.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Document is the text of a hash, 64 lower-case hexadecimal digits.
func (d documents) Document(_ context.Context, hash string) (string, bool) {
	text, ok := d[hash]
	return text, ok
}
