package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Charges of many events, paid by several grants and partly by debt, are taken back in parts, in any order, by two
// processes that take turns: after each part, usage is what is left of the events, and after the last one every grant
// is as if nothing had ever been used.
func TestChargesAreRefundedInParts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	random := rand.New(rand.NewPCG(7, 7))
	stores := []*tsdb.Store{f.Store, f.another(true, 0)}
	for range 3 {
		id := f.account()
		model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
		f.topUp(id, billing.ModelCredits, 20*credit)
		f.topUp(id, billing.ToolRuns, 50)
		var events []tsdb.UsageEvent
		var credits, runsUsed billing.Amount
		for range 6 { // batches: one entry a meter each
			f.clock.advance(time.Duration(1+random.IntN(90)) * time.Second)
			var batch []tsdb.UsageEvent
			for range 1 + random.IntN(6) {
				if random.IntN(3) == 0 {
					n := 1 + random.Int64N(900)
					batch, runsUsed = append(batch, runs(id, tool, f.key(), f.clock.now(), n)), runsUsed+billing.Amount(n)
					continue
				}
				n := random.Int64N(16_000_000) // up to 8 credits, 0 too
				batch, credits = append(batch, tokens(id, model, f.key(), f.clock.now().Add(-time.Duration(random.IntN(300))*time.Hour), 2*n, 0)), credits+billing.Amount(n)
			}
			f.ingest(tsdb.Record, batch...)
			events = append(events, batch...)
		}
		random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		for len(events) > 0 {
			n := min(len(events), 1+random.IntN(5))
			f.clock.advance(time.Duration(random.IntN(60)) * time.Second)
			results, err := stores[random.IntN(2)].VoidEvents(f.ctx, id, identities(events[:n]...), tsdb.Actor{})
			f.must(err)
			for i, r := range results {
				if r.Status != tsdb.EventVoided {
					t.Fatalf("%+v of %+v", r, events[i])
				}
				if r.Meter == billing.ToolRuns {
					runsUsed -= r.Refund
				} else {
					credits -= r.Refund
				}
			}
			events = events[n:]
			if a := f.view(id); a.Credits.Used() != credits || a.Runs.Used() != runsUsed {
				t.Fatalf("%d and %d are used, want %d and %d", a.Credits.Used(), a.Runs.Used(), credits, runsUsed)
			}
			f.sound(id)
		}
		if n := f.count(`SELECT count(*) FROM credit_grant WHERE account_id = $1 AND (given <> '{0,0,0,0}' OR kind = 'ADJUSTMENT')`, id); n != 0 {
			t.Errorf("%d grants are not as before", n)
		}
		if n := f.count(`SELECT coalesce(sum(amount), 0)::bigint FROM ledger_entry WHERE account_id = $1 AND kind IN ('CHARGE', 'REFUND')`, id); n != 0 {
			t.Errorf("charges and refunds are %d apart", n)
		}
	}
}

// What the grant that paid has lost by expiry comes back as a grant of 90 days; what it lost by a correction is its own again.
func TestRefundsOfGrantsThatAreGone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	e := tokens(id, model, "a", start, 20_000_000, 0) // 10 credits of the free 75
	rest := tokens(id, model, "b", start, 2_000_000, 0)
	f.ingest(tsdb.Record, e, rest)
	f.clock.advance(90 * day) // the free grant expires in this second
	if r := f.takeBack(id, e); r[0].Refund != 10*credit {
		t.Fatalf("%+v", r)
	}
	a := f.view(id) // the old grant did pay, and counts as what it gave
	if a.Credits.Balance() != 10*credit || a.Credits.Allocation() != 21*credit {
		t.Errorf("%d of %d are left", a.Credits.Balance(), a.Credits.Allocation())
	}
	var kind string
	var expires time.Time
	f.must(f.pool.QueryRow(f.ctx, `SELECT kind, expires_at FROM credit_grant WHERE account_id = $1 ORDER BY grant_no DESC LIMIT 1`, id).Scan(&kind, &expires))
	if kind != "ADJUSTMENT" || !expires.Equal(f.clock.now().Add(90*day)) {
		t.Errorf("%s until %v", kind, expires)
	}
	f.clock.set(expires.Add(-time.Second))
	if got := f.view(id).Credits.Balance(); got != 10*credit {
		t.Errorf("%d are left in its last second", got)
	}
	f.clock.set(expires)
	if got := f.view(id).Credits.Balance(); got != 0 {
		t.Errorf("%d are left after it", got)
	}
	f.takeBack(id, rest)
	f.sound(id)
}

