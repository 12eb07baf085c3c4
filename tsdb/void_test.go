package tsdb_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

func identities(events ...tsdb.UsageEvent) (ids []tsdb.EventID) {
	for _, e := range events {
		ids = append(ids, tsdb.EventID{Source: e.Source, ID: e.ID, Time: e.Time})
	}
	return ids
}

func (f *fixture) takeBack(account int64, events ...tsdb.UsageEvent) []tsdb.VoidResult {
	f.t.Helper()
	results, err := f.VoidEvents(f.ctx, account, identities(events...), tsdb.Actor{Name: "Sue"})
	f.must(err)
	return results
}

func TestAnEventIsTakenBackOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	a, b, c := tokens(id, model, "a", start, 1_000_000, 0), tokens(id, model, "b", start, 4_000_000, 0), runs(id, tool, "c", start, 7)
	f.ingest(tsdb.Record, a, b, c)
	got := f.takeBack(id, a, c, a, runs(id, tool, "d", start, 1), runs(id, tool, "old", start.AddDate(-2, 0, 0), 1))
	want := []string{"VOIDED 500000", "VOIDED 7", "ALREADY_VOIDED 500000", "UNKNOWN_EVENT 0", "TIME_TOO_OLD 0"}
	for i, r := range got {
		told := string(r.Status)
		if r.Code != "" {
			told = string(r.Code)
		}
		if told = fmt.Sprint(told, " ", int64(r.Refund)); told != want[i] {
			t.Errorf("event %d: %s, want %s", i, told, want[i])
		}
	}
	f.clock.advance(time.Minute)
	if again := f.takeBack(id, a); again[0].Status != tsdb.EventAlreadyVoided || !again[0].VoidedAt.Equal(start) {
		t.Errorf("again: %+v", again)
	}
	changed := a
	changed.InputTokens = 5
	for _, e := range []tsdb.UsageEvent{a, changed} {
		for _, mode := range []tsdb.UsageMode{tsdb.Record, tsdb.Enforce} {
			if r := f.ingest(mode, e, b); r[0].Status != tsdb.TakenBack || r[1].Status != tsdb.Duplicate {
				t.Errorf("a resend: %+v", r)
			}
		}
	}
	now := f.view(id)
	if now.Credits.Used() != 2_000_000 || now.Runs.Used() != 0 || now.Credits.Allocation() != billing.MustCredits("75") {
		t.Errorf("used %d credits of %d and %d runs", now.Credits.Used(), now.Credits.Allocation(), now.Runs.Used())
	}
	if n := f.count(`SELECT count(*) FROM ledger_entry WHERE account_id = $1 AND kind = 'REFUND' AND cause = 'VOID' AND amount IN (500000, 7)
  AND line_resources IS NOT NULL`, id); n != 2 {
		t.Errorf("%d refunds", n)
	}
	if n := f.count(`SELECT count(*) FROM audit_log WHERE account_id = $1 AND action = 'USAGE_VOIDED' AND actor = 'Sue'`, id); n != 1 {
		t.Errorf("%d entries of the audit log", n)
	}
	f.sound(id)
}

// Events of another account are unknown, even under the same identity.
func TestNobodyTakesBackWhatIsAnothers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mine, theirs := f.account(), f.account()
	tool := f.resource(theirs, "TOOL", "DEPLOYED")
	e := runs(theirs, tool, "a", start, 7)
	f.ingest(tsdb.Record, e)
	if r := f.takeBack(mine, e); r[0].Code != tsdb.UnknownEvent {
		t.Errorf("got %+v", r)
	}
	if got := f.view(theirs).Runs.Used(); got != 7 {
		t.Errorf("%d runs are left", got)
	}
}

// Charts lose what was taken back in its own minute, before and after the roll-up, and a rebuild agrees.
func TestChartsLoseWhatIsTakenBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, events := f.usedInMarch() // history too
	hours := func() string {
		return fmt.Sprint(f.trend(id, charts.TrendQuery{Range: billing.Range{From: start.Add(-2 * day), To: start.Add(18 * time.Hour)}, Granularity: billing.Hour, Zone: time.UTC}).Used)
	}
	whole := hours()
	f.rollUp(1_000_000)
	var gone []tsdb.UsageEvent
	for i, e := range events {
		if i%3 == 0 {
			gone = append(gone, e)
		}
	}
	f.takeBack(id, gone...)
	before := hours()
	f.catchUp()
	f.sound(id)
	f.rollUp(1_000_000)
	charts := f.charts(id)
	if after := hours(); after != before || after == whole {
		t.Errorf("the chart was\n%s\nand is\n%s", before, after)
	}
	_, err := f.RebuildCharts(f.ctx, id, nil)
	f.must(err)
	if f.charts(id) != charts {
		t.Error("a rebuild does not agree")
	}
	f.exec(`INSERT INTO usage_dirty SELECT DISTINCT account_id, date_bin('15 minutes', time, timestamptz '2000-01-01 00:00:00+00') FROM usage_event`)
	f.must(f.RebuildMarked(f.ctx))
	if f.charts(id) != charts {
		t.Error("what marks of the last release rebuild does not agree")
	}
	for _, e := range gone {
		sums := f.count(`SELECT coalesce(sum(events), 0)::bigint FROM usage_minute WHERE account_id = $1 AND bucket = date_trunc('minute', $2::timestamptz) AND kind = $3`, id, e.Time, string(e.Kind))
		if sums != 0 {
			t.Fatalf("%s is still charted: %d", e.ID, sums)
		}
	}
}

