package billing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// yearHeader explains how to check the tables by hand.
const yearHeader = `# A year of an account, 2026-01-15 10:00:00 to 2027-01-15 00:00:01, as the engine keeps its books.
# Written by: go test ./billing -run TestYear -update. The story is in billing/year_test.go. Times are UTC, limits the defaults (negative limit -25).
#
# How to check it by hand
# 1. Ledger: every line's balance is the balance of the line above it plus its amount. Hosting is folded by segment and day and stands at the
#    end of its day; "N s at R" costs N × R / 3600, where N counts replica-seconds of that day (two replicas for one second are 2 s).
#    Rounding is half-up over all seconds of a segment, so a single day may differ by one in the last place, their sum never.
# 2. Statements: closing = opening + granted - charged + refunded - expired + adjusted; the next opening = this closing. Each column is
#    the sum of the ledger's amounts of that kind with that cycle number. Debt d at the close is adjusted +d in the old cycle and -d in the new.
# 3. Grants: amount = models + guardrails + scripts + runs + expired + taken back + left. Credits are drawn in the order: earliest expiry, FREE first, oldest.
# 4. Stops: at the instant shown the balance is for the first time at or below the limit; one second earlier it was above. What runs costs the sum of R / 3600
#    a second, so the balance at the start less the limit, divided by that and rounded up, is the number of seconds.
# 5. At the end: allocation = sum of (amount - expired - taken back) of grants not retired; used = what they gave, plus debt; remaining = allocation - used = last balance.
`

func (y *year) print() string {
	var b strings.Builder
	b.WriteString(yearHeader)
	for _, m := range Meters() {
		fmt.Fprintf(&b, "\n== Ledger, %s\n%-10s  %5s  %-10s  %-58s  %14s  %14s\n", m, "day", "cycle", "kind", "what", "amount", "balance")
		y.printLedger(&b, m)
	}
	y.printStatements(&b)
	y.printGrants(&b)
	y.printStops(&b)
	y.printEnd(&b)
	return b.String()
}

// yearLine is an entry, or the hosting of a segment on a day.
type yearLine struct {
	day     string
	hosting int64 // the segment; 0: not hosting
	e       Entry
}

func (y *year) printLedger(b *strings.Builder, m Meter) {
	var balance Amount
	for _, l := range y.lines(m) {
		balance += l.e.Amount
		fmt.Fprintf(b, "%s  %5d  %-10s  %-58s  %14s  %14s\n", l.day, l.e.Cycle, l.e.Kind, y.what(l), fixed(m, l.e.Amount), fixed(m, balance))
	}
}

// lines folds hosting by day and puts it at the day's end.
func (y *year) lines(m Meter) []yearLine {
	var out []yearLine
	at := map[string]int{}
	for _, e := range y.ledger {
		if e.Meter != m {
			continue
		}
		l := yearLine{day: e.Effective.Time().Format("2006-01-02"), e: e}
		if e.Cause == CauseHosting {
			l.day, l.hosting = e.Minute.Time().Format("2006-01-02"), e.CauseID
			key := fmt.Sprint(l.day, l.hosting, e.Kind, e.Cycle)
			if i, found := at[key]; found {
				out[i].e.Amount += e.Amount
				continue
			}
			at[key] = len(out)
		}
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(a, b yearLine) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.hosting, b.hosting)) // hosting 0, what is posted at an instant, first
	})
	return out
}

// what says in words what a line is.
func (y *year) what(l yearLine) string {
	e := l.e
	switch clock := e.Effective.Time().Format("15:04:05"); e.Cause {
	case CauseHosting:
		return y.whatHosting(l)
	case CauseGrant:
		g := y.grantOf(int32(e.CauseID))
		return fmt.Sprintf("%s grant %d %s, until %s", clock, g.No, g.Kind, until(g.ExpiresAt))
	case CauseExpiry:
		return fmt.Sprintf("%s grant %d %s", clock, e.CauseID, e.Note)
	case CauseCorrection:
		if e.Amount < 0 {
			return fmt.Sprintf("%s grant %d corrected", clock, e.CauseID)
		}
		return fmt.Sprintf("%s grant %d, until %s", clock, e.CauseID, until(y.grantOf(int32(e.CauseID)).ExpiresAt))
	case CauseCycle:
		return fmt.Sprintf("%s debt of cycle %d", clock, e.CauseID)
	case CauseFineTuning:
		return fmt.Sprintf("%s fine-tuning job %d", clock, e.CauseID)
	default:
		return fmt.Sprintf("%s usage, batch %d, %s", clock, e.CauseID, strings.ToLower(string(e.Category)))
	}
}

// whatHosting returns the replica-seconds of a segment on a day, posted or given back.
func (y *year) whatHosting(l yearLine) string {
	s := y.segments[l.hosting]
	day := instant(l.day + " 00:00:00")
	from, to := max(s.Start, day), min(y.postedEnd(s), day+24*3600)
	if l.e.Kind == EntryRefund {
		from = max(s.End, day)
	}
	return fmt.Sprintf("%s, segment %d, %d s at %s", y.names[s.ID], s.ID, int64(to-from)*s.Replicas, ModelCredits.Format(s.RatePerHour))
}

