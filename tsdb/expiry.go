package tsdb

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// expiryNotices are how many days before its end a grant is told of (rules.md §8).
func expiryNotices() [2]int { return [2]int{3, 14} }

const daySeconds billing.Second = 24 * 3600

// Days are 24 hours: an interval in days would follow the clock changes of the session's zone. A grant is told of at 14 days unless it was made later than that, and at 3 days; a notice that comes late, after an
// outage, is told once.
const selectExpiring = `-- name: find accounts with grants about to expire
SELECT DISTINCT account_id FROM credit_grant
WHERE retired_at IS NULL AND expires_at > $1 AND expires_at <= $1 + interval '336 hours' AND amount > expired + taken_back + given[1] + given[2] + given[3] + given[4]
  AND (expires_at <= $1 + interval '72 hours' AND mailed_days <> 3 AND granted_at <= expires_at - interval '72 hours'
    OR mailed_days = 0 AND granted_at <= expires_at - interval '336 hours')
ORDER BY account_id LIMIT $2`

// MailExpiring writes the mails about grants that end in 14 and in 3 days with something left, for at most limit accounts,
// and returns for how many accounts it looked. Each notice is written once.
func (s *Store) MailExpiring(ctx context.Context, limit int) (int, error) {
	now := s.Now()
	rows, err := s.pool.Query(ctx, selectExpiring, now, limit)
	if err != nil {
		return 0, fmt.Errorf("find expiring grants: %w", err)
	}
	accounts, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return 0, fmt.Errorf("find expiring grants: %w", err)
	}
	for _, id := range accounts {
		if err := s.changeAccount(ctx, id, changeOptions{}, s.noticeExpiring); err != nil {
			return 0, fmt.Errorf("mail expiring grants of account %d: %w", id, err)
		}
	}
	return len(accounts), nil
}

const selectNoticed = `-- name: read which notices of expiry were written
SELECT grant_no, mailed_days FROM credit_grant
WHERE account_id = $1 AND retired_at IS NULL AND expires_at IS NOT NULL ORDER BY grant_no`

// noticeExpiring writes the notices that are due on an account.
func (s *Store) noticeExpiring(ctx context.Context, tx pgx.Tx, c *change) error {
	rows, err := tx.Query(ctx, selectNoticed, c.ID)
	if err != nil {
		return fmt.Errorf("read notices: %w", err)
	}
	noticed := map[int32]int{}
	var no int32
	var days int
	_, err = pgx.ForEachRow(rows, []any{&no, &days}, func() error {
		noticed[no] = days
		return nil
	})
	if err != nil {
		return fmt.Errorf("read notices: %w", err)
	}
	told := newColumns(2)
	for i, m := range billing.Meters() {
		f := c.facts(meterState(c.Account, m, c.Steps[i]), "")
		for _, g := range c.Book(m).Grants {
			if notice := noticeDue(g, noticed[g.No], c.Now); notice > 0 {
				c.mailExpiring(f, g, notice)
				told.add(g.No, notice)
			}
		}
	}
	return noteNotices(ctx, tx, c.ID, told)
}

// noticeDue is the notice, 3 or 14 days, that is due on a grant at now; 0 for none. The nearer one takes the other's place.
func noticeDue(g billing.Grant, noticed int, now billing.Second) int {
	if g.ExpiresAt <= now || g.Left() == 0 {
		return 0
	}
	for _, days := range expiryNotices() {
		if noticed != 0 && noticed <= days {
			return 0
		}
		from := g.ExpiresAt - billing.Second(days)*daySeconds
		if g.GrantedAt <= from && from <= now {
			return days
		}
	}
	return 0
}

// mailExpiring writes a notice. The days that it names are those really left, counted up.
func (c *change) mailExpiring(f MailFacts, g billing.Grant, notice int) {
	f.GrantNo, f.GrantKind, f.Amount, f.At = g.No, string(g.Kind), g.Left(), g.ExpiresAt.Time()
	f.Days = int((g.ExpiresAt - c.Now + daySeconds - 1) / daySeconds)
	c.addMail("GRANT_EXPIRING", "expiring/"+strconv.Itoa(int(g.No))+"/"+strconv.Itoa(notice), f)
	c.touched = true
}

// noteNotices notes the grants that were told of, and the days of each.
func noteNotices(ctx context.Context, tx pgx.Tx, account int64, told columns) error {
	if len(told[0]) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `-- name: note notices of expiry
UPDATE credit_grant g SET mailed_days = u.days FROM unnest($2::int[], $3::int[]) AS u (grant_no, days)
WHERE g.account_id = $1 AND g.grant_no = u.grant_no`, account, told[0], told[1])
	if err != nil {
		return fmt.Errorf("note notices: %w", err)
	}
	return nil
}
