package access

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Mute says which kinds of an account's e-mails a member does not want.
type Mute struct {
	AccountID int64
	UserID    string
	Kinds     []string
	Actor     Actor
	// TargetID is the member's opaque id, for the audit log.
	TargetID string
}

// Muted lists the kinds of e-mails of an account that a person does not want; ok is false if the person is not a
// member.
func (s *Store) Muted(ctx context.Context, account int64, userID string) (kinds []string, ok bool, err error) {
	return muted(ctx, s.pool, account, userID)
}

// muted reads the choice from the pool or, to compare it, in the transaction that changes it.
func muted(ctx context.Context, q pg.Querier, account int64, userID string) (kinds []string, ok bool, err error) {
	rows, err := q.Query(ctx, `-- name: read muted e-mails
SELECT muted_emails FROM member WHERE account_id = $1 AND user_id = $2`, account, userID)
	if err != nil {
		return nil, false, fmt.Errorf("read muted e-mails: %w", err)
	}
	kinds, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[[]string])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read muted e-mails: %w", err)
	}
	return kinds, true, nil
}

// PromisedEmails lists the kinds of e-mails that administrators are promised (rules.md §8): the last of them who gets
// one cannot mute it, and if that one leaves, the others get it again.
func PromisedEmails() []string {
	return []string{"STEP", "LOW_LIMIT", "ZERO", "NEGATIVE_LIMIT", "STOPPED", "SCRIPT_DEPLOYED", "SCRIPT_UNDEPLOYED", "SCRIPT_FAILED"}
}

// SetMuted sets which kinds of e-mails a member does not want, also for e-mails not sent yet. It returns NotFound if
// the user is not a member, and Invalid if no administrator would get a kind that is promised.
func (s *Store) SetMuted(ctx context.Context, m Mute) error {
	// Sorted and without repeats, so that equal choices compare equal; in a copy, because the list is the caller's.
	kinds := slices.Clone(m.Kinds)
	slices.Sort(kinds)
	kinds = slices.Compact(kinds)
	return s.transact(ctx, func(tx pgx.Tx) error {
		// The audit entry says what was set before, which is certain only under the lock.
		if err := lockPeople(ctx, tx, m.AccountID); err != nil {
			return err
		}
		before, ok, err := muted(ctx, tx, m.AccountID, m.UserID)
		if err != nil {
			return err
		}
		if !ok {
			return pg.Refuse(pg.NotFound, "accountId", "only a member of the account gets its e-mails by a role")
		}
		if slices.Equal(before, kinds) {
			return nil
		}
		if err := notTheLastWhoWants(ctx, tx, m, before, kinds); err != nil {
			return err
		}
		// The kinds are not checked here: they come from the contract's enumeration, and an unknown one mutes nothing.
		var email string
		if err := tx.QueryRow(ctx, `-- name: mute e-mails
UPDATE member SET muted_emails = $3 WHERE account_id = $1 AND user_id = $2 RETURNING email`, m.AccountID, m.UserID, kinds).Scan(&email); err != nil {
			return fmt.Errorf("mute e-mails: %w", err)
		}
		return s.Audit(ctx, tx, AuditRow{AccountID: m.AccountID, Actor: m.Actor, Action: AuditMemberSet, TargetID: m.TargetID, Target: email,
			Before: map[string]any{"muted": before}, After: map[string]any{"muted": kinds}})
	})
}

// notTheLastWhoWants refuses to mute what no other administrator would get. What was muted before stays so, even if the
// others have left since. Whoever is not an administrator gets none of these e-mails and may mute all.
func notTheLastWhoWants(ctx context.Context, tx pgx.Tx, m Mute, before, kinds []string) error {
	newly := slices.DeleteFunc(slices.Clone(kinds), func(kind string) bool {
		return slices.Contains(before, kind) || !slices.Contains(PromisedEmails(), kind)
	})
	if len(newly) == 0 {
		return nil
	}
	var unwanted bool
	err := tx.QueryRow(ctx, `-- name: find e-mails that no other administrator wants
SELECT EXISTS (SELECT FROM member m, unnest($3::text[]) kind WHERE m.account_id = $1 AND m.user_id = $2 AND m.role IN ('MASTER_ADMIN', 'ADMIN')
  AND NOT EXISTS (SELECT FROM member o WHERE o.account_id = $1 AND o.user_id <> $2 AND o.role IN ('MASTER_ADMIN', 'ADMIN') AND o.email <> ''
    AND NOT kind = ANY(o.muted_emails)))`, m.AccountID, m.UserID, newly).Scan(&unwanted)
	if err != nil {
		return fmt.Errorf("find who gets e-mails: %w", err)
	}
	if unwanted {
		return pg.Refuse(pg.Invalid, "muted", "one administrator has to get e-mails of this kind, and no other one does")
	}
	return nil
}
