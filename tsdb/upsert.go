package tsdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/text"
)

// Outcome is the result of making or changing a thing by its own id. From it a platform that keeps its things in step
// with ours learns what its call did.
type Outcome string

// The outcomes.
const (
	Created   Outcome = "CREATED"
	Updated   Outcome = "UPDATED"
	Unchanged Outcome = "UNCHANGED"
)

// Upserter is who makes or changes a thing by its own id.
type Upserter struct {
	Actor    Actor
	TargetID func(key int64) string // the thing's opaque id, for the audit log
}

// upsert makes a resource under an own id of the account, or changes the one that has it, in one transaction, so a
// repeat changes nothing. make and more run under the account's lock, so of two calls at once the second finds what the
// first has made.
type upsert struct {
	account int64
	kind    ResourceKind
	own     Own
	change  OwnChange
	by      Upserter
	make    func(context.Context, *hostingTx) (id int64, err error)
	more    func(context.Context, *hostingTx, *Resource) (changed bool, err error) // what else to change of an existing one; nil: nothing
	hosting *placement                                                             // how an existing one is to run; nil: as it does
}

// upsertResource carries out an upsert. change is checked before anything is looked up: a repeat that finds the thing
// is refused for the same faults as the call that would make it.
func (s *Store) upsertResource(ctx context.Context, u upsert) (r Resource, outcome Outcome, err error) {
	if err := requireExternalID(u.own.ExternalID); err != nil {
		return r, "", err
	}
	if err := u.change.check(); err != nil {
		return r, "", err
	}
	var id int64
	err = s.changeHosting(ctx, u.account, func(ctx context.Context, h *hostingTx) error {
		outcome = Unchanged
		found, err := h.underExternalID(ctx, `-- name: find a resource by its own id
SELECT resource_id FROM resource WHERE account_id = $1 AND kind = $2 AND external_id = $3`, h.ID, u.kind, u.own.ExternalID)
		if err != nil {
			return err
		}
		if id = found; id == 0 {
			outcome = Created
			id, err = u.make(ctx, h)
			return err
		}
		changed, err := s.upsertChange(ctx, h, id, u)
		if changed {
			outcome = Updated
		}
		return err
	})
	if err != nil {
		return r, "", err
	}
	// After the commit, so that the answer is what is stored.
	r, err = s.resource(ctx, id)
	return r, outcome, err
}

// upsertChange changes an existing resource. A deleted thing keeps its own id, so it is found here: silently making a
// new one under the same id would hide that it was deleted.
func (s *Store) upsertChange(ctx context.Context, h *hostingTx, id int64, u upsert) (changed bool, err error) {
	r, x, err := h.onlyDeploymentOf(ctx, u.kind, id, "externalId")
	if err != nil {
		return false, err
	}
	if r.Status == Deleted {
		return false, refuse(WrongState, "externalId", "what has this own id is deleted: give it another one, or none, to make a new thing of it")
	}
	if u.more != nil {
		if changed, err = u.more(ctx, h, &r); err != nil {
			return false, err
		}
	}
	if u.hosting != nil && x != nil {
		if changed, err = h.rehost(ctx, x, *u.hosting); err != nil {
			return false, err
		}
		r = x.resource
	}
	said, err := s.changeResource(ctx, h, &r, x, ResourceChange{AccountID: h.ID, ID: id, OwnChange: u.change, Actor: u.by.Actor, TargetID: u.by.TargetID(id), Field: "externalId"})
	return changed || said, err
}

// underExternalID returns the key that a statement finds, or 0 for none. What is found is not locked: the account's own
// lock keeps everybody else off.
func (h *hostingTx) underExternalID(ctx context.Context, sql string, args ...any) (id int64, err error) {
	err = h.tx.QueryRow(ctx, sql, args...).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find by own id: %w", err)
	}
	return id, nil
}

// requireExternalID demands an own id, without which an upsert could not tell what it is about.
func requireExternalID(id string) error {
	return text.CheckShown("externalId", "an own id", id, 1, MaxExternalID)
}

// tagsGiven returns a change of tags if any were given; nil leaves them. An empty map removes all tags.
func (o Own) tagsGiven() *Tags {
	if o.Tags == nil {
		return nil
	}
	return &o.Tags
}

