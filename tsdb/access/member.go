package access

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// The roles of human members that need no definition (rules.md §11).
const (
	RoleMember      = "MEMBER"
	RoleAdmin       = "ADMIN"
	RoleMasterAdmin = "MASTER_ADMIN"
)

// Member is a person in an account. UserID is the subject of the person's tokens, or InvitationOf an address until the
// person signs in.
type Member struct {
	UserID    string
	Name      string
	Email     string
	Role      string // MEMBER, ADMIN, MASTER_ADMIN or a custom role of the account
	CreatedAt time.Time
	UpdatedAt time.Time // when name, address, role or own id last changed; CreatedAt: never
	// ExternalID is the platform's own id of the person's place in the account; "": none.
	ExternalID string
	// FollowsClaim says that a claim of the issuer made the member, and may change and remove it.
	FollowsClaim bool
	// RolePermissions are the permissions of the role, if the account made it. They are read only.
	RolePermissions []string
	// sortName is what lists are ordered by: the name in the database's lower case, which need not be Go's. "": not read
	// from a row.
	sortName string
}

// MemberChange adds a member, or changes the one with the same user id; a nil field leaves that part as it is.
type MemberChange struct {
	AccountID int64
	UserID    string
	Email     *string // required for a new member
	Name      *string // nil for a new member: the e-mail
	Role      string
	// ExternalID is a new own id; "" removes it.
	ExternalID *string
	// May reports whether whoever makes the change holds everything that a role permits; chosen are the permissions of a
	// role that the account made. nil: everything may be given.
	May   func(role string, chosen []string) bool
	Actor Actor
	// TargetID is the member's opaque id, for the audit log.
	TargetID string
}

// memberColumns are the columns that scanMember reads, in its order. The last is the name as the database lowers it, by
// which lists are ordered.
const memberColumns = `m.user_id, m.name, m.email, m.role, m.created_at, coalesce(m.updated_at, m.created_at), coalesce(r.permissions, '{}'), coalesce(m.external_id, ''), m.follows_claim, lower(m.name` + pg.Letters + `)`

// memberTables are the tables of memberColumns; a built-in role has no row in account_role.
const memberTables = `member m LEFT JOIN account_role r ON r.account_id = m.account_id AND r.name = m.role`

func scanMember(row pgx.CollectableRow) (m Member, err error) {
	err = row.Scan(&m.UserID, &m.Name, &m.Email, &m.Role, &m.CreatedAt, &m.UpdatedAt, &m.RolePermissions, &m.ExternalID, &m.FollowsClaim, &m.sortName)
	return m, err
}

// PutMember adds a member or changes the one with the same user id. It checks nothing and writes no audit entry: it is
// for a new account, whose own entry says who it began with, and for changes that have done both. created_at keeps the
// time of the first call.
func PutMember(ctx context.Context, tx pgx.Tx, account int64, m Member, now time.Time) error {
	_, err := tx.Exec(ctx, `-- name: put member
INSERT INTO member (account_id, user_id, name, email, role, created_at, external_id, follows_claim) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (account_id, user_id) DO UPDATE SET name = EXCLUDED.name, email = EXCLUDED.email, role = EXCLUDED.role, external_id = EXCLUDED.external_id,
  updated_at = $6`,
		account, m.UserID, m.Name, m.Email, m.Role, now, pg.OrNull(m.ExternalID), m.FollowsClaim)
	// ON CONFLICT takes care of the primary key, so the violated key is that of own ids.
	if pg.HasState(err, "23505") {
		return pg.Refuse(pg.NameTaken, "externalId", "this own id is another's already")
	}
	if err != nil {
		return fmt.Errorf("put member: %w", err)
	}
	return nil
}

