package tsdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// EmailState says how far an e-mail got.
type EmailState string

// The states of an e-mail.
const (
	EmailStored   EmailState = "STORED"    // kept to read, never sent
	EmailQueued   EmailState = "QUEUED"    // waits for its turn or another attempt
	EmailSent     EmailState = "SENT"      // taken over by the mail server
	EmailDead     EmailState = "DEAD"      // given up
	EmailSkipped  EmailState = "SKIPPED"   // not sent: its recipient was no longer one, or had muted its kind
	EmailHeldBack EmailState = "HELD_BACK" // not sent: one about the same threshold had been mailed shortly before
)

// EmailStates lists the states, for metrics and for filters: one that is missing here would be in neither.
func EmailStates() []EmailState {
	return []EmailState{EmailStored, EmailQueued, EmailSent, EmailDead, EmailSkipped, EmailHeldBack}
}

// Email is an e-mail to one recipient. Facts are as they were when its cause was committed, so that a late attempt says
// what was true then.
type Email struct {
	ID        int64
	AccountID int64
	Kind      string // of the mail's data: mail.Kind
	Recipient string
	Facts     MailFacts
	MessageID string // the same on every attempt
	State     EmailState
	Attempts  int
	LastError string
	CreatedAt time.Time
	SentAt    time.Time // zero: not sent
	UpdatedAt time.Time // when it was written, attempted or given up, whichever was last
}

const emailColumns = `email_id, account_id, kind, recipient, data, message_id, state, attempts, last_error, created_at, sent_at, coalesce(updated_at, created_at)`

func scanEmail(row pgx.CollectableRow) (e Email, err error) {
	var data []byte
	var sent *time.Time
	err = row.Scan(&e.ID, &e.AccountID, &e.Kind, &e.Recipient, &data, &e.MessageID, &e.State, &e.Attempts, &e.LastError, &e.CreatedAt, &sent, &e.UpdatedAt)
	if err != nil {
		return e, err
	}
	// The driver returns times in the process's zone, in which equal instants are not equal values.
	if sent != nil {
		e.SentAt = sent.UTC()
	}
	e.CreatedAt, e.UpdatedAt = e.CreatedAt.UTC(), e.UpdatedAt.UTC()
	return e, json.Unmarshal(data, &e.Facts)
}

// Email reads one e-mail. It returns NotFound if there is none.
func (s *Store) Email(ctx context.Context, id int64) (Email, error) {
	return s.EmailWithin(ctx, nil, id)
}

// EmailWithin reads one e-mail of the given accounts; nil means every account. It returns NotFound if there is none; an
// e-mail of another account is answered in the same way and takes no longer.
func (s *Store) EmailWithin(ctx context.Context, accounts []int64, id int64) (Email, error) {
	rows, err := s.pool.Query(ctx, `-- name: read e-mail
SELECT `+emailColumns+` FROM email WHERE email_id = $1 AND ($2::bigint[] IS NULL OR account_id = ANY($2::bigint[]))`, id, accounts)
	if err != nil {
		return Email{}, fmt.Errorf("read e-mail: %w", err)
	}
	e, err := pgx.CollectExactlyOneRow(rows, scanEmail)
	if errors.Is(err, pgx.ErrNoRows) {
		return e, refuse(NotFound, "id", "there is no such e-mail")
	}
	if err != nil {
		return e, fmt.Errorf("read e-mail: %w", err)
	}
	return e, nil
}

// EmailOutcome is the result of an attempt to deliver: State is SENT, QUEUED (another attempt follows) or DEAD. Error
// may be text from a server, in any encoding.
type EmailOutcome struct {
	State EmailState
	Error string // why it failed
}

const maxEmailError = 500 // bytes kept of what went wrong

