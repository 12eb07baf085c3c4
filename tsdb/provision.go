package tsdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// Provisioning says whether the first event of an own id that an account does not know makes the tool or model. Both
// are off by default, and accounts are never made in this way (rules.md §2): a typing error in an id must not become a
// thing that somebody is charged for, unless the account was told to allow it.
type Provisioning struct {
	Tools, Models bool
	Made          int64 // how many were made so
	Limit         int64 // how many may be: Settings.MaxProvisioned
}

// Provisioning reads what an account allows. It returns NotFound if there is no such account. It takes no lock: its
// answer may be out of date a moment later, and provisionFor reads it again under the lock.
func (s *Store) Provisioning(ctx context.Context, account int64) (Provisioning, error) {
	p := Provisioning{Limit: int64(s.settings.MaxProvisioned)}
	err := s.pool.QueryRow(ctx, `-- name: read provisioning
SELECT provision_tools, provision_models, provisioned FROM account WHERE account_id = $1`, account).Scan(&p.Tools, &p.Models, &p.Made)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, noAccount()
	}
	if err != nil {
		return p, fmt.Errorf("read provisioning: %w", err)
	}
	return p, nil
}

// SetProvisioning sets what an account allows from now on. It returns NotFound if there is no such account. Setting
// what is already set changes neither the instant of the account's last change nor the audit log, so that a platform
// may do it at every start.
func (s *Store) SetProvisioning(ctx context.Context, account int64, tools, models bool, by Actor) error {
	return s.changeAccount(ctx, account, changeOptions{}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		var before Provisioning
		err := tx.QueryRow(ctx, `-- name: set provisioning
UPDATE account a SET provision_tools = $2, provision_models = $3,
  updated_at = CASE WHEN (b.provision_tools, b.provision_models) = ($2, $3) THEN a.updated_at ELSE $4 END
FROM (SELECT account_id, provision_tools, provision_models FROM account WHERE account_id = $1) b WHERE a.account_id = $1 AND b.account_id = a.account_id
RETURNING b.provision_tools, b.provision_models`, c.ID, tools, models, c.Now.Time()).Scan(&before.Tools, &before.Models)
		if err != nil {
			return fmt.Errorf("set provisioning: %w", err)
		}
		// The row was written all the same: an UPDATE that returns the old values is one round trip, not two.
		if before.Tools == tools && before.Models == models {
			return nil
		}
		return s.Access.Audit(ctx, tx, access.AuditRow{AccountID: c.ID, Actor: by, Action: access.AuditProvisioningSet, Target: c.Name,
			Before: map[string]any{"tools": before.Tools, "models": before.Models}, After: map[string]any{"tools": tools, "models": models}})
	})
}

// provision makes the tools and models that events name by own ids which their accounts do not know, as far as the
// accounts allow it. Mostly there are none, and nothing is asked.
func (s *Store) provision(ctx context.Context, tx pgx.Tx, run *ingestRun, changes []*change, byAccount map[int64][]*ingestItem) error {
	// Accounts are locked by now, in the order of their ids, so each thing is made once: another process with the same
	// own id waits for that lock and then finds it.
	for _, c := range changes {
		var wanted []*ingestItem
		for _, it := range byAccount[c.ID] {
			// An attempt of this transaction that was rolled back may have set them.
			if it.provisioned, it.unmade = false, ""; it.event.lacksTarget(run) {
				wanted = append(wanted, it)
			}
		}
		if len(wanted) == 0 {
			continue
		}
		if err := s.provisionFor(ctx, tx, run, c, wanted); err != nil {
			return err
		}
	}
	return nil
}

// lacksTarget reports whether an event names a tool or model that its account does not know. An unknown model has no
// deployment. Own ids were looked up in the round trip that the batch makes anyway.
func (e *UsageEvent) lacksTarget(run *ingestRun) bool {
	return e.ResourceExternal != "" && e.DeploymentID == 0 && e.DeploymentExternal == "" && run.own[e.own()] == 0
}

