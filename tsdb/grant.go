package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// NewGrant describes a grant to make. Only Support makes grants (page).
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

// auditOf returns the audit log's action for a grant of a kind. The log tells what was sold or given from what was
// corrected, although both are grants.
func auditOf(k billing.GrantKind) access.AuditAction {
	if k == billing.AdjustmentGrant {
		return access.AuditCreditsAdjusted
	}
	return access.AuditCreditsGranted
}

// grantFree makes the two FREE grants of the page; a setting of 0 leaves one out.
func (s *Store) grantFree(c *change) error {
	credits, err := billing.ModelCredits.Parse(s.settings.FreeCredits)
	if err != nil {
		return fmt.Errorf("setting FreeCredits: %w", err)
	}
	// In the order of billing.Meters and not of the map: grants are numbered in a fixed order, credits first, which
	// shows in every account's history.
	amounts := map[billing.Meter]billing.Amount{billing.ModelCredits: credits, billing.ToolRuns: billing.Amount(s.settings.FreeRuns)}
	for _, m := range billing.Meters() {
		if amounts[m] > 0 {
			g := billing.Grant{Meter: m, Kind: billing.Free, Amount: amounts[m], ExpiresAt: c.At + billing.Second(s.settings.FreeTerm/time.Second)}
			c.grant(g, grantInfo{})
		}
	}
	return nil
}

// grant adds a grant, with what its row has beyond the books.
func (c *change) grant(g billing.Grant, info grantInfo) billing.Grant {
	made := c.Grant(g)
	if c.grantInfo == nil {
		c.grantInfo = map[int32]grantInfo{}
	}
	c.grantInfo[made.No] = info
	return made
}

// GrantCredits gives credits or runs to an account and returns the grant's number. Repeating the idempotency key
// returns the first grant, or Conflict if the content differs. It returns NotFound for an unknown account and Invalid
// for a bad argument.
func (s *Store) GrantCredits(ctx context.Context, n NewGrant, by Actor) (no int32, err error) {
	if err := validateGrant(n); err != nil {
		return 0, err
	}
	hash := requestHash(n)
	// With the debt by age, because a grant pays it off, oldest first. The key is looked up under the account's lock, so
	// of two requests at once the second sees the first one's grant.
	err = s.changeAccount(ctx, n.AccountID, changeOptions{debt: true}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		// A grant keeps its key in its own row, so that there is no second row that could be missing.
		if found, err := answered(ctx, tx, n.AccountID, n.IdempotencyKey, grantOperation, hash, &no); err != nil || found {
			return err
		}
		// A balance that does not fit its type would have to be refused at the commit, with everything done before.
		if c.Book(n.Meter).Allocation() > billing.MaxBalance-n.Amount {
			return refuse(Invalid, "amount", "the account holds all that it can")
		}
		g := billing.Grant{Meter: n.Meter, Kind: n.Kind, Amount: n.Amount, ExpiresAt: billing.SecondOf(n.ExpiresAt)}
		if n.ExpiresAt.IsZero() {
			g.ExpiresAt = s.termOf(n.Kind, c.At)
		}
		// Not before the key was looked up, because a repeat is answered by the grant that it made, even after that has
		// expired. And by the account's second, which a lagging clock has not reached yet: a grant that ends by then
		// would expire before anything could draw from it.
		if g.ExpiresAt != 0 && g.ExpiresAt <= c.At {
			return refuse(Invalid, "expiresAt", "a grant cannot expire in the past, or in the second in which it is given")
		}
		no = c.grant(g, grantInfo{n.Reference, n.IdempotencyKey, hash, by.Name}).No
		after := map[string]any{"kind": n.Kind, "meter": n.Meter, "amount": n.Meter.Format(n.Amount), "reference": n.Reference}
		if g.ExpiresAt != 0 {
			after["expiresAt"] = g.ExpiresAt.Time().UTC()
		}
		return s.Access.Audit(ctx, tx, access.AuditRow{AccountID: c.ID, Actor: by, Action: auditOf(n.Kind), Target: n.Reference, TargetID: grantTarget(n.TargetID, no), After: after})
	})
	return no, err
}

// termOf returns the end of a grant of a kind if the request names none; 0: never. Months are clamped to the end of the
// month (rules.md §2) and counted from the account's second, which is that of the grant.
func (s *Store) termOf(k billing.GrantKind, from billing.Second) billing.Second {
	switch k {
	case billing.Free:
		return from + billing.Second(s.settings.FreeTerm/time.Second)
	case billing.TopUp:
		return billing.SecondOf(billing.AddMonthsClamped(from.Time(), 12))
	}
	return 0
}

