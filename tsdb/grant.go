package tsdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// NewAccount describes an account to create.
type NewAccount struct {
	Name           string
	IdempotencyKey string    // required: a repeat returns the first result
	BooksFrom      time.Time // zero: nothing is history
	PlanID         int64     // 0: none
	TimeZone       string    // IANA name; "": UTC
	NoMail         bool      // mails are stored, never sent (demo)
	Members        []Member
}

// NewGrant describes a grant to make. Only Support makes any (page).
type NewGrant struct {
	AccountID      int64
	Meter          billing.Meter
	Kind           billing.GrantKind     // FREE, TOP_UP or ADJUSTMENT
	Amount         billing.Amount        // above 0
	ExpiresAt      time.Time             // zero: Settings.FreeTerm for FREE, 12 months for TOP_UP, never for ADJUSTMENT
	Reference      string                // required
	IdempotencyKey string                // required
	TargetID       func(no int32) string `json:"-"` // the grant's opaque id for the audit log; nil: none
}

// auditOf is what the audit log calls a grant of a kind.
func auditOf(k billing.GrantKind) AuditAction {
	if k == billing.AdjustmentGrant {
		return AuditCreditsAdjusted
	}
	return AuditCreditsGranted
}

// requestHash tells the content of a request from another's under the same idempotency key.
func requestHash(request any) string {
	document, err := json.Marshal(request)
	if err != nil {
		panic(fmt.Sprintf("tsdb: request does not encode: %v", err)) // plain structs only
	}
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:16])
}

// CreateAccount makes an account with its two free grants, and its plan's if one is named, and returns its id. A repeat of
// the idempotency key returns the first account, with other content Conflict.
func (s *Store) CreateAccount(ctx context.Context, n NewAccount, by Actor) (id int64, err error) {
	now := s.Now().Truncate(time.Second)
	if err := validateAccount(n, now); err != nil {
		return 0, err
	}
	hash := requestHash(n)
	err = s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		var created bool
		id, created, err = insertAccount(ctx, tx, n, hash, now)
		if err != nil || !created {
			return err
		}
		if err := s.openBooks(ctx, tx, id, n, now); err != nil {
			return err
		}
		return s.audit(ctx, tx, AuditRow{AccountID: id, Actor: by, Action: AuditAccountCreated, Target: n.Name, After: map[string]any{"name": n.Name}})
	})
	return id, err
}

func validateAccount(n NewAccount, now time.Time) error {
	if err := checkName("name", n.Name); err != nil {
		return err
	}
	switch {
	case n.IdempotencyKey == "" || !plainText(n.IdempotencyKey, 128):
		return refuse(Invalid, "idempotencyKey", "an idempotency key has 1 to 128 characters, none of them a control character")
	case n.BooksFrom.After(now):
		return refuse(Invalid, "booksFrom", "the books cannot begin in the future")
	}
	if _, err := time.LoadLocation(n.TimeZone); err != nil {
		return refuse(Invalid, "timeZone", "the time zone is not known")
	}
	return nil
}

const insertAccountSQL = `-- name: create account
INSERT INTO account (name, idempotency_key, request_hash, created_at, books_from, plan_id, time_zone, mails)
VALUES ($1, $2, $3, $4, $5, $6, coalesce(nullif($7, ''), 'UTC'), $8) ON CONFLICT (idempotency_key) DO NOTHING RETURNING account_id`

// insertAccount makes the row, or finds the one of the same idempotency key.
func insertAccount(ctx context.Context, tx pgx.Tx, n NewAccount, hash string, now time.Time) (id int64, created bool, err error) {
	booksFrom := time.Unix(0, 0).UTC()
	if !n.BooksFrom.IsZero() {
		booksFrom = n.BooksFrom.Truncate(time.Second)
	}
	err = tx.QueryRow(ctx, insertAccountSQL, n.Name, n.IdempotencyKey, hash, now, booksFrom, orNull(n.PlanID), n.TimeZone, !n.NoMail).Scan(&id)
	if err == nil {
		return id, true, nil
	}
	if hasState(err, "23503") {
		return 0, false, refuse(NotFound, "planId", "there is no such plan")
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return 0, false, fmt.Errorf("create account: %w", err)
	}
	var first string
	err = tx.QueryRow(ctx, `-- name: find account by idempotency key
SELECT account_id, request_hash FROM account WHERE idempotency_key = $1`, n.IdempotencyKey).Scan(&id, &first)
	if err != nil {
		return 0, false, fmt.Errorf("find account: %w", err)
	}
	if first != hash {
		return 0, false, otherContent()
	}
	return id, false, nil
}

func otherContent() *Error {
	return refuse(Conflict, "idempotencyKey", "the idempotency key was used before with other content")
}

