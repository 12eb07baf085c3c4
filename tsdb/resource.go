package tsdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// ResourceKind tells tools, models, guardrails and scripts apart. One table has what they have in common: a name, a
// status, an own id, tags, and being used. Each kind's own operations are in tool.go, model.go, guardrail.go and
// script.go.
type ResourceKind string

// The kinds of resource.
const (
	KindTool      ResourceKind = "TOOL"
	KindModel     ResourceKind = "MODEL"
	KindGuardrail ResourceKind = "GUARDRAIL"
	KindScript    ResourceKind = "SCRIPT"
)

// Category returns the category of a resource's charges. Tools have one, too, although they draw only from the meter of
// runs.
func (k ResourceKind) Category() billing.Category {
	switch k {
	case KindModel:
		return billing.Models
	case KindGuardrail:
		return billing.Guardrails
	case KindScript:
		return billing.Scripts
	}
	return billing.Tools
}

// ResourceStatus is the status of a resource. The table says which statuses each kind can have. They are stored as they
// are named here, and are part of the contract.
type ResourceStatus string

// The statuses of resources (rules.md §9). A model is REGISTERED until its first deployment.
const (
	InDevelopment    ResourceStatus = "IN_DEVELOPMENT"
	Registered       ResourceStatus = "REGISTERED"
	Draft            ResourceStatus = "DRAFT"
	Deploying        ResourceStatus = "DEPLOYING"
	Deployed         ResourceStatus = "DEPLOYED"
	Undeployed       ResourceStatus = "UNDEPLOYED"
	ReadyToDeploy    ResourceStatus = "READY_TO_DEPLOY"
	DeploymentFailed ResourceStatus = "DEPLOYMENT_FAILED"
	Deleted          ResourceStatus = "DELETED"
)

// The types of model.
const (
	BaseModel      = "BASE"
	FineTunedModel = "FINE_TUNED"
)

// Resource is a tool, model, guardrail or script as it is now; what only one kind has is zero for the others. Rates are
// in micro-credits per million tokens.
type Resource struct {
	ID              int64
	AccountID       int64
	Kind            ResourceKind
	Name            string
	OwnerName       string // TOOL
	Status          ResourceStatus
	Type            string          // MODEL: BASE or FINE_TUNED; GUARDRAIL: a billing.GuardrailKind
	InputRate       *billing.Amount // MODEL: own rate per million tokens; nil: the rate card's
	OutputRate      *billing.Amount // likewise
	CacheReadRate   *billing.Amount // MODEL: own rates of the classes of tokens; nil: their parent's
	CacheWriteRate  *billing.Amount
	ReasoningRate   *billing.Amount
	Billions        *decimal.Decimal // MODEL: nominal size; nil: not given
	BaseModelID     int64            // MODEL: what it was fine-tuned from; 0: none
	Language        string           // SCRIPT
	LanguageVersion string
	CreatedAt       time.Time
	UpdatedAt       time.Time  // when its status, name, owner, own id or tags last changed; CreatedAt: never
	LastDeployedAt  *time.Time // most recent deployment; nil: never
	LastActiveAt    *time.Time // TOOL: latest run; SCRIPT: its last second deployed
	LastUsedAt      *time.Time // GUARDRAIL, SCRIPT: as was reported; nil: never
	DeletedAt       *time.Time
	EverDeployed    bool
	ExternalID      string // the platform's own id; "": none
	Tags            Tags
	// Deployment is the only deployment of a guardrail or script; nil for the other kinds, and before the first.
	Deployment *Deployment
}

// ResourceColumns are the columns that a reader of resources scans, of resource r. Sizes go as text: a float would not
// be exact, and pgx does not know our decimals.
const ResourceColumns = `r.resource_id, r.account_id, r.kind, r.name, r.owner_name, r.status, r.type, r.input_rate, r.output_rate, r.size_class::text,
  coalesce(r.base_model_id, 0), r.language, r.language_version, r.created_at, r.last_deployed_at, r.last_active_at, r.deleted_at, r.ever_deployed,
  r.cache_read_rate, r.cache_write_rate, r.reasoning_rate, coalesce(r.external_id, ''), r.tags, coalesce(r.updated_at, r.created_at),
  r.last_used_at`

// TokenRates returns the rates of tokens that a model was registered with.
func (r *Resource) TokenRates() billing.OwnTokenRates {
	return billing.OwnTokenRates{Input: r.InputRate, Output: r.OutputRate, CacheRead: r.CacheReadRate, CacheWrite: r.CacheWriteRate, Reasoning: r.ReasoningRate}
}

