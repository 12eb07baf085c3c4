package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// CustomRole is a role that an account made from permissions, which have their names in the contract.
type CustomRole struct {
	Name        string
	Permissions []string
	CreatedAt   time.Time
	UpdatedAt   time.Time // when its permissions last changed; CreatedAt: never
}

// RoleChange makes, changes or removes a custom role. The caller has checked that the permissions are open to custom
// roles.
type RoleChange struct {
	AccountID   int64
	Name        string
	Permissions []string
	// May reports whether whoever makes the change holds everything that a role permits; nil: everything may be given.
	May   func(role string, chosen []string) bool
	Actor Actor
}

// maxRoles bounds the custom roles of an account, and maxRoleName the characters of their names.
const maxRoles, maxRoleName = 100, 60

// builtInRoles returns the names of the roles that need no definition and cannot be redefined (rules.md §11).
func builtInRoles() []string {
	return []string{RoleMember, RoleAdmin, RoleMasterAdmin, "PLATFORM", "SUPPORT", "ANALYST"}
}

// rolePermissions returns the permissions of a role of members; they are empty for a built-in one. Invalid is returned
// if there is no such role.
func rolePermissions(ctx context.Context, q pg.Querier, account int64, name string) (chosen []string, err error) {
	switch name {
	// The permissions of a built-in role are code (package auth), not data.
	case RoleMember, RoleAdmin, RoleMasterAdmin:
		return []string{}, nil
	}
	noRole := pg.Refuse(pg.Invalid, "role", "the account has no role of this name")
	if !text.Plain(name, maxRoleName) { // the database cannot hold such a text
		return nil, noRole
	}
	err = q.QueryRow(ctx, `-- name: find role
SELECT permissions FROM account_role WHERE account_id = $1 AND name = $2`, account, name).Scan(&chosen)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, noRole
	}
	if err != nil {
		return nil, fmt.Errorf("find role: %w", err)
	}
	return chosen, nil
}

// Roles lists the custom roles of an account by name, ignoring case, at most 100.
func (s *Store) Roles(ctx context.Context, account int64) ([]CustomRole, error) {
	of, err := s.RolesOf(ctx, []int64{account})
	return of[account], err
}

