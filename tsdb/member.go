package tsdb

import (
	"context"
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
