package storetest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// Statements collects the statements that a pool sends, except those that are the same for every query: the account, and
// how to plan.
type Statements struct {
	mu   sync.Mutex
	sent []string
}

// Traced returns a pool on a database of its own, and what collects its statements.
func Traced(t testing.TB) (*pgxpool.Pool, *Statements) {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(tsdbtest.NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	s := &Statements{}
	cfg.ConnConfig.Tracer = s
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool, s
}

// Golden runs ask and compares what it sends with testdata/sql/<name>.sql, so that a change of a statement that is built
// from parts is read before it runs anywhere. If update is set, it writes the file.
func (s *Statements) Golden(t testing.TB, name string, update bool, ask func() error) {
	t.Helper()
	s.take()
	if err := ask(); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	golden, got := filepath.Join("testdata", "sql", name+".sql"), s.take()
	if update {
		if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || string(want) != got {
		t.Errorf("%s: %v; -update writes\n%s", name, err, got)
	}
}

func (s *Statements) note(sql string) {
	for _, common := range []string{"-- name: read accounts\n", "-- name: begin a snapshot", "-- name: keep the plan", "-- name: plan each call", "rollback"} {
		if strings.HasPrefix(sql, common) {
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, strings.TrimSpace(sql))
}

func (s *Statements) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.sent = nil }()
	return strings.Join(s.sent, ";\n\n") + ";\n"
}

// TraceQueryStart implements pgx.QueryTracer.
func (s *Statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	s.note(q.SQL)
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (*Statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart implements pgx.BatchTracer.
func (*Statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

// TraceBatchQuery implements pgx.BatchTracer.
func (s *Statements) TraceBatchQuery(_ context.Context, _ *pgx.Conn, q pgx.TraceBatchQueryData) {
	s.note(q.SQL)
}

// TraceBatchEnd implements pgx.BatchTracer.
func (*Statements) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}
