package tsdb_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// counting is a model whose tokens come as counters.
type counting struct {
	*fixture
	owner, model int64
	begin        time.Time
}

func newCounting(t *testing.T) *counting {
	f := newFixture(t)
	c := &counting{fixture: f, owner: f.account(), begin: f.Now().Add(-time.Hour).Truncate(time.Second)}
	m, err := f.RegisterModel(t.Context(), tsdb.NewModel{AccountID: c.owner, Name: "Llama"})
	f.must(err)
	c.model = m.ID
	return c
}

func (c *counting) sample(series string, since time.Duration, at time.Duration, value int64) tsdb.CounterSample {
	s := tsdb.CounterSample{Series: series, At: c.begin.Add(at), Value: value, Quantity: tsdb.CountsInput,
		Event: tsdb.UsageEvent{AccountID: c.owner, Source: "metrics", Kind: tsdb.Inference, ResourceID: c.model}}
	if since >= 0 {
		s.Since = c.begin.Add(since)
	}
	return s
}

// take counts samples to their end.
func (c *counting) take(samples ...tsdb.CounterSample) {
	c.t.Helper()
	counted, err := c.Count(c.t.Context(), samples)
	c.must(err)
	deltas := counted.Deltas
	events := make([]tsdb.UsageEvent, len(deltas))
	for i := range deltas {
		events[i] = deltas[i].Event
	}
	_, err = c.Ingest(c.t.Context(), events, tsdb.Record)
	c.must(err)
	c.must(c.SettleCounters(c.t.Context(), deltas))
}

func (c *counting) sum() (tokens int64) {
	c.t.Helper()
	c.must(c.pool.QueryRow(c.t.Context(), "SELECT coalesce(sum(input_tokens), 0)::bigint FROM usage_event").Scan(&tokens))
	return tokens
}

func TestCounters(t *testing.T) {
	t.Parallel()
	const unknown = -1
	minute := func(n int) time.Duration { return time.Duration(n) * time.Minute }
	for name, c := range map[string]struct {
		samples func(*counting) []tsdb.CounterSample
		want    int64
	}{
		"known beginning": {func(c *counting) []tsdb.CounterSample {
			return []tsdb.CounterSample{c.sample("a", 0, minute(1), 10), c.sample("a", 0, minute(2), 25)}
		}, 25},
		"unknown beginning": {func(c *counting) []tsdb.CounterSample {
			return []tsdb.CounterSample{c.sample("a", unknown, minute(1), 10), c.sample("a", unknown, minute(2), 25)}
		}, 15},
		"repeats and late ones": {func(c *counting) []tsdb.CounterSample {
			return []tsdb.CounterSample{c.sample("a", 0, minute(3), 30), c.sample("a", 0, minute(2), 20), c.sample("a", 0, minute(3), 30), c.sample("a", 0, minute(4), 30)}
		}, 30},
		"reset, unsaid": {func(c *counting) []tsdb.CounterSample {
			return []tsdb.CounterSample{c.sample("a", unknown, minute(1), 10), c.sample("a", unknown, minute(2), 4), c.sample("a", unknown, minute(3), 6)}
		}, 6},
		"reset, said": {func(c *counting) []tsdb.CounterSample {
			return []tsdb.CounterSample{c.sample("a", 0, minute(1), 10), c.sample("a", minute(2), minute(3), 40), c.sample("a", minute(2), minute(4), 41)}
		}, 51},
		"two processes under one name": {func(c *counting) []tsdb.CounterSample {
			return []tsdb.CounterSample{c.sample("a", 0, minute(2), 100), c.sample("a", minute(1), minute(3), 7), c.sample("a", 0, minute(4), 110), c.sample("a", minute(1), minute(5), 9)}
		}, 119},
		"too old a beginning": {func(c *counting) []tsdb.CounterSample {
			return []tsdb.CounterSample{c.sample("a", 0, 8*24*time.Hour, 1000)}
		}, 0},
		"a pair of reporters": {func(c *counting) []tsdb.CounterSample {
			var all []tsdb.CounterSample
			for i := range 10 {
				s := c.sample("a", unknown, time.Duration(i)*15*time.Second, int64(100+10*(i/2)))
				s.Replica = []string{"one", "two"}[i%2]
				if i == 7 {
					s.Value = 101 // its clock is wrong: it looks like a reset
				}
				all = append(all, s)
			}
			return all
		}, 40},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c1, c2 := newCounting(t), newCounting(t)
			if name == "too old a beginning" {
				c1.begin, c2.begin = c1.begin.Add(-8*24*time.Hour), c2.begin.Add(-8*24*time.Hour)
			}
			for _, s := range c.samples(c1) {
				c1.take(s)
			}
			for range 2 {
				c2.take(slices.Clone(c.samples(c2))...)
			}
			if name != "repeats and late ones" && c1.sum() != c.want { // one by one the late one is late; together they are sorted
				t.Errorf("one by one %d, want %d", c1.sum(), c.want)
			}
			if c2.sum() != c.want {
				t.Errorf("together, twice: %d, want %d", c2.sum(), c.want)
			}
		})
	}
}

