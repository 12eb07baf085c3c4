package tsdb

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// itemOf is an event with an id, at an instant, on its way in, answered with a status.
func itemOf(account int64, id string, micros int64, status UsageStatus) *ingestItem {
	return &ingestItem{event: &UsageEvent{AccountID: account, Source: "s", ID: id, Time: time.UnixMicro(micros), Kind: ToolRun, ResourceID: 1}, result: &UsageResult{Status: status}}
}

// Suspects are events that were stored lately, or that come twice: none is missed, whatever was refused, taken back or
// added since. At the limit the oldest are forgotten, but never any of the last mostRecent events.
func TestSuspectsAreNeverMissed(t *testing.T) {
	t.Parallel()
	r := newRecentEvents()
	statuses := []UsageStatus{Stored, Duplicate, UsageConflict, UsageRefused, TakenBack}
	var batch []*ingestItem
	for i := range 50 {
		batch = append(batch, itemOf(int64(i%3), fmt.Sprint(i/2), int64(i), statuses[i%len(statuses)]))
	}
	if first := r.suspects(batch); len(first) != 0 {
		t.Fatalf("%d suspects before anything was stored", len(first))
	}
	r.add(batch)
	for i, it := range batch {
		again := r.suspects([]*ingestItem{itemOf(it.event.AccountID, it.event.ID, it.event.Time.UnixMicro(), "")})
		if stored := i%5 < 2; (len(again) == 1) != stored {
			t.Errorf("event %d, %s: %d suspects", i, it.result.Status, len(again))
		}
	}
	twice := itemOf(9, "x", 5, "")
	if got := r.suspects([]*ingestItem{twice, itemOf(9, "x", 6, ""), itemOf(8, "x", 5, ""), itemOf(9, "x", 5, "")}); len(got) != 1 || got[0].event.Time != twice.event.Time {
		t.Errorf("twice in a batch: %d suspects", len(got))
	}
	if !r.missed(map[identity]knownEvent{twice.event.identity(): {}}) || r.missed(nil) || r.missed(map[identity]knownEvent{batch[0].event.identity(): {}}) {
		t.Error("what was missed is not told from what is known")
	}
	many := make([]*ingestItem, mostRecent)
	for i := range many {
		many[i] = itemOf(1, "n", int64(1000+i), Stored)
	}
	r.suspects(many)
	r.add(many)
	if len(r.suspects(many)) != mostRecent || len(r.latest) > mostRecent || len(r.before) > mostRecent {
		t.Errorf("of %d events %d in %d and %d", mostRecent, len(r.suspects(many)), len(r.latest), len(r.before))
	}
	r.add(many)
	r.add(many[:1])
	if again := r.suspects(batch[:1]); len(again) != 0 && len(r.before) < mostRecent {
		t.Error("nothing is ever forgotten")
	}
}

// Several writers ask and note at once.
func TestRecentEventsInParallel(t *testing.T) {
	t.Parallel()
	r := newRecentEvents()
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := range 300 {
				it := itemOf(int64(w), fmt.Sprint(i), 1, Stored)
				r.suspects([]*ingestItem{it})
				r.add([]*ingestItem{it})
				if len(r.suspects([]*ingestItem{it})) != 1 {
					t.Errorf("writer %d misses its own event %d", w, i)
				}
			}
		})
	}
	writers.Wait()
}

// The lines of an entry are added up by resource, in the order in which resources first come, few or many.
func TestLinesAddUp(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(8, 8))
	for _, resources := range []int{1, fewLines - 1, fewLines, fewLines + 1, fewLines + 2, 60} {
		var sum lineSum
		want, order := map[int64]billing.Amount{}, []int64(nil)
		for range 200 {
			it := itemOf(1, "", 0, Stored)
			it.event.ResourceID, it.charge = 1+random.Int64N(int64(resources)), billing.Amount(random.Int64N(1000))
			if _, known := want[it.event.ResourceID]; !known {
				order = append(order, it.event.ResourceID)
			}
			want[it.event.ResourceID] += it.charge
			sum.add(it)
		}
		if len(sum.lines) != len(order) {
			t.Fatalf("%d resources: %d lines", resources, len(sum.lines))
		}
		for i, l := range sum.lines {
			if l.ResourceID != order[i] || l.Amount != want[l.ResourceID] {
				t.Errorf("%d resources: line %d is %+v, want %d of %d", resources, i, l, want[order[i]], order[i])
			}
		}
	}
}

// Items are sorted to their accounts in order, and none is lost; until its account is found, an item counts as of an
// unknown one.
func TestItemsAreDealtInOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 9))
	items := make([]*ingestItem, 500)
	for i := range items {
		items[i] = itemOf(1+random.Int64N(40), fmt.Sprint(i), int64(i), Stored)
	}
	dealt, n := dealToAccounts(items), 0
	for account, of := range dealt {
		n += len(of)
		if !slices.IsSortedFunc(of, func(a, b *ingestItem) int { return a.event.Time.Compare(b.event.Time) }) {
			t.Errorf("account %d: out of order", account)
		}
		for _, it := range append(of, of...) { // appending to one account's must not run into the next one's
			if it.event.AccountID != account || it.result.Code != UnknownAccount {
				t.Errorf("account %d: %+v, %+v", account, it.event, it.result)
			}
		}
	}
	if n != len(items) || len(dealToAccounts(nil)) != 0 {
		t.Errorf("%d of %d", n, len(items))
	}
}
