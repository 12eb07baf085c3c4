package billing

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// op is something that a transaction does to an account at a second.
type op struct {
	at   Second
	name string
	do   func(*books)
}

// books is an account with its whole ledger, as the database would keep it.
type books struct {
	*Account
	ledger     []Entry
	stops      []Stop
	retired    []Grant
	statements []Statement
	debtRuns   []DebtRun
	debt       map[DebtRun]Amount // as the database would add it up: by meter, minute and category
}

func (b *books) commit() {
	b.StopAtLimit()
	b.ledger = append(b.ledger, b.Journal.Entries...)
	b.stops = append(b.stops, b.Journal.Stops...)
	b.retired = append(b.retired, b.Journal.Retired...)
	b.statements = append(b.statements, b.Journal.Statements...)
	b.debtRuns = append(b.debtRuns, b.Journal.Debt...)
	for _, run := range b.Journal.Debt {
		key := run
		key.Amount = 0
		if b.debt == nil {
			b.debt = map[DebtRun]Amount{}
		}
		b.debt[key] += run.Amount
	}
	b.Journal = Journal{}
}

// paid returns the posted charges of a segment, from a minute on.
func (b *books) paid(segment int64, from Second) []Entry {
	var out []Entry
	for _, e := range b.ledger {
		if e.Cause == CauseHosting && e.CauseID == segment && e.Kind == EntryCharge && e.Minute >= from.Minute() {
			out = append(out, e)
		}
	}
	return out
}

var birth = SecondOf(time.Date(2026, 1, 31, 22, 15, 20, 0, time.UTC))

func newBooks(from Second, t Limits) *books {
	b := &books{Account: NewAccount(1, birth, 0, t)}
	b.Grant(Grant{Meter: ModelCredits, Kind: Free, Amount: MustCredits("1"), ExpiresAt: from + 4000})
	b.Grant(Grant{Meter: ToolRuns, Kind: Free, Amount: 500, ExpiresAt: from + 2500})
	b.commit()
	b.BringUp(from)
	b.commit()
	return b
}

