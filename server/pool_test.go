package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

func TestAdHocQuestionsHaveTheirPool(t *testing.T) {
	t.Parallel()
	const known, other = `query K { viewer { kind } }`, `{viewer{name}}`
	l := &executorPools{trusted: documentsOf([]string{known})}
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
	f := limited{pg.NewTurns(1, 1), 10 * time.Millisecond}
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

// withExploreRole returns a server whose database has the role for ad-hoc questions.
func withExploreRole(t *testing.T, change func(*Config)) *running {
	return run(t, func(c *Config) {
		c.ExplorePoolSize, c.ExploreTimeout = 2, 500*time.Millisecond
		c.Parts.Migrate = func(ctx context.Context) (int, error) {
			pool, err := pgxpool.New(ctx, c.DatabaseURL)
			if err != nil {
				return 0, err
			}
			defer pool.Close()
			for range 2 { // it may be repeated
				if ok, err := tsdb.MakeExploreRole(ctx, pool); err != nil || !ok {
					return 0, fmt.Errorf("make role: %v %w", ok, err)
				}
			}
			return 0, nil
		}
		if change != nil {
			change(c)
		}
	})
}

// The pool's connections have a role that may only read, and none of their statements takes long.
func TestTheAdHocPoolReadsOnlyAndNotForLong(t *testing.T) {
	t.Parallel()
	s := withExploreRole(t, nil)
	for sql, state := range map[string]string{
		"INSERT INTO plan (name, credits, runs, created_at) VALUES ('x', 1, 1, now())": "25006",
		"UPDATE balance SET account_id = 1":                                            "42501",
		"CREATE TABLE x (y int)":                                                       "42501",
		"SELECT hash FROM api_token":                                                   "42501",
		"SELECT text FROM trusted_document":                                            "42501",
		"SELECT pg_sleep(10)":                                                          "57014",
	} {
		conn, err := s.pools.explore.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if state == "42501" { // not even where the transaction could write
			_, err = conn.Exec(t.Context(), "SET default_transaction_read_only = off")
		}
		if err == nil {
			_, err = conn.Exec(t.Context(), sql)
		}
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != state {
			t.Errorf("%s: %v", sql, err)
		}
		_ = conn.Hijack().Close(t.Context())
	}
	var user string
	if err := s.pools.explore.QueryRow(t.Context(), "SELECT current_user").Scan(&user); err != nil || user != tsdb.ExploreRole {
		t.Errorf("%q %v", user, err)
	}
}

// Without the role, which the database's user may not be able to create, connections are read-only nevertheless.
func TestTheAdHocPoolWithoutARole(t *testing.T) {
	t.Parallel()
	s := run(t, nil)
	_, err := s.pools.explore.Exec(t.Context(), "INSERT INTO plan (name, credits, runs, created_at) VALUES ('x', 1, 1, now())")
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != "25006" {
		t.Error(err)
	}
}

// The pool can read everything that SUPPORT and ANALYST may read.
func TestTheAdHocPoolReadsAll(t *testing.T) {
	t.Parallel()
	s := withExploreRole(t, func(c *Config) { c.ExploreTimeout = 20 * time.Second })
	account := accountID(s.account("acme"))
	support, analyst := s.token(auth.Support, 0, nil), s.token(auth.Analyst, 0, nil)
	for name, variables := range map[string]map[string]any{
		"support":      {"id": account, "search": "acme", "at": time.Now().UTC().Truncate(time.Second).Format(time.RFC3339)},
		"billing_page": {"account": account},
	} {
		text, err := os.ReadFile("../graph/testdata/operations/" + name + ".graphql")
		if err != nil {
			t.Fatal(err)
		}
		if a := s.ask(support, string(text), variables); a.status != http.StatusOK || len(a.Errors) != 0 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	const rest = `query($id:ID){account(id:$id){apiTokens(first:5){totalCount edges{node{name lastUsedAt}}} members(first:5){edges{node{name}}} roles{name}
reservations(first:5){totalCount} usage(groupBy:[CATEGORY,TIME],first:5){totals{credits} edges{node{credits}}}}}`
	if a := s.ask(support, rest, map[string]any{"id": account}); len(a.Errors) != 0 {
		t.Errorf("%s", a.body)
	}
	if a := s.ask(analyst, `{usage(groupBy:[ACCOUNT,KIND],first:5){totals{credits} edges{node{accountName}}} accounts(first:5){totalCount}}`, nil); len(a.Errors) != 0 {
		t.Errorf("%s", a.body)
	}
}

// Ad-hoc questions that never end take none of the first pool's connections: each is ended by the database or turned away, and meanwhile a
// customer's questions are answered.
func TestTheAdHocPoolCannotStarveTheFirst(t *testing.T) {
	t.Parallel()
	s := withExploreRole(t, func(c *Config) { c.Documents, c.BucketSize, c.BucketRate = []string{widget}, 1<<40, 1<<40 })
	key := s.account("acme")
	analyst := s.token(auth.Analyst, 0, nil)
	customer := s.token(auth.Member, key, func(n *access.NewToken) { n.AnyDocument = false })
	tx, err := s.pools.books.Begin(t.Context()) // whoever reads the figures now waits, as for a question that takes hours
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := tx.Exec(t.Context(), "LOCK TABLE usage_day, usage_quarter, usage_minute IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	const asked = 12
	codes := make(chan string, asked)
	for i := range asked {
		go func() {
			const query = "query Q%d{usage(groupBy:[ACCOUNT,TIME],range:{preset:LAST_90_DAYS}){totals{credits} edges{node{credits}}}}"
			a, err := s.try(s.request(http.MethodPost, "/graphql", analyst, "application/json", bytes.NewReader(question(fmt.Sprintf(query, i), nil))))
			codes <- fmt.Sprint(a.code(), err)
		}()
	}
	customers, late := 0, 0
	for len(codes) < asked {
		started := time.Now()
		a := s.ask(customer, widget, nil)
		if a.code() != "" {
			t.Fatalf("a customer is answered by %s", a.body)
		}
		customers++
		if time.Since(started) > s.cfg.ExploreTimeout {
			late++
		}
	}
	// Starved, each customer would wait for a place that an ad-hoc question has, until its time-out. A busy machine may make one wait.
	if late > 1+customers/4 {
		t.Errorf("%d of %d answers to customers came late", late, customers)
	}
	seen := map[string]int{}
	for range asked {
		seen[<-codes]++
	}
	t.Log(seen, customers)
	if seen["COST_TOO_HIGH<nil>"] == 0 || seen["COST_TOO_HIGH<nil>"]+seen["OVERLOADED<nil>"] != asked {
		t.Errorf("ad-hoc questions came to %v", seen)
	}
}

// Whoever has a place among the ad-hoc questions also has a snapshot, although exports may keep theirs for hours.
func TestAPlaceComesWithASnapshot(t *testing.T) {
	t.Parallel()
	s := withExploreRole(t, func(c *Config) { c.ExplorePoolSize = 3 })
	account := s.account("acme")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	places := 0
	for ; ; places++ {
		waiting, stop := context.WithTimeout(ctx, 100*time.Millisecond)
		_, err := s.places.places.Enter(pg.ForCaller(waiting, "analyst"))
		stop()
		if err != nil {
			break
		}
		reader := charts.Read(s.exploring)
		defer reader.Close(t.Context())
		if _, err := reader.Account(ctx, account); err != nil {
			t.Errorf("whoever comes as number %d has a place and no snapshot: %v", places+1, err)
		}
	}
	if places < 2 {
		t.Errorf("%d places", places)
	}
}
