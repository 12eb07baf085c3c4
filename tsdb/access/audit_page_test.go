package access_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// noted writes entries that concern the accounts; without accounts, one that concerns none.
func (f *fixture) noted(by string, accounts ...int64) {
	f.t.Helper()
	f.must(f.NoteExport(f.ctx, accounts, access.Actor{Kind: "USER", Name: by}, map[string]any{"by": by}))
}

// What concerns several accounts is in the log of each, and what concerns none is in no account's log: no account's
// people see it.
func TestTheLogOfNoAccount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	second := f.another("Second")
	f.noted("both", f.account, second)
	f.noted("none")
	for account, want := range map[int64][]string{f.account: {"both"}, second: {"both"}, 0: {"none"}} {
		log, err := f.AuditLog(f.ctx, account, access.AuditFilter{}, pg.Page{Limit: 10}, true)
		f.must(err)
		var by []string
		for _, e := range log.Rows {
			if by = append(by, e.Actor.Name); e.AccountID != account || e.Action != access.AuditUsageExported || string(e.After) != fmt.Sprintf(`{"by": %q}`, e.Actor.Name) {
				t.Errorf("of %d: %+v", account, e)
			}
		}
		if log.Total != len(want) || !slices.Equal(by, want) {
			t.Errorf("of %d: %v, want %v", account, by, want)
		}
	}
	log, err := f.AuditLog(f.ctx, 0, access.AuditFilter{}, pg.Page{Limit: 1}, false)
	f.must(err)
	none := log.Rows[0]
	for _, within := range [][]int64{{f.account}, {f.account, second}, {0}, {}} {
		_, err := f.AuditEntryWithin(f.ctx, within, none.ID)
		f.refused(err, pg.NotFound, "id")
	}
	if e, err := f.AuditEntryWithin(f.ctx, nil, none.ID); err != nil || e.ID != none.ID {
		t.Errorf("of all: %+v, %v", e, err)
	}
	if unknown, err := f.AuditLog(f.ctx, second+1, access.AuditFilter{}, pg.Page{Limit: 1}, true); err != nil || unknown.Total != 0 || len(unknown.Rows) != 0 {
		t.Errorf("of an unknown account: %+v, %v", unknown, err)
	}
}

// The log can be read to its end while entries are added: every entry that existed is shown once, from either end.
func TestPagesOfTheLogUnderWrites(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for n := range 11 {
		f.noted(fmt.Sprint("entry ", n), f.account)
	}
	read := func(backward bool) (by []string) {
		p := pg.Page{Limit: 3, Backward: backward}
		for n := 0; ; n++ {
			page, err := f.AuditLog(f.ctx, f.account, access.AuditFilter{Actor: "entry"}, p, false)
			f.must(err)
			f.noted(fmt.Sprint("late ", n), f.account)
			rows := page.Rows
			if more := page.HasNext; backward {
				slices.Reverse(rows)
				page.HasNext = page.HasPrev
			} else {
				page.HasNext = more
			}
			for _, e := range rows {
				by = append(by, e.Actor.Name)
			}
			if !page.HasNext {
				return by
			}
			last := []int64{rows[len(rows)-1].ID}
			if p.After = last; backward {
				p.After, p.Before = nil, last
			}
		}
	}
	var want []string
	for n := range 11 {
		want = append(want, fmt.Sprint("entry ", n))
	}
	if got := read(true); !slices.Equal(got, want) {
		t.Errorf("oldest first: %v", got)
	}
	slices.Reverse(want)
	if got := read(false); !slices.Equal(got, want) {
		t.Errorf("newest first: %v", got)
	}
}

// The instants of a filter are [from, to) to the microsecond, and an actor's name is not a pattern.
func TestEdgesOfTheLog(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i, by := range []string{"a_b@acme.example", "a%b@acme.example", "a.b@acme.example"} {
		f.later.Store(int64(i) * int64(time.Microsecond))
		f.noted(by, f.account)
	}
	at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Microsecond) }
	for name, c := range map[string]struct {
		filter access.AuditFilter
		want   int
	}{
		"up to the second":  {access.AuditFilter{To: at(1)}, 1},
		"from the second":   {access.AuditFilter{From: at(1)}, 2},
		"an instant":        {access.AuditFilter{From: at(1), To: at(2)}, 1},
		"an empty range":    {access.AuditFilter{From: at(1), To: at(1)}, 0},
		"a turned range":    {access.AuditFilter{From: at(2), To: at(0)}, 0},
		"another zone":      {access.AuditFilter{From: at(2).In(time.FixedZone("", 5*3600+1800))}, 1},
		"an underscore":     {access.AuditFilter{Actor: "a_b"}, 1},
		"a percent sign":    {access.AuditFilter{Actor: "%"}, 1},
		"a backslash":       {access.AuditFilter{Actor: "\\"}, 0},
		"no action at all":  {access.AuditFilter{Actions: []string{}}, 0},
		"an unknown action": {access.AuditFilter{Actions: []string{"NEVER"}}, 0},
	} {
		if got, err := f.AuditLog(f.ctx, f.account, c.filter, pg.Page{Limit: 10}, true); err != nil || got.Total != c.want || len(got.Rows) != c.want {
			t.Errorf("%s: %d of %d, %v; want %d", name, len(got.Rows), got.Total, err, c.want)
		}
	}
}

// If a state cannot be encoded as JSON, the change fails and is not made without its entry.
func TestWhatCannotBeAuditedIsNotDone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	endless := map[string]any{}
	endless["self"] = endless
	if err := f.NoteExport(f.ctx, []int64{f.account}, access.Actor{}, map[string]any{"f": func() {}}); err == nil {
		t.Error("a function was audited")
	}
	if got := f.entries(f.account); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
