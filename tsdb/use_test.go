package tsdb_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// lastUsed is when a resource was last used; zero: never.
func (f *fixture) lastUsed(id int64) time.Time {
	f.t.Helper()
	found, err := f.Resources(f.ctx, []int64{id})
	f.must(err)
	if at := found[id].LastUsedAt; at != nil {
		return at.UTC()
	}
	return time.Time{}
}

// In whatever order reports come, and however often a thing is in one: the latest time of each is kept, and as many
// moved as the model says.
func TestUsesKeepTheLatest(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	things := []int64{f.guardrail(id, "TOXICITY", "GENERAL_PURPOSE"), f.draft(id), f.draft(id)}
	random := rand.New(rand.NewPCG(4, 1))
	want := map[int64]time.Time{}
	for range 40 {
		var uses []tsdb.Use
		latest := map[int64]time.Time{}
		for range random.IntN(5) {
			u := tsdb.Use{ResourceID: things[random.IntN(len(things))], At: start.Add(time.Duration(random.IntN(10_000)-9_999) * time.Microsecond)}
			uses = append(uses, u)
			if u.At.After(latest[u.ResourceID]) {
				latest[u.ResourceID] = u.At
			}
		}
		moved := 0
		for thing, at := range latest {
			if at.After(want[thing]) {
				want[thing] = at
				moved++
			}
		}
		for _, n := range []int{moved, 0} { // a repeat moves nothing
			if changed, err := f.ReportUse(f.ctx, id, uses); err != nil || changed != n {
				t.Fatalf("%d moved, want %d, %v", changed, n, err)
			}
		}
		for _, thing := range things {
			if got := f.lastUsed(thing); !got.Equal(want[thing]) {
				t.Fatalf("%d was used at %v, want %v", thing, got, want[thing])
			}
		}
	}
}

// If one thing is not a guardrail or script of the account, or one time is too far ahead, nothing of the report is
// kept.
func TestUsesOfOthersChangeNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	mine, theirs := f.draft(id), f.draft(other)
	ahead := f.Settings().MaxAhead
	for name, c := range map[string]struct {
		use  tsdb.Use
		code tsdb.Code
	}{
		"another account's":  {tsdb.Use{ResourceID: theirs, At: start}, tsdb.NotFound},
		"a tool":             {tsdb.Use{ResourceID: f.resource(id, "TOOL", "DEPLOYED"), At: start}, tsdb.NotFound},
		"a model":            {tsdb.Use{ResourceID: f.model(id), At: start}, tsdb.NotFound},
		"nobody's":           {tsdb.Use{ResourceID: 1 << 40, At: start}, tsdb.NotFound},
		"number 0":           {tsdb.Use{At: start}, tsdb.NotFound},
		"just too far ahead": {tsdb.Use{ResourceID: mine, At: start.Add(ahead + time.Microsecond)}, tsdb.TimeOutOfRange},
	} {
		for _, uses := range [][]tsdb.Use{{{ResourceID: mine, At: start}, c.use}, {c.use, {ResourceID: mine, At: start}}} {
			_, err := f.ReportUse(f.ctx, id, uses)
			f.refusedAs(name, err, c.code, "uses")
		}
	}
	if got := f.lastUsed(mine); !got.IsZero() {
		t.Errorf("it was used at %v", got)
	}
	if n, err := f.ReportUse(f.ctx, id, []tsdb.Use{{ResourceID: mine, At: start.Add(ahead)}}); err != nil || n != 1 {
		t.Errorf("as far ahead as may be: %d, %v", n, err)
	}
	if n, err := f.ReportUse(f.ctx, id, nil); err != nil || n != 0 {
		t.Errorf("nothing: %d, %v", n, err)
	}
	if !f.lastUsed(theirs).IsZero() {
		t.Error("another account's thing was used")
	}
}

// Reports of the same things in any order, by many at once, neither deadlock nor lose the latest time.
func TestUsesByMany(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	a, b := f.draft(id), f.draft(id)
	f.inParallel(func(writer int) error {
		at := start.Add(-time.Duration(writer) * time.Second)
		uses := []tsdb.Use{{ResourceID: a, At: at}, {ResourceID: b, At: at}}
		if writer%2 == 0 {
			uses[0], uses[1] = uses[1], uses[0]
		}
		_, err := f.ReportUse(f.ctx, id, uses)
		return err
	})
	f.noDeadlocks()
	if !f.lastUsed(a).Equal(start) || !f.lastUsed(b).Equal(start) {
		t.Errorf("used at %v and %v", f.lastUsed(a), f.lastUsed(b))
	}
}
