package tsdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// Plan is a plan on offer, with what it grants each cycle. A retired plan takes no new accounts.
type Plan struct {
	billing.Plan
	Active    bool
	CreatedAt time.Time
	UpdatedAt time.Time // CreatedAt: never changed
}

// PlanChange changes a plan on offer; nil leaves a part as it is. What an account was already granted stays. An
// account's plan is a row of plan, so everybody on it gets what the row says at the next rollover.
type PlanChange struct {
	PlanID  int64
	Name    *string
	Credits *billing.Amount
	Runs    *billing.Amount
	Active  *bool
}

// maxPlans bounds the plans of a platform: they are listed in one answer, and never deleted, since accounts were on them.
const maxPlans = 1000

// Plans lists all plans by name, ignoring case. Retired ones come last, and are listed because accounts may still be on
// them. CreatePlan keeps their number within maxPlans.
func (s *Store) Plans(ctx context.Context) ([]Plan, error) {
	rows, err := s.pool.Query(ctx, `-- name: list plans
SELECT `+planColumns+` FROM plan ORDER BY retired_at IS NOT NULL, lower(name`+pg.Letters+`), plan_id LIMIT $1`, maxPlans)
	if err != nil {
		return nil, fmt.Errorf("list plans: %w", err)
	}
	return pgx.CollectRows(rows, scanPlan)
}

// planColumns are the columns that scanPlan reads.
const planColumns = `plan_id, name, credits, runs, retired_at IS NULL, created_at, coalesce(updated_at, created_at)`

func scanPlan(row pgx.CollectableRow) (p Plan, err error) {
	err = row.Scan(&p.ID, &p.Name, &p.Credits, &p.Runs, &p.Active, &p.CreatedAt, &p.UpdatedAt)
	return p, err
}

// CreatePlan makes a plan and returns it. It returns NameTaken if another plan has the name, and TooMuch if there are
// maxPlans already.
func (s *Store) CreatePlan(ctx context.Context, p billing.Plan, by Actor) (plan Plan, err error) {
	if err := validatePlan(p); err != nil {
		return Plan{}, err
	}
	now := s.Now()
	plan = Plan{Plan: p, Active: true, CreatedAt: now, UpdatedAt: now}
	err = s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if err := roomForPlan(ctx, tx); err != nil {
			return err
		}
		// The unique index decides between two callers who take one name at once.
		err := tx.QueryRow(ctx, `-- name: create plan
INSERT INTO plan (name, credits, runs, created_at) VALUES ($1, $2, $3, $4) RETURNING plan_id`, p.Name, p.Credits, p.Runs, now).Scan(&plan.ID)
		if err != nil {
			return planError(err)
		}
		return s.Access.Audit(ctx, tx, access.AuditRow{Actor: by, Action: access.AuditPlanCreated, Target: p.Name, After: plan.audited()})
	})
	return plan, err
}

// roomForPlan refuses a plan beyond maxPlans. Its lock lets nobody else make one until the transaction ends; plans can
// still be read.
func roomForPlan(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "LOCK TABLE plan IN SHARE ROW EXCLUSIVE MODE"); err != nil {
		return fmt.Errorf("lock plans: %w", err)
	}
	var count int
	if err := tx.QueryRow(ctx, "-- name: count plans\nSELECT count(*) FROM plan").Scan(&count); err != nil {
		return fmt.Errorf("count plans: %w", err)
	}
	if count >= maxPlans {
		return refuse(TooMuch, "name", "there are %d plans, as many as there may be, retired ones included: change one of those", maxPlans)
	}
	return nil
}

// validatePlan refuses what no plan can be. The bounds keep a year of grants far within a balance. 0 credits and 0 runs
// are allowed: such a plan grants nothing, and says that the account is on it.
func validatePlan(p billing.Plan) error {
	const most = 1_000_000_000 * billing.MicroPerCredit
	if err := text.CheckName("name", p.Name); err != nil {
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

// planError turns a violation of the unique name into a refusal. Everything else is a fault of ours.
func planError(err error) error {
	if pg.HasState(err, "23505") {
		return refuse(NameTaken, "name", "the name is taken by another plan")
	}
	return fmt.Errorf("write plan: %w", err)
}

// UpdatePlan changes a plan on offer: accounts on it get what it then grants from their next rollover on. NameTaken,
// Invalid and NotFound leave it as it was. Active false retires it: accounts on it stay on it.
func (s *Store) UpdatePlan(ctx context.Context, change PlanChange, by Actor) (plan Plan, err error) {
	err = s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		// The lock orders changes of one plan, so that each audit entry has the state that it really changed.
		before, err := planByID(ctx, tx, change.PlanID)
		if err != nil {
			return err
		}
		plan = change.apply(before)
		plan.UpdatedAt = s.Now()
		if err := validatePlan(plan.Plan); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `-- name: update plan
UPDATE plan SET name = $2, credits = $3, runs = $4, retired_at = CASE WHEN $5 THEN NULL ELSE coalesce(retired_at, $6) END, updated_at = $6 WHERE plan_id = $1`,
			plan.ID, plan.Name, plan.Credits, plan.Runs, plan.Active, plan.UpdatedAt)
		if err != nil {
			return planError(err)
		}
		return s.Access.Audit(ctx, tx, access.AuditRow{Actor: by, Action: access.AuditPlanUpdated, Target: plan.Name, Before: before.audited(), After: plan.audited()})
	})
	return plan, err
}

