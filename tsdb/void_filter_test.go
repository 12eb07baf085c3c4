package tsdb_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// A filter includes the first microsecond of its range and excludes the last, and matches only the resource and source
// that it names, in its own account; the preview counts what the call takes back.
func TestWhatAFilterOfVoidsTakes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	tool, second, theirs := f.resource(id, "TOOL", "DEPLOYED"), f.resource(id, "TOOL", "DEPLOYED"), f.resource(other, "TOOL", "DEPLOYED")
	from, to := start.Add(-time.Hour), start.Add(-time.Minute)
	const µs = time.Microsecond
	event := func(account, tool int64, source string, at time.Time) tsdb.UsageEvent {
		e := runs(account, tool, f.key(), at, 1)
		e.Source = source
		return e
	}
	f.ingest(tsdb.Record, event(id, tool, "a", from.Add(-µs)), event(id, tool, "a", from), event(id, tool, "a", to.Add(-µs)), event(id, tool, "a", to),
		event(id, second, "a", from), event(id, tool, "A", from), event(id, tool, "a b'", from), event(other, theirs, "a", from))
	for name, c := range map[string]struct {
		filter tsdb.VoidFilter
		want   int64
	}{
		"a range":               {tsdb.VoidFilter{From: from, To: to}, 5},
		"its first microsecond": {tsdb.VoidFilter{From: from, To: from.Add(µs)}, 4},
		"its last one":          {tsdb.VoidFilter{From: to.Add(-µs), To: to}, 1},
		"between two":           {tsdb.VoidFilter{From: from.Add(µs), To: to.Add(-µs)}, 0},
		"a resource":            {tsdb.VoidFilter{From: from, To: to, ResourceID: second}, 1},
		"another's resource":    {tsdb.VoidFilter{From: from, To: to, ResourceID: theirs}, 0},
		"no resource":           {tsdb.VoidFilter{From: from, To: to, ResourceID: -1}, 0},
		"a source, by its case": {tsdb.VoidFilter{From: from, To: to, Source: new("a")}, 3},
		"a source with a quote": {tsdb.VoidFilter{From: from, To: to, Source: new("a b'")}, 1},
		"no pattern":            {tsdb.VoidFilter{From: from, To: to, Source: new("%")}, 0},
		"both":                  {tsdb.VoidFilter{From: from, To: to, ResourceID: tool, Source: new("a")}, 2},
		"since ever":            {tsdb.VoidFilter{From: time.Unix(0, 0), To: start.AddDate(100, 0, 0)}, 7},
	} {
		if sum, err := f.PreviewVoids(f.ctx, id, c.filter); err != nil || sum != (tsdb.Voided{Events: c.want, Runs: c.want}) {
			t.Errorf("%s: %+v, %v, want %d", name, sum, err, c.want)
		}
	}
	sum, err := f.VoidFiltered(f.ctx, tsdb.FilteredVoids{AccountID: id, Filter: tsdb.VoidFilter{From: from, To: to, Source: new("a")}, Count: 3}, tsdb.Actor{Name: "Sue"})
	if f.must(err); sum != (tsdb.Voided{Events: 3, Runs: 3}) || f.view(id).Runs.Used() != 4 || f.view(other).Runs.Used() != 1 {
		t.Errorf("%+v, %d used, %d by the other", sum, f.view(id).Runs.Used(), f.view(other).Runs.Used())
	}
	if sum, err := f.PreviewVoids(f.ctx, id, tsdb.VoidFilter{From: from, To: to}); err != nil || sum.Events != 2 {
		t.Errorf("what is left: %+v, %v", sum, err)
	}
	f.sound(id)
}

func TestFiltersOfVoidsThatAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	sound := tsdb.FilteredVoids{AccountID: id, Filter: tsdb.VoidFilter{From: start.Add(-time.Hour), To: start}, Count: 1, IdempotencyKey: "k"}
	for _, c := range []struct {
		what, field string
		code        tsdb.Code
		edit        func(n *tsdb.FilteredVoids)
	}{
		{"no beginning", "filter", tsdb.Invalid, func(n *tsdb.FilteredVoids) { n.Filter.From = time.Time{} }},
		{"no end", "filter", tsdb.Invalid, func(n *tsdb.FilteredVoids) { n.Filter.To = time.Time{} }},
		{"nothing between", "filter", tsdb.Invalid, func(n *tsdb.FilteredVoids) { n.Filter.To = n.Filter.From }},
		{"the wrong way round", "filter", tsdb.Invalid, func(n *tsdb.FilteredVoids) { n.Filter.To = n.Filter.From.Add(-1) }},
		{"an empty source", "filter", tsdb.Invalid, func(n *tsdb.FilteredVoids) { n.Filter.Source = new("") }},
		{"a long source", "filter", tsdb.Invalid, func(n *tsdb.FilteredVoids) { n.Filter.Source = new(strings.Repeat("ü", 201)) }},
		{"a control character", "filter", tsdb.Invalid, func(n *tsdb.FilteredVoids) { n.Filter.Source = new("a\x00") }},
		{"no UTF-8", "filter", tsdb.Invalid, func(n *tsdb.FilteredVoids) { n.Filter.Source = new("a\xff") }},
		{"none", "expectedCount", tsdb.Invalid, func(n *tsdb.FilteredVoids) { n.Count = 0 }},
		{"fewer than none", "expectedCount", tsdb.Invalid, func(n *tsdb.FilteredVoids) { n.Count = -1 }},
		{"too many", "expectedCount", tsdb.Invalid, func(n *tsdb.FilteredVoids) { n.Count = tsdb.MaxFilteredVoids + 1 }},
		{"a long key", "idempotencyKey", tsdb.Invalid, func(n *tsdb.FilteredVoids) { n.IdempotencyKey = strings.Repeat("k", 129) }},
		{"as many as there are not", "expectedCount", tsdb.Conflict, func(n *tsdb.FilteredVoids) { n.Count = tsdb.MaxFilteredVoids }},
		{"before all that is kept", "expectedCount", tsdb.Conflict, func(n *tsdb.FilteredVoids) {
			n.Filter.From, n.Filter.To = start.AddDate(-9, 0, 0), start.AddDate(-8, 0, 0)
		}},
	} {
		n := sound
		c.edit(&n)
		_, err := f.VoidFiltered(f.ctx, n, tsdb.Actor{})
		f.refusedAs(c.what, err, c.code, c.field)
	}
	sound.AccountID += 999
	_, err := f.VoidFiltered(f.ctx, sound, tsdb.Actor{})
	f.wantRefused(err, tsdb.NotFound)
	if n := f.rows("usage_void"); n != 0 || f.rows("idempotency") != 0 {
		t.Errorf("%d voids, %d keys", n, f.rows("idempotency"))
	}
}

// What a filter matches can be taken back as long as events are kept, to the microsecond; a key that was answered stays
// answered even if its filter matches other events by then, and cannot be used for another request.
func TestAFilterAtTheEndOfRetention(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	kept := start.Add(-f.Settings().EventRetention)
	f.ingest(tsdb.Record, runs(id, tool, "oldest", kept, 1), runs(id, tool, "next", kept.Add(time.Microsecond), 2))
	n := tsdb.FilteredVoids{AccountID: id, Filter: tsdb.VoidFilter{From: kept.AddDate(-1, 0, 0), To: start}, Count: 1, IdempotencyKey: "k"}
	f.clock.advance(time.Microsecond)
	sum, err := f.PreviewVoids(f.ctx, id, n.Filter)
	if f.must(err); sum != (tsdb.Voided{Events: 1, Runs: 2}) {
		t.Errorf("%+v", sum)
	}
	for range 2 {
		if sum, err := f.VoidFiltered(f.ctx, n, tsdb.Actor{}); err != nil || sum != (tsdb.Voided{Events: 1, Runs: 2}) {
			t.Errorf("%+v, %v", sum, err)
		}
		f.ingest(tsdb.Record, runs(id, tool, f.key(), start.Add(-time.Hour), 1))
	}
	n.Filter.Source = new("test")
	_, err = f.VoidFiltered(f.ctx, n, tsdb.Actor{})
	f.wantRefused(err, tsdb.Conflict)
	_, err = f.CreateScript(f.ctx, tsdb.NewScript{AccountID: id, Name: "s", Language: tsdb.Python, IdempotencyKey: "k"})
	f.wantRefused(err, tsdb.Conflict)
	if got := f.takeBack(id, runs(id, tool, "oldest", kept, 1)); got[0].Code != tsdb.TimeTooOld {
		t.Errorf("by its identity: %+v", got)
	}
	f.sound(id)
}

// If many repeat one count at once, each event is taken back once; those who come too late are told that the number is
// another one.
func TestFiltersAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	for i := range 20 {
		f.ingest(tsdb.Record, runs(id, tool, fmt.Sprint(i), start.Add(-time.Duration(i)*time.Second), 1))
	}
	stores := []*tsdb.Store{f.Store, f.another(true, 0)}
	n := tsdb.FilteredVoids{AccountID: id, Filter: tsdb.VoidFilter{From: start.Add(-9 * time.Second), To: start.Add(time.Second)}, Count: 10}
	f.inParallel(func(writer int) error {
		n := n
		if writer%4 == 0 {
			n.IdempotencyKey = "the same"
		}
		if _, err := stores[writer%2].VoidFiltered(f.ctx, n, tsdb.Actor{}); err != nil && codeOf(err) != tsdb.Conflict {
			return err
		}
		return nil
	})
	if got := f.view(id).Runs.Used(); got != 10 || f.rows("usage_void") != 10 {
		t.Errorf("%d runs are left, %d voids", got, f.rows("usage_void"))
	}
	f.sound(id)
}
