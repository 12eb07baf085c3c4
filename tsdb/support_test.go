package tsdb_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// refusedAs demands a refusal with a code and a field.
func (f *fixture) refusedAs(what string, err error, code tsdb.Code, field string) {
	f.t.Helper()
	var refused *tsdb.Error
	if !errors.As(err, &refused) || refused.Code != code || refused.Field != field {
		f.t.Errorf("%s: got %v, want %s of %q", what, err, code, field)
	}
}

// audited returns the actions in the log of an account, or of none, and who did them, oldest first.
func (f *fixture) audited(account int64) (entries []string) {
	f.t.Helper()
	log, err := f.Access.AuditLog(f.ctx, account, access.AuditFilter{}, pg.Page{Limit: 100}, false)
	f.must(err)
	for i := len(log.Rows) - 1; i >= 0; i-- {
		entries = append(entries, string(log.Rows[i].Action)+" by "+log.Rows[i].Actor.Name)
	}
	return entries
}

// What Support gives and corrects is limited, and refused with the argument that is out of its bounds; nothing of it is
// left, not even in the log.
func TestBoundsOfGrants(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	before := fmt.Sprint(f.view(id).Revision, f.audited(id))
	for name, c := range map[string]struct {
		edit  func(*tsdb.NewGrant)
		code  tsdb.Code
		field string
	}{
		"no meter":              {func(n *tsdb.NewGrant) { n.Meter = "" }, tsdb.Invalid, "meter"},
		"a plan's":              {func(n *tsdb.NewGrant) { n.Kind = billing.PlanGrant }, tsdb.Invalid, "kind"},
		"nothing":               {func(n *tsdb.NewGrant) { n.Amount = 0 }, tsdb.Invalid, "amount"},
		"less than nothing":     {func(n *tsdb.NewGrant) { n.Amount = -1 }, tsdb.Invalid, "amount"},
		"too much":              {func(n *tsdb.NewGrant) { n.Amount = billing.MaxCharge + 1 }, tsdb.Invalid, "amount"},
		"over already":          {func(n *tsdb.NewGrant) { n.ExpiresAt = start }, tsdb.Invalid, "expiresAt"},
		"no reference":          {func(n *tsdb.NewGrant) { n.Reference = "" }, tsdb.Invalid, "reference"},
		"a reference of spaces": {func(n *tsdb.NewGrant) { n.Reference = "  " }, tsdb.Invalid, "reference"},
		"a reference that ends": {func(n *tsdb.NewGrant) { n.Reference = "a\x00" }, tsdb.Invalid, "reference"},
		"a long reference":      {func(n *tsdb.NewGrant) { n.Reference = strings.Repeat("ü", 201) }, tsdb.Invalid, "reference"},
		"no key":                {func(n *tsdb.NewGrant) { n.IdempotencyKey = "" }, tsdb.Invalid, "idempotencyKey"},
		"a long key":            {func(n *tsdb.NewGrant) { n.IdempotencyKey = strings.Repeat("k", 129) }, tsdb.Invalid, "idempotencyKey"},
		"a key that is no text": {func(n *tsdb.NewGrant) { n.IdempotencyKey = "\xff" }, tsdb.Invalid, "idempotencyKey"},
		"nobody's":              {func(n *tsdb.NewGrant) { n.AccountID += 99 }, tsdb.NotFound, "accountId"},
	} {
		n := tsdb.NewGrant{AccountID: id, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: 1, Reference: "order", IdempotencyKey: name}
		c.edit(&n)
		_, err := f.GrantCredits(f.ctx, n, tsdb.Actor{})
		f.refusedAs(name, err, c.code, c.field)
	}
	for name, c := range map[string]struct {
		edit  func(*tsdb.Adjustment)
		code  tsdb.Code
		field string
	}{
		"by nothing":          {func(r *tsdb.Adjustment) { r.Amount = 0 }, tsdb.Invalid, "amount"},
		"up, of a grant":      {func(r *tsdb.Adjustment) { r.Amount, r.GrantNo = 1, 1 }, tsdb.Invalid, "grantId"},
		"down, of none":       {func(r *tsdb.Adjustment) { r.GrantNo = 0 }, tsdb.Invalid, "grantId"},
		"down, with an end":   {func(r *tsdb.Adjustment) { r.ExpiresAt = start.Add(time.Hour) }, tsdb.Invalid, "expiresAt"},
		"of an unknown grant": {func(r *tsdb.Adjustment) { r.GrantNo = 99 }, tsdb.NotFound, "grantId"},
		"of another meter's":  {func(r *tsdb.Adjustment) { r.Meter = billing.ToolRuns }, tsdb.NotFound, "grantId"},
		"below what it has":   {func(r *tsdb.Adjustment) { r.Amount = -75*credit - 1 }, tsdb.Invalid, "amount"},
		"without a reference": {func(r *tsdb.Adjustment) { r.Reference = "\u200b" }, tsdb.Invalid, "reference"},
	} {
		r := tsdb.Adjustment{AccountID: id, Meter: billing.ModelCredits, Amount: -1, GrantNo: 1, Reference: "order", IdempotencyKey: "down " + name}
		c.edit(&r)
		_, err := f.Adjust(f.ctx, r, tsdb.Actor{})
		f.refusedAs(name, err, c.code, c.field)
	}
	if after := fmt.Sprint(f.view(id).Revision, f.audited(id)); after != before {
		t.Errorf("what is refused left %s, before %s", after, before)
	}
}

