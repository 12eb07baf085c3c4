package billing

import (
	"fmt"
	"math/big"
	"slices"
	"sort"
	"time"
)

// The model is a second opinion on the engine: the text of rules.md §§2, 3, 5 and 6 written as plainly as possible, second by second, in
// loops that sum everything again. It shares no method with the engine, only the names of kinds and meters. If it and the engine differ,
// one of them contradicts the rules.
type model struct {
	now      int64 // every second before it is charged, and what falls due at it is done
	created  int64
	from     int64 // booksFrom
	limit    int64
	cycle    int
	cycleEnd int64
	// PLAN grants of the running cycle came at cycleBegin or later.
	cycleBegin int64
	plan       *Plan
	next       *Plan
	planEnds   bool
	meters     map[Meter]*modelMeter
	segments   []*modelSegment
	charges    map[string]*modelCharge
	stops      []int64
	above      bool // the balance was above the limit when last something was posted
	grants     int
	punctual   map[int64]int64 // credits at whole minutes
	// refundGrants are the grants for what the current act could not give back to live grants, by meter.
	refundGrants map[Meter]*modelGrant
	book         modelLedger
}

type modelMeter struct {
	name        Meter
	grants      []*modelGrant
	debt        []modelDebt
	freeExpired bool
	ended       bool // something was granted, and all of it ended
	flows       Flows
	statements  []string
}

type modelGrant struct {
	no                               int
	kind                             GrantKind
	amount, left                     int64
	granted, expires                 int64 // expires 0: never
	gave, repaid                     map[Category]int64
	expired, takenBack, retiredSince int64
}

type modelDebt struct {
	minute   int64
	category Category
	amount   int64
}

type modelSegment struct {
	id, resource   int64
	category       Category
	rate, replicas int64
	start, end     int64 // end 0: running
}

// modelCharge records which grants paid what of a batch of events, a job, or a minute of a segment.
type modelCharge struct {
	draws []modelDraw
	debt  int64
	gone  int64         // what earlier refunds gave back of it …
	back  map[int]int64 // … to whom, as far as grants got it that had paid
}

type modelDraw struct {
	grant  int
	amount int64
}

// modelLedger is the ledger folded by segment and minute, like `folded` in the engine's tests.
type modelLedger struct {
	hosting map[string]int64
	draws   map[string]int64
	other   []string
}

func newModel(created, now, limit int64) *model {
	m := &model{now: now, created: created, limit: limit, above: 0 > limit, cycle: 1, meters: map[Meter]*modelMeter{},
		charges: map[string]*modelCharge{}, punctual: map[int64]int64{}, refundGrants: map[Meter]*modelGrant{}, book: modelLedger{map[string]int64{}, map[string]int64{}, nil}}
	for _, name := range Meters() {
		m.meters[name] = &modelMeter{name: name}
	}
	m.cycleEnd = m.cycleStart(2)
	return m
}

// cycleStart returns 00:00 UTC on the day of creation, clamped to the month's end (§3).
func (m *model) cycleStart(n int) int64 {
	c := time.Unix(m.created, 0).UTC()
	for day := c.Day(); ; day-- {
		t := time.Date(c.Year(), c.Month()+time.Month(n-1), day, 0, 0, 0, 0, time.UTC)
		if t.Day() == day {
			return t.Unix()
		}
	}
}

func (x *modelMeter) balance() int64 {
	sum := int64(0)
	for _, g := range x.grants {
		if g.retiredSince == 0 {
			sum += g.left
		}
	}
	for _, d := range x.debt {
		sum -= d.amount
	}
	return sum
}

func (x *modelMeter) allocation() int64 {
	sum := int64(0)
	for _, g := range x.grants {
		if g.retiredSince == 0 {
			sum += g.amount - g.expired - g.takenBack
		}
	}
	return sum
}

func (x *modelMeter) used(c Category) int64 {
	sum := x.owed(c)
	for _, g := range x.grants {
		if g.retiredSince == 0 {
			sum += g.gave[c]
		}
	}
	return sum
}

func (x *modelMeter) owed(c Category) int64 {
	sum := int64(0)
	for _, d := range x.debt {
		if d.category == c {
			sum += d.amount
		}
	}
	return sum
}

// first returns the grant to draw from: earliest expiry (never is last), then FREE before paid, then oldest (§2).
func (x *modelMeter) first() *modelGrant {
	var best *modelGrant
	for _, g := range x.grants { // in the order of their arrival
		if g.left == 0 || g.retiredSince != 0 {
			continue
		}
		if best == nil || g.before(best) {
			best = g
		}
	}
	return best
}

func (g *modelGrant) before(h *modelGrant) bool {
	never := int64(1) << 60
	ge, he := g.expires, h.expires
	if ge == 0 {
		ge = never
	}
	if he == 0 {
		he = never
	}
	if ge != he {
		return ge < he
	}
	return g.kind == Free && h.kind != Free
}

// noteEnd notices when the last grant ends; free reports whether a FREE grant has just ended by expiry.
func (x *modelMeter) noteEnd(free bool) {
	over := x.first() == nil
	if over && !x.ended {
		x.freeExpired = free
	}
	if !over {
		x.freeExpired = false
	}
	x.ended = over
}

