package tsdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/access"
)

// noRecipient is noted at an e-mail whose recipient is no longer one.
const noRecipient = "not sent: the recipient was no administrator or billing contact of the account any more"

// muted is noted at an e-mail that its recipient does not want.
const muted = "not sent: the recipient has muted e-mails of this kind"

// doubled is noted at an e-mail to whose address another copy goes.
const doubled = "not sent: another copy goes to this address"

// An address gets its e-mails as long as a recipient has it; if none has, the person whom it was meant for gets them at
// another one. What all administrators of the address have muted is sent nevertheless if it is promised ($3) and no other
// administrator wants it: those who did may have left. The row is locked, because two workers that deliver the same
// e-mail must not both decide where it goes.
const selectAddress = `-- name: ask who gets a mail now
SELECT e.recipient, a.now,
  coalesce((SELECT bool_and(e.kind = ANY(m.muted_emails)) FROM ` + administrators + ` m WHERE lower(m.email) = a.now), false) AND (NOT e.kind = ANY($3::text[])
    OR EXISTS (SELECT FROM ` + administrators + ` o WHERE NOT e.kind = ANY(o.muted_emails)))
FROM email e CROSS JOIN LATERAL (SELECT coalesce(
  (SELECT r.email FROM ` + recipients + ` r WHERE r.email = e.recipient),
  (SELECT lower(m.email) FROM ` + administrators + ` m WHERE m.user_id = e.user_id), '') AS now) a
WHERE e.account_id = $1 AND e.email_id = $2 AND e.state = 'QUEUED' FOR UPDATE OF e`

// administrators are the members who get an account's e-mails, unless they have muted them.
const administrators = `(SELECT user_id, email, muted_emails FROM member WHERE account_id = $1 AND role IN ('MASTER_ADMIN', 'ADMIN') AND email <> '')`

// A recipient is new if no copy goes to the address, nor has gone to the person, nor will: a copy whose address nobody has
// any more follows its person. A copy that was skipped ($4) because nobody had its address then is the newcomer's. The
// Message-ID is made from the first one and the address, so it is the same however often this is repeated, and another
// one for each address.
const insertNewcomers = `-- name: write a mail to who became a recipient after its cause
INSERT INTO email AS o (account_id, key, recipient, user_id, kind, data, message_id, state, step, created_at)
SELECT e.account_id, e.key, r.email, r.user_id, e.kind, e.data, '<' || md5(e.message_id || '/' || r.email) || '@' || $3 || '>', 'QUEUED', e.step, e.created_at
FROM email e, ` + recipients + ` r
WHERE e.email_id = $2 AND NOT EXISTS (SELECT FROM email o WHERE o.account_id = $1 AND o.key = e.key AND (o.recipient = r.email AND NOT ` + isLost + `
  OR o.user_id = r.user_id AND NOT ` + isLost + ` AND NOT (o.state = 'QUEUED' AND o.recipient IN (SELECT q.email FROM ` + recipients + ` q))))
ORDER BY r.email ON CONFLICT (account_id, key, recipient) DO UPDATE SET ` + revived + `, user_id = EXCLUDED.user_id WHERE ` + isLost + ` RETURNING email_id`

const (
	isLost  = `(o.state = 'SKIPPED' AND o.last_error = $4)`
	revived = `state = 'QUEUED', last_error = ''`
)

// Address finds out who gets a waiting e-mail now that it is to be sent (rules.md §8), and returns the e-mail as it
// then stands: with the present address of its recipient, or SKIPPED if that person is no longer a recipient, or does
// not want e-mails of its kind. Whoever became a recipient since its cause gets one too: the contact that replaced a
// mistyped one, say. The account is not locked: a role that changes in this very moment counts before or after it, and
// either is right.
func (s *Store) Address(ctx context.Context, e Email) (Email, error) {
	at := s.Now()
	err := s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		var old, now string
		var unwanted bool
		err := tx.QueryRow(ctx, selectAddress, e.AccountID, e.ID, access.PromisedEmails()).Scan(&old, &now, &unwanted)
		if errors.Is(err, pgx.ErrNoRows) { // another process has dealt with it
			return nil
		}
		if err != nil {
			return fmt.Errorf("ask who gets the mail: %w", err)
		}
		// Before the e-mail itself is skipped: if all earlier recipients are gone, the present ones still hear of it.
		if err := s.addNewcomers(ctx, tx, e); err != nil {
			return err
		}
		switch {
		case now == "":
			return skip(ctx, tx, e.ID, noRecipient, at)
		case unwanted:
			return skip(ctx, tx, e.ID, muted, at)
		case now == old:
			return nil
		}
		return s.readdress(ctx, tx, e, now, at)
	})
	if err != nil {
		return e, err
	}
	// As it stands after the commit, also where another process has dealt with it.
	return s.Email(ctx, e.ID)
}

// addNewcomers writes the e-mail to recipients who have no copy of it, and queues it.
func (s *Store) addNewcomers(ctx context.Context, tx pgx.Tx, e Email) error {
	rows, err := tx.Query(ctx, insertNewcomers, e.AccountID, e.ID, s.settings.MailDomain, noRecipient)
	if err != nil {
		return fmt.Errorf("write mail to newcomers: %w", err)
	}
	added, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return fmt.Errorf("write mail to newcomers: %w", err)
	}
	return s.queueMails(ctx, tx, added)
}

// queueMails queues e-mails that were written when others were addressed.
func (s *Store) queueMails(ctx context.Context, tx pgx.Tx, ids []int64) error {
	if len(ids) == 0 || s.mailer == nil {
		return nil
	}
	if err := s.mailer.QueueMails(ctx, tx, ids); err != nil {
		return fmt.Errorf("queue mail to newcomers: %w", err)
	}
	return nil
}

// skip notes at an e-mail why nobody gets it. rules.md §8 wants that recorded, so that "I got no e-mail" has an answer.
func skip(ctx context.Context, tx pgx.Tx, id int64, why string, at time.Time) error {
	if _, err := tx.Exec(ctx, `-- name: skip e-mail
UPDATE email SET state = 'SKIPPED', last_error = $2, updated_at = $3 WHERE email_id = $1`, id, why, at); err != nil {
		return fmt.Errorf("skip e-mail: %w", err)
	}
	return nil
}

// readdress puts a corrected address on an e-mail, unless another copy of it goes there, or does so from now on: one that
// was skipped when nobody had that address.
func (s *Store) readdress(ctx context.Context, tx pgx.Tx, e Email, address string, at time.Time) error {
	tag, err := tx.Exec(ctx, `-- name: correct the address of an e-mail
UPDATE email e SET recipient = $2, updated_at = $3 WHERE e.email_id = $1
  AND NOT EXISTS (SELECT FROM email o WHERE o.account_id = e.account_id AND o.key = e.key AND o.recipient = $2)`, e.ID, address, at)
	if err != nil {
		return fmt.Errorf("correct address: %w", err)
	}
	if tag.RowsAffected() > 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `-- name: send a copy after all whose address somebody has again
UPDATE email o SET `+revived+`, user_id = e.user_id, updated_at = $3 FROM email e
WHERE e.email_id = $1 AND o.account_id = e.account_id AND o.key = e.key AND o.recipient = $2 AND `+isLost+` RETURNING o.email_id`, e.ID, address, at, noRecipient)
	if err != nil {
		return fmt.Errorf("correct address: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return fmt.Errorf("correct address: %w", err)
	}
	if err := s.queueMails(ctx, tx, found); err != nil {
		return err
	}
	return skip(ctx, tx, e.ID, doubled, at)
}
