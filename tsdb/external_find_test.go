package tsdb_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// An own id is told from one of ours by its form alone, and nothing that is not of it is guessed.
func TestOwnIDsAreMarked(t *testing.T) {
	t.Parallel()
	kinds := []tsdb.ExternalKind{tsdb.ExternalAccount, tsdb.ExternalMember, tsdb.ExternalTool, tsdb.ExternalModel, tsdb.ExternalDeployment, tsdb.ExternalGuardrail, tsdb.ExternalScript}
	for _, kind := range kinds {
		for _, id := range []string{"a", "external:tool:a", ":", " ", "a:b:c", strings.Repeat("ü", 200), "../x", "%41"} {
			if k, got, ok := tsdb.ParseExternal("external:" + string(kind) + ":" + id); !ok || k != kind || got != id {
				t.Errorf("%s, %q: %s, %q, %t", kind, id, k, got, ok)
			}
		}
		for _, id := range []string{"", "a\x00", "\xff", "a\nb", strings.Repeat("ü", 201)} {
			if _, _, ok := tsdb.ParseExternal("external:" + string(kind) + ":" + id); ok {
				t.Errorf("%s, %q is taken", kind, id)
			}
		}
	}
	for _, said := range []string{"", "external", "external:", "external:tool", "external::a", "external:TOOL:a", "external:tools:a", "External:tool:a", " external:tool:a", "external:resource:a", "external:tool a", "tool:a", "VG9vbDox"} {
		if kind, id, ok := tsdb.ParseExternal(said); ok || kind != "" && id != "" {
			t.Errorf("%q: %s, %q, %t", said, kind, id, ok)
		}
	}
}

// Own ids lead to what has them within their account and kind and to nothing else, however they are asked for: many at
// once, twice, for accounts that have none, in another case; deleted things keep theirs.
func TestOwnIDsLeadToTheirThings(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	want, accounts := map[tsdb.External]tsdb.ExternalFound{}, map[string]int64{}
	own := tsdb.Own{ExternalID: "same"}
	for i := range 2 {
		id, err := f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "A", IdempotencyKey: f.key(), Own: tsdb.Own{ExternalID: fmt.Sprint("same", i)},
			Members: []access.Member{{UserID: fmt.Sprint("u", i), Name: "U", Email: "u@a.example", Role: access.RoleMasterAdmin, ExternalID: "same"}}}, tsdb.Actor{})
		f.must(err)
		accounts[fmt.Sprint("same", i)] = id
		tool := f.ownTool(id, "same")
		model, err := f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: id, Name: "m", Own: own})
		f.must(err)
		d, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model.ID, Name: "d", Hardware: gpu, Replicas: 1, Own: own})
		f.must(err)
		g, err := f.DeployGuardrail(f.ctx, tsdb.NewGuardrail{AccountID: id, Name: "g", Scanner: "REGEX", CPUType: "GENERAL_PURPOSE", Replicas: 1, Own: own})
		f.must(err)
		s, err := f.CreateScript(f.ctx, tsdb.NewScript{AccountID: id, Name: "s", Language: tsdb.Python, Own: own})
		f.must(err)
		for kind, key := range map[tsdb.ExternalKind]int64{tsdb.ExternalTool: tool.ID, tsdb.ExternalModel: model.ID, tsdb.ExternalDeployment: d.ID, tsdb.ExternalGuardrail: g.ID, tsdb.ExternalScript: s.ID} {
			want[tsdb.External{AccountID: id, Kind: kind, ID: "same"}] = tsdb.ExternalFound{Key: key}
		}
		want[tsdb.External{AccountID: id, Kind: tsdb.ExternalMember, ID: "same"}] = tsdb.ExternalFound{Key: id, UserID: fmt.Sprint("u", i)}
		_, err = f.DeleteGuardrail(f.ctx, id, g.ID)
		f.must(err)
	}
	var asked []tsdb.External
	for e := range want {
		asked = append(asked, e, e, tsdb.External{AccountID: e.AccountID, Kind: e.Kind, ID: "Same"}, tsdb.External{AccountID: e.AccountID + 99, Kind: e.Kind, ID: e.ID},
			tsdb.External{AccountID: e.AccountID, Kind: tsdb.ExternalAccount, ID: "same0"}, tsdb.External{AccountID: e.AccountID, Kind: "", ID: e.ID})
	}
	found, err := f.Externals(f.ctx, asked)
	if f.must(err); !maps.Equal(found, want) {
		t.Errorf("found\n%v\nwant\n%v", found, want)
	}
	if found, err := f.Externals(f.ctx, nil); err != nil || len(found) != 0 {
		t.Errorf("of nothing: %v, %v", found, err)
	}
	asking := []string{"same0", "same1", "same0", "none", ""}
	one := accounts["same1"]
	for name, c := range map[string]struct {
		within []int64
		want   map[string]int64
	}{"of all": {nil, accounts}, "of one": {[]int64{one, 999}, map[string]int64{"same1": one}}, "of none": {[]int64{}, map[string]int64{}}} {
		if got, err := f.ExternalAccounts(f.ctx, c.within, asking); err != nil || !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if got, err := f.OwnIDs(f.ctx, tsdb.ExternalAccount, []int64{one, 999, one}); err != nil || !maps.Equal(got, map[int64]string{one: "same1"}) {
		t.Errorf("own ids of accounts: %v, %v", got, err)
	}
}

// Tags are limited in number and in characters, and are shown as they came, both of accounts and of things.
func TestBoundsOfTags(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	most := tsdb.Tags{}
	for i := range tsdb.MaxTags {
		most[strings.Repeat("ü", 63)+string(rune('a'+i))] = strings.Repeat("東", 256)
	}
	for name, c := range map[string]struct {
		tags tsdb.Tags
		ok   bool
	}{
		"all at their bounds": {most, true}, "none": {tsdb.Tags{}, true}, "an empty value": {tsdb.Tags{"a": ""}, true}, "odd": {tsdb.Tags{`"'\{}$.`: `"'\{}`, "A": "a", "a": "A"}, true},
		"an empty key": {tsdb.Tags{"": "a"}, false}, "a long key": {tsdb.Tags{strings.Repeat("k", 65): ""}, false}, "a long value": {tsdb.Tags{"a": strings.Repeat("v", 257)}, false},
		"a hidden key": {tsdb.Tags{"\u200b": ""}, false}, "a turned value": {tsdb.Tags{"a": "\u202e"}, false}, "a value that ends": {tsdb.Tags{"a": "\x00"}, false}, "no UTF-8": {tsdb.Tags{"a": "\xff"}, false},
	} {
		f.clock.advance(time.Second)
		_, err := f.UpdateAccount(f.ctx, tsdb.AccountChange{AccountID: id, Tags: &c.tags})
		tool, made := f.RegisterTool(f.ctx, tsdb.NewTool{AccountID: id, Name: "t", OwnerName: "M", Status: tsdb.Deployed, Own: tsdb.Own{Tags: c.tags}})
		if !c.ok {
			f.refusedAs(name, err, tsdb.Invalid, "tags")
			f.refusedAs(name, made, tsdb.Invalid, "tags")
			continue
		}
		f.must(err)
		f.must(made)
		listed, err := f.Listed(f.ctx, []int64{id})
		if f.must(err); !maps.Equal(listed[0].Tags, c.tags) || !maps.Equal(tool.Tags, c.tags) {
			t.Errorf("%s: %q and %q", name, listed[0].Tags, tool.Tags)
		}
	}
}
