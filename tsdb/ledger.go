package tsdb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// LedgerFilter says which entries to list; an entry must match every part that is given. nil and empty differ: nil is
// no condition, and an empty list fits nothing (rules.md §9).
type LedgerFilter struct {
	Meter      billing.Meter // "": both
	Kinds      []billing.EntryKind
	Categories []billing.Category
	ResourceID int64     // 0: any
	From, To   time.Time // effective in [From, To); zero: open
	FoldDays   bool      // add up hosting per deployment and UTC day

	numbers              []int64 // nil: any
	postedFrom, postedTo time.Time
}

// LedgerRow is an entry as listed, into which Count entries are folded. Amounts are in micro-credits or runs, signed as
// the balance moves.
type LedgerRow struct {
	billing.Entry
	Count        int
	ResourceName string
	LineNames    []string // names of Lines' resources
}

// Key returns the row's place: ledgers are ordered by effective time, latest first.
func (r LedgerRow) Key() []int64 { return []int64{int64(r.Effective), r.No} }

// Hosting belongs to the day of the last second that it charges, so a range that ends at midnight belongs to the day
// before. A fold has the number and the times of its last entry, and so that entry's place. Deployments, categories and
// kinds are kept apart, so charges and refunds of a day are two rows.
const ledgerFold = `SELECT max(e.entry_no) AS entry_no, e.meter, e.kind, e.category, sum(e.amount)::bigint AS amount,
  (array_agg(e.balance_after ORDER BY e.entry_no DESC))[1] AS balance_after, max(e.posted_at) AS posted_at, max(e.effective_at) AS effective_at,
  max(e.cycle_no) AS cycle_no, e.cause, max(e.cause_id) AS cause_id, e.resource_id, e.deployment_id,
  NULL::bigint[] AS line_resources, NULL::bigint[] AS line_amounts, NULL::int[] AS draw_grants, NULL::bigint[] AS draw_amounts,
  sum(e.debt)::bigint AS debt, '' AS note, count(*)::int AS count
FROM ledger_entry e WHERE e.account_id = $1 AND e.cause = 'HOSTING'%[1]s
GROUP BY e.meter, e.kind, e.category, e.cause, e.resource_id, e.deployment_id, date_trunc('day', e.effective_at - interval '1 second', 'UTC')
UNION ALL ` + ledgerPlain + ` AND e.cause <> 'HOSTING'`

// ledgerPlain reads every entry by itself.
const ledgerPlain = `SELECT e.entry_no, e.meter, e.kind, e.category, e.amount, e.balance_after, e.posted_at, e.effective_at, e.cycle_no, e.cause, e.cause_id,
  e.resource_id, e.deployment_id, e.line_resources, e.line_amounts, e.draw_grants, e.draw_amounts, e.debt, e.note, 1 AS count
FROM ledger_entry e WHERE e.account_id = $1%[1]s`

// ledgerRows looks up the names of the page's rows alone, because the join is outside the limit.
const ledgerRows = `-- name: list ledger
SELECT l.*, r.name, (SELECT array_agg(n.name ORDER BY i.ord) FROM unnest(l.line_resources) WITH ORDINALITY AS i (id, ord) LEFT JOIN resource n ON n.resource_id = i.id)
FROM (SELECT * FROM (%s) l WHERE true%s ORDER BY l.effective_at %[3]s, l.entry_no %[3]s LIMIT %[4]d) l
LEFT JOIN resource r USING (resource_id) ORDER BY l.effective_at %[3]s, l.entry_no %[3]s`

// Ledger lists an account's entries, latest effective first. total asks for their number too. What has accrued and is
// not posted is not listed: that is `ledger.unposted` (rules.md §3).
func (r *Reader) Ledger(ctx context.Context, account int64, f LedgerFilter, p Page, total bool) (page Paged[LedgerRow], err error) {
	if err := r.payLedger(ctx, account, f, total); err != nil {
		return page, err
	}
	err = r.about(ctx, account, func(tx pgx.Tx, a *Account) error {
		page, err = readLedger(ctx, tx, a, f, p, total)
		return err
	})
	return page, err
}

