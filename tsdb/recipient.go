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

// A person gets e-mails at the present address; any other address counts while a recipient has it. What a person has
// muted is sent nevertheless if it is promised ($3) and no other administrator wants it: those who did may have left. The
// row is locked, because two workers that deliver the same e-mail must not both decide where it goes.
const selectAddress = `-- name: ask who gets a mail now
SELECT e.recipient, coalesce(
  (SELECT lower(m.email) FROM member m WHERE m.account_id = $1 AND m.user_id = e.user_id AND m.role IN ('MASTER_ADMIN', 'ADMIN') AND m.email <> ''),
  (SELECT r.email FROM ` + recipients + ` r WHERE r.email = e.recipient), ''),
  EXISTS (SELECT FROM member m WHERE m.account_id = $1 AND m.user_id = e.user_id AND e.kind = ANY(m.muted_emails)) AND (NOT e.kind = ANY($3::text[])
    OR EXISTS (SELECT FROM member o WHERE o.account_id = $1 AND o.user_id <> e.user_id AND o.role IN ('MASTER_ADMIN', 'ADMIN') AND o.email <> ''
      AND NOT e.kind = ANY(o.muted_emails)))
FROM email e WHERE e.account_id = $1 AND e.email_id = $2 AND e.state = 'QUEUED' FOR UPDATE OF e`

// The Message-ID is made from the first one and the address, so it is the same however often this is repeated, and
// another one for each address.
const insertNewcomers = `-- name: write a mail to who became a recipient after its cause
INSERT INTO email (account_id, key, recipient, user_id, kind, data, message_id, state, step, created_at)
SELECT e.account_id, e.key, r.email, r.user_id, e.kind, e.data, '<' || md5(e.message_id || '/' || r.email) || '@' || $3 || '>', 'QUEUED', e.step, e.created_at
FROM email e, ` + recipients + ` r
WHERE e.email_id = $2 AND NOT EXISTS (SELECT FROM email o WHERE o.account_id = $1 AND o.key = e.key AND (o.recipient = r.email OR o.user_id = r.user_id))
ORDER BY r.email ON CONFLICT (account_id, key, recipient) DO NOTHING RETURNING email_id`

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
		return readdress(ctx, tx, e.ID, now, at)
	})
	if err != nil {
		return e, err
	}
	// As it stands after the commit, also where another process has dealt with it.
	return s.Email(ctx, e.ID)
}

// addNewcomers writes the e-mail to recipients who have no copy of it, and queues it.
func (s *Store) addNewcomers(ctx context.Context, tx pgx.Tx, e Email) error {
	rows, err := tx.Query(ctx, insertNewcomers, e.AccountID, e.ID, s.settings.MailDomain)
	if err != nil {
		return fmt.Errorf("write mail to newcomers: %w", err)
	}
	added, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return fmt.Errorf("write mail to newcomers: %w", err)
	}
	if len(added) == 0 || s.mailer == nil {
		return nil
	}
	if err := s.mailer.QueueMails(ctx, tx, added); err != nil {
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

// readdress puts a corrected address on an e-mail, unless another copy of it goes there.
func readdress(ctx context.Context, tx pgx.Tx, id int64, address string, at time.Time) error {
	tag, err := tx.Exec(ctx, `-- name: correct the address of an e-mail
UPDATE email e SET recipient = $2, updated_at = $3 WHERE e.email_id = $1
  AND NOT EXISTS (SELECT FROM email o WHERE o.account_id = e.account_id AND o.key = e.key AND o.recipient = $2)`, id, address, at)
	if err != nil {
		return fmt.Errorf("correct address: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return skip(ctx, tx, id, doubled, at)
	}
	return nil
}
