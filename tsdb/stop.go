package tsdb

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// DeploymentChange is the payload of EventDeployment.
// It is part of the contract and stored in the outbox, so names of fields never change.
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

// stopped is a deployment that the negative limit ends: it was running, or pending. at is the end of the stop second,
// from which on nothing is charged. A pending deployment has no segment, and becomes what a report of its failure would
// have made of it.
type stopped struct {
	deployment, resource int64
	category             billing.Category
	name, hardware       string
	at                   time.Time
	pending              bool // it never ran: a pending script was not active
}

// What costs nothing goes on: guardrails that are free are never stopped (rules.md §5).
const selectStopping = `-- name: read what the negative limit ends
SELECT d.account_id, d.deployment_id, d.resource_id, d.category, r.name, d.hardware, d.status = 'PENDING'
FROM deployment d JOIN resource r USING (resource_id)
WHERE d.account_id = ANY($1::bigint[]) AND d.status IN ('PENDING', 'DEPLOYED') AND d.rate > 0
  AND (d.status = 'PENDING' OR d.deployment_id = ANY($2::bigint[])) ORDER BY d.deployment_id`

// readStops finds what runs or is pending in the accounts that reached the negative limit in this transaction: all of
// it ends (rules.md §5). It is read in the transaction that stops it, under the account's lock, so nothing is deployed
// in between.
func readStops(ctx context.Context, tx pgx.Tx, changes []*change) error {
	byID := map[int64]*change{}
	var accounts, deployments []int64
	for _, c := range changes {
		if len(c.Journal.Stops) == 0 {
			continue
		}
		byID[c.ID] = c
		accounts = append(accounts, c.ID)
		for _, s := range c.Journal.Stops[0].Segments { // nothing starts by itself: later stops find nothing that runs
			deployments = append(deployments, s.DeploymentID)
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
		d.at = c.Journal.Stops[0].At.Time()
		c.stops = append(c.stops, d)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read stops: %w", err)
	}
	return nil
}

// announceStops writes an event for each stopped deployment and one e-mail that lists them all. A stop is one e-mail,
// however many things it ends (rules.md §8). Its key is the account's revision, which no other stop has.
func (c *change) announceStops(now time.Time) {
	if len(c.stops) == 0 {
		return
	}
	// As the account is after the posting: with what is owed.
	state := meterState(c.Account, billing.ModelCredits, c.Thresholds[0])
	// The instant is that of the stop, which may lie minutes before its posting.
	f := c.facts(state, billing.ThresholdNegative)
	f.At, f.Reason = c.stops[0].at, billing.NegativeLimitSentence
	for _, d := range c.stops {
		c.addEvent(EventDeployment, now, DeploymentChange{Kind: "STOPPED", Category: d.category, ResourceID: d.resource, DeploymentID: d.deployment,
			Name: d.name, Hardware: d.hardware, Reason: billing.NegativeLimitSentence, At: d.at})
		f.Running = append(f.Running, MailResource{DeploymentID: d.deployment, Category: d.category, Reason: billing.NegativeLimitSentence})
	}
	c.addMail("STOPPED", "stop/"+strconv.FormatInt(c.Seq, 10), f)
}

// A script becomes DEPLOYMENT_FAILED, a model or guardrail UNDEPLOYED. The deployment keeps the reason, for whoever
// finds it not running.
const stopDeployments = `-- name: stop deployments
UPDATE deployment d SET status = CASE category WHEN 'SCRIPTS' THEN 'DEPLOYMENT_FAILED' ELSE 'UNDEPLOYED' END, reason = $3, updated_at = u.at
FROM unnest($1::bigint[], $2::timestamptz[]) AS u (id, at) WHERE d.deployment_id = u.id`

const stopResources = `-- name: stop resources
UPDATE resource r SET status = CASE kind WHEN 'SCRIPT' THEN 'DEPLOYMENT_FAILED' ELSE 'UNDEPLOYED' END,
  last_active_at = CASE WHEN kind = 'SCRIPT' THEN greatest(last_active_at, u.active) ELSE last_active_at END
FROM (SELECT id, max(at) FILTER (WHERE NOT pending) AS active FROM unnest($1::bigint[], $2::timestamptz[], $3::boolean[]) AS s (id, at, pending) GROUP BY id) u
WHERE r.resource_id = u.id AND status <> 'DELETED'`

func queueStops(b *pgx.Batch, changes []*change) {
	columns := pg.NewColumns(4)
	for _, c := range changes {
		for _, d := range c.stops {
			columns.Add(d.deployment, d.at, d.resource, d.pending)
		}
	}
	if len(columns[0]) > 0 {
		b.Queue(stopDeployments, columns[0], columns[1], billing.NegativeLimitSentence)
		b.Queue(stopResources, columns[2], columns[1], columns[3])
	}
}
