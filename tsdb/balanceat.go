package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// Statements that were closed by T give the balance up to their end. The entries of later cycles are added to it; none
// of them is effective before that end.
const balanceAt = `-- name: balance at an instant
WITH closed AS (SELECT coalesce(max(cycle_no), 0) AS cycle_no, coalesce(max(ends_at), '-infinity') AS since FROM statement WHERE account_id = $1 AND ends_at <= $2)
SELECT m.meter, coalesce((SELECT st.closing FROM statement st, closed WHERE st.account_id = $1 AND st.cycle_no = closed.cycle_no AND st.meter = m.meter), 0)
  + coalesce((SELECT sum(e.amount) FROM ledger_entry e, closed
      WHERE e.account_id = $1 AND e.meter = m.meter AND e.cycle_no > closed.cycle_no AND e.effective_at >= closed.since AND e.effective_at <= $2), 0)::bigint
FROM (VALUES ('MODEL_CREDITS'), ('TOOL_RUNS')) m (meter)`

// BalanceAt returns what a perfectly punctual meter would have shown at a past instant: the sum of the entries
// effective by then, with what is accrued and not yet posted. It is 0 before the account was created. BadRange is
// returned for an instant in the future.
func (r *Reader) BalanceAt(ctx context.Context, account int64, at time.Time) (credits, runs billing.Amount, err error) {
	err = r.about(ctx, account, func(tx pgx.Tx, a *Account) error {
		credits, runs, err = readBalanceAt(ctx, tx, a, at)
		return err
	})
	return credits, runs, err
}

func readBalanceAt(ctx context.Context, tx pgx.Tx, a *Account, at time.Time) (credits, runs billing.Amount, err error) {
	switch {
	case at.After(a.AsOf):
		return 0, 0, refuse(BadRange, "time", "the instant lies in the future")
	// Not an error, because a chart may begin before its account.
	case billing.SecondOf(at) < a.Created:
		return 0, 0, nil
	}
	rows, err := tx.Query(ctx, balanceAt, a.ID, at)
	if err != nil {
		return 0, 0, fmt.Errorf("read balance: %w", err)
	}
	sums := map[billing.Meter]billing.Amount{}
	var m billing.Meter
	var sum billing.Amount
	if _, err = pgx.ForEachRow(rows, []any{&m, &sum}, func() error { sums[m] = sum; return nil }); err != nil {
		return 0, 0, fmt.Errorf("read balance: %w", err)
	}
	// What fell due since the last posting is foreseen, not stored: ends of grants, rollovers and what follows from
	// them.
	for _, e := range a.Journal.Entries {
		if e.Effective <= billing.SecondOf(at) {
			sums[e.Meter] += e.Amount
		}
	}
	// Hosting needs two corrections. If it is posted, its entry may be effective later in the minute than the instant;
	// if not, there is no entry yet.
	within, err := readWithinMinute(ctx, tx, a, billing.SecondOf(at))
	if err != nil {
		return 0, 0, err
	}
	sums[billing.ModelCredits] -= within + a.unpostedBy(billing.SecondOf(at))
	return sums[billing.ModelCredits], sums[billing.ToolRuns], nil
}

// selectMinute reads what each segment was charged for a minute: by entries effective up to an instant in it, and by
// later ones. An entry is effective at the end of its range, which lies in the minute or at its end.
const selectMinute = `-- name: read the hosting of a minute
SELECT s.rate, s.replicas, date_part('epoch', s.started_at)::bigint,
  coalesce(-sum(e.amount) FILTER (WHERE e.effective_at <= $3), 0)::bigint, coalesce(-sum(e.amount) FILTER (WHERE e.effective_at > $3), 0)::bigint
FROM ledger_entry e JOIN segment s ON s.account_id = e.account_id AND s.segment_id = e.cause_id
WHERE e.account_id = $1 AND e.cause = 'HOSTING' AND e.kind = 'CHARGE' AND e.minute = $2 AND e.effective_at > $2 AND e.effective_at <= $2 + interval '1 minute'
GROUP BY s.segment_id`

// readWithinMinute returns what hosting had cost up to a second within a minute but only a later entry of that minute
// charges. An entry is effective at the end of its range, which depends on when the metering job ran; what a punctual
// meter would have shown does not depend on that.
func readWithinMinute(ctx context.Context, tx pgx.Tx, a *Account, at billing.Second) (billing.Amount, error) {
	minute := at.Minute()
	if at == minute {
		return 0, nil
	}
	rows, err := tx.Query(ctx, selectMinute, a.ID, minute.Time(), at.Time())
	if err != nil {
		return 0, fmt.Errorf("read minute: %w", err)
	}
	var sum, before, after billing.Amount
	var s billing.Segment
	_, err = pgx.ForEachRow(rows, []any{&s.RatePerHour, &s.Replicas, &s.Start, &before, &after}, func() error {
		// What a punctual meter would have charged by then, less what was charged; but never more than later entries of
		// the minute really charge, since a late report of an end has taken some of it back.
		cost := s.Charge(max(minute, a.BooksFrom), at)
		sum += min(max(cost-before, 0), after)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("read minute: %w", err)
	}
	return sum, nil
}
