package tsdb_test

import (
	"context"
	"errors"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// previewed demands that under the card that was in force all the time, everything would have cost what it cost,
// whatever was repriced, scaled, reported late, refunded and taken back meanwhile, and that the ledger says the same.
func (f *fixture) previewed(account int64) {
	f.t.Helper()
	var posted time.Time
	f.must(f.pool.QueryRow(f.ctx, `SELECT posted_until FROM balance WHERE account_id = $1`, account).Scan(&posted))
	p, err := f.PreviewRateCard(f.ctx, tsdb.RatePreview{Card: billing.RateCardV1(), Range: billing.Range{From: posted.AddDate(0, 0, -60), To: posted}, Account: account})
	f.must(err)
	for _, c := range []billing.Category{billing.Models, billing.Guardrails, billing.Scripts} {
		paid := f.count(`SELECT coalesce(-sum(amount), 0)::bigint FROM ledger_entry WHERE account_id = $1 AND category = $2 AND kind IN ('CHARGE', 'REFUND')`, account, c)
		if got := p.Categories[c]; got.Was != got.Would || int64(got.Was) != paid {
			f.t.Errorf("account %d, %s: was %d, would be %d, was charged %d", account, c, got.Was, got.Would, paid)
		}
	}
}

// Hosting keeps the rate of its deployment: own rates that begin before it is scaled, or before a report says that it
// came up, change neither what it costs nor what it would cost.
func TestPreviewOfHostingThatKeepsItsRate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.topUp(id, billing.ModelCredits, 1000*credit)
	scaled, pending := f.script(id, small, 1), f.pendingScript(id, small, 2)
	set := f.setRates(id, 0, billing.OwnRates{Hosting: []billing.HostingRate{{Category: billing.Scripts, Name: small, Rate: 3_000_001}}})
	f.clock.set(set.From.Add(time.Minute))
	f.must(f.ScaleDeployment(f.ctx, id, script(scaled), 3, time.Time{}))
	f.must(f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: id, Target: script(pending), Outcome: tsdb.OutcomeDeployed}))
	f.clock.advance(time.Hour)
	f.must(f.ScaleDeployment(f.ctx, id, script(pending), 1, time.Time{}))
	f.clock.advance(time.Hour)
	f.script(id, small, 1) // at the rate of its own
	f.clock.advance(time.Hour)
	f.sound(id)
	f.previewed(id)
}

// A preview of the card in force changes nothing, whatever happens in a week.
func TestPreviewOfTheCardInForceChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	random := rand.New(rand.NewPCG(14, 14))
	v := f.victim()
	f.topUp(v.Account, billing.ModelCredits, 100_000*credit)
	m := &mischief{Store: f.Store, random: random, victims: []victim{v}, name: "previewed"}
	acts := []func(context.Context, victim) error{m.deploy, m.deploy, m.undeploy, m.scale, m.scale, m.reprice, m.reprice, m.reserve, m.tune, m.takeBack}
	for range 120 {
		f.clock.advance(time.Duration(random.IntN(5000)) * time.Second)
		var refused *tsdb.Error
		if err := acts[random.IntN(len(acts))](f.ctx, v); err != nil && !errors.As(err, &refused) {
			t.Fatal(err)
		}
		f.ingest(tsdb.Record, tokens(v.Account, v.Model, m.key(), f.clock.now().Add(-time.Duration(random.IntN(7200))*time.Second), random.Int64N(4_000_000), random.Int64N(90_000)))
	}
	f.sound(v.Account)
	f.previewed(v.Account)
}

// usedTokens is an event as the naive preview has it.
type usedTokens struct {
	model int64
	at    time.Time
	in    [3]int64 // plain, from a cache, into a cache
	out   [2]int64 // plain, reasoning
	was   billing.Amount
}