// scanResource reads ResourceColumns.
func scanResource(row pgx.CollectableRow) (r Resource, err error) {
	var size *string
	err = row.Scan(&r.ID, &r.AccountID, &r.Kind, &r.Name, &r.OwnerName, &r.Status, &r.Type, &r.InputRate, &r.OutputRate, &size, &r.BaseModelID,
		&r.Language, &r.LanguageVersion, &r.CreatedAt, &r.LastDeployedAt, &r.LastActiveAt, &r.DeletedAt, &r.EverDeployed,
		&r.CacheReadRate, &r.CacheWriteRate, &r.ReasoningRate, &r.ExternalID, &r.Tags, &r.UpdatedAt, &r.LastUsedAt)
	if err == nil && size != nil {
		var billions decimal.Decimal
		billions, err = decimal.NewFromString(*size)
		r.Billions = &billions
	}
	return r, err
}

// Resources reads resources by id as they are stored, of any account; unknown ids are missing from the result.
// Guardrails and scripts come with their deployment. It is for callers who have looked up whose they are; ids that
// strangers send go through ResourceAccount first.
func (s *Store) Resources(ctx context.Context, ids []int64) (map[int64]Resource, error) {
	return readResources(ctx, s.pool, ids, nil)
}

// readResources reads the resources that belong to one of the accounts; nil means every account. The others are missing
// from the result, and take no longer than unknown ids.
func readResources(ctx context.Context, q pg.Querier, ids, within []int64) (map[int64]Resource, error) {
	rows, err := q.Query(ctx, `-- name: read resources
SELECT `+ResourceColumns+` FROM resource r WHERE r.resource_id = ANY($1::bigint[]) AND ($2::bigint[] IS NULL OR r.account_id = ANY($2::bigint[]))
ORDER BY r.resource_id`, ids, within)
	if err != nil {
		return nil, fmt.Errorf("read resources: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanResource)
	if err != nil {
		return nil, fmt.Errorf("read resources: %w", err)
	}
	found := make(map[int64]Resource, len(list))
	// Models have any number of deployments, which are listed by themselves.
	var hosted []int64
	for _, r := range list {
		found[r.ID] = r
		if r.Kind == KindGuardrail || r.Kind == KindScript {
			hosted = append(hosted, r.ID)
		}
	}
	return found, addDeployments(ctx, q, found, hosted)
}

// addDeployments gives guardrails and scripts their deployment, in one statement for all of them, so that a list of a
// hundred guardrails does not ask a hundred times.
func addDeployments(ctx context.Context, q pg.Querier, found map[int64]Resource, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := q.Query(ctx, `-- name: read the deployments of guardrails and scripts
SELECT `+DeploymentColumns+` FROM deployment d WHERE d.resource_id = ANY($1::bigint[]) ORDER BY d.deployment_id`, ids)
	if err != nil {
		return fmt.Errorf("read deployments of resources: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanDeployment)
	if err != nil {
		return fmt.Errorf("read deployments of resources: %w", err)
	}
	for i := range list {
		r := found[list[i].ResourceID]
		r.Deployment = &list[i]
		found[r.ID] = r
	}
	return nil
}

// resource reads one resource after a commit and outside the transaction, so it may show what somebody else has changed
// since.
func (s *Store) resource(ctx context.Context, id int64) (Resource, error) {
	found, err := readResources(ctx, s.pool, []int64{id}, nil)
	if err != nil {
		return Resource{}, err
	}
	r, ok := found[id]
	if !ok {
		return Resource{}, noResource("id")
	}
	return r, nil
}

// noResource is the answer for ids that do not exist and for ids of other accounts or kinds alike (rules.md §11).
// Telling them apart would tell a stranger which ids exist.
func noResource(field string) *Error {
	return refuse(NotFound, field, "there is no such object in the account")
}

// resourceOf reads a resource of the account inside a transaction that holds the account's lock. A resource of another
// account or kind is not found, like one that does not exist.
func resourceOf(ctx context.Context, tx pgx.Tx, account, id int64, field string, kinds ...ResourceKind) (Resource, error) {
	rows, err := tx.Query(ctx, `-- name: read a resource of the account
SELECT `+ResourceColumns+` FROM resource r WHERE r.account_id = $1 AND r.resource_id = $2`, account, id)
	if err != nil {
		return Resource{}, fmt.Errorf("read resource: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, scanResource)
	if errors.Is(err, pgx.ErrNoRows) {
		return Resource{}, noResource(field)
	}
	if err != nil {
		return Resource{}, fmt.Errorf("read resource: %w", err)
	}
	for _, k := range kinds {
		if r.Kind == k {
			return r, nil
		}
	}
	return Resource{}, noResource(field)
}

const insertResourceSQL = `-- name: register resource
INSERT INTO resource (account_id, kind, name, owner_name, status, type, input_rate, output_rate, size_class, base_model_id, language, language_version,
  created_at, last_deployed_at, ever_deployed, cache_read_rate, cache_write_rate, reasoning_rate,
  external_id, tags)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::numeric, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) RETURNING resource_id`

// insertResource writes a new resource of the account and tells subscribers. It returns NameTaken if another object has
// the own id. It sets the resource's id, account and instant of creation.
func (c *change) insertResource(ctx context.Context, tx pgx.Tx, r *Resource) error {
	r.AccountID, r.CreatedAt = c.ID, c.Now.Time()
	var size *string
	if r.Billions != nil {
		text := r.Billions.String()
		size = &text
	}
	err := tx.QueryRow(ctx, insertResourceSQL, r.AccountID, r.Kind, r.Name, r.OwnerName, r.Status, r.Type, r.InputRate, r.OutputRate, size,
		pg.OrNull(r.BaseModelID), r.Language, r.LanguageVersion, r.CreatedAt, r.LastDeployedAt, r.EverDeployed,
		r.CacheReadRate, r.CacheWriteRate, r.ReasoningRate, pg.OrNull(r.ExternalID), r.Tags.stored()).Scan(&r.ID)
	if err != nil {
		return fmt.Errorf("register resource: %w", externalTaken(err))
	}
	c.announceResource("REGISTERED", r, c.Now)
	return nil
}

// putResource writes what a change of a resource's status may change.
func (c *change) putResource(ctx context.Context, tx pgx.Tx, r *Resource) error {
	_, err := tx.Exec(ctx, `-- name: write resource
UPDATE resource SET status = $2, last_deployed_at = $3, last_active_at = $4, ever_deployed = $5, deleted_at = $6, updated_at = $7 WHERE resource_id = $1`,
		r.ID, r.Status, r.LastDeployedAt, r.LastActiveAt, r.EverDeployed, r.DeletedAt, c.Now.Time())
	if err != nil {
		return fmt.Errorf("write resource: %w", err)
	}
	return nil
}

// deleteResource marks a resource as deleted: it stays listed (rules.md §9).
// Its use, its hosting and its own id stay as they are.
func (c *change) deleteResource(ctx context.Context, tx pgx.Tx, r *Resource) error {
	now := c.Now.Time()
	r.Status, r.DeletedAt = Deleted, &now
	c.announceResource("DELETED", r, c.Now)
	return c.putResource(ctx, tx, r)
}

// announceResource writes an outbox event about a resource itself.
func (c *change) announceResource(kind string, r *Resource, at billing.Second) {
	c.touched = true
	c.addEvent(EventDeployment, c.Now.Time(), DeploymentChange{Kind: kind, Category: r.Kind.Category(), ResourceID: r.ID, Name: r.Name, At: at.Time()})
}

// checkNote checks an optional text, such as a reason: it may be empty, and has at most most characters.
func checkNote(field, note string, most int) error {
	return text.CheckShown(field, "this text", note, 0, most)
}

// ResourceAccount returns the account of a resource, which never changes, if it is one of the given ones; nil means
// every account. It returns 0 for an unknown id, and for one of another account, which takes no longer.
func (s *Store) ResourceAccount(ctx context.Context, within []int64, id int64) (int64, error) {
	return s.owner(ctx, "-- name: find the account of a resource\nSELECT account_id FROM resource WHERE resource_id = $1", within, id)
}

// DeploymentAccount returns the account of a deployment, as ResourceAccount does for a resource.
func (s *Store) DeploymentAccount(ctx context.Context, within []int64, id int64) (int64, error) {
	return s.owner(ctx, "-- name: find the account of a deployment\nSELECT account_id FROM deployment WHERE deployment_id = $1", within, id)
}

// JobAccount returns the account of a fine-tuning job, as ResourceAccount does for a resource.
func (s *Store) JobAccount(ctx context.Context, within []int64, id int64) (int64, error) {
	return s.owner(ctx, "-- name: find the account of a job\nSELECT account_id FROM fine_tuning_job WHERE job_id = $1", within, id)
}

// owner returns the account that sql finds. The condition on accounts is in the statement, so that an id of another
// account takes as long as an unknown one.
func (s *Store) owner(ctx context.Context, sql string, within []int64, id int64) (account int64, err error) {
	err = s.pool.QueryRow(ctx, sql+" AND ($2::bigint[] IS NULL OR account_id = ANY($2::bigint[]))", id, within).Scan(&account)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find account: %w", err)
	}
	return account, nil
}
