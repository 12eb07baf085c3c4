package billing

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// drawActs makes a scenario that starts near a rollover. Acts are often on round seconds, so that they coincide with other events.
func drawActs(t *rapid.T) (from Second, limits Limits, acts []act) {
	from = SecondOf(time.Date(2026, 2, 27, 22, 45, 0, 0, time.UTC)) + Second(rapid.IntRange(0, 4499).Draw(t, "from"))
	limit := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 2_000_000)).Draw(t, "limit")
	limits = Limits{FineTune: MustCredits("0.5"), Low: MustCredits("0.2"), Negative: -Amount(limit)}
	ids := []int64{}
	var jobs []string
	at, prices := from, drawPrices(t, from)
	for i := range rapid.IntRange(1, 24).Draw(t, "acts") {
		at += Second(rapid.OneOf(rapid.IntRange(0, 2), rapid.IntRange(0, 400)).Draw(t, "gap"))
		kind := rapid.SampledFrom([]string{"start", "start", "late start", "pending", "end", "late end", "scale", "grant", "grant", "charge", "charge",
			"use", "use", "host", "job", "refund", "refund", "correct", "correct", "plan", "no plan", "limit"}).Draw(t, "kind")
		if kind == "use" || kind == "host" {
			acts = append(acts, prices.drawAct(t, kind, int64(i+1), at, &ids))
			continue
		}
		acts = append(acts, drawAct(t, kind, int64(i+1), at, &ids, &jobs))
	}
	return from, limits, acts
}

func drawAct(t *rapid.T, kind string, id int64, at Second, ids *[]int64, jobs *[]string) act {
	if len(*ids) == 0 && (kind == "end" || kind == "late end" || kind == "scale") {
		kind = "start"
	}
	if len(*jobs) == 0 && kind == "refund" {
		kind = "job"
	}
	a := act{at: at, name: kind}
	switch kind {
	case "start", "late start", "pending":
		a.both = drawStart(t, kind, id, ids)
	case "end", "late end", "scale":
		a.both = drawEnd(t, kind, id, ids)
	case "grant":
		a.both = drawGrant(t)
	case "charge":
		a.deferred, a.need, a.both = drawCharge(t, id, jobs)
	case "job":
		a.both = drawJob(t, id, jobs)
	case "refund":
		a.both = drawRefund(t, jobs)
	case "correct":
		no, amount := rapid.IntRange(1, 6).Draw(t, "no"), drawAmount(t)
		a.both = func(p *pair) {
			_ = p.Correct(int32(no), amount, "") // ErrCorrection changes nothing
			p.model.correct(no, int64(amount))
		}
	case "plan":
		plan := &Plan{ID: id, Credits: drawAmount(t) * Amount(rapid.IntRange(0, 1).Draw(t, "has credits")), Runs: Amount(rapid.IntRange(0, 900).Draw(t, "plan runs"))}
		a.both = func(p *pair) { p.ChangePlan(plan); p.model.changePlan(plan) }
	case "no plan":
		a.both = func(p *pair) { p.ChangePlan(nil); p.model.changePlan(nil) }
	case "limit":
		limit := drawAmount(t) - 1
		a.both = func(p *pair) { p.Limits.Negative = -limit; p.model.limit = -int64(limit) }
	}
	return a
}

func drawAmount(t *rapid.T) Amount {
	return Amount(rapid.OneOf(rapid.Int64Range(1, 1_500_000), rapid.Int64Range(1, 8_000_000), rapid.SampledFrom([]int64{1, 100_000, 500_000, 1_000_000})).Draw(t, "amount"))
}

func drawStart(t *rapid.T, kind string, id int64, ids *[]int64) func(*pair) {
	category := rapid.SampledFrom([]Category{Models, Guardrails, Scripts}).Draw(t, "category")
	rate := rapid.OneOf(rapid.Int64Range(1, 6_000_000), rapid.SampledFrom([]int64{360_000, 3_600_000})).Draw(t, "rate")
	replicas := rapid.Int64Range(1, 3).Draw(t, "replicas")
	back, lasted := int64(0), int64(0)
	if kind != "start" {
		back = rapid.Int64Range(1, 300).Draw(t, "back")
	}
	if kind == "pending" {
		lasted = rapid.Int64Range(1, back).Draw(t, "lasted") // reported when it had ended already
	} else {
		*ids = append(*ids, id)
	}
	return func(p *pair) {
		start := max(p.model.now-back, p.model.created)
		s := modelSegment{id: id, resource: id % 4, category: category, rate: rate, replicas: replicas, start: start}
		if lasted > 0 {
			s.end = start + lasted
		}
		p.begin(s)
	}
}

// begin begins a segment in both.
func (p *pair) begin(s modelSegment) {
	e := Segment{ID: s.id, DeploymentID: s.id, ResourceID: s.resource, Category: s.category, RatePerHour: Amount(s.rate), Replicas: s.replicas,
		Start: Second(s.start), End: Second(s.end)}
	if s.end == 0 {
		p.StartSegment(e)
	} else {
		p.AddEndedSegment(e)
	}
	p.model.start(s)
}

