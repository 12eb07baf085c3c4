package tsdb_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// reading asks one question of the events that are stored.
func reading[T any](f *fixture, ask func(r *tsdb.Reader) (T, error)) T {
	f.t.Helper()
	r := f.Read()
	defer r.Close(f.ctx)
	got, err := ask(r)
	f.must(err)
	return got
}

// ids are the ids of a page's events, in order.
func ids(page tsdb.Paged[tsdb.EventRow]) string {
	var all []string
	for _, r := range page.Rows {
		all = append(all, r.ID)
	}
	return strings.Join(all, " ")
}

func (f *fixture) listed(account int64, filter tsdb.EventFilter) string {
	f.t.Helper()
	return ids(reading(f, func(r *tsdb.Reader) (tsdb.Paged[tsdb.EventRow], error) {
		return r.Events(f.ctx, account, filter, tsdb.EventPage{Limit: 100})
	}))
}

// What was stored is read back as it was sent, with what it cost and what became of it; another account has none of it.
func TestEventsAreReadBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	a := tokens(id, model, "a", start.Add(-time.Hour), 1000, 200)
	a.CacheReadTokens, a.ReasoningTokens = 600, 50
	b, c := runs(id, tool, "b", start.Add(1234*time.Microsecond), 7), runs(id, tool, "c", start.AddDate(0, 0, -10), 1)
	c.Source = "late"
	f.ingest(tsdb.Record, a, b, c)
	f.takeBack(id, b)
	event := func(account int64, e tsdb.UsageEvent) *tsdb.EventRow {
		return reading(f, func(r *tsdb.Reader) (*tsdb.EventRow, error) { return r.Event(f.ctx, account, identities(e)[0]) })
	}
	got := event(id, a)
	if got == nil || !reflect.DeepEqual(got.UsageEvent, a) || got.Charge != 800 || got.Meter != billing.ModelCredits || !got.VoidedAt.IsZero() || got.ResourceName != "MODEL one" || got.EntryNo == 0 {
		t.Errorf("got %+v\nwant %+v", got, a)
	}
	if got = event(id, b); got == nil || !reflect.DeepEqual(got.UsageEvent, b) || got.Charge != 7 || !got.VoidedAt.Equal(start) || got.RefundNo == 0 {
		t.Errorf("taken back: %+v", got)
	}
	moved := a
	moved.Time = a.Time.Add(time.Microsecond)
	if event(other, a) != nil || event(id, moved) != nil {
		t.Error("an event is read that is not there")
	}
	yes, no := true, false
	for _, q := range []struct {
		filter tsdb.EventFilter
		want   string
	}{
		{tsdb.EventFilter{}, "b a"},
		{tsdb.EventFilter{From: start.AddDate(0, 0, -12), To: start}, "a c"},
		{tsdb.EventFilter{ResourceID: tool}, "b"},
		{tsdb.EventFilter{ResourceID: -1}, ""},
		{tsdb.EventFilter{From: start.AddDate(0, 0, -12), Source: "late"}, "c"},
		{tsdb.EventFilter{Kinds: []tsdb.UsageKind{tsdb.Inference}}, "a"},
		{tsdb.EventFilter{Kinds: []tsdb.UsageKind{}}, ""},
		{tsdb.EventFilter{Voided: &yes}, "b"},
		{tsdb.EventFilter{Voided: &no}, "a"},
	} {
		if got := f.listed(id, q.filter); got != q.want {
			t.Errorf("%+v: %q, want %q", q.filter, got, q.want)
		}
		if got := f.listed(other, q.filter); got != "" {
			t.Errorf("%+v: another account has %q", q.filter, got)
		}
	}
	for _, filter := range []tsdb.EventFilter{{From: start, To: start}, {From: start.AddDate(0, 0, -15), To: start}} {
		r := f.Read()
		_, err := r.Events(f.ctx, id, filter, tsdb.EventPage{Limit: 1})
		f.wantRefused(err, tsdb.BadRange)
		r.Close(f.ctx)
	}
}

