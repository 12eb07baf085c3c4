package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// An account that is not valid is refused with the argument at fault, and nothing of it is left: no row, no books, no
// log.
func TestBoundsOfAccounts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clock.advance(500 * time.Millisecond)
	old, err := f.CreatePlan(f.ctx, billing.Plan{Name: "Old"}, tsdb.Actor{})
	f.must(err)
	_, err = f.UpdatePlan(f.ctx, tsdb.PlanChange{PlanID: old.ID, Active: new(false)}, tsdb.Actor{})
	f.must(err)
	tags := tsdb.Tags{}
	for i := range tsdb.MaxTags + 1 {
		tags[fmt.Sprint(i)] = ""
	}
	member := func(m access.Member) func(*tsdb.NewAccount) {
		return func(n *tsdb.NewAccount) { n.Members = []access.Member{m} }
	}
	for name, c := range map[string]struct {
		edit  func(*tsdb.NewAccount)
		code  tsdb.Code
		field string
	}{
		"no key":               {func(n *tsdb.NewAccount) { n.IdempotencyKey = "" }, tsdb.Invalid, "idempotencyKey"},
		"a long key":           {func(n *tsdb.NewAccount) { n.IdempotencyKey = strings.Repeat("ü", 129) }, tsdb.Invalid, "idempotencyKey"},
		"no name":              {func(n *tsdb.NewAccount) { n.Name = "" }, tsdb.Invalid, "name"},
		"a name of nothing":    {func(n *tsdb.NewAccount) { n.Name = "\u2800" }, tsdb.Invalid, "name"},
		"an own id that ends":  {func(n *tsdb.NewAccount) { n.ExternalID = "a\x00" }, tsdb.Invalid, "externalId"},
		"a long own id":        {func(n *tsdb.NewAccount) { n.ExternalID = strings.Repeat("a", 201) }, tsdb.Invalid, "externalId"},
		"too many tags":        {func(n *tsdb.NewAccount) { n.Tags = tags }, tsdb.Invalid, "tags"},
		"a tag without key":    {func(n *tsdb.NewAccount) { n.Tags = tsdb.Tags{"": "x"} }, tsdb.Invalid, "tags"},
		"books of the future":  {func(n *tsdb.NewAccount) { n.BooksFrom = start.Add(time.Second) }, tsdb.Invalid, "booksFrom"},
		"no such zone":         {func(n *tsdb.NewAccount) { n.TimeZone = "Mars/Olympus" }, tsdb.Invalid, "timeZone"},
		"the machine's zone":   {func(n *tsdb.NewAccount) { n.TimeZone = "Local" }, tsdb.Invalid, "timeZone"},
		"a zone by its file":   {func(n *tsdb.NewAccount) { n.TimeZone = "localtime" }, tsdb.Invalid, "timeZone"},
		"a zone somewhere":     {func(n *tsdb.NewAccount) { n.TimeZone = "../UTC" }, tsdb.Invalid, "timeZone"},
		"no such plan":         {func(n *tsdb.NewAccount) { n.PlanID = old.ID + 9 }, tsdb.NotFound, "planId"},
		"a plan below all":     {func(n *tsdb.NewAccount) { n.PlanID = -1 }, tsdb.NotFound, "planId"},
		"a plan of the past":   {func(n *tsdb.NewAccount) { n.PlanID = old.ID }, tsdb.WrongState, "planId"},
		"a member of no name":  {member(access.Member{UserID: "u", Email: "a@b.example", Role: access.RoleMasterAdmin}), tsdb.Invalid, "masterAdmin.name"},
		"a member of no id":    {member(access.Member{Name: "U", Email: "a@b.example", Role: access.RoleMasterAdmin}), tsdb.Invalid, "masterAdmin.userId"},
		"a member of no place": {member(access.Member{UserID: "u", Name: "U", Email: "nowhere", Role: access.RoleMasterAdmin}), tsdb.Invalid, "masterAdmin.email"},
	} {
		n := tsdb.NewAccount{Name: "Acme", IdempotencyKey: name, Own: tsdb.Own{ExternalID: name}}
		c.edit(&n)
		_, err := f.CreateAccount(f.ctx, n, tsdb.Actor{})
		f.refusedAs(name, err, c.code, c.field)
	}
	if n := f.count(`SELECT (SELECT count(*) FROM account) + (SELECT count(*) FROM balance) + (SELECT count(*) FROM member) + (SELECT count(*) FROM credit_grant) + (SELECT count(*) FROM audit_log WHERE account_id <> 0)`); n != 0 {
		t.Errorf("%d rows are left of what was refused", n)
	}
	// Now is not in the future, even if the second that the books count in began before it.
	id, err := f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "Now", IdempotencyKey: "now", BooksFrom: f.Now(), TimeZone: "Pacific/Apia"}, tsdb.Actor{})
	f.must(err)
	if a := f.view(id); a.BooksFrom.Time() != start || a.TimeZone != "Pacific/Apia" {
		t.Errorf("books from %v in %s", a.BooksFrom.Time(), a.TimeZone)
	}
}

