package access

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// TrustedDocument is a GraphQL document that callers may send, whole or by its hash, even if they may send no others.
type TrustedDocument struct {
	Hash    [sha256.Size]byte // of Text
	Text    string
	Name    string    // only to be shown
	AddedAt time.Time // set by AddDocuments
}

// MaxDocuments bounds how many documents are registered, and MaxDocument the bytes of one.
const MaxDocuments, MaxDocument = 10_000, 64 << 10

// DocumentsChanged is what ListenAccess reports when the registered documents changed.
const DocumentsChanged = "documents"

// AddDocuments registers documents and tells every process; those already registered stay as they are. It returns how
// many were new. Invalid is returned if a text is too long or there would be too many documents.
func (s *Store) AddDocuments(ctx context.Context, list []TrustedDocument) (added int, err error) {
	// The hash is computed here and not taken from the caller, because it decides which text is sent by it.
	hashes, texts, names := make([][]byte, len(list)), make([]string, len(list)), make([]string, len(list))
	for i, d := range list {
		if len(d.Text) > MaxDocument {
			return 0, pg.Refuse(pg.Invalid, "", "%s is longer than %d bytes", d.Name, MaxDocument)
		}
		sum := sha256.Sum256([]byte(d.Text))
		hashes[i], texts[i], names[i] = sum[:], d.Text, d.Name
	}
	err = s.transact(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `-- name: register documents
INSERT INTO trusted_document (hash, text, name, added_at)
SELECT d.hash, d.text, d.name, $4 FROM unnest($1::bytea[], $2::text[], $3::text[]) AS d (hash, text, name)
ORDER BY d.hash ON CONFLICT (hash) DO NOTHING`, hashes, texts, names, s.now())
		if err != nil {
			return fmt.Errorf("register documents: %w", err)
		}
		// ON CONFLICT leaves out the existing ones. Rows are inserted in the order of their hashes, so that two processes
		// that add the same documents do not deadlock.
		added = int(tag.RowsAffected())
		// Counted after the insert: two processes that add at the same moment may each see room, and exceed the bound by
		// what one of them adds. The bound keeps lists short; it need not be exact.
		if err := roomForDocuments(ctx, tx); err != nil {
			return err
		}
		return tellAccess(ctx, tx, DocumentsChanged)
	})
	return added, err
}

// roomForDocuments refuses if there are too many documents, including those of this transaction.
func roomForDocuments(ctx context.Context, tx pgx.Tx) error {
	var n int
	if err := tx.QueryRow(ctx, "-- name: count documents\nSELECT count(*) FROM trusted_document").Scan(&n); err != nil {
		return fmt.Errorf("count documents: %w", err)
	}
	if n > MaxDocuments {
		return pg.Refuse(pg.Invalid, "", "at most %d documents are registered; remove some", MaxDocuments)
	}
	return nil
}

// RemoveDocument ends a document's registration and tells every process. It returns NotFound if the document is not
// registered.
func (s *Store) RemoveDocument(ctx context.Context, hash [sha256.Size]byte) error {
	return s.transact(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "-- name: remove document\nDELETE FROM trusted_document WHERE hash = $1", hash[:])
		if err != nil {
			return fmt.Errorf("remove document: %w", err)
		}
		// A second removal is refused, because a mistyped hash would otherwise look as if it had been removed.
		if tag.RowsAffected() == 0 {
			return pg.Refuse(pg.NotFound, "", "no document of this hash is registered")
		}
		return tellAccess(ctx, tx, DocumentsChanged)
	})
}

// Documents lists the registered documents by name, at most MaxDocuments.
func (s *Store) Documents(ctx context.Context) ([]TrustedDocument, error) {
	rows, err := s.pool.Query(ctx, `-- name: list documents
SELECT hash, text, name, added_at FROM trusted_document ORDER BY name, hash LIMIT $1`, MaxDocuments)
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d TrustedDocument, err error) {
		var hash []byte
		// copy takes what fits, but a constraint of the column makes every hash 32 bytes long.
		err = row.Scan(&hash, &d.Text, &d.Name, &d.AddedAt)
		copy(d.Hash[:], hash)
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", err)
	}
	return list, nil
}
