package billing

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// pair is one account kept twice, by the engine and by the model.
type pair struct {
	*books
	model *model
	deal  map[string]Entry   // charges that may be refunded, by id
	back  map[string][]Entry // what was refunded of them
	wrong []string           // what reads showed
}

// act is an op for both.
type act struct {
	at       Second
	name     string
	deferred bool // a batch of charges: post it without the hosting before it, where the engine allows that
	need     Amount
	both     func(*pair)
}

func newPair(from Second, t Limits) *pair {
	p := &pair{books: newBooks(from, t), model: newModel(int64(birth), int64(birth), int64(t.Negative)), deal: map[string]Entry{}, back: map[string][]Entry{}}
	p.model.grant(ModelCredits, Free, 1_000_000, int64(from+4000))
	p.model.grant(ToolRuns, Free, 500, int64(from+2500))
	p.model.now = int64(from) // nothing runs and nothing falls due before
	return p
}

// look reads the account at a second as a reader does: on a copy, without the debt by age if nothing can repay debt.
func (p *pair) look(at Second) {
	before, c := fmt.Sprintf("%+v", *p.Account), p.Clone()
	if c.CycleEnd > at+1 {
		for _, b := range []*Book{&c.Credits, &c.Runs} {
			b.Queue, b.QueueKnown = nil, false
		}
	}
	foreseen := c.Clone()
	c.BringUp(at)
	foreseen.Foresee(at)
	if want, got := seen(p.Account, c), seen(p.Account, foreseen); want != got {
		p.wrong = append(p.wrong, fmt.Sprintf("at %d posted\n%s\nforeseen\n%s", at, want, got))
	}
	for _, name := range Meters() {
		if want, got := p.model.meters[name].balance(), int64(c.Book(name).Balance()); want != got {
			p.wrong = append(p.wrong, fmt.Sprintf("%s read at %d: model %d, engine %d", name, at, want, got))
		}
	}
	if fmt.Sprintf("%+v", *p.Account) != before {
		p.wrong = append(p.wrong, fmt.Sprintf("reading at %d changed the account", at))
	}
}

// seen returns what readers see of an account that was brought up from before. Entries of hosting are summed by segment.
func seen(before, a *Account) string {
	ran, end := a.Running, a.At
	if len(a.Journal.Stops) > 0 {
		ran, end = a.Journal.Stops[0].Segments, a.Journal.Stops[0].At
	}
	hosted := map[int64]Amount{}
	for i := range ran {
		if cost := ran[i].Charge(before.At, end); cost > 0 {
			hosted[ran[i].ID] = cost
		}
	}
	entered := map[int64]Amount{}
	others := ""
	for _, e := range a.Journal.Entries {
		if e.Cause == CauseHosting {
			entered[e.CauseID] -= e.Amount
			continue
		}
		e.No, e.Posted = 0, 0
		others += fmt.Sprintf("%+v\n", e)
	}
	if len(entered) == 0 { // foreseen
		entered = hosted
	}
	c := *a
	c.Journal, c.EntryNo = Journal{Statements: a.Journal.Statements, Retired: a.Journal.Retired, Stops: a.Journal.Stops, PlanMoved: a.Journal.PlanMoved}, 0
	c.Credits.spent, c.Runs.spent = 0, 0
	return fmt.Sprintf("%+v\n%v\n%s", c, entered, others)
}

// play runs acts with ticks of the engine in between. The model needs no ticks.
func play(p *pair, acts []act, ticks []Second, until Second) {
	for _, a := range acts {
		for len(ticks) > 0 && ticks[0] <= a.at {
			if ticks[0]%2 == 0 {
				p.BringUp(ticks[0])
			} else {
				p.CatchUp(ticks[0], a.at) // a part of what is posted late
			}
			p.commit()
			ticks = ticks[1:]
		}
		p.model.reach(int64(a.at))
		p.look(a.at)
		if a.deferred && p.CanDefer(a.at, a.need) {
			p.Defer(a.at)
		} else {
			p.BringUp(a.at)
		}
		clear(p.model.refundGrants)
		a.both(p)
		p.model.posted()
		p.commit()
	}
	p.BringUp(until)
	p.commit()
	p.model.reach(int64(until))
}

// Engine and model agree in everything that a user, an operator or a bookkeeper can see.
func TestEngineAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from, limits, acts := drawActs(t)
		until := from + span/2 + 600
		p := newPair(from, limits)
		ticks := drawTicks(t, from, until, rapid.SampledFrom([]Second{0, 0, 60, 601}).Draw(t, "every"))
		slices.Sort(ticks)
		play(p, acts, ticks, until)
		checkInvariants(t, p.books)
		agree(t, p)
	})
}

func agree(t *rapid.T, p *pair) {
	equal(t, "reads", "account", []string(nil), p.wrong)
	if want, got := p.model.stops, stopSeconds(p.books); !slices.EqualFunc(want, got, func(a int64, b Second) bool { return a == int64(b) }) {
		t.Fatalf("stops: model %v, engine %v", want, got)
	}
	for _, name := range Meters() {
		agreeOnMeter(t, p.model.meters[name], p.Book(name))
		agreeOnGrants(t, p, name)
	}
	agreeOnSegments(t, p)
	agreeOnLedger(t, p)
	agreeOnStatements(t, p)
	agreeOnPunctual(t, p)
}

