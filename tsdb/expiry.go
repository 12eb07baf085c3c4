package tsdb

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// expiryNotices returns how many days before its end a grant is mailed about (rules.md §8).
func expiryNotices() [2]int { return [2]int{3, 14} }

const daySeconds billing.Second = 24 * 3600

// A grant that is shorter than shortTerm, the last mark, is mailed about at once, unless it is not longer than
// leastTerm: then there is no time to do anything about it.
const (
	shortTerm = 3 * daySeconds
	leastTerm = billing.Second(3600)
)

// Days are 24 hours: an interval in days would follow the clock changes of the session's zone. A grant is mailed about
// at 14 days unless it was made later than that, and at 3 days, or at once if it was made later than that too. A notice
// that comes late, after an outage, is sent once. A PLAN grant is mailed about only if the next cycle brings none of
// its meter.
const selectExpiring = `-- name: find accounts with grants about to expire
SELECT DISTINCT g.account_id FROM credit_grant g JOIN account a USING (account_id)
LEFT JOIN plan p ON p.plan_id = CASE WHEN a.next_plan_id IS NOT NULL THEN a.next_plan_id WHEN NOT a.plan_ends THEN a.plan_id END
WHERE ` + demoIsLoaded + ` = $3 AND g.retired_at IS NULL AND g.expires_at > $1 AND g.expires_at <= $1 + interval '336 hours'
  AND g.amount > g.expired + g.taken_back + g.given[1] + g.given[2] + g.given[3] + g.given[4]
  AND (g.expires_at <= $1 + interval '72 hours' AND g.mailed_days <> 3 AND g.granted_at < g.expires_at - interval '1 hour'
    OR g.mailed_days = 0 AND g.granted_at <= g.expires_at - interval '336 hours')
  AND NOT (g.kind = 'PLAN' AND CASE g.meter WHEN 'TOOL_RUNS' THEN coalesce(p.runs, 0) ELSE coalesce(p.credits, 0) END > 0)
ORDER BY g.account_id LIMIT $2`

// MailExpiring writes the e-mails about grants that end in 14 and in 3 days with something left, for at most limit
// accounts, and returns how many accounts it looked at. Each notice is written once. A failure with one account is
// returned in the end, after the others have had their turn.
func (s *Store) MailExpiring(ctx context.Context, limit int) (int, error) {
	// The search and noticeDue have to agree: an account that is found but has no notice due would be found in every
	// run, before all others.
	now := s.Now()
	rows, err := s.pool.Query(ctx, selectExpiring, now, limit, s.demo)
	if err != nil {
		return 0, fmt.Errorf("find expiring grants: %w", err)
	}
	accounts, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return 0, fmt.Errorf("find expiring grants: %w", err)
	}
	if err := s.changeEach(ctx, accounts, s.noticeExpiring); err != nil {
		return len(accounts), fmt.Errorf("mail expiring grants: %w", err)
	}
	return len(accounts), nil
}

const selectNoticed = `-- name: read which notices of expiry were written
SELECT grant_no, mailed_days FROM credit_grant
WHERE account_id = $1 AND retired_at IS NULL AND expires_at IS NOT NULL ORDER BY grant_no`

// noticeExpiring writes the notices that are due for an account.
func (s *Store) noticeExpiring(ctx context.Context, tx pgx.Tx, c *change) error {
	// Read under the lock, so that of two runs at once the second finds what the first has written.
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
	told := pg.NewColumns(2)
	for i, m := range billing.Meters() {
		f := c.facts(meterState(c.Account, m, c.Thresholds[i]), "")
		// As brought up to now: a grant that hosting has used up since the last posting has nothing left to lose.
		for _, g := range c.Book(m).Grants {
			if notice := noticeDue(g, noticed[g.No], c.Now); notice > 0 && !c.willRenew(g) {
				c.mailExpiring(f, g, notice)
				told.Add(g.No, notice)
				c.touched = true
			}
		}
	}
	return noteNotices(ctx, tx, c.ID, told)
}

// noticeDue returns the notice, 3 or 14 days, that is due for a grant at now; 0 for none. The nearer one takes the
// other's place.
func noticeDue(g billing.Grant, noticed int, now billing.Second) int {
	if g.ExpiresAt <= now || g.Left() == 0 {
		return 0
	}
	// The nearer mark first. A notice that was written stands for all marks that are further away.
	for _, days := range expiryNotices() {
		if noticed != 0 && noticed <= days {
			return 0
		}
		from := g.ExpiresAt - billing.Second(days)*daySeconds
		if isShort(g) && days == 3 {
			from = g.GrantedAt
		}
		if g.GrantedAt <= from && from <= now {
			return days
		}
	}
	return 0
}

