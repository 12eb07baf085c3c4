package charts_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

var update = flag.Bool("update", false, "write the golden statements again")

// builtSQL collects what is sent, except what is the same for every query: the account, and how to plan.
type builtSQL struct {
	mu   sync.Mutex
	sent []string
}

func (s *builtSQL) note(sql string) {
	for _, common := range []string{"-- name: read accounts", "-- name: begin a snapshot", "-- name: keep the plan", "-- name: plan each call", "rollback"} {
		if strings.HasPrefix(sql, common) {
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, strings.TrimSpace(sql))
}

func (s *builtSQL) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.sent = nil }()
	return strings.Join(s.sent, ";\n\n") + ";\n"
}

func (s *builtSQL) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	s.note(q.SQL)
	return ctx
}

func (*builtSQL) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (*builtSQL) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

func (s *builtSQL) TraceBatchQuery(_ context.Context, _ *pgx.Conn, q pgx.TraceBatchQueryData) {
	s.note(q.SQL)
}

func (*builtSQL) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// Statements that are built from parts are compared with testdata/sql, so that a change of one is read before it runs
// anywhere. -update writes the files.
func TestBuiltStatements(t *testing.T) {
	t.Parallel()
	cfg, err := pgxpool.ParseConfig(tsdbtest.NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	built := &builtSQL{}
	cfg.ConnConfig.Tracer = built
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	f := fixtureOn(t, pool, tsdb.Settings{})
	id, model := f.NewAccount(), int64(0)
	model = f.NewResource(id, "MODEL", "DEPLOYED")
	days := charts.Span{Range: billing.Range{From: start.Add(-9*24*time.Hour - 7*time.Minute), To: start}}
	q := charts.TabQuery{Span: days, Sums: true, Search: "one", Page: charts.TabPage{Limit: 25}}
	for name, ask := range map[string]func(r *charts.Reader) error{
		"trend": func(r *charts.Reader) error {
			_, err := r.Trend(f.Ctx, id, charts.TrendQuery{Range: days.Range, Granularity: billing.Day, Zone: time.UTC, Category: billing.Models, ResourceID: model})
			return err
		},
		"overview":   func(r *charts.Reader) error { _, err := r.UsedIn(f.Ctx, id, days); return err },
		"tools":      func(r *charts.Reader) error { _, err := r.Tools(f.Ctx, id, q); return err },
		"models":     func(r *charts.Reader) error { _, err := r.Models(f.Ctx, id, q); return err },
		"drill_down": func(r *charts.Reader) error { _, err := r.ModelDeployments(f.Ctx, id, model, q); return err },
		"guardrails": func(r *charts.Reader) error { _, err := r.Guardrails(f.Ctx, id, q); return err },
		"names_alone": func(r *charts.Reader) error {
			_, err := r.Tools(f.Ctx, id, charts.TabQuery{Span: days, Page: q.Page})
			return err
		},
		"lately":       func(r *charts.Reader) error { _, err := r.Lately(f.Ctx, []int64{id}); return err },
		"of_all_times": func(r *charts.Reader) error { _, err := r.UsedIn(f.Ctx, id, ever); return err },
	} {
		built.take()
		reader := charts.Read(f.Store)
		err := ask(reader)
		reader.Close(f.Ctx)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		golden, got := filepath.Join("testdata", "sql", name+".sql"), built.take()
		if *update {
			f.Must(os.MkdirAll(filepath.Dir(golden), 0o755))
			f.Must(os.WriteFile(golden, []byte(got), 0o644))
		}
		if want, err := os.ReadFile(golden); err != nil || string(want) != got {
			t.Errorf("%s: %v; go test ./tsdb/charts -update writes\n%s", name, err, got)
		}
	}
}
