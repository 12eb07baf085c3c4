package tsdb_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// wantCounted checks what the counters' usage adds up to, and what is left over.
func (c *counting) wantCounted(what string, tokens int64, rows, owed int) {
	c.t.Helper()
	if gotRows, gotOwed := c.left(); c.sum() != tokens || gotRows != rows || gotOwed != owed {
		c.t.Errorf("%s: %d tokens, %d rows and %d owed are left; want %d, %d, %d", what, c.sum(), gotRows, gotOwed, tokens, rows, owed)
	}
}

// sweep runs the job.
func (c *counting) sweep() tsdb.Swept {
	c.t.Helper()
	swept, err := c.SweepCounters(c.t.Context(), 1000)
	c.must(err)
	return swept
}

// Samples that come after their counter was forgotten may have been counted before: a reporter that was cut off for
// weeks sends what it kept, with times of those weeks. So the first value counts nothing, and all growth after it
// counts.
func TestAForgottenCounterCountsNothingTwice(t *testing.T) {
	t.Parallel()
	c := newCounting(t)
	c.take(c.sample("a", 0, time.Minute, 100))
	c.clock.advance(30*24*time.Hour - time.Second)
	if swept := c.sweep(); swept.Forgotten != 0 {
		t.Fatalf("forgotten too early: %+v", swept)
	}
	c.clock.advance(2 * time.Second)
	if swept := c.sweep(); swept.Forgotten != 1 {
		t.Fatalf("not forgotten: %+v", swept)
	}
	c.take(c.sample("a", 0, 2*time.Minute, 150))
	c.take(c.sample("a", 0, 3*time.Minute, 160))
	c.wantCounted("forgotten, and come again", 110, 0, 0)
	young := c.sample("b", 0, 0, 7)
	young.Since, young.At = c.Now().Add(-7*24*time.Hour), c.Now()
	older := c.sample("c", 0, 0, 7)
	older.Since, older.At = c.Now().Add(-7*24*time.Hour-time.Nanosecond), c.Now()
	backlog := c.sample("d", 0, 0, 7) // began within a month: whoever has heard of it has not forgotten it
	backlog.Since, backlog.At = c.Now().Add(-29*24*time.Hour), c.Now().Add(-28*24*time.Hour)
	c.take(young, older, backlog)
	c.wantCounted("young ones that were never heard of", 110+7+7, 0, 0)
}

// A sample that cannot be stored is refused by itself and moves no counter; the samples beside it count.
func TestSamplesAreRefusedOneByOne(t *testing.T) {
	t.Parallel()
	c := newCounting(t)
	for name, spoil := range map[string]func(*tsdb.CounterSample){
		"no account":             func(s *tsdb.CounterSample) { s.Event.AccountID = 0 },
		"no source":              func(s *tsdb.CounterSample) { s.Event.Source = "" },
		"ahead":                  func(s *tsdb.CounterSample) { s.At = c.Now().Add(24 * time.Hour) },
		"long ago":               func(s *tsdb.CounterSample) { s.At = c.Now().Add(-1000 * 24 * time.Hour) },
		"no time":                func(s *tsdb.CounterSample) { s.At = time.Time{} },
		"runs of a model":        func(s *tsdb.CounterSample) { s.Quantity = tsdb.CountsRuns },
		"a user that ends":       func(s *tsdb.CounterSample) { s.Event.User = "a\x00" },
		"a reporter that ends":   func(s *tsdb.CounterSample) { s.Replica = "a\x00b" },
		"a reporter of no UTF-8": func(s *tsdb.CounterSample) { s.Replica = "\xff" },
		"a long reporter":        func(s *tsdb.CounterSample) { s.Replica = strings.Repeat("r", 100_000) },
	} {
		bad, good := c.sample("a", 0, time.Minute, 500), c.sample("b "+name, 0, time.Minute, 1)
		spoil(&bad)
		counted, err := c.Count(t.Context(), []tsdb.CounterSample{good, bad})
		if err != nil || len(counted.Refused) != 1 || counted.Refused[1].Status != tsdb.UsageRefused || len(counted.Deltas) != 1 {
			t.Errorf("%s: %+v, %v", name, counted, err)
		}
	}
	c.take(c.sample("a", 0, time.Minute, 3))
	c.later("2 minutes")
	c.sweep()
	c.wantCounted("beside what was refused", 3+10, 0, 0)
	if counted, err := c.Count(t.Context(), nil); err != nil || len(counted.Deltas) != 0 {
		t.Errorf("of nothing: %+v, %v", counted, err)
	}
	c.must(c.SettleCounters(t.Context(), nil))
	c.must(c.HoldCounters(t.Context(), nil))
}

