package guard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// Store holds the trusted documents.
type Store interface {
	// Document returns the text of the document with this SHA-256, 64 lower-case hexadecimal digits.
	Document(ctx context.Context, sha256 string) (text string, ok bool)
}

// resolve finds the text of a request, which is sent, or named by documentId or extensions.persistedQuery, or both. trusted reports whether
// the store has it.
func (e *Executor) resolve(ctx context.Context, params *graphql.RawParams) (trusted bool, fault *gqlerror.Error) {
	named, fault := namedHash(params.Extensions)
	if fault != nil {
		return false, fault
	}
	if params.Query == "" && named == "" {
		return false, wire.Fault(wire.BadRequest, `"query" is missing.`)
	}
	if params.Query == "" {
		text, ok := e.stored(ctx, named)
		if !ok {
			// Apollo's and urql's clients know this message.
			return false, wire.Fault(wire.DocumentNotFound, "PersistedQueryNotFound")
		}
		params.Query = text
		return true, nil
	}
	if len(params.Query) > e.cfg.Limits.Bytes {
		return false, tooComplex("bytes")
	}
	actual := hashOf(params.Query)
	if named != "" && named != hex.EncodeToString(actual[:]) {
		return false, wire.Fault(wire.BadRequest, "The document does not match its hash.")
	}
	if e.cfg.AnyDocument == nil || e.cfg.AnyDocument(ctx) {
		return false, nil
	}
	if _, ok := e.stored(ctx, hex.EncodeToString(actual[:])); !ok {
		return false, wire.Fault(wire.DocumentNotTrusted, "This token may send trusted documents only.")
	}
	return true, nil
}

func (e *Executor) stored(ctx context.Context, sha256 string) (string, bool) {
	if e.cfg.Store == nil || sha256 == "" {
		return "", false
	}
	return e.cfg.Store.Document(ctx, sha256)
}

func hashOf(text string) hash { return sha256.Sum256([]byte(text)) }

// namedHash reads the hash by which a request names its document; "" if it names none.
func namedHash(extensions map[string]any) (string, *gqlerror.Error) {
	persisted, isObject := extensions[wire.PersistedKey].(map[string]any)
	if !isObject && extensions[wire.PersistedKey] != nil {
		return "", wire.Fault(wire.BadRequest, `"extensions.persistedQuery" must be an object.`)
	}
	var names []string
	for _, entries := range []struct {
		of   map[string]any
		name string
	}{{extensions, wire.DocumentIDKey}, {persisted, "sha256Hash"}} {
		if name, given := entries.of[entries.name]; given {
			hash, fault := readHash(name)
			if fault != nil {
				return "", fault
			}
			names = append(names, hash)
		}
	}
	switch {
	case len(names) == 0:
		return "", nil
	case len(names) == 2 && names[0] != names[1]:
		return "", wire.Fault(wire.BadRequest, "The request names two documents.")
	}
	return names[0], nil
}

func readHash(name any) (string, *gqlerror.Error) {
	text, _ := name.(string)
	text = strings.ToLower(strings.TrimPrefix(text, "sha256:"))
	if len(text) != 2*sha256.Size || strings.Trim(text, "0123456789abcdef") != "" {
		return "", wire.Fault(wire.BadRequest, "A document's hash is SHA-256 in 64 hexadecimal digits.")
	}
	return text, nil
}
