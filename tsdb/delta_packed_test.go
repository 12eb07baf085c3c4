package tsdb

import (
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// hostingUses are what segments cost within some minutes, of two categories.
func hostingUses(random *rand.Rand, minutes, segments int) map[useKey]*use {
	uses := map[useKey]*use{}
	for m := range minutes {
		for s := range segments {
			k := useKey{minute: billing.SecondOf(planNow).Minute() + 60*billing.Second(m), resource: int64(1 + s/2), deployment: int64(1 + s), kind: kindHosting}
			uses[k] = &use{category: anyOf(random, billing.Models, billing.Scripts), credits: billing.Amount(1 + random.Int64N(1_000_000))}
		}
	}
	return uses
}

// Each row is of one minute and category and fits its page; what is alone, and what is more than hosting, stays as it
// is; nothing is lost or doubled.
func TestPackedHostingIsAllOfIt(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(45, 2))
	for range 100 {
		c := &change{account: &account{Account: &billing.Account{ID: 5}}, used: hostingUses(random, 1+random.IntN(4), random.IntN(200))}
		c.used[useKey{minute: 60, resource: 1, kind: kindToolRun}] = &use{category: billing.Tools, runs: 1, events: 1}
		c.used[useKey{minute: 60, resource: 1, kind: kindHosting, attribution: 3}] = &use{category: billing.Models, credits: 1}
		want := map[useKey]use{}
		for k, u := range c.used {
			want[k] = *u
		}
		rows := c.packHosting(nil)
		for _, r := range rows {
			if r.account != 5 || len(r.of) < 2 || len(r.of) > mostPacked {
				t.Fatalf("a row of account %d with %d segments", r.account, len(r.of))
			}
			for _, h := range r.of {
				if h.key.minute != r.of[0].key.minute || h.use.category != r.of[0].use.category || want[h.key] != *h.use {
					t.Fatalf("%+v %+v beside %+v", h.key, h.use, r.of[0].key)
				}
				delete(want, h.key)
			}
		}
		for k, u := range c.used {
			if want[k] != *u {
				t.Fatalf("%+v %+v stays, and was %+v", k, u, want[k])
			}
			delete(want, k)
		}
		if len(want) != 0 {
			t.Fatalf("%d are lost", len(want))
		}
	}
}

// A little hosting is written in the same way as a lot.
func TestALittleHostingIsWrittenLikeMuch(t *testing.T) {
	t.Parallel()
	s, _, _ := scaleStore(t)
	all := hostingUses(rand.New(rand.NewPCG(45, 3)), 60, 6)
	write := func(id int64, used map[useKey]*use) {
		t.Helper()
		err := s.transact(t.Context(), pgx.TxOptions{}, func(tx pgx.Tx) error {
			var b pgx.Batch
			if err := writeUsage(t.Context(), tx, &b, []*change{{account: &account{Account: &billing.Account{ID: id}}, used: used}}); err != nil {
				return err
			}
			return tx.SendBatch(t.Context(), &b).Close()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	n := len(all)
	for m := range billing.Second(60) {
		part := map[useKey]*use{}
		for k, u := range all {
			if k.minute == billing.SecondOf(planNow).Minute()+60*m {
				part[k] = u
			}
		}
		write(103, part)
	}
	write(104, all)
	s.wantSameRows(t, "usage_delta", 103, 104, n)
}