// payLedger pays for the entries of the range, if all of them may have to be read: to count them, to fold them, and to find
// those that fit a filter.
func (r *Reader) payLedger(ctx context.Context, account int64, f LedgerFilter, total bool) error {
	times := int64(0)
	for _, reads := range []bool{total, f.FoldDays || f.Meter != "" || f.Kinds != nil || f.Categories != nil || f.ResourceID != 0} {
		if reads {
			times++
		}
	}
	if times == 0 || f.numbers != nil {
		return nil
	}
	to := f.To
	if to.IsZero() {
		to = r.AsOf().Add(time.Minute)
	}
	return r.PayRows(ctx, []int64{account}, "ledger_entry", later(f.From, time.Unix(0, 0)), to, times*WeightEntry)
}

// readLedger reads a page and, if wanted, counts all matching rows. The count reads all of them, also when folding, so
// it is made only if asked for.
func readLedger(ctx context.Context, tx pgx.Tx, a *Account, f LedgerFilter, p Page, total bool) (Paged[LedgerRow], error) {
	rows, err := ledgerPage(ctx, tx, a, f, p)
	if err != nil {
		return Paged[LedgerRow]{}, fmt.Errorf("list ledger: %w", err)
	}
	page := pg.CutPage(p, rows)
	if total {
		where, args := f.where([]any{a.ID})
		err = tx.QueryRow(ctx, "-- name: count ledger\nSELECT count(*) FROM ("+fmt.Sprintf(f.source(), where)+") l", args...).Scan(&page.Total)
	}
	return page, err
}

// source returns the query to which the filter's conditions apply.
func (f LedgerFilter) source() string {
	if f.FoldDays {
		return ledgerFold
	}
	return ledgerPlain
}

// ledgerPage reads a page and one row more. Folding reads all entries of a range to show a few rows, so it begins with
// the day next to the page's edge and widens the range until the page is full or the range covers all of the account's
// time.
func ledgerPage(ctx context.Context, tx pgx.Tx, a *Account, f LedgerFilter, p Page) ([]LedgerRow, error) {
	p.After, p.Before = storableKey(p.After), storableKey(p.Before)
	if !f.FoldDays {
		return ledgerRange(ctx, tx, a.ID, f, p)
	}
	// Not the reader's instant alone: a process whose clock lags reads entries that another one posted later than that.
	first, last := a.Created.Time(), later(a.AsOf, a.At.Time()).Add(time.Minute)
	// By a factor of four: a year of an idle account takes five more queries, one of a busy account none. Each step
	// reads the days of the step before once more, which costs a third in all.
	for days := 1; ; days *= 4 {
		part, whole := f.within(p, days, first, last), f.within(p, 1<<16, first, last)
		rows, err := ledgerRange(ctx, tx, a.ID, part, p)
		if err != nil || len(rows) > p.Limit || part.From.Equal(whole.From) && part.To.Equal(whole.To) {
			return rows, err
		}
	}
}

// storableKey returns a row's key with an instant that PostgreSQL can hold. A cursor may hold any number; an instant
// before or after all of time is before or after every row, and must not fail the query.
func storableKey(key []int64) []int64 {
	if key == nil {
		return nil
	}
	const endOf9999 = 253_402_300_799
	return []int64{min(max(key[0], 0), endOf9999), key[1]}
}

// within narrows the filter to whole UTC days next to the page's edge. A day's hosting is effective after its midnight,
// up to and including the next, so the range begins and ends one second after a midnight, and no fold is cut.
func (f LedgerFilter) within(p Page, days int, first, last time.Time) LedgerFilter {
	day := 24 * time.Hour
	f.From, f.To = later(f.From, first), earlier(f.To, last)
	if p.Before != nil {
		f.From = later(f.From, time.Unix(p.Before[0]-1, 0).UTC().Truncate(day).Add(time.Second))
	}
	if p.After != nil {
		f.To = earlier(f.To, time.Unix(p.After[0], 0).UTC().Truncate(day).Add(day+time.Second))
	}
	if p.Backward {
		f.To = earlier(f.To, f.From.Truncate(day).Add(time.Duration(days)*day+time.Second))
		return f
	}
	f.From = later(f.From, f.To.Truncate(day).Add(-time.Duration(days)*day+time.Second))
	return f
}

