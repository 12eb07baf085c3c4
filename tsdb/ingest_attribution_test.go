package tsdb_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// naiveDictionary is what an account's charts tell apart, one event after the other: a limited number of values per
// key, and of combinations.
type naiveDictionary struct {
	values, combinations int
	of                   map[string]map[string]bool // values by key
	known                map[string]bool
	runs                 map[string]int64 // what the charts have, by combination
}

// chart adds runs of an attribution to what is told apart of it.
func (n *naiveDictionary) chart(a tsdb.Attribution, runs int64) {
	said := map[string]string{"user": a.User, "apiKey": a.APIKey}
	for key, value := range a.Tags {
		said["tag:"+key] = value
	}
	var parts, beyond []string
	for _, key := range slices.Sorted(maps.Keys(said)) {
		value := said[key]
		if value == "" && !strings.HasPrefix(key, "tag:") {
			continue
		}
		if n.of[key] == nil {
			n.of[key] = map[string]bool{}
		}
		if !n.of[key][value] && len(n.of[key]) >= n.values {
			beyond = append(beyond, key)
			continue
		}
		n.of[key][value] = true
		parts = append(parts, key+"="+value)
	}
	combination := strings.Join(parts, " ") + " beyond " + strings.Join(beyond, " ")
	if !n.known[combination] && len(n.known) >= n.combinations {
		combination = " beyond *"
	} else {
		n.known[combination] = true
	}
	n.runs[combination] += runs
}

// attributedRuns returns an account's runs in the charts, by what is told apart.
func (f *fixture) attributedRuns(id int64) map[string]int64 {
	f.t.Helper()
	rows, err := f.pool.Query(f.ctx, `SELECT a.user_id, a.api_key, a.tags, a.beyond, sum(d.runs)::bigint FROM attribution a
JOIN attributed_day d ON d.account_id = a.account_id AND d.attribution_no = a.attribution_no WHERE a.account_id = $1 GROUP BY 1, 2, 3, 4`, id)
	f.must(err)
	defer rows.Close()
	found := map[string]int64{}
	for rows.Next() {
		var user, key *string
		var tags tsdb.Tags
		var beyond []string
		var runs int64
		f.must(rows.Scan(&user, &key, &tags, &beyond, &runs))
		var parts []string
		if key != nil {
			parts = append(parts, "apiKey="+*key)
		}
		for _, tag := range slices.Sorted(maps.Keys(tags)) {
			parts = append(parts, "tag:"+tag+"="+tags[tag])
		}
		if user != nil {
			parts = append(parts, "user="+*user)
		}
		found[strings.Join(parts, " ")+" beyond "+strings.Join(beyond, " ")] += runs
	}
	f.must(rows.Err())
	return found
}

// What charts tell apart is what a plain dictionary does that sees one event after the other, whichever process stored
// them, within the limits and beyond: what comes first is told apart, also within one batch.
func TestRandomAttributionIsToldApart(t *testing.T) {
	t.Parallel()
	settings := tsdb.Settings{AttributionValues: 5, Attributions: 24}
	f := fixtureOn(t, tsdbtest.New(t), settings)
	second, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: f.clock.now, Settings: settings, CheckMemory: true})
	f.must(err)
	id, random := f.account(), rand.New(rand.NewPCG(9, 99))
	tool := f.resource(id, "TOOL", "DEPLOYED")
	naive := &naiveDictionary{values: 5, combinations: 24, of: map[string]map[string]bool{}, known: map[string]bool{}, runs: map[string]int64{}}
	pick := func(from string, n int) string {
		if random.IntN(2) == 0 {
			return ""
		}
		return from + fmt.Sprint(random.IntN(n))
	}
	var batch []tsdb.UsageEvent
	for i := range 150 {
		e := runs(id, tool, fmt.Sprint(i), start.Add(-time.Duration(random.IntN(2000))*time.Minute), 1+random.Int64N(9))
		e.User, e.APIKey = pick("ann", 8), pick("key", 3)
		if random.IntN(3) == 0 {
			e.Tags = tsdb.Tags{"team": pick("t", 7)}
		}
		if e.Attribution.IsZero() {
			continue
		}
		naive.chart(e.Attribution, e.Runs)
		if batch = append(batch, e, e); len(batch) > random.IntN(16) {
			results, err := []*tsdb.Store{f.Store, second}[i%2].Ingest(f.ctx, batch, tsdb.Record)
			if f.must(err); results[0].Status != tsdb.Stored || results[1].Status != tsdb.Duplicate {
				t.Fatalf("%+v", results)
			}
			batch = nil
		}
	}
	f.ingest(tsdb.Record, batch...)
	f.rollUp(100_000)
	got := f.attributedRuns(id)
	for combination := range naive.runs {
		if got[combination] != naive.runs[combination] {
			t.Errorf("%q: %d runs, want %d", combination, got[combination], naive.runs[combination])
		}
	}
	if len(got) != len(naive.runs) || naive.runs[" beyond *"] == 0 {
		t.Errorf("%d combinations, want %d; %d runs beyond", len(got), len(naive.runs), naive.runs[" beyond *"])
	}
	if n := f.count(`SELECT count(*) FROM attribution_value WHERE account_id = $1`, id); n > 5+3+5 {
		t.Errorf("%d values", n)
	}
	if n := f.count(`SELECT sum(distinct_values) FROM attribution_key WHERE account_id = $1`, id); n != f.count(`SELECT count(*) FROM attribution_value WHERE account_id = $1`, id) {
		t.Errorf("%d values are counted", n)
	}
	f.reconciled(id)
}

// If two processes meet the same new combinations at once, each combination gets one number, and each value counts
// once.
func TestCombinationsAreNumberedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	second := f.another(true, 1000)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	f.inParallel(func(writer int) error {
		var events []tsdb.UsageEvent
		for i := range 6 {
			e := forUser(runs(id, tool, fmt.Sprint(writer, " ", i), start, 1), fmt.Sprint("user ", (writer+i)%7))
			e.Tags = tsdb.Tags{"team": fmt.Sprint(i % 3)}
			events = append(events, e)
		}
		_, err := []*tsdb.Store{f.Store, second}[writer%2].Ingest(f.ctx, events, tsdb.Record)
		return err
	})
	f.rollUp(100_000)
	combinations := f.count(`SELECT count(*) FROM attribution WHERE account_id = $1`, id)
	if distinct := f.count(`SELECT count(DISTINCT (user_id, tags)) FROM attribution WHERE account_id = $1`, id); combinations != 21 || distinct != 21 {
		t.Errorf("%d combinations, %d different, want 21", combinations, distinct)
	}
	if last := f.count(`SELECT max(attribution_no) FROM attribution WHERE account_id = $1`, id); last != 21 {
		t.Errorf("the last number is %d", last)
	}
	if got := f.count(`SELECT sum(runs) FROM attributed_day WHERE account_id = $1`, id); got != 64*6 {
		t.Errorf("%d runs are charted, want %d", got, 64*6)
	}
	if n := f.count(`SELECT sum(distinct_values) FROM attribution_key WHERE account_id = $1`, id); n != 10 {
		t.Errorf("%d values are counted, want 10", n)
	}
	f.noDeadlocks()
}
