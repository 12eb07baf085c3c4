package tsdb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// The first event of an own id that is not known makes the tool or model, where the account allows it, up to a bound; nothing else ever does.
func TestEventsMakeToolsAndModels(t *testing.T) {
	t.Parallel()
	f := fixtureOn(t, tsdbtest.New(t), tsdb.Settings{MaxProvisioned: 3})
	id, other := f.account(), f.account()
	f.guardrail(id, "TOXICITY", "GENERAL_PURPOSE") // what runs is brought up before
	f.clock.advance(time.Hour)
	run := func(account int64, id, own string) tsdb.UsageEvent {
		e := runs(account, 0, id, f.clock.now(), 2)
		e.ResourceExternal, e.Source = own, "agents"
		return e
	}
	use := func(id2, own, deployment string) tsdb.UsageEvent {
		e := tokens(id, 0, id2, f.clock.now(), 1_000_000, 0)
		e.ResourceExternal, e.DeploymentExternal = own, deployment
		return e
	}
	answers := func(events ...tsdb.UsageEvent) (told string) {
		for _, r := range f.ingest(tsdb.Record, events...) {
			if r.Code != "" {
				told += string(r.Code) + " "
				continue
			}
			told += string(r.Status) + " "
		}
		return told
	}
	expect := func(want, got string) {
		t.Helper()
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	expect("UNKNOWN_TOOL UNKNOWN_MODEL ", answers(run(id, "1", "search"), use("2", "llama", "")))
	f.must(f.SetProvisioning(f.ctx, id, true, false, tsdb.Actor{Name: "Sue"}))
	expect("STORED STORED UNKNOWN_MODEL UNKNOWN_TOOL ", answers(run(id, "1", "search"), run(id, "3", "search"), use("2", "llama", ""), run(other, "4", "search")))
	f.must(f.SetProvisioning(f.ctx, id, true, true, tsdb.Actor{Name: "Sue"}))
	expect("STORED UNKNOWN_MODEL DUPLICATE ", answers(use("2", "llama", ""), use("5", "gpt", "prod"), run(id, "1", "search")))
	expect("STORED UNKNOWN_TOOL STORED UNKNOWN_ACCOUNT ", answers(run(id, "6", "third"), run(id, "7", "fourth"), run(id, "8", "third"), run(id+999, "9", "x")))
	if r := f.ingest(tsdb.Record, run(id, "10", "fourth"))[0]; r.Message != "the account has no such tool, and events have made as many tools and models of the account as they may: 3" {
		t.Errorf("beyond the bound: %q", r.Message)
	}
	p, err := f.Provisioning(f.ctx, id)
	f.must(err)
	if p != (tsdb.Provisioning{Tools: true, Models: true, Made: 3, Limit: 3}) {
		t.Errorf("%+v", p)
	}
	var name, owner, status string
	var at time.Time
	f.must(f.pool.QueryRow(f.ctx, `SELECT name, owner_name, status, created_at FROM resource WHERE account_id = $1 AND external_id = 'search'`, id).Scan(&name, &owner, &status, &at))
	if got := fmt.Sprint(name, owner, status); got != "searchagentsDEPLOYED" || !at.Equal(f.clock.now()) {
		t.Errorf("the tool is %s, of %s", got, at)
	}
	if n := f.count(`SELECT count(*) FROM audit_log WHERE account_id = $1 AND action IN ('RESOURCE_PROVISIONED', 'PROVISIONING_SET')`, id); n != 5 {
		t.Errorf("%d entries of the audit log", n)
	}
	f.sound(id)
}

// A repeat makes nothing, though the own id that it names was taken away since; nor does an event that settles what there is not.
func TestRepeatsAndRefusalsMakeNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.must(f.SetProvisioning(f.ctx, id, true, true, tsdb.Actor{}))
	e := runs(id, 0, "1", f.clock.now(), 2)
	e.ResourceExternal = "search"
	made := func(want int64) {
		t.Helper()
		p, err := f.Provisioning(f.ctx, id)
		f.must(err)
		if n := f.count(`SELECT count(*) FROM resource WHERE account_id = $1`, id); n != want || p.Made != want {
			t.Errorf("%d things, %d counted, want %d", n, p.Made, want)
		}
	}
	f.ingest(tsdb.Record, e)
	made(1)
	_, err := f.pool.Exec(f.ctx, `UPDATE resource SET external_id = NULL WHERE account_id = $1`, id)
	f.must(err)
	for range 2 {
		if r := f.ingest(tsdb.Record, e)[0]; r.Status == tsdb.Stored {
			t.Errorf("a repeat is answered %+v", r)
		}
		made(1)
	}
	e.ID, e.ReservationID = "2", 1<<40
	if r := f.ingest(tsdb.Record, e)[0]; r.Status != tsdb.UsageRefused {
		t.Errorf("without its reservation: %+v", r)
	}
	made(1)
}

// What a gate refuses makes nothing and is answered by the gate; what is stored beside it makes what it names. A model that is made costs
// what its account's own rates say at once.
func TestEnforceMakesNothingInVain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account() // 75 credits, 10,000 runs
	f.must(f.SetProvisioning(f.ctx, id, true, true, tsdb.Actor{}))
	run := func(key, own string, n int64) tsdb.UsageEvent {
		e := runs(id, 0, key, f.clock.now(), n)
		e.ResourceExternal = own
		return e
	}
	results := f.ingest(tsdb.Enforce, run("1", "a", 20_000), run("2", "b", 9_999), run("3", "b", 2), run("4", "c", 2), run("5", "c", 1), run("6", "d", 1))
	told := ""
	for _, r := range results {
		told += string(r.Status) + string(r.Code) + " "
	}
	if want := "REFUSEDRUNS_EXHAUSTED STORED REFUSEDRUNS_EXHAUSTED REFUSEDRUNS_EXHAUSTED STORED REFUSEDRUNS_EXHAUSTED "; told != want {
		t.Errorf("got  %s\nwant %s", told, want)
	}
	var names string
	f.must(f.pool.QueryRow(f.ctx, `SELECT string_agg(external_id, ' ' ORDER BY external_id) FROM resource WHERE account_id = $1`, id).Scan(&names))
	if names != "b c" {
		t.Errorf("made: %s", names)
	}
	double := billing.Amount(2_000_000)
	f.setRates(id, 0, billing.OwnRates{Tokens: billing.OwnTokenRates{Input: &double}})
	f.clock.advance(time.Hour)
	use := tokens(id, 0, "7", f.clock.now(), 1_000_000, 0)
	use.ResourceExternal = "llama"
	if r := f.ingest(tsdb.Record, use)[0]; r.Charge != 2_000_000 {
		t.Errorf("by own rates: %+v", r)
	}
	p, err := f.Provisioning(f.ctx, id)
	f.must(err)
	if p.Made != 3 {
		t.Errorf("%+v", p)
	}
	f.sound(id)
}
