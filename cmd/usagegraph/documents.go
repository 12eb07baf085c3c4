package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/server/guard"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

func documentForms() []string {
	return []string{
		"documents add FILE|FOLDER…     *.graphql, or a manifest of hash → text in JSON",
		"documents list",
		"documents remove HASH…",
	}
}

// documents registers, lists and removes trusted documents. Running servers learn of it at once.
func (p program) documents(ctx context.Context, c config, rest []string) error {
	verb, named, ok := oneOf(rest, "add", "list", "remove")
	if !ok {
		return misused(documentForms())
	}
	store, closeStore, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer closeStore()
	switch verb {
	case "add":
		return p.addDocuments(ctx, store, named)
	case "remove":
		return p.removeDocuments(ctx, store, named)
	}
	return p.listDocuments(ctx, store)
}

// addDocuments registers the documents in files: all of them, or none if one of them could never be answered.
func (p program) addDocuments(ctx context.Context, store *tsdb.Store, paths []string) error {
	var list []access.TrustedDocument
	for _, path := range paths {
		found, err := readTrusted(path)
		if err != nil {
			return err
		}
		list = append(list, found...)
	}
	if len(list) == 0 {
		return errors.New("documents add: name *.graphql files, a manifest of hash → text in JSON, or a folder of them")
	}
	if err := checkDocuments(list); err != nil {
		return err
	}
	added, err := store.Access.AddDocuments(ctx, list)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%d documents registered, %d were already\n", added, len(list)-added)
	return nil
}

// checkDocuments passes the documents through the guard, and returns everything that is wrong.
func checkDocuments(list []access.TrustedDocument) error {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	var faults []error
	for _, d := range list {
		for _, err := range guard.Check(schema, d.Text) {
			faults = append(faults, fmt.Errorf("%s: %s", d.Name, err.Message))
		}
	}
	return errors.Join(faults...)
}

// readTrusted reads the documents at a path: a *.graphql file contains one, a *.json file is a manifest, and a folder may contain both.
func readTrusted(path string) ([]access.TrustedDocument, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: it cannot be read", path)
	}
	if info.IsDir() {
		return readFolder(path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: it cannot be read", path)
	}
	if filepath.Ext(path) == ".json" {
		return readManifest(path, text)
	}
	return []access.TrustedDocument{document(filepath.Base(path), withoutMark(string(text)))}, nil
}

func readFolder(path string) (list []access.TrustedDocument, err error) {
	for _, pattern := range []string{"*.graphql", "*.json"} {
		names, err := filepath.Glob(filepath.Join(path, pattern))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			found, err := readTrusted(name)
			if err != nil {
				return nil, err
			}
			list = append(list, found...)
		}
	}
	return list, nil
}

// readManifest reads the output of code generators: an object of hash → text. A hash that is not the SHA-256 of its text is refused,
// because clients would send a hash that the server does not know.
func readManifest(path string, content []byte) (list []access.TrustedDocument, err error) {
	var texts map[string]string
	if err := json.Unmarshal([]byte(withoutMark(string(content))), &texts); err != nil {
		return nil, fmt.Errorf("%s: no manifest, which is a JSON object of hash → text", path)
	}
	for _, hash := range slices.Sorted(maps.Keys(texts)) {
		d := document(filepath.Base(path), texts[hash])
		if strings.TrimPrefix(hash, "sha256:") != hex.EncodeToString(d.Hash[:]) {
			return nil, fmt.Errorf("%s: the hash %.12q… is not SHA-256 of its text; set the generator's hash algorithm to sha256", path, hash)
		}
		list = append(list, d)
	}
	return list, nil
}

func document(name, text string) access.TrustedDocument {
	return access.TrustedDocument{Hash: sha256.Sum256([]byte(text)), Text: text, Name: name}
}

func (p program) listDocuments(ctx context.Context, store *tsdb.Store) error {
	list, err := store.Access.Documents(ctx)
	if err != nil {
		return err
	}
	for _, d := range list {
		fmt.Fprintf(p.out, "%x  %s  %6d bytes  %s\n", d.Hash, stamp(d.AddedAt), len(d.Text), d.Name)
	}
	return nil
}

func (p program) removeDocuments(ctx context.Context, store *tsdb.Store, hashes []string) error {
	if len(hashes) == 0 {
		return errors.New("documents remove: name the hashes that documents list shows")
	}
	for _, text := range hashes {
		raw, err := hex.DecodeString(strings.TrimPrefix(text, "sha256:"))
		if err != nil || len(raw) != sha256.Size {
			return errors.New("documents remove: a hash is SHA-256 in 64 hexadecimal digits")
		}
		if err := store.Access.RemoveDocument(ctx, [sha256.Size]byte(raw)); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.out, "%d documents removed\n", len(hashes))
	return nil
}
