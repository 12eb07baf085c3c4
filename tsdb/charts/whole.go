package charts

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// wholeRead is how an account's total usage is put together, bucket by bucket: from slots of account_usage, the minutes
// at ragged edges, and what is not rolled up. Each slot of a unit counts where it begins; if a bucket begins within a
// slot, the rest of that slot is moved to the bucket. So the days of any zone are those of UTC and one short sum for
// each. An account has one row per slot and kind of usage, so neither the number of its resources nor that of its
// events matters.
type wholeRead struct {
	chartRead
	bounds []time.Time // of the buckets, at quarter-hours, and the end of the last; equal ones have an empty bucket between them
	kind   int         // of the slots that are the unit
	edges  []part      // minutes
	moves  []move
}

// move is what buckets gain that begin at the same time of day: the rest of the slot in which that time lies. The
// buckets before them lose it. Days of one zone begin at one time of day of UTC, or at two if the clocks change, so
// there are few moves for any number of buckets.
type move struct {
	at    int // quarter-hour of the day
	days  []time.Time
	terms []slotTerm
}

// wholeRead plans the reading of a span that is cut at instants, all at quarter-hours.
func (r *Reader) wholeRead(s Span, cuts []time.Time) wholeRead {
	w := wholeRead{chartRead: r.chartRead(s, byDay)}
	first, last := ceil(w.from, quarterHour), w.to.Truncate(quarterHour)
	// No whole quarter-hour lies within: only minutes.
	if !first.Before(last) {
		w.edge(w.from, w.to)
		return w
	}
	w.edge(w.from, first)
	w.edge(last, w.to)
	w.bounds = append(append([]time.Time{first}, cuts...), last)
	w.kind = unitOf(cuts)
	w.plan()
	return w
}

// edge adds minutes before the first or after the last whole quarter-hour.
func (w *wholeRead) edge(from, to time.Time) {
	if from.Before(to) {
		w.edges = append(w.edges, part{table: "usage_minute", from: from, to: to})
	}
}

// unitOf is the kind of slots to read for buckets that begin at these instants: days, unless there are several buckets
// per day.
func unitOf(cuts []time.Time) (kind int) {
	for i := range cuts[:max(0, len(cuts)-1)] {
		// A day on which the clocks go forward has 23 hours, or half an hour more if that is the shift.
		if cuts[i+1].Sub(cuts[i]) >= wholeDay-2*time.Hour {
			return 0
		}
	}
	// One bucket, or two: whatever the unit is, the rest is a move.
	if len(cuts) < 2 {
		return 0
	}
	for _, t := range cuts {
		if quarterOf(t)%slotWidths[2] != 0 {
			return 3
		}
	}
	return 2
}

// unit is how long a slot of the unit is.
func (w *wholeRead) unit() time.Duration { return time.Duration(slotWidths[w.kind]) * quarterHour }

// plan collects what moves by time of day.
func (w *wholeRead) plan() {
	at := map[int]*move{}
	for _, t := range slices.Compact(slices.Clone(w.bounds)) {
		q := quarterOf(t)
		end := ceil(t, w.unit())
		// It begins where a slot begins, so nothing moves.
		if end.Equal(t) {
			continue
		}
		if at[q] == nil {
			at[q] = &move{at: q, terms: slotPath(q, q+int(end.Sub(t)/quarterHour))}
		}
		at[q].days = append(at[q].days, t.Truncate(wholeDay))
	}
	// In order of the time of day, so that the same query is the same statement.
	for q := range quartersOfDay {
		if at[q] != nil {
			w.moves = append(w.moves, *at[q])
		}
	}
}

