package tsdb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// DeploymentColumns are the columns that Deployment.Destinations scan, of deployment d. Package charts reads them
// together with its figures.
const DeploymentColumns = `d.deployment_id, d.account_id, d.resource_id, d.category, d.name, d.type, d.status, d.hardware, d.cpu_count, d.replicas, d.rate,
  d.endpoint, d.reason, d.created_at, d.deployed_at, d.updated_at, coalesce(d.external_id, ''), d.tags, coalesce(d.said_at, d.created_at)`

// scanDeployment reads DeploymentColumns.
func scanDeployment(row pgx.CollectableRow) (d Deployment, err error) {
	err = row.Scan(d.Destinations()...)
	return d, err
}

// Destinations returns where a query scans DeploymentColumns to.
func (d *Deployment) Destinations() []any {
	return []any{&d.ID, &d.AccountID, &d.ResourceID, &d.Category, &d.Name, &d.Type, &d.Status, &d.Hardware, &d.CPUs, &d.Replicas, &d.Rate,
		&d.Endpoint, &d.Reason, &d.CreatedAt, &d.DeployedAt, &d.UpdatedAt, &d.ExternalID, &d.Tags, &d.SaidAt}
}

// Deployments reads deployments by id as they are stored, of any account; unknown ids are missing from the result.
func (s *Store) Deployments(ctx context.Context, ids []int64) (map[int64]Deployment, error) {
	return readDeployments(ctx, s.pool, ids, nil)
}

// readDeployments reads the deployments that belong to one of the accounts; nil means every account. The condition is
// in the statement, so that another account's deployment takes no longer than one that does not exist.
func readDeployments(ctx context.Context, q pg.Querier, ids, within []int64) (map[int64]Deployment, error) {
	rows, err := q.Query(ctx, `-- name: read deployments
SELECT `+DeploymentColumns+` FROM deployment d WHERE d.deployment_id = ANY($1::bigint[]) AND ($2::bigint[] IS NULL OR d.account_id = ANY($2::bigint[]))
ORDER BY d.deployment_id`, ids, within)
	if err != nil {
		return nil, fmt.Errorf("read deployments: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanDeployment)
	if err != nil {
		return nil, fmt.Errorf("read deployments: %w", err)
	}
	found := make(map[int64]Deployment, len(list))
	for _, d := range list {
		found[d.ID] = d
	}
	return found, nil
}

// deployment reads one deployment after a commit. It returns what is stored; the transaction could only return what it
// meant to write.
func (s *Store) deployment(ctx context.Context, id int64) (Deployment, error) {
	found, err := s.Deployments(ctx, []int64{id})
	if err != nil {
		return Deployment{}, err
	}
	d, ok := found[id]
	if !ok {
		return Deployment{}, noResource("id")
	}
	return d, nil
}

// DeploymentList is what an account has deployed or pending at an instant. What the negative limit has stopped by then
// is left out, although the tables show it until the next posting. A subscriber begins with the list and goes on with
// the events after its revision.
type DeploymentList struct {
	AccountID   int64
	AsOf        time.Time
	Revision    int64 // events after it are not in here
	Deployments []Deployment
	Resources   map[int64]Resource // the guardrails and scripts among them, by id
}

const selectRunning = `-- name: read what is deployed or pending
SELECT ` + DeploymentColumns + ` FROM deployment d
WHERE d.account_id = $1 AND d.status IN ('PENDING', 'DEPLOYED') ORDER BY d.deployment_id LIMIT $2`

// Deployed reads what an account has deployed or pending, at most limit deployments, oldest first, in one snapshot with
// the revision. It returns NotFound for an unknown account.
func (s *Store) Deployed(ctx context.Context, account int64, limit int) (DeploymentList, error) {
	h := DeploymentList{AccountID: account, AsOf: s.Now()}
	// Revision and list come from one snapshot; otherwise an event in between would be reported twice or never.
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.pool, opts, func(tx pgx.Tx) error {
		accounts, err := readAccounts(ctx, tx, []int64{account}, h.AsOf)
		if err != nil {
			return err
		}
		if len(accounts) == 0 {
			return noAccount()
		}
		h.Revision = accounts[0].Revision
		return h.read(ctx, tx, accounts[0], limit)
	})
	if err != nil {
		return DeploymentList{}, fmt.Errorf("read what account %d hosts: %w", account, err)
	}
	return h, nil
}

// read fills the list in the caller's snapshot, in which the account is a.
func (h *DeploymentList) read(ctx context.Context, tx pgx.Tx, a *Account, limit int) error {
	rows, err := tx.Query(ctx, selectRunning, a.ID, limit)
	if err != nil {
		return err
	}
	if h.Deployments, err = pgx.CollectRows(rows, scanDeployment); err != nil {
		return err
	}
	// After the limit: a stop ends everything that runs or waits, so either nothing is deleted here or everything.
	h.Deployments = slices.DeleteFunc(h.Deployments, func(d Deployment) bool { _, stopped := a.stopOf(&d); return stopped })
	var ids []int64
	for i := range h.Deployments {
		// A model's deployments have names of their own; a guardrail or script is known by its resource.
		if h.Deployments[i].Category != billing.Models {
			ids = append(ids, h.Deployments[i].ResourceID)
		}
	}
	h.Resources, err = readResources(ctx, tx, ids, nil)
	for id, one := range h.Resources {
		one.AsOfNow(a)
		h.Resources[id] = one
	}
	return err
}
