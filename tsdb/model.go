package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// maxModelRate bounds a model's own price per million tokens, like the rate card's: a million credits.
const maxModelRate = 1_000_000 * billing.MicroPerCredit

// NewModel describes a base model to register. A repeat under the same key is recognised by all of it, encoded as JSON,
// so fields that are added later are left out of the encoding while they are zero. Rates are in micro-credits per
// million tokens.
type NewModel struct {
	AccountID      int64
	Name           string
	Billions       *decimal.Decimal // nominal size in billions of parameters; nil: not given
	InputRate      *billing.Amount  // own price per million tokens; nil: the rate card's
	OutputRate     *billing.Amount
	CacheReadRate  *billing.Amount `json:",omitempty"` // own prices of the classes of tokens; nil: their parent's
	CacheWriteRate *billing.Amount `json:",omitempty"`
	ReasoningRate  *billing.Amount `json:",omitempty"`
	IdempotencyKey string          // "": every call makes another
	Own
}

// RegisterModel makes a base model; fine-tuned models come from jobs. It costs nothing and passes no gate. A model is
// REGISTERED until its first deployment, but usage may name it at once. It returns Invalid for a bad argument, NotFound
// for an unknown account, and Conflict for a key that was used for something else.
func (s *Store) RegisterModel(ctx context.Context, n NewModel) (Resource, error) {
	if err := validateModel(n); err != nil {
		return Resource{}, err
	}
	var m made
	err := s.changeAccount(ctx, n.AccountID, changeOptions{}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		return c.once(ctx, tx, n.IdempotencyKey, "registerModel", n, &m, func() (err error) {
			m.Resource, err = c.registerModel(ctx, tx, n)
			return err
		})
	})
	if err != nil {
		return Resource{}, err
	}
	return s.resource(ctx, m.Resource)
}

// registerModel makes the row of a base model.
// Upserts and events that provision come here too, with checks of their own.
func (c *change) registerModel(ctx context.Context, tx pgx.Tx, n NewModel) (id int64, err error) {
	r := Resource{Kind: KindModel, Name: n.Name, Status: Registered, Type: BaseModel, InputRate: n.InputRate, OutputRate: n.OutputRate,
		CacheReadRate: n.CacheReadRate, CacheWriteRate: n.CacheWriteRate, ReasoningRate: n.ReasoningRate, Billions: n.Billions,
		ExternalID: n.ExternalID, Tags: n.Tags}
	err = c.insertResource(ctx, tx, &r)
	return r.ID, err
}

// validateModel refuses what can be refused without the account.
func validateModel(n NewModel) error {
	if err := text.CheckName("name", n.Name); err != nil {
		return err
	}
	if err := n.Own.check(); err != nil {
		return err
	}
	// The size class decides what fine-tuning costs (rules.md §7). Sizes that cannot be fine-tuned are refused there,
	// not here, because such a model may still be used.
	if b := n.Billions; b != nil && (!b.IsPositive() || b.GreaterThan(decimal.New(1, 6)) || b.Exponent() < -9) {
		return refuse(Invalid, "parametersBillions", "the size must be above 0 and at most a million billions, with at most 9 decimals")
	}
	rates := billing.OwnTokenRates{Input: n.InputRate, Output: n.OutputRate, CacheRead: n.CacheReadRate, CacheWrite: n.CacheWriteRate, Reasoning: n.ReasoningRate}
	// The refusal names the field at fault, as the contract calls it. 0 is a price like any other.
	for field, rate := range rates.Named() {
		if rate < 0 || rate > maxModelRate {
			return refuse(Invalid, field, "a rate must be 0 to a million credits per million tokens")
		}
	}
	return checkKey(n.IdempotencyKey, false)
}

// ModelDeployment describes a deployment of a model to make.
// Endpoint is shown to people and never called.
type ModelDeployment struct {
	AccountID      int64
	ModelID        int64
	Name           string
	Hardware       string // profile of the rate card
	Replicas       int64
	Pending        bool      // wait for ReportDeployment
	At             time.Time // when it takes effect; zero: now
	Until          time.Time `json:",omitzero"` // when it ended; zero: it goes on
	Endpoint       string
	IdempotencyKey string // "": every call makes another
	ChangesHosting bool   `json:",omitzero"` // for an upsert: also change the hosting of an existing one
	Own
}