// Another reporter of the same counter takes over after the first was silent for half a minute by the server's clock,
// and not before, even if that clock goes back; neither counts what the other has counted.
func TestReportersTakeTurns(t *testing.T) {
	t.Parallel()
	c := newCounting(t)
	tell := func(who string, after time.Duration, value int64) {
		s := c.sample("a", -1, after, value)
		s.Replica = who
		c.take(s)
	}
	tell("one", 0, 100)
	c.clock.advance(29 * time.Second)
	tell("two", 10*time.Second, 110)
	c.wantCounted("too soon", 0, 0, 0)
	c.clock.advance(time.Second)
	tell("two", 20*time.Second, 120)
	c.wantCounted("the second takes over", 20, 0, 0)
	c.clock.advance(-time.Hour)
	tell("one", 30*time.Second, 130)
	tell("two", 40*time.Second, 141)
	c.clock.advance(30 * time.Second)
	tell("one", 50*time.Second, 150)
	c.wantCounted("and the first again", 50, 0, 0)
}

// Growth that is more than an event may hold becomes several events. Growth that is more than a hundred events hold is
// refused for good, where people look for it: it does not come back, and the counter goes on from there.
func TestGrowthBeyondAnEvent(t *testing.T) {
	t.Parallel()
	c := newCounting(t)
	c.take(c.sample("a", 0, time.Minute, tsdb.MaxTokens), c.sample("b", 0, time.Minute, 2*tsdb.MaxTokens+5))
	c.wantCounted("one event, and three", 3*tsdb.MaxTokens+5, 0, 0)
	c.take(c.sample("b", 0, time.Minute, 2*tsdb.MaxTokens+5), c.sample("b", 0, 2*time.Minute, 102*tsdb.MaxTokens+5))
	c.wantCounted("a hundred at once", 103*tsdb.MaxTokens+5, 0, 0)
	c.take(c.sample("b", 0, 3*time.Minute, 202*tsdb.MaxTokens+6))
	c.wantCounted("one more is refused", 103*tsdb.MaxTokens+5, 0, 0)
	c.take(c.sample("b", 0, 4*time.Minute, 202*tsdb.MaxTokens+8))
	c.wantCounted("and on it goes", 103*tsdb.MaxTokens+7, 0, 0)
	runs := c.sample("runs", 0, time.Minute, 3*tsdb.MaxRuns)
	tool, err := c.RegisterTool(t.Context(), tsdb.NewTool{AccountID: c.owner, Name: "Search", OwnerName: "Ann", Status: tsdb.Deployed})
	c.must(err)
	runs.Quantity, runs.Event.Kind, runs.Event.ResourceID = tsdb.CountsRuns, tsdb.ToolRun, tool.ID
	c.take(runs)
	var events, sum int64
	c.must(c.pool.QueryRow(t.Context(), "SELECT count(*), sum(runs) FROM usage_event WHERE kind = 'TOOL_RUN'").Scan(&events, &sum))
	if events != 3 || sum != 3*tsdb.MaxRuns {
		t.Errorf("%d events of %d runs", events, sum)
	}
}

