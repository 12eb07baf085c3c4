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

// Events are checked to the last character, token and microsecond: at each bound they are stored, one beyond it they
// are refused with a code that says what is wrong, and Fault says the same unless the clock or the database decides.
func TestBoundsOfEvents(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool, model := f.resource(id, "TOOL", "DEPLOYED"), f.resource(id, "MODEL", "REGISTERED")
	s := f.Settings()
	f.clock.advance(500 * time.Microsecond)
	now, long := f.Now(), strings.Repeat("ü", 200)
	for i, c := range []struct {
		edit func(*tsdb.UsageEvent) // of one run, or of ten tokens in and out
		runs bool
		code tsdb.UsageCode // "": stored
	}{
		{func(e *tsdb.UsageEvent) { e.AccountID = 0 }, true, tsdb.UnknownAccount},
		{func(e *tsdb.UsageEvent) { e.AccountID = -id }, true, tsdb.UnknownAccount},
		{func(e *tsdb.UsageEvent) { e.AccountID = math.MaxInt64 }, true, tsdb.UnknownAccount},
		{func(e *tsdb.UsageEvent) { e.Source = "" }, true, tsdb.SourceRequired},
		{func(e *tsdb.UsageEvent) { e.ID = "" }, true, tsdb.IDRequired},
		{func(e *tsdb.UsageEvent) { e.Source, e.ID = long, long }, true, ""},
		{func(e *tsdb.UsageEvent) { e.Source += long }, true, tsdb.BadIdentity},
		{func(e *tsdb.UsageEvent) { e.ID = long + "x" }, true, tsdb.BadIdentity},
		{func(e *tsdb.UsageEvent) { e.ID = "a\x7f" }, true, tsdb.BadIdentity},
		{func(e *tsdb.UsageEvent) { e.Source = "\xc3" }, true, tsdb.BadIdentity},
		{func(e *tsdb.UsageEvent) { e.ID = "a\u2028b" }, true, ""},
		{func(e *tsdb.UsageEvent) { e.Time = time.Time{} }, true, tsdb.TimeRequired},
		{func(e *tsdb.UsageEvent) { e.Time = time.Time{}.Add(999 * time.Nanosecond) }, true, tsdb.TimeRequired},
		{func(e *tsdb.UsageEvent) { e.Time = now.Add(s.MaxAhead) }, true, ""},
		{func(e *tsdb.UsageEvent) { e.Time = now.Add(s.MaxAhead + 999*time.Nanosecond) }, true, ""},
		{func(e *tsdb.UsageEvent) { e.Time = now.Add(s.MaxAhead + time.Microsecond) }, true, tsdb.TimeAhead},
		{func(e *tsdb.UsageEvent) { e.Time = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) }, true, tsdb.TimeAhead},
		{func(e *tsdb.UsageEvent) { e.Time = time.Unix(math.MaxInt64/2, 0) }, true, tsdb.TimeAhead},
		{func(e *tsdb.UsageEvent) { e.Time = now.Add(-s.EventRetention) }, true, ""},
		{func(e *tsdb.UsageEvent) { e.Time = now.Add(-s.EventRetention - time.Nanosecond) }, true, tsdb.TimeTooOld},
		{func(e *tsdb.UsageEvent) { e.Time = time.Date(-300, 1, 1, 0, 0, 0, 0, time.UTC) }, true, tsdb.TimeTooOld},
		{func(e *tsdb.UsageEvent) { e.Kind = "" }, true, tsdb.BadTarget},
		{func(e *tsdb.UsageEvent) { e.Kind = "HOSTING" }, true, tsdb.BadTarget},
		{func(e *tsdb.UsageEvent) { e.InputTokens = 1 }, true, tsdb.BadTarget},
		{func(e *tsdb.UsageEvent) { e.ReasoningTokens = -1 }, true, tsdb.BadTarget},
		{func(e *tsdb.UsageEvent) { e.DeploymentID = 1 }, true, tsdb.BadTarget},
		{func(e *tsdb.UsageEvent) { e.DeploymentExternal = "d" }, true, tsdb.BadTarget},
		{func(e *tsdb.UsageEvent) { e.Runs = 0 }, true, tsdb.QuantityNegative},
		{func(e *tsdb.UsageEvent) { e.Runs = math.MinInt64 }, true, tsdb.QuantityNegative},
		{func(e *tsdb.UsageEvent) { e.Runs = tsdb.MaxRuns }, true, ""},
		{func(e *tsdb.UsageEvent) { e.Runs = tsdb.MaxRuns + 1 }, true, tsdb.QuantityTooLarge},
		{func(e *tsdb.UsageEvent) { e.Runs = 1 }, false, tsdb.BadTarget},
		{func(e *tsdb.UsageEvent) { e.InputTokens, e.OutputTokens = 0, 0 }, false, ""},
		{func(e *tsdb.UsageEvent) { e.InputTokens, e.OutputTokens = tsdb.MaxTokens, tsdb.MaxTokens }, false, ""},
		{func(e *tsdb.UsageEvent) { e.InputTokens = tsdb.MaxTokens + 1 }, false, tsdb.QuantityTooLarge},
		{func(e *tsdb.UsageEvent) { e.OutputTokens = math.MaxInt64 }, false, tsdb.QuantityTooLarge},
		{func(e *tsdb.UsageEvent) { e.OutputTokens = -1 }, false, tsdb.QuantityNegative},
		{func(e *tsdb.UsageEvent) { e.CacheReadTokens, e.CacheWriteTokens = 4, 6 }, false, ""},
		{func(e *tsdb.UsageEvent) { e.CacheReadTokens, e.CacheWriteTokens = 4, 7 }, false, tsdb.QuantityTooLarge},
		{func(e *tsdb.UsageEvent) { e.CacheReadTokens, e.CacheWriteTokens = 11, -1 }, false, tsdb.QuantityNegative},
		{func(e *tsdb.UsageEvent) { e.ReasoningTokens = 10 }, false, ""},
		{func(e *tsdb.UsageEvent) { e.ReasoningTokens = 11 }, false, tsdb.QuantityTooLarge},
		{func(e *tsdb.UsageEvent) { e.ResourceID = -1 }, false, tsdb.UnknownModel},
		{func(e *tsdb.UsageEvent) { e.ResourceID = tool }, false, tsdb.UnknownModel},
		{func(e *tsdb.UsageEvent) { e.ResourceID = model }, true, tsdb.UnknownTool},
		{func(e *tsdb.UsageEvent) { e.DeploymentID = -1 }, false, tsdb.UnknownDeployment},
		{func(e *tsdb.UsageEvent) { e.DeploymentExternal = "none" }, false, tsdb.UnknownDeployment},
		{func(e *tsdb.UsageEvent) { e.DeploymentExternal = "a\x00" }, false, tsdb.UnknownModel},
		{func(e *tsdb.UsageEvent) { e.ReservationID = -1 }, true, tsdb.UnknownReservation},
		{func(e *tsdb.UsageEvent) { e.ReservationID = math.MaxInt64 }, false, tsdb.UnknownReservation},
	} {
		e := tokens(id, model, fmt.Sprint(i), now, 10, 10)
		if c.runs {
			e = runs(id, tool, fmt.Sprint(i), now, 1)
		}
		c.edit(&e)
		got := f.ingest(tsdb.Record, e)[0]
		if got.Code != c.code || (got.Status == tsdb.Stored) != (c.code == "") || (got.Message == "") != (c.code == "") {
			t.Errorf("%d, %+v: %s %s %q, want %q", i, e, got.Status, got.Code, got.Message, c.code)
		}
		// What the clock and the database do not decide, Fault decides alike.
		switch fault := e.Fault(); {
		case c.code == "" && fault != nil, fault != nil && fault.Code != c.code && c.code != tsdb.UnknownAccount:
			t.Errorf("%d, %+v: Fault says %+v, want %q", i, e, fault, c.code)
		case fault == nil && (strings.HasPrefix(string(c.code), "QUANTITY") || c.code == tsdb.BadTarget || c.code == tsdb.BadIdentity):
			t.Errorf("%d, %+v: Fault says nothing, want %q", i, e, c.code)
		}
	}
	f.sound(id)
}