// run executes ops, with ticks between them, and ends at until.
func run(b *books, ops []op, ticks []Second, until Second) {
	type step struct {
		at Second
		op *op
	}
	var steps []step
	for i := range ops {
		steps = append(steps, step{ops[i].at, &ops[i]})
	}
	for _, t := range ticks {
		steps = append(steps, step{at: t})
	}
	steps = append(steps, step{at: until})
	slices.SortStableFunc(steps, func(x, y step) int {
		return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(boolInt(x.op == nil), boolInt(y.op == nil)))
	})
	for _, s := range steps {
		b.BringUp(s.at)
		if s.op != nil {
			s.op.do(b)
		}
		b.commit()
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// folded is a ledger in which the hosting charges of a segment and minute are added up.
type folded struct {
	Hosting map[string]Amount
	Draws   map[string]Amount
	Other   []string
}

func fold(ledger []Entry) folded {
	f := folded{map[string]Amount{}, map[string]Amount{}, nil}
	for _, e := range ledger {
		if e.Cause != CauseHosting {
			f.Other = append(f.Other, fmt.Sprintf("%d %s %s %s %d %d %v %d", e.Effective, e.Kind, e.Cause, e.Category, e.CauseID, e.Amount, e.Draws, e.Debt))
			continue
		}
		key := fmt.Sprintf("%s/%d/%d/%d", e.Kind, e.CauseID, e.Minute, e.Cycle)
		f.Hosting[key] += e.Amount
		f.Draws[key+"/debt"] += e.Debt
		for _, d := range e.Draws {
			f.Draws[fmt.Sprintf("%s/%d", key, d.Grant)] += d.Amount
		}
	}
	return f
}

// checkInvariants asserts what must hold after every transaction.
func checkInvariants(t interface{ Fatalf(string, ...any) }, b *books) {
	ledger := map[Meter]Amount{}
	for i, e := range b.ledger {
		ledger[e.Meter] += e.Amount
		if e.No != int64(i+1) || e.Amount == 0 || e.BalanceAfter != ledger[e.Meter] || e.Posted < e.Effective-1 {
			t.Fatalf("entry %d is %+v, after which the balance is %d", i+1, e, ledger[e.Meter])
		}
	}
	if slices.ContainsFunc(b.debtRuns, func(d DebtRun) bool { return d.Amount == 0 }) {
		t.Fatalf("a change of debt by nothing: %v", b.debtRuns)
	}
	for _, m := range Meters() {
		book := b.Book(m)
		if book.Allocation()-book.Used() != book.Balance() || book.Balance() != ledger[m] || book.Flows.Closing() != book.Balance() {
			t.Fatalf("%s: allocation %d − used %d, balance %d, ledger %d, flows %d", m, book.Allocation(), book.Used(), book.Balance(), ledger[m], book.Flows.Closing())
		}
		if book.Slices().Sum() != book.Used() {
			t.Fatalf("%s: slices do not sum to used", m)
		}
		checkGrants(t, b, book)
	}
}

func checkGrants(t interface{ Fatalf(string, ...any) }, b *books, book *Book) {
	var queue Slices
	for key, amount := range b.debt {
		if key.Meter == book.Meter && amount != 0 && !slices.Contains(book.Queue, DebtRun{key.Meter, key.Minute, key.Category, amount}) {
			t.Fatalf("%s: the journal leaves %d owed since %d, the queue does not: %v", key.Category, amount, key.Minute, book.Queue)
		}
	}
	for _, d := range book.Queue {
		key := d
		key.Amount = 0
		if b.debt[key] != d.Amount {
			t.Fatalf("%s: the queue has %d owed since %d, the journal leaves %d", d.Category, d.Amount, d.Minute, b.debt[key])
		}
		queue[d.Category.Index()] += d.Amount
	}
	if queue != book.Debt {
		t.Fatalf("debt %v, queue %v", book.Debt, queue)
	}
	for i := range book.Grants {
		g := &book.Grants[i]
		if g.Left() < 0 || g.Left() > g.Amount || g.Expired < 0 || g.TakenBack < 0 || g.Given.Sum() > g.Counts() {
			t.Fatalf("grant out of bounds: %+v", *g)
		}
		for c := range g.Given {
			if g.Given[c] < 0 || g.Repaid[c] < 0 || g.Repaid[c] > g.Given[c] {
				t.Fatalf("grant slices out of bounds: %+v", *g)
			}
		}
		if g.Left() > 0 && g.expiredBy(b.At) {
			t.Fatalf("expired grant still usable: %+v at %d", *g, b.At)
		}
		if i > 0 && !book.Grants[i-1].drawsBefore(g) {
			t.Fatalf("grants out of order")
		}
	}
}

const span = 3 * 3600

// drawScenario makes a start near a rollover, limits, and ops within span seconds.
func drawScenario(t *rapid.T, kinds []string) (from Second, limits Limits, ops []op) {
	from = SecondOf(time.Date(2026, 2, 27, 22, 30, 0, 0, time.UTC)) + Second(rapid.IntRange(0, 3600).Draw(t, "from")) // the rollover is at 28 Feb 00:00
	limits = Limits{FineTune: MustCredits("0.5"), Low: MustCredits("0.2"), Negative: -Amount(rapid.Int64Range(0, 3_000_000).Draw(t, "limit"))}
	n := rapid.IntRange(1, 14).Draw(t, "ops")
	ids := []int64{}
	for i := range n {
		at := from + Second(rapid.IntRange(0, span).Draw(t, "at"))
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		if len(ids) == 0 && (kind == "end" || kind == "late end") {
			kind = "start"
		}
		o := drawOp(t, kind, int64(i+1), from, at, &ids)
		ops = append(ops, o)
	}
	slices.SortStableFunc(ops, func(x, y op) int { return cmp.Compare(x.at, y.at) })
	return from, limits, ops
}

func drawOp(t *rapid.T, kind string, id int64, from, at Second, ids *[]int64) op {
	amount := Amount(rapid.Int64Range(1, 1_500_000).Draw(t, "amount"))
	o := op{at: at, name: kind}
	switch kind {
	case "start", "late start":
		category := rapid.SampledFrom([]Category{Models, Guardrails, Scripts}).Draw(t, "category")
		s := Segment{ID: id, DeploymentID: id, ResourceID: id % 4, Category: category,
			RatePerHour: Amount(rapid.Int64Range(1, 6_000_000).Draw(t, "rate")), Replicas: rapid.Int64Range(1, 3).Draw(t, "replicas")}
		back := Second(0)
		if kind == "late start" {
			back = Second(rapid.IntRange(0, 300).Draw(t, "back"))
		}
		*ids = append(*ids, id)
		o.do = func(b *books) { s := s; s.Start = max(b.At-back, birth); b.StartSegment(s) }
	case "end", "late end":
		which := rapid.SampledFrom(*ids).Draw(t, "which")
		back := Second(0)
		if kind == "late end" {
			back = Second(rapid.IntRange(0, 300).Draw(t, "back"))
		}
		o.do = func(b *books) {
			i := slices.IndexFunc(b.Running, func(s Segment) bool { return s.ID == which })
			if i >= 0 {
				end := max(b.Running[i].Start, b.At-back)
				b.EndSegment(which, end, b.paid(which, end))
			}
		}
	case "grant":
		k := rapid.SampledFrom([]GrantKind{TopUp, AdjustmentGrant}).Draw(t, "grant kind")
		m := rapid.SampledFrom(Meters()).Draw(t, "meter")
		term := Second(rapid.IntRange(0, 5000).Draw(t, "term"))
		o.do = func(b *books) {
			g := Grant{Meter: m, Kind: k, Amount: amount}
			if term > 0 {
				g.ExpiresAt = b.At + term
			}
			b.Grant(g)
		}
	case "charge":
		c := rapid.SampledFrom([]Category{Models, Models, Tools}).Draw(t, "charge category")
		o.do = func(b *books) {
			if c == Tools {
				b.ChargeEvents(c, []Line{{1, amount % 300}}, id)
				return
			}
			b.ChargeEvents(c, []Line{{1, amount}}, id)
		}
	case "correct":
		no := int32(rapid.IntRange(1, 6).Draw(t, "grant no"))
		o.do = func(b *books) { _ = b.Correct(no, amount, "") } // ErrCorrection changes nothing
	case "plan":
		p := Plan{ID: id, Credits: amount, Runs: amount % 1000}
		o.do = func(b *books) { b.ChangePlan(&p) }
	case "limit":
		o.do = func(b *books) { b.Limits.Negative = -amount }
	}
	return o
}

// Every schedule of ticks gives the same ledger, balance, slices and stop second (issue: tick invariance).
func TestTickInvariance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from, limits, ops := drawScenario(t, []string{"start", "start", "late start", "end", "late end", "grant", "charge", "charge", "correct", "plan", "limit"})
		until := from + span + 600
		want := newBooks(from, limits)
		run(want, ops, nil, until)
		checkInvariants(t, want)
		for _, every := range []Second{1, 60, 3600, 0} {
			got := newBooks(from, limits)
			run(got, ops, drawTicks(t, from, until, every), until)
			checkInvariants(t, got)
			same(t, fmt.Sprintf("ticks every %d s", every), want, got)
		}
	})
}

