package tsdb_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/usagegraph/usagegraph/tsdb"
)

// upserter is who makes things in these tests.
func upserter() tsdb.Upserter {
	return tsdb.Upserter{Actor: tsdb.Actor{Name: "sync"}, TargetID: func(key int64) string { return fmt.Sprint("T", key) }}
}

// If many upsert one thing at once, one makes it and the others find it as it should be: there is one thing, and one
// outcome says so.
func TestUpsertsAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account := f.account()
	f.grant(account)
	model := f.model(account)
	stores := []*tsdb.Store{f.Store, f.another(true, 0)}
	own := tsdb.Own{ExternalID: "one", Tags: tsdb.Tags{"a": "b"}}
	for kind, do := range map[string]func(s *tsdb.Store) (int64, tsdb.Outcome, error){
		"account": func(s *tsdb.Store) (int64, tsdb.Outcome, error) {
			return s.UpsertAccount(f.ctx, tsdb.NewAccount{Name: "n", Own: own}, tsdb.Actor{})
		},
		"tool": func(s *tsdb.Store) (int64, tsdb.Outcome, error) {
			r, o, err := s.UpsertTool(f.ctx, tsdb.NewTool{AccountID: account, Name: "n", OwnerName: "o", Own: own}, upserter())
			return r.ID, o, err
		},
		"guardrail": func(s *tsdb.Store) (int64, tsdb.Outcome, error) {
			r, o, err := s.UpsertGuardrail(f.ctx, tsdb.NewGuardrail{AccountID: account, Name: "n", Scanner: "TOXICITY", CPUType: "GENERAL_PURPOSE", Replicas: 1, Own: own}, upserter())
			return r.ID, o, err
		},
		"deployment": func(s *tsdb.Store) (int64, tsdb.Outcome, error) {
			d, o, err := s.UpsertDeployment(f.ctx, tsdb.ModelDeployment{AccountID: account, ModelID: model, Name: "n", Hardware: gpu, Replicas: 1, Own: own}, upserter())
			return d.ID, o, err
		},
	} {
		var mu sync.Mutex
		ids, outcomes := map[int64]bool{}, map[tsdb.Outcome]int{}
		f.inParallel(func(writer int) error {
			if writer >= 16 {
				return nil
			}
			id, outcome, err := do(stores[writer%2])
			mu.Lock()
			defer mu.Unlock()
			ids[id] = true
			outcomes[outcome]++
			return err
		})
		if len(ids) != 1 || outcomes[tsdb.Created] != 1 || outcomes[tsdb.Unchanged] != 15 {
			t.Errorf("%s: %d things, %v", kind, len(ids), outcomes)
		}
	}
	f.noDeadlocks()
	if n := f.count(`SELECT count(*) FROM segment WHERE account_id = $1`, account); n != 2 {
		t.Errorf("%d segments run", n)
	}
	f.sound(account)
}

// A refusal, of a new thing as of an existing one, names the part at fault and makes or changes nothing.
func TestUpsertsThatAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, long := f.account(), strings.Repeat("ü", 201)
	model, other := f.model(id), f.model(id)
	_, _, err := f.UpsertDeployment(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "d", Hardware: gpu, Replicas: 1, Own: tsdb.Own{ExternalID: "d"}}, upserter())
	f.must(err)
	tool := func(n tsdb.NewTool) error {
		n.AccountID = id
		_, _, err := f.UpsertTool(f.ctx, n, upserter())
		return err
	}
	own := func(id string) tsdb.Own { return tsdb.Own{ExternalID: id} }
	f.refusedAs("no own id", tool(tsdb.NewTool{Name: "n", OwnerName: "o"}), tsdb.Invalid, "externalId")
	f.refusedAs("a long own id", tool(tsdb.NewTool{Name: "n", OwnerName: "o", Own: own(long)}), tsdb.Invalid, "externalId")
	f.refusedAs("no name", tool(tsdb.NewTool{OwnerName: "o", Own: own("t")}), tsdb.Invalid, "name")
	f.refusedAs("deleted", tool(tsdb.NewTool{Name: "n", OwnerName: "o", Status: tsdb.Deleted, Own: own("t")}), tsdb.Invalid, "status")
	f.refusedAs("undeployed", tool(tsdb.NewTool{Name: "n", OwnerName: "o", Status: tsdb.Undeployed, Own: own("t")}), tsdb.Invalid, "status")
	f.must(tool(tsdb.NewTool{Name: "n", OwnerName: "o", Own: own("t")}))
	f.refusedAs("undeployed in development", tool(tsdb.NewTool{Name: "new", OwnerName: "o", Status: tsdb.Undeployed, Own: own("t")}), tsdb.WrongState, "status")
	deploy := func(n tsdb.ModelDeployment) error {
		n.AccountID = id
		_, _, err := f.UpsertDeployment(f.ctx, n, upserter())
		return err
	}
	sound := tsdb.ModelDeployment{ModelID: model, Name: "new", Hardware: gpu, Replicas: 1, Own: own("d"), ChangesHosting: true}
	n := sound
	n.ModelID = other
	f.refusedAs("of another model", deploy(n), tsdb.Conflict, "modelId")
	n = sound
	n.Replicas = tsdb.MaxReplicas + 1
	f.refusedAs("many replicas", deploy(n), tsdb.Invalid, "replicas")
	n = sound
	n.Hardware = "abacus"
	if err := deploy(n); codeOf(err) != tsdb.UnknownHardware {
		t.Errorf("unknown hardware: %v", err)
	}
	_, _, err = f.UpsertScript(f.ctx, tsdb.NewScript{AccountID: id, Name: "s", Language: "COBOL", Own: own("s")}, upserter())
	f.refusedAs("a language", err, tsdb.Invalid, "language")
	_, _, err = f.UpsertAccount(f.ctx, tsdb.NewAccount{Name: "n", TimeZone: "Local", Own: own("a")}, tsdb.Actor{})
	f.refusedAs("a zone", err, tsdb.Invalid, "timeZone")
	_, _, err = f.UpsertTool(f.ctx, tsdb.NewTool{AccountID: id + 999, Name: "n", OwnerName: "o", Own: own("t")}, upserter())
	f.wantRefused(err, tsdb.NotFound)
	if n := f.count(`SELECT count(*) FROM resource WHERE name = 'new'`) + f.count(`SELECT count(*) FROM deployment WHERE name = 'new'`); n != 0 {
		t.Errorf("%d things changed", n)
	}
	if n := f.count(`SELECT count(*) FROM resource WHERE account_id = $1 AND external_id IS NOT NULL`, id); n != 1 {
		t.Errorf("%d things with own ids", n)
	}
}