// statement adds up usage by bucket, counted from 1: 0 is before the first bound, and the bucket beyond the last one
// after the last bound. moved is true if the bucket gains what the one before loses. cuts are where the caller's
// buckets begin, except the first. where restricts the rows. The statement is planned for each call, so it is short: a
// year by days in a zone is one read of days and a move or two.
func (w *wholeRead) statement(a *pg.Arguments, cuts []time.Time, where string) string {
	const sums = ", category, sum(credits)::bigint, sum(runs)::bigint"
	var sql strings.Builder
	sql.WriteString("WITH used AS (")
	for _, s := range append(slices.Clone(w.edges), part{table: "usage_delta", from: w.from, to: w.to}) {
		fmt.Fprintf(&sql, "\n  SELECT bucket, category, credits, runs FROM %s WHERE %s AND bucket >= %s::timestamptz AND bucket < %s::timestamptz%s\n  UNION ALL",
			s.table, oneAccount, a.Add(s.from), a.Add(s.to), where)
	}
	number := "1"
	if len(cuts) > 0 {
		number += " + width_bucket(bucket, " + a.Add(cuts) + "::timestamptz[])"
	}
	statement := strings.TrimSuffix(sql.String(), "\n  UNION ALL") + "\n)\nSELECT false, " + number + sums + " FROM used GROUP BY 1, 2, 3"
	if len(w.bounds) == 0 {
		return statement
	}
	bounds := a.Add(w.bounds) + "::timestamptz[]"
	begins := "day"
	if w.kind > 0 {
		begins = fmt.Sprintf("day + (slot - %d) * interval '%d minutes'", firstSlots[w.kind], w.unit()/time.Minute)
	}
	from, to := w.bounds[0].Truncate(w.unit()), w.bounds[len(w.bounds)-1]
	if w.kind == 0 {
		from = ceil(w.bounds[0], wholeDay) // what counts of the first day is moved
	}
	statement += fmt.Sprintf("\nUNION ALL SELECT false, width_bucket(%s, %s)%s\nFROM account_usage WHERE %s AND slot %s AND day >= %s::timestamptz AND day < %s::timestamptz%s GROUP BY 1, 2, 3",
		begins, bounds, sums, oneAccount, unitSlots(w.kind), a.Add(from.Truncate(wholeDay)), a.Add(to), where)
	for _, m := range w.moves {
		statement += "\nUNION ALL " + m.statement(a, bounds, where)
	}
	return statement
}

// unitSlots is the condition on the slots of a unit, which are adjacent in the key.
func unitSlots(kind int) string {
	if kind == 0 {
		return "= 0"
	}
	return fmt.Sprintf("BETWEEN %d AND %d", firstSlots[kind], int(firstSlots[kind])+quartersOfDay/slotWidths[kind]-1)
}

// statement adds up what moves, by the bucket that it moves to.
func (m *move) statement(a *pg.Arguments, bounds, where string) string {
	var slots, minus []int16
	for _, t := range m.terms {
		slots = append(slots, t.slot)
		if t.minus {
			minus = append(minus, t.slot)
		}
	}
	sum := func(column string) string { return ", sum(" + column + ")::bigint" }
	if len(minus) > 0 {
		list := a.Add(minus)
		sum = func(column string) string {
			return ", sum(CASE WHEN slot = ANY(" + list + "::smallint[]) THEN -" + column + " ELSE " + column + " END)::bigint"
		}
	}
	return fmt.Sprintf("SELECT true, width_bucket(day + interval '%d minutes', %s), category%s%s\nFROM account_usage WHERE %s AND slot = ANY(%s::smallint[]) AND day = ANY(%s::timestamptz[])%s GROUP BY 1, 2, 3",
		m.at*15, bounds, sum("credits"), sum("runs"), oneAccount, a.Add(slots), a.Add(m.days), where)
}

// before is the bucket that loses what moves to a bucket: the one that holds what comes right before it. Of several
// bounds at one instant it is the first: what lies between them is empty.
func (w *wholeRead) before(bucket int) int {
	at := w.bounds[bucket-1]
	i, _ := slices.BinarySearchFunc(w.bounds, at, time.Time.Compare)
	return i
}

// queryWhole reads what an account used in a span, cut into buckets, and calls add with amounts, which may be negative,
// by bucket, counted from 0. What has accrued and is not posted must be added from the returned account: see
// chartRead.unposted.
func (r *Reader) queryWhole(
	ctx context.Context, account int64, name string, w *wholeRead, cuts []time.Time, where func(*pg.Arguments) string, add func(bucket int, c billing.Category, amount billing.Amount),
) (*tsdb.Account, error) {
	a := pg.Arguments{Values: []any{account}}
	condition := where(&a)
	sql := "-- name: " + name + "\n" + w.statement(&a, cuts, condition)
	var moved bool
	var bucket int
	var category billing.Category
	var credits, runs billing.Amount
	// What lies before the first bound or after the last is not part of the answer.
	within := func(bucket int, amount billing.Amount) {
		if bucket > 0 && bucket <= len(cuts)+1 {
			add(bucket-1, category, amount)
		}
	}
	return r.Query(ctx, account, sql, a.Values, []any{&moved, &bucket, &category, &credits, &runs}, func() error {
		within(bucket, credits+runs)
		// The slot was counted where it begins: what moves is subtracted there.
		if moved {
			within(w.before(bucket), -credits-runs)
		}
		return nil
	})
}