// NoteAttempt records an attempt to deliver an e-mail and its outcome. An e-mail that is SENT stays so: two attempts
// may overlap if a process was thought dead, and the one that failed must not have the e-mail sent again. Unknown ids
// change nothing.
func (s *Store) NoteAttempt(ctx context.Context, id int64, o EmailOutcome) error {
	now := s.Now()
	sent := any(nil)
	if o.State == EmailSent {
		sent = now
	}
	_, err := s.pool.Exec(ctx, `-- name: note attempt at e-mail
UPDATE email SET attempts = attempts + 1, state = $2, last_error = $3, sent_at = $4, updated_at = $5 WHERE email_id = $1 AND state <> 'SENT'`,
		id, string(o.State), shortened(o.Error, maxEmailError), sent, now) // a mail server may answer in any encoding
	if err != nil {
		return fmt.Errorf("note attempt: %w", err)
	}
	return nil
}

// EmailCounts returns the numbers of e-mails by state, for the metric. States without e-mails count 0: a series that
// begins only with its first dead e-mail could not be alerted on.
func (s *Store) EmailCounts(ctx context.Context) (map[EmailState]int64, error) {
	counts := map[EmailState]int64{}
	for _, state := range EmailStates() {
		counts[state] = 0
	}
	rows, err := s.pool.Query(ctx, `-- name: count e-mails
SELECT state, count(*) FROM email GROUP BY state ORDER BY state`)
	if err != nil {
		return nil, fmt.Errorf("count e-mails: %w", err)
	}
	var state EmailState
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error {
		counts[state] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count e-mails: %w", err)
	}
	return counts, nil
}

// QueueWaiting hands QUEUED e-mails to the queue, in case their delivery was lost there. It takes the oldest, at most
// limit of them, and returns how many it took. The queue ignores those that it has already.
func (s *Store) QueueWaiting(ctx context.Context, limit int) (int, error) {
	// Without a mail server e-mails are stored for good, and a server that comes later does not send old ones
	// (decisions/live.md).
	if s.mailer == nil {
		return 0, nil
	}
	n := 0
	err := s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `-- name: find waiting e-mails
SELECT email_id FROM email WHERE state = 'QUEUED' ORDER BY email_id LIMIT $1`, limit)
		if err != nil {
			return fmt.Errorf("find waiting e-mails: %w", err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if n = len(ids); err != nil || n == 0 {
			return err
		}
		// The queue makes no second delivery of those that it has.
		return s.mailer.QueueMails(ctx, tx, ids)
	})
	return n, err
}

// EmailFilter says which e-mails to list; nil is no condition, and an empty list fits none.
type EmailFilter struct {
	Kinds    []string
	States   []string
	From, To time.Time // written in [From, To); zero: open
}

// args returns the account and the filter as the arguments $1 to $5 of a statement.
func (f EmailFilter) args(account int64) []any {
	return []any{account, f.Kinds, f.States, openAt(f.From), openAt(f.To)}
}

const emailsWritten = ` AND ($4::timestamptz IS NULL OR created_at >= $4) AND ($5::timestamptz IS NULL OR created_at < $5)`

const listEmails = `FROM email WHERE account_id = $1
 AND ($2::text[] IS NULL OR kind = ANY($2::text[])) AND ($3::text[] IS NULL OR state = ANY($3::text[]))` + emailsWritten

// Emails lists an account's e-mails, latest first. total asks for their number too. Limit is 1 to 100. It is for
// callers who may see the account.
func (s *Store) Emails(ctx context.Context, account int64, f EmailFilter, p Page, total bool) (Paged[Email], error) {
	// By the readers' pool, so that nobody who posts waits for a long list.
	args := f.args(account)
	clause, pageArgs := p.Clause([]string{"email_id"}, args)
	rows, err := s.charts.Query(ctx, "-- name: list e-mails\nSELECT "+emailColumns+" "+listEmails+clause, pageArgs...)
	if err != nil {
		return Paged[Email]{}, fmt.Errorf("list e-mails: %w", err)
	}
	mails, err := pgx.CollectRows(rows, scanEmail)
	if err != nil {
		return Paged[Email]{}, fmt.Errorf("list e-mails: %w", err)
	}
	page := pg.CutPage(p, mails)
	if total {
		if err := s.charts.QueryRow(ctx, "-- name: count e-mails of an account\nSELECT count(*) "+listEmails, args...).Scan(&page.Total); err != nil {
			return Paged[Email]{}, fmt.Errorf("count e-mails: %w", err)
		}
	}
	return page, nil
}
