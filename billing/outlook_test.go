package billing

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// engineOutlook returns an outlook found by the engine itself, second by second.
func engineOutlook(a *Account, seconds Second) (o Outlook) {
	c := a.Clone()
	behindTune, behindLow, behindEnd := c.Credits.Balance() <= c.Limits.FineTune, c.Credits.Balance() < c.Limits.Low, c.Credits.Balance() <= 0
	for at := a.At + 1; at <= a.At+seconds; at++ {
		c.BringUp(at)
		if !behindTune && c.Credits.Balance() <= c.Limits.FineTune {
			behindTune, o.FineTuneAt = true, at
		}
		if !behindLow && c.Credits.Balance() < c.Limits.Low {
			behindLow, o.LowAt = true, at
		}
		if !behindEnd && c.Credits.Balance() <= 0 {
			behindEnd, o.ExhaustedAt = true, at
		}
	}
	if len(c.Journal.Stops) > 0 {
		o.StopAt = c.Journal.Stops[0].At
	}
	return o
}

// within removes what an outlook foretells after a second.
func (o Outlook) within(last Second) Outlook {
	o.RatePerHour = 0
	for _, t := range []*Second{&o.FineTuneAt, &o.LowAt, &o.ExhaustedAt, &o.StopAt} {
		if *t > last {
			*t = 0
		}
	}
	return o
}

// drawHosted returns an account shortly before a cycle's end, with grants that end around it, perhaps a plan, and running hosting.
func drawHosted(t *rapid.T) *books {
	from := SecondOf(time.Date(2026, 2, 27, 23, 50, 0, 0, time.UTC))
	b := newBooks(from-9000, Limits{FineTune: Amount(rapid.Int64Range(0, 900_000).Draw(t, "fine-tuning")), Low: Amount(rapid.Int64Range(0, 300_000).Draw(t, "low")),
		Negative: -Amount(rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 1_500_000)).Draw(t, "limit"))})
	b.BringUp(from)
	if rapid.Bool().Draw(t, "debt") {
		b.ChargeEvents(Models, []Line{{1, Amount(rapid.Int64Range(1, 400_000).Draw(t, "owed"))}}, 1)
	}
	for _, plan := range []int64{1, 2} {
		if credits := rapid.Int64Range(-400_000, 900_000/plan).Draw(t, "plan"); credits >= 0 {
			b.ChangePlan(&Plan{ID: plan, Credits: Amount(credits)})
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "plan ends") == 0 {
		b.ChangePlan(nil)
	}
	for range rapid.IntRange(0, 5).Draw(t, "grants") {
		g := Grant{Meter: ModelCredits, Kind: rapid.SampledFrom([]GrantKind{Free, TopUp, AdjustmentGrant}).Draw(t, "kind"), Amount: Amount(rapid.Int64Range(1, 700_000).Draw(t, "amount"))}
		if ends := rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 1500), rapid.SampledFrom([]int{1, 599, 600, 601})).Draw(t, "ends"); ends > 0 {
			g.ExpiresAt = from + Second(ends)
		}
		b.Grant(g)
	}
	for id := range int64(rapid.IntRange(1, 3).Draw(t, "running")) {
		b.StartSegment(Segment{ID: id, ResourceID: id, Category: rapid.SampledFrom([]Category{Models, Guardrails, Scripts}).Draw(t, "category"),
			RatePerHour: Amount(rapid.Int64Range(0, 6_000_000).Draw(t, "rate")), Replicas: int64(rapid.IntRange(1, 2).Draw(t, "replicas")), Start: b.At})
	}
	b.commit()
	return b
}

// An outlook foretells the exact seconds at which the engine finds the credits low, exhausted and at the negative limit, whatever grants
// end and whatever the plan brings on the way.
func TestOutlookIsTheEngines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := drawHosted(t)
		if len(b.Running) == 0 { // stopped already
			return
		}
		const seconds = 1800
		want, got := engineOutlook(b.Account, seconds), b.Outlook().within(b.At+seconds)
		if got != want {
			t.Fatalf("from %d: outlook %+v, engine %+v", b.At, got, want)
		}
	})
}

// Even months ahead, over many cycles, an outlook foretells what a reader will see then.
func TestOutlookOfManyCycles(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := drawHosted(t)
		if len(b.Running) == 0 {
			return
		}
		for i := range b.Running {
			b.Running[i].RatePerHour = max(1, b.Running[i].RatePerHour/10_000)
		}
		o, c := b.Outlook(), b.Clone()
		c.Foresee(b.At + 100*24*3600)
		var stop Second
		if len(c.Journal.Stops) > 0 {
			stop = c.Journal.Stops[0].At
		}
		if got := o.within(c.At).StopAt; got != stop {
			t.Fatalf("from %d: outlook %d, engine %d", b.At, got, stop)
		}
	})
}

// FREE is used up, and a top-up of 50 ends in an hour while 24.432 an hour are used. What it has left then is lost, so debt begins there.
func TestOutlookOfAnExpiry(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.give(Free, "75", 0)
	b.spend("75")
	b.give(TopUp, "50", 3600)
	b.StartSegment(Segment{ID: 1, Category: Models, RatePerHour: MustCredits("24.432"), Replicas: 1, Start: b.At})
	b.commit()
	o := b.Outlook()
	if want := tableStart + 7284; o.ExhaustedAt != tableStart+3600 || o.StopAt != want { // 3,600 s, then 25 credits at 24.432 an hour
		t.Errorf("exhausted after %d, stops after %d", o.ExhaustedAt-tableStart, o.StopAt-tableStart)
	}
	b.at(9000)
	wantStop(t, "as foretold", b, 7284, "-25.00208")
}

// A plan that outlasts the hosting keeps it running forever. If the plan ends, only what else is left keeps it running.
func TestOutlookOfARenewal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		then *Plan
		want bool
	}{"renews": {&Plan{ID: 1, Credits: MustCredits("10")}, false}, "ends": {nil, true}, "shrinks": {&Plan{ID: 2, Credits: MustCredits("1")}, true}} {
		b := tableBooks("-25")
		b.ChangePlan(&Plan{ID: 1, Credits: MustCredits("10")})
		b.ChangePlan(c.then)
		b.StartSegment(Segment{ID: 1, Category: Models, RatePerHour: MustCredits("0.01"), Replicas: 1, Start: b.At}) // 7.44 in 31 days
		b.commit()
		if o := b.Outlook(); (o.StopAt != 0) != c.want {
			t.Errorf("%s: stops at %v", name, o.StopAt.Time())
		}
	}
}
