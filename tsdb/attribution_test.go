package tsdb_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// groups returns a pivot's rows as text: what they carry, and runs.
func (f *fixture) groups(account int64, q charts.PivotQuery) (rows []string) {
	f.t.Helper()
	r := charts.Read(f.Store)
	defer r.Close(f.ctx)
	q.Accounts, q.Zone, q.Limit, q.Rows = []int64{account}, time.UTC, 1000, true
	if q.Span == (charts.Span{}) {
		q.Span = charts.Span{Ever: true}
	}
	out, err := r.Pivot(f.ctx, q)
	f.must(err)
	for _, row := range out.Rows {
		text := ""
		for _, v := range append([]charts.Value{row.User, row.APIKey}, row.Tags...) {
			switch {
			case v.Other:
				text += "other "
			case v.Set:
				text += v.Text + " "
			}
		}
		rows = append(rows, fmt.Sprint(text, row.Runs))
	}
	return rows
}

func (f *fixture) wantGroups(what string, account int64, q charts.PivotQuery, want ...string) {
	f.t.Helper()
	if got := f.groups(account, q); fmt.Sprint(got) != fmt.Sprint(want) {
		f.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func forUser(e tsdb.UsageEvent, user string) tsdb.UsageEvent {
	e.User = user
	return e
}

// Who and what an event was for is part of its content: the same event again is a duplicate, anything else a conflict.
func TestAttributionIsContent(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	e := runs(id, tool, "a", start, 2)
	e.Attribution = tsdb.Attribution{User: "ann", APIKey: "key-1", Tags: tsdb.Tags{"team": "red", "env": "", "long key": "ü"}}
	bare := runs(id, tool, "b", start, 1)
	for _, batch := range [][]tsdb.UsageEvent{{e, bare}, {e, bare}} {
		for i, r := range f.ingest(tsdb.Record, batch...) {
			if r.Status != tsdb.Stored && r.Status != tsdb.Duplicate {
				t.Errorf("event %d: %+v", i, r)
			}
		}
	}
	for name, other := range map[string]tsdb.Attribution{
		"another user": {User: "bob", APIKey: e.APIKey, Tags: e.Tags}, "no key": {User: e.User, Tags: e.Tags}, "nothing": {},
		"another value": {User: e.User, APIKey: e.APIKey, Tags: tsdb.Tags{"team": "red", "env": "x", "long key": "ü"}},
		"a tag more":    {User: e.User, APIKey: e.APIKey, Tags: tsdb.Tags{"team": "red", "env": "", "long key": "ü", "more": ""}},
	} {
		again := e
		again.Attribution = other
		if r := f.ingest(tsdb.Record, again)[0]; r.Status != tsdb.UsageConflict {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := f.ingest(tsdb.Record, forUser(bare, "ann"))[0]; r.Status != tsdb.UsageConflict {
		t.Errorf("a user added later: %+v", r)
	}
	twice := forUser(runs(id, tool, "c", start, 1), "ann")
	if r := f.ingest(tsdb.Record, twice, forUser(twice, "bob"), twice); r[1].Status != tsdb.UsageConflict || r[2].Status != tsdb.Duplicate {
		t.Errorf("within one batch: %+v", r)
	}
}

func TestAttributionBounds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	many := tsdb.Tags{}
	for i := range 11 {
		many[fmt.Sprint(i)] = "x"
	}
	long := strings.Repeat("ü", 256)
	for name, c := range map[string]struct {
		of tsdb.Attribution
		ok bool
	}{
		"all at their bounds": {tsdb.Attribution{User: long, APIKey: long, Tags: tsdb.Tags{long[:128]: long}}, true},
		"a long user":         {tsdb.Attribution{User: long + "x"}, false},
		"a long key":          {tsdb.Attribution{APIKey: long + "x"}, false},
		"a control character": {tsdb.Attribution{User: "a\nb"}, false},
		"an empty tag key":    {tsdb.Attribution{Tags: tsdb.Tags{"": "x"}}, false},
		"a long tag key":      {tsdb.Attribution{Tags: tsdb.Tags{long[:130]: "x"}}, false},
		"a long tag value":    {tsdb.Attribution{Tags: tsdb.Tags{"a": long + "x"}}, false},
		"a zero byte":         {tsdb.Attribution{Tags: tsdb.Tags{"a": "\x00"}}, false},
		"eleven tags":         {tsdb.Attribution{Tags: many}, false},
	} {
		e := runs(id, tool, name, start, 1)
		e.Attribution = c.of
		r := f.ingest(tsdb.Record, e)[0]
		if c.ok != (r.Status == tsdb.Stored) || !c.ok && r.Code != tsdb.BadAttribution {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// Beyond the values that are told apart, charts have one more group, which says so; events keep what they came with.
func TestDictionaryIsBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	store, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: f.clock.now, Settings: tsdb.Settings{AttributionValues: 2, Attributions: 5}})
	f.must(err)
	f.Store = store
	id, other := f.account(), f.account()
	tool, others := f.resource(id, "TOOL", "DEPLOYED"), f.resource(other, "TOOL", "DEPLOYED")
	at := func(i int) time.Time { return start.Add(-time.Duration(i) * time.Hour) }
	for i, user := range []string{"ann", "bob", "cid", "dan", "ann"} {
		f.ingest(tsdb.Record, forUser(runs(id, tool, fmt.Sprint(i), at(i), int64(1+i)), user))
	}
	byUser := charts.PivotQuery{GroupBy: []charts.Dimension{charts.ByUser}}
	f.wantGroups("two users are told apart", id, byUser, "other 7", "ann 6", "bob 2")
	f.rollUp(1000)
	f.wantGroups("rolled up", id, byUser, "other 7", "ann 6", "bob 2")
	again := forUser(runs(id, tool, "2", at(2), 3), "cid")
	if r := f.ingest(tsdb.Record, again, forUser(again, "dan")); r[0].Status != tsdb.Duplicate || r[1].Status != tsdb.UsageConflict {
		t.Errorf("what is not told apart by charts is by events: %+v", r)
	}
	f.takeBack(id, again)
	f.wantGroups("taken back", id, byUser, "other 4", "ann 6", "bob 2")
	_, err = f.RebuildCharts(f.ctx, id, nil)
	f.must(err)
	f.wantGroups("rebuilt", id, byUser, "other 4", "ann 6", "bob 2")
	for i, key := range []string{"k1", "k2", "", "k1"} { // the last is the sixth combination
		e := forUser(runs(id, tool, fmt.Sprint("k", i), at(i), 10), []string{"ann", "ann", "ann", "bob"}[i])
		e.APIKey = key
		f.ingest(tsdb.Record, e)
	}
	f.wantGroups("five combinations are told apart", id, charts.PivotQuery{GroupBy: []charts.Dimension{charts.ByUser, charts.ByAPIKey}},
		"other 4", "other other 10", "ann 16", "ann k1 10", "ann k2 10", "bob 2")
	f.ingest(tsdb.Record, forUser(runs(other, others, "x", start, 1), "eve"))
	f.wantGroups("another account has a dictionary of its own", other, byUser, "eve 1")
}

// Keys of tags beyond those that are told apart are one group if they are asked about.
func TestTagKeysAreBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	for i := range tsdb.MaxTagKeys + 1 {
		e := runs(id, tool, fmt.Sprint(i), start, 1)
		e.Tags = tsdb.Tags{fmt.Sprintf("k%03d", i): "v"}
		f.ingest(tsdb.Record, e)
	}
	f.ingest(tsdb.Record, runs(id, tool, "none", start, 5))
	by := func(key string) charts.PivotQuery {
		return charts.PivotQuery{GroupBy: []charts.Dimension{charts.ByTag(key)}}
	}
	f.wantGroups("a key that is told apart", id, by("k000"), "105", "v 1")
	f.wantGroups("one that is not", id, by("k100"), "105", "other 1")
}

// attributed is a digest of the charts by what usage was for.
func (f *fixture) attributed(id int64) (digests [2]string) {
	f.t.Helper()
	for i, table := range []string{"attributed_quarter", "attributed_day"} {
		f.must(f.pool.QueryRow(f.ctx, `SELECT coalesce(string_agg(t::text, '|' ORDER BY t::text), '') FROM `+table+` t
WHERE account_id = $1 AND (credits <> 0 OR events <> 0)`, id).Scan(&digests[i]))
	}
	return digests
}

// Events without attribution leave nothing in its tables; those with one are rebuilt as they were, and outlive their events in days.
func TestAttributionIsKept(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.keeps()
	id, _ := f.usedInMarch()
	f.catchUp()
	if n := f.rows("attributed_quarter") + f.rows("attributed_day") + f.rows("attribution"); n != 0 {
		t.Errorf("%d rows of attribution without any", n)
	}
	tool := f.resource(id, "TOOL", "DEPLOYED")
	for i := range 30 {
		e := forUser(runs(id, tool, fmt.Sprint("u", i), start.Add(-time.Duration(i)*50*time.Minute), 2), fmt.Sprint("u", i%3))
		f.ingest(tsdb.Record, e)
		if i == 7 {
			f.takeBack(id, e)
		}
	}
	f.catchUp()
	want := f.attributed(id)
	_, err := f.pool.Exec(f.ctx, `UPDATE attributed_day SET runs = runs + 1 WHERE account_id = $1`, id)
	f.must(err)
	_, err = f.RebuildCharts(f.ctx, id, nil)
	f.must(err)
	if got := f.attributed(id); got != want || want[1] == "" {
		t.Fatalf("rebuilt:\n%s\nwant\n%s", got[1], want[1])
	}
	byUser := charts.PivotQuery{GroupBy: []charts.Dimension{charts.ByUser}, Filter: charts.PivotFilter{Resources: []int64{tool}}}
	f.wantGroups("three users", id, byUser, "u0 20", "u1 18", "u2 20")
	f.clock.advance(20 * day)
	f.catchUp()
	_, err = f.pool.Exec(f.ctx, `UPDATE attributed_quarter SET runs = runs + 1 WHERE account_id = $1`, id)
	f.must(err)
	if done := f.retain(); len(done.Kept) == 0 {
		t.Errorf("events whose attribution differs went: %+v", done)
	}
	_, err = f.pool.Exec(f.ctx, `UPDATE attributed_quarter SET runs = runs - 1 WHERE account_id = $1`, id)
	f.must(err)
	if done := f.retain(); f.rows("usage_event") != 0 {
		t.Fatalf("events are left: %+v", done)
	}
	f.wantGroups("without their events", id, byUser, "u0 20", "u1 18", "u2 20")
	f.clock.advance(90 * day)
	f.catchUp()
	if done := f.retain(); f.rows("attributed_quarter") != 0 || f.rows("attributed_day") == 0 {
		t.Errorf("quarter-hours are left: %+v", done)
	}
	f.wantGroups("from days alone", id, charts.PivotQuery{GroupBy: byUser.GroupBy, Filter: byUser.Filter,
		Span: charts.Span{Range: billing.Range{From: start.Add(-30 * day).Truncate(day), To: start.Add(30 * day).Truncate(day)}}}, "u0 20", "u1 18", "u2 20")
}

func TestTagKeys(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	tool, foreign := f.resource(id, "TOOL", "DEPLOYED"), f.resource(other, "TOOL", "DEPLOYED")
	e, theirs := runs(id, tool, "a", start, 1), runs(other, foreign, "a", start, 1)
	e.Attribution = tsdb.Attribution{User: "ann", Tags: tsdb.Tags{"team": "red", "Env": "", "ü": "1"}}
	theirs.Attribution = tsdb.Attribution{Tags: tsdb.Tags{"secret": "1"}}
	f.ingest(tsdb.Record, e, theirs)
	r := charts.Read(f.Store)
	defer r.Close(f.ctx)
	keys, err := r.TagKeys(f.ctx, id)
	if f.must(err); fmt.Sprint(keys) != "[Env team ü]" {
		t.Errorf("got %q", keys)
	}
}

// Two attributions have the same digest exactly if they say the same, whatever is moved from one part to another, left
// out or given as empty.
func TestDigestsTellAttributionsApart(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(16, 2))
	text := func() string {
		return []string{"", "a", "b", "ab", "user", "apiKey", "tag:a", "beyond", "*", "a\x00", "\x00\x00\x00\x01a"}[random.IntN(11)]
	}
	byDigest, bySaid := map[string]string{}, map[string]string{}
	for range 20_000 {
		a := tsdb.Attribution{User: text(), APIKey: text()}
		for range random.IntN(3) {
			if a.Tags == nil {
				a.Tags = tsdb.Tags{}
			}
			a.Tags[text()] = text()
		}
		said := fmt.Sprintf("%q %q", a.User, a.APIKey)
		for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
			said += fmt.Sprintf(" %q=%q", key, a.Tags[key])
		}
		digest := a.Digest()
		if (digest == "") != a.IsZero() || a.IsZero() != (said == `"" ""`) {
			t.Fatalf("%s: digest %q, zero %t", said, digest, a.IsZero())
		}
		if was, known := byDigest[digest]; known && was != said {
			t.Fatalf("%s and %s are both %s", was, said, digest)
		}
		if was, known := bySaid[said]; known && was != digest {
			t.Fatalf("%s is %s and %s", said, was, digest)
		}
		byDigest[digest], bySaid[said] = said, digest
	}
	if len(byDigest) < 3000 {
		t.Errorf("only %d attributions", len(byDigest))
	}
}
