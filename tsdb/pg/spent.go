package pg

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// Spent is how long the database has worked on the statements of a context, those of all connections together.
type Spent struct{ nanoseconds atomic.Int64 }

// Duration returns the sum so far.
func (s *Spent) Duration() time.Duration { return time.Duration(s.nanoseconds.Load()) }

type (
	spentKey struct{}
	beganKey struct{}
)

// Timed returns a context whose statements are timed, if their connections have a Stopwatch.
func Timed(ctx context.Context) (context.Context, *Spent) {
	s := &Spent{}
	return context.WithValue(ctx, spentKey{}, s), s
}

// Stopwatch is a pgx tracer that times the statements of contexts made by Timed: from sending a statement to its last
// row. Waiting for a connection does not count, and neither do statements that failed because the database could
// not be used: nobody pays for an outage. Those that took too long, or that the caller gave up, do count.
type Stopwatch struct{}

var _ interface {
	pgx.QueryTracer
	pgx.BatchTracer
} = Stopwatch{}

func (Stopwatch) begin(ctx context.Context) context.Context {
	if _, timed := ctx.Value(spentKey{}).(*Spent); !timed {
		return ctx
	}
	return context.WithValue(ctx, beganKey{}, time.Now())
}

// givenUp is how much of a statement that the caller gave up counts: a caller may also give up because the database
// hangs.
const givenUp = 500 * time.Millisecond

// tookTooLong is the SQLSTATE of a statement that exceeded its time limit.
const tookTooLong = "57014"

func (Stopwatch) end(ctx context.Context, err error) {
	s, timed := ctx.Value(spentKey{}).(*Spent)
	began, begun := ctx.Value(beganKey{}).(time.Time)
	if !timed || !begun {
		return
	}
	took := time.Since(began)
	switch {
	case errors.Is(err, context.Canceled):
		took = min(took, givenUp)
	case Unavailable(err) && !HasState(err, tookTooLong):
		return
	}
	s.nanoseconds.Add(int64(took))
}

// TraceQueryStart implements pgx.QueryTracer.
func (w Stopwatch) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return w.begin(ctx)
}

// TraceQueryEnd implements pgx.QueryTracer.
func (w Stopwatch) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, end pgx.TraceQueryEndData) {
	w.end(ctx, end.Err)
}

// TraceBatchStart implements pgx.BatchTracer.
func (w Stopwatch) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return w.begin(ctx)
}

// TraceBatchQuery implements pgx.BatchTracer.
func (Stopwatch) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (w Stopwatch) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, end pgx.TraceBatchEndData) {
	w.end(ctx, end.Err)
}
