package migrations_test

import (
	"context"
	"embed"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

//go:embed *.sql
var numbered embed.FS

// What waits for the roll-up is the same before, after and without the migration that gave hosting a row for an account and minute, to
// charts and to the views for analysts.
func TestWhatWaitsForTheRollUpOutlivesAnUpgrade(t *testing.T) {
	t.Parallel()
	ctx, url := context.Background(), tsdbtest.NewURL(t)
	config, err := pgx.ParseConfig(url)
	must(t, err)
	db := stdlib.OpenDB(*config)
	t.Cleanup(func() { _ = db.Close() })
	provider, err := goose.NewProvider(goose.DialectPostgres, db, numbered)
	must(t, err)
	exec := func(sql string) {
		t.Helper()
		_, err := db.ExecContext(ctx, sql)
		must(t, err)
	}
	want := func(when, waiting string, figures ...int64) {
		t.Helper()
		for i, sql := range []string{`SELECT sum(credits) FROM usage_delta`, `SELECT (sum(credits) * 1000000)::bigint FROM analyst.usage_daily`, `SELECT count(*) FROM ` + waiting} {
			var got int64
			must(t, db.QueryRowContext(ctx, sql).Scan(&got))
			if got != figures[i] {
				t.Errorf("%s: %s: %d, want %d", when, sql, got, figures[i])
			}
		}
	}
	exec(`INSERT INTO usage_delta VALUES (1, '2026-03-10 09:31Z', 1, 0, 'INFERENCE', 'MODELS', 30, 0, 1, 0, 0)`)
	exec(`INSERT INTO usage_delta_hosting VALUES (1, '2026-03-10 09:31Z', 'MODELS', '{1,1}', '{7,8}', '{200,500}')`)
	want("new", "usage_delta", 730, 730, 3)
	_, err = provider.DownTo(ctx, 44)
	must(t, err)
	want("without it", "usage_delta", 730, 730, 3)
	exec(`INSERT INTO usage_delta VALUES (1, '2026-03-10 09:32Z', 1, 0, 'INFERENCE', 'MODELS', 1000, 0, 1, 0, 0)`)
	_, err = provider.Up(ctx)
	must(t, err)
	exec(`INSERT INTO usage_delta_hosting VALUES (1, '2026-03-10 09:33Z', 'MODELS', '{1,1}', '{7,8}', '{20000,50000}')`)
	want("upgraded", "usage_delta", 71730, 71730, 6)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
