package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// MaxOverlap is the longest time that a rotated token stays valid beside its successor.
const MaxOverlap = 7 * 24 * time.Hour

// Rotation replaces a token by a new one.
type Rotation struct {
	AccountID int64 // of the token; 0: it is bound to none
	ID        int64
	Prefix    string // of the new secret
	Hash      []byte // its SHA-256
	// Overlap is how long the old token stays valid, 0 to MaxOverlap; never beyond its own end.
	Overlap time.Duration
	// ExpiresAt is the end of the new token. Zero: as long after now as the old one was made for, or never if the old
	// one had no end.
	ExpiresAt time.Time
	Actor     Actor
	TargetID  func(id int64) string // the opaque id for the audit log; nil: none
	// May reports whether whoever rotates holds everything that a role permits; nil: everything may be given.
	May func(role string, chosen []string) bool
}

// RotateToken makes a token with the rights and the name of another, ends the old one after the overlap, and tells
// every process. It returns NotFound for a token of another account, TooMuch if the token permits more than the caller
// may give, and Invalid for bad arguments and for a token that has ended or was rotated already.
func (s *Store) RotateToken(ctx context.Context, r Rotation) (old, made Token, err error) {
	switch {
	case r.Overlap < 0 || r.Overlap > MaxOverlap:
		return old, made, pg.Refuse(pg.Invalid, "overlapSeconds", "the overlap is from 0 seconds to 7 days")
	case !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(s.now()):
		return old, made, pg.Refuse(pg.Invalid, "expiresAt", "a token cannot expire in the past")
	}
	err = s.transact(ctx, func(tx pgx.Tx) error {
		if r.AccountID != 0 {
			if err := lockPeople(ctx, tx, r.AccountID); err != nil {
				return err
			}
		}
		// After the lock on the people, as everywhere: if two callers rotate at once, the second finds the successor.
		if old, err = lockToken(ctx, tx, r.AccountID, r.ID); err != nil {
			return err
		}
		member, err := s.rotatable(ctx, tx, r, old)
		if err != nil {
			return err
		}
		now := s.now()
		made = Token{AccountID: old.AccountID, Role: old.Role, UserID: old.UserID, Name: old.Name, Prefix: r.Prefix, Scopes: old.Scopes,
			AnyDocument: old.AnyDocument, CreatedAt: now, UpdatedAt: now, ExpiresAt: r.ExpiresAt, RolePermissions: old.RolePermissions}
		// A token made for 30 days is replaced by one for 30 days, whenever in its life that happens.
		if made.ExpiresAt.IsZero() && !old.ExpiresAt.IsZero() {
			made.ExpiresAt = now.Add(old.ExpiresAt.Sub(old.CreatedAt))
		}
		if err := insertToken(ctx, tx, &made, r.Hash); err != nil {
			return err
		}
		// The state before succeed sets the new end.
		before := old.audited(member)
		if err := succeed(ctx, tx, &old, made.ID, now, r.Overlap); err != nil {
			return err
		}
		row := AuditRow{AccountID: r.AccountID, Actor: r.Actor, Action: AuditTokenRotated, Target: old.Name, Before: before, After: made.audited(member)}
		if r.TargetID != nil {
			row.TargetID = r.TargetID(made.ID)
		}
		return s.Audit(ctx, tx, row)
	})
	return old, made, err
}

// lockToken reads a token of an account, and keeps others from changing it; account 0 stands for tokens bound to none.
func lockToken(ctx context.Context, tx pgx.Tx, account, id int64) (t Token, err error) {
	err = tx.QueryRow(ctx, `-- name: lock token
SELECT `+tokenColumns+` FROM `+tokenTables+` WHERE t.token_id = $1 AND coalesce(t.account_id, 0) = $2 FOR UPDATE OF t`, id, account).Scan(t.scan()...)
	if errors.Is(err, pgx.ErrNoRows) {
		return t, pg.Refuse(pg.NotFound, "apiTokenId", "there is no such token")
	}
	if err != nil {
		return t, fmt.Errorf("lock token: %w", err)
	}
	return t, nil
}

// rotatable checks that the caller may rotate a token. member is the e-mail address of the person that the token speaks
// for.
func (s *Store) rotatable(ctx context.Context, tx pgx.Tx, r Rotation, old Token) (member string, err error) {
	switch {
	case !old.RevokedAt.IsZero() || !old.ExpiresAt.IsZero() && !s.now().Before(old.ExpiresAt):
		return "", pg.Refuse(pg.Invalid, "apiTokenId", "the token has ended; make a new one")
	// Otherwise two people who rotate one token would leave two successors, and each would take theirs for the only one.
	case old.SuccessorID != 0:
		return "", pg.Refuse(pg.Invalid, "apiTokenId", "the token was rotated already; rotate the one in its place")
	// `usagegraph dev` makes its tokens valid again at each start, so a successor would stand beside the old token
	// instead of replacing it.
	case old.Development:
		return "", pg.Refuse(pg.Invalid, "apiTokenId", "usagegraph dev makes this token again by itself")
	case r.May != nil && !r.May(old.Role, old.RolePermissions):
		return "", pg.Refuse(pg.TooMuch, "apiTokenId", "the token's role permits more than you may yourself")
	}
	if old.UserID != "" {
		m, found, err := findMember(ctx, tx, old.AccountID, old.UserID)
		switch {
		case err != nil:
			return "", err
		case found && r.May != nil && !r.May(m.Role, m.RolePermissions):
			return "", pg.Refuse(pg.TooMuch, "apiTokenId", "the member may more than you may yourself")
		}
		member = m.Email
	}
	if old.AccountID == 0 {
		return member, nil
	}
	// During the overlap there is one more valid token.
	return member, tokenRoom(ctx, tx, old.AccountID, s.now())
}

// succeed records a token's successor and ends the old token, now or after the overlap.
func succeed(ctx context.Context, tx pgx.Tx, old *Token, successor int64, now time.Time, overlap time.Duration) error {
	old.SuccessorID, old.UpdatedAt = successor, now
	switch end := now.Add(overlap); {
	// Revoked and not expired, so that the log and the list say that somebody ended it.
	case overlap == 0:
		old.RevokedAt = now
	case old.ExpiresAt.IsZero() || end.Before(old.ExpiresAt):
		old.ExpiresAt = end
	}
	if _, err := tx.Exec(ctx, `-- name: note the successor of a token
UPDATE api_token SET successor_id = $2, expires_at = $3, revoked_at = $4 WHERE token_id = $1`,
		old.ID, successor, pg.OrNull(old.ExpiresAt), pg.OrNull(old.RevokedAt)); err != nil {
		return fmt.Errorf("note successor: %w", err)
	}
	return tellAccess(ctx, tx, TokenSession(old.ID))
}
