package tsdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// Plan is a plan on offer: what it grants each cycle. A retired one takes no new accounts.
type Plan struct {
	billing.Plan
	Active bool
}

// PlanChange changes a plan on offer; nil leaves a part as it is. What an account was granted already stays.
type PlanChange struct {
	PlanID  int64
	Name    *string
	Credits *billing.Amount
	Runs    *billing.Amount
	Active  *bool
}

// Plans lists all plans by name, at most 1,000.
func (s *Store) Plans(ctx context.Context) ([]Plan, error) {
	rows, err := s.pool.Query(ctx, `-- name: list plans
SELECT plan_id, name, credits, runs, retired_at IS NULL FROM plan ORDER BY name LIMIT 1000`)
	if err != nil {
		return nil, fmt.Errorf("list plans: %w", err)
	}
	return pgx.CollectRows(rows, scanPlan)
}

func scanPlan(row pgx.CollectableRow) (p Plan, err error) {
	err = row.Scan(&p.ID, &p.Name, &p.Credits, &p.Runs, &p.Active)
	return p, err
}

// CreatePlan makes a plan and returns it. NameTaken where the name is taken.
func (s *Store) CreatePlan(ctx context.Context, p billing.Plan, by Actor) (plan Plan, err error) {
	if err := validatePlan(p); err != nil {
		return Plan{}, err
	}
	plan = Plan{Plan: p, Active: true}
	err = s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `-- name: create plan
INSERT INTO plan (name, credits, runs, created_at) VALUES ($1, $2, $3, $4) RETURNING plan_id`, p.Name, p.Credits, p.Runs, s.Now()).Scan(&plan.ID)
		if err != nil {
			return planError(err)
		}
		return s.audit(ctx, tx, AuditRow{Actor: by, Action: AuditPlanCreated, Target: p.Name, After: plan.audited()})
	})
	return plan, err
}

func validatePlan(p billing.Plan) error {
	const most = 1_000_000_000 * billing.MicroPerCredit
	if err := checkName("name", p.Name); err != nil {
		return err
	}
	switch {
	case p.Credits < 0 || p.Credits > most:
		return refuse(Invalid, "credits", "a plan grants 0 to 1,000,000,000 credits a month")
	case p.Runs < 0 || p.Runs > most:
		return refuse(Invalid, "runs", "a plan grants 0 to 1,000,000,000,000,000 runs a month")
	}
	return nil
}

// planError turns a broken unique name into a refusal.
func planError(err error) error {
	if hasState(err, "23505") {
		return refuse(NameTaken, "name", "the name is taken by another plan")
	}
	return fmt.Errorf("write plan: %w", err)
}

// UpdatePlan changes a plan on offer: accounts on it get what it then grants from their next rollover on.
func (s *Store) UpdatePlan(ctx context.Context, change PlanChange, by Actor) (plan Plan, err error) {
	err = s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		before, err := planByID(ctx, tx, change.PlanID)
		if err != nil {
			return err
		}
		plan = change.apply(before)
		if err := validatePlan(plan.Plan); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `-- name: update plan
UPDATE plan SET name = $2, credits = $3, runs = $4, retired_at = CASE WHEN $5 THEN NULL ELSE coalesce(retired_at, $6) END WHERE plan_id = $1`,
			plan.ID, plan.Name, plan.Credits, plan.Runs, plan.Active, s.Now())
		if err != nil {
			return planError(err)
		}
		return s.audit(ctx, tx, AuditRow{Actor: by, Action: AuditPlanUpdated, Target: plan.Name, Before: before.audited(), After: plan.audited()})
	})
	return plan, err
}

func (c PlanChange) apply(p Plan) Plan {
	if c.Name != nil {
		p.Name = *c.Name
	}
	if c.Credits != nil {
		p.Credits = *c.Credits
	}
	if c.Runs != nil {
		p.Runs = *c.Runs
	}
	if c.Active != nil {
		p.Active = *c.Active
	}
	return p
}

// planByID reads a plan under a lock. NotFound where there is none.
func planByID(ctx context.Context, tx pgx.Tx, id int64) (Plan, error) {
	rows, err := tx.Query(ctx, `-- name: read plan
SELECT plan_id, name, credits, runs, retired_at IS NULL FROM plan WHERE plan_id = $1 FOR UPDATE`, id)
	if err != nil {
		return Plan{}, fmt.Errorf("read plan: %w", err)
	}
	plan, err := pgx.CollectExactlyOneRow(rows, scanPlan)
	if errors.Is(err, pgx.ErrNoRows) {
		return Plan{}, refuse(NotFound, "planId", "there is no such plan")
	}
	if err != nil {
		return Plan{}, fmt.Errorf("read plan: %w", err)
	}
	return plan, nil
}

// ChangePlanRequest puts an account on a plan; PlanID 0: none from the rollover on.
type ChangePlanRequest struct {
	AccountID      int64
	PlanID         int64
	IdempotencyKey string
}

// ChangePlan puts an account on another plan: one with more of either meter at once, any other at the rollover (rules.md
// §3). It returns whether it took effect at once.
func (s *Store) ChangePlan(ctx context.Context, r ChangePlanRequest, by Actor) (now bool, err error) {
	if err := checkKey(r.IdempotencyKey, true); err != nil {
		return false, err
	}
	err = s.changeAccount(ctx, r.AccountID, changeOptions{debt: true}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		return c.once(ctx, tx, r.IdempotencyKey, "changePlan", r, &now, func() error {
			before := planState(c)
			plan, err := wantedPlan(ctx, tx, r.PlanID)
			if err != nil {
				return err
			}
			if err := readPlanned(ctx, tx, c); err != nil {
				return err
			}
			now = c.Account.ChangePlan(plan)
			return s.audit(ctx, tx, AuditRow{AccountID: c.ID, Actor: by, Action: AuditPlanChanged, Target: c.Name, Before: before, After: planState(c)})
		})
	})
	return now, err
}

