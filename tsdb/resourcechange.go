package tsdb

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// OwnChange is what a platform changes in one of its things; nil leaves a part as it is. A pointer to an empty value
// removes the part if that is possible: a name cannot be removed.
type OwnChange struct {
	Name       *string
	OwnerName  *string // tools
	Endpoint   *string // models' deployments and scripts: where they answer; "": none
	ExternalID *string // "" removes it
	Tags       *Tags   // all of them
}

// check is called before the transaction, so that nothing is locked for a change that cannot be made.
func (n OwnChange) check() error {
	// In the order of the contract's fields, so that the same request is refused for the same field each time.
	for _, part := range []struct {
		field string
		said  *string
	}{{"name", n.Name}, {"ownerName", n.OwnerName}} {
		if part.said == nil {
			continue
		}
		if err := text.CheckName(part.field, *part.said); err != nil {
			return err
		}
	}
	if n.Endpoint != nil {
		if err := checkNote("endpoint", *n.Endpoint, 2000); err != nil {
			return err
		}
	}
	own := Own{}
	if n.ExternalID != nil {
		own.ExternalID = *n.ExternalID
	}
	if n.Tags != nil {
		own.Tags = *n.Tags
	}
	return own.check()
}

// ResourceChange changes a tool, model, guardrail or script, or a model's deployment.
// Field is the argument of the mutation, such as toolId: one transaction serves several of them.
type ResourceChange struct {
	AccountID int64
	ID        int64
	OwnChange
	Actor    Actor
	TargetID string // its opaque id, for the audit log
	Field    string // what a refusal calls the id
}

// patch sets a value if one is given, and notes the old and the new value under a name, if they differ. Equal values
// are in neither map, so that a repeat is found to change nothing.
func patch[T comparable](into *T, given *T, name string, before, after map[string]any) {
	if given != nil && *given != *into {
		before[name], after[name] = *into, *given
		*into = *given
	}
}

// patchExternalID is patch for an own id; having none is null in the audit log, as in the contract.
func patchExternalID(into, given *string, before, after map[string]any) {
	if given != nil && *given != *into {
		before["externalId"], after["externalId"] = pg.OrNull(*into), pg.OrNull(*given)
		*into = *given
	}
}

// onlyExternalID reports whether the own id is all that changes. A deleted thing may give up its own id, so that
// another can have it; everything else stays as charts and logs know it.
func onlyExternalID(after map[string]any) bool {
	_, it := after["externalId"]
	return it && len(after) == 1
}

// patchTags is patch for tags, which are replaced as a whole.
func patchTags(into *Tags, given *Tags, before, after map[string]any) {
	if given != nil && !maps.Equal(*given, *into) {
		before["tags"], after["tags"] = into.stored(), given.stored()
		*into = *given
	}
}

// UpdateResource changes what a platform says of a tool, model, guardrail or script. It returns NotFound if the account
// has none of this kind, WrongState for a deleted one, and NameTaken if another object has the own id. It returns the
// resource as it is afterwards, changed or not.
func (s *Store) UpdateResource(ctx context.Context, kind ResourceKind, n ResourceChange) (Resource, error) {
	if err := n.check(); err != nil {
		return Resource{}, err
	}
	err := s.changeHosting(ctx, n.AccountID, func(ctx context.Context, h *hostingTx) error {
		r, x, err := h.onlyDeploymentOf(ctx, kind, n.ID, n.Field)
		if err != nil {
			return err
		}
		_, err = s.changeResource(ctx, h, &r, x, n)
		return err
	})
	if err != nil {
		return Resource{}, err
	}
	return s.resource(ctx, n.ID)
}

