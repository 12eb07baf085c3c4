package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
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

const listedColumns = `account_id, name, created_at, coalesce(updated_at, created_at), books_from, coalesce(external_id, ''), tags`

func scanListed(row pgx.CollectableRow) (l Listed, err error) {
	err = row.Scan(l.destinations()...)
	l.settle()
	return l, err
}

func (l *Listed) destinations() []any {
	return []any{&l.ID, &l.Name, &l.CreatedAt, &l.UpdatedAt, &l.BooksFrom, &l.ExternalID, &l.Tags}
}

// settle makes a row that was read what it means.
func (l *Listed) settle() {
	if l.BooksFrom.Unix() <= 0 {
		l.BooksFrom = time.Time{} // how "all is in the books" is stored
	}
}

// Listed reads accounts by key, at most 1,000, ordered by name; unknown keys are missing.
func (s *Store) Listed(ctx context.Context, ids []int64) ([]Listed, error) {
	rows, err := s.pool.Query(ctx, `-- name: read accounts for a list
SELECT `+listedColumns+` FROM account WHERE account_id = ANY($1) ORDER BY lower(name), account_id LIMIT 1000`, ids)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanListed)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	return list, nil
}