// A grant that many ask for at the same moment under one key is made once, and everyone gets its number; with other
// content the key is a conflict, now and after a year.
func TestAGrantIsMadeOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	n := tsdb.NewGrant{AccountID: id, Meter: billing.ToolRuns, Kind: billing.TopUp, Amount: 500, Reference: "order 7", IdempotencyKey: "k"}
	answers := make(chan string, 6)
	for range cap(answers) {
		go func() {
			no, err := f.GrantCredits(f.ctx, n, tsdb.Actor{Name: "sue"})
			answers <- fmt.Sprint(no, err)
		}()
	}
	first := <-answers
	for range cap(answers) - 1 {
		if other := <-answers; other != first {
			t.Errorf("answered %s and %s", first, other)
		}
	}
	f.clock.advance(366 * 24 * time.Hour)
	if no, err := f.GrantCredits(f.ctx, n, tsdb.Actor{Name: "tom"}); fmt.Sprint(no, err) != first {
		t.Errorf("a year later: %d, %v; first %s", no, err, first)
	}
	for name, edit := range map[string]func(*tsdb.NewGrant){
		"another amount":    func(n *tsdb.NewGrant) { n.Amount++ },
		"another meter":     func(n *tsdb.NewGrant) { n.Meter = billing.ModelCredits },
		"another reference": func(n *tsdb.NewGrant) { n.Reference = "order 8" },
	} {
		other := n
		edit(&other)
		_, err := f.GrantCredits(f.ctx, other, tsdb.Actor{})
		var refused *tsdb.Error
		if !errors.As(err, &refused) || refused.Code != tsdb.Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := f.audited(id); fmt.Sprint(got[len(got)-1:]) != "[CREDITS_GRANTED by sue]" {
		t.Errorf("audited %v", got)
	}
}

// Whatever Support gives and corrects in any order, the balance is what was given minus what was taken back, to the
// micro-credit, and the ledger adds up to it.
func TestGrantsAndCorrectionsAddUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	random := rand.New(rand.NewPCG(7, 70))
	want, counts := map[billing.Meter]billing.Amount{billing.ModelCredits: 75 * credit, billing.ToolRuns: 10_000}, map[int32]billing.Amount{1: 75 * credit, 2: 10_000}
	meters := map[int32]billing.Meter{1: billing.ModelCredits, 2: billing.ToolRuns}
	for range 60 {
		m := billing.Meters()[random.IntN(2)]
		amount, no := billing.Amount(1+random.Int64N(50_000_000)), int32(1+random.IntN(len(counts)))
		r := tsdb.Adjustment{AccountID: id, Meter: m, Amount: amount, Reference: "correction", IdempotencyKey: f.key()}
		if random.IntN(2) == 0 {
			r.Amount, r.GrantNo = -amount, no
		}
		made, err := f.Adjust(f.ctx, r, tsdb.Actor{})
		switch {
		case r.Amount > 0:
			f.must(err)
			want[m], counts[made], meters[made] = want[m]+amount, amount, m
		case meters[no] != m || counts[no] < amount:
			var refused *tsdb.Error
			if !errors.As(err, &refused) || refused.Code != tsdb.NotFound && refused.Code != tsdb.Invalid {
				t.Fatalf("grant %d counts %d, lowered by %d: %v", no, counts[no], amount, err)
			}
		default:
			f.must(err)
			want[m], counts[no] = want[m]-amount, counts[no]-amount
		}
	}
	a := f.view(id)
	for _, m := range billing.Meters() {
		var ledger billing.Amount
		f.must(f.pool.QueryRow(f.ctx, `SELECT sum(amount)::bigint FROM ledger_entry WHERE account_id = $1 AND meter = $2`, id, m).Scan(&ledger))
		if a.Book(m).Balance() != want[m] || ledger != want[m] {
			t.Errorf("%s: balance %d, ledger %d, want %d", m, a.Book(m).Balance(), ledger, want[m])
		}
	}
}