// draw takes amount from the grants in their order; what is left becomes debt (§2). line is the ledger's line of hosting that the draws
// belong to, or "".
func (m *model) draw(c Category, amount int64, into *modelCharge, line string) (debt int64) {
	x := m.meters[c.Meter()]
	for amount > 0 {
		g := x.first()
		if g == nil {
			x.owe(m.now-m.now%60, c, amount)
			into.debt += amount
			m.book.note(line, "/debt", amount)
			return amount
		}
		part := min(amount, g.left)
		g.left -= part
		g.gave[c] += part
		into.draws = append(into.draws, modelDraw{g.no, part})
		m.book.note(line, fmt.Sprintf("/%d", g.no), part)
		amount -= part
		x.noteEnd(false)
	}
	return 0
}

func (l *modelLedger) note(line, of string, amount int64) {
	if line != "" {
		l.draws[line+of] += amount
	}
}

func (x *modelMeter) owe(minute int64, c Category, amount int64) {
	x.debt = append(x.debt, modelDebt{minute, c, amount})
	sort.SliceStable(x.debt, func(i, j int) bool {
		a, b := x.debt[i], x.debt[j]
		return a.minute < b.minute || a.minute == b.minute && a.category.Index() < b.category.Index()
	})
	var merged []modelDebt
	for _, d := range x.debt {
		if n := len(merged); n > 0 && merged[n-1].minute == d.minute && merged[n-1].category == d.category {
			merged[n-1].amount += d.amount
			continue
		}
		merged = append(merged, d)
	}
	x.debt = merged
}

// repay pays off up to amount of the debt, oldest first, of one category or (with "") of all, and returns what it paid.
func (x *modelMeter) repay(amount int64, only Category) (paid []modelDebt) {
	for i := range x.debt {
		d := &x.debt[i]
		if part := min(amount, d.amount); part > 0 && (only == "" || d.category == only) {
			d.amount -= part
			amount -= part
			paid = append(paid, modelDebt{d.minute, d.category, part})
		}
	}
	x.debt = slices.DeleteFunc(x.debt, func(d modelDebt) bool { return d.amount == 0 })
	return paid
}

func sumDebt(runs []modelDebt) int64 {
	sum := int64(0)
	for _, d := range runs {
		sum += d.amount
	}
	return sum
}

// costUpTo returns round_half_up(rate × replica-seconds / 3600) (§6).
func (s *modelSegment) costUpTo(t int64) int64 {
	if t <= s.start {
		return 0
	}
	n := new(big.Int).Mul(big.NewInt(s.rate), big.NewInt(s.replicas*(t-s.start)))
	n.Mul(n, big.NewInt(2)).Add(n, big.NewInt(3600))
	return n.Div(n, big.NewInt(7200)).Int64()
}

func (s *modelSegment) cost(second int64) int64 { return s.costUpTo(second+1) - s.costUpTo(second) }

// reach brings the account up to a second (§3).
func (m *model) reach(t int64) {
	for m.now < t {
		m.second()
	}
}

// second lets one second pass. A stop may end it; then follows what falls due at the new instant.
func (m *model) second() {
	m.chargeSecond()
	if m.atLimit() {
		m.stop()
	}
	m.due()
}

func (m *model) chargeSecond() {
	if m.now%60 == 0 {
		m.punctual[m.now] = m.meters[ModelCredits].balance()
	}
	for _, s := range m.running() {
		m.chargeHosting(s, m.now)
	}
	m.now++
}

func (m *model) chargeHosting(s *modelSegment, second int64) {
	minute := second - second%60
	key := fmt.Sprintf("%d/%d", s.id, minute)
	if m.charges[key] == nil {
		m.charges[key] = &modelCharge{}
	}
	line := fmt.Sprintf("CHARGE/%s/%d", key, m.cycle)
	cost := s.cost(second)
	m.draw(s.category, cost, m.charges[key], line)
	m.book.hosting[line] -= cost
	m.meters[ModelCredits].flows.Charged += Amount(cost)
}

// running lists running segments: models, guardrails, scripts, then by resource id (§3), then by segment.
func (m *model) running() []*modelSegment {
	var out []*modelSegment
	for _, s := range m.segments {
		if s.end == 0 {
			out = append(out, s)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if a.category != b.category {
			return a.category.Index() < b.category.Index()
		}
		if a.resource != b.resource {
			return a.resource < b.resource
		}
		return a.id < b.id
	})
	return out
}

func (m *model) atLimit() bool {
	return len(m.running()) > 0 && m.meters[ModelCredits].balance() <= m.limit
}

func (m *model) stop() {
	for _, s := range m.running() {
		s.end = m.now
	}
	m.stops = append(m.stops, m.now)
	m.above = false
}

// due does what falls due at the instant itself: expiry, then close of cycle and plan grant (§3).
func (m *model) due() {
	for _, name := range Meters() {
		m.expire(m.meters[name])
	}
	if m.now == m.cycleEnd {
		m.rollOver()
	}
	m.posted()
}

// posted follows every posting: at the limit, hosting ends with this very second, which is charged, and what is pending fails too, even if
// nothing runs (§5).
func (m *model) posted() {
	if over := m.meters[ModelCredits].balance() > m.limit; over || len(m.running()) == 0 {
		if m.above && !over {
			m.stop()
		}
		m.above = over
		return
	}
	if m.atLimit() {
		m.chargeSecond()
		m.stop()
		m.due()
	}
}
