package pg_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Statements are timed for the context that they belong to, and those of an outage count nothing.
func TestStatementsAreTimed(t *testing.T) {
	const took = 3 * time.Second
	for name, c := range map[string]struct {
		err  error
		want time.Duration
	}{
		"answered":               {nil, took},
		"refused":                {&pgconn.PgError{Code: "23505"}, took},
		"too slow":               {&pgconn.PgError{Code: "57014"}, took},
		"given up":               {context.Canceled, 500 * time.Millisecond},
		"not answered in time":   {context.DeadlineExceeded, 0},
		"the database goes down": {&pgconn.PgError{Code: "57P01"}, 0},
		"locked":                 {&pgconn.PgError{Code: "55P03"}, 0},
		"cut off":                {pgconn.ErrConnClosed, 0},
		"a fault":                {errors.New("x"), took},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, spent := pg.Timed(t.Context())
			w := pg.Stopwatch{}
			query := w.TraceQueryStart(ctx, nil, pgx.TraceQueryStartData{})
			batch := w.TraceBatchStart(ctx, nil, pgx.TraceBatchStartData{})
			other := w.TraceQueryStart(t.Context(), nil, pgx.TraceQueryStartData{}) // of nobody
			time.Sleep(took)
			w.TraceQueryEnd(query, nil, pgx.TraceQueryEndData{Err: c.err})
			w.TraceBatchEnd(batch, nil, pgx.TraceBatchEndData{Err: c.err})
			w.TraceQueryEnd(other, nil, pgx.TraceQueryEndData{Err: c.err})
			if got := spent.Duration(); got != 2*c.want {
				t.Errorf("%s: %v, want %v", name, got, 2*c.want)
			}
		})
	}
}