// History and what cost nothing are taken back as well, without a ledger entry.
func TestVoidsThatRefundNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, err := f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "Moved", IdempotencyKey: f.key(), BooksFrom: start}, tsdb.Actor{})
	f.must(err)
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	events := []tsdb.UsageEvent{runs(id, tool, "history", start.Add(-time.Microsecond), 7), tokens(id, model, "old tokens", start.Add(-time.Hour), 5_000_000, 0),
		tokens(id, model, "nothing", start, 0, 1), runs(id, tool, "first", start, 3)}
	events[2].OutputTokens = 0
	stored := f.ingest(tsdb.Record, events...)
	told := ""
	for i, r := range f.takeBack(id, events...) {
		told += fmt.Sprintf("%s %d, ", r.Status, r.Refund)
		if stored[i].Status != tsdb.Stored {
			events[i].ID = "" // refused, and so unknown
		}
	}
	if !strings.HasPrefix(told, "VOIDED 0, VOIDED 0, ") || !strings.HasSuffix(told, "VOIDED 3, ") {
		t.Errorf("%s", told)
	}
	if n := f.count(`SELECT count(*) FROM ledger_entry WHERE account_id = $1 AND cause = 'VOID'`, id); n != 1 {
		t.Errorf("%d entries refund something", n)
	}
	f.rollUp(100)
	if n := f.count(`SELECT coalesce(sum(abs(runs) + abs(credits) + abs(events)), 0)::bigint FROM usage_day WHERE account_id = $1`, id); n != 0 {
		t.Errorf("the charts keep %d", n)
	}
	f.sound(id)
}

// Identities that no event can have are refused one by one, each for its own reason, beside those that are taken back;
// a call names 1 to 1,000.
func TestIdentitiesOfVoids(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	at := start.Add(123_456_789 * time.Nanosecond)
	f.clock.advance(time.Second)
	f.ingest(tsdb.Record, runs(id, tool, "a", at, 1), runs(id, tool, "b", at, 1))
	ids := []tsdb.EventID{{Source: "", ID: "a", Time: at}, {Source: "test", ID: "", Time: at}, {Source: "test", ID: "a"}, {Source: "te\x00st", ID: "a", Time: at},
		{Source: "test", ID: strings.Repeat("x", 201), Time: at}, {Source: "test", ID: "a", Time: start.AddDate(-3, 0, 0)}, {Source: "Test", ID: "a", Time: at},
		{Source: "test", ID: "a", Time: at.Add(time.Microsecond)}, {Source: "test", ID: "a", Time: start.AddDate(5000, 0, 0)},
		{Source: "test", ID: "a", Time: at.Add(210)}, {Source: "test", ID: "a", Time: at.In(zone(t, "Asia/Kathmandu"))}}
	results, err := f.VoidEvents(f.ctx, id, ids, tsdb.Actor{})
	f.must(err)
	told := ""
	for _, r := range results {
		told += string(r.Status) + string(r.Code) + " "
	}
	want := "REFUSEDSOURCE_REQUIRED REFUSEDID_REQUIRED REFUSEDTIME_REQUIRED REFUSEDBAD_IDENTITY REFUSEDBAD_IDENTITY REFUSEDTIME_TOO_OLD REFUSEDUNKNOWN_EVENT " +
		"REFUSEDUNKNOWN_EVENT REFUSEDUNKNOWN_EVENT VOIDED ALREADY_VOIDED "
	if told != want {
		t.Errorf("%s\nwant %s", told, want)
	}
	for _, n := range []int{0, tsdb.MaxVoids + 1} {
		_, err := f.VoidEvents(f.ctx, id, make([]tsdb.EventID, n), tsdb.Actor{})
		f.refusedAs(fmt.Sprint(n), err, tsdb.Invalid, "events")
	}
	if r, err := f.VoidEvents(f.ctx, id, make([]tsdb.EventID, tsdb.MaxVoids), tsdb.Actor{}); err != nil || len(r) != tsdb.MaxVoids || r[999].Code != tsdb.SourceRequired {
		t.Errorf("%d results, %v", len(r), err)
	}
	_, err = f.VoidEvents(f.ctx, id+999, ids, tsdb.Actor{})
	f.wantRefused(err, tsdb.NotFound)
	if got := f.view(id).Runs.Used(); got != 1 {
		t.Errorf("%d runs are used", got)
	}
	f.sound(id)
}

// A grant that got its part of a charge back no longer counts as having paid it: the next part goes to the grant that
// was drawn before it, even if other usage has drawn from the later one since.
func TestNoPartOfAChargeComesBackTwice(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	f.spend(id, model, 70*credit) // 5 of the free grant are left, which is drawn first
	f.topUp(id, billing.ModelCredits, 100*credit)
	f.clock.advance(time.Minute)
	a, b := tokens(id, model, "a", f.clock.now(), 20_000_000, 0), tokens(id, model, "b", f.clock.now(), 10_000_000, 0)
	f.ingest(tsdb.Record, a, b) // 15 at once: 5 of the free grant, 10 of the top-up
	f.clock.advance(time.Minute)
	f.spend(id, model, 20*credit) // of the top-up alone
	given := func() string {
		var of string
		f.must(f.pool.QueryRow(f.ctx, `SELECT string_agg((given[1] / 1000000)::text, ' ' ORDER BY grant_no) FROM credit_grant WHERE account_id = $1 AND meter = 'MODEL_CREDITS'`, id).Scan(&of))
		return of
	}
	if got := given(); got != "75 30" {
		t.Fatalf("the grants gave %s", got)
	}
	for _, c := range []struct {
		back tsdb.UsageEvent
		want string
	}{{a, "75 20"}, {b, "70 20"}} {
		f.clock.advance(time.Minute)
		f.takeBack(id, c.back)
		if got := given(); got != c.want {
			t.Errorf("without %s the grants gave %s, want %s", c.back.ID, got, c.want)
		}
	}
	f.sound(id)
}
