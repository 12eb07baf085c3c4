package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Listed is an account as a list of accounts shows it.
type Listed struct {
	ID        int64
	Name      string
	CreatedAt time.Time
	UpdatedAt time.Time // CreatedAt: never changed
	BooksFrom time.Time // zero: nothing is history
	Own
}

// In the order of destinations. An account that was never changed was last updated when it was created.
const listedColumns = `account_id, name, created_at, coalesce(updated_at, created_at), books_from, coalesce(external_id, ''), tags`

func scanListed(row pgx.CollectableRow) (l Listed, err error) {
	err = row.Scan(l.destinations()...)
	l.settle()
	return l, err
}

// destinations returns where a row of listedColumns is scanned to; settle must follow. A list that reads more columns
// appends to them.
func (l *Listed) destinations() []any {
	return []any{&l.ID, &l.Name, &l.CreatedAt, &l.UpdatedAt, &l.BooksFrom, &l.ExternalID, &l.Tags}
}

// settle turns the values of a row into what they mean.
func (l *Listed) settle() {
	// 1970 stands for books without a beginning; an earlier instant means the same, since nothing is that old.
	if l.BooksFrom.Unix() <= 0 {
		l.BooksFrom = time.Time{} // everything is in the books
	}
}

// Listed reads accounts by key, at most 1,000, ordered by name; unknown keys are missing from the result. Equal names
// are in the order of creation, so that a list is the same each time. It is for callers who may see all of these
// accounts: none is left out.
func (s *Store) Listed(ctx context.Context, ids []int64) ([]Listed, error) {
	rows, err := s.pool.Query(ctx, `-- name: read accounts for a list
SELECT `+listedColumns+` FROM account WHERE account_id = ANY($1) ORDER BY lower(name`+pg.Letters+`), account_id LIMIT 1000`, ids)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanListed)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	return list, nil
}