// An event's identity is its account, source, id and microsecond, and nothing else: events that share all of these are
// one, whatever the mode in which they are sent, and events that differ in any are not.
func TestIdentityIsToTheMicrosecond(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	accounts := []int64{f.account(), f.account()}
	tools := []int64{f.resource(accounts[0], "TOOL", "DEPLOYED"), f.resource(accounts[1], "TOOL", "DEPLOYED")}
	random := rand.New(rand.NewPCG(10, 10))
	kathmandu := zone(t, "Asia/Kathmandu")
	type identity struct {
		account    int64
		source, id string
		micro      int64
	}
	first := map[identity]int64{}
	for batch := range 12 {
		var events []tsdb.UsageEvent
		var want []tsdb.UsageStatus
		for range 40 {
			i := random.IntN(2)
			at := start.Add(time.Duration(random.IntN(4000)) * time.Nanosecond)
			if random.IntN(2) == 0 {
				at = at.In(kathmandu)
			}
			e := runs(accounts[i], tools[i], []string{"a", "A", "a ", "ä", "a\u0308"}[random.IntN(5)], at, 1+random.Int64N(2))
			e.Source = []string{"s", "s'", `s"`}[random.IntN(3)]
			key := identity{e.AccountID, e.Source, e.ID, at.UnixMicro()}
			status := tsdb.Stored
			if was, seen := first[key]; seen {
				status = tsdb.Duplicate
				if was != e.Runs {
					status = tsdb.UsageConflict
				}
			} else {
				first[key] = e.Runs
			}
			events, want = append(events, e), append(want, status)
		}
		for i, r := range f.ingest([]tsdb.UsageMode{tsdb.Record, tsdb.Enforce}[batch%2], events...) {
			if r.Status != want[i] {
				t.Errorf("batch %d, event %+v: %+v, want %s", batch, events[i], r, want[i])
			}
		}
	}
	if n := f.count(`SELECT count(*) FROM usage_event`); n != int64(len(first)) {
		t.Errorf("%d events are stored, want %d", n, len(first))
	}
}
