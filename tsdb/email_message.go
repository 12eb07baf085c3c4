package tsdb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// MaxCopies is how many copies of a message are read; CopyCount says how many there are.
const MaxCopies = 100

// EmailMessage is what an e-mail says, with its copies, one for each recipient, in the order in which they were
// written.
type EmailMessage struct {
	ID        int64 // of the first copy
	CopyCount int
	Copies    []Email // at most MaxCopies
}

// One cause has one key, and one row for each recipient. A message has each state that one of its copies has: one that
// reached all recipients but one is found among those that failed.
const groupEmails = `FROM (SELECT min(email_id) AS email_id, key, count(*)::int AS copies FROM email WHERE account_id = $1
  AND ($2::text[] IS NULL OR kind = ANY($2::text[]))` + emailsWritten + ` GROUP BY key HAVING $3::text[] IS NULL OR bool_or(state = ANY($3::text[]))) m WHERE true`

const selectCopies = `-- name: list copies of e-mails
SELECT ` + emailColumns + `, k.place FROM unnest($2::text[]) WITH ORDINALITY k (key, place),
  LATERAL (SELECT * FROM email c WHERE c.account_id = $1 AND c.key = k.key ORDER BY c.email_id LIMIT $3) e ORDER BY k.place, email_id`

// EmailMessages lists the messages that an account was mailed, latest first, each once. A message fits the filter's
// states if one of its copies does. total asks for their number too.
func (s *Store) EmailMessages(ctx context.Context, account int64, f EmailFilter, p Page, total bool) (Paged[EmailMessage], error) {
	args := f.args(account)
	clause, pageArgs := p.Clause([]string{"email_id"}, args)
	rows, err := s.charts.Query(ctx, "-- name: list e-mails by message\nSELECT email_id, copies, key "+groupEmails+clause, pageArgs...)
	if err != nil {
		return Paged[EmailMessage]{}, fmt.Errorf("list messages: %w", err)
	}
	// Outside, a message is known by the id of its first e-mail, so that a cursor is a number; here it is known by its
	// key.
	keys := map[int64]string{}
	messages, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m EmailMessage, err error) {
		var key string
		err = row.Scan(&m.ID, &m.CopyCount, &key)
		keys[m.ID] = key
		return m, err
	})
	if err != nil {
		return Paged[EmailMessage]{}, fmt.Errorf("list messages: %w", err)
	}
	// Cut first, so that the copies of the surplus row are not read.
	page := pg.CutPage(p, messages)
	if err := s.readCopies(ctx, account, page.Rows, keys); err != nil {
		return page, err
	}
	if total {
		if err := s.charts.QueryRow(ctx, "-- name: count e-mails by message\nSELECT count(*) "+groupEmails, args...).Scan(&page.Total); err != nil {
			return page, fmt.Errorf("count messages: %w", err)
		}
	}
	return page, nil
}

// readCopies reads the copies of messages; keys are the messages' keys by id.
func (s *Store) readCopies(ctx context.Context, account int64, messages []EmailMessage, keys map[int64]string) error {
	wanted := make([]string, len(messages))
	for i, m := range messages {
		wanted[i] = keys[m.ID]
	}
	rows, err := s.charts.Query(ctx, selectCopies, account, wanted, MaxCopies)
	if err != nil {
		return fmt.Errorf("list copies: %w", err)
	}
	var place int64
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		e, err := scanEmail(withLast{row, &place})
		if err == nil {
			messages[place-1].Copies = append(messages[place-1].Copies, e)
		}
		return struct{}{}, err
	})
	if err != nil {
		return fmt.Errorf("list copies: %w", err)
	}
	return nil
}

// withLast is a row whose last column is scanned elsewhere.
type withLast struct {
	pgx.CollectableRow
	last any
}

// Scan scans the row, its last column into w.last.
func (w withLast) Scan(dest ...any) error { return w.CollectableRow.Scan(append(dest, w.last)...) }