// Retention drops events that were taken back like others; what it freezes leaves them out.
func TestRetentionOfWhatIsTakenBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.keeps()
	id, events := f.usedInMarch()
	f.takeBack(id, events[3], events[30], events[31], events[60])
	f.clock.advance(20 * day)
	f.catchUp()
	f.catchUp()
	if done := f.retain(); len(done.Kept) != 0 || f.rows("usage_event") != 0 || f.rows("usage_void") != 0 {
		t.Fatalf("%+v, %d events and %d voids are left", done, f.rows("usage_event"), f.rows("usage_void"))
	}
	f.reconcile()
	f.reconciled(id)
	if r := f.takeBack(id, events[5]); r[0].Code != tsdb.TimeTooOld {
		t.Errorf("got %+v", r)
	}
}

func TestVoidsByAFilterRepeatItsCount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	for i := range 30 {
		at := start.Add(-time.Duration(i) * time.Minute)
		f.ingest(tsdb.Record, runs(id, tool, fmt.Sprint("r", i), at, 2), tokens(id, model, fmt.Sprint("t", i), at, 1_000_000, 0))
	}
	n := tsdb.FilteredVoids{AccountID: id, Filter: tsdb.VoidFilter{From: start.Add(-9 * time.Minute), To: start.Add(time.Second), ResourceID: model}, IdempotencyKey: "wrong hour"}
	counted, err := f.PreviewVoids(f.ctx, id, n.Filter)
	f.must(err)
	if counted != (tsdb.Voided{Events: 10, Credits: 5_000_000}) {
		t.Fatalf("counted %+v", counted)
	}
	n.Count, n.Filter.Source = 10, new("")
	if _, err := f.VoidFiltered(f.ctx, n, tsdb.Actor{}); codeOf(err) != tsdb.Invalid {
		t.Errorf("an empty source: %v", err)
	}
	if _, err := f.PreviewVoids(f.ctx, id, n.Filter); codeOf(err) != tsdb.Invalid {
		t.Errorf("an empty source: %v", err)
	}
	n.Count, n.Filter.Source = 9, nil
	if _, err := f.VoidFiltered(f.ctx, n, tsdb.Actor{}); codeOf(err) != tsdb.Conflict {
		t.Errorf("another count: %v", err)
	}
	n.Count = 10
	for range 2 { // a repeat of the key is answered as the first time
		if done, err := f.VoidFiltered(f.ctx, n, tsdb.Actor{}); err != nil || done != counted {
			t.Errorf("done %+v, %v", done, err)
		}
	}
	n.IdempotencyKey = ""
	if _, err := f.VoidFiltered(f.ctx, n, tsdb.Actor{}); codeOf(err) != tsdb.Conflict {
		t.Errorf("once more: %v", err)
	}
	if a := f.view(id); a.Credits.Used() != 10_000_000 || a.Runs.Used() != 60 {
		t.Errorf("used %d, %d", a.Credits.Used(), a.Runs.Used())
	}
	f.sound(id)
}

// Wrongly used credits come back for good: the threshold re-arms, and what an exhausted account may do follows.
func TestAVoidRearmsThresholds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	wrong := tokens(id, model, "wrong", start, 160_000_000, 0) // 80 credits: 5 in debt
	f.ingest(tsdb.Record, wrong)
	if d := f.view(id).Decide(billing.Inference, nil, false); d.Allowed {
		t.Fatal("an exhausted account may go on")
	}
	f.takeBack(id, wrong)
	a := f.view(id)
	if d := a.Decide(billing.Inference, nil, false); !d.Allowed || a.Credits.Balance() != billing.MustCredits("75") {
		t.Errorf("%+v, balance %d", d, a.Credits.Balance())
	}
	f.ingest(tsdb.Record, tokens(id, model, "again", start, 160_000_000, 0))
	if n := f.count(`SELECT count(*) FROM crossing WHERE account_id = $1 AND meter = 'MODEL_CREDITS' AND step = '100'`, id); n != 2 {
		t.Errorf("100%% was reached %d times", n)
	}
	f.sound(id)
}

// Voids beside ENFORCE and RECORD, repeats and other voids: no balance is spent twice, and each event is refunded once.
func TestVoidsBesideUsage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, model, tool := f.scarce()
	var events []tsdb.UsageEvent
	for i := range 120 {
		if i%3 == 0 {
			events = append(events, runs(account, tool, fmt.Sprint("e", i), start, 1))
			continue
		}
		events = append(events, tokens(account, model, fmt.Sprint("e", i), start, 1_000_000, 0))
	}
	voided := map[string]int{}
	var mu sync.Mutex
	f.inParallel(func(writer int) error {
		for i := 0; i < len(events); i += 10 {
			batch := slices.Clone(events[i : i+10])
			if writer%2 == 0 {
				if _, err := f.Ingest(context.WithoutCancel(f.ctx), batch, []tsdb.UsageMode{tsdb.Record, tsdb.Enforce}[writer/2%2]); err != nil {
					return err
				}
				continue
			}
			results, err := f.VoidEvents(f.ctx, account, identities(batch[:5]...), tsdb.Actor{})
			if err != nil {
				return err
			}
			mu.Lock()
			for j, r := range results {
				if r.Status == tsdb.EventVoided {
					voided[batch[j].ID]++
				}
			}
			mu.Unlock()
		}
		return nil
	})
	for id, n := range voided {
		if n != 1 {
			t.Errorf("%s was taken back %d times", id, n)
		}
	}
	f.noDeadlocks()
	f.sound(account)
}
