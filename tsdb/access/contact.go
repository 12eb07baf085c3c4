package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// maxContacts bounds the extra billing contacts of an account.
const maxContacts = 20

// BillingContacts lists the addresses that get the billing e-mails besides admins and master admins, in order.
func (s *Store) BillingContacts(ctx context.Context, account int64) ([]string, error) {
	return contacts(ctx, s.pool, account)
}

// contacts reads the list on its own or, to compare it, in the transaction that changes it.
func contacts(ctx context.Context, q pg.Querier, account int64) ([]string, error) {
	rows, err := q.Query(ctx, `-- name: list billing contacts
SELECT email FROM billing_contact WHERE account_id = $1 ORDER BY email LIMIT 100`, account)
	if err != nil {
		return nil, fmt.Errorf("list billing contacts: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list billing contacts: %w", err)
	}
	return list, nil
}

// SetBillingContacts replaces the extra billing contacts: at most 20 addresses, kept in lower case.
func (s *Store) SetBillingContacts(ctx context.Context, account int64, emails []string, by Actor) error {
	if len(emails) > maxContacts {
		return pg.Refuse(pg.Invalid, "emails", "an account has at most %d extra contacts", maxContacts)
	}
	list := make([]string, len(emails))
	for i, e := range emails {
		// Lower case, because e-mails to members and contacts are matched by address (tsdb/mail.go), so that nobody gets
		// one twice.
		list[i] = strings.ToLower(strings.TrimSpace(e))
		if !validEmail(list[i]) {
			return pg.Refuse(pg.Invalid, "emails", "number %d is not an e-mail address", i+1)
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	return s.transact(ctx, func(tx pgx.Tx) error {
		// Otherwise two callers who set the list at the same moment would delete the same rows and both insert.
		if err := lockPeople(ctx, tx, account); err != nil {
			return err
		}
		before, err := contacts(ctx, tx, account)
		// Setting the same list again changes nothing and writes no entry.
		if err != nil || slices.Equal(before, list) {
			return err
		}
		// The list is replaced as a whole, since it has at most twenty addresses and nothing refers to any of them.
		batch := &pgx.Batch{}
		batch.Queue("-- name: drop billing contacts\nDELETE FROM billing_contact WHERE account_id = $1", account)
		batch.Queue("-- name: put billing contacts\nINSERT INTO billing_contact (account_id, email) SELECT $1, unnest($2::text[])", account, list)
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return fmt.Errorf("put billing contacts: %w", err)
		}
		return s.Audit(ctx, tx, AuditRow{AccountID: account, Actor: by, Action: AuditContactsSet,
			Before: map[string]any{"emails": before}, After: map[string]any{"emails": list}})
	})
}
