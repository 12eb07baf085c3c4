package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// documents runs `usagegraph documents` on the database of a running server.
func (r *running) documents(args ...string) (string, error) {
	var out bytes.Buffer
	p := program{out: &out, clock: time.Now}
	err := p.documents(r.t.Context(), r.config, args)
	return out.String(), err
}

// Documents registered while servers run are known to them at once, and unknown once removed.
func TestDocumentsAreRegisteredWhileServersRun(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	other := launch(t, r.config)
	folder := t.TempDir()
	const byFile, byManifest = "query ByFile { viewer { kind } }", "query ByManifest { viewer { name } }"
	hash := func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
	manifest, _ := json.Marshal(map[string]string{"sha256:" + hash(byManifest): byManifest})
	write(t, folder, "one.graphql", byFile)
	write(t, folder, "app.json", string(manifest))

	token := r.token(auth.Analyst, 0, func(n *access.NewToken) { n.AnyDocument = false })
	byHash := func(r *running, text string) answer {
		return r.post("/graphql", token, "application/json", []byte(`{"documentId":"sha256:`+hash(text)+`"}`))
	}
	if a := byHash(r, byFile); a.code() != "PERSISTED_QUERY_NOT_FOUND" {
		t.Fatalf("before: %s", a.body)
	}
	if out, err := r.documents("add", folder); err != nil || out != "2 documents registered, 0 were already\n" {
		t.Fatalf("%q %v", out, err)
	}
	for _, server := range []*running{r, other} {
		waitFor(t, func() bool { return byHash(server, byFile).at("viewer.kind") == "SERVICE" })
		if a := server.ask(token, byManifest, nil); a.at("viewer.name") != "test ANALYST" {
			t.Errorf("as text: %s", a.body)
		}
	}
	if out, err := r.documents("add", filepath.Join(folder, "one.graphql")); err != nil || out != "0 documents registered, 1 were already\n" {
		t.Errorf("again: %q %v", out, err)
	}
	if out, err := r.documents("list"); err != nil || !strings.Contains(out, hash(byFile)) || !strings.Contains(out, "one.graphql") {
		t.Errorf("list: %q %v", out, err)
	}
	if _, err := r.documents("remove", hash(byFile)); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return byHash(r, byFile).code() == "PERSISTED_QUERY_NOT_FOUND" })
	if _, err := r.documents("remove", hash(byFile)); err == nil {
		t.Error("removed twice")
	}
}

func write(t *testing.T, folder, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Documents that could never be answered are refused with everything that is wrong, and nothing is registered.
func TestDocumentsAreChecked(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	for name, c := range map[string]struct{ file, text, want string }{
		"no such field": {"a.graphql", "{ viewer { secret } }", "a.graphql: Cannot query field"},
		"no document":   {"b.graphql", "hello", "b.graphql: Unexpected Name"},
		"too complex":   {"c.graphql", "{" + strings.Repeat("viewer{name} ", 30) + "}", "root fields"},
		"wrong hash":    {"d.json", `{"da39a3ee5e6b4b0d3255bfef95601890afd80709":"{ viewer { name } }"}`, "not SHA-256"},
		"no manifest":   {"e.json", `["{ viewer { name } }"]`, "no manifest"},
	} {
		folder := t.TempDir()
		write(t, folder, c.file, c.text)
		write(t, folder, "good.graphql", "{ viewer { name } }")
		if _, err := r.documents("add", folder); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, args := range [][]string{nil, {"add"}, {"add", "/nowhere"}, {"remove"}, {"remove", "xyz"}, {"explain"}} {
		if _, err := r.documents(args...); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
	if out, _ := r.documents("list"); out != "" {
		t.Errorf("registered all the same: %s", out)
	}
}

// A byte order mark is no part of a document: clients send the document, and its hash, without it.
func TestDocumentsWithAMark(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	const text = "query Marked { viewer { kind } }"
	write(t, folder, "marked.graphql", "\ufeff"+text)
	list, err := readTrusted(folder)
	if err != nil || len(list) != 1 || list[0].Text != text || list[0].Hash != sha256.Sum256([]byte(text)) {
		t.Errorf("registered: %+v %v", list, err)
	}
	texts, err := readDocuments(folder)
	if err != nil || !slices.Contains(texts, text) {
		t.Errorf("of the folder: %v", err)
	}
}