// provisionFor makes what some items of one account lack, within the account's permission and bound. It returns
// errBehind if the account would have to be brought up first from too far behind.
func (s *Store) provisionFor(ctx context.Context, tx pgx.Tx, run *ingestRun, c *change, items []*ingestItem) error {
	p := Provisioning{Limit: int64(s.settings.MaxProvisioned)}
	err := tx.QueryRow(ctx, `-- name: read provisioning of the account
SELECT provision_tools, provision_models, provisioned FROM account WHERE account_id = $1`, c.ID).Scan(&p.Tools, &p.Models, &p.Made)
	if err != nil {
		return fmt.Errorf("read provisioning: %w", err)
	}
	made := int64(0)
	for _, it := range items {
		e := it.event
		allowed := e.Kind == ToolRun && p.Tools || e.Kind == Inference && p.Models
		if _, stored := run.find(e); stored || run.refuseReservation(e) != nil {
			continue // neither a repeat, whose own id was taken away since, nor an event that is refused anyhow makes anything
		}
		if !allowed || run.own[e.own()] != 0 || it.barren != nil {
			continue
		}
		if it.unmade = p.hindrance(made, e.ResourceExternal); it.unmade != "" {
			continue
		}
		// Only once something is made for certain: bringing the books up costs as much as hosting has accrued.
		if made == 0 {
			now := billing.SecondOf(run.now)
			if s.areBehind([]*change{c}, now) {
				return errBehind
			}
			c.BringUp(now)
		}
		if err := s.provisionOne(ctx, tx, run, c, e); err != nil {
			return err
		}
		it.provisioned = true
		made++
	}
	if made == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, `-- name: count what was provisioned
UPDATE account SET provisioned = provisioned + $2 WHERE account_id = $1`, c.ID, made)
	if err != nil {
		return fmt.Errorf("count what was provisioned: %w", err)
	}
	return nil
}

// hindrance says why nothing is made of an own id, after what has been made so far; "" if nothing stands in the way.
func (p Provisioning) hindrance(made int64, own string) string {
	switch {
	case p.Made+made >= p.Limit:
		return fmt.Sprintf(", and events have made as many tools and models of the account as they may: %d", p.Limit)
	case text.CheckName("name", own) != nil:
		return ", and none is made of an own id that cannot be a name"
	}
	return ""
}

// provisionOne makes a tool, deployed, or a model under the own id that an event names. A tool's owner is the event's
// source.
func (s *Store) provisionOne(ctx context.Context, tx pgx.Tx, run *ingestRun, c *change, e *UsageEvent) error {
	var id int64
	var err error
	// A model may be used as soon as it is registered; a tool only once it is deployed, or its runs would be refused.
	t := &target{accountID: c.ID, kind: string(KindModel), status: string(Registered)}
	own := Own{ExternalID: e.ResourceExternal}
	if e.Kind == ToolRun {
		t.kind, t.status = string(KindTool), string(Deployed)
		owner := e.Source
		// A source may hold what no name may: then the tool has no owner, rather than the event no tool.
		if text.CheckName("ownerName", owner) != nil {
			owner = ""
		}
		id, err = c.registerTool(ctx, tx, NewTool{Name: e.ResourceExternal, OwnerName: owner, Status: Deployed, Own: own})
	} else {
		id, err = c.registerModel(ctx, tx, NewModel{Name: e.ResourceExternal, Own: own})
	}
	if err != nil {
		return err
	}
	if err := run.readMade(ctx, tx, c.ID, id, t); err != nil {
		return err
	}
	if run.made == nil {
		run.made = map[ownID]bool{}
	}
	// Later events of the same batch find it by this.
	run.own[e.own()], run.targets[id], run.made[e.own()] = id, t, true
	return s.Access.Audit(ctx, tx, access.AuditRow{AccountID: c.ID, Actor: Actor{Name: "usage"}, Action: access.AuditResourceProvisioned, Target: e.ResourceExternal,
		After: map[string]any{"kind": t.kind, "externalId": e.ResourceExternal, "source": e.Source, "eventId": e.ID}})
}

// readMade reads the own rates that apply to a thing that was just made, since its account may have some. Without them
// the first event would cost what the card says, and the second what the account's own rates say.
func (run *ingestRun) readMade(ctx context.Context, tx pgx.Tx, account, id int64, t *target) (err error) {
	var rates []string
	err = tx.QueryRow(ctx, "-- name: read the rates of what was made\nSELECT "+pricing+" FROM resource r WHERE r.account_id = $1 AND r.resource_id = $2", account, id).
		Scan(&run.rateChanges, &rates)
	if err == nil {
		t.prices, err = readPricing(billing.OwnTokenRates{}, rates)
	}
	if err != nil {
		return fmt.Errorf("read the rates of what was made: %w", err)
	}
	return nil
}

// errBarren says that something was made only for refused events: the transaction has to run again without it.
var errBarren = errors.New("refused events make nothing")

// findBarren marks items that were refused although something was made for them, if no stored item names it. It reports
// whether there are any.
func (run *ingestRun) findBarren(items []*ingestItem) (found bool) {
	if len(run.made) == 0 {
		return false
	}
	used := map[ownID]bool{}
	// One stored event is enough for a thing to stay, whichever event made it.
	for _, it := range run.stored {
		used[it.event.own()] = true
	}
	for _, it := range items {
		if own := it.event.own(); it.event.ResourceExternal != "" && run.made[own] && !used[own] {
			refused := *it.result
			it.barren, found = &refused, true
		}
	}
	return found
}
