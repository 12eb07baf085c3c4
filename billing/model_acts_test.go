package billing

import (
	"fmt"
	"slices"
)

// This file holds the changes of a model's account: the other half of model_test.go.

func (m *model) expire(x *modelMeter) {
	free, any := false, false
	for _, g := range inDrawOrder(x.grants) {
		if g.retiredSince == 0 && g.expires != 0 && g.expires <= m.now && g.left > 0 {
			m.lose(x, g)
			free, any = free || g.kind == Free, true
		}
	}
	if any {
		x.noteEnd(free)
	}
}

// inDrawOrder sorts by the draw-down order. Grants that tie stay in the order of arrival.
func inDrawOrder(grants []*modelGrant) []*modelGrant {
	out := slices.Clone(grants)
	slices.SortStableFunc(out, func(a, b *modelGrant) int {
		switch {
		case a.before(b):
			return -1
		case b.before(a):
			return 1
		}
		return 0
	})
	return out
}

// lose expires what a grant has left, out of allocation and remaining alike (§2).
func (m *model) lose(x *modelMeter, g *modelGrant) {
	lost := g.left
	g.left, g.expired = 0, g.expired+lost
	x.flows.Expired += Amount(lost)
	m.note(EntryExpiry, CauseExpiry, "", int64(g.no), -lost, nil, 0)
}

// rollOver closes the statements, moves debt into the next cycle and grants what the plan allots (§3).
func (m *model) rollOver() {
	debts := map[Meter]int64{}
	for _, name := range Meters() {
		x := m.meters[name]
		debts[name] = max(0, -x.balance())
		m.adjust(x, debts[name])
		x.statements = append(x.statements, fmt.Sprintf("%d %+v", m.cycle, x.flows))
		x.flows = Flows{Opening: closing(x.flows)}
	}
	m.cycle++
	m.cycleBegin = m.cycleEnd
	m.cycleEnd = m.cycleStart(m.cycle + 1)
	for _, name := range Meters() {
		m.adjust(m.meters[name], -debts[name])
	}
	if m.next != nil || m.planEnds {
		m.plan, m.next, m.planEnds = m.next, nil, false
	}
	m.grantPlan()
}

func closing(f Flows) Amount {
	return f.Opening + f.Granted - f.Charged + f.Refunded - f.Expired + f.Adjusted
}

func (m *model) adjust(x *modelMeter, amount int64) {
	if amount != 0 {
		x.flows.Adjusted += Amount(amount)
		closed := m.cycle
		if amount < 0 {
			closed--
		}
		m.note(EntryAdjustment, CauseCycle, "", int64(closed), amount, nil, 0)
	}
}

func (m *model) grantPlan() {
	if m.plan == nil {
		return
	}
	for _, name := range Meters() {
		amount := int64(m.plan.Credits)
		if name == ToolRuns {
			amount = int64(m.plan.Runs)
		}
		for _, g := range m.meters[name].grants { // retired ones too
			if g.kind == PlanGrant && g.granted >= m.cycleBegin {
				amount -= g.amount
			}
		}
		if amount > 0 {
			m.grant(name, PlanGrant, amount, m.cycleEnd)
		}
	}
}

// changePlan changes the plan: more of either meter takes effect at once, by the difference, and anything else at the rollover (§3).
func (m *model) changePlan(p *Plan) {
	m.next, m.planEnds = nil, false
	if p == nil {
		m.planEnds = m.plan != nil
		return
	}
	if m.plan != nil && p.Credits <= m.plan.Credits && p.Runs <= m.plan.Runs {
		m.next = p
		return
	}
	m.plan = p
	m.grantPlan()
}

// grant adds a grant: it repays debt, oldest first; a TOP_UP or PLAN grant that leaves something retires the finished ones (§2).
func (m *model) grant(name Meter, kind GrantKind, amount, expires int64) {
	x := m.meters[name]
	g := m.newGrant(kind, amount, expires)
	paid := x.repay(g.left, "")
	debt := sumDebt(paid)
	for _, d := range paid {
		g.left -= d.amount
		g.gave[d.category] += d.amount
		g.repaid[d.category] += d.amount
	}
	x.grants = append(x.grants, g)
	x.ended = false
	x.noteEnd(false)
	m.above = m.above || m.meters[ModelCredits].balance() > m.limit
	var draws []modelDraw
	if debt > 0 {
		draws = []modelDraw{{g.no, debt}}
	}
	if kind == AdjustmentGrant {
		x.flows.Adjusted += Amount(amount)
		m.note(EntryAdjustment, CauseCorrection, "", int64(g.no), amount, draws, debt)
	} else {
		x.flows.Granted += Amount(amount)
		m.note(EntryGrant, CauseGrant, "", int64(g.no), amount, draws, debt)
	}
	if (kind == TopUp || kind == PlanGrant) && x.balance() > 0 {
		for _, h := range x.grants {
			if h.left == 0 && h.retiredSince == 0 {
				h.retiredSince = m.now
			}
		}
	}
}