// ledgerRange reads one page of the matching entries, and one row more, which shows whether more follow.
func ledgerRange(ctx context.Context, tx pgx.Tx, account int64, f LedgerFilter, p Page) ([]LedgerRow, error) {
	where, args := f.where([]any{account})
	var edges string
	for _, edge := range []struct {
		key []int64
		op  string
	}{{p.After, "<"}, {p.Before, ">"}} {
		if edge.key != nil {
			args = append(args, time.Unix(edge.key[0], 0).UTC(), edge.key[1])
			edges += fmt.Sprintf(" AND (l.effective_at, l.entry_no) %s ($%d::timestamptz, $%d::bigint)", edge.op, len(args)-1, len(args))
		}
	}
	direction := map[bool]string{false: "DESC", true: "ASC"}[p.Backward]
	rows, err := tx.Query(ctx, fmt.Sprintf(ledgerRows, fmt.Sprintf(f.source(), where), edges, direction, p.Limit+1), args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanLedgerRow)
}

// where returns the filter as conditions on e, with its arguments added to args. Values are always bound; only text of
// this file is put together.
func (f LedgerFilter) where(args []any) (string, []any) {
	var b strings.Builder
	add := func(condition string, arg any) {
		args = append(args, arg)
		fmt.Fprintf(&b, " AND "+condition, len(args))
	}
	if f.Meter != "" {
		add("e.meter = $%d", string(f.Meter))
	}
	if f.Kinds != nil {
		add("e.kind = ANY($%d::text[])", f.Kinds)
	}
	if f.Categories != nil {
		add("e.category = ANY($%d::text[])", f.Categories)
	}
	if f.numbers != nil {
		add("e.entry_no = ANY($%d::bigint[])", f.numbers)
		// An event knows the numbers of its entries and roughly when they were posted; the bounds leave the other chunks
		// alone.
		add("e.posted_at >= $%d", f.postedFrom)
		add("e.posted_at <= $%d", f.postedTo)
	}
	if f.ResourceID != 0 {
		add("(e.resource_id = $%[1]d OR e.line_resources @> ARRAY[$%[1]d::bigint])", f.ResourceID)
	}
	if !f.From.IsZero() {
		// An entry is posted in its effective second or later, or one second before it (the stop), so older chunks are
		// left out.
		add("e.effective_at >= $%[1]d AND e.posted_at >= $%[1]d::timestamptz - interval '2 seconds'", f.From)
	}
	if !f.To.IsZero() {
		add("e.effective_at < $%d", f.To)
	}
	return b.String(), args
}

func scanLedgerRow(row pgx.CollectableRow) (r LedgerRow, err error) {
	var category, name *string
	var cause, resource, deployment *int64
	var posted, effective time.Time
	var lineResources, lineAmounts, drawAmounts []int64
	var drawGrants []int32
	var lineNames []*string
	err = row.Scan(&r.No, &r.Meter, &r.Kind, &category, &r.Amount, &r.BalanceAfter, &posted, &effective, &r.Cycle, &r.Cause, &cause,
		&resource, &deployment, &lineResources, &lineAmounts, &drawGrants, &drawAmounts, &r.Debt, &r.Note, &r.Count, &name, &lineNames)
	if err != nil {
		return r, err
	}
	r.Posted, r.Effective = billing.SecondOf(posted), billing.SecondOf(effective)
	r.Category, r.ResourceName = billing.Category(orZero(category)), orZero(name)
	r.CauseID, r.ResourceID, r.DeploymentID = orZero(cause), orZero(resource), orZero(deployment)
	for i, id := range lineResources {
		r.Lines = append(r.Lines, billing.Line{ResourceID: id, Amount: billing.Amount(lineAmounts[i])})
		r.LineNames = append(r.LineNames, orZero(lineNames[i]))
	}
	for i, grant := range drawGrants {
		r.Draws = append(r.Draws, billing.Draw{Grant: grant, Amount: billing.Amount(drawAmounts[i])})
	}
	return r, nil
}

