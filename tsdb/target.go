package tsdb

import (
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// target is a tool or model that events name.
type target struct {
	accountID             int64
	kind, status          string
	inputRate, outputRate *int64
	deployments           map[int64]bool
}

const selectTargets = `-- name: read what events name
SELECT r.resource_id, r.account_id, r.kind, r.status, r.input_rate, r.output_rate,
  (SELECT array_agg(d.deployment_id) FROM deployment d WHERE d.account_id = r.account_id AND d.resource_id = r.resource_id AND d.deployment_id = ANY($2::bigint[]))
FROM resource r WHERE r.resource_id = ANY($1::bigint[])`

func (run *ingestRun) queueTargets(b *pgx.Batch, items []*ingestItem) {
	resources, deployments := map[int64]bool{}, map[int64]bool{}
	for _, it := range items {
		e := it.event
		resources[e.ResourceID] = true
		if e.DeploymentID != 0 {
			deployments[e.DeploymentID] = true
		}
	}
	run.targets = make(map[int64]*target, len(resources))
	b.Queue(selectTargets, slices.Collect(maps.Keys(resources)), slices.Collect(maps.Keys(deployments))).Query(run.readTargets)
}

func (run *ingestRun) readTargets(rows pgx.Rows) error {
	var id int64
	var t target
	var of []int64
	_, err := pgx.ForEachRow(rows, []any{&id, &t.accountID, &t.kind, &t.status, &t.inputRate, &t.outputRate, &of}, func() error {
		copied := t
		if len(of) > 0 {
			copied.deployments = map[int64]bool{}
		}
		for _, d := range of {
			copied.deployments[d] = true
		}
		run.targets[id] = &copied
		return nil
	})
	if err != nil {
		return fmt.Errorf("read targets: %w", err)
	}
	return nil
}

// refuseTarget says why the event's target cannot be charged, or nil. Other accounts' resources answer like unknown ones.
func (run *ingestRun) refuseTarget(e *UsageEvent) *UsageResult {
	t := run.targets[e.ResourceID]
	switch {
	case t == nil || t.accountID != e.AccountID || (t.kind == "TOOL") != (e.Kind == ToolRun) || (t.kind != "TOOL" && t.kind != "MODEL"):
		return e.unknown()
	case t.status == "IN_DEVELOPMENT":
		return refusal(ToolInDevelopment, "the tool is in development: deploy it before its runs are counted")
	case e.DeploymentID != 0 && !t.deployments[e.DeploymentID]:
		return refusal(UnknownDeployment, "the model has no such deployment")
	}
	return nil
}

func (e *UsageEvent) unknown() *UsageResult {
	if e.Kind == ToolRun {
		return refusal(UnknownTool, "the account has no such tool")
	}
	return refusal(UnknownModel, "the account has no such model")
}

// price is the event's charge at the rates in force at its time.
func (run *ingestRun) price(e *UsageEvent, t *target) (billing.Amount, bool) {
	if e.Kind == ToolRun {
		return billing.Amount(e.Runs), true
	}
	card := run.rates.At(e.Time)
	in, out := card.InputRate, card.OutputRate
	if t.inputRate != nil {
		in = billing.Amount(*t.inputRate)
	}
	if t.outputRate != nil {
		out = billing.Amount(*t.outputRate)
	}
	charge, ok := billing.InferenceCharge(e.InputTokens, e.OutputTokens, in, out)
	return charge, ok && charge <= billing.MaxCharge
}
