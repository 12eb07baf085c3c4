package tsdb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// Bounds of the time that one list of events covers. Each of its days is a chunk, which takes three locks.
const (
	UsualEventSpan = 7 * wholeDay // if no range is given
	MaxEventSpan   = 14 * wholeDay
)

// EventFilter says which events to list; an event must match every part that is given.
type EventFilter struct {
	From, To   time.Time   // happened in [From, To); zero: the last UsualEventSpan, with what is dated ahead
	ResourceID int64       // 0: any
	Source     *string     // nil: any
	Kinds      []UsageKind // nil: any; empty: none
	Voided     *bool       // nil: both those stored and those taken back
	User       *string     // nil: any; "": events that name none
	APIKey     *string     // as User
	Tags       Tags        // that it carries, among others

	id    *string    // within Source
	entry *LedgerRow // that charged it, or gave it back
}

// EventPage says which page of events to read, latest first. Limit is 1 to 100; a place in the list is an event's
// identity, which stays put when others are stored.
type EventPage struct {
	Limit    int
	Backward bool     // the last rows instead of the first
	After    *EventID // only rows after this one; nil: from the beginning
	Before   *EventID // only rows before this one; nil: to the end
	Total    bool     // asks for the number of all rows too
}

// EventRow is a usage event as it is stored. A voided event has both: what it cost, and when and by which entry that
// was given back.
type EventRow struct {
	UsageEvent
	ResourceName string
	Charge       billing.Amount // in the meter's smallest unit; of history, what it would have drawn
	Meter        billing.Meter
	History      bool // dated before booksFrom: it drew nothing
	PostedAt     time.Time
	VoidedAt     time.Time // zero: not taken back
	EntryNo      int64     // of the ledger entry that charged it; 0: none
	RefundNo     int64     // of the entry that gave it back; 0: none
}

// Identity returns what the event is known by within its account.
func (r *EventRow) Identity() EventID { return EventID{Source: r.Source, ID: r.ID, Time: r.Time} }

// Both bounds on time are constants, which keeps all other chunks out of the plan.
const fromEvents = `
  FROM usage_event e %s usage_void v ON v.account_id = $1 AND v.time = e.time AND v.source = e.source AND v.event_id = e.event_id
    AND v.time >= $2 AND v.time < $3
  WHERE e.account_id = $1 AND e.time >= $2 AND e.time < $3%s`

// The page is cut before names are looked up.
const listEvents = `-- name: list events
SELECT e.*, coalesce(r.name, ''), coalesce(r.external_id, ''), coalesce(d.external_id, '') FROM (
  SELECT e.time, e.source, e.event_id, e.kind, e.resource_id, e.deployment_id, e.runs, e.input_tokens, e.output_tokens,
    coalesce(e.cache_read_tokens, 0), coalesce(e.cache_write_tokens, 0), coalesce(e.reasoning_tokens, 0),
    e.charge, e.history, e.posted_at, e.entry_no, v.posted_at AS voided_at, coalesce(v.entry_no, 0),
    coalesce(e.user_id, ''), coalesce(e.api_key, ''), e.tags` + fromEvents + `
  ORDER BY e.time %[3]s, e.source %[3]s, e.event_id %[3]s LIMIT %[4]d) e
LEFT JOIN resource r ON r.resource_id = e.resource_id AND r.account_id = $1
LEFT JOIN deployment d ON d.deployment_id = e.deployment_id AND d.account_id = $1 ORDER BY e.time %[3]s, e.source %[3]s, e.event_id %[3]s`

// Events lists an account's usage events that are dated in a range of at most MaxEventSpan, latest first. It returns
// BadRange for another range.
func (r *Reader) Events(ctx context.Context, account int64, f EventFilter, p EventPage) (page Paged[EventRow], err error) {
	// Events dated ahead are included, as far as they are accepted.
	if f, err = f.bounded(r.AsOf().Add(r.store.settings.MaxAhead)); err != nil {
		return page, err
	}
	return r.events(ctx, account, f, p)
}

