package tsdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// The roles of human members that need no definition (rules.md §11).
const (
	RoleMember      = "MEMBER"
	RoleAdmin       = "ADMIN"
	RoleMasterAdmin = "MASTER_ADMIN"
)

// Member is a person of an account. UserID is the subject of the person's tokens.
type Member struct {
	UserID    string
	Name      string
	Email     string
	Role      string // MEMBER, ADMIN, MASTER_ADMIN or a custom role of the account
	CreatedAt time.Time
}

// putMember adds a member or changes the one of the same user id.
func putMember(ctx context.Context, tx pgx.Tx, account int64, m Member, now time.Time) error {
	_, err := tx.Exec(ctx, `-- name: put member
INSERT INTO member (account_id, user_id, name, email, role, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (account_id, user_id) DO UPDATE SET name = EXCLUDED.name, email = EXCLUDED.email, role = EXCLUDED.role`,
		account, m.UserID, m.Name, m.Email, m.Role, now)
	if err != nil {
		return fmt.Errorf("put member: %w", err)
	}
	return nil
}

// Membership is a person's place in one account.
type Membership struct {
	AccountID       int64
	Role            string
	RolePermissions []string // what the role holds, where the account made it
}

// maxMemberships bounds the accounts that one person is bound to.
const maxMemberships = 1000

// Memberships lists the accounts in which a person is a member, by key, at most 1,000.
func (s *Store) Memberships(ctx context.Context, userID string) ([]Membership, error) {
	rows, err := s.pool.Query(ctx, `-- name: list memberships of a person
SELECT m.account_id, m.role, coalesce(r.permissions, '{}') FROM member m
LEFT JOIN account_role r ON r.account_id = m.account_id AND r.name = m.role
WHERE m.user_id = $1 ORDER BY m.account_id LIMIT $2`, userID, maxMemberships)
	if err != nil {
		return nil, fmt.Errorf("list memberships: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Membership])
	if err != nil {
		return nil, fmt.Errorf("list memberships: %w", err)
	}
	return list, nil
}

// MemberOfRole is the user id of the first member of an account with a role; "" where there is none.
func (s *Store) MemberOfRole(ctx context.Context, account int64, role string) (userID string, err error) {
	err = s.pool.QueryRow(ctx, `-- name: find member of a role
SELECT user_id FROM member WHERE account_id = $1 AND role = $2 ORDER BY user_id LIMIT 1`, account, role).Scan(&userID)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find member of a role: %w", err)
	}
	return userID, nil
}