// Whichever step a call ends after, with repeats and concurrent callers, every token counts once.
func TestCountersCountOnceWhateverBreaks(t *testing.T) {
	t.Parallel()
	c := newCounting(t)
	const series, steps = 4, 12
	values := make([][]int64, series)
	var want int64
	random := rand.New(rand.NewPCG(7, 8))
	for i := range values {
		v := int64(0)
		for range steps {
			v += random.Int64N(50)
			values[i] = append(values[i], v)
		}
		want += v
	}
	var all sync.WaitGroup
	for w := range 3 { // each sends everything, in order, and breaks off where its dice say so
		dice := rand.New(rand.NewPCG(uint64(w), 1))
		all.Go(func() {
			for step := range steps {
				for range 2 {
					var samples []tsdb.CounterSample
					for i := range values {
						samples = append(samples, c.sample(string(rune('a'+i)), 0, time.Duration(step+1)*time.Minute, values[i][step]))
					}
					counted, err := c.Count(t.Context(), samples)
					if err != nil {
						t.Error(err)
					}
					deltas := counted.Deltas
					if dice.IntN(3) == 0 {
						continue // killed before it stored
					}
					events := make([]tsdb.UsageEvent, len(deltas))
					for i := range deltas {
						events[i] = deltas[i].Event
					}
					if _, err := c.Ingest(t.Context(), events, tsdb.Record); err != nil {
						t.Error(err)
					}
					if dice.IntN(3) == 0 {
						continue // killed before it settled
					}
					if err := c.SettleCounters(t.Context(), deltas); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	if _, err := c.pool.Exec(t.Context(), "UPDATE counter_delta SET noted_at = noted_at - interval '1 hour'"); err != nil {
		t.Fatal(err)
	}
	_, err := c.SweepCounters(t.Context(), 1000)
	c.must(err)
	var left int
	c.must(c.pool.QueryRow(t.Context(), "SELECT count(*) FROM counter_delta").Scan(&left))
	if c.sum() != want || left != 0 {
		t.Errorf("%d tokens, want %d; %d left", c.sum(), want, left)
	}
}

// takeHolding counts samples as the endpoints do, and returns what was answered.
func (c *counting) takeHolding(samples ...tsdb.CounterSample) (results []tsdb.UsageResult) {
	c.t.Helper()
	counted, err := c.Count(c.t.Context(), samples)
	c.must(err)
	var events []tsdb.UsageEvent
	for _, d := range counted.Deltas {
		events = append(events, d.Event)
	}
	results, err = c.Ingest(c.t.Context(), events, tsdb.Record)
	c.must(err)
	var settled, held []tsdb.CounterDelta
	for i, d := range counted.Deltas {
		if results[i].IsHeld() {
			held = append(held, d)
		} else {
			settled = append(settled, d)
		}
	}
	c.must(c.HoldCounters(c.t.Context(), held))
	c.must(c.SettleCounters(c.t.Context(), settled))
	return results
}

// later makes what is noted look that old.
func (c *counting) later(interval string) {
	c.t.Helper()
	_, err := c.pool.Exec(c.t.Context(), "UPDATE counter_delta SET noted_at = noted_at - $1::interval, held_at = held_at - $1::interval", interval)
	c.must(err)
}

// dropped returns what the account's refusals say about dropped growth, sorted.
func (c *counting) dropped() (list []string) {
	c.t.Helper()
	endpoint := "counters"
	page, err := c.Refusals(c.t.Context(), c.owner, tsdb.RefusalFilter{Endpoint: &endpoint}, tsdb.Page{Limit: 100}, false)
	c.must(err)
	for _, r := range page.Rows {
		list = append(list, string(r.Code)+": "+r.Message)
	}
	slices.Sort(list)
	return list
}

func (c *counting) left() (rows, owed int) {
	c.t.Helper()
	c.must(c.pool.QueryRow(c.t.Context(), "SELECT (SELECT count(*) FROM counter_delta), (SELECT coalesce(sum(owed), 0) FROM counter)").Scan(&rows, &owed))
	return rows, owed
}

// Growth of a model that is not registered waits for it: none is lost over restarts of the counter, and none counts twice.
func TestCountersOfAnUnknownModelAreKept(t *testing.T) {
	t.Parallel()
	c := newCounting(t)
	sample := func(at time.Duration, value int64) tsdb.CounterSample {
		s := c.sample("a", -1, at*time.Minute, value)
		s.Event.ResourceID, s.Event.ResourceExternal = 0, "gpt-6"
		return s
	}
	c.takeHolding(sample(1, 100))
	if r := c.takeHolding(sample(2, 150)); len(r) != 1 || r[0].Code != tsdb.UnknownModel { // 50
		t.Fatalf("%+v", r)
	}
	for range 2 {
		if r := c.takeHolding(sample(3, 170), sample(4, 10), sample(5, 15)); len(r) != 0 { // 20, begins again at 10, 5
			t.Fatalf("tried again at once: %+v", r)
		}
	}
	c.later("2 minutes")
	if r := c.takeHolding(sample(6, 16)); len(r) != 1 || r[0].Code != tsdb.UnknownModel { // 1
		t.Fatalf("not tried again: %+v", r)
	}
	if rows, owed := c.left(); rows != 1 || owed != 36 || c.sum() != 0 {
		t.Fatalf("%d rows, %d owed, %d counted", rows, owed, c.sum())
	}
	_, err := c.RegisterModel(t.Context(), tsdb.NewModel{Own: tsdb.Own{ExternalID: "gpt-6"}, AccountID: c.owner, Name: "GPT"})
	c.must(err)
	for range 3 {
		c.later("2 minutes")
		_, err = c.SweepCounters(t.Context(), 1000)
		c.must(err)
	}
	if rows, owed := c.left(); rows != 0 || owed != 0 || c.sum() != 86 {
		t.Fatalf("%d rows, %d owed, %d counted", rows, owed, c.sum())
	}
	c.takeHolding(sample(7, 20))
	if rows, _ := c.left(); rows != 0 || c.sum() != 90 {
		t.Errorf("%d rows, %d counted", rows, c.sum())
	}
}

// Growth of what nobody registers is dropped in the end, and is listed among the refusals with all that waited behind
// it; what its counter grows by afterwards is kept again.
func TestCountersAreKeptForAMonth(t *testing.T) {
	t.Parallel()
	c := newCounting(t)
	sample := func(at time.Duration, value int64) tsdb.CounterSample {
		s := c.sample("a", 0, at*time.Minute, value)
		s.Event.ResourceID, s.Event.ResourceExternal = 0, "gpt-6"
		return s
	}
	c.takeHolding(sample(1, 100))
	c.takeHolding(sample(2, 110))
	tool := c.sample("b", 0, time.Minute, 5)
	tool.Quantity, tool.Event.Kind, tool.Event.ResourceID, tool.Event.ResourceExternal = tsdb.CountsRuns, tsdb.ToolRun, 0, "search"
	c.takeHolding(tool)
	deployed := sample(1, 3)
	deployed.Series, deployed.Event.DeploymentExternal = "c", "here"
	c.takeHolding(deployed)
	c.later("29 days")
	c.sweep()
	if list := c.dropped(); len(list) != 0 {
		t.Fatalf("dropped too early: %q", list)
	}
	c.later("2 days")
	_, err := c.SweepCounters(t.Context(), 1000)
	c.must(err)
	if rows, owed := c.left(); rows != 0 || owed != 0 {
		t.Fatalf("%d rows, %d owed", rows, owed)
	}
	want := []string{"UNKNOWN_DEPLOYMENT: 3 tokens are dropped: the model, or its deployment, was not registered within 30 days",
		"UNKNOWN_MODEL: 110 tokens are dropped: the model was not registered within 30 days", "UNKNOWN_TOOL: 5 runs are dropped: the tool was not registered and deployed within 30 days"}
	if list := c.dropped(); !slices.Equal(list, want) {
		t.Errorf("the refusals tell of %q", list)
	}
	c.takeHolding(sample(3, 117))
	_, err = c.RegisterModel(t.Context(), tsdb.NewModel{Own: tsdb.Own{ExternalID: "gpt-6"}, AccountID: c.owner, Name: "GPT"})
	c.must(err)
	c.later("2 minutes")
	_, err = c.SweepCounters(t.Context(), 1000)
	c.must(err)
	if c.sum() != 7 {
		t.Errorf("%d counted", c.sum())
	}
}