// Plans are limited and their names unique, even if two callers use a name at the same moment; a refusal changes
// nothing, and what an update leaves out stays.
func TestBoundsOfPlans(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for name, c := range map[string]struct {
		plan  billing.Plan
		field string
	}{
		"no name":           {billing.Plan{}, "name"},
		"a hidden name":     {billing.Plan{Name: "Te\u202eam"}, "name"},
		"a long name":       {billing.Plan{Name: strings.Repeat("x", 201)}, "name"},
		"less than nothing": {billing.Plan{Name: "a", Credits: -1}, "credits"},
		"too many credits":  {billing.Plan{Name: "a", Credits: billing.MaxCharge + 1}, "credits"},
		"less than no runs": {billing.Plan{Name: "a", Runs: -1}, "runs"},
		"too many runs":     {billing.Plan{Name: "a", Runs: billing.MaxCharge + 1}, "runs"},
	} {
		_, err := f.CreatePlan(f.ctx, c.plan, tsdb.Actor{})
		f.refusedAs(name, err, tsdb.Invalid, c.field)
	}
	made := make(chan error, 3)
	for range cap(made) {
		go func() {
			_, err := f.CreatePlan(f.ctx, billing.Plan{Name: "Team", Credits: 5, Runs: 6}, tsdb.Actor{Name: "sue"})
			made <- err
		}()
	}
	refusals := 0
	for range cap(made) {
		if err := <-made; err != nil {
			refusals++
			f.refusedAs("a name twice", err, tsdb.NameTaken, "name")
		}
	}
	plans, err := f.Plans(f.ctx)
	if f.must(err); refusals != 2 || len(plans) != 1 {
		t.Fatalf("%d refusals, %+v", refusals, plans)
	}
	id := plans[0].ID
	_, err = f.CreatePlan(f.ctx, billing.Plan{Name: "Other"}, tsdb.Actor{})
	f.must(err)
	_, err = f.UpdatePlan(f.ctx, tsdb.PlanChange{PlanID: id, Name: new("Other")}, tsdb.Actor{})
	f.refusedAs("another's name", err, tsdb.NameTaken, "name")
	_, err = f.UpdatePlan(f.ctx, tsdb.PlanChange{PlanID: id, Runs: new(billing.Amount(-1))}, tsdb.Actor{})
	f.refusedAs("less than no runs", err, tsdb.Invalid, "runs")
	_, err = f.UpdatePlan(f.ctx, tsdb.PlanChange{PlanID: 999}, tsdb.Actor{})
	f.refusedAs("no plan", err, tsdb.NotFound, "planId")
	f.clock.advance(time.Hour)
	got, err := f.UpdatePlan(f.ctx, tsdb.PlanChange{PlanID: id, Credits: new(billing.Amount(7))}, tsdb.Actor{Name: "tom"})
	if f.must(err); got.Name != "Team" || got.Credits != 7 || got.Runs != 6 || !got.Active || !got.CreatedAt.Equal(start) || !got.UpdatedAt.Equal(start.Add(time.Hour)) {
		t.Errorf("%+v", got)
	}
	if want := "[PLAN_CREATED by sue PLAN_CREATED by  PLAN_UPDATED by tom]"; fmt.Sprint(f.audited(0)) != want {
		t.Errorf("audited %v, want %s", f.audited(0), want)
	}
}
