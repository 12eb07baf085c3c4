package graph

import (
	"context"
	"fmt"
	"slices"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// maxEvents is how many events one recordUsage takes.
const maxEvents = 1000

// RecordUsage resolves Mutation.recordUsage.
func (r mutationResolver) RecordUsage(ctx context.Context, input model.RecordUsageInput) (*model.RecordUsagePayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return &model.RecordUsagePayload{Results: []model.UsageResult{}, UserErrors: unknown("accountId")}, nil
	}
	if len(input.Events) == 0 || len(input.Events) > maxEvents {
		return &model.RecordUsagePayload{Results: []model.UsageResult{}, UserErrors: []model.UserError{{
			Code: model.UserErrorCodeInvalid, Field: []string{"input", "events"}, Message: fmt.Sprintf("Send 1 to %d events.", maxEvents)}}}, nil
	}
	events := make([]tsdb.UsageEvent, len(input.Events))
	for i := range input.Events {
		events[i] = usageEvent(account, &input.Events[i])
	}
	results, err := r.Batcher.Submit(ctx, events, tsdb.UsageMode(input.Mode))
	if err != nil {
		return nil, err
	}
	after := r.statusAfter
	if !slices.ContainsFunc(results, func(u tsdb.UsageResult) bool { return u.Status != tsdb.UsageRefused }) {
		after = r.statusNow // nothing says that there is such an account
	}
	status, err := after(ctx, account)
	if err != nil {
		return nil, err
	}
	return &model.RecordUsagePayload{Results: usageResults(results), CreditStatus: status, UserErrors: []model.UserError{}}, nil
}

// usageEvent is an event as it came. What is missing or malformed is left zero, so that it is refused item by item.
func usageEvent(account int64, in *model.UsageEventInput) tsdb.UsageEvent {
	e := tsdb.UsageEvent{AccountID: account, Source: deref(in.Source), ID: deref(in.ID), Time: deref(in.Time),
		InputTokens: deref(in.InputTokens), OutputTokens: deref(in.OutputTokens), CacheReadTokens: deref(in.CacheReadTokens),
		CacheWriteTokens: deref(in.CacheWriteTokens), ReasoningTokens: deref(in.ReasoningTokens)}
	switch {
	case in.ToolID != nil && in.ModelID != nil: // no kind: BAD_TARGET
	case in.ToolID != nil:
		e.Kind, e.Runs = tsdb.ToolRun, 1
		e.ResourceID, e.ResourceExternal = keyOrOwn(KindTool, tsdb.ExternalTool, *in.ToolID)
	case in.ModelID != nil:
		e.Kind = tsdb.Inference
		e.ResourceID, e.ResourceExternal = keyOrOwn(KindModel, tsdb.ExternalModel, *in.ModelID)
	}
	if in.Runs != nil {
		e.Runs = *in.Runs
	}
	if in.DeploymentID != nil {
		e.DeploymentID, e.DeploymentExternal = keyOrOwn(KindDeployment, tsdb.ExternalDeployment, *in.DeploymentID)
	}
	if in.ReservationID != nil {
		e.ReservationID = -1
		if key, ok := KeyOf(KindReservation, *in.ReservationID); ok {
			e.ReservationID = key
		}
	}
	return e
}

// keyOrOwn is the key in an id, or an own id that was not there when the operation began; what is neither is unknown.
func keyOrOwn(kind Kind, of tsdb.ExternalKind, text string) (key int64, own string) {
	if key, ok := KeyOf(kind, text); ok {
		return key, ""
	}
	if named, id, ok := tsdb.ParseExternal(text); ok && named == of {
		return 0, id
	}
	return -1, ""
}

func usageResults(results []tsdb.UsageResult) []model.UsageResult {
	out := make([]model.UsageResult, len(results))
	for i := range results {
		out[i] = usageResult(&results[i])
	}
	return out
}

func usageResult(r *tsdb.UsageResult) model.UsageResult {
	out := model.UsageResult{Status: model.UsageStatus(r.Status), Message: textPtr(r.Message), PostedAt: timePtr(r.PostedAt)}
	if r.Code != "" {
		code := model.UsageRefusal(r.Code)
		out.Code = &code
	}
	if r.Decision != nil {
		out.Refusal = refusalModel(*r.Decision)
	}
	if r.Status == tsdb.Stored || r.Status == tsdb.Duplicate {
		charge := r.Meter.Decimal(r.Charge)
		out.Charge = &charge
	}
	return out
}

// deref is the value, or its zero where it was not given.
func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