// isShort reports whether a grant was made after the last mark and is long enough to be mailed about at once. A grant
// that never ends has no term.
func isShort(g billing.Grant) bool {
	term := g.ExpiresAt - g.GrantedAt
	return g.ExpiresAt != 0 && leastTerm < term && term < shortTerm
}

// willRenew reports whether a grant is of a plan and the next cycle brings one of its meter in its place. Its end would
// otherwise be reported every month, although nothing is lost that does not come again.
func (c *change) willRenew(g billing.Grant) bool {
	return g.Kind == billing.PlanGrant && c.Renews(g.Meter)
}

// mailShort writes at once the notices of new grants that are short.
func (c *change) mailShort() {
	for i, m := range billing.Meters() {
		for _, g := range c.Book(m).Grants {
			// Grants that this transaction has made, which the search would find only in its next run.
			if g.No > c.before.GrantNo && isShort(g) && noticeDue(g, 0, c.Now) > 0 && !c.willRenew(g) {
				c.mailExpiring(c.facts(meterState(c.Account, m, c.Thresholds[i]), ""), g, 3)
				c.noticed = append(c.noticed, g.No)
			}
		}
	}
}

// mailExpiring writes a notice. It names the days that are really left, rounded up, or the hours if less than a day is
// left.
func (c *change) mailExpiring(f MailFacts, g billing.Grant, notice int) {
	f.GrantNo, f.GrantKind, f.Amount, f.At = g.No, string(g.Kind), g.Left(), g.ExpiresAt.Time()
	left := g.ExpiresAt - c.Now
	if f.Days = int((left + daySeconds - 1) / daySeconds); left < daySeconds {
		f.Hours = int((left + 3599) / 3600)
	}
	c.addMail("GRANT_EXPIRING", "expiring/"+strconv.Itoa(int(g.No))+"/"+strconv.Itoa(notice), f)
}

// noteNotices records which grants were mailed about, and at how many days. It does so in the transaction that writes
// the e-mails, so that each is written once.
func noteNotices(ctx context.Context, tx pgx.Tx, account int64, told pg.Columns) error {
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

// mailExpired writes an e-mail for each grant that ended with something left. A PLAN grant that another one follows at
// once has been renewed, and nobody is mailed about that every month.
func (c *change) mailExpired() {
	common := map[billing.Meter]MailFacts{} // what all grants of a meter have in common
	for i := range c.Journal.Entries {
		e := &c.Journal.Entries[i]
		if e.Kind != billing.EntryExpiry || c.isRenewed(e) {
			continue
		}
		f, known := common[e.Meter]
		if !known {
			f = c.facts(meterState(c.Account, e.Meter, c.Thresholds[meterIndex(e.Meter)]), "")
			common[e.Meter] = f
		}
		f.Amount, f.GrantNo = -e.Amount, int32(e.CauseID)
		f.GrantKind = string(c.grantKind(e.Meter, f.GrantNo))
		f.At = e.Effective.Time()
		c.addMail("GRANT_EXPIRED", "expired/"+strconv.FormatInt(e.CauseID, 10), f)
	}
}

// isRenewed reports whether an expiry is of a PLAN grant and another PLAN grant of the meter arrived at the same
// instant.
func (c *change) isRenewed(expiry *billing.Entry) bool {
	return c.grantKind(expiry.Meter, int32(expiry.CauseID)) == billing.PlanGrant &&
		slices.ContainsFunc(c.Journal.Entries, func(e billing.Entry) bool {
			return e.Kind == billing.EntryGrant && e.Meter == expiry.Meter && e.Effective == expiry.Effective &&
				c.grantKind(e.Meter, int32(e.CauseID)) == billing.PlanGrant
		})
}

// grantKind returns the kind of a grant that is live, was live when the transaction began, or came and went within it.
func (c *change) grantKind(m billing.Meter, no int32) billing.GrantKind {
	for _, b := range []*billing.Book{c.Book(m), c.before.Book(m)} {
		if g := b.Grant(no); g != nil {
			return g.Kind
		}
	}
	i := slices.IndexFunc(c.Journal.Retired, func(g billing.Grant) bool { return g.Meter == m && g.No == no })
	if i < 0 {
		return ""
	}
	return c.Journal.Retired[i].Kind
}
