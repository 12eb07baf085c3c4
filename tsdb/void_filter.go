package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/text"
)

// check checks a filter. A range is required, because a filter without one is "everything", which nobody means.
func (f VoidFilter) check() error {
	switch {
	case f.From.IsZero() || f.To.IsZero() || !f.From.Before(f.To):
		return refuse(Invalid, "filter", "a filter has a range of time that begins before it ends")
	case f.Source != nil && (*f.Source == "" || !text.Plain(*f.Source, MaxSourceLen)): // an empty one must not mean every source
		return refuse(Invalid, "filter", "a source has 1 to %d characters, none of them a control character", MaxSourceLen)
	}
	return nil
}

// kept returns the filter as far as its events can be voided. What lies before retention is left out rather than
// refused: a filter of a year that began earlier is not a mistake.
func (f VoidFilter) kept(s *Store, now time.Time) VoidFilter {
	if first := now.Add(-s.settings.EventRetention); f.From.Before(first) {
		f.From = first
	}
	return f
}

// What was already voided does not match, so a call that is repeated by mistake finds nothing.
const fromVoidable = `
FROM usage_event e LEFT JOIN usage_void v ON v.account_id = $1 AND v.time = e.time AND v.source = e.source AND v.event_id = e.event_id
WHERE e.account_id = $1 AND e.time >= $2 AND e.time < $3 AND ($4::bigint = 0 OR e.resource_id = $4) AND ($5::text IS NULL OR e.source = $5) AND v.account_id IS NULL`

func (f VoidFilter) args(account int64) []any {
	return []any{account, f.From, f.To, f.ResourceID, f.Source}
}

// PreviewVoids counts what matches a filter and is not voided yet. It returns Invalid for a bad filter. The number goes
// into the call that voids the events, which is refused if the number is another by then.
func (s *Store) PreviewVoids(ctx context.Context, account int64, f VoidFilter) (sum Voided, err error) {
	if err := f.check(); err != nil {
		return sum, err
	}
	f = f.kept(s, s.Now())
	if err := s.payRows(ctx, asking(s.charts), s.Now(), []int64{account}, "usage_event", f.From, f.To, WeightEvent); err != nil {
		return sum, err
	}
	err = s.charts.QueryRow(ctx, "-- name: count events to take back\nSELECT count(*), coalesce(sum(e.charge), 0)::bigint, coalesce(sum(e.runs), 0)::bigint"+fromVoidable,
		f.args(account)...).Scan(&sum.Events, &sum.Credits, &sum.Runs)
	if err != nil {
		return sum, fmt.Errorf("count events: %w", err)
	}
	return sum, nil
}

// FilteredVoids describes events to void by a filter. The count is the promise of a caller who has looked at the
// preview; the key is for a caller who may have lost the answer.
type FilteredVoids struct {
	AccountID      int64
	Filter         VoidFilter
	Count          int64  // what PreviewVoids counted; another number is Conflict
	IdempotencyKey string // "": a repeat finds nothing left, and is Conflict
}

// VoidFiltered voids what matches a filter, as VoidEvents does, if it is as many as were counted before, and at most
// MaxFilteredVoids. An event that comes in between the preview and this call changes the number, so the call is
// refused.
func (s *Store) VoidFiltered(ctx context.Context, n FilteredVoids, by Actor) (sum Voided, err error) {
	if err := n.Filter.check(); err != nil {
		return sum, err
	}
	if err := checkKey(n.IdempotencyKey, false); err != nil {
		return sum, err
	}
	// One transaction holds the account's lock for all of them.
	if n.Count < 1 || n.Count > MaxFilteredVoids {
		return sum, refuse(Invalid, "expectedCount", "one call takes back 1 to %d events: if there are more, narrow the filter", MaxFilteredVoids)
	}
	err = s.changeAccount(ctx, n.AccountID, changeOptions{debt: true}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		// A transaction that is repeated begins anew.
		sum = Voided{}
		return c.once(ctx, tx, n.IdempotencyKey, "voidEvents", n, &sum, func() error {
			events, err := s.readFiltered(ctx, tx, c, n)
			if err != nil {
				return err
			}
			sum, err = s.void(ctx, tx, c, events, by, map[string]any{"from": n.Filter.From, "to": n.Filter.To, "source": n.Filter.Source})
			return err
		})
	})
	return sum, err
}

// readFiltered reads the events in a fixed order, at most one more than were counted, and demands that they are as many
// as were counted.
func (s *Store) readFiltered(ctx context.Context, tx pgx.Tx, c *change, n FilteredVoids) ([]*voidable, error) {
	if _, err := tx.Exec(ctx, planEach); err != nil {
		return nil, fmt.Errorf("set plans: %w", err)
	}
	f := n.Filter.kept(s, c.asOf)
	rows, err := tx.Query(ctx, "-- name: find events to take back\nSELECT "+voidableColumns+fromVoidable+" ORDER BY e.time, e.source, e.event_id LIMIT $6",
		append(f.args(c.ID), n.Count+1)...)
	if err != nil {
		return nil, fmt.Errorf("find events: %w", err)
	}
	events, err := pgx.CollectRows(rows, scanVoidable)
	if err != nil {
		return nil, fmt.Errorf("find events: %w", err)
	}
	if int64(len(events)) != n.Count {
		return nil, refuse(Conflict, "expectedCount", "the filter fits another number of events by now: look at the preview again")
	}
	return events, nil
}