// A request that many callers send at once through two processes, with a key and an own id, makes one account, and
// everyone gets its id; with other content the key is a conflict for everyone, and under another key the own id is
// taken.
func TestAnAccountIsMadeOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	stores := []*tsdb.Store{f.Store, f.another(true, 100)}
	for round := range 25 {
		n := tsdb.NewAccount{Name: "Acme", IdempotencyKey: fmt.Sprint("k", round), Own: tsdb.Own{ExternalID: fmt.Sprint("own", round)},
			Members: []access.Member{{UserID: "u", Name: "U", Email: "u@acme.example", Role: access.RoleMasterAdmin}}}
		var all sync.WaitGroup
		var ids [6]int64
		for i := range ids {
			all.Go(func() {
				var err error
				mine := n
				mine.Members = slices.Clone(n.Members) // which are trimmed in place
				if ids[i], err = stores[i%2].CreateAccount(f.ctx, mine, tsdb.Actor{Name: "sue"}); err != nil {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		all.Wait()
		for _, id := range ids[1:] {
			if id != ids[0] {
				t.Fatalf("round %d: answered %v", round, ids)
			}
		}
		if found, err := f.AccountByKey(f.ctx, n.IdempotencyKey); err != nil || found != ids[0] {
			t.Errorf("by its key: %d, %v", found, err)
		}
		other := n
		other.Name = "Other"
		_, err := f.CreateAccount(f.ctx, other, tsdb.Actor{})
		f.refusedAs("other content", err, tsdb.Conflict, "idempotencyKey")
		n.IdempotencyKey += "'"
		_, err = f.CreateAccount(f.ctx, n, tsdb.Actor{})
		f.refusedAs("another key", err, tsdb.NameTaken, "externalId")
	}
	if n := f.count(`SELECT count(*) * 1000000 + (SELECT count(*) FROM credit_grant) * 1000 + (SELECT count(*) FROM audit_log WHERE action = 'ACCOUNT_CREATED') FROM account`); n != 25_050_025 {
		t.Errorf("accounts, grants and entries of the log: %d", n)
	}
	_, err := f.AccountByKey(f.ctx, "nobody's")
	f.refusedAs("no such key", err, tsdb.NotFound, "accountId")
}

// Limits are accepted up to their bounds, each by itself; limits that several callers set at once are all set, and a
// refusal changes none of them.
func TestLimitsAreSetEachByItself(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	const most = 1_000_000_000_000 * credit
	set := func(fine, low, negative *billing.Amount) error {
		return f.SetLimits(f.ctx, tsdb.LimitsChange{AccountID: id, FineTune: fine, Low: low, Negative: negative}, tsdb.Actor{Name: "sue"})
	}
	for _, c := range []struct {
		fine, low, negative *billing.Amount
		field               string
	}{
		{new(most + 1), nil, nil, "fineTuningLimit"}, {new(billing.Amount(-1)), nil, nil, "fineTuningLimit"},
		{nil, new(most + 1), nil, "lowCreditLimit"}, {nil, new(billing.Amount(-1)), nil, "lowCreditLimit"},
		{nil, nil, new(-most - 1), "negativeLimit"}, {nil, nil, new(billing.Amount(1)), "negativeLimit"},
		{new(credit), new(credit), new(billing.Amount(-1 << 63)), "negativeLimit"}, {new(billing.Amount(1<<63 - 1)), nil, new(-credit), "fineTuningLimit"},
	} {
		f.refusedAs(c.field, set(c.fine, c.low, c.negative), tsdb.Invalid, c.field)
	}
	if got := f.view(id).Limits; got != billing.DefaultLimits() {
		t.Errorf("what was refused left %+v", got)
	}
	f.refusedAs("nobody's", f.SetLimits(f.ctx, tsdb.LimitsChange{AccountID: id + 9}, tsdb.Actor{}), tsdb.NotFound, "accountId")
	for round := range 6 {
		want := billing.Limits{FineTune: most - billing.Amount(round), Low: billing.Amount(round), Negative: -most + billing.Amount(round)}
		var all sync.WaitGroup
		for _, only := range [][3]*billing.Amount{{&want.FineTune, nil, nil}, {nil, &want.Low, nil}, {nil, nil, &want.Negative}} {
			all.Go(func() {
				if err := set(only[0], only[1], only[2]); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := f.view(id).Limits; got != want {
			t.Errorf("round %d: %+v, want %+v", round, got, want)
		}
	}
	if got := f.audited(id); len(got) != 1+2+18 { // made, with two people
		t.Errorf("%d entries of the log: %v", len(got), got)
	}
	f.checkBooks(id)
}

// A limit that the balance has already reached acts at once: hosting ends with the second in which the limit is set,
// that second is charged, and nothing begins again when the limit is set back.
func TestALimitActsAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	s := f.script(id, small, 1)
	f.clock.advance(90 * time.Second)
	f.spend(id, f.model(id), 75*credit)
	f.must(f.SetLimits(f.ctx, tsdb.LimitsChange{AccountID: id, Negative: new(billing.Amount(0))}, tsdb.Actor{}))
	f.wantStatus(s, tsdb.DeploymentFailed)
	f.clock.advance(time.Hour)
	f.must(f.SetLimits(f.ctx, tsdb.LimitsChange{AccountID: id, Negative: new(-25 * credit)}, tsdb.Actor{}))
	f.wantStatus(s, tsdb.DeploymentFailed)
	f.wantUsed(id, 75*credit+cost("0.07698", 1, 91))
	f.sound(id)
}

// What a subscriber sees of an account changes by itself only at instants that are known in advance: until then only
// what accrues moves. So whoever looks again only at that instant misses nothing that another reader sees.
func TestNextMoveMissesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.victim()
	f.planned(v.Account, 30*credit)
	random := rand.New(rand.NewPCG(11, 4))
	m := &mischief{Store: f.Store, random: random, victims: []victim{v}, name: "move"}
	shown := func(at time.Time) string {
		before := f.Now()
		defer f.clock.set(before)
		f.clock.set(at)
		a := f.view(v.Account)
		text := fmt.Sprint(a.Limits.Zone(a.Credits.Balance()), a.Cycle, len(a.Running), a.Reserved(billing.ModelCredits), a.Reserved(billing.ToolRuns), a.Credits.FreeExpired, a.Runs.Balance())
		for _, g := range slices.Concat(a.Credits.Grants, a.Runs.Grants) {
			text += fmt.Sprint(" ", g.No, g.Expired)
		}
		return text
	}
	moved := 0
	for step := range 60 {
		f.clock.advance(time.Duration(random.IntN(6*3600)) * time.Second)
		if step%3 == 0 {
			f.must(m.once(f.ctx))
		} else if b := f.view(v.Account).Credits.Balance(); b < 20*credit {
			f.topUp(v.Account, billing.ModelCredits, billing.Amount(1+random.Int64N(30_000_000)))
		} else if step%3 == 1 && b > 0 {
			f.must(m.deploy(f.ctx, v))
		}
		now, next := f.Now(), f.view(v.Account).NextMove()
		if !next.After(now) {
			t.Fatalf("step %d: at %v the next move was at %v", step, now, next)
		}
		want := shown(now)
		for _, at := range []time.Time{now.Add(next.Sub(now) / 3), now.Add(next.Sub(now) / 2), next.Add(-time.Second), next.Add(-time.Millisecond)} {
			if at.Before(now) {
				continue
			}
			if got := shown(at); got != want {
				t.Errorf("step %d: at %v is shown\n%s\nat %v\n%s\nand the next move is at %v", step, now, want, at, got, next)
			}
		}
		if shown(next) != want {
			moved++
		}
	}
	if moved < 50 { // nothing else is a reason to look
		t.Errorf("only %d of 60 foretold instants changed anything", moved)
	}
}
