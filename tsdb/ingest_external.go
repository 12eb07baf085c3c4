package tsdb

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// Deployments have rows of their own, since the model's row is read in any case: every event names its model. An own id
// of another account finds nothing, because the account is part of the look-up.
const selectOwnTargets = `-- name: read what events name by own ids
SELECT i.account_id, i.kind, i.external_id, r.resource_id, r.status, r.input_rate, r.output_rate, r.cache_read_rate,
  r.cache_write_rate, r.reasoning_rate, ` + pricing + `
FROM unnest($1::bigint[], $2::text[], $3::text[]) AS i (account_id, kind, external_id)
JOIN resource r ON r.account_id = i.account_id AND r.kind = i.kind AND r.external_id = i.external_id
UNION ALL SELECT i.account_id, i.kind, i.external_id, d.deployment_id, d.resource_id::text, NULL, NULL, NULL, NULL, NULL, ` + rateChanges + `, NULL
FROM unnest($1::bigint[], $2::text[], $3::text[]) AS i (account_id, kind, external_id)
JOIN deployment d ON i.kind = 'DEPLOYMENT' AND d.category = 'MODELS' AND d.account_id = i.account_id AND d.external_id = i.external_id`

// ownDeployment is the kind of a deployment in selectOwnTargets.
const ownDeployment = "DEPLOYMENT"

// ownID is an own id that events name.
type ownID struct {
	account  int64
	kind, id string
}

// own returns the own id of the event's tool or model. The kind comes from the event, so an own id of a model is
// unknown to a tool run.
func (e *UsageEvent) own() ownID {
	kind := KindModel
	if e.Kind == ToolRun {
		kind = KindTool
	}
	return ownID{e.AccountID, string(kind), e.ResourceExternal}
}

// queueOwn asks for what events name by own ids, in one statement for all of them, if any does. It asks under the
// account's lock, in a round trip that is made anyway, so nothing about own ids is ever cached or stale (ingest.md).
func (run *ingestRun) queueOwn(b *pgx.Batch, items []*ingestItem) {
	for _, it := range items {
		e := it.event
		if e.ResourceExternal != "" {
			run.ask(e.own())
		}
		if e.DeploymentExternal != "" {
			run.ask(ownID{e.AccountID, ownDeployment, e.DeploymentExternal})
		}
	}
	if len(run.own) == 0 {
		return
	}
	accounts, kinds, ids := make([]int64, 0, len(run.own)), make([]string, 0, len(run.own)), make([]string, 0, len(run.own))
	for o := range run.own {
		accounts, kinds, ids = append(accounts, o.account), append(kinds, o.kind), append(ids, o.id)
	}
	b.Queue(selectOwnTargets, accounts, kinds, ids).Query(run.readOwn)
}

// ask notes an own id as asked for, with 0 until it is found.
func (run *ingestRun) ask(o ownID) {
	if run.own == nil {
		run.own = map[ownID]int64{}
	}
	run.own[o] = 0
}

func (run *ingestRun) readOwn(rows pgx.Rows) error {
	var o ownID
	var key int64
	var status string
	var own billing.OwnTokenRates
	var rates []string
	// Rows come in any order, and a deployment can be added to its model only once the model has been read.
	models := map[int64]string{} // by deployment
	_, err := pgx.ForEachRow(rows, []any{&o.account, &o.kind, &o.id, &key, &status, &own.Input, &own.Output, &own.CacheRead, &own.CacheWrite,
		&own.Reasoning, &run.rateChanges, &rates}, func() error {
		run.own[o] = key
		if o.kind == ownDeployment {
			models[key] = status
			return nil
		}
		// Another event named it by our id, so it has been read already, with what that event needs.
		if run.targets[key] != nil {
			return nil
		}
		prices, err := readPricing(own, rates)
		run.targets[key] = &target{accountID: o.account, kind: o.kind, status: status, prices: prices}
		return err
	})
	if err != nil {
		return fmt.Errorf("read targets by own ids: %w", err)
	}
	for deployment, model := range models {
		run.addDeployment(deployment, model)
	}
	return nil
}

// addDeployment records that a deployment is one of a model, whose id comes as a text: its column is a status in the
// other rows, because both halves of the UNION have the same columns.
func (run *ingestRun) addDeployment(deployment int64, model string) {
	id, _ := strconv.ParseInt(model, 10, 64)
	if t := run.targets[id]; t != nil {
		t.addDeployment(deployment)
	}
}

func (t *target) addDeployment(id int64) {
	if t.deployments == nil {
		t.deployments = map[int64]bool{}
	}
	t.deployments[id] = true
}

// name replaces the own ids of an event by our ids. An unknown own id becomes −1, which is the id of nothing, so it is
// refused like an unknown id; 0 would say that no deployment was named.
func (run *ingestRun) name(e *UsageEvent) {
	if e.ResourceExternal != "" {
		e.ResourceID = cmp.Or(run.own[e.own()], -1)
	}
	if e.DeploymentExternal != "" {
		e.DeploymentID = cmp.Or(run.own[ownID{e.AccountID, ownDeployment, e.DeploymentExternal}], -1)
	}
}