// mostOf returns billing.MaxCharge as people read it, in the unit of a meter.
func mostOf(m billing.Meter) string {
	if m == billing.ToolRuns {
		return "1,000,000,000,000,000 runs"
	}
	return "1,000,000,000 credits"
}

// validateGrant refuses what can be refused without the account.
func validateGrant(n NewGrant) error {
	switch {
	case !n.Meter.IsValid():
		return refuse(Invalid, "meter", "the meter is not known")
	case n.Kind != billing.Free && n.Kind != billing.TopUp && n.Kind != billing.AdjustmentGrant:
		return refuse(Invalid, "kind", "FREE, TOP_UP or ADJUSTMENT can be granted; PLAN grants come with the plan")
	case n.Amount <= 0 || n.Amount > billing.MaxCharge:
		return refuse(Invalid, "amount", "the amount must be above 0 and at most %s", mostOf(n.Meter))
	}
	return checkReference(n.Reference, n.IdempotencyKey)
}

// checkReference checks the texts by which Support finds a change of credits again.
// A reference is shown to people, so it must be visible; a key is only compared.
func checkReference(reference, key string) error {
	if err := text.CheckShown("reference", "a reference", reference, 1, 200); err != nil {
		return err
	}
	return checkKey(key, true)
}

// Adjustment corrects an account: upwards by an ADJUSTMENT grant, downwards by lowering what a grant is worth.
type Adjustment struct {
	AccountID      int64
	Meter          billing.Meter
	Amount         billing.Amount // not 0
	GrantNo        int32          // of an amount below 0: the grant to lower
	ExpiresAt      time.Time      // of an amount above 0; zero: never
	Reference      string
	IdempotencyKey string
	TargetID       func(no int32) string `json:"-"` // the grant's opaque id for the audit log; nil: none
}

// Adjust corrects an account and returns the number of the grant made or lowered (rules.md §2). A correction upwards is
// a grant like any other, with a key in its row; it retires nothing (rules.md §2). A correction downwards makes no
// grant, so its answer is kept in the table idempotency. Both share the account's one space of keys.
func (s *Store) Adjust(ctx context.Context, r Adjustment, by Actor) (no int32, err error) {
	if r.Amount == 0 {
		return 0, refuse(Invalid, "amount", "a correction is not 0")
	}
	if r.Amount > 0 {
		if r.GrantNo != 0 {
			return 0, refuse(Invalid, "grantId", "a correction upwards makes a grant of its own")
		}
		return s.GrantCredits(ctx, NewGrant{AccountID: r.AccountID, Meter: r.Meter, Kind: billing.AdjustmentGrant, Amount: r.Amount,
			ExpiresAt: r.ExpiresAt, Reference: r.Reference, IdempotencyKey: r.IdempotencyKey, TargetID: r.TargetID}, by)
	}
	if err := validateDown(r); err != nil {
		return 0, err
	}
	err = s.changeAccount(ctx, r.AccountID, changeOptions{debt: true}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		return c.once(ctx, tx, r.IdempotencyKey, "adjustCredits", r, &no, func() error {
			no = r.GrantNo
			return s.correct(ctx, tx, c, r, by)
		})
	})
	return no, err
}

// validateDown refuses a correction downwards that can be refused without the account.
func validateDown(r Adjustment) error {
	switch {
	case r.GrantNo == 0:
		return refuse(Invalid, "grantId", "a correction downwards names the grant that it lowers")
	case !r.ExpiresAt.IsZero():
		return refuse(Invalid, "expiresAt", "a correction downwards has no end")
	}
	return checkReference(r.Reference, r.IdempotencyKey)
}

// correct lowers a grant. A repeated request is answered before it comes here.
func (s *Store) correct(ctx context.Context, tx pgx.Tx, c *change, r Adjustment, by Actor) error {
	// Correct does not tell this refusal from the next.
	if g := c.Book(r.Meter).Grant(r.GrantNo); g == nil {
		return refuse(NotFound, "grantId", "the account has no such live grant of this meter")
	}
	if err := c.Correct(r.GrantNo, -r.Amount, r.Reference); err != nil {
		return refuse(Invalid, "amount", "a grant cannot be lowered by more than it counts for")
	}
	return s.Access.Audit(ctx, tx, access.AuditRow{AccountID: c.ID, Actor: by, Action: access.AuditCreditsAdjusted, Target: r.Reference,
		TargetID: grantTarget(r.TargetID, r.GrantNo), After: map[string]any{"meter": r.Meter, "amount": r.Meter.Format(r.Amount), "reference": r.Reference}})
}

// grantTarget returns the opaque id of a grant, or "" if id is nil.
func grantTarget(id func(no int32) string, no int32) string {
	if id == nil {
		return ""
	}
	return id(no)
}