// lockPeople takes the lock under which the members, roles and tokens of an account change, so that "the last one" and
// "in use" still hold at the commit. It does not block usage. It returns NotFound for an unknown account.
func lockPeople(ctx context.Context, tx pgx.Tx, account int64) error {
	var id int64
	err := tx.QueryRow(ctx, `-- name: lock people of an account
SELECT account_id FROM account WHERE account_id = $1 FOR NO KEY UPDATE`, account).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return NoAccount()
	}
	if err != nil {
		return fmt.Errorf("lock people: %w", err)
	}
	return nil
}

// SetMember adds or changes a member. It returns LastMasterAdmin if the account would be left without one, TooMuch if
// the old or the new role permits more than the changer may give, and Invalid for bad arguments and unknown roles.
func (s *Store) SetMember(ctx context.Context, c MemberChange) (member Member, err error) {
	c.UserID = CanonicalUserID(c.UserID)
	if err := (Member{UserID: c.UserID}).validateIDs(); err != nil { // before the look-up: the database cannot hold such a text
		return Member{}, err
	}
	err = s.transact(ctx, func(tx pgx.Tx) error {
		if err := lockPeople(ctx, tx, c.AccountID); err != nil {
			return err
		}
		before, found, err := findMember(ctx, tx, c.AccountID, c.UserID)
		if err != nil {
			return err
		}
		// Checked as a whole and not by its parts, because a name that follows from a new address must be valid too.
		if member, err = c.apply(before, found, s.now()); err != nil {
			return err
		}
		if err := c.checkInvitation(ctx, tx, found); err != nil {
			return err
		}
		if member.RolePermissions, err = rolePermissions(ctx, tx, c.AccountID, c.Role); err != nil {
			return err
		}
		if err := c.allowed(ctx, tx, before, found, member); err != nil {
			return err
		}
		if err := PutMember(ctx, tx, c.AccountID, member, s.now()); err != nil {
			return err
		}
		return s.memberChanged(ctx, tx, c, before, found, member)
	})
	return member, err
}

// apply returns the member as it will be.
func (c MemberChange) apply(m Member, found bool, now time.Time) (Member, error) {
	if !found {
		m = Member{UserID: c.UserID, CreatedAt: now}
	}
	switch email, invited := strings.CutPrefix(c.UserID, Invitation); {
	case c.Email != nil:
		m.Email = strings.TrimSpace(*c.Email)
	case invited && !found:
		m.Email = email
	}
	// Every change states the role; there is no "as it is" for it, since it is what the change is about.
	m.Role, m.UpdatedAt = c.Role, now
	if c.ExternalID != nil {
		m.ExternalID = *c.ExternalID
	}
	switch {
	case c.Name != nil:
		m.Name = strings.TrimSpace(*c.Name)
	case !found:
		m.Name = m.Email
	}
	return m, m.validate()
}

// Check trims the texts of a member and refuses with Invalid those that are not valid.
func (m *Member) Check() error {
	m.UserID, m.Email, m.Name = CanonicalUserID(m.UserID), strings.TrimSpace(m.Email), strings.TrimSpace(m.Name)
	return m.validate()
}

// validate refuses with Invalid, naming the field, a member that cannot be stored or shown.
func (m Member) validate() error {
	if err := m.validateIDs(); err != nil {
		return err
	}
	switch {
	case m.Email == "":
		return pg.Refuse(pg.Invalid, "email", "a member needs an e-mail address")
	case !validEmail(m.Email):
		return pg.Refuse(pg.Invalid, "email", "this is not an e-mail address of at most 254 characters")
	// A name that follows from the address may be longer than a name, and is as readable as the address.
	case m.Name == m.Email:
		return nil
	}
	return text.CheckName("name", m.Name)
}

// validateIDs refuses ids that the database cannot store, or that somebody who reads the list could not tell apart.
func (m Member) validateIDs() error {
	if err := text.Check("userId", "a user id", m.UserID, 1, 200); err != nil {
		return err
	}
	if m.ExternalID != "" {
		if err := text.CheckShown("externalId", "an own id", m.ExternalID, 1, 200); err != nil {
			return err
		}
	}
	if !text.Seen(m.UserID) || text.Hidden(m.UserID) {
		return pg.Refuse(pg.Invalid, "userId", "a user id can be read: this one shows nothing, or holds characters that are invisible")
	}
	if email, invited := strings.CutPrefix(m.UserID, Invitation); invited && !validEmail(email) {
		return pg.Refuse(pg.Invalid, "userId", "after mailto: comes one plain e-mail address")
	}
	return nil
}