// Event returns the event with an identity, or nil if the account has stored none or no longer keeps it.
func (r *Reader) Event(ctx context.Context, account int64, id EventID) (*EventRow, error) {
	// A range of a microsecond leads to one chunk; without a range, every chunk would be searched.
	at := id.Time.UTC().Truncate(time.Microsecond)
	// An identity that could not be stored is not looked up: the database would refuse the text of some, which is not an
	// answer.
	if !id.Sound() {
		return nil, nil
	}
	page, err := r.Events(ctx, account, EventFilter{From: at, To: at.Add(time.Microsecond), Source: &id.Source, id: &id.ID}, EventPage{Limit: 1})
	if err != nil || len(page.Rows) == 0 {
		return nil, err
	}
	return &page.Rows[0], nil
}

// EventsOf lists the events that an entry of the ledger charged or gave back; other entries have none. Events that it
// charged are looked for among those dated in [from, to) or, if that is zero, in the UsualEventSpan before its posting.
// Without a range, events that it gave back are found whatever their time. It returns BadRange as Events does.
func (r *Reader) EventsOf(ctx context.Context, account int64, e LedgerRow, from, to time.Time, p EventPage) (page Paged[EventRow], err error) {
	f := EventFilter{From: from, To: to, entry: &e}
	// What was given back may be of any time. The time is stored with the refund, which the day of posting leads to.
	if e.Cause == billing.CauseVoid && from.IsZero() && to.IsZero() {
		if f.From, f.To, err = r.refunded(ctx, account, e); err != nil || f.From.IsZero() {
			return page, err
		}
		return r.events(ctx, account, f, p)
	}
	// Hosting, jobs and grants have no events.
	if e.Cause != billing.CauseEvents && e.Cause != billing.CauseVoid {
		return page, nil
	}
	// Nearly all events are posted within days of their time. A second is added because an entry is posted in a whole
	// one.
	if f, err = f.bounded(e.Posted.Time().Add(r.store.settings.MaxAhead + time.Second)); err != nil {
		return page, err
	}
	return r.events(ctx, account, f, p)
}

func (r *Reader) events(ctx context.Context, account int64, f EventFilter, p EventPage) (page Paged[EventRow], err error) {
	if err := r.payEvents(ctx, account, f, p); err != nil {
		return page, err
	}
	err = r.about(ctx, account, func(tx pgx.Tx, _ *Account) error {
		page, err = readEvents(ctx, tx, account, f, p)
		return err
	})
	return page, err
}

// payEvents pays for the events of the range, if all of them may have to be read: to count them, and to find those that
// fit a filter.
func (r *Reader) payEvents(ctx context.Context, account int64, f EventFilter, p EventPage) error {
	times := int64(0)
	if p.Total {
		times++
	}
	if f.filters() {
		times++
	}
	if times == 0 {
		return nil
	}
	return r.PayRows(ctx, []int64{account}, "usage_event", f.From, f.To, times*WeightEvent)
}

// filters reports whether the filter names more than a range of time. An entry of the ledger and an event's identity are
// found by an index.
func (f EventFilter) filters() bool {
	return f.id == nil && f.entry == nil && (f.ResourceID != 0 || f.Source != nil || f.Kinds != nil || f.Voided != nil || f.User != nil || f.APIKey != nil || len(f.Tags) > 0)
}

const selectRefunded = `-- name: when what an entry gave back had happened
SELECT coalesce(min(time), 'epoch'), coalesce(max(time), 'epoch'), count(*) FROM usage_void WHERE account_id = $1 AND posted_at = $2 AND entry_no = $3`

// refunded returns the time that the events of a refund span; it is zero if they are no longer kept. The columns hold
// microseconds, so one more makes the end exclusive.
func (r *Reader) refunded(ctx context.Context, account int64, e LedgerRow) (from, to time.Time, err error) {
	var n int64
	err = r.Ask(ctx, selectRefunded, []any{account, e.Posted.Time(), e.No}, []any{&from, &to, &n}, func() error { return nil })
	if err != nil || n == 0 {
		return time.Time{}, time.Time{}, err
	}
	return from.UTC(), to.UTC().Add(time.Microsecond), nil
}