// naivePrice is what an event costs by rates that are looked up part by part: the model's, then the account's, then the
// card's; for a class, at each of them its own rate before its parent's (rules.md §7), rounded half up once.
func naivePrice(u usedTokens, card billing.RateCard, lists ...billing.OwnRateList) billing.Amount {
	var own []billing.OwnTokenRates
	for _, list := range lists {
		var at *billing.OwnRates
		for i := range list {
			if !list[i].From.After(u.at) && (at == nil || list[i].From.After(at.From)) {
				at = &list[i]
			}
		}
		if at != nil {
			own = append(own, at.Tokens)
		}
	}
	rate := func(of func(billing.OwnTokenRates) (class, parent *billing.Amount), otherwise billing.Amount) *big.Int {
		for _, o := range own {
			class, parent := of(o)
			if class != nil {
				return big.NewInt(int64(*class))
			}
			if parent != nil {
				return big.NewInt(int64(*parent))
			}
		}
		return big.NewInt(int64(otherwise))
	}
	c := card.TokenRates()
	sum := big.NewInt(500_000)
	add := func(n int64, r *big.Int) { sum.Add(sum, r.Mul(r, big.NewInt(n))) }
	add(u.in[0], rate(func(o billing.OwnTokenRates) (a, b *billing.Amount) { return o.Input, nil }, c.Input))
	add(u.in[1], rate(func(o billing.OwnTokenRates) (a, b *billing.Amount) { return o.CacheRead, o.Input }, c.CacheRead))
	add(u.in[2], rate(func(o billing.OwnTokenRates) (a, b *billing.Amount) { return o.CacheWrite, o.Input }, c.CacheWrite))
	add(u.out[0], rate(func(o billing.OwnTokenRates) (a, b *billing.Amount) { return o.Output, nil }, c.Output))
	add(u.out[1], rate(func(o billing.OwnTokenRates) (a, b *billing.Amount) { return o.Reasoning, o.Output }, c.Reasoning))
	return billing.Amount(sum.Div(sum, big.NewInt(1_000_000)).Int64())
}

// randomRates are own rates of some classes from an instant on.
func randomRates(random *rand.Rand, from time.Time) billing.OwnRates {
	r := billing.OwnRates{From: from}
	for _, into := range []**billing.Amount{&r.Tokens.Input, &r.Tokens.Output, &r.Tokens.CacheRead, &r.Tokens.CacheWrite, &r.Tokens.Reasoning} {
		if random.IntN(3) == 0 {
			*into = ptr(billing.Amount(random.Int64N(3_000_000)))
		}
	}
	if r.Tokens == (billing.OwnTokenRates{}) {
		r.Tokens.Input = ptr(billing.Amount(random.Int64N(3_000_000)))
	}
	return r
}

// A preview of any card is what a naive reading of the rules makes of each event, even in the second in which own rates
// change; its range includes its first microsecond and excludes its last, and what was taken back is not in it.
func TestPreviewIsWhatTheRulesSay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	random := rand.New(rand.NewPCG(9, 2))
	id := f.account()
	f.topUp(id, billing.ModelCredits, 1000*credit)
	models := []int64{f.model(id), f.model(id)}
	lists := map[int64]billing.OwnRateList{}
	var changes []time.Time
	for i, model := range []int64{0, models[0], models[0], 0} {
		at := start.Add(time.Duration(20+17*i) * time.Minute)
		set := f.setRates(id, model, randomRates(random, at))
		lists[model] = append(lists[model], set)
		changes = append(changes, set.From)
	}
	f.clock.advance(3 * time.Hour)
	from, to := start.Add(5*time.Minute), start.Add(100*time.Minute)
	var all []usedTokens
	instants := append([]time.Time{from, to}, changes...)
	for i := range 60 {
		at := instants[random.IntN(len(instants))].Add(time.Duration(random.IntN(3)-1) * time.Microsecond)
		if i%2 == 0 {
			at = start.Add(time.Duration(random.IntN(120*60)) * time.Second)
		}
		u := usedTokens{model: models[random.IntN(2)], at: at, in: [3]int64{random.Int64N(9000), random.Int64N(900), random.Int64N(90)}, out: [2]int64{random.Int64N(900), random.Int64N(90)}}
		e := classes(tokens(id, u.model, f.key(), at, u.in[0]+u.in[1]+u.in[2], u.out[0]+u.out[1]), u.in[1], u.in[2], u.out[1])
		u.was = f.ingest(tsdb.Record, e)[0].Charge
		if want := naivePrice(u, billing.RateCardV1(), lists[u.model], lists[0]); u.was != want {
			t.Fatalf("%+v was charged %d, the rules say %d", u, u.was, want)
		}
		if i%10 == 9 {
			f.takeBack(id, e)
			continue
		}
		all = append(all, u)
	}
	for range 4 {
		card := cardFrom(start, "0.5")
		card.InputRate, card.OutputRate = billing.Amount(random.Int64N(5_000_000)), billing.Amount(random.Int64N(5_000_000))
		p, err := f.PreviewRateCard(f.ctx, tsdb.RatePreview{Card: card, Range: billing.Range{From: from, To: to}, Account: id})
		f.must(err)
		var want tsdb.RateCost
		n := int64(0)
		for _, u := range all {
			if !u.at.Before(from) && u.at.Before(to) {
				want.Was, want.Would = want.Was+u.was, want.Would+naivePrice(u, card, lists[u.model], lists[0])
				n++
			}
		}
		if got := p.Categories[billing.Models]; got != want || p.Events != n {
			t.Errorf("%+v of %d events, the rules say %+v of %d", got, p.Events, want, n)
		}
	}
}