func agreeOnMeter(t *rapid.T, x *modelMeter, b *Book) {
	equal(t, "balance", x.name, x.balance(), int64(b.Balance()))
	equal(t, "allocation", x.name, x.allocation(), int64(b.Allocation()))
	equal(t, "free-expired", x.name, x.freeExpired, b.FreeExpired)
	equal(t, "flows", x.name, x.flows, b.Flows)
	for _, c := range Categories() {
		equal(t, "used "+string(c), x.name, x.used(c), int64(b.Slices()[c.Index()]))
		equal(t, "debt "+string(c), x.name, x.owed(c), int64(b.Debt[c.Index()]))
	}
	var queue []modelDebt
	for _, d := range b.Queue {
		queue = append(queue, modelDebt{int64(d.Minute), d.Category, int64(d.Amount)})
	}
	equal(t, "debt by age", x.name, fmt.Sprint(x.debt), fmt.Sprint(queue))
}

func equal(t *rapid.T, what string, of any, model, engine any) {
	if !reflect.DeepEqual(model, engine) {
		t.Fatalf("%s of %v: model %v, engine %v", what, of, model, engine)
	}
}

func agreeOnGrants(t *rapid.T, p *pair, name Meter) {
	var live, retired []string
	for _, g := range inDrawOrder(p.model.meters[name].grants) {
		line := fmt.Sprint(g.no, g.kind, g.amount, g.granted, g.expires, g.left, perCategory(g.gave), g.expired, g.takenBack, g.retiredSince)
		if g.retiredSince == 0 {
			live = append(live, line)
		} else {
			retired = append(retired, line)
		}
	}
	engineLines := func(grants []Grant) (lines []string) {
		for _, g := range grants {
			if g.Meter == name {
				lines = append(lines, fmt.Sprint(g.No, g.Kind, int64(g.Amount), int64(g.GrantedAt), int64(g.ExpiresAt), int64(g.Left()),
					g.Given, int64(g.Expired), int64(g.TakenBack), int64(g.RetiredAt)))
			}
		}
		return lines
	}
	equal(t, "live grants", name, live, engineLines(p.Book(name).Grants))
	gone := engineLines(p.retired)
	slices.Sort(gone)
	slices.Sort(retired)
	equal(t, "retired grants", name, retired, gone)
}

func perCategory(by map[Category]int64) (s Slices) {
	for c, amount := range by {
		s[c.Index()] = Amount(amount)
	}
	return s
}

func agreeOnSegments(t *rapid.T, p *pair) {
	var model, engine []int64
	for _, s := range p.model.running() {
		model = append(model, s.id)
	}
	for _, s := range p.Running {
		engine = append(engine, s.ID)
	}
	equal(t, "what runs", "hosting", model, engine)
}

func agreeOnLedger(t *rapid.T, p *pair) {
	engine := modelLedger{map[string]int64{}, map[string]int64{}, nil}
	for _, e := range p.ledger {
		engine.add(e)
	}
	equal(t, "folded hosting", "ledger", withoutZero(p.model.book.hosting), withoutZero(engine.hosting))
	equal(t, "draws of hosting", "ledger", withoutZero(p.model.book.draws), withoutZero(engine.draws))
	equal(t, "lines", "ledger", p.model.book.other, engine.other)
}

// add adds an entry of the engine.
func (l *modelLedger) add(e Entry) {
	var draws []modelDraw
	for _, d := range e.Draws {
		draws = append(draws, modelDraw{int(d.Grant), int64(d.Amount)})
	}
	if e.Cause != CauseHosting {
		l.other = append(l.other, otherLine(int64(e.Effective), e.Kind, e.Cause, e.Category, e.CauseID, int64(e.Amount), draws, int64(e.Debt)))
		return
	}
	key := fmt.Sprintf("%s/%d/%d/%d", e.Kind, e.CauseID, e.Minute, e.Cycle)
	l.hosting[key] += int64(e.Amount)
	l.draws[key+"/debt"] += int64(e.Debt)
	for _, d := range draws {
		l.draws[fmt.Sprintf("%s/%d", key, d.grant)] += d.amount
	}
}

func withoutZero(sums map[string]int64) map[string]int64 {
	out := map[string]int64{}
	for key, amount := range sums {
		if amount != 0 {
			out[key] = amount
		}
	}
	return out
}

func agreeOnStatements(t *rapid.T, p *pair) {
	var model, engine []string
	for _, s := range p.statements {
		engine = append(engine, fmt.Sprintf("%s %d %+v", s.Meter, s.Cycle, s.Flows))
	}
	for _, name := range Meters() {
		for _, s := range p.model.meters[name].statements {
			model = append(model, fmt.Sprintf("%s %s", name, s))
		}
	}
	equal(t, "statements", "account", model, engine)
}

// agreeOnPunctual checks that at every whole minute the entries effective by then sum to what a punctual meter would have shown (§3).
func agreeOnPunctual(t *rapid.T, p *pair) {
	for minute, want := range p.model.punctual {
		var sum Amount
		for _, e := range p.ledger {
			if e.Meter == ModelCredits && int64(e.Effective) <= minute {
				sum += e.Amount
			}
		}
		equal(t, "balanceAt", time.Unix(minute, 0).UTC(), want, int64(sum))
	}
}
