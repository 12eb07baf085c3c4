package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// said is what a platform says of a thing, kept in a model.
type said struct {
	name, owner, own string
	tags             string
}

func ptr[T any](v T) *T { return &v }

// Any sequence of changes leaves what the model says: parts that are not given stay; what is the same changes nothing,
// writes no entry and moves no instant; tags are replaced as a whole.
func TestResourcesSayWhatTheModelSays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.ownTool(id, "own")
	is := said{"Search", "Mia", "own", fmt.Sprint(tsdb.Tags{})}
	random := rand.New(rand.NewPCG(5, 5))
	entries := int64(0)
	for range 60 {
		f.clock.advance(time.Minute)
		var change tsdb.OwnChange
		want := is
		if random.IntN(2) == 0 {
			want.name = fmt.Sprint("name", random.IntN(2))
			change.Name = &want.name
		}
		if random.IntN(2) == 0 {
			want.owner = fmt.Sprint("owner", random.IntN(2))
			change.OwnerName = &want.owner
		}
		if random.IntN(2) == 0 {
			want.own = []string{"", "own", "other"}[random.IntN(3)]
			change.ExternalID = &want.own
		}
		if random.IntN(2) == 0 {
			tags := []tsdb.Tags{nil, {}, {"a": ""}, {"a": "b"}, {"a": "b", "c": "d"}}[random.IntN(5)]
			change.Tags, want.tags = &tags, fmt.Sprint(tsdb.Tags(tags))
		}
		got, err := f.UpdateResource(f.ctx, tsdb.KindTool, tsdb.ResourceChange{AccountID: id, ID: tool.ID, OwnChange: change, Field: "toolId"})
		f.must(err)
		changed := want != is
		if changed {
			entries++
		}
		is = want
		if now := (said{got.Name, got.OwnerName, got.ExternalID, fmt.Sprint(got.Tags)}); now != is || got.UpdatedAt.Equal(f.clock.now()) != changed {
			t.Fatalf("%+v at %v, the model says %+v, changed %v", now, got.UpdatedAt, is, changed)
		}
		if n := f.count(`SELECT count(*) FROM audit_log WHERE account_id = $1 AND action = 'RESOURCE_UPDATED'`, id); n != entries {
			t.Fatalf("%d entries of the log, want %d", n, entries)
		}
	}
}

// The same request is refused for the same part each time, and nothing of it is kept.
func TestChangesThatAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.ownTool(id, "own")
	f.ownTool(id, "taken")
	long := strings.Repeat("ü", 201)
	for _, c := range []struct {
		field  string
		code   tsdb.Code
		change tsdb.OwnChange
	}{
		{"name", tsdb.Invalid, tsdb.OwnChange{Name: ptr(""), OwnerName: ptr(""), ExternalID: &long}},
		{"name", tsdb.Invalid, tsdb.OwnChange{Name: &long}},
		{"ownerName", tsdb.Invalid, tsdb.OwnChange{Name: ptr("new"), OwnerName: &long}},
		{"endpoint", tsdb.Invalid, tsdb.OwnChange{Name: ptr("new"), Endpoint: ptr(strings.Repeat("x", 2001))}},
		{"externalId", tsdb.Invalid, tsdb.OwnChange{Name: ptr("new"), ExternalID: &long}},
		{"externalId", tsdb.Invalid, tsdb.OwnChange{Name: ptr("new"), ExternalID: ptr("a\x00")}},
		{"externalId", tsdb.NameTaken, tsdb.OwnChange{Name: ptr("new"), ExternalID: ptr("taken")}},
		{"tags", tsdb.Invalid, tsdb.OwnChange{Name: ptr("new"), Tags: &tsdb.Tags{"": "x"}}},
		{"tags", tsdb.Invalid, tsdb.OwnChange{Name: ptr("new"), Tags: &tsdb.Tags{"a": "b\u202ec"}}},
	} {
		for range 8 {
			_, err := f.UpdateResource(f.ctx, tsdb.KindTool, tsdb.ResourceChange{AccountID: id, ID: tool.ID, OwnChange: c.change, Field: "toolId"})
			f.refusedAs(fmt.Sprintf("%+v", c.change), err, c.code, c.field)
		}
	}
	found, err := f.Resources(f.ctx, []int64{tool.ID})
	f.must(err)
	if r := found[tool.ID]; r.Name != "Search" || r.OwnerName != "Mia" || r.ExternalID != "own" || !r.UpdatedAt.Equal(r.CreatedAt) {
		t.Errorf("%+v", r)
	}
}

