package tsdb_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// The first event with an unknown own id makes the tool or model, if the account allows it, up to a limit; nothing else
// ever does.
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

// A repeat makes nothing, even if the own id that it names was taken away since; nor does an event that settles an
// unknown reservation.
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

// What a gate refuses makes nothing and is answered by the gate; what is stored beside it makes what it names. A new
// model costs what its account's own rates say at once.
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

// made is the model of what events make, by kind and own id: rules.md §2 written down a second time, in memory.
type made struct {
	allowed map[tsdb.UsageKind]bool
	things  map[string]bool
	count   int64
	limit   int64
}

// provision says what becomes of an event with an own id that is otherwise valid, and notes what it makes.
func (m *made) provision(kind tsdb.UsageKind, own string, bad bool) (stored bool) {
	name := string(kind) + own
	switch {
	case bad:
		return false
	case m.things[name]:
		return true
	case !m.allowed[kind] || m.count >= m.limit:
		return false
	}
	m.things[name] = true
	m.count++
	return true
}

// Whatever events come in whatever batches, while the permission is given and taken away: what is made is what the
// model makes, each thing once, and the count is the number of things.
func TestProvisioningFollowsItsModel(t *testing.T) {
	t.Parallel()
	const limit = 12
	f := fixtureOn(t, tsdbtest.New(t), tsdb.Settings{MaxProvisioned: limit})
	id := f.account()
	random := rand.New(rand.NewPCG(3, 2))
	m := &made{allowed: map[tsdb.UsageKind]bool{}, things: map[string]bool{}, limit: limit}
	for range 60 {
		if random.IntN(4) == 0 {
			m.allowed[tsdb.ToolRun], m.allowed[tsdb.Inference] = random.IntN(3) > 0, random.IntN(3) > 0
			f.must(f.SetProvisioning(f.ctx, id, m.allowed[tsdb.ToolRun], m.allowed[tsdb.Inference], tsdb.Actor{Name: "Sue"}))
		}
		f.clock.advance(time.Second)
		var events []tsdb.UsageEvent
		var want []bool
		for range 1 + random.IntN(6) {
			own, bad := fmt.Sprint("own", random.IntN(20)), random.IntN(5) == 0
			e := runs(id, 0, f.key(), f.clock.now(), 1)
			if random.IntN(2) == 0 {
				e = tokens(id, 0, f.key(), f.clock.now(), 10, 0)
			}
			if e.ResourceExternal = own; bad {
				e.ReservationID = 1 << 40 // of no account: refused whatever it names
			}
			events, want = append(events, e), append(want, m.provision(e.Kind, own, bad))
		}
		for i, r := range f.ingest(tsdb.Record, events...) {
			if stored := r.Status == tsdb.Stored; stored != want[i] {
				t.Fatalf("%s %s: %+v, the model says %v", events[i].Kind, events[i].ResourceExternal, r, want[i])
			}
		}
	}
	f.provisioned(id, m.count)
	f.sound(id)
}

// provisioned demands that events made so many things, and that they were counted.
func (f *fixture) provisioned(account, want int64) {
	f.t.Helper()
	p, err := f.Provisioning(f.ctx, account)
	f.must(err)
	if n := f.count(`SELECT count(*) FROM resource WHERE account_id = $1 AND external_id IS NOT NULL`, account); n != want || p.Made != want {
		f.t.Errorf("account %d: %d things, %d counted, want %d", account, n, p.Made, want)
	}
}

// If two processes meet the same own ids at once, they make each thing once, and together never more than the limit.
func TestProvisioningByTwoProcesses(t *testing.T) {
	t.Parallel()
	const limit = 5
	f := fixtureOn(t, tsdbtest.New(t), tsdb.Settings{MaxProvisioned: limit})
	id := f.account()
	f.must(f.SetProvisioning(f.ctx, id, true, true, tsdb.Actor{}))
	other, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: f.clock.now, Settings: tsdb.Settings{MaxProvisioned: limit}})
	f.must(err)
	stores := []*tsdb.Store{f.Store, other}
	f.inParallel(func(writer int) error {
		for i := range 10 {
			e := runs(id, 0, fmt.Sprint(writer, "-", i), start, 1)
			e.ResourceExternal = fmt.Sprint("own", i)
			if _, err := stores[writer%2].Ingest(f.ctx, []tsdb.UsageEvent{e}, tsdb.Record); err != nil {
				return err
			}
		}
		return nil
	})
	f.provisioned(id, limit)
	if n := f.count(`SELECT count(DISTINCT resource_id) FROM usage_event WHERE account_id = $1`, id); n != limit {
		t.Errorf("usage of %d things", n)
	}
	if n := f.count(`SELECT count(*) FROM audit_log WHERE account_id = $1 AND action = 'RESOURCE_PROVISIONED'`, id); n != limit {
		t.Errorf("%d entries of the audit log", n)
	}
	f.sound(id)
}

