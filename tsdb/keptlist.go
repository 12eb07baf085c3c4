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

// How long a list is kept, and how many at most: the oldest go first.
const (
	keptFor  = time.Hour
	maxKept  = 2_000
	keptPart = 100 // rows
)

// KeepList keeps a list, as it is now, for pages to come: what it is of, and its rows. The id tells it apart, and nobody can guess it.
func KeepList[T any](ctx context.Context, s *Store, about any, rows []T) (id string, err error) {
	parts := [][]byte{}
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

// KeptList reads what a kept list is of, and its rows from one up to, not including, another; fewer where it ends. NotFound where it is not kept any more.
func KeptList[T any](ctx context.Context, s *Store, id string, about any, from, to int) ([]T, error) {
	var key pgtype.UUID
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
	found, skip := false, from%keptPart
	_, err = pgx.ForEachRow(rows, []any{&part, &content}, func() error {
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
	list = list[min(skip, len(list)):]
	return list[:min(to-from, len(list))], nil
}

func notKept() error { return pg.Refuse(pg.NotFound, "after", "the list is not kept any more") }

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