// What waited behind held growth is split like other growth; if some of it is refused then, when nobody waits for an
// answer, the refusal is listed among the account's.
func TestHeldGrowthBeyondAnEvent(t *testing.T) {
	t.Parallel()
	c := newCounting(t)
	held := func(series string, at time.Duration, value int64) tsdb.CounterSample {
		s := c.sample(series, 0, at, value)
		s.Event.ResourceID, s.Event.ResourceExternal = 0, "later"
		return s
	}
	c.takeHolding(held("c", time.Minute, 1), held("d", time.Minute, 1))
	c.takeHolding(held("c", 2*time.Minute, math.MaxInt64), held("d", 2*time.Minute, 3*tsdb.MaxTokens))
	c.takeHolding(held("c", 3*time.Minute, math.MaxInt64-1)) // it began again, and what waits is more than 64 bits hold
	_, err := c.RegisterModel(t.Context(), tsdb.NewModel{Own: tsdb.Own{ExternalID: "later"}, AccountID: c.owner, Name: "Later"})
	c.must(err)
	for range 3 {
		c.later("2 minutes")
		c.sweep()
	}
	c.wantCounted("what waited is too much of one, and three events of the other", 1+3*tsdb.MaxTokens, 0, 0)
	page, err := c.Refusals(t.Context(), c.owner, tsdb.RefusalFilter{Codes: []string{string(tsdb.QuantityTooLarge)}}, tsdb.Page{Limit: 10}, true)
	c.must(err)
	if len(page.Rows) != 1 || page.Rows[0].Endpoint != "counters" || page.Rows[0].Source != "metrics" {
		t.Errorf("refusals: %+v", page.Rows)
	}
	c.take(held("c", 4*time.Minute, math.MaxInt64))
	c.wantCounted("and on it goes", 1+3*tsdb.MaxTokens+1, 0, 0)
}

// Whatever happens to growth in any order, through two processes, with the model known from some moment on: in the end
// every counter's growth is stored once, to the token, as a naive sum says.
func TestHeldGrowthAddsUp(t *testing.T) {
	t.Parallel()
	c := newCounting(t)
	stores := []*tsdb.Store{c.Store, c.another(true, 100)}
	random := rand.New(rand.NewPCG(5, 50))
	last, want := map[string]int64{}, int64(0)
	var known []tsdb.CounterDelta
	for step := range 60 {
		c.clock.advance(time.Duration(random.IntN(90)) * time.Second)
		c.Store = stores[step%2]
		series := fmt.Sprint(random.IntN(3))
		value := last[series] + random.Int64N(20)
		if random.IntN(6) == 0 {
			value = random.Int64N(5) // perhaps it began again
		}
		grown := value - last[series]
		if grown < 0 {
			grown = value
		}
		last[series], want = value, want+grown
		s := c.sample(series, 0, time.Duration(step+1)*time.Second, value)
		s.Event.ResourceID, s.Event.ResourceExternal = 0, "gpt"
		counted, err := c.Count(t.Context(), []tsdb.CounterSample{s})
		c.must(err)
		known = append(known, counted.Deltas...)
		switch random.IntN(5) {
		case 0: // dies with what it noted
		case 1:
			c.sweep()
		case 2:
			c.must(c.HoldCounters(t.Context(), counted.Deltas))
		default:
			c.takeHolding()
			c.takeHolding(s)
		}
		if step == 40 {
			_, err := c.RegisterModel(t.Context(), tsdb.NewModel{Own: tsdb.Own{ExternalID: "gpt"}, AccountID: c.owner, Name: "GPT"})
			c.must(err)
		}
	}
	for range 4 {
		c.later("2 minutes")
		c.sweep()
	}
	c.wantCounted("in the end", want, 0, 0)
	c.must(c.SettleCounters(t.Context(), append(known, known...))) // what was settled long ago, and twice
	c.wantCounted("settled again", want, 0, 0)
}