// Pages of every size, in both directions, are the list, also where many events share their time.
func TestPagesOfEventsLeaveNothingOut(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	var events []tsdb.UsageEvent
	for i := range 23 {
		e := runs(id, tool, fmt.Sprintf("%02d", i), start.Add(-time.Duration(i/5)*13*time.Hour), 1)
		e.Source = fmt.Sprint("s", i%2)
		events = append(events, e)
	}
	f.ingest(tsdb.Record, events...)
	slices.SortFunc(events, func(a, b tsdb.UsageEvent) int {
		return -slices.Compare([]string{a.Time.Format(time.RFC3339), a.Source, a.ID}, []string{b.Time.Format(time.RFC3339), b.Source, b.ID})
	})
	var want []string
	for _, e := range events {
		want = append(want, e.ID)
	}
	for _, size := range []int{1, 2, 5, 22, 23, 100} {
		for _, backward := range []bool{false, true} {
			var all []string
			p := tsdb.EventPage{Limit: size, Backward: backward, Total: true}
			for more := true; more; {
				page := reading(f, func(r *tsdb.Reader) (tsdb.Paged[tsdb.EventRow], error) {
					return r.Events(f.ctx, id, tsdb.EventFilter{}, p)
				})
				if page.Total != len(want) {
					t.Errorf("%d events in all, want %d", page.Total, len(want))
				}
				first, last := page.Rows[0].Identity(), page.Rows[len(page.Rows)-1].Identity()
				if backward {
					all, more, p.Before = append(strings.Fields(ids(page)), all...), page.HasPrev, &first
				} else {
					all, more, p.After = append(all, strings.Fields(ids(page))...), page.HasNext, &last
				}
			}
			if !slices.Equal(all, want) {
				t.Errorf("pages of %d, backward %t: %v, want %v", size, backward, all, want)
			}
		}
	}
}

// An entry of the ledger leads to the events that it charged or gave back, and they lead to it; what they cost adds up to it.
func TestEntriesAndEventsLeadToEachOther(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	first := []tsdb.UsageEvent{tokens(id, model, "a", start, 1000, 0), tokens(id, model, "b", start.AddDate(0, 0, -40), 4000, 0), runs(id, tool, "c", start, 3)}
	f.ingest(tsdb.Record, first...)
	f.clock.advance(time.Minute)
	f.ingest(tsdb.Record, tokens(id, model, "d", start, 2000, 0))
	f.takeBack(id, first[1])
	rows, err := f.ledger(id, tsdb.LedgerFilter{}, tsdb.Page{Limit: 100}, false)
	f.must(err)
	var got []string
	for _, e := range rows.Rows {
		page := reading(f, func(r *tsdb.Reader) (tsdb.Paged[tsdb.EventRow], error) {
			return r.EventsOf(f.ctx, id, e, time.Time{}, time.Time{}, tsdb.EventPage{Limit: 10})
		})
		got = append(got, fmt.Sprintf("%s %d:%s", e.Cause, e.Amount, ids(page)))
		entries := reading(f, func(r *tsdb.Reader) (map[int64]tsdb.LedgerRow, error) { return r.EntriesOf(f.ctx, id, page.Rows) })
		for _, row := range page.Rows {
			if !(row.EntryNo == e.No || row.RefundNo == e.No) || entries[e.No].Amount != e.Amount || entries[row.EntryNo].No != row.EntryNo {
				t.Errorf("entry %d: %+v of %v", e.No, row, entries)
			}
		}
	}
	slices.Sort(got)
	if want := "[EVENTS -1000:d EVENTS -2500:a EVENTS -3:c GRANT 10000: GRANT 75000000: VOID 2000:b]"; fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
	late := reading(f, func(r *tsdb.Reader) (tsdb.Paged[tsdb.EventRow], error) {
		i := slices.IndexFunc(rows.Rows, func(e tsdb.LedgerRow) bool { return e.Amount == -2500 })
		return r.EventsOf(f.ctx, id, rows.Rows[i], start.AddDate(0, 0, -42), start.AddDate(0, 0, -30), tsdb.EventPage{Limit: 10})
	})
	if ids(late) != "b" {
		t.Errorf("of 40 days before: %q", ids(late))
	}
}