// changeResource writes what differs, with its audit entry, and reports whether anything did. x is the deployment of a
// guardrail or script; it is nil before the first, and for the other kinds. The change and its entry are one
// transaction.
func (s *Store) changeResource(ctx context.Context, h *hostingTx, r *Resource, x *deploymentState, n ResourceChange) (changed bool, err error) {
	before, after := map[string]any{}, map[string]any{}
	patch(&r.Name, n.Name, "name", before, after)
	patch(&r.OwnerName, n.OwnerName, "ownerName", before, after)
	patchExternalID(&r.ExternalID, n.ExternalID, before, after)
	patchTags(&r.Tags, n.Tags, before, after)
	if n.Endpoint != nil && *n.Endpoint != "" && !answers(x) {
		return false, refuse(WrongState, "endpoint", "a script has an endpoint while it is deployed or being deployed, and this one is neither")
	}
	var d *Deployment
	if x != nil && (r.Kind == KindGuardrail || r.Kind == KindScript) {
		d = &x.deployment
		// A guardrail or script and its one deployment have one name.
		d.Name = r.Name
		patch(&d.Endpoint, n.Endpoint, "endpoint", before, after)
	}
	if len(after) == 0 {
		return false, nil
	}
	if r.Status == Deleted && !onlyExternalID(after) {
		return false, refuse(WrongState, n.Field, "what is deleted keeps all but its own id")
	}
	h.touched = true
	// All parts at once, changed or not: one statement serves every choice of them.
	_, err = h.tx.Exec(ctx, `-- name: write what a platform says of a resource
UPDATE resource SET name = $3, owner_name = $4, external_id = $5, tags = $6, updated_at = $7 WHERE account_id = $1 AND resource_id = $2`,
		h.ID, r.ID, r.Name, r.OwnerName, pg.OrNull(r.ExternalID), r.Tags.stored(), h.Now.Time())
	if err != nil {
		return false, fmt.Errorf("write resource: %w", externalTaken(err))
	}
	if d != nil {
		if err := h.sayOfDeployment(ctx, d); err != nil {
			return false, err
		}
	}
	return true, s.Access.Audit(ctx, h.tx, access.AuditRow{AccountID: h.ID, Actor: n.Actor, Action: access.AuditResourceUpdated, TargetID: n.TargetID, Target: r.Name,
		Before: before, After: after})
}

// answers reports whether a guardrail or script runs or is about to. Otherwise it has no endpoint: the next deployment
// begins without one.
func answers(x *deploymentState) bool {
	return x != nil && (x.deployment.Status == DeploymentRunning || x.deployment.Status == DeploymentPending)
}

// sayOfDeployment writes what a platform says of a deployment. said_at is apart from updated_at, which tells when the
// deployment itself changed or, while it is pending, was asked for.
func (h *hostingTx) sayOfDeployment(ctx context.Context, d *Deployment) error {
	_, err := h.tx.Exec(ctx, `-- name: write what a platform says of a deployment
UPDATE deployment SET name = $3, endpoint = $4, external_id = $5, tags = $6, said_at = $7 WHERE account_id = $1 AND deployment_id = $2`,
		h.ID, d.ID, d.Name, d.Endpoint, pg.OrNull(d.ExternalID), d.Tags.stored(), h.Now.Time())
	if err != nil {
		return fmt.Errorf("write deployment: %w", externalTaken(err))
	}
	return nil
}

// UpdateDeployment changes what a platform says of a model's deployment, as UpdateResource does. Deployments of
// guardrails and scripts have no name of their own: UpdateResource changes them.
func (s *Store) UpdateDeployment(ctx context.Context, n ResourceChange) (Deployment, error) {
	if err := n.check(); err != nil {
		return Deployment{}, err
	}
	err := s.changeHosting(ctx, n.AccountID, func(ctx context.Context, h *hostingTx) error {
		x, err := h.deploymentOf(ctx, n.ID, n.Field)
		if err != nil {
			return err
		}
		_, err = s.changeDeployment(ctx, h, &x.deployment, n)
		return err
	})
	if err != nil {
		return Deployment{}, err
	}
	return s.deployment(ctx, n.ID)
}

// changeDeployment is changeResource for a model's deployment, which has a name and an own id apart from its model's.
func (s *Store) changeDeployment(ctx context.Context, h *hostingTx, d *Deployment, n ResourceChange) (changed bool, err error) {
	before, after := map[string]any{}, map[string]any{}
	patch(&d.Name, n.Name, "name", before, after)
	patch(&d.Endpoint, n.Endpoint, "endpoint", before, after)
	patchExternalID(&d.ExternalID, n.ExternalID, before, after)
	patchTags(&d.Tags, n.Tags, before, after)
	if len(after) == 0 {
		return false, nil
	}
	if d.Status == DeploymentDeleted && !onlyExternalID(after) {
		return false, refuse(WrongState, n.Field, "what is deleted keeps all but its own id")
	}
	h.touched = true
	if err := h.sayOfDeployment(ctx, d); err != nil {
		return false, err
	}
	return true, s.Access.Audit(ctx, h.tx, access.AuditRow{AccountID: h.ID, Actor: n.Actor, Action: access.AuditResourceUpdated, TargetID: n.TargetID, Target: d.Name,
		Before: before, After: after})
}

