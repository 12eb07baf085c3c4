package graph

import (
	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/live"
	"github.com/usagegraph/usagegraph/tsdb"
)

// crossingOf converts a crossing to its GraphQL type. Armings count from 0 in the books and from 1 in the contract.
func crossingOf(e tsdb.OutboxEvent, c tsdb.Crossing) *model.ThresholdCrossing {
	out := &model.ThresholdCrossing{
		Cursor: streamCursor(e.Revision, e.AccountID, live.Crossings), Revision: e.Revision, At: e.At, Meter: c.Meter, Kind: thresholdKind(c.Threshold), Direction: model.ThresholdDirectionReached,
		Arming: int(c.Arming) + 1, UsedPercent: billing.UsedPercent(c.Used, c.Allocation), Remaining: c.Meter.Decimal(c.Balance),
	}
	if c.Rearmed {
		out.Direction = model.ThresholdDirectionRearmed
	}
	if out.Kind == model.ThresholdKindPercent {
		percent := int(c.Threshold.Percent())
		out.Step = &percent
	}
	return out
}

func thresholdKind(s billing.Threshold) model.ThresholdKind {
	switch s {
	case billing.ThresholdLow:
		return model.ThresholdKindLowLimit
	case billing.ThresholdZero:
		return model.ThresholdKindZero
	case billing.ThresholdNegative:
		return model.ThresholdKindNegativeLimit
	}
	return model.ThresholdKindPercent
}

// changeOf converts a change of a deployment to its GraphQL type.
func changeOf(e tsdb.OutboxEvent, d tsdb.DeploymentChange) *model.DeploymentChange {
	out := &model.DeploymentChange{
		Cursor: streamCursor(e.Revision, e.AccountID, live.Deployments), Revision: e.Revision, At: d.At, Category: d.Category, Kind: model.DeploymentChangeKind(d.Kind),
		ResourceID: EncodeID(categoryKind(d.Category), d.ResourceID), ResourceName: d.Name, Hardware: textPtr(d.Hardware), Replicas: int(d.Replicas),
		Endpoint: textPtr(d.Endpoint), Reason: textPtr(d.Reason),
	}
	if d.Category == billing.Models && d.DeploymentID != 0 {
		id := EncodeID(KindDeployment, d.DeploymentID)
		out.DeploymentID = &id
	}
	return out
}

// categoryKind returns the kind of thing that a category is used for.
func categoryKind(c billing.Category) Kind {
	switch c {
	case billing.Models:
		return KindModel
	case billing.Guardrails:
		return KindGuardrail
	case billing.Scripts:
		return KindScript
	}
	return KindTool
}

// deployedModels converts what is deployed or pending to its GraphQL types.
func deployedModels(h tsdb.DeploymentList) []model.Deployable {
	out := make([]model.Deployable, 0, len(h.Deployments))
	for _, d := range h.Deployments {
		switch d.Category {
		case billing.Guardrails:
			out = append(out, guardrailOf(h.Resources[d.ResourceID]))
		case billing.Scripts:
			out = append(out, scriptOf(h.Resources[d.ResourceID], h.AsOf))
		default:
			out = append(out, deploymentOf(d))
		}
	}
	return out
}
