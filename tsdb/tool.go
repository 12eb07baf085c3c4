package tsdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/text"
)

// NewTool describes a tool to register.
// The owner is a name to show, not a member: tools are made by people whom the account may not know.
type NewTool struct {
	AccountID      int64
	Name           string
	OwnerName      string         // who created it
	Status         ResourceStatus // InDevelopment or Deployed
	IdempotencyKey string         // "": every call makes another
	Own
}

// made is what an operation with an idempotency key made.
// It is stored as JSON with the key, so its names never change.
type made struct {
	Resource   int64 `json:"resource,omitempty"`
	Deployment int64 `json:"deployment,omitempty"`
	Job        int64 `json:"job,omitempty"`
}

// RegisterTool makes a tool, in development or deployed.
// Runs of a tool in development are refused, and it is not listed (rules.md §9).
func (s *Store) RegisterTool(ctx context.Context, n NewTool) (Resource, error) {
	if err := validateTool(n); err != nil {
		return Resource{}, err
	}
	var m made
	err := s.changeAccount(ctx, n.AccountID, changeOptions{}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		return c.once(ctx, tx, n.IdempotencyKey, "registerTool", n, &m, func() (err error) {
			m.Resource, err = c.registerTool(ctx, tx, n)
			return err
		})
	})
	if err != nil {
		return Resource{}, err
	}
	return s.resource(ctx, m.Resource)
}

// registerTool writes the row; provisioning uses it, too.
func (c *change) registerTool(ctx context.Context, tx pgx.Tx, n NewTool) (id int64, err error) {
	r := Resource{Kind: KindTool, Name: n.Name, OwnerName: n.OwnerName, Status: n.Status, ExternalID: n.ExternalID, Tags: n.Tags}
	if n.Status == Deployed {
		now := c.Now.Time()
		r.EverDeployed, r.LastDeployedAt = true, &now
	}
	err = c.insertResource(ctx, tx, &r)
	if n.Status == Deployed {
		c.announceResource("DEPLOYED", &r, c.Now)
	}
	return r.ID, err
}

// validateTool refuses what can be refused without the account.
func validateTool(n NewTool) error {
	if err := text.CheckName("name", n.Name); err != nil {
		return err
	}
	if err := text.CheckName("ownerName", n.OwnerName); err != nil {
		return err
	}
	if err := n.Own.check(); err != nil {
		return err
	}
	if n.Status != InDevelopment && n.Status != Deployed {
		return refuse(Invalid, "status", "a tool is registered in development or deployed")
	}
	return checkKey(n.IdempotencyKey, false)
}

// SetToolStatus deploys, undeploys or deletes a tool. The first deployment ends development for good, and DELETED is
// final; anything against that is WrongState. Setting the present status changes nothing. A tool that is undeployed or
// deleted still takes runs by RECORD, because they have happened (rules.md §5). NotFound is returned if the account has
// no such tool.
func (s *Store) SetToolStatus(ctx context.Context, account, tool int64, status ResourceStatus) (Resource, error) {
	err := s.changeAccount(ctx, account, changeOptions{}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		r, err := resourceOf(ctx, tx, account, tool, "toolId", KindTool)
		if err != nil || r.Status == status {
			return err
		}
		return c.setToolStatus(ctx, tx, &r, status)
	})
	if err != nil {
		return Resource{}, err
	}
	return s.resource(ctx, tool)
}

// setToolStatus writes the change and tells subscribers. r is the tool as it is stored, with another status than the
// new one.
func (c *change) setToolStatus(ctx context.Context, tx pgx.Tx, r *Resource, status ResourceStatus) error {
	switch {
	case r.Status == Deleted:
		return refuse(WrongState, "toolId", "the tool is deleted")
	case status == Deleted:
		return c.deleteResource(ctx, tx, r)
	// From any status but DELETED: it was deployed before or is now for the first time.
	case status == Deployed:
		now := c.Now.Time()
		r.EverDeployed, r.LastDeployedAt = true, &now
	case status != Undeployed || r.Status != Deployed:
		return refuse(WrongState, "status", "a tool that is %s cannot become %s", r.Status, status)
	}
	r.Status = status
	c.announceResource(string(status), r, c.Now)
	return c.putResource(ctx, tx, r)
}
