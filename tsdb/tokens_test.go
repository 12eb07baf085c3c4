package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// classes adds classes of tokens to an event.
func classes(e tsdb.UsageEvent, cacheRead, cacheWrite, reasoning int64) tsdb.UsageEvent {
	e.CacheReadTokens, e.CacheWriteTokens, e.ReasoningTokens = cacheRead, cacheWrite, reasoning
	return e
}

// Classes are priced by the model's own rates, refused if they do not fit, and are part of what makes an event a
// repeat.
func TestTokenClasses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	rate := func(text string) *billing.Amount {
		r := billing.MustCredits(text)
		return &r
	}
	own, err := f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: id, Name: "own", InputRate: rate("3"), CacheReadRate: rate("0.3"), ReasoningRate: rate("9")})
	f.must(err)
	plain := f.model(id)
	e := classes(tokens(id, own.ID, "own", start, 1_000, 100), 600, 300, 40)
	for i, c := range []struct {
		event tsdb.UsageEvent
		want  billing.Amount
		code  tsdb.UsageCode
	}{
		{e, 100*3 + 600*3/10 + 300*3 + 60*3/2 + 40*9, ""},
		{classes(tokens(id, plain, "plain", start, 374, 44), 374, 0, 44), 253, ""}, // no class has a rate: as ever
		{classes(tokens(id, plain, "whole", start, 3, 0), 2, 1, 0), 2, ""},         // 1.5, rounded once
		{classes(tokens(id, plain, "cache", start, 10, 0), 6, 5, 0), 0, tsdb.QuantityTooLarge},
		{classes(tokens(id, plain, "thought", start, 10, 4), 0, 0, 5), 0, tsdb.QuantityTooLarge},
		{classes(tokens(id, plain, "less", start, 10, 4), 0, -1, 0), 0, tsdb.QuantityNegative},
		{classes(runs(id, f.resource(id, "TOOL", "DEPLOYED"), "tool", start, 1), 0, 0, 1), 0, tsdb.BadTarget},
	} {
		if got := f.ingest(tsdb.Record, c.event)[0]; got.Code != c.code || c.code == "" && (got.Status != tsdb.Stored || got.Charge != c.want) {
			t.Errorf("%d: %+v, want %d %s", i, got, c.want, c.code)
		}
	}
	for range 2 { // unseen, and looked for
		if got := f.ingest(tsdb.Record, e)[0]; got.Status != tsdb.Duplicate {
			t.Errorf("the same again: %+v", got)
		}
		for _, other := range []tsdb.UsageEvent{classes(e, 0, 0, 0), classes(e, 601, 300, 40), classes(e, 600, 299, 40), classes(e, 600, 300, 41)} {
			if got := f.ingest(tsdb.Record, other)[0]; got.Status != tsdb.UsageConflict {
				t.Errorf("other classes: %+v", got)
			}
		}
	}
	f.sound(id)
}

// What charts say about classes is the sum of the events at every stage of the roll-up, by minute, quarter-hour and
// day.
func TestTokenClassesInCharts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	models := []int64{f.model(id), f.model(id)}
	random := rand.New(rand.NewPCG(5, 5))
	want, plain := map[int64]charts.PivotFigures{}, map[int64]charts.PivotFigures{}
	for round := range 12 {
		var events []tsdb.UsageEvent
		for i := range 40 * (round % 3) {
			m := models[random.IntN(2)]
			e := tokens(id, m, fmt.Sprint(round, i), start.Add(-time.Duration(random.IntN(50*3600))*time.Second), random.Int64N(1000), random.Int64N(1000))
			if random.IntN(3) == 0 {
				read := random.Int64N(e.InputTokens + 1)
				e = classes(e, read, random.Int64N(e.InputTokens-read+1), random.Int64N(e.OutputTokens+1))
			}
			events = append(events, e)
		}
		for i, r := range f.ingest(tsdb.Record, events...) {
			e, w := events[i], want[events[i].ResourceID]
			w.Credits, w.Events, w.InputTokens, w.OutputTokens = w.Credits+r.Charge, w.Events+1, w.InputTokens+e.InputTokens, w.OutputTokens+e.OutputTokens
			plain[e.ResourceID] = charts.PivotFigures{Credits: w.Credits, Events: w.Events, InputTokens: w.InputTokens, OutputTokens: w.OutputTokens,
				CacheReadTokens: 0}
			w.CacheReadTokens, w.CacheWriteTokens, w.ReasoningTokens = w.CacheReadTokens+e.CacheReadTokens, w.CacheWriteTokens+e.CacheWriteTokens, w.ReasoningTokens+e.ReasoningTokens
			want[e.ResourceID] = w
		}
		if round%4 == 3 {
			f.rollUp(random.IntN(100) + 1)
		}
		if round == 9 {
			f.exec(`INSERT INTO usage_dirty SELECT DISTINCT account_id, date_bin('15 minutes', time, timestamptz '2000-01-01 00:00:00+00') FROM usage_event`)
			f.must(f.RebuildMarked(f.ctx))
		}
		for _, by := range [][]charts.Dimension{{charts.ByResource}, {charts.ByTime, charts.ByResource}} {
			for _, asked := range []bool{true, false} {
				got := map[int64]charts.PivotFigures{}
				for _, row := range f.pivotOf(charts.PivotQuery{Accounts: []int64{id}, Span: charts.Span{Range: billing.Since(start.Add(-60*time.Hour), start)}, GroupBy: by,
					Granularity: billing.Hour, Zone: time.UTC, Rows: true, Limit: 10_000, Classes: asked}).Rows {
					g := got[row.ResourceID]
					g.Credits, g.Events, g.InputTokens, g.OutputTokens = g.Credits+row.Credits, g.Events+row.Events, g.InputTokens+row.InputTokens, g.OutputTokens+row.OutputTokens
					g.CacheReadTokens, g.CacheWriteTokens, g.ReasoningTokens = g.CacheReadTokens+row.CacheReadTokens, g.CacheWriteTokens+row.CacheWriteTokens, g.ReasoningTokens+row.ReasoningTokens
					got[row.ResourceID] = g
				}
				w := want
				if !asked {
					w = plain
				}
				if fmt.Sprint(got) != fmt.Sprint(w) {
					t.Fatalf("round %d by %v: %+v, want %+v", round, by, got, w)
				}
			}
		}
	}
	f.sound(id)
}

func (f *fixture) pivotOf(q charts.PivotQuery) *charts.Pivot {
	f.t.Helper()
	r := charts.Read(f.Store)
	defer r.Close(f.ctx)
	out, err := r.Pivot(f.ctx, q)
	f.must(err)
	return out
}