// bounded completes a range; last is the end of a range that names none. It cuts to the microsecond, which is how
// finely events are told apart. Each day is a chunk and takes three locks, of which PostgreSQL has a bounded number
// (decisions/ingest.md).
func (f EventFilter) bounded(last time.Time) (EventFilter, error) {
	f.From, f.To = f.From.UTC().Truncate(time.Microsecond), f.To.UTC().Truncate(time.Microsecond)
	if f.To.IsZero() {
		f.To = last
	}
	if f.From.IsZero() {
		f.From = f.To.Add(-UsualEventSpan)
	}
	switch {
	case !f.From.Before(f.To):
		return f, refuse(BadRange, "from", "events are listed of a range of time that begins before it ends")
	case f.To.Sub(f.From) > MaxEventSpan:
		return f, refuse(BadRange, "from", "events are listed of at most 14 days at once: ask for one range after another")
	}
	return f, nil
}

func readEvents(ctx context.Context, tx pgx.Tx, account int64, f EventFilter, p EventPage) (page Paged[EventRow], err error) {
	page, err = eventsPage(ctx, tx, account, f, p)
	if err == nil && p.Total {
		// Counted in the whole range, which a cursor has narrowed for the page.
		where, args := f.where([]any{account, f.From, f.To})
		err = tx.QueryRow(ctx, "-- name: count events\nSELECT count(*)"+fmt.Sprintf(fromEvents, f.voids(), where), args...).Scan(&page.Total)
	}
	if err != nil {
		return page, fmt.Errorf("list events: %w", err)
	}
	return page, nil
}

func eventsPage(ctx context.Context, tx pgx.Tx, account int64, f EventFilter, p EventPage) (Paged[EventRow], error) {
	cut := Page{Limit: p.Limit, Backward: p.Backward}
	// A cursor also narrows the range of time, so that later pages need not go through the chunks of earlier ones.
	if p.After != nil {
		f.To, cut.After = earlier(f.To, p.After.Time.Add(time.Microsecond)), []int64{}
	}
	if p.Before != nil {
		f.From, cut.Before = later(f.From, p.Before.Time), []int64{}
	}
	where, args := f.where([]any{account, f.From, f.To})
	for _, edge := range []struct {
		id *EventID
		op string
	}{{p.After, "<"}, {p.Before, ">"}} {
		if edge.id != nil {
			args = append(args, edge.id.Time, edge.id.Source, edge.id.ID)
			where += fmt.Sprintf(" AND (e.time, e.source, e.event_id) %s ($%d::timestamptz, $%d::text, $%d::text)", edge.op, len(args)-2, len(args)-1, len(args))
		}
	}
	// Only the direction and the limit are written into the text; both are ours.
	direction := map[bool]string{false: "DESC", true: "ASC"}[p.Backward]
	rows, err := tx.Query(ctx, fmt.Sprintf(listEvents, f.voids(), where, direction, p.Limit+1), args...)
	if err != nil {
		return Paged[EventRow]{}, err
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (EventRow, error) { return scanEvent(row, account) })
	return pg.CutPage(cut, list), err
}

// voids returns how voided events are joined. If nothing else is asked for, the search begins with them.
func (f EventFilter) voids() string {
	if f.Voided != nil && *f.Voided || f.entry != nil && f.entry.Cause == billing.CauseVoid {
		return "JOIN"
	}
	return "LEFT JOIN"
}

