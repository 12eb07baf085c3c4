package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"sync/atomic"
)

// documents are the trusted documents by their hash: those given at the start and those registered in the database. They are held in
// memory, so that no request waits for them. It implements guard.Store.
type documents struct {
	given      map[string]string
	registered atomic.Pointer[map[string]string]
	loading    sync.Mutex // one reader at a time, otherwise an older result could replace a newer one
}

func documentsOf(texts []string) *documents {
	d := &documents{given: byHash(texts)}
	d.register(nil)
	return d
}

func byHash(texts []string) map[string]string {
	m := make(map[string]string, len(texts))
	for _, text := range texts {
		m[hashOf(text)] = text
	}
	return m
}

// register replaces the registered documents.
func (d *documents) register(texts []string) {
	m := byHash(texts)
	d.registered.Store(&m)
}

// hashOf returns the hash by which a document is known: SHA-256 in 64 lower-case hexadecimal digits.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Document returns the text with a hash, 64 lower-case hexadecimal digits.
func (d *documents) Document(_ context.Context, hash string) (string, bool) {
	if text, ok := d.given[hash]; ok {
		return text, true
	}
	text, ok := (*d.registered.Load())[hash]
	return text, ok
}

// knows reports whether a text is a trusted document.
func (d *documents) knows(text string) bool {
	_, ok := d.Document(context.Background(), hashOf(text))
	return ok
}

// loadDocuments reads the registered documents. If that fails, those known before stay in force.
func (s *Server) loadDocuments(ctx context.Context) error {
	s.trusted.loading.Lock()
	defer s.trusted.loading.Unlock()
	list, err := s.store.Access.Documents(ctx)
	if err != nil {
		return err
	}
	texts := make([]string, len(list))
	for i, d := range list {
		texts[i] = d.Text
	}
	s.trusted.register(texts)
	return nil
}
