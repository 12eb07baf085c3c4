package charts_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

// fixture is a store on a database of its own, with a clock that stands still until it is moved.
type fixture struct{ *storetest.Fixture }

var start = storetest.Start()

func newFixture(t testing.TB) *fixture {
	t.Helper()
	return &fixture{storetest.New(t)}
}

// fixtureOn is a fixture on a pool, with settings of its own.
func fixtureOn(t testing.TB, pool *pgxpool.Pool, settings tsdb.Settings) *fixture {
	t.Helper()
	return &fixture{storetest.On(t, pool, settings)}
}

// wantRefused demands a refusal with a code and returns it.
func (f *fixture) wantRefused(err error, code tsdb.Code) *tsdb.Error {
	f.T.Helper()
	var refused *tsdb.Error
	if !errors.As(err, &refused) || refused.Code != code {
		f.T.Fatalf("got %v, want %s", err, code)
	}
	return refused
}