// UpsertTool makes a tool under its own id, or changes the one that has it. Status "" leaves the status of an existing
// tool and makes a new one in development; Deleted is refused. It returns NotFound for an unknown account, and
// WrongState if the status cannot become the one asked for.
func (s *Store) UpsertTool(ctx context.Context, n NewTool, by Upserter) (Resource, Outcome, error) {
	// What is not given has a default for a new tool and stays for an existing one, so the two are kept apart.
	fresh := n
	if fresh.Status == "" {
		fresh.Status = InDevelopment
	}
	if n.Status == Deleted {
		return Resource{}, "", refuse(Invalid, "status", "a tool is deleted by setToolStatus")
	}
	return s.upsertResource(ctx, upsert{account: n.AccountID, kind: KindTool, own: n.Own, by: by,
		change: OwnChange{Name: &n.Name, OwnerName: &n.OwnerName, Tags: n.Own.tagsGiven()},
		make: func(ctx context.Context, h *hostingTx) (int64, error) {
			if err := validateTool(fresh); err != nil {
				return 0, err
			}
			return h.registerTool(ctx, h.tx, fresh)
		},
		more: func(ctx context.Context, h *hostingTx, r *Resource) (bool, error) {
			if n.Status == "" || n.Status == r.Status {
				return false, nil
			}
			return true, h.setToolStatus(ctx, h.tx, r, n.Status)
		}})
}

// UpsertModel makes a base model under its own id, or changes the name and tags of the one that has it. Everything else
// in n applies only to a new one. That includes prices: they are changed by setRates, from an instant on.
func (s *Store) UpsertModel(ctx context.Context, n NewModel, by Upserter) (Resource, Outcome, error) {
	return s.upsertResource(ctx, upsert{account: n.AccountID, kind: KindModel, own: n.Own, by: by, change: OwnChange{Name: &n.Name, Tags: n.Own.tagsGiven()},
		make: func(ctx context.Context, h *hostingTx) (int64, error) {
			if err := validateModel(n); err != nil {
				return 0, err
			}
			return h.registerModel(ctx, h.tx, n)
		}})
}

// UpsertGuardrail makes and deploys a guardrail under its own id, or changes the name and tags of the one that has it
// and, with ChangesHosting, its hosting. Everything else in n applies only to a new one.
func (s *Store) UpsertGuardrail(ctx context.Context, n NewGuardrail, by Upserter) (Resource, Outcome, error) {
	var hosting *placement
	if n.ChangesHosting {
		hosting = &placement{hardware: n.CPUType, replicas: n.Replicas, pending: n.Pending, at: n.At}
	}
	return s.upsertResource(ctx, upsert{account: n.AccountID, kind: KindGuardrail, own: n.Own, by: by, hosting: hosting, change: OwnChange{Name: &n.Name, Tags: n.Own.tagsGiven()},
		make: func(ctx context.Context, h *hostingTx) (int64, error) {
			if err := validateGuardrail(n); err != nil {
				return 0, err
			}
			return h.deployGuardrail(ctx, n)
		}})
}

// UpsertScript makes a custom script under its own id, or changes the name and tags of the one that has it. The
// language applies only to a new one. Deploying it is another call: an upsert of a script costs nothing and passes no
// gate.
func (s *Store) UpsertScript(ctx context.Context, n NewScript, by Upserter) (Resource, Outcome, error) {
	return s.upsertResource(ctx, upsert{account: n.AccountID, kind: KindScript, own: n.Own, by: by, change: OwnChange{Name: &n.Name, Tags: n.Own.tagsGiven()},
		make: func(ctx context.Context, h *hostingTx) (int64, error) {
			if err := validateScript(n); err != nil {
				return 0, err
			}
			return h.createScript(ctx, h.tx, n)
		}})
}

// UpsertDeployment deploys a model under an own id of the deployment, or changes name, endpoint and tags of the one
// that has it and, with ChangesHosting, its hosting. Everything else in n applies only to a new one; a model other than
// the deployment's is refused. n is validated as for a new one, whichever is found.
func (s *Store) UpsertDeployment(ctx context.Context, n ModelDeployment, by Upserter) (d Deployment, outcome Outcome, err error) {
	if err := requireExternalID(n.ExternalID); err != nil {
		return d, "", err
	}
	if err := validateDeployment(n); err != nil {
		return d, "", err
	}
	var id int64
	err = s.changeHosting(ctx, n.AccountID, func(ctx context.Context, h *hostingTx) error {
		outcome = Created
		found, err := h.underExternalID(ctx, `-- name: find a deployment by its own id
SELECT deployment_id FROM deployment WHERE account_id = $1 AND category = 'MODELS' AND external_id = $2`, h.ID, n.ExternalID)
		if err != nil {
			return err
		}
		if id = found; id == 0 {
			x, err := h.deployModel(ctx, n)
			if err == nil {
				id = x.deployment.ID
			}
			return err
		}
		outcome, err = s.upsertDeployment(ctx, h, id, n, by)
		return err
	})
	if err != nil {
		return d, "", err
	}
	d, err = s.deployment(ctx, id)
	return d, outcome, err
}