const selectPlanned = `-- name: add up the plan grants of a cycle
SELECT meter, sum(amount)::bigint FROM credit_grant WHERE account_id = $1 AND kind = 'PLAN' AND granted_at >= $2 GROUP BY meter ORDER BY meter`

// readPlanned adds what stored PLAN grants of the running cycle add up to. Where this transaction rolled the account over, there are none.
func readPlanned(ctx context.Context, tx pgx.Tx, c *change) error {
	rows, err := tx.Query(ctx, selectPlanned, c.ID, c.CycleStart.Time())
	if err != nil {
		return fmt.Errorf("read plan grants: %w", err)
	}
	var m billing.Meter
	var sum billing.Amount
	_, err = pgx.ForEachRow(rows, []any{&m, &sum}, func() error { c.Book(m).Planned += sum; return nil })
	if err != nil {
		return fmt.Errorf("read plan grants: %w", err)
	}
	return nil
}

func wantedPlan(ctx context.Context, tx pgx.Tx, id int64) (*billing.Plan, error) {
	if id == 0 {
		return nil, nil
	}
	plan, err := planByID(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if !plan.Active {
		return nil, refuse(WrongState, "planId", "the plan takes no accounts any more")
	}
	return &plan.Plan, nil
}

// LimitsChange changes an account's limits; nil leaves one as it is.
type LimitsChange struct {
	AccountID               int64
	FineTune, Low, Negative *billing.Amount
}

// wrongLimit is the field of the first limit that does not hold where the others are the usual ones.
func wrongLimit(t billing.Thresholds) string {
	alone := billing.DefaultThresholds()
	if alone.Low = t.Low; alone.Validate() != nil {
		return "lowCreditLimit"
	}
	if alone.FineTune = t.FineTune; alone.Validate() != nil {
		return "fineTuningLimit"
	}
	return "negativeLimit"
}

// SetLimits changes the limits of an account from its own second on: one that the balance has already reached acts at once.
func (s *Store) SetLimits(ctx context.Context, r LimitsChange, by Actor) error {
	return s.changeAccount(ctx, r.AccountID, changeOptions{}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		before := c.Thresholds
		for _, l := range []struct{ to, from *billing.Amount }{{&c.Thresholds.FineTune, r.FineTune}, {&c.Thresholds.Low, r.Low}, {&c.Thresholds.Negative, r.Negative}} {
			if l.from != nil {
				*l.to = *l.from
			}
		}
		if err := c.Thresholds.Validate(); err != nil {
			return refuse(Invalid, wrongLimit(c.Thresholds), "%s, each within 1,000,000,000,000 credits", err.Error())
		}
		c.touched = true
		_, err := tx.Exec(ctx, `-- name: set limits
UPDATE account SET fine_tune_limit = $2, low_limit = $3, negative_limit = $4 WHERE account_id = $1`,
			c.ID, c.Thresholds.FineTune, c.Thresholds.Low, c.Thresholds.Negative)
		if err != nil {
			return fmt.Errorf("set limits: %w", err)
		}
		return s.audit(ctx, tx, AuditRow{AccountID: c.ID, Actor: by, Action: AuditLimitsSet, Target: c.Name, Before: limitState(before), After: limitState(c.Thresholds)})
	})
}

// Adjustment corrects an account: up by an ADJUSTMENT grant, down by lowering what a grant counts for.
type Adjustment struct {
	AccountID      int64
	Meter          billing.Meter
	Amount         billing.Amount // not 0
	GrantNo        int32          // below 0: the grant to lower
	ExpiresAt      time.Time      // above 0: zero is never
	Reference      string
	IdempotencyKey string
	TargetID       func(no int32) string `json:"-"` // the grant's opaque id for the audit log; nil: none
}

// Adjust corrects an account and returns the number of the grant made or lowered (rules.md §2).
func (s *Store) Adjust(ctx context.Context, r Adjustment, by Actor) (no int32, err error) {
	if r.Amount >= 0 {
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

func validateDown(r Adjustment) error {
	switch {
	case r.GrantNo == 0:
		return refuse(Invalid, "grantId", "a correction downwards names the grant that it lowers")
	case !r.ExpiresAt.IsZero():
		return refuse(Invalid, "expiresAt", "a correction downwards has no end")
	case r.Reference == "" || !plainText(r.Reference, 200):
		return refuse(Invalid, "reference", "a reference has 1 to 200 characters, none of them a control character")
	}
	return checkKey(r.IdempotencyKey, true)
}

func (s *Store) correct(ctx context.Context, tx pgx.Tx, c *change, r Adjustment, by Actor) error {
	if g := c.Book(r.Meter).Grant(r.GrantNo); g == nil {
		return refuse(NotFound, "grantId", "the account has no such live grant of this meter")
	}
	if err := c.Correct(r.GrantNo, -r.Amount, r.Reference); err != nil {
		return refuse(Invalid, "amount", "a grant cannot be lowered by more than it counts for")
	}
	return s.audit(ctx, tx, AuditRow{AccountID: c.ID, Actor: by, Action: AuditCreditsAdjusted, Target: r.Reference,
		TargetID: grantTarget(r.TargetID, r.GrantNo), After: map[string]any{"meter": r.Meter, "amount": r.Meter.Format(r.Amount), "reference": r.Reference}})
}

// grantTarget is the opaque id of a grant; "" where nobody can tell it.
func grantTarget(id func(no int32) string, no int32) string {
	if id == nil {
		return ""
	}
	return id(no)
}