// validEmail reports whether a text is one plain address.
func validEmail(email string) bool {
	address, err := mail.ParseAddress(email)
	// ParseAddress also accepts "Mia <mia@…>" and comments; only what it returns unchanged is a plain address. Line
	// breaks would begin another header of the e-mail. 254 is the longest path of SMTP.
	return err == nil && address.Address == email && len(email) <= 254 && !strings.ContainsAny(email, "<>") && !strings.ContainsFunc(email, unicode.IsSpace) && !text.Hidden(email)
}

// allowed refuses a change that would leave no master admin, or that involves a role above the changer's.
func (c MemberChange) allowed(ctx context.Context, tx pgx.Tx, before Member, found bool, after Member) error {
	// Both roles count: whoever may not give a role may not take it away either, or an admin could demote a master admin
	// to a member.
	if c.May != nil && (!c.May(after.Role, after.RolePermissions) || found && !c.May(before.Role, before.RolePermissions)) {
		return pg.Refuse(pg.TooMuch, "role", "the role permits more than you may yourself")
	}
	// A change of only the address of the last master admin is allowed.
	if found && before.Role == RoleMasterAdmin && after.Role != RoleMasterAdmin && !IsInvitation(c.UserID) {
		return notTheLast(ctx, tx, c.AccountID)
	}
	return nil
}

// notTheLast refuses if an account has only one master admin, who is about to lose the role. Whoever is only invited may
// never come, and does not count. The lock on the account's
// people is held: if two master admins remove each other at the same moment, the second to get the lock finds one left.
func notTheLast(ctx context.Context, tx pgx.Tx, account int64) error {
	var n int
	if err := tx.QueryRow(ctx, `-- name: count master admins
SELECT count(*) FROM member WHERE account_id = $1 AND role = 'MASTER_ADMIN' AND `+isNotInvited, account).Scan(&n); err != nil {
		return fmt.Errorf("count master admins: %w", err)
	}
	if n < 2 {
		return pg.Refuse(pg.LastMasterAdmin, "", "the account needs at least one master admin")
	}
	return nil
}

// memberChanged writes the audit entry of a change, and tells the processes if the person's rights changed with it.
func (s *Store) memberChanged(ctx context.Context, tx pgx.Tx, c MemberChange, before Member, found bool, after Member) error {
	// The entry names the person by the present address; earlier entries have the address of their time.
	row := AuditRow{AccountID: c.AccountID, Actor: c.Actor, Action: AuditMemberSet, TargetID: c.TargetID, Target: after.Email, After: after.audited()}
	if found {
		row.Before = before.audited()
	}
	if err := s.Audit(ctx, tx, row); err != nil {
		return err
	}
	// Sessions keep rights, not names, so they need not hear of a new address.
	if found && before.Role == after.Role {
		return nil
	}
	return tellMember(ctx, tx, c.AccountID, c.UserID)
}

// AuditMember writes the audit entry of a person who is a member from the account's first moment on; everybody else
// becomes one by SetMember.
func (s *Store) AuditMember(ctx context.Context, tx pgx.Tx, account int64, m Member, targetID string, by Actor) error {
	return s.Audit(ctx, tx, AuditRow{AccountID: account, Actor: by, Action: AuditMemberSet, TargetID: targetID, Target: m.Email, After: m.audited()})
}

