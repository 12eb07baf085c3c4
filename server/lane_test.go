package server

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sync/semaphore"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

func TestAdHocQuestionsHaveTheirLane(t *testing.T) {
	t.Parallel()
	const known, other = `query K { viewer { kind } }`, `{viewer{name}}`
	l := &lanes{trusted: documentsOf([]string{known})}
	as := func(role auth.Role) context.Context {
		return auth.WithPrincipal(t.Context(), auth.Principal{Role: role})
	}
	for name, c := range map[string]struct {
		role  auth.Role
		query string
		want  bool
	}{
		"ANALYST, ad hoc":     {auth.Analyst, other, true},
		"SUPPORT, ad hoc":     {auth.Support, other, true},
		"ANALYST, registered": {auth.Analyst, known, false},
		"ANALYST, by hash":    {auth.Analyst, "", false},
		"PLATFORM":            {auth.Platform, other, false},
		"somebody bound":      {"", other, false},
	} {
		if got := l.adHoc(as(c.role), &graphql.RawParams{Query: c.query}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestFewAtOnce(t *testing.T) {
	t.Parallel()
	f := few{semaphore.NewWeighted(1), 10 * time.Millisecond}
	var inner *graphql.Response
	outer := f.InterceptResponse(t.Context(), func(ctx context.Context) *graphql.Response {
		inner = f.InterceptResponse(ctx, func(context.Context) *graphql.Response { return &graphql.Response{} })
		return &graphql.Response{}
	})
	if len(outer.Errors) != 0 || len(inner.Errors) != 1 || wire.CodeOf(inner.Errors[0]) != wire.Overloaded {
		t.Errorf("%+v within %+v", inner, outer)
	}
	if again := f.InterceptResponse(t.Context(), func(context.Context) *graphql.Response { return &graphql.Response{} }); len(again.Errors) != 0 {
		t.Errorf("afterwards: %+v", again)
	}
}

func TestTheLaneReadsOnlyAndNotForLong(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Config{Listen: "127.0.0.1:0", DatabaseURL: tsdbtest.NewURL(t), PoolSize: 2, ChartPoolSize: 1, ExplorePoolSize: 1,
		ExploreTimeout: 50 * time.Millisecond, Clock: time.Now, Random: rand.Read, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for sql, state := range map[string]string{
		"INSERT INTO plan (name, credits, runs, created_at) VALUES ('x', 1, 1, now())": "25006",
		"SELECT pg_sleep(10)": "57014",
	} {
		_, err := s.pools.explore.Exec(t.Context(), sql)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != state {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