func drawTicks(t *rapid.T, from, until, every Second) []Second {
	var ticks []Second
	if every == 0 {
		for range rapid.IntRange(1, 40).Draw(t, "ticks") {
			ticks = append(ticks, from+Second(rapid.Int64Range(0, int64(until-from)).Draw(t, "tick")))
		}
		return ticks
	}
	for s := from; s < until; s += every {
		ticks = append(ticks, s)
	}
	return ticks
}

func same(t *rapid.T, what string, want, got *books) {
	if w, g := fold(want.ledger), fold(got.ledger); !reflect.DeepEqual(w, g) {
		t.Fatalf("%s: ledgers differ\n%v\n%v", what, w, g)
	}
	for _, m := range Meters() {
		w, g := want.Book(m), got.Book(m)
		if w.Balance() != g.Balance() || w.Slices() != g.Slices() || !reflect.DeepEqual(w.Grants, g.Grants) || w.FreeExpired != g.FreeExpired || w.Flows != g.Flows {
			t.Fatalf("%s: %s differs\n%+v\n%+v", what, m, w, g)
		}
	}
	if w, g := stopSeconds(want), stopSeconds(got); !slices.Equal(w, g) {
		t.Fatalf("%s: stops at %v, want %v", what, g, w)
	}
}

func stopSeconds(b *books) []Second {
	var out []Second
	for _, s := range b.stops {
		out = append(out, s.At)
	}
	return out
}