// openBooks makes the balance row, the free grants and the members of a new account.
func (s *Store) openBooks(ctx context.Context, tx pgx.Tx, id int64, n NewAccount, now time.Time) error {
	books := billing.NewAccount(id, billing.SecondOf(now), 0, billing.DefaultThresholds())
	_, err := tx.Exec(ctx, `-- name: open balance
INSERT INTO balance (account_id, posted_until, cycle_start, cycle_end) VALUES ($1, $2, $3, $4)`,
		id, now, books.CycleStart.Time(), books.CycleEnd.Time())
	if err != nil {
		return fmt.Errorf("open balance: %w", err)
	}
	if _, err := wantedPlan(ctx, tx, n.PlanID); err != nil {
		return err
	}
	for _, m := range n.Members {
		if err := putMember(ctx, tx, id, m, now); err != nil {
			return err
		}
	}
	changes, err := s.lockAccounts(ctx, tx, []int64{id}, changeOptions{debt: true})
	if err != nil {
		return err
	}
	c := changes[0]
	if err := s.grantFree(c); err != nil {
		return err
	}
	c.GrantPlan()
	return s.flush(ctx, tx, changes)
}

// grantFree makes the two FREE grants of the page; a setting of 0 leaves one out.
func (s *Store) grantFree(c *change) error {
	credits, err := billing.ModelCredits.Parse(s.settings.FreeCredits)
	if err != nil {
		return fmt.Errorf("setting FreeCredits: %w", err)
	}
	amounts := map[billing.Meter]billing.Amount{billing.ModelCredits: credits, billing.ToolRuns: billing.Amount(s.settings.FreeRuns)}
	for _, m := range billing.Meters() {
		if amounts[m] > 0 {
			g := billing.Grant{Meter: m, Kind: billing.Free, Amount: amounts[m], ExpiresAt: c.At + billing.Second(s.settings.FreeTerm/time.Second)}
			c.grant(g, grantInfo{})
		}
	}
	return nil
}

// grant adds a grant with what its row says beyond the books.
func (c *change) grant(g billing.Grant, info grantInfo) billing.Grant {
	made := c.Grant(g)
	if c.grantInfo == nil {
		c.grantInfo = map[int32]grantInfo{}
	}
	c.grantInfo[made.No] = info
	return made
}

// GrantCredits gives credits or runs to an account and returns the grant's number. A repeat of the idempotency key returns
// the first grant, with other content Conflict. NotFound for an unknown account; Invalid for a bad argument.
func (s *Store) GrantCredits(ctx context.Context, n NewGrant, by Actor) (no int32, err error) {
	if err := validateGrant(n, s.Now()); err != nil {
		return 0, err
	}
	hash := requestHash(n)
	err = s.changeAccount(ctx, n.AccountID, changeOptions{debt: true}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		if found, err := answered(ctx, tx, n.AccountID, n.IdempotencyKey, grantOperation, hash, &no); err != nil || found {
			return err
		}
		if c.Book(n.Meter).Allocation() > billing.MaxBalance-n.Amount {
			return refuse(Invalid, "amount", "the account holds all that it can")
		}
		g := billing.Grant{Meter: n.Meter, Kind: n.Kind, Amount: n.Amount, ExpiresAt: billing.SecondOf(n.ExpiresAt)}
		if n.ExpiresAt.IsZero() {
			g.ExpiresAt = s.termOf(n.Kind, c.At)
		}
		no = c.grant(g, grantInfo{n.Reference, n.IdempotencyKey, hash, by.Name}).No
		return s.audit(ctx, tx, AuditRow{AccountID: c.ID, Actor: by, Action: auditOf(n.Kind), Target: n.Reference,
			TargetID: grantTarget(n.TargetID, no), After: map[string]any{"kind": n.Kind, "meter": n.Meter, "amount": n.Meter.Format(n.Amount), "reference": n.Reference}})
	})
	return no, err
}

// termOf is the end of a grant of a kind that names none; 0: never.
func (s *Store) termOf(k billing.GrantKind, from billing.Second) billing.Second {
	switch k {
	case billing.Free:
		return from + billing.Second(s.settings.FreeTerm/time.Second)
	case billing.TopUp:
		return billing.SecondOf(billing.AddMonthsClamped(from.Time(), 12))
	}
	return 0
}

// mostOf is billing.MaxCharge as people read it, in the unit of a meter.
func mostOf(m billing.Meter) string {
	if m == billing.ToolRuns {
		return "1,000,000,000,000,000 runs"
	}
	return "1,000,000,000 credits"
}

func validateGrant(n NewGrant, now time.Time) error {
	switch {
	case !n.Meter.IsValid():
		return refuse(Invalid, "meter", "the meter is not known")
	case n.Kind != billing.Free && n.Kind != billing.TopUp && n.Kind != billing.AdjustmentGrant:
		return refuse(Invalid, "kind", "FREE, TOP_UP or ADJUSTMENT can be granted; PLAN grants come with the plan")
	case n.Amount <= 0 || n.Amount > billing.MaxCharge:
		return refuse(Invalid, "amount", "the amount must be above 0 and at most %s", mostOf(n.Meter))
	case !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(now):
		return refuse(Invalid, "expiresAt", "a grant cannot expire in the past")
	case n.IdempotencyKey == "" || !plainText(n.IdempotencyKey, 128):
		return refuse(Invalid, "idempotencyKey", "an idempotency key has 1 to 128 characters, none of them a control character")
	case n.Reference == "" || !plainText(n.Reference, 200):
		return refuse(Invalid, "reference", "a reference has 1 to 200 characters, none of them a control character")
	}
	return nil
}