// DeployModel makes a deployment of a model, which may have several. It passes the gate DEPLOY_MODEL. With Until it
// reports hosting that is over, and passes no gate. It returns Refused with the gate's decision if credits do not allow
// it, and UnknownHardware and TimeOutOfRange naming the field at fault.
func (s *Store) DeployModel(ctx context.Context, n ModelDeployment) (Deployment, error) {
	if err := validateDeployment(n); err != nil {
		return Deployment{}, err
	}
	var m made
	err := s.changeHosting(ctx, n.AccountID, func(ctx context.Context, h *hostingTx) error {
		return h.once(ctx, h.tx, n.IdempotencyKey, "deployModel", n, &m, func() error {
			x, err := h.deployModel(ctx, n)
			if err == nil {
				m.Deployment = x.deployment.ID
			}
			return err
		})
	})
	if err != nil {
		return Deployment{}, err
	}
	return s.deployment(ctx, m.Deployment)
}

// validateDeployment refuses what can be refused without the account.
// Hardware and instants are checked in the transaction, against the rate card and the books.
func validateDeployment(n ModelDeployment) error {
	if err := text.CheckName("name", n.Name); err != nil {
		return err
	}
	if err := checkNote("endpoint", n.Endpoint, 2000); err != nil {
		return err
	}
	if err := checkReplicas(n.Replicas); err != nil {
		return err
	}
	if err := n.Own.check(); err != nil {
		return err
	}
	return checkKey(n.IdempotencyKey, false)
}

// deployModel makes a deployment; deployNew decides what it costs, and whether the gate lets it pass.
func (h *hostingTx) deployModel(ctx context.Context, n ModelDeployment) (*deploymentState, error) {
	r, err := resourceOf(ctx, h.tx, h.ID, n.ModelID, "modelId", KindModel)
	if err != nil {
		return nil, err
	}
	// A deleted model stays listed, and late use of it is stored, but nothing new is made of it.
	if r.Status == Deleted {
		return nil, refuse(WrongState, "modelId", "the model is deleted")
	}
	// The type is the model's (rules.md §9).
	d := Deployment{Name: n.Name, Type: OpenSourceDeployment, Endpoint: n.Endpoint, ExternalID: n.ExternalID, Tags: n.Tags}
	if r.Type == FineTunedModel {
		d.Type = FineTunedDeployment
	}
	return h.deployNew(ctx, r, d, placement{n.Hardware, n.Replicas, n.Pending, n.At, n.Until})
}

// Redeployment describes how something is deployed again, at the rate in force. A repeat deploys once more, and ends
// what the first one began, so no second is charged twice.
type Redeployment struct {
	AccountID int64
	ID        int64  // a model's deployment, or a guardrail or script
	Hardware  string // profile, or kind of CPU; "": as before
	Replicas  int64  // 0: as before
	Pending   bool   // wait for ReportDeployment; scripts always do
	At        time.Time
	Until     time.Time // when it ended; zero: it goes on
}

// placement returns where and how it will run.
func (n Redeployment) placement() placement {
	return placement{n.Hardware, n.Replicas, n.Pending, n.At, n.Until}
}

// RedeployModel deploys a model's deployment again, at the rate in force. It passes the gate DEPLOY_MODEL.
// What runs ends in the second in which the new segment begins, so no second is charged twice or not at all.
func (s *Store) RedeployModel(ctx context.Context, n Redeployment) (Deployment, error) {
	err := s.changeHosting(ctx, n.AccountID, func(ctx context.Context, h *hostingTx) error {
		x, err := h.deploymentOf(ctx, n.ID, "deploymentId")
		if err != nil {
			return err
		}
		// A pending deployment ends by its report, or is withdrawn by undeploying.
		if s := x.deployment.Status; s == DeploymentDeleted || s == DeploymentPending || x.resource.Status == Deleted {
			return refuse(WrongState, "deploymentId", "a deployment that is pending or deleted cannot be deployed again")
		}
		return h.deployAgain(ctx, x, n.placement())
	})
	if err != nil {
		return Deployment{}, err
	}
	return s.deployment(ctx, n.ID)
}