func drawEnd(t *rapid.T, kind string, id int64, ids *[]int64) func(*pair) {
	which := rapid.SampledFrom(*ids).Draw(t, "which")
	back, replicas := int64(0), rapid.Int64Range(1, 4).Draw(t, "replicas")
	if kind == "late end" {
		back = rapid.OneOf(rapid.Int64Range(1, 300), rapid.Int64Range(1, span)).Draw(t, "back")
	}
	if kind == "scale" {
		*ids = append(*ids, id)
	}
	return func(p *pair) {
		i := slices.IndexFunc(p.model.segments, func(s *modelSegment) bool { return s.id == which })
		if i < 0 {
			return // its start came to nothing
		}
		s := p.model.segments[i]
		running, at := s.end == 0, max(p.model.now-back, s.start)
		if kind == "scale" && !running {
			return
		}
		p.end(s, Second(at))
		if kind == "scale" {
			more := *s
			more.id, more.replicas, more.start, more.end = id, replicas, at, 0
			p.begin(more)
		}
	}
}

// end ends a segment in both. The segment runs, or was stopped by the negative limit.
func (p *pair) end(s *modelSegment, at Second) {
	if s.end == 0 {
		p.EndSegment(s.id, at, p.paid(s.id, at))
	} else {
		e := Segment{ID: s.id, DeploymentID: s.id, ResourceID: s.resource, Category: s.category, RatePerHour: Amount(s.rate), Replicas: s.replicas,
			Start: Second(s.start), End: Second(s.end)}
		p.ShortenSegment(e, at, p.paid(s.id, at))
	}
	p.model.endAt(s.id, int64(at))
}

func drawGrant(t *rapid.T) func(*pair) {
	kind := rapid.SampledFrom([]GrantKind{TopUp, TopUp, AdjustmentGrant, Free}).Draw(t, "grant kind")
	meter := rapid.SampledFrom([]Meter{ModelCredits, ModelCredits, ToolRuns}).Draw(t, "meter")
	amount, term := drawAmount(t), rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 3000)).Draw(t, "term")
	return func(p *pair) {
		expires := Second(0)
		if term > 0 {
			expires = p.At + Second(term)
		}
		if term > 2500 {
			expires = p.CycleEnd // exactly at the close of the cycle
		}
		p.Grant(Grant{Meter: meter, Kind: kind, Amount: amount, ExpiresAt: expires})
		p.model.grant(meter, kind, int64(amount), int64(expires))
	}
}

func drawCharge(t *rapid.T, id int64, jobs *[]string) (deferred bool, need Amount, both func(*pair)) {
	c, amount := rapid.SampledFrom([]Category{Models, Models, Tools}).Draw(t, "charge category"), drawAmount(t)
	if c == Tools {
		amount %= 300
	} else {
		need = amount
	}
	if amount > 0 {
		*jobs = append(*jobs, fmt.Sprint(id))
	}
	return rapid.Bool().Draw(t, "defer"), need, func(p *pair) {
		p.ChargeEvents(c, []Line{{1, amount}}, id)
		if amount > 0 {
			p.deal[fmt.Sprint(id)] = p.Journal.Entries[len(p.Journal.Entries)-1]
		}
		p.model.charge(CauseEvents, id, c, int64(amount))
	}
}

func drawJob(t *rapid.T, id int64, jobs *[]string) func(*pair) {
	amount, key := drawAmount(t), fmt.Sprint(id)
	*jobs = append(*jobs, key)
	return func(p *pair) {
		p.ChargeFineTuning(id, 3, amount)
		p.deal[key] = p.Journal.Entries[len(p.Journal.Entries)-1]
		p.model.charge(CauseFineTuning, id, Models, int64(amount))
	}
}

// drawRefund refunds the price of a job or of events, in part or in full, as often as something is left of it.
func drawRefund(t *rapid.T, jobs *[]string) func(*pair) {
	key := rapid.SampledFrom(*jobs).Draw(t, "job")
	percent := rapid.SampledFrom([]Amount{10, 50, 100}).Draw(t, "percent")
	return func(p *pair) {
		paid := p.deal[key]
		left := p.Remaining(paid, p.back[key])
		if left.Amount == 0 {
			return
		}
		amount := min(max(1, -paid.Amount*percent/100), -left.Amount)
		e := Entry{Category: paid.Category, Cause: paid.Cause, CauseID: paid.CauseID, ResourceID: paid.ResourceID, Minute: paid.Minute}
		p.Refund(e, amount, []Entry{left})
		p.back[key] = append(p.back[key], p.Journal.Entries[len(p.Journal.Entries)-1])
		p.model.refundCharge(paid.Cause, paid.CauseID, paid.Category, int64(amount))
	}
}