// The widest and the oldest range that a preview accepts, and the accounts that change most, the largest change first,
// up or down.
func TestBoundsOfPreviews(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clock.set(start.Add(500 * time.Millisecond))
	kept := start.Add(-f.Settings().EventRetention)
	card := cardFrom(start, "2") // four times as much
	for name, c := range map[string]struct {
		from, to time.Time
		ok       bool
	}{
		"92 days":                     {start.AddDate(0, 0, -92), start, true},
		"92 days and a second":        {start.AddDate(0, 0, -92).Add(-time.Second), start, false},
		"cut to now":                  {start.AddDate(0, 0, -92), start.AddDate(1, 0, 0), true},
		"nothing":                     {start, start, false},
		"less than a second":          {start, start.Add(time.Millisecond), false},
		"the wrong way round":         {start, start.Add(-time.Hour), false},
		"ahead":                       {start.Add(time.Hour), start.Add(2 * time.Hour), false},
		"since events are kept":       {kept.Add(time.Second), kept.AddDate(0, 0, 1), true},
		"a second before that":        {kept, kept.AddDate(0, 0, 1), false},
		"no beginning, which is long": {time.Time{}, start, false},
	} {
		p, err := f.PreviewRateCard(f.ctx, tsdb.RatePreview{Card: card, Range: billing.Range{From: c.from, To: c.to}})
		if (err == nil) != c.ok || err != nil && codeOf(err) != tsdb.BadRange {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (p.Range.To.After(start) || p.Events != 0 || len(p.Accounts) != 0 || p.Categories[billing.Models] != (tsdb.RateCost{})) {
			t.Errorf("%s: %+v", name, p)
		}
	}
	bad := card
	bad.InputRate = -1
	_, err := f.PreviewRateCard(f.ctx, tsdb.RatePreview{Card: bad, Range: billing.Range{From: start.AddDate(0, 0, -1), To: start}})
	f.refusedAs("an unsound card", err, tsdb.Invalid, "card")
	var ids []int64
	for i := range 12 {
		id := f.account()
		ids = append(ids, id)
		n := int64(1_000_000 * (1 + i%6))
		f.ingest(tsdb.Record, tokens(id, f.resource(id, "MODEL", "REGISTERED"), "a", start, n, 0))
	}
	f.clock.advance(time.Hour)
	p, err := f.PreviewRateCard(f.ctx, tsdb.RatePreview{Card: cardFrom(start, "0.1"), Range: billing.Range{From: start, To: f.clock.now()}})
	f.must(err)
	var got []int64
	for _, a := range p.Accounts {
		got = append(got, a.AccountID)
		if a.Name != "Acme" || a.Would*5 != a.Was {
			t.Errorf("%+v", a)
		}
	}
	want := []int64{ids[5], ids[11], ids[4], ids[10], ids[3], ids[9], ids[2], ids[8], ids[1], ids[7]}
	if !slices.Equal(got, want) || p.Changed != 12 || p.Events != 12 {
		t.Errorf("%v, want %v; %d changed of %d events", got, want, p.Changed, p.Events)
	}
	if p, err = f.PreviewRateCard(f.ctx, tsdb.RatePreview{Card: cardFrom(start, "0.1"), Range: p.Range, Account: 1 << 40}); err != nil || p.Events != 0 {
		t.Errorf("of an unknown account: %+v, %v", p, err)
	}
}