// upsertDeployment changes an existing deployment. Hosting is changed first: if the gate refuses that, name and tags
// stay as they are.
func (s *Store) upsertDeployment(ctx context.Context, h *hostingTx, id int64, n ModelDeployment, by Upserter) (Outcome, error) {
	x, err := h.deploymentOf(ctx, id, "externalId")
	if err != nil {
		return "", err
	}
	switch {
	// What the deployment has cost is that model's, so it cannot become another one's.
	case x.deployment.ResourceID != n.ModelID:
		return "", refuse(Conflict, "modelId", "the deployment with this own id is of another model")
	case x.deployment.Status == DeploymentDeleted:
		return "", refuse(WrongState, "externalId", "what has this own id is deleted: give it another one, or none, to make a new thing of it")
	}
	moved := false
	if n.ChangesHosting {
		if moved, err = h.rehost(ctx, x, placement{hardware: n.Hardware, replicas: n.Replicas, pending: n.Pending, at: n.At}); err != nil {
			return "", err
		}
	}
	change := OwnChange{Name: &n.Name, Tags: n.Own.tagsGiven()}
	// If left out, it stays, because reports may have set it since.
	if n.Endpoint != "" {
		change.Endpoint = &n.Endpoint
	}
	changed, err := s.changeDeployment(ctx, h, &x.deployment, ResourceChange{AccountID: h.ID, ID: id, OwnChange: change, Actor: by.Actor,
		TargetID: by.TargetID(id), Field: "externalId"})
	if changed || moved {
		return Updated, err
	}
	return Unchanged, err
}

// rehost scales what is deployed if the number of replicas differs, and deploys it again if the hardware does; it
// reports whether it did either. What does not run stays as it is. More replicas and other hardware pass their gates.
func (h *hostingTx) rehost(ctx context.Context, x *deploymentState, p placement) (moved bool, err error) {
	d := &x.deployment
	if err := checkReplicas(p.replicas); err != nil {
		return false, err
	}
	switch {
	// What is pending waits for its own report, and what was stopped stays so: nothing restarts by itself (rules.md §5).
	case d.Status != DeploymentRunning:
		return false, nil
	// Other hardware is a deployment of its own, at the rate in force; more replicas keep the present rate.
	case p.hardware != "" && p.hardware != d.Hardware && d.Hardware != "":
		return true, h.deployAgain(ctx, x, p)
	case p.replicas != d.Replicas:
		return true, h.scale(ctx, x, p.replicas, p.at)
	}
	return false, nil
}

// UpsertAccount makes an account under its own id, or changes name, time zone and tags of the one that has it.
// Everything else in n applies only to a new one. n's idempotency key is ignored, because the own id makes a repeat
// safe. Any account is found, because only callers who are bound to none may call this (rules.md §11).
func (s *Store) UpsertAccount(ctx context.Context, n NewAccount, by Actor) (id int64, outcome Outcome, err error) {
	if err := requireExternalID(n.ExternalID); err != nil {
		return 0, "", err
	}
	n.IdempotencyKey = "" // the unique own id does its work
	// Twice: between the look-up and the insertion another call may make the account, which the unique index reports.
	for range 2 {
		found, err := s.ExternalAccounts(ctx, nil, []string{n.ExternalID})
		if err != nil {
			return 0, "", err
		}
		if id = found[n.ExternalID]; id != 0 {
			return s.upsertAccount(ctx, id, n, by)
		}
		id, err = s.createAccount(ctx, n, by)
		var refused *Error
		if !errors.As(err, &refused) || refused.Code != NameTaken {
			return id, Created, err
		}
	}
	return 0, "", ownIDTaken()
}

// upsertAccount changes an existing account. Its free grants, plan and members are those that it got when it was made;
// another call does not add to them.
func (s *Store) upsertAccount(ctx context.Context, id int64, n NewAccount, by Actor) (int64, Outcome, error) {
	change := AccountChange{AccountID: id, Name: &n.Name, Tags: n.Own.tagsGiven(), Actor: by}
	if n.TimeZone != "" {
		change.TimeZone = &n.TimeZone
	}
	changed, err := s.UpdateAccount(ctx, change)
	if changed {
		return id, Updated, err
	}
	return id, Unchanged, err
}