// orZero returns the value, or the zero value if the column is null: an entry may have no category, cause or resource.
func orZero[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// StatementRow is a cycle of an account, closed or running. Flows are those of the two meters, in micro-credits and
// runs; closing = opening + granted − charged + refunded − expired + adjusted (rules.md §3).
type StatementRow struct {
	Cycle      int32
	Start, End time.Time
	Closed     bool
	Flows      [2]billing.Flows // credits, runs
}

// Key returns the row's place: statements are ordered by cycle, latest first.
func (r StatementRow) Key() []int64 { return []int64{int64(r.Cycle)} }

// A statement is two rows, one per meter, which close together.
const listStatements = `-- name: list statements
SELECT c.cycle_no, c.starts_at, c.ends_at, c.opening, c.granted, c.charged, c.refunded, c.expired, c.adjusted,
       r.opening, r.granted, r.charged, r.refunded, r.expired, r.adjusted
FROM statement c JOIN statement r USING (account_id, cycle_no)
WHERE c.account_id = $1 AND c.meter = 'MODEL_CREDITS' AND r.meter = 'TOOL_RUNS'`

// Statements lists an account's cycles, beginning with the running one, whose figures still move. A cycle that closed
// since the last posting is listed as closed, with the figures that the posting will write.
func (r *Reader) Statements(ctx context.Context, account int64, p Page) (page Paged[StatementRow], err error) {
	err = r.about(ctx, account, func(tx pgx.Tx, a *Account) error {
		page, err = readStatements(ctx, tx, a, p)
		return err
	})
	return page, err
}

func readStatements(ctx context.Context, tx pgx.Tx, a *Account, p Page) (Paged[StatementRow], error) {
	clause, args := p.Clause([]string{"c.cycle_no"}, []any{a.ID})
	rows, err := tx.Query(ctx, listStatements+clause, args...)
	if err != nil {
		return Paged[StatementRow]{}, fmt.Errorf("list statements: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanStatement)
	if err != nil {
		return Paged[StatementRow]{}, fmt.Errorf("list statements: %w", err)
	}
	page := pg.CutPage(p, a.withOpenCycles(list, p))
	// Cycles are numbered from 1 without gaps.
	page.Total = int(a.Cycle)
	return page, nil
}

func scanStatement(row pgx.CollectableRow) (r StatementRow, err error) {
	c, u := &r.Flows[0], &r.Flows[1]
	err = row.Scan(&r.Cycle, &r.Start, &r.End, &c.Opening, &c.Granted, &c.Charged, &c.Refunded, &c.Expired, &c.Adjusted,
		&u.Opening, &u.Granted, &u.Charged, &u.Refunded, &u.Expired, &u.Adjusted)
	r.Closed = true
	return r, err
}

// withOpenCycles adds the cycles that have no row yet: those that closed since the last posting, and the running one.
func (a *Account) withOpenCycles(list []StatementRow, p Page) []StatementRow {
	open := map[int32]*StatementRow{a.Cycle: {Cycle: a.Cycle, Start: a.CycleStart.Time(), End: a.CycleEnd.Time(), Flows: [2]billing.Flows{a.Credits.Flows, a.Runs.Flows}}}
	for _, st := range a.Journal.Statements {
		if open[st.Cycle] == nil {
			open[st.Cycle] = &StatementRow{Cycle: st.Cycle, Start: st.Start.Time(), End: st.End.Time(), Closed: true}
		}
		open[st.Cycle].Flows[meterIndex(st.Meter)] = st.Flows
	}
	// They are the latest cycles, without a gap.
	for cycle := a.Cycle - int32(len(open)) + 1; cycle <= a.Cycle; cycle++ {
		if key := int64(cycle); (p.After == nil || key < p.After[0]) && (p.Before == nil || key > p.Before[0]) {
			list = insertStatement(list, *open[cycle], p.Backward)
		}
	}
	return list
}

// insertStatement puts a newer cycle where the query's order has it.
func insertStatement(list []StatementRow, r StatementRow, backward bool) []StatementRow {
	if backward {
		return append(list, r)
	}
	return append([]StatementRow{r}, list...)
}
