package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// Claimed is what a token of the issuer says about a person.
type Claimed struct {
	UserID   string
	Email    string    // "", or not an address: a member keeps the present one, and a new one has none
	Name     string    // "", or not fit to be shown: a member keeps the present one, and a new one gets the address or the user id
	IssuedAt time.Time // when the token was issued; Follow ignores a token that is not newer than the last
	Role     string    // "": by the claim the person is not a member
	// The accounts in which the person has Role, by their keys and by their own ids. Those that do not exist are left
	// out.
	Accounts  []int64
	Externals []string
	Actor     Actor
	TargetID  func(account int64, userID string) string // the member's opaque id, for the audit log; nil: none
}

// Followed is the result of Follow.
type Followed struct {
	Changed bool    // whether a membership changed
	Kept    []int64 // accounts in which the person stays, as the last master admin, despite the claim
	NoRole  []int64 // accounts that have no role of the name: the person is not a member there
}

// maxUserID bounds user ids and own ids.
const maxUserID = 200

// FollowedAt returns when the newest token that Follow has followed for a person was issued, or the zero time if there
// is none.
func (s *Store) FollowedAt(ctx context.Context, userID string) (at time.Time, err error) {
	err = s.pool.QueryRow(ctx, `-- name: find the newest token followed
SELECT followed_at FROM person WHERE user_id = $1`, userID).Scan(&at)
	if errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("find person: %w", err)
	}
	return at, nil
}

// Follow makes, changes and removes memberships so that they are those that a token claims, in one transaction. It does
// nothing if a token issued at the same time or later was followed already. Members made by hand stay as they are, and
// so does the last master admin of an account. Invalid is returned for a user id that no member can have.
func (s *Store) Follow(ctx context.Context, c Claimed) (f Followed, err error) {
	if err := (Member{UserID: c.UserID}).validateIDs(); err != nil {
		return f, err
	}
	err = s.transact(ctx, func(tx pgx.Tx) error {
		// A repeat after a deadlock starts from nothing.
		f = Followed{}
		// This comes first because the row that it writes is also the lock that orders the tokens of one person. Several
		// processes may follow them at once; those that wait then see the newer token and change nothing.
		newest, err := noteFollowed(ctx, tx, c)
		if err != nil || !newest {
			return err
		}
		claimed, present, err := claimedAccounts(ctx, tx, c)
		if err != nil {
			return err
		}
		// Two people's claims may name the same accounts in different orders.
		all := append(slices.Clone(claimed), present...)
		slices.Sort(all) // locks are taken in the order of accounts
		for _, account := range slices.Compact(all) {
			role := ""
			if slices.Contains(claimed, account) {
				role = c.Role
			}
			if err := s.followIn(ctx, tx, c, account, role, &f); err != nil {
				return err
			}
		}
		return nil
	})
	return f, err
}

// noteFollowed takes the person's lock and notes the token; newest is false if this token or a newer one was followed
// before.
func noteFollowed(ctx context.Context, tx pgx.Tx, c Claimed) (newest bool, err error) {
	err = tx.QueryRow(ctx, `-- name: note the newest token followed
INSERT INTO person (user_id, followed_at) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET followed_at = EXCLUDED.followed_at WHERE person.followed_at < EXCLUDED.followed_at
RETURNING true`, c.UserID, c.IssuedAt).Scan(&newest)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return false, fmt.Errorf("note person: %w", err)
	}
	return newest, nil
}

// claimedAccounts returns the accounts that a claim names, and those in which the person already is a member by a
// claim.
func claimedAccounts(ctx context.Context, tx pgx.Tx, c Claimed) (claimed, present []int64, err error) {
	// A text that cannot be an own id, such as one that PostgreSQL cannot store, would fail the statement and with it
	// the sign-in.
	own := slices.DeleteFunc(slices.Clone(c.Externals), func(id string) bool { return id == "" || !text.Plain(id, maxUserID) })
	if c.Role != "" {
		if claimed, err = accountKeys(ctx, tx, `-- name: find claimed accounts
SELECT account_id FROM account WHERE account_id = ANY($1::bigint[]) OR external_id = ANY($2::text[]) ORDER BY account_id`, c.Accounts, own); err != nil {
			return nil, nil, err
		}
	}
	// Also if the claim no longer names any account: that is how a membership ends.
	present, err = accountKeys(ctx, tx, `-- name: list memberships by claim
SELECT account_id FROM member WHERE user_id = $1 AND follows_claim ORDER BY account_id`, c.UserID)
	return claimed, present, err
}