// UndeployModel ends a model's deployment at an instant (zero: now). If the instant is in the past, what was posted
// beyond it is refunded, minute by minute (rules.md §6), however far back, because it must be possible to correct an
// end. It returns WrongState if nothing runs or is pending.
func (s *Store) UndeployModel(ctx context.Context, account, deployment int64, at time.Time) (Deployment, error) {
	err := s.changeHosting(ctx, account, func(ctx context.Context, h *hostingTx) error {
		x, err := h.deploymentOf(ctx, deployment, "deploymentId")
		if err != nil {
			return err
		}
		return h.undeploy(ctx, x, at)
	})
	if err != nil {
		return Deployment{}, err
	}
	return s.deployment(ctx, deployment)
}

// DeleteModel deletes a model, none of whose deployments runs or is pending, together with its deployments. The model
// stays listed. Nothing of its use or cost goes: the ledger, events and charts keep it (rules.md §9).
func (s *Store) DeleteModel(ctx context.Context, account, model int64) (Resource, error) {
	err := s.changeHosting(ctx, account, func(ctx context.Context, h *hostingTx) error {
		r, err := resourceOf(ctx, h.tx, account, model, "modelId", KindModel)
		// A repeat finds the model deleted.
		if err != nil || r.Status == Deleted {
			return err
		}
		if err := h.deleteDeployments(ctx, &r); err != nil {
			return err
		}
		return h.deleteResource(ctx, h.tx, &r)
	})
	if err != nil {
		return Resource{}, err
	}
	return s.resource(ctx, model)
}

// deleteDeployments deletes the remaining deployments of a model, since none of them could be deployed again
// (hosting.md). It returns WrongState if one runs or is pending; then the transaction is rolled back.
func (h *hostingTx) deleteDeployments(ctx context.Context, r *Resource) error {
	rows, err := h.tx.Query(ctx, `-- name: read the deployments of a model
SELECT `+DeploymentColumns+` FROM deployment d WHERE d.account_id = $1 AND d.resource_id = $2 AND d.status <> 'DELETED' ORDER BY d.deployment_id`,
		h.ID, r.ID)
	if err != nil {
		return fmt.Errorf("read model's deployments: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanDeployment)
	if err != nil {
		return fmt.Errorf("read model's deployments: %w", err)
	}
	for _, d := range list {
		if err := h.deleteDeployment(ctx, &deploymentState{resource: *r, deployment: d}, "modelId"); err != nil {
			return err
		}
	}
	return nil
}

// deleteDeployment marks a deployment as deleted. Its segments and its usage stay. Its instant is that of the
// transaction, not one that the caller names, since a deletion draws nothing.
func (h *hostingTx) deleteDeployment(ctx context.Context, x *deploymentState, field string) error {
	d := &x.deployment
	if d.Status == DeploymentRunning || d.Status == DeploymentPending {
		return refuse(WrongState, field, "what is deployed or being deployed cannot be deleted: undeploy it first")
	}
	d.Status, d.UpdatedAt = DeploymentDeleted, h.Now.Time()
	h.announceDeployment("DELETED", x, h.Now)
	return h.put(ctx, x)
}

// DeleteDeployment deletes a model's deployment that neither runs nor is pending. It stays listed.
func (s *Store) DeleteDeployment(ctx context.Context, account, deployment int64) (Deployment, error) {
	err := s.changeHosting(ctx, account, func(ctx context.Context, h *hostingTx) error {
		x, err := h.deploymentOf(ctx, deployment, "deploymentId")
		if err != nil || x.deployment.Status == DeploymentDeleted {
			return err
		}
		return h.deleteDeployment(ctx, x, "deploymentId")
	})
	if err != nil {
		return Deployment{}, err
	}
	return s.deployment(ctx, deployment)
}