// postedEnd returns where a segment's charges ended; with a late end, that is the second of the report.
func (y *year) postedEnd(s Segment) Second {
	for _, e := range y.ledger {
		if e.Cause == CauseHosting && e.Kind == EntryRefund && e.CauseID == s.ID {
			return e.Effective
		}
	}
	return s.End
}

func (y *year) grantOf(no int32) Grant {
	all := slices.Concat(y.retired, y.Credits.Grants, y.Runs.Grants)
	return all[slices.IndexFunc(all, func(g Grant) bool { return g.No == no })]
}

func until(t Second) string {
	if t == 0 {
		return "ever"
	}
	return t.Time().Format("2006-01-02 15:04:05")
}

// fixed prints an amount with all its decimals, so that columns align.
func fixed(m Meter, a Amount) string {
	if m == ToolRuns {
		return m.Format(a)
	}
	return m.Decimal(a).StringFixed(6)
}

func (y *year) printStatements(b *strings.Builder) {
	fmt.Fprintf(b, "\n== Statements\n%-13s %5s  %-19s %13s %13s %13s %13s %13s %13s %13s\n", "meter", "cycle", "closed", "opening", "granted", "charged", "refunded", "expired", "adjusted", "closing")
	statements := slices.Clone(y.statements)
	slices.SortStableFunc(statements, func(s, r Statement) int { return cmp.Compare(s.Meter, r.Meter) })
	for _, s := range statements {
		f := s.Flows
		fmt.Fprintf(b, "%-13s %5d  %s", s.Meter, s.Cycle, until(s.End))
		for _, a := range []Amount{f.Opening, f.Granted, f.Charged, f.Refunded, f.Expired, f.Adjusted, f.Closing()} {
			fmt.Fprintf(b, " %13s", fixed(s.Meter, a))
		}
		b.WriteString("\n")
	}
}

func (y *year) printGrants(b *strings.Builder) {
	fmt.Fprintf(b, "\n== Grants\n%3s  %-10s  %-19s  %-19s  %-19s %11s %11s %11s %11s %6s %11s %11s %11s\n", "no", "kind", "granted", "expires", "retired",
		"amount", "models", "guardrails", "scripts", "runs", "expired", "taken back", "left")
	all := slices.Concat(y.retired, y.Credits.Grants, y.Runs.Grants)
	slices.SortFunc(all, func(g, h Grant) int { return int(g.No - h.No) })
	for _, g := range all {
		retired := "-"
		if g.RetiredAt != 0 {
			retired = until(g.RetiredAt)
		}
		fmt.Fprintf(b, "%3d  %-10s  %-19s  %-19s  %-19s", g.No, g.Kind, until(g.GrantedAt), until(g.ExpiresAt), retired)
		f := func(width int, a Amount) { fmt.Fprintf(b, " %*s", width, fixed(g.Meter, a)) }
		f(11, g.Amount)
		f(11, g.Given[0])
		f(11, g.Given[1])
		f(11, g.Given[2])
		fmt.Fprintf(b, " %6d", g.Given[3])
		f(11, g.Expired)
		f(11, g.TakenBack)
		f(11, g.Left())
		b.WriteString("\n")
	}
}

func (y *year) printStops(b *strings.Builder) {
	fmt.Fprintf(b, "\n== Stops\n")
	for _, s := range y.stops {
		if len(s.Segments) == 0 {
			continue // nothing ran that is to be checked by hand
		}
		var names []string
		var second Amount
		for _, r := range s.Segments {
			names = append(names, y.names[r.ID])
			second += r.Charge(s.At-1, s.At)
		}
		fmt.Fprintf(b, "%s  %s; balance %s, one second earlier %s\n", until(s.At), strings.Join(names, ", "),
			fixed(ModelCredits, y.balanceAt(s.At)), fixed(ModelCredits, y.balanceAt(s.At)+second))
	}
}

// balanceAt returns the sum of the entries of credits effective by t.
func (y *year) balanceAt(t Second) (sum Amount) {
	for _, e := range y.ledger {
		if e.Meter == ModelCredits && e.Effective <= t {
			sum += e.Amount
		}
	}
	return sum
}

func (y *year) printEnd(b *strings.Builder) {
	fmt.Fprintf(b, "\n== At the end\n%-13s %13s %13s %13s %13s %13s %13s %13s %13s\n", "meter", "allocation", "used", "remaining", "models", "guardrails", "scripts", "runs", "debt")
	for _, m := range Meters() {
		k := y.Book(m)
		fmt.Fprintf(b, "%-13s", m)
		s := k.Slices()
		for _, a := range []Amount{k.Allocation(), k.Used(), k.Balance(), s[0], s[1], s[2]} {
			fmt.Fprintf(b, " %13s", fixed(m, a))
		}
		fmt.Fprintf(b, " %13d %13s\n", s[3], fixed(m, k.Debt.Sum()))
	}
}