// RolesOf lists the custom roles of several accounts, each account's as Roles does, in one statement. Accounts without
// any are missing.
func (s *Store) RolesOf(ctx context.Context, accounts []int64) (map[int64][]CustomRole, error) {
	rows, err := s.pool.Query(ctx, `-- name: list roles
SELECT account_id, name, permissions, created_at, coalesce(updated_at, created_at) FROM account_role WHERE account_id = ANY($1::bigint[]) ORDER BY account_id, lower(name`+pg.Letters+`), name`+pg.Letters, accounts)
	if err != nil {
		return nil, fmt.Errorf("list roles: %w", err)
	}
	of := map[int64][]CustomRole{}
	var account int64
	var role CustomRole
	_, err = pgx.ForEachRow(rows, []any{&account, &role.Name, &role.Permissions, &role.CreatedAt, &role.UpdatedAt}, func() error {
		of[account] = append(of[account], role)
		role.Permissions = nil // the next row must not share it
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list roles: %w", err)
	}
	return of, nil
}

// checkRole refuses a name that is, or looks like, that of a built-in role.
func checkRole(c RoleChange) error {
	if err := text.CheckNameOf("name", c.Name, maxRoleName); err != nil {
		return err
	}
	for _, name := range builtInRoles() {
		// A role named ADMІN with a Cyrillic letter would be taken for the built-in one by whoever grants it.
		if text.Skeleton(name) == text.Skeleton(c.Name) {
			return pg.Refuse(pg.NameTaken, "name", "the name is that of a built-in role, or looks like it")
		}
	}
	return nil
}

// SetRole makes or changes a custom role. It returns NameTaken for the name of a built-in role, and TooMuch if the role
// permits, or permitted, more than the changer may give.
func (s *Store) SetRole(ctx context.Context, c RoleChange) (CustomRole, error) {
	switch err := checkRole(c); {
	case err != nil:
		return CustomRole{}, err
	// What the role will permit is known already; what it permits now is checked below, under the lock.
	case c.May != nil && !c.May(c.Name, c.Permissions):
		return CustomRole{}, pg.Refuse(pg.TooMuch, "permissions", "the role permits more than you may yourself")
	}
	role := CustomRole{Name: c.Name, Permissions: c.Permissions}
	err := s.transact(ctx, func(tx pgx.Tx) error {
		if err := lockPeople(ctx, tx, c.AccountID); err != nil {
			return err
		}
		before, err := rolePermissions(ctx, tx, c.AccountID, c.Name)
		// A role that does not exist yet is a new one. Any other error is a failure.
		var unknown *pg.Error
		if err != nil && !errors.As(err, &unknown) {
			return err
		}
		// Whoever may not give what the role permits may not take it away either.
		if unknown == nil && c.May != nil && !c.May(c.Name, before) {
			return pg.Refuse(pg.TooMuch, "name", "the role permits more than you may yourself")
		}
		return s.putRole(ctx, tx, c, before, unknown == nil)
	})
	return role, err
}

// putRole writes a role and its audit entry. found says that the role exists, so that changing it takes no room.
func (s *Store) putRole(ctx context.Context, tx pgx.Tx, c RoleChange, before []string, found bool) error {
	row := AuditRow{AccountID: c.AccountID, Actor: c.Actor, Action: AuditRoleSet, Target: c.Name, After: map[string]any{"permissions": c.Permissions}}
	if found {
		row.Before = map[string]any{"permissions": before}
	}
	tag, err := tx.Exec(ctx, `-- name: put role
INSERT INTO account_role (account_id, name, permissions, created_at)
SELECT $1, $2, $3, $4 WHERE $5 OR (SELECT count(*) FROM account_role WHERE account_id = $1) < $6
ON CONFLICT (account_id, name) DO UPDATE SET permissions = EXCLUDED.permissions,
  updated_at = CASE WHEN account_role.permissions = EXCLUDED.permissions THEN account_role.updated_at ELSE EXCLUDED.created_at END`, c.AccountID, c.Name, c.Permissions, s.now(), found, maxRoles)
	if err != nil {
		return fmt.Errorf("put role: %w", err)
	}
	// The bound is part of the statement and the lock on the people is held, so two callers cannot both take the last
	// place.
	if tag.RowsAffected() == 0 {
		return pg.Refuse(pg.Invalid, "name", "an account has at most %d roles of its own", maxRoles)
	}
	if found {
		if err := tellRole(ctx, tx, c.AccountID, c.Name); err != nil {
			return err
		}
	}
	return s.Audit(ctx, tx, row)
}

// tellRole tells every process that the rights of those with a role changed: the tokens with the role, its members, and
// the tokens that speak for these members, whose rights are bounded by the member's.
func tellRole(ctx context.Context, tx pgx.Tx, account int64, role string) error {
	_, err := tx.Exec(ctx, `-- name: notify of access of a role
SELECT pg_notify($3, session) FROM (
    SELECT 'token:' || token_id AS session FROM api_token WHERE account_id = $1 AND role = $2 AND revoked_at IS NULL
    UNION ALL SELECT 'user:' || user_id FROM member WHERE account_id = $1 AND role = $2
    UNION ALL SELECT 'token:' || t.token_id FROM api_token t JOIN member m USING (account_id, user_id)
        WHERE t.account_id = $1 AND m.role = $2 AND t.revoked_at IS NULL) s`, account, role, AccessChannel)
	if err != nil {
		return fmt.Errorf("notify of access: %w", err)
	}
	return nil
}

// RemoveRole removes a custom role. It returns InUse while members or tokens have the role, and NotFound if there is
// none.
func (s *Store) RemoveRole(ctx context.Context, c RoleChange) error {
	return s.transact(ctx, func(tx pgx.Tx) error {
		if err := lockPeople(ctx, tx, c.AccountID); err != nil {
			return err
		}
		before, err := removableRole(ctx, tx, c, s.now())
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `-- name: remove role
DELETE FROM account_role WHERE account_id = $1 AND name = $2`, c.AccountID, c.Name); err != nil {
			return fmt.Errorf("remove role: %w", err)
		}
		return s.Audit(ctx, tx, AuditRow{AccountID: c.AccountID, Actor: c.Actor, Action: AuditRoleRemoved, Target: c.Name,
			Before: map[string]any{"permissions": before}})
	})
}

// removableRole reads the permissions of a role, and refuses if the role may not be removed. Expired tokens do not
// count as use, since nobody can make them valid again.
func removableRole(ctx context.Context, tx pgx.Tx, c RoleChange, now time.Time) (permissions []string, err error) {
	var used bool
	err = tx.QueryRow(ctx, `-- name: find role and its use
SELECT r.permissions, EXISTS (SELECT FROM member m WHERE m.account_id = $1 AND m.role = $2)
    OR EXISTS (SELECT FROM api_token t WHERE t.account_id = $1 AND t.role = $2 AND t.revoked_at IS NULL AND coalesce(t.expires_at > $3, true))
FROM account_role r WHERE r.account_id = $1 AND r.name = $2`, c.AccountID, c.Name, now).Scan(&permissions, &used)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, pg.Refuse(pg.NotFound, "name", "the account has no role of this name")
	case err != nil:
		return nil, fmt.Errorf("find role: %w", err)
	case c.May != nil && !c.May(c.Name, permissions):
		return nil, pg.Refuse(pg.TooMuch, "name", "the role permits more than you may yourself")
	case used:
		return nil, pg.Refuse(pg.InUse, "name", "members or tokens have the role")
	}
	return permissions, nil
}
