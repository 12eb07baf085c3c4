package billing

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawPace returns a pace of up to perDay a day, either the same on all days or different on each.
func drawPace(t *rapid.T, perDay Amount) *Pace {
	var p Pace
	same := rapid.Bool().Draw(t, "same")
	for i := range p {
		p[i] = rapid.Int64Range(0, int64(perDay)*paceUnit).Draw(t, "pace")
		if same {
			p[i] = p[0]
		}
	}
	return &p
}

// categoryOf returns the category in which a meter's use is charged.
func categoryOf(m Meter) Category {
	if m == ToolRuns {
		return Tools
	}
	return Models
}

// watched is what the engine finds at each instant, in the terms of a forecast.
type watched struct {
	Foretold
	behind, stopped bool
}

func (w *watched) look(a *Account, m Meter, at Second) {
	balance := a.Book(m).Balance()
	if !w.behind && balance <= 0 {
		w.behind, w.ExhaustedAt = true, at
	}
	if m == ModelCredits && !w.stopped && balance <= a.Limits.Negative {
		w.stopped, w.NegativeAt = true, at
	}
}

func watch(a *Account, m Meter) *watched {
	balance := a.Book(m).Balance()
	return &watched{behind: balance <= 0, stopped: balance <= a.Limits.Negative}
}

// within removes what a forecast foretells after an instant.
func (f Foretold) within(last Second) Foretold {
	for _, t := range []*Second{&f.ExhaustedAt, &f.NegativeAt} {
		if *t > last {
			*t = 0
		}
	}
	return f
}

// With hosting and other use, a forecast names the exact seconds at which the engine reaches each state, if the use of each second is
// posted in it.
func TestForecastIsTheEngines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := drawHosted(t)
		const seconds = 1800
		pace, end := drawPace(t, 100_000_000), b.At+seconds
		got := b.Foretell(ModelCredits, pace, end).within(end)
		began, want := b.At, watch(b.Account, ModelCredits)
		before := b.Account.Credits.Flows
		for at := began; at < end; at++ {
			b.BringUp(at)
			b.ChargeEvents(Models, []Line{{1, pace.upTo(began, at+1) - pace.upTo(began, at)}}, 1)
			b.commit()
			b.BringUp(at + 1)
			want.look(b.Account, ModelCredits, at+1)
		}
		want.Left = b.Credits.Balance()
		if want.Used = got.Used; b.Cycle == 1 { // each cycle starts its flows at 0
			want.Used = b.Credits.Flows.Charged - before.Charged
		}
		if got != want.Foretold {
			t.Fatalf("from %d: forecast %+v, engine %+v", began, got, want.Foretold)
		}
	})
}

// drawGrants returns an account some days before a cycle's end with grants that end on whole minutes, and perhaps a plan.
func drawGrants(t *rapid.T, m Meter, size Amount) *books {
	from := SecondOf(time.Date(2026, 2, 26, 21, 40, 0, 0, time.UTC))
	b := newBooks(from-9000, Limits{Negative: -Amount(rapid.Int64Range(0, int64(size)).Draw(t, "limit"))})
	b.BringUp(from)
	plan := func(id int64, name string) *Plan {
		amount := Amount(rapid.Int64Range(1, int64(size)).Draw(t, name))
		return &Plan{ID: id, Credits: amount, Runs: amount}
	}
	if rapid.Bool().Draw(t, "has a plan") {
		b.ChangePlan(plan(1, "plan"))
		switch rapid.IntRange(0, 3).Draw(t, "then") {
		case 0:
			b.ChangePlan(nil)
		case 1:
			b.ChangePlan(plan(2, "next plan"))
		}
	}
	for range rapid.IntRange(0, 6).Draw(t, "grants") {
		g := Grant{Meter: m, Kind: rapid.SampledFrom([]GrantKind{Free, TopUp, AdjustmentGrant}).Draw(t, "kind"), Amount: Amount(rapid.Int64Range(1, int64(size)).Draw(t, "amount"))}
		if minutes := rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 3000), rapid.SampledFrom([]int{139, 140, 141, 1580})).Draw(t, "ends"); minutes > 0 {
			g.ExpiresAt = from + Second(60*minutes)
		}
		b.Grant(g)
	}
	b.commit()
	return b
}

// Over days with constant use, expiries and renewals, a forecast names the minute in which a minute-by-minute simulation runs out. The last
// second of a minute is posted separately, because what arrives at its end counts for that instant.
func TestForecastAgainstMinutes(t *testing.T) {
	t.Parallel()
	for _, m := range Meters() {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				const minutes, size = 3000, Amount(200_000)
				b := drawGrants(t, m, size)
				pace, began, end := drawPace(t, size), b.At, b.At+60*minutes
				got := b.Foretell(m, pace, end).within(end)
				want := watch(b.Account, m)
				charge := func(from, to Second) {
					b.ChargeEvents(categoryOf(m), []Line{{1, pace.upTo(began, to) - pace.upTo(began, from)}}, 1)
				}
				for at := began; at < end; at += 60 {
					charge(at, at+59)
					want.look(b.Account, m, at+60)
					charge(at+59, at+60)
					b.commit()
					b.BringUp(at + 60)
					want.look(b.Account, m, at+60)
				}
				want.Used, want.Left = pace.upTo(began, end)-pace.upTo(began, began), b.Book(m).Balance()
				for _, at := range []*Second{&got.ExhaustedAt, &got.NegativeAt} {
					if *at%60 != 0 {
						*at = at.Minute() + 60
					}
				}
				if got != want.Foretold {
					t.Fatalf("from %d: forecast %+v, minutes %+v", began, got, want.Foretold)
				}
			})
		})
	}
}

// A pace adds up: any seven days make a week, whatever day they begin with, and no part is lost or counted twice.
func TestPaceAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPace(t, Amount(rapid.SampledFrom([]int64{1, 1000, maxPace / paceUnit}).Draw(t, "size")))
		from := Second(rapid.Int64Range(0, 4_000_000_000).Draw(t, "from"))
		midnight := from - from%secondsPerDay
		if got, want := p.upTo(from, midnight+7*secondsPerDay), p.Week(); got != want {
			t.Fatalf("a week is %d, want %d", got, want)
		}
		day := Second(rapid.IntRange(0, 364).Draw(t, "day"))
		got := p.upTo(midnight, midnight+(day+1)*secondsPerDay) - p.upTo(midnight, midnight+day*secondsPerDay)
		if want := Amount(p[time.Unix(int64(midnight+day*secondsPerDay), 0).UTC().AddDate(0, 0, -1).Weekday()] / paceUnit); got != want && got != want+1 {
			t.Fatalf("day %d is %d, want %d", day, got, want)
		}
	})
}