// A script's endpoint is kept once the script has a deployment, and refused before: nothing is lost silently.
func TestWhereAScriptAnswers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	s := f.draft(id)
	say := func(endpoint string) (tsdb.Resource, error) {
		return f.UpdateResource(f.ctx, tsdb.KindScript, tsdb.ResourceChange{AccountID: id, ID: s, OwnChange: tsdb.OwnChange{Name: ptr("new"), Endpoint: &endpoint}, Field: "scriptId"})
	}
	_, err := say("https://a.example")
	f.refusedAs("of a draft", err, tsdb.WrongState, "endpoint")
	if r, err := say(""); err != nil || r.Name != "new" {
		t.Errorf("%+v, %v", r, err)
	}
	_, err = f.DeployScript(f.ctx, tsdb.ScriptDeployment{AccountID: id, ScriptID: s, Hardware: small, Replicas: 1})
	f.must(err)
	for _, endpoint := range []string{"https://a.example", strings.Repeat("ü", 2000), ""} {
		if r, err := say(endpoint); err != nil || r.Deployment.Endpoint != endpoint || r.Status != tsdb.Deploying || r.Deployment.Name != "new" {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

// An account has the time zone of a place, not that of the machine; setting what is the same changes nothing; own ids
// are unique among all accounts.
func TestAccountsSayWhatTheyAreTold(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	_, err := f.UpdateAccount(f.ctx, tsdb.AccountChange{AccountID: other, ExternalID: ptr("other")})
	f.must(err)
	for _, c := range []struct {
		change  tsdb.AccountChange
		changed bool
		code    tsdb.Code
		field   string
	}{
		{tsdb.AccountChange{}, false, "", ""},
		{tsdb.AccountChange{Name: ptr("Acme"), TimeZone: ptr("UTC"), Tags: &tsdb.Tags{}}, false, "", ""},
		{tsdb.AccountChange{TimeZone: ptr("Asia/Kathmandu")}, true, "", ""},
		{tsdb.AccountChange{TimeZone: ptr("Asia/Kathmandu")}, false, "", ""},
		{tsdb.AccountChange{TimeZone: ptr("Mars/Olympus")}, false, tsdb.Invalid, "timeZone"},
		{tsdb.AccountChange{TimeZone: ptr("")}, false, tsdb.Invalid, "timeZone"},
		{tsdb.AccountChange{TimeZone: ptr("Local")}, false, tsdb.Invalid, "timeZone"},
		{tsdb.AccountChange{TimeZone: ptr("../etc/passwd")}, false, tsdb.Invalid, "timeZone"},
		{tsdb.AccountChange{Name: ptr("New"), ExternalID: ptr("other")}, false, tsdb.NameTaken, "externalId"},
		{tsdb.AccountChange{ExternalID: ptr("mine")}, true, "", ""},
		{tsdb.AccountChange{ExternalID: ptr("")}, true, "", ""},
		{tsdb.AccountChange{Tags: &tsdb.Tags{"a": "b"}}, true, "", ""},
		{tsdb.AccountChange{Tags: &tsdb.Tags{"a": "b"}}, false, "", ""},
		{tsdb.AccountChange{AccountID: id + 999, Name: ptr("x")}, false, tsdb.NotFound, "accountId"},
	} {
		if c.change.AccountID == 0 {
			c.change.AccountID = id
		}
		before := f.view(id).Revision
		changed, err := f.UpdateAccount(f.ctx, c.change)
		if c.code != "" {
			f.refusedAs(fmt.Sprintf("%+v", c.change), err, c.code, c.field)
		} else if f.must(err); changed != c.changed {
			t.Errorf("%+v: changed %v", c.change, changed)
		}
		if moved := f.view(id).Revision != before; moved != c.changed {
			t.Errorf("%+v: the revision moved %v", c.change, moved)
		}
	}
	_, err = f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "A", TimeZone: "Local", IdempotencyKey: f.key()}, tsdb.Actor{})
	f.refusedAs("a new one", err, tsdb.Invalid, "timeZone")
	if a := f.view(id); a.Name != "Acme" || a.TimeZone != "Asia/Kathmandu" {
		t.Errorf("%s in %s", a.Name, a.TimeZone)
	}
}

// If many want one own id at once, one gets it; the others are told that it is taken, and nobody else has it.
func TestOneOwnIDWantedByMany(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	var tools []int64
	for range 8 {
		tools = append(tools, f.ownTool(id, "").ID)
	}
	got := make(chan int64, writers)
	f.inParallel(func(writer int) error {
		tool := tools[writer%len(tools)]
		_, err := f.UpdateResource(f.ctx, tsdb.KindTool, tsdb.ResourceChange{AccountID: id, ID: tool, OwnChange: tsdb.OwnChange{ExternalID: ptr("own")}, Field: "toolId"})
		if err == nil {
			got <- tool
		} else if codeOf(err) != tsdb.NameTaken {
			return err
		}
		return nil
	})
	close(got)
	var who []int64
	for tool := range got {
		who = append(who, tool)
	}
	slices.Sort(who)
	if who = slices.Compact(who); len(who) != 1 || f.count(`SELECT resource_id FROM resource WHERE external_id = 'own'`) != who[0] {
		t.Errorf("%v have it", who)
	}
}
