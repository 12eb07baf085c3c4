package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// toolMay says which status a tool may get from which (rules.md §9), written down a second time.
func toolMay(from, to tsdb.ResourceStatus) bool {
	switch {
	case from == to:
		return true
	case from == tsdb.Deleted:
		return false
	case to == tsdb.Deployed || to == tsdb.Deleted:
		return true
	}
	return from == tsdb.Deployed && to == tsdb.Undeployed
}

// Any walk through the statuses follows the model: changes that are not allowed or already made change nothing, and
// each change is announced once.
func TestToolsFollowTheirModel(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	random := rand.New(rand.NewPCG(1, 8))
	statuses := []tsdb.ResourceStatus{tsdb.InDevelopment, tsdb.Deployed, tsdb.Undeployed, tsdb.Deleted, tsdb.Draft, tsdb.DeploymentFailed, "", "NONE"}
	for range 10 {
		is := statuses[random.IntN(2)]
		tool, err := f.RegisterTool(f.ctx, tsdb.NewTool{AccountID: id, Name: "t", OwnerName: "o", Status: is})
		f.must(err)
		told, ever := int64(1), is == tsdb.Deployed
		if ever {
			told++ // REGISTERED and DEPLOYED
		}
		for range 12 {
			f.clock.advance(time.Minute)
			to := statuses[random.IntN(len(statuses))]
			if to == tsdb.Deleted && random.IntN(4) > 0 {
				continue
			}
			before := tool
			tool, err = f.SetToolStatus(f.ctx, id, tool.ID, to)
			if !toolMay(is, to) {
				f.wantRefused(err, tsdb.WrongState)
				found, err := f.Resources(f.ctx, []int64{before.ID})
				f.must(err)
				tool = found[before.ID]
			} else if f.must(err); is != to {
				is = to
				told++
				ever = ever || to == tsdb.Deployed
			}
			if tool.Status != is || tool.EverDeployed != ever || (tool.DeletedAt != nil) != (is == tsdb.Deleted) || (tool.LastDeployedAt != nil) != ever {
				t.Fatalf("%+v, the model says %s, ever %v", tool, is, ever)
			}
			if tool.UpdatedAt.Equal(f.clock.now()) != (before.Status != is) {
				t.Fatalf("from %s to %s it was updated at %v", before.Status, is, tool.UpdatedAt)
			}
		}
		if n := f.count(`SELECT count(*) FROM account_event WHERE account_id = $1 AND kind = 'DEPLOYMENT' AND (payload->>'resourceId')::bigint = $2`, id, tool.ID); n != told {
			t.Fatalf("%d changes are told, want %d", n, told)
		}
	}
}

// Names and owners are 1 to 200 visible characters; nobody can change the tool of another account, or something that is
// not a tool.
func TestToolsThatAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	for name, field := range map[string]string{"": "name", strings.Repeat("ü", 201): "name", "\u200b": "name", "a\u202eb": "name", "a\nb": "name", "a\xff": "name"} {
		_, err := f.RegisterTool(f.ctx, tsdb.NewTool{AccountID: id, Name: name, OwnerName: "o", Status: tsdb.Deployed})
		f.refusedAs(fmt.Sprintf("name %q", name), err, tsdb.Invalid, field)
		_, err = f.RegisterTool(f.ctx, tsdb.NewTool{AccountID: id, Name: "n", OwnerName: name, Status: tsdb.Deployed})
		f.refusedAs(fmt.Sprintf("owner %q", name), err, tsdb.Invalid, "ownerName")
	}
	if n := f.rows("resource"); n != 0 {
		t.Errorf("%d tools were made", n)
	}
	long, err := f.RegisterTool(f.ctx, tsdb.NewTool{AccountID: id, Name: strings.Repeat("ü", 200), OwnerName: strings.Repeat("界", 200), Status: tsdb.Deployed})
	f.must(err)
	for account, tool := range map[int64]int64{other: long.ID, id: f.model(id), id + 999: long.ID} {
		_, err := f.SetToolStatus(f.ctx, account, tool, tsdb.Deleted)
		f.wantRefused(err, tsdb.NotFound)
	}
	f.wantStatus(long.ID, tsdb.Deployed)
}

// Many who send the same key at once make one tool; without a key each makes its own.
func TestToolsRegisteredAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	stores := []*tsdb.Store{f.Store, f.another(false, -1)}
	n := tsdb.NewTool{AccountID: id, Name: "t", OwnerName: "o", Status: tsdb.Deployed}
	f.inParallel(func(writer int) error {
		n := n
		if writer%2 == 0 {
			n.IdempotencyKey = "the same"
		}
		_, err := stores[writer/2%2].RegisterTool(f.ctx, n)
		return err
	})
	if got := f.count(`SELECT count(*) FROM resource WHERE account_id = $1`, id); got != writers/2+1 {
		t.Errorf("%d tools", got)
	}
	f.sound(id)
}
