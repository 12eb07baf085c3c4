package tsdb

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// endingToken is the condition for a token about which a notice is due at $1 (rules.md §8): at 14 days unless the token
// was made later, at 3 days unless it was made later than that too. A token that was rotated, or was made for less,
// ends as it was meant to. Days are 24 hours.
const endingToken = `t.account_id IS NOT NULL AND NOT t.development AND t.revoked_at IS NULL AND t.successor_id IS NULL
  AND t.expires_at > $1 AND t.expires_at <= $1 + interval '336 hours'
  AND (t.expires_at <= $1 + interval '72 hours' AND t.mailed_days <> 3 AND t.created_at <= t.expires_at - interval '72 hours'
    OR t.mailed_days = 0 AND t.created_at <= t.expires_at - interval '336 hours')`

const selectEnding = `-- name: find accounts with tokens about to end
SELECT DISTINCT t.account_id FROM api_token t JOIN account a ON a.account_id = t.account_id
WHERE ` + demoIsLoaded + ` = $3 AND ` + endingToken + ` ORDER BY t.account_id LIMIT $2`

// It marks tokens by the condition that found them, in one statement, so that of two runs at once the second finds them
// marked.
const noteEnding = `-- name: note notices of tokens' ends
UPDATE api_token t SET mailed_days = CASE WHEN t.expires_at <= $1 + interval '72 hours' THEN 3 ELSE 14 END
WHERE t.account_id = $2 AND ` + endingToken + `
RETURNING t.token_id, t.name, t.prefix, t.expires_at, coalesce(t.last_used_at, '0001-01-01 00:00:00Z'), t.mailed_days`

// MailEndingTokens writes the e-mails about API tokens that end in 14 and in 3 days, for at most limit accounts, and
// returns how many accounts it looked at. Each notice is written once. Tokens that are bound to no account are the
// operator's. An account whose demo is being loaded lives in the time of its loader, and is left to it, as by the
// meter.
func (s *Store) MailEndingTokens(ctx context.Context, limit int) (int, error) {
	rows, err := s.pool.Query(ctx, selectEnding, s.Now(), limit, s.demo)
	if err != nil {
		return 0, fmt.Errorf("find ending tokens: %w", err)
	}
	accounts, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return 0, fmt.Errorf("find ending tokens: %w", err)
	}
	if err := s.changeEach(ctx, accounts, s.noticeEnding); err != nil {
		return len(accounts), fmt.Errorf("mail ending tokens: %w", err)
	}
	return len(accounts), nil
}

// changeEach runs fn on accounts, a transaction each. No account keeps another from its turn; the error is that of the
// first that failed. Only if the database is out of reach, or the caller gives up, is the rest left to the next run.
func (s *Store) changeEach(ctx context.Context, accounts []int64, fn func(context.Context, pgx.Tx, *change) error) (failed error) {
	for _, id := range accounts {
		err := s.changeAccount(ctx, id, changeOptions{}, fn)
		if err != nil && failed == nil {
			failed = fmt.Errorf("account %d: %w", id, err)
		}
		if ctx.Err() != nil || pg.IsOutage(err) {
			break
		}
	}
	return failed
}

// endOf is a token about which a notice is due. notice is 14 or 3, which the e-mail is about; the days that the e-mail
// names are counted anew, since it may be late.
type endOf struct {
	id           int64
	name, prefix string
	at, used     time.Time
	notice       int
}

// noticeEnding writes the notices that are due in an account. The update locks each token, so that each notice is
// written by one run. The account is brought up before, since the e-mail says what is left of its credits.
func (s *Store) noticeEnding(ctx context.Context, tx pgx.Tx, c *change) error {
	now := s.Now()
	rows, err := tx.Query(ctx, noteEnding, now, c.ID)
	if err != nil {
		return fmt.Errorf("note notices: %w", err)
	}
	// E-mails of every kind name the account and what is left of its credits.
	f := c.facts(meterState(c.Account, billing.ModelCredits, c.Thresholds[0]), "")
	var t endOf
	_, err = pgx.ForEachRow(rows, []any{&t.id, &t.name, &t.prefix, &t.at, &t.used, &t.notice}, func() error {
		f.Token, f.TokenPrefix, f.At, f.LastUsedAt = t.name, t.prefix, t.at.UTC(), time.Time{}
		if t.used.Year() > 1 {
			f.LastUsedAt = t.used.UTC()
		}
		c.touched = true // or the e-mail would be left out if nothing else changed
		const day = 24 * time.Hour
		// Rounded up: with an hour to go a token ends within 1 day, not within 0.
		f.Days = int((t.at.Sub(now) + day - 1) / day)
		c.addMail("TOKEN_EXPIRING", "token/"+strconv.FormatInt(t.id, 10)+"/"+strconv.Itoa(t.notice), f)
		return nil
	})
	if err != nil {
		return fmt.Errorf("note notices: %w", err)
	}
	return nil
}
