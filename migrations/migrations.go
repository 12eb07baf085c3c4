// Package migrations holds the database's schema as numbered SQL and brings a database up to it.
//
// A file NNNNN_name.sql is in goose's format. Once landed it is never edited; a change is a new file.
package migrations

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed *.sql
var files embed.FS

// One process migrates while the others wait: they look once a second, for at most ten minutes. They look rather
// than queue on the lock, because a statement that waits holds a snapshot, and CREATE INDEX CONCURRENTLY would wait
// for that in turn.
const (
	lockEverySeconds = 1
	lockTries        = 600
)

const undefinedTable = "42P01" // SQLSTATE

// State compares a database with this binary's migrations; both lists ascend.
type State struct {
	Pending []int64 // versions this binary has and the database lacks
	Unknown []int64 // versions the database has and this binary lacks: a newer binary has migrated it
}

// Up applies what is missing in the database at url and returns how many migrations that were. Of several processes
// that call it at once, one migrates and the others wait for it, then apply nothing. Each migration is one
// transaction, so that a failed one leaves the database at the version before it; the error names the file.
func Up(ctx context.Context, url string) (applied int, err error) {
	db, err := open(url)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return up(ctx, db, files)
}

// Unbounded takes back the time-outs that a user may have for a pooler's sake: a migration takes as long as it takes.
const Unbounded = "-- name: take time\nSET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0"

func open(url string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("parse database url: %w", err)
	}
	return stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.PgConn().Exec(ctx, Unbounded).ReadAll(); err != nil {
			return fmt.Errorf("take time: %w", err)
		}
		return nil
	})), nil
}

func up(ctx context.Context, db *sql.DB, fsys fs.FS) (int, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(lockEverySeconds, lockTries))
	if err != nil {
		return 0, fmt.Errorf("make migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, fsys, goose.WithSessionLocker(locker))
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return applied(results, err), fmt.Errorf("migrate: %w", err)
	}
	return len(results), nil
}

// applied counts what went in before an error stopped the run; goose then hands the results over inside the error.
func applied(results []*goose.MigrationResult, err error) int {
	if partial := (*goose.PartialError)(nil); errors.As(err, &partial) {
		return len(partial.Applied)
	}
	return len(results)
}

// Status tells how the database behind pool compares with this binary. It only reads, so that a health check may
// call it, also on a replica.
func Status(ctx context.Context, pool *pgxpool.Pool) (State, error) {
	versions, err := appliedVersions(ctx, pool)
	if err != nil {
		return State{}, fmt.Errorf("read applied migrations: %w", err)
	}
	known, err := Versions()
	if err != nil {
		return State{}, err
	}
	return State{Pending: without(known, versions), Unknown: without(versions, known)}, nil
}

// Versions lists this binary's migrations in order.
func Versions() ([]int64, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	versions := make([]int64, 0, len(names))
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		versions = append(versions, version)
	}
	return versions, nil
}

// Hash is the same for the same migrations, names and contents, and different for others: 16 hexadecimal digits.
func Hash() (string, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return "", fmt.Errorf("list migrations: %w", err)
	}
	sum := sha256.New()
	for _, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("read migration %s: %w", name, err)
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(content), content)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

func appliedVersions(ctx context.Context, pool *pgxpool.Pool) ([]int64, error) {
	// Version 0 is goose's own mark of a new table.
	const query = `-- name: migrations-applied
SELECT version_id FROM goose_db_version WHERE version_id > 0 AND is_applied ORDER BY version_id LIMIT 100000`
	rows, _ := pool.Query(ctx, query) // CollectRows returns its error
	versions, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && refused.Code == undefinedTable {
		return nil, nil
	}
	return versions, err
}

// without lists what of a is not in b, in a's order.
func without(a, b []int64) []int64 {
	in := make(map[int64]bool, len(b))
	for _, version := range b {
		in[version] = true
	}
	var rest []int64
	for _, version := range a {
		if !in[version] {
			rest = append(rest, version)
		}
	}
	return rest
}