// where returns the filter, except its range, as conditions on e and v, with their arguments added to args.
func (f EventFilter) where(args []any) (string, []any) {
	var b strings.Builder
	add := func(condition string, arg any) {
		args = append(args, arg)
		fmt.Fprintf(&b, " AND "+condition, len(args))
	}
	if f.ResourceID != 0 {
		add("e.resource_id = $%d", f.ResourceID)
	}
	if f.Source != nil {
		add("e.source = $%d", *f.Source)
	}
	// nil is no condition, and an empty list matches nothing (rules.md §9).
	if f.Kinds != nil {
		add("e.kind = ANY($%d::text[])", f.Kinds)
	}
	if f.User != nil {
		add("coalesce(e.user_id, '') = $%d", *f.User)
	}
	if f.APIKey != nil {
		add("coalesce(e.api_key, '') = $%d", *f.APIKey)
	}
	if len(f.Tags) > 0 {
		add("e.tags @> $%d::jsonb", f.Tags)
	}
	if f.Voided != nil && !*f.Voided {
		b.WriteString(" AND v.account_id IS NULL")
	}
	if f.id != nil {
		add("e.event_id = $%d", *f.id)
	}
	if f.entry != nil {
		of := "e"
		if f.entry.Cause == billing.CauseVoid {
			of = "v"
		}
		add(of+".posted_at = $%d", f.entry.Posted.Time()) // has an index, which entry_no has not
		add(of+".entry_no = $%d", f.entry.No)
	}
	return b.String(), args
}

func scanEvent(row pgx.CollectableRow, account int64) (r EventRow, err error) {
	var voided *time.Time
	err = row.Scan(&r.Time, &r.Source, &r.ID, &r.Kind, &r.ResourceID, &r.DeploymentID, &r.Runs, &r.InputTokens, &r.OutputTokens, &r.CacheReadTokens,
		&r.CacheWriteTokens, &r.ReasoningTokens, &r.Charge, &r.History, &r.PostedAt, &r.EntryNo, &voided, &r.RefundNo,
		&r.User, &r.APIKey, &r.Tags, &r.ResourceName, &r.ResourceExternal, &r.DeploymentExternal)
	// Times in UTC, so that what is read back equals what was sent.
	r.AccountID, r.Meter = account, r.meter()
	r.Time, r.PostedAt, r.VoidedAt = r.Time.UTC(), r.PostedAt.UTC(), orZero(voided).UTC()
	// The column is in credits, of which a run costs none.
	if r.Kind == ToolRun {
		r.Charge = billing.Amount(r.Runs)
	}
	return r, err
}

// EntriesOf returns the ledger entries that charged events or gave them back, by number, in one statement for a whole
// page. Entries are found by number within the time in which they were posted, which leaves other chunks alone.
func (r *Reader) EntriesOf(ctx context.Context, account int64, events []EventRow) (map[int64]LedgerRow, error) {
	var f LedgerFilter
	for i := range events {
		e := &events[i]
		f.name(e.EntryNo, e.PostedAt)
		f.name(e.RefundNo, e.VoidedAt)
	}
	if len(f.numbers) == 0 {
		return nil, nil
	}
	// Entries that the account does not have are missing from the result, so that a number alone leads nowhere.
	page, err := r.Ledger(ctx, account, f, Page{Limit: len(f.numbers)}, false)
	found := make(map[int64]LedgerRow, len(page.Rows))
	for _, e := range page.Rows {
		found[e.No] = e
	}
	return found, err
}

// name adds an entry to those that a filter names; 0 is none. It widens the time in which they are looked for, both
// ends included.
func (f *LedgerFilter) name(no int64, posted time.Time) {
	if no == 0 {
		return
	}
	if f.postedFrom.IsZero() || posted.Before(f.postedFrom) {
		f.postedFrom = posted
	}
	if posted.After(f.postedTo) {
		f.postedTo = posted
	}
	f.numbers = append(f.numbers, no)
}

// Sound reports whether an event could have this identity. The year must have four digits, as times are written.
func (e EventID) Sound() bool {
	return e.Source != "" && e.ID != "" && text.Plain(e.Source, MaxSourceLen) && text.Plain(e.ID, MaxIDLen) && e.Time.Year() > 0 && e.Time.Year() < 10_000
}