// apply returns the plan as it will be. It is checked as a whole afterwards, like a new one.
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

// planByID reads a plan and locks it. It returns NotFound if there is none.
func planByID(ctx context.Context, tx pgx.Tx, id int64) (Plan, error) {
	rows, err := tx.Query(ctx, `-- name: read plan
SELECT `+planColumns+` FROM plan WHERE plan_id = $1 FOR UPDATE`, id)
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

// ChangePlanRequest puts an account on a plan; PlanID 0 means none, from the rollover on. A key is required: the answer
// says whether the change took effect at once, and a repeat must say the same.
type ChangePlanRequest struct {
	AccountID      int64
	PlanID         int64
	IdempotencyKey string
}

// ChangePlan puts an account on another plan: at once if the plan has more of either meter, otherwise at the rollover
// (rules.md §3). now reports whether it took effect at once.
func (s *Store) ChangePlan(ctx context.Context, r ChangePlanRequest, by Actor) (now bool, err error) {
	if err := checkKey(r.IdempotencyKey, true); err != nil {
		return false, err
	}
	err = s.changeAccount(ctx, r.AccountID, changeOptions{debt: true}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		// The key is looked up before the plan, so that a repeat is answered even if the plan was retired since.
		return c.once(ctx, tx, r.IdempotencyKey, "changePlan", r, &now, func() error {
			before := planState(c)
			plan, err := wantedPlan(ctx, tx, r.PlanID)
			if err != nil {
				return err
			}
			// Retired PLAN grants count as well, which the loaded books do not have.
			if err := readPlanned(ctx, tx, c); err != nil {
				return err
			}
			// planAsked has the plan written even if the books did not move: a plan that waits for the rollover is in the
			// account's row alone.
			now, c.planAsked = c.Account.ChangePlan(plan), true
			return s.Access.Audit(ctx, tx, access.AuditRow{AccountID: c.ID, Actor: by, Action: access.AuditPlanChanged, Target: c.Name, Before: before, After: planState(c)})
		})
	})
	return now, err
}

// By amount and not by what is left, so that what was corrected or retired does not come again with the next choice of
// a plan (engine.md).
const selectPlanned = `-- name: add up the plan grants of a cycle
SELECT meter, sum(amount)::bigint FROM credit_grant WHERE account_id = $1 AND kind = 'PLAN' AND granted_at >= $2 GROUP BY meter ORDER BY meter`

// readPlanned adds up the stored PLAN grants of the current cycle. If this transaction rolled the account over, there
// are none. Books load live grants alone, but a retired PLAN grant of this cycle counts in the difference that a plan
// grants at once (rules.md §3).
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

// wantedPlan returns the plan to put the account on, or nil for none. The plan is locked, so that it cannot be retired
// before the account is on it. Whoever changes a plan holds only its lock, so nobody who holds it waits for an account.
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

// planID returns a plan's key, or NULL.
func planID(p *billing.Plan) any {
	if p == nil {
		return nil
	}
	return p.ID
}

// audited returns the plan's state for the audit log.
func (p Plan) audited() map[string]any {
	return map[string]any{"name": p.Name, "credits": billing.ModelCredits.Format(p.Credits), "runs": int64(p.Runs), "active": p.Active}
}

// planState returns the plan that an account is on, and the one that it waits for, for the audit log.
func planState(c *change) map[string]any {
	name := func(p *billing.Plan) any {
		if p == nil {
			return nil
		}
		return p.Name
	}
	state := map[string]any{"plan": map[string]any{"name": name(c.Plan)}, "pending": nil}
	if c.NextPlan != nil || c.PlanEnds {
		state["pending"] = map[string]any{"name": name(c.NextPlan)}
	}
	return state
}