// tellMember tells every process that the rights of a person, and of the tokens that speak for the person, changed.
func tellMember(ctx context.Context, tx pgx.Tx, account int64, userID string) error {
	if err := tellAccess(ctx, tx, UserSession(userID)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `-- name: notify of access of a member's tokens
SELECT pg_notify($3, 'token:' || token_id) FROM api_token WHERE account_id = $1 AND user_id = $2 AND revoked_at IS NULL`,
		account, userID, AccessChannel)
	if err != nil {
		return fmt.Errorf("notify of access: %w", err)
	}
	return nil
}

// RemoveMember removes a member and revokes the tokens that speak for the person in the account. It refuses as
// SetMember does, and returns NotFound if the user is not a member.
func (s *Store) RemoveMember(ctx context.Context, c MemberChange) error {
	return s.transact(ctx, func(tx pgx.Tx) error {
		if err := lockPeople(ctx, tx, c.AccountID); err != nil {
			return err
		}
		m, found, err := findMember(ctx, tx, c.AccountID, c.UserID)
		switch {
		case err != nil:
			return err
		case !found:
			return pg.Refuse(pg.NotFound, "memberId", "there is no such member")
		case c.May != nil && !c.May(m.Role, m.RolePermissions):
			return pg.Refuse(pg.TooMuch, "memberId", "the member may more than you may yourself")
		}
		if m.Role == RoleMasterAdmin && !IsInvitation(c.UserID) {
			if err := notTheLast(ctx, tx, c.AccountID); err != nil {
				return err
			}
		}
		return s.removeMember(ctx, tx, c, m)
	})
}

// removeMember ends a membership after all checks have passed. The lock on the account's people is held.
func (s *Store) removeMember(ctx context.Context, tx pgx.Tx, c MemberChange, m Member) error {
	// Before the tokens are revoked, because the statement selects those still valid. NOTIFY is sent at the commit
	// wherever it stands.
	if err := tellMember(ctx, tx, c.AccountID, c.UserID); err != nil {
		return err
	}
	// Tokens first, so that no token of a removed person is ever valid; both hold from the commit on.
	batch := &pgx.Batch{}
	batch.Queue(`-- name: revoke tokens of a member
UPDATE api_token SET revoked_at = $3 WHERE account_id = $1 AND user_id = $2 AND revoked_at IS NULL`, c.AccountID, c.UserID, s.now())
	batch.Queue(`-- name: remove member
DELETE FROM member WHERE account_id = $1 AND user_id = $2`, c.AccountID, c.UserID)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("remove member: %w", err)
	}
	return s.Audit(ctx, tx, AuditRow{AccountID: c.AccountID, Actor: c.Actor, Action: AuditMemberRemoved, TargetID: c.TargetID, Target: m.Email, Before: m.audited()})
}

// findMember reads a member from the pool, or in a transaction that decides by it; found is false if the user is not a
// member.
func findMember(ctx context.Context, q pg.Querier, account int64, userID string) (m Member, found bool, err error) {
	rows, err := q.Query(ctx, `-- name: find member
SELECT `+memberColumns+` FROM `+memberTables+` WHERE m.account_id = $1 AND m.user_id = $2`, account, userID)
	if err == nil {
		m, err = pgx.CollectExactlyOneRow(rows, scanMember)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return Member{}, false, nil
	}
	if err != nil {
		return Member{}, false, fmt.Errorf("find member: %w", err)
	}
	return m, true, nil
}

// Member reads a member of an account. It returns NotFound if the user is not a member.
func (s *Store) Member(ctx context.Context, account int64, userID string) (Member, error) {
	m, found, err := findMember(ctx, s.pool, account, userID)
	if err == nil && !found {
		err = pg.Refuse(pg.NotFound, "memberId", "there is no such member")
	}
	return m, err
}

// audited returns the member's state for the audit log.
func (m Member) audited() map[string]any {
	state := map[string]any{"userId": m.UserID, "name": m.Name, "email": m.Email, "role": m.Role}
	if m.ExternalID != "" {
		state["externalId"] = m.ExternalID
	}
	if m.FollowsClaim {
		state["followsClaim"] = true
	}
	return state
}