// accountKeys reads a column of account keys, for lists that one person's claim bounds.
func accountKeys(ctx context.Context, q pg.Querier, sql string, args ...any) ([]int64, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return keys, nil
}

// followIn makes the membership in one account what the claim says; role "" means none. If nothing changes, it locks
// nothing.
func (s *Store) followIn(ctx context.Context, tx pgx.Tx, c Claimed, account int64, role string, f *Followed) error {
	before, found, err := findMember(ctx, tx, account, c.UserID)
	// Nearly every token says the same as the one before it: signing in then writes only the person's row and waits for
	// no account.
	if err != nil || !c.changes(before, found, role) {
		return err
	}
	if err := lockPeople(ctx, tx, account); err != nil {
		return err
	}
	// Read again under the lock: meanwhile another process may have followed a claim, or somebody may have changed the
	// member.
	if before, found, err = findMember(ctx, tx, account, c.UserID); err != nil {
		return err
	}
	if role != "" {
		switch _, err := rolePermissions(ctx, tx, account, role); {
		// The issuer names a role that the account does not have. The token still speaks for the person, so a member by
		// an earlier claim is no longer one: keeping the old role would give what the issuer no longer claims.
		case isRefusal(err, pg.Invalid):
			f.NoRole, role = append(f.NoRole, account), ""
		case err != nil:
			return err
		}
	}
	if !c.changes(before, found, role) {
		return nil
	}
	// Only Support could manage an account without a master admin, so here the claim yields. The next token is compared
	// again, which makes the change as soon as there is another master admin.
	if found && before.Role == RoleMasterAdmin && role != RoleMasterAdmin {
		if err := notTheLast(ctx, tx, account); isRefusal(err, pg.LastMasterAdmin) {
			f.Kept = append(f.Kept, account)
			return nil
		} else if err != nil {
			return err
		}
	}
	f.Changed = true
	// May is left out: the operator has said in the settings that the issuer may give and take any role.
	change := MemberChange{AccountID: account, UserID: c.UserID, Actor: c.Actor}
	if c.TargetID != nil {
		change.TargetID = c.TargetID(account, c.UserID)
	}
	if role == "" {
		return s.removeMember(ctx, tx, change, before)
	}
	after := c.member(before, found, role, s.now())
	if err := PutMember(ctx, tx, account, after, s.now()); err != nil {
		return err
	}
	return s.memberChanged(ctx, tx, change, before, found, after)
}

// isRefusal reports whether an operation was refused with a code, rather than failed.
func isRefusal(err error, code pg.Code) bool {
	var refused *pg.Error
	return errors.As(err, &refused) && refused.Code == code
}

// changes reports whether a membership differs from what the claim says. A claim never changes a membership that was
// made by hand.
func (c Claimed) changes(m Member, found bool, role string) bool {
	switch {
	case !found:
		return role != ""
	case !m.FollowsClaim:
		return false
	}
	// Compared with what would be stored, since an invalid address would otherwise count as a change each time.
	as := c.member(m, true, role, time.Time{})
	return role == "" || m.Role != as.Role || m.Email != as.Email || m.Name != as.Name
}

// member returns the member as the claim says. What the token leaves out, or says in a form that cannot be shown,
// stays.
func (c Claimed) member(m Member, found bool, role string, now time.Time) Member {
	if !found {
		m = Member{UserID: c.UserID, CreatedAt: now}
	}
	m.Role, m.FollowsClaim = role, true
	if validEmail(c.Email) {
		m.Email = c.Email
	}
	switch {
	case text.CheckName("name", c.Name) == nil:
		m.Name = c.Name
	case !found && m.Email != "":
		m.Name = m.Email
	case !found:
		m.Name = c.UserID
	}
	return m
}
