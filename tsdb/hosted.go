package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// Hosted is what an account has deployed or pending, as the tables show it.
type Hosted struct {
	AsOf        time.Time
	Revision    int64 // events after it are not in here
	Deployments []Deployment
	Resources   map[int64]Resource // the guardrails and scripts among them, by id
}

const selectRunning = `-- name: read what is deployed or pending
SELECT ` + deploymentColumns + ` FROM deployment d
WHERE d.account_id = $1 AND d.status IN ('PENDING', 'DEPLOYED') ORDER BY d.deployment_id LIMIT $2`

// Hosted reads what an account has deployed or pending, at most limit of it, oldest first, from one snapshot with the
// revision. NotFound for an unknown account.
func (s *Store) Hosted(ctx context.Context, account int64, limit int) (Hosted, error) {
	h := Hosted{AsOf: s.Now()}
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.pool, opts, func(tx pgx.Tx) error {
		revisions, err := readRevisions(ctx, tx, []int64{account})
		if err != nil {
			return err
		}
		var known bool
		if h.Revision, known = revisions[account]; !known {
			return noAccount()
		}
		return h.read(ctx, tx, account, limit)
	})
	if err != nil {
		return Hosted{}, fmt.Errorf("read what account %d hosts: %w", account, err)
	}
	return h, nil
}

func (h *Hosted) read(ctx context.Context, tx pgx.Tx, account int64, limit int) error {
	rows, err := tx.Query(ctx, selectRunning, account, limit)
	if err != nil {
		return err
	}
	if h.Deployments, err = pgx.CollectRows(rows, scanDeployment); err != nil {
		return err
	}
	var ids []int64
	for i := range h.Deployments {
		if h.Deployments[i].Category != billing.Models {
			ids = append(ids, h.Deployments[i].ResourceID)
		}
	}
	h.Resources, err = readResources(ctx, tx, ids, nil)
	return err
}
