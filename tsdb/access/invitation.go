package access

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// Invitation begins the user id of a member who is known by address alone, and whose subject the first sign-in tells.
const Invitation = "mailto:"

// IsInvitation reports whether a user id stands for somebody who has not signed in yet.
func IsInvitation(userID string) bool { return strings.HasPrefix(userID, Invitation) }

// InvitationOf returns the user id of whoever is invited by an address.
func InvitationOf(email string) string { return Invitation + strings.ToLower(strings.TrimSpace(email)) }

// CanonicalUserID returns a user id as it is stored: the address of an invitation is in small letters, so that one
// address has one invitation, and however the issuer writes it fits. Other ids stay as they are.
func CanonicalUserID(userID string) string {
	if email, ok := strings.CutPrefix(userID, Invitation); ok {
		return InvitationOf(email)
	}
	return userID
}

// checkInvitation refuses a new invitation of somebody who is a member already.
func (c MemberChange) checkInvitation(ctx context.Context, tx pgx.Tx, found bool) error {
	email, invited := strings.CutPrefix(c.UserID, Invitation)
	if found || !invited {
		return nil
	}
	var taken bool
	if err := tx.QueryRow(ctx, `-- name: look for a member of an address
SELECT EXISTS (SELECT FROM member WHERE account_id = $1 AND lower(email`+pg.Letters+`) = $2)`, c.AccountID, email).Scan(&taken); err != nil {
		return fmt.Errorf("look for a member of an address: %w", err)
	}
	if taken {
		return pg.Refuse(pg.NameTaken, "userId", "a member has this address already")
	}
	return nil
}

// Accepted is somebody who has signed in with an address that the issuer has proved to be the person's.
type Accepted struct {
	UserID   string
	Email    string // proved; "", or not an address: nothing is accepted
	Name     string // "", or not fit to be shown: the member keeps the name of the invitation
	Actor    Actor
	TargetID func(account int64, userID string) string // the member's opaque id, for the audit log; nil: none
}

// Accept gives the memberships that wait for a person's address to the person, with the tokens that speak for them, and
// returns their accounts. An account of which the person is a member already keeps both, since only its administrators
// know which role is meant. Invalid is returned for a user id that no member can have.
func (s *Store) Accept(ctx context.Context, c Accepted) (joined []int64, err error) {
	if !validEmail(c.Email) {
		return nil, nil
	}
	// Nearly everybody who signs in waits for nothing: that takes one look-up by index, and no transaction.
	waiting, err := accountKeys(ctx, s.pool, `-- name: list invitations of an address
SELECT account_id FROM member WHERE user_id = $1 ORDER BY account_id`, InvitationOf(c.Email))
	if err != nil || len(waiting) == 0 {
		return nil, err
	}
	if err := (Member{UserID: c.UserID}).validateIDs(); err != nil {
		return nil, err
	}
	err = s.transact(ctx, func(tx pgx.Tx) error {
		joined = nil // a repeat after a deadlock starts from nothing
		for _, account := range waiting {
			done, err := s.acceptIn(ctx, tx, c, account)
			if err != nil {
				return err
			}
			if done {
				joined = append(joined, account)
			}
		}
		return nil
	})
	return joined, err
}

// acceptIn turns the invitation of one account into a membership; done is false if that is not possible any more.
func (s *Store) acceptIn(ctx context.Context, tx pgx.Tx, c Accepted, account int64) (done bool, err error) {
	if err := lockPeople(ctx, tx, account); err != nil {
		return false, err
	}
	invited := InvitationOf(c.Email)
	before, found, err := findMember(ctx, tx, account, invited)
	if err != nil || !found {
		return false, err
	}
	if _, found, err = findMember(ctx, tx, account, c.UserID); err != nil || found {
		return false, err
	}
	after := before
	after.UserID, after.UpdatedAt = c.UserID, s.now()
	if before.Name == before.Email && text.CheckName("name", c.Name) == nil {
		after.Name = c.Name
	}
	// Before the tokens change hands: those that are told are found by the id of the invitation.
	if err := tellMember(ctx, tx, account, invited); err != nil {
		return false, err
	}
	batch := &pgx.Batch{}
	batch.Queue(`-- name: accept invitation
UPDATE member SET user_id = $3, name = $4, updated_at = $5 WHERE account_id = $1 AND user_id = $2`, account, invited, after.UserID, after.Name, after.UpdatedAt)
	batch.Queue(`-- name: hand tokens of an invitation to its member
UPDATE api_token SET user_id = $3 WHERE account_id = $1 AND user_id = $2`, account, invited, after.UserID)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return false, fmt.Errorf("accept invitation: %w", err)
	}
	change := MemberChange{AccountID: account, UserID: c.UserID, Actor: c.Actor}
	if c.TargetID != nil {
		change.TargetID = c.TargetID(account, c.UserID)
	}
	if err := s.memberChanged(ctx, tx, change, before, true, after); err != nil {
		return false, err
	}
	// The role is as it was, but the person whose sessions have it is another.
	return true, tellAccess(ctx, tx, UserSession(c.UserID))
}

// isNotInvited is the condition on a member who has signed in, or may.
const isNotInvited = `user_id NOT LIKE '` + Invitation + `%'`
