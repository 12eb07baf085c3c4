package tsdbtest

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

// NewAccount makes the row of an account without members, grants or books, for tests of what knows an account by its id alone.
func NewAccount(t testing.TB, pool *pgxpool.Pool, name string) (id int64) {
	t.Helper()
	const sql = `INSERT INTO account (name, created_at, books_from) VALUES ($1, date_trunc('second', now()), 'epoch') RETURNING account_id`
	if err := pool.QueryRow(t.Context(), sql, name).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}