// Tags and a time zone that are left out stay, empty ones are removed; a thing of one account is not that of another
// with the same own id.
func TestWhatAnUpsertLeavesOut(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a, b := f.account(), f.account()
	upsert := func(account int64, tags tsdb.Tags) (tsdb.Resource, tsdb.Outcome) {
		r, o, err := f.UpsertTool(f.ctx, tsdb.NewTool{AccountID: account, Name: "n", OwnerName: "o", Own: tsdb.Own{ExternalID: "x", Tags: tags}}, upserter())
		f.must(err)
		return r, o
	}
	first, _ := upsert(a, tsdb.Tags{"k": "v"})
	theirs, outcome := upsert(b, nil)
	if outcome != tsdb.Created || theirs.ID == first.ID || theirs.AccountID != b {
		t.Errorf("of another account: %s %+v", outcome, theirs)
	}
	for _, c := range []struct {
		tags    tsdb.Tags
		outcome tsdb.Outcome
		left    int
	}{{nil, tsdb.Unchanged, 1}, {tsdb.Tags{"k": "v"}, tsdb.Unchanged, 1}, {tsdb.Tags{"k": "w"}, tsdb.Updated, 1}, {tsdb.Tags{}, tsdb.Updated, 0}, {tsdb.Tags{}, tsdb.Unchanged, 0}} {
		if r, outcome := upsert(a, c.tags); outcome != c.outcome || len(r.Tags) != c.left || r.ID != first.ID {
			t.Errorf("%v: %s %+v", c.tags, outcome, r.Tags)
		}
	}
	for _, c := range []struct {
		zone    string
		outcome tsdb.Outcome
	}{{"Asia/Kathmandu", tsdb.Created}, {"", tsdb.Unchanged}, {"UTC", tsdb.Updated}} {
		id, outcome, err := f.UpsertAccount(f.ctx, tsdb.NewAccount{Name: "n", TimeZone: c.zone, IdempotencyKey: "not looked at", Own: tsdb.Own{ExternalID: "acc"}}, tsdb.Actor{})
		if f.must(err); outcome != c.outcome || c.zone == "" && f.view(id).TimeZone != "Asia/Kathmandu" {
			t.Errorf("zone %q: %s, %s", c.zone, outcome, f.view(id).TimeZone)
		}
	}
	if n := f.count(`SELECT count(*) FROM audit_log WHERE target_id = $1`, fmt.Sprint("T", first.ID)); n != 2 {
		t.Errorf("%d entries of the log", n)
	}
}

// If a gate refuses a new thing, nothing of it is left; for an existing thing only more hosting passes the gate.
func TestUpsertsAtTheGate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	n := tsdb.NewGuardrail{AccountID: id, Name: "g", Scanner: "TOXICITY", CPUType: "GENERAL_PURPOSE", Replicas: 2, ChangesHosting: true, Own: tsdb.Own{ExternalID: "g"}}
	_, _, err := f.UpsertGuardrail(f.ctx, n, upserter())
	f.must(err)
	f.spend(id, f.resource(id, "MODEL", "REGISTERED"), 73*credit) // 2 are left, below 5
	for _, c := range []struct {
		own      string
		replicas int64
		refused  bool
	}{{"g", 2, false}, {"g", 3, true}, {"g", 1, false}, {"h", 1, true}} {
		n.ExternalID, n.Replicas = c.own, c.replicas
		_, _, err := f.UpsertGuardrail(f.ctx, n, upserter())
		var refused *tsdb.Error
		if errors.As(err, &refused) && refused.Code != tsdb.Refused {
			t.Fatal(err)
		}
		if (err != nil) != c.refused {
			t.Errorf("%s with %d replicas: %v", c.own, c.replicas, err)
		}
	}
	if got := f.count(`SELECT count(*) FROM resource WHERE account_id = $1 AND kind = 'GUARDRAIL'`, id); got != 1 {
		t.Errorf("%d guardrails", got)
	}
	f.sound(id)
}
