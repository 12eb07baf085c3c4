package tsdb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Accounts are listed by name ignoring case, then in the order in which they were made; each once, without unknown
// ones, with their details, and without a beginning of the books if everything is in them, however early a beginning
// was given.
func TestListedAccounts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var made []int64
	for i, n := range []tsdb.NewAccount{
		{Name: "beta"}, {Name: "Alpha", BooksFrom: start}, {Name: "alpha", BooksFrom: time.Unix(0, 0)}, {Name: "Beta", BooksFrom: time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC)}, {Name: "alpha", BooksFrom: time.Unix(1, 1)},
	} {
		n.IdempotencyKey, n.Own = f.key(), tsdb.Own{ExternalID: fmt.Sprint("own", i), Tags: tsdb.Tags{"i": fmt.Sprint(i)}}
		id, err := f.CreateAccount(f.ctx, n, tsdb.Actor{})
		f.must(err)
		made = append(made, id)
	}
	f.clock.advance(time.Hour)
	_, err := f.UpdateAccount(f.ctx, tsdb.AccountChange{AccountID: made[0], TimeZone: new("Asia/Kathmandu")})
	f.must(err)
	list, err := f.Listed(f.ctx, append(made, made[0], 999, -1))
	f.must(err)
	var got []string
	for _, l := range list {
		from := "-"
		if !l.BooksFrom.IsZero() {
			from = fmt.Sprint(l.BooksFrom.Unix())
		}
		got = append(got, fmt.Sprint(l.Name, " ", l.ExternalID, " ", l.Tags["i"], " ", from, " ", l.UpdatedAt.Sub(l.CreatedAt)))
	}
	if want := fmt.Sprint([]string{"Alpha own1 1 1773135000 0s", "alpha own2 2 - 0s", "alpha own4 4 1 0s", "beta own0 0 - 1h0m0s", "Beta own3 3 - 0s"}); fmt.Sprint(got) != want {
		t.Errorf("listed\n%v\nwant\n%s", got, want)
	}
	if list, err := f.Listed(f.ctx, nil); err != nil || len(list) != 0 {
		t.Errorf("of no ids: %v, %v", list, err)
	}
}
