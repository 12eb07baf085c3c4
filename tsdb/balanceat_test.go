package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// The balance at a past second is what a punctual meter would have shown, whether nobody has posted yet or the meter
// has run at any seconds since (rules.md §3).
func TestBalanceAtASecond(t *testing.T) {
	t.Parallel()
	for name, ticks := range map[string][]int{"not posted": nil, "posted late": {600}, "posted within": {50, 125, 135, 600}, "scaled": {-130, 600}} {
		f := newFixture(t)
		id := f.account()
		s := f.script(id, small, 1)
		f.guardrail(id, "TOXICITY", "GENERAL_PURPOSE")
		first := int64(600)
		for _, second := range ticks {
			if second < 0 {
				first = int64(-second)
				f.clock.set(start.Add(time.Duration(first) * time.Second))
				f.must(f.ScaleDeployment(f.ctx, id, script(s), 3, time.Time{}))
				continue
			}
			f.clock.set(start.Add(time.Duration(second) * time.Second))
			_, err := f.Tick(f.ctx, 1)
			f.must(err)
		}
		f.clock.set(start.Add(10 * time.Minute))
		for _, second := range []int64{0, 1, 30, 59, 60, 61, 119, 120, 126, 130, 131, 140, 179, 180, 599, 600} {
			want := 75*credit - cost("0.07698", 1, min(second, first)) - cost("0.07698", 3, max(0, second-first)) - cost("0.144", 1, second)
			if got := f.balanceAt(id, start.Add(time.Duration(second)*time.Second)); got != want {
				t.Errorf("%s, after %d s: %d, want %d", name, second, got, want)
			}
		}
	}
}

func (f *fixture) balanceAt(id int64, at time.Time) billing.Amount {
	f.t.Helper()
	credits, _, err := f.balancesAt(id, at)
	f.must(err)
	return credits
}

// balancesAt reads both balances at a past instant, with a Reader as of now.
func (f *fixture) balancesAt(id int64, at time.Time) (credits, runs billing.Amount, err error) {
	r := f.Read()
	defer r.Close(f.ctx)
	return r.BalanceAt(f.ctx, id, at)
}

// Whatever is done to an account as time goes by, the balance at a past instant is the one that was answered then:
// across grants and their ends, cycles and plans, jobs and refunds, voids and corrections, hosting on and off, however
// often the meter ran, and whatever came later.
func TestBalancesOfThePastAreThoseAnsweredThen(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			p := newPast(t, seed)
			for range 45 {
				step := []time.Duration{0, time.Second, 59 * time.Second, time.Hour, 3 * 24 * time.Hour}[p.random.IntN(5)]
				p.clock.advance(step + time.Duration(p.random.IntN(3000))*time.Millisecond)
				p.act()
				a := p.view(p.account)
				p.then[p.Now().Truncate(time.Second)] = [2]billing.Amount{a.Credits.Balance(), a.Runs.Balance()}
			}
			for at, want := range p.then {
				for _, within := range []time.Duration{0, time.Duration(p.random.IntN(1000)) * time.Millisecond} {
					credits, runs, err := p.balancesAt(p.account, at.Add(within))
					if err != nil && p.Now().Sub(at) > time.Second || err == nil && (credits != want[0] || runs != want[1]) {
						t.Errorf("at %v: %d and %d, was %d and %d; %v", at.Add(within), credits, runs, want[0], want[1], err)
					}
				}
			}
			p.sound(p.account)
		})
	}
}

// past is an account to which everything is done at the current second.
type past struct {
	*fixture
	account, tool, model int64
	random               *rand.Rand
	then                 map[time.Time][2]billing.Amount
	sent                 []tsdb.UsageEvent
	running              []int64
	jobs                 []tsdb.Job
}

func newPast(t *testing.T, seed uint64) *past {
	f := newFixture(t)
	p := &past{fixture: f, account: f.account(), random: rand.New(rand.NewPCG(seed, 9)), then: map[time.Time][2]billing.Amount{}}
	p.tool, p.model = f.resource(p.account, "TOOL", "DEPLOYED"), f.model(p.account)
	f.must(f.SetLimits(f.ctx, tsdb.LimitsChange{AccountID: p.account, Negative: new(-1_000_000 * credit)}, tsdb.Actor{})) // nothing stops
	f.planned(p.account, 40*credit)
	f.topUp(p.account, billing.ModelCredits, 500*credit)
	return p
}

// act does one random thing that moves a balance.
func (p *past) act() {
	p.t.Helper()
	switch n := p.random.Int64N(1000); p.random.IntN(9) {
	case 0, 1:
		at := p.Now().Add(-time.Duration(n) * time.Hour)
		e := []tsdb.UsageEvent{runs(p.account, p.tool, p.key(), at, 1+n), tokens(p.account, p.model, p.key(), at, n*10_000, 3)}[n%2]
		p.sent = append(p.sent, e)
		p.ingest(tsdb.Record, e)
	case 2:
		if len(p.sent) > 0 {
			p.takeBack(p.account, p.sent[n%int64(len(p.sent))])
		}
	case 3:
		_, err := p.GrantCredits(p.ctx, tsdb.NewGrant{AccountID: p.account, Meter: billing.Meters()[n%2], Kind: billing.TopUp, Amount: billing.Amount(1+n) * 1000, ExpiresAt: p.Now().Add(time.Duration(1+n) * time.Hour / 2),
			Reference: "r", IdempotencyKey: p.key()}, tsdb.Actor{})
		p.must(err)
	case 4:
		if p.view(p.account).Credits.Balance() > 0 {
			p.running = append(p.running, p.deployModel(p.account, p.model, gpu, 1+n%3, time.Time{}))
		}
	case 5:
		if len(p.running) > 0 {
			_, err := p.UndeployModel(p.ctx, p.account, p.running[0], time.Time{})
			p.must(err)
			p.running = p.running[1:]
		}
	case 6:
		_, err := p.Tick(p.ctx, 10)
		p.must(err)
	case 7:
		if j, err := p.StartFineTuning(p.ctx, eighteen(p.account, p.model, p.key())); err == nil {
			p.jobs = append(p.jobs, j)
		}
	case 8:
		if len(p.jobs) > 0 {
			_, err := p.FinishFineTuning(p.ctx, finish(p.jobs[0], tsdb.JobStopped, n*20_000))
			p.must(err)
			p.jobs = p.jobs[1:]
		}
	}
}