func (m *model) newGrant(kind GrantKind, amount, expires int64) *modelGrant {
	m.grants++
	return &modelGrant{no: m.grants, kind: kind, amount: amount, left: amount, granted: m.now, expires: expires,
		gave: map[Category]int64{}, repaid: map[Category]int64{}}
}

// charge draws at the second of posting, whatever time the usage carries (§3).
func (m *model) charge(cause Cause, id int64, c Category, amount int64) {
	if amount == 0 {
		return
	}
	key := fmt.Sprintf("%s %d", cause, id)
	ch := &modelCharge{}
	m.charges[key] = ch
	debt := m.draw(c, amount, ch, "")
	m.meters[c.Meter()].flows.Charged += Amount(amount)
	m.note(EntryCharge, cause, c, id, -amount, ch.draws, debt)
}

// start begins hosting. Seconds that have passed are drawn now (§6).
func (m *model) start(s modelSegment) {
	m.segments = append(m.segments, &s)
	for t := max(s.start, m.from); t < m.now && (s.end == 0 || t < s.end); t++ {
		m.chargeHosting(&s, t)
	}
}

// endAt ends hosting at a second that may have passed, or that lies before a stop. What was posted beyond it is refunded in its own
// minutes, latest first (§6).
func (m *model) endAt(id, at int64) {
	for _, s := range m.segments {
		if s.id != id {
			continue
		}
		posted := m.now
		if s.end != 0 {
			posted = s.end
		}
		s.end = min(max(at, s.start), posted)
		for minute := posted - posted%60; minute >= s.end-59; minute -= 60 {
			amount := int64(0)
			for t := max(minute, s.end, m.from); t < min(minute+60, posted); t++ {
				amount += s.cost(t)
			}
			m.refundHosting(s, minute, amount)
		}
	}
}

func (m *model) refundHosting(s *modelSegment, minute, amount int64) {
	if amount == 0 {
		return
	}
	key := fmt.Sprintf("%d/%d", s.id, minute)
	line := fmt.Sprintf("REFUND/%s/%d", key, m.cycle)
	draws, debt := m.refund(s.category, amount, m.charges[key])
	m.book.hosting[line] += amount
	m.book.draws[line+"/debt"] += debt
	for _, d := range draws {
		m.book.draws[fmt.Sprintf("%s/%d", line, d.grant)] += d.amount
	}
}

func (m *model) refundCharge(cause Cause, id int64, c Category, amount int64) {
	ch := m.charges[fmt.Sprintf("%s %d", cause, id)]
	draws, debt := m.refund(c, amount, m.remaining(c, ch))
	ch.gone += amount
	for _, d := range draws {
		paid := int64(0)
		for _, p := range ch.draws {
			if p.grant == d.grant {
				paid += p.amount
			}
		}
		if ch.back == nil {
			ch.back = map[int]int64{}
		}
		ch.back[d.grant] = min(paid, ch.back[d.grant]+d.amount)
	}
	m.note(EntryRefund, cause, c, id, amount, draws, debt)
}

// remaining returns a charge without what was refunded of it before. A grant that got something back no longer paid that. The rest went to
// debt, or into grants made for it: it is deducted from the debt, then from grants that cannot take anything back, then from what was drawn
// last.
func (m *model) remaining(c Category, ch *modelCharge) *modelCharge {
	left := &modelCharge{draws: slices.Clone(ch.draws), debt: ch.debt}
	rest, back := ch.gone, map[int]int64{}
	for grant, amount := range ch.back {
		rest -= amount
		back[grant] = amount
	}
	take := func(from *int64, most int64) int64 {
		part := min(*from, most)
		*from -= part
		return part
	}
	for i := range slices.Backward(left.draws) {
		d := &left.draws[i]
		back[d.grant] -= take(&d.amount, back[d.grant])
	}
	rest -= take(&left.debt, rest)
	for _, gone := range []bool{true, false} {
		for i := range slices.Backward(left.draws) {
			d := &left.draws[i]
			g := m.meters[c.Meter()].byNo(d.grant)
			if isGone := g.retiredSince != 0 || g.expires != 0 && g.expires <= m.now; isGone == gone {
				rest -= take(&d.amount, rest)
			}
		}
	}
	return left
}