// An own id that could not be the name of a thing, or an event that is refused for its time or amount, makes nothing;
// an own id of 200 characters does.
func TestWhatIsNoNameMakesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.must(f.SetProvisioning(f.ctx, id, true, true, tsdb.Actor{}))
	long := strings.Repeat("ü", 200)
	for own, want := range map[string]int64{long: 1, long + "x": 0, "\u202egnp": 0, "\u200b": 0, "  ": 0, "a\tb": 0, "external:tool:x": 1, "'; --": 1} {
		before := f.count(`SELECT count(*) FROM resource WHERE account_id = $1`, id)
		e := runs(id, 0, f.key(), start, 1)
		e.ResourceExternal = own
		r := f.ingest(tsdb.Record, e)[0]
		if n := f.count(`SELECT count(*) FROM resource WHERE account_id = $1`, id) - before; n != want || (r.Status == tsdb.Stored) != (want == 1) {
			t.Errorf("%q made %d: %+v", own, n, r)
		}
	}
	for name, edit := range map[string]func(*tsdb.UsageEvent){
		"too old":    func(e *tsdb.UsageEvent) { e.Time = start.AddDate(-2, 0, 0) },
		"ahead":      func(e *tsdb.UsageEvent) { e.Time = start.Add(time.Hour) },
		"no id":      func(e *tsdb.UsageEvent) { e.ID = "" },
		"no runs":    func(e *tsdb.UsageEvent) { e.Runs = 0 },
		"negative":   func(e *tsdb.UsageEvent) { e.Runs = -1 },
		"far beyond": func(e *tsdb.UsageEvent) { e.Runs = math.MaxInt64 },
	} {
		e := runs(id, 0, f.key(), start, 1)
		e.ResourceExternal = "new"
		edit(&e)
		if r := f.resend([]tsdb.UsageEvent{e})[0]; r.Status == tsdb.Stored {
			t.Errorf("%s: %+v", name, r)
		}
		if n := f.count(`SELECT count(*) FROM resource WHERE account_id = $1 AND external_id = 'new'`, id); n != 0 {
			t.Errorf("%s made something", name)
		}
	}
	f.sound(id)
}

// A deleted thing keeps its own id and is not made a second time; a tool and a model may have the same one.
func TestOwnIDsOfDeletedThingsAreNotMadeAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.must(f.SetProvisioning(f.ctx, id, true, true, tsdb.Actor{}))
	run, use := runs(id, 0, "1", start, 1), tokens(id, 0, "2", start, 10, 0)
	run.ResourceExternal, use.ResourceExternal = "same", "same"
	for _, r := range f.ingest(tsdb.Record, run, use) {
		if r.Status != tsdb.Stored {
			t.Fatalf("%+v", r)
		}
	}
	f.provisioned(id, 2)
	var tool int64
	f.must(f.pool.QueryRow(f.ctx, `SELECT resource_id FROM resource WHERE account_id = $1 AND kind = 'TOOL'`, id).Scan(&tool))
	_, err := f.SetToolStatus(f.ctx, id, tool, tsdb.Deleted)
	f.must(err)
	run.ID = "3"
	if r := f.ingest(tsdb.Record, run)[0]; r.Status != tsdb.Stored {
		t.Errorf("a run of the deleted tool: %+v", r) // RECORD stores, rules.md §5
	}
	f.provisioned(id, 2)
}

// What an account allows is read as it was set; setting it again to the same changes nothing and writes no entry. An
// unknown account has none.
func TestProvisioningIsSetOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	updated := func() (at time.Time) {
		f.must(f.pool.QueryRow(f.ctx, `SELECT coalesce(updated_at, created_at) FROM account WHERE account_id = $1`, id).Scan(&at))
		return at
	}
	entries := int64(0)
	for i, c := range []struct{ tools, models, new bool }{
		{false, false, false}, {true, false, true}, {true, false, false}, {false, true, true}, {false, true, false}, {false, false, true},
	} {
		f.clock.advance(time.Minute)
		before := updated()
		f.must(f.SetProvisioning(f.ctx, id, c.tools, c.models, tsdb.Actor{Name: "Sue"}))
		if p, err := f.Provisioning(f.ctx, id); err != nil || p.Tools != c.tools || p.Models != c.models {
			t.Errorf("%d: %+v, %v", i, p, err)
		}
		if c.new {
			entries++
		}
		if n := f.count(`SELECT count(*) FROM audit_log WHERE account_id = $1 AND action = 'PROVISIONING_SET' AND actor = 'Sue'`, id); n != entries {
			t.Errorf("%d: %d entries of the audit log, want %d", i, n, entries)
		}
		if changed := !updated().Equal(before); changed != c.new {
			t.Errorf("%d: changed %v, want %v", i, changed, c.new)
		}
	}
	f.wantRefused(f.SetProvisioning(f.ctx, id+999, true, true, tsdb.Actor{}), tsdb.NotFound)
	_, err := f.Provisioning(f.ctx, id+999)
	f.wantRefused(err, tsdb.NotFound)
}
