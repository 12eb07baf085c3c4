package tsdb_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// reading reads something about stored events.
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

// Stored events are read back as they were sent, with what they cost and what became of them; another account has none
// of them.
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
		{tsdb.EventFilter{From: start.AddDate(0, 0, -12), Source: new("late")}, "c"},
		{tsdb.EventFilter{Source: new("")}, ""},
		{tsdb.EventFilter{User: new("")}, "b a"}, // that names none
		{tsdb.EventFilter{User: new("nobody")}, ""},
		{tsdb.EventFilter{APIKey: new("")}, "b a"},
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

// Pages of every size, in both directions, make up the list, even if many events share their time.
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

// A ledger entry leads to the events that it charged or refunded, and they lead to it; their costs add up to it.
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

// Whatever is asked of whatever was sent, the list is what the test finds among its own events: combined filters,
// ranges to the microsecond, and whole pages.
func TestListsOfEventsAreThoseSent(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	random := rand.New(rand.NewPCG(21, 3))
	users, tags := []string{"", "ann", "Ann", "a%"}, []tsdb.Tags{nil, {"team": "red"}, {"team": "blue", "env": ""}, {"TEAM": "red", `k"\`: `v"\`}}
	var sent []tsdb.UsageEvent
	voided := map[string]bool{}
	for i := range 120 {
		at := start.Add(-time.Duration(random.IntN(15*24)) * time.Hour).Add(time.Duration(random.IntN(3)) * time.Microsecond)
		e := []tsdb.UsageEvent{runs(id, tool, fmt.Sprint(i), at, 1), tokens(id, model, fmt.Sprint(i), at, 2, 2)}[random.IntN(2)]
		e.Source, e.User, e.APIKey, e.Tags = []string{"s", "S"}[random.IntN(2)], users[random.IntN(4)], users[random.IntN(4)], tags[random.IntN(4)]
		sent = append(sent, e)
	}
	f.ingest(tsdb.Record, sent...)
	for i := 0; i < len(sent); i += 7 {
		f.takeBack(id, sent[i])
		voided[sent[i].ID] = true
	}
	slices.SortFunc(sent, func(a, b tsdb.UsageEvent) int {
		return -cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.Source, b.Source), strings.Compare(a.ID, b.ID))
	})
	some := func(n int) bool { return random.IntN(n) == 0 }
	for range 80 {
		from := start.Add(-time.Duration(random.IntN(15*24)) * time.Hour).Add(time.Duration(random.IntN(3)) * time.Microsecond)
		q := tsdb.EventFilter{From: from, To: from.Add(time.Microsecond + time.Duration(random.Int64N(int64(tsdb.MaxEventSpan))))}
		if some(3) {
			q.ResourceID = []int64{tool, model, 999}[random.IntN(3)]
		}
		if some(4) {
			q.Source = new([]string{"s", "S", "none", ""}[random.IntN(4)])
		}
		if some(4) {
			q.Kinds = [][]tsdb.UsageKind{{tsdb.ToolRun}, {tsdb.Inference, tsdb.ToolRun}, {}}[random.IntN(3)]
		}
		if some(3) {
			q.Voided = new(some(2))
		}
		q.User, q.APIKey, q.Tags = new(users[random.IntN(2)]), new(users[random.IntN(2)]), tags[random.IntN(4)]
		if some(2) {
			q.User, q.APIKey = nil, nil
		}
		var want []string
		for _, e := range sent {
			if !e.Time.Before(q.From.Truncate(time.Microsecond)) && e.Time.Before(q.To.Truncate(time.Microsecond)) && fits(e, q, voided[e.ID]) {
				want = append(want, e.ID)
			}
		}
		page := reading(f, func(r *tsdb.Reader) (tsdb.Paged[tsdb.EventRow], error) {
			return r.Events(f.ctx, id, q, tsdb.EventPage{Limit: 100, Total: true})
		})
		if ids(page) != strings.Join(want[:min(100, len(want))], " ") || page.Total != len(want) || page.HasNext != (len(want) > 100) {
			t.Errorf("%+v: %d of %q, want %q", q, page.Total, ids(page), want)
		}
	}
}

// fits reports whether an event matches a filter, except for its range.
func fits(e tsdb.UsageEvent, q tsdb.EventFilter, voided bool) bool {
	for key, value := range q.Tags {
		if has, there := e.Tags[key]; !there || has != value {
			return false
		}
	}
	is := func(asked *string, has string) bool { return asked == nil || *asked == has }
	return (q.ResourceID == 0 || q.ResourceID == e.ResourceID) && is(q.Source, e.Source) && (q.Kinds == nil || slices.Contains(q.Kinds, e.Kind)) &&
		(q.Voided == nil || *q.Voided == voided) && is(q.User, e.User) && is(q.APIKey, e.APIKey)
}

// A range that is given in part is completed; a range that ends before it begins, or is longer than 14 days by a
// microsecond, is refused.
func TestRangesOfEvents(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	f.ingest(tsdb.Record, runs(id, tool, "week", start.Add(5*time.Minute-tsdb.UsualEventSpan), 1), runs(id, tool, "before", start.Add(5*time.Minute-tsdb.UsualEventSpan-time.Microsecond), 1),
		runs(id, tool, "now", start, 1), runs(id, tool, "ahead", start.Add(4*time.Minute), 1))
	whole := start.Add(-tsdb.MaxEventSpan)
	for i, c := range []struct {
		from, to time.Time
		want     string // "!": refused
	}{
		{time.Time{}, time.Time{}, "ahead now week"},
		{start, time.Time{}, "ahead now"},
		{time.Time{}, start, "week before"},
		{time.Time{}, start.Add(time.Nanosecond), "week before"}, // a nanosecond is no microsecond
		{time.Time{}, start.Add(time.Microsecond), "now week before"},
		{whole, start, "week before"},
		{whole.Add(-time.Microsecond), start, "!"},
		{whole.Add(-time.Nanosecond), start, "!"},
		{start, start, "!"},
		{start.Add(time.Hour), time.Time{}, "!"},
		{start.Add(5 * time.Minute), time.Time{}, "!"},
		{time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 1, 2, 0, 0, 0, 0, time.UTC), ""},
		{time.Time{}, time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), ""},
	} {
		r := f.Read()
		page, err := r.Events(f.ctx, id, tsdb.EventFilter{From: c.from, To: c.to}, tsdb.EventPage{Limit: 9})
		if c.want == "!" {
			f.refusedAs(fmt.Sprint(i), err, tsdb.BadRange, "from")
		} else if err != nil || ids(page) != c.want {
			t.Errorf("%d, from %v to %v: %q, %v; want %q", i, c.from, c.to, ids(page), err, c.want)
		}
		r.Close(f.ctx)
	}
	for _, odd := range []tsdb.EventID{{}, {Source: "test", ID: "now"}, {Source: "test", Time: start}, {Source: "a\x00", ID: "now", Time: start}, {Source: "test", ID: "\xff", Time: start},
		{Source: "test", ID: "now", Time: start.AddDate(9000, 0, 0)}, {Source: "test", ID: "now", Time: start.AddDate(-3000, 0, 0)}} {
		if e := reading(f, func(r *tsdb.Reader) (*tsdb.EventRow, error) { return r.Event(f.ctx, id, odd) }); e != nil {
			t.Errorf("%+v is %+v", odd, e)
		}
	}
}