// refund first pays off debt, of its own category first; then it refills the live, unexpired grants that paid, last drawn first; the rest
// becomes an ADJUSTMENT grant for 90 days, one for the whole act (§2). Debt is drawn after all grants, so a grant that repaid it was drawn
// last.
func (m *model) refund(c Category, amount int64, ch *modelCharge) (back []modelDraw, debt int64) {
	x := m.meters[c.Meter()]
	x.flows.Refunded += Amount(amount)
	own := sumDebt(x.repay(amount, c))
	payers := x.payers(c, ch, ch.debt-own)
	debt = own
	for _, d := range x.repay(amount-own, "") {
		debt += d.amount
		payers = x.shift(payers, c, d.category, d.amount)
	}
	rest := amount - debt
	for _, p := range payers {
		g := x.byNo(p.grant)
		part := min(rest, p.amount, g.gave[c])
		if part > 0 && (g.expires == 0 || g.expires > m.now) {
			g.gave[c] -= part
			g.left += part
			g.repaid[c] = min(g.repaid[c], g.gave[c])
			rest -= part
			back = append(back, modelDraw{g.no, part})
		}
	}
	if rest > 0 {
		g := m.refundGrants[x.name]
		if g == nil || g.retiredSince != 0 {
			g = m.newGrant(AdjustmentGrant, 0, m.now+90*24*3600)
			x.grants = append(x.grants, g)
			m.refundGrants[x.name] = g
		}
		g.amount += rest
		g.left += rest
		back = append(back, modelDraw{g.no, rest})
	}
	x.noteEnd(false)
	return back, debt
}

// payers lists live grants, last drawn first: those that repaid debt of the charge, then those that paid at once.
func (x *modelMeter) payers(c Category, ch *modelCharge, repaid int64) []modelDraw {
	var out []modelDraw
	for _, g := range slices.Backward(x.grants) {
		if part := min(repaid, g.repaid[c]); part > 0 && g.retiredSince == 0 {
			out = append(out, modelDraw{g.no, part})
			repaid -= part
		}
	}
	for _, d := range slices.Backward(ch.draws) {
		if x.byNo(d.grant).retiredSince == 0 {
			out = append(out, d)
		}
	}
	return out
}

func (x *modelMeter) byNo(no int) *modelGrant {
	for _, g := range x.grants {
		if g.no == no {
			return g
		}
	}
	return nil
}

// shift moves what the payers gave from one category to another whose debt the refund paid.
func (x *modelMeter) shift(payers []modelDraw, from, to Category, amount int64) []modelDraw {
	var rest []modelDraw
	for _, p := range payers {
		g := x.byNo(p.grant)
		part := min(amount, p.amount, g.gave[from])
		g.gave[from] -= part
		g.gave[to] += part
		g.repaid[to] += part
		g.repaid[from] = min(g.repaid[from], g.gave[from])
		amount -= part
		rest = append(rest, modelDraw{p.grant, p.amount - part})
	}
	return rest
}

// correct lowers what a live grant is worth, never what is used. What it had paid beyond that is drawn again from the others (§2).
func (m *model) correct(no int, amount int64) {
	for _, name := range Meters() {
		x := m.meters[name]
		g := x.byNo(no)
		if g == nil || g.retiredSince != 0 || amount > g.amount-g.expired-g.takenBack {
			continue
		}
		g.takenBack += amount
		unused := min(g.left, amount)
		g.left -= unused
		x.noteEnd(false)
		beyond, moved := amount-unused, &modelCharge{}
		taken := map[Category]int64{}
		for _, c := range []Category{Tools, Scripts, Guardrails, Models} {
			taken[c] = min(beyond, g.gave[c])
			g.gave[c] -= taken[c]
			g.repaid[c] = min(g.repaid[c], g.gave[c])
			beyond -= taken[c]
		}
		for _, c := range []Category{Tools, Scripts, Guardrails, Models} {
			m.draw(c, taken[c], moved, "")
		}
		x.flows.Adjusted -= Amount(amount)
		m.note(EntryAdjustment, CauseCorrection, "", int64(no), -amount, moved.draws, moved.debt)
	}
}

// note writes a line of the ledger other than hosting.
func (m *model) note(kind EntryKind, cause Cause, c Category, id, amount int64, draws []modelDraw, debt int64) {
	m.book.other = append(m.book.other, otherLine(m.now, kind, cause, c, id, amount, draws, debt))
}

func otherLine(at int64, kind EntryKind, cause Cause, c Category, id, amount int64, draws []modelDraw, debt int64) string {
	sum := map[int]int64{}
	for _, d := range draws {
		sum[d.grant] += d.amount
	}
	return fmt.Sprintf("%d %s %s %s %d %d %v %d", at, kind, cause, c, id, amount, sum, debt)
}
