package tsdb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// Hosted is what an account has deployed or pending at an instant: what the negative limit has stopped by then is not in it, though the
// tables show it until the next posting.
type DeploymentList struct {
	AsOf        time.Time
	Revision    int64 // events after it are not in here
	Deployments []Deployment
	Resources   map[int64]Resource // the guardrails and scripts among them, by id
}

const selectRunning = `-- name: read what is deployed or pending
SELECT ` + DeploymentColumns + ` FROM deployment d
WHERE d.account_id = $1 AND d.status IN ('PENDING', 'DEPLOYED') ORDER BY d.deployment_id LIMIT $2`

// Hosted reads what an account has deployed or pending, at most limit of it, oldest first, from one snapshot with the
// revision. NotFound for an unknown account.
func (s *Store) Deployed(ctx context.Context, account int64, limit int) (DeploymentList, error) {
	h := DeploymentList{AsOf: s.Now()}
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

func (h *DeploymentList) read(ctx context.Context, tx pgx.Tx, a *Account, limit int) error {
	rows, err := tx.Query(ctx, selectRunning, a.ID, limit)
	if err != nil {
		return err
	}
	if h.Deployments, err = pgx.CollectRows(rows, scanDeployment); err != nil {
		return err
	}
	h.Deployments = slices.DeleteFunc(h.Deployments, func(d Deployment) bool { _, stopped := a.stopOf(&d); return stopped })
	var ids []int64
	for i := range h.Deployments {
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
