package tsdb

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// DeploymentChange is the payload of EventDeployment.
type DeploymentChange struct {
	Kind         string           `json:"kind"` // REGISTERED PENDING DEPLOYED SCALED UNDEPLOYED FAILED STOPPED DELETED
	Category     billing.Category `json:"category"`
	ResourceID   int64            `json:"resourceId"`
	DeploymentID int64            `json:"deploymentId,omitempty"`
	Name         string           `json:"name"`
	Hardware     string           `json:"hardware,omitempty"`
	Replicas     int64            `json:"replicas,omitempty"`
	Endpoint     string           `json:"endpoint,omitempty"`
	Reason       string           `json:"reason,omitempty"`
	At           time.Time        `json:"at"`
}

// stopped is a deployment that the negative limit ends: it was running, or pending.
type stopped struct {
	deployment, resource int64
	category             billing.Category
	name, hardware       string
	at                   time.Time
	pending              bool // it never ran: a pending script was not active
}

const selectStopping = `-- name: read what the negative limit ends
SELECT d.account_id, d.deployment_id, d.resource_id, d.category, r.name, d.hardware, d.status = 'PENDING'
FROM deployment d JOIN resource r USING (resource_id)
WHERE d.account_id = ANY($1::bigint[]) AND d.status IN ('PENDING', 'DEPLOYED') AND d.rate > 0
  AND (d.status = 'PENDING' OR d.deployment_id = ANY($2::bigint[])) ORDER BY d.deployment_id`

// readStops finds, for the accounts that reached the negative limit in this transaction, what runs or is pending: all of it
// ends (rules.md §5).
func readStops(ctx context.Context, tx pgx.Tx, changes []*change) error {
	byID := map[int64]*change{}
	var accounts, deployments []int64
	for _, c := range changes {
		if len(c.Journal.Stops) == 0 && (c.Credits.Balance() > c.Thresholds.Negative || c.before.Credits.Balance() <= c.before.Thresholds.Negative) {
			continue
		}
		byID[c.ID] = c
		accounts = append(accounts, c.ID)
		for _, stop := range c.Journal.Stops {
			for _, s := range stop.Segments {
				deployments = append(deployments, s.DeploymentID)
			}
		}
	}
	if len(accounts) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, selectStopping, accounts, deployments)
	if err != nil {
		return fmt.Errorf("read stops: %w", err)
	}
	var account int64
	var d stopped
	_, err = pgx.ForEachRow(rows, []any{&account, &d.deployment, &d.resource, &d.category, &d.name, &d.hardware, &d.pending}, func() error {
		c := byID[account]
		d.at = c.stopSecond(d.deployment).Time()
		c.stops = append(c.stops, d)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read stops: %w", err)
	}
	return nil
}

// stopSecond is where a deployment's hosting was stopped; for a pending one, now.
func (c *change) stopSecond(deployment int64) billing.Second {
	for _, stop := range c.Journal.Stops {
		for _, s := range stop.Segments {
			if s.DeploymentID == deployment {
				return stop.At
			}
		}
	}
	return c.At
}

// announceStops writes an event for each stopped deployment and one mail that lists them all.
func (c *change) announceStops(now time.Time) {
	if len(c.stops) == 0 {
		return
	}
	state := meterState(c.Account, billing.ModelCredits, c.Steps[0])
	f := c.facts(state, billing.StepNegative)
	f.At, f.Reason = c.stops[0].at, billing.NegativeLimitSentence
	for _, d := range c.stops {
		c.addEvent(EventDeployment, now, DeploymentChange{Kind: "STOPPED", Category: d.category, ResourceID: d.resource, DeploymentID: d.deployment,
			Name: d.name, Hardware: d.hardware, Reason: billing.NegativeLimitSentence, At: d.at})
		f.Running = append(f.Running, MailResource{DeploymentID: d.deployment, Category: d.category, Reason: billing.NegativeLimitSentence})
	}
	c.addMail("STOPPED", "stop/"+strconv.FormatInt(c.Seq, 10), f)
}

// Scripts land on DEPLOYMENT_FAILED, models and guardrails on UNDEPLOYED.
const stopDeployment = `-- name: stop deployment
UPDATE deployment SET status = CASE category WHEN 'SCRIPTS' THEN 'DEPLOYMENT_FAILED' ELSE 'UNDEPLOYED' END, reason = $3, updated_at = $2
WHERE deployment_id = $1`

const stopResource = `-- name: stop resource
UPDATE resource SET status = CASE kind WHEN 'SCRIPT' THEN 'DEPLOYMENT_FAILED' ELSE 'UNDEPLOYED' END,
  last_active_at = CASE WHEN kind = 'SCRIPT' AND NOT $3 THEN greatest(last_active_at, $2) ELSE last_active_at END
WHERE resource_id = $1 AND status <> 'DELETED'`

func (c *change) queueStops(b *pgx.Batch) {
	for _, d := range c.stops {
		b.Queue(stopDeployment, d.deployment, d.at, billing.NegativeLimitSentence)
		b.Queue(stopResource, d.resource, d.at, d.pending)
	}
}