// AccountChange changes what a platform says of an account; nil leaves a part as it is.
// Plans, limits and members have operations of their own, with other permissions.
type AccountChange struct {
	AccountID  int64
	Name       *string
	TimeZone   *string // IANA name
	ExternalID *string // "" removes it
	Tags       *Tags   // all of them
	Actor      Actor
}

// check refuses what can be refused without the account.
func (n AccountChange) check() error {
	if n.TimeZone != nil {
		if err := checkZone(*n.TimeZone); err != nil || *n.TimeZone == "" {
			return unknownZone()
		}
	}
	return OwnChange{Name: n.Name, ExternalID: n.ExternalID, Tags: n.Tags}.check()
}

// checkZone refuses what is not a zone of the IANA database; "" is UTC. What a machine calls its own zone would be
// another one on the next machine, and unknown to PostgreSQL.
func checkZone(name string) error {
	if _, known := text.Zone(cmp.Or(name, "UTC")); !known {
		return unknownZone()
	}
	return nil
}

func unknownZone() *Error { return refuse(Invalid, "timeZone", "the time zone is not known") }

// UpdateAccount changes what a platform says of an account and reports whether anything differed. It returns NotFound
// if there is no such account, and NameTaken if another one has the own id, without saying which.
func (s *Store) UpdateAccount(ctx context.Context, n AccountChange) (changed bool, err error) {
	if err := n.check(); err != nil {
		return false, err
	}
	err = s.changeAccount(ctx, n.AccountID, changeOptions{}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		var own Own
		err := tx.QueryRow(ctx, `-- name: read what a platform says of an account
SELECT coalesce(external_id, ''), tags FROM account WHERE account_id = $1`, c.ID).Scan(&own.ExternalID, &own.Tags)
		if err != nil {
			return fmt.Errorf("read account: %w", err)
		}
		before, after := map[string]any{}, map[string]any{}
		patch(&c.Name, n.Name, "name", before, after)
		patch(&c.TimeZone, n.TimeZone, "timeZone", before, after)
		patchExternalID(&own.ExternalID, n.ExternalID, before, after)
		patchTags(&own.Tags, n.Tags, before, after)
		if changed = len(after) > 0; !changed {
			return nil
		}
		// Subscribers see its name and zone.
		c.touched = true
		// The account's row is not the one that postings write, but the lock is the same.
		_, err = tx.Exec(ctx, `-- name: write what a platform says of an account
UPDATE account SET name = $2, time_zone = $3, external_id = $4, tags = $5, updated_at = $6 WHERE account_id = $1`,
			c.ID, c.Name, c.TimeZone, pg.OrNull(own.ExternalID), own.Tags.stored(), c.Now.Time())
		if err != nil {
			return fmt.Errorf("write account: %w", externalTaken(err))
		}
		return s.Access.Audit(ctx, tx, access.AuditRow{AccountID: c.ID, Actor: n.Actor, Action: access.AuditAccountUpdated, Target: c.Name, Before: before, After: after})
	})
	return changed, err
}

// DeleteGuardrail deletes a guardrail; its hosting ends, and a pending deployment is given up. It stays listed. Unlike
// a script, it may be running (rules.md §9).
func (s *Store) DeleteGuardrail(ctx context.Context, account, guardrail int64) (Resource, error) {
	err := s.changeHosting(ctx, account, func(ctx context.Context, h *hostingTx) error {
		r, x, err := h.onlyDeploymentOf(ctx, KindGuardrail, guardrail, "guardrailId")
		if err != nil || r.Status == Deleted {
			return err
		}
		if x != nil {
			if err := h.endForGood(ctx, x); err != nil {
				return err
			}
			// Undeploying has moved its status and dates.
			r = x.resource
		}
		return h.deleteResource(ctx, h.tx, &r)
	})
	if err != nil {
		return Resource{}, err
	}
	return s.resource(ctx, guardrail)
}

// endForGood ends a running or pending deployment, and deletes it. Its segments stay, because charts and panels are
// made from them (rules.md §9: deleted things stay listed).
func (h *hostingTx) endForGood(ctx context.Context, x *deploymentState) error {
	if s := x.deployment.Status; s == DeploymentRunning || s == DeploymentPending {
		if err := h.undeploy(ctx, x, time.Time{}); err != nil {
			return err
		}
	}
	x.deployment.Status, x.deployment.UpdatedAt = DeploymentDeleted, h.Now.Time()
	return h.put(ctx, x)
}
