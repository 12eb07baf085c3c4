package tsdb

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// How long a list is kept, and how many at most: the oldest go first. A part is unpacked as a whole: a page has at most
// a hundred rows, so it needs two parts at most. The hour is what rules.md §9 says of later pages; whoever keeps lists
// bounds their rows.
const (
	keptFor  = time.Hour
	maxKept  = 2_000
	keptPart = 100 // rows
)

// KeepList keeps a list as it is now, for later pages: what it is about, and its rows. It returns an id, which nobody
// can guess. Later pages are of the list as the first page found it, so nothing is skipped or comes twice, however
// figures move (rules.md §9). Lists are kept in an unlogged table, so a crash loses them and their cursors are answered
// NOT_FOUND; the client begins again. Rows are anything that encoding/json reads back as it was.
func KeepList[T any](ctx context.Context, s *Store, about any, rows []T) (id string, err error) {
	parts := [][]byte{}
	// Part 0 is what the list is about; the rows follow from part 1 on.
	head, err := packed(about)
	if err != nil {
		return "", err
	}
	parts = append(parts, head)
	for len(rows) > 0 {
		n := min(keptPart, len(rows))
		part, err := packed(rows[:n])
		if err != nil {
			return "", err
		}
		parts, rows = append(parts, part), rows[n:]
	}
	err = s.lists.QueryRow(ctx, `-- name: keep a list
WITH gone AS (
  DELETE FROM kept_list WHERE kept_until < $1 OR list_id IN (
    SELECT list_id FROM kept_list WHERE part = 0 ORDER BY kept_until DESC OFFSET $4)
), kept AS (SELECT gen_random_uuid() AS list_id)
INSERT INTO kept_list (list_id, part, kept_until, content)
SELECT kept.list_id, p.no - 1, $2, p.content FROM kept, unnest($3::bytea[]) WITH ORDINALITY AS p (content, no)
RETURNING list_id::text`, s.Now(), s.Now().Add(keptFor), parts, maxKept).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("keep list: %w", err)
	}
	return id, nil
}

// KeptList reads what a kept list is about, and its rows from one up to, not including, another; fewer if the list
// ends. It returns NotFound if the list is no longer kept. about is a pointer. from and to count rows from 0. Only the
// parts that hold them are read. Reading does not keep a list alive.
func KeptList[T any](ctx context.Context, s *Store, id string, about any, from, to int) ([]T, error) {
	var key pgtype.UUID
	// An id comes from a cursor, and so from outside.
	if key.Scan(id) != nil {
		return nil, notKept()
	}
	rows, err := s.lists.Query(ctx, `-- name: read a kept list
SELECT part, content FROM kept_list WHERE list_id = $1 AND kept_until >= $2 AND (part = 0 OR part BETWEEN $3 AND $4) ORDER BY part`,
		key, s.Now(), from/keptPart+1, (to+keptPart-1)/keptPart)
	if err != nil {
		return nil, fmt.Errorf("read kept list: %w", err)
	}
	var list []T
	var part int
	var content []byte
	// The first part that is read begins before from.
	found, skip := false, from%keptPart
	_, err = pgx.ForEachRow(rows, []any{&part, &content}, func() error {
		// A list with a head is complete: all its parts are written and deleted in one statement.
		if part == 0 {
			found = true
			return unpack(content, about)
		}
		var of []T
		if err := unpack(content, &of); err != nil {
			return err
		}
		list = append(list, of...)
		return nil
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("read kept list: %w", err)
	case !found:
		return nil, notKept()
	}
	// Past the end there is nothing; a cursor may come from a longer list of the same question, or be made up.
	list = list[min(skip, len(list)):]
	return list[:min(to-from, len(list))], nil
}

func notKept() error { return pg.Refuse(pg.NotFound, "after", "the list is not kept any more") }

// packed is JSON under gzip: rows of usage repeat the names of their fields.
// It is called for a hundred rows at a time, so that a page unpacks few.
func packed(v any) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(v); err != nil {
		return nil, fmt.Errorf("pack list: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack list: %w", err)
	}
	return b.Bytes(), nil
}

// unpack reads what packed wrote; nothing else is ever stored there.
func unpack(content []byte, into any) error {
	z, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return err
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
