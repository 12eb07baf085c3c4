package graph

import (
	"context"
	"fmt"
	"slices"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// maxEvents is the largest number of events in one recordUsage.
const maxEvents = 1000

// RecordUsage resolves Mutation.recordUsage.
func (r mutationResolver) RecordUsage(ctx context.Context, input model.RecordUsageInput) (*model.RecordUsagePayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return answer[model.RecordUsagePayload](nil, unknown("accountId"))
	}
	events, err := eventsIn(account, &input)
	if err != nil {
		return answer[model.RecordUsagePayload](nil, err)
	}
	results, err := r.submit(ctx, events, tsdb.UsageMode(input.Mode))
	if err != nil {
		return nil, err
	}
	after := r.statusAfter
	if !slices.ContainsFunc(results, func(u tsdb.UsageResult) bool { return u.Status != tsdb.UsageRefused }) {
		after = r.statusNow // the account may not exist
	}
	status, err := after(ctx, account)
	return committed(ctx, &model.RecordUsagePayload{Results: usageResults(results), CreditStatus: status}, err)
}

// recorded is an event as it was read, or the reason why it could not be read.
type recorded struct {
	event tsdb.UsageEvent
	fault *tsdb.UsageResult // nil: the event could be read
}

// eventsIn returns the events of whichever of the two lists is given.
func eventsIn(account int64, input *model.RecordUsageInput) (events []recorded, err error) {
	switch n := len(input.Events) + len(input.RawEvents); {
	case input.Events != nil && input.RawEvents != nil:
		return nil, invalid("rawEvents", "Send events or rawEvents, not both.")
	case n == 0 || n > maxEvents:
		return nil, invalid("events", fmt.Sprintf("Send 1 to %d events.", maxEvents))
	}
	for i := range input.Events {
		events = append(events, recorded{event: usageEvent(account, &input.Events[i])})
	}
	for _, raw := range input.RawEvents {
		events = append(events, rawEvent(account, raw))
	}
	return events, nil
}

// submit stores the events that could be read and answers all of them, in order. Refusals are remembered.
func (r mutationResolver) submit(ctx context.Context, events []recorded, mode tsdb.UsageMode) ([]tsdb.UsageResult, error) {
	sound := make([]tsdb.UsageEvent, 0, len(events))
	for i := range events {
		if events[i].fault == nil {
			sound = append(sound, events[i].event)
		}
	}
	var stored []tsdb.UsageResult
	if len(sound) > 0 {
		var err error
		if stored, err = r.Batcher.Submit(ctx, sound, mode); err != nil {
			return nil, err
		}
	}
	results := make([]tsdb.UsageResult, len(events))
	for i := range events {
		if fault := events[i].fault; fault != nil {
			results[i] = *fault
		} else {
			results[i], stored = stored[0], stored[1:]
		}
		if refusal, refused := tsdb.RefusalOf("recordUsage", &events[i].event, &results[i]); refused {
			r.Refusals.Note(events[i].event.AccountID, refusal)
		}
	}
	return results, nil
}

// usageEvent converts an event as it came. What is missing or malformed is left zero, so that only that item is refused.
func usageEvent(account int64, in *model.UsageEventInput) tsdb.UsageEvent {
	e := tsdb.UsageEvent{AccountID: account, Source: deref(in.Source), ID: deref(in.ID), Time: deref(in.Time),
		InputTokens: deref(in.InputTokens), OutputTokens: deref(in.OutputTokens), CacheReadTokens: deref(in.CacheReadTokens),
		CacheWriteTokens: deref(in.CacheWriteTokens), ReasoningTokens: deref(in.ReasoningTokens), Attribution: attributionOf(in)}
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

// attributionOf returns who and what an event was for. If a tag key is given twice, the tags returned are invalid, so that the event is
// refused.
func attributionOf(in *model.UsageEventInput) tsdb.Attribution {
	tags, twice := tagsIn(in.Tags)
	if twice != nil {
		tags = tsdb.Tags{"": ""}
	}
	return tsdb.Attribution{User: deref(in.User), APIKey: deref(in.APIKey), Tags: tags}
}

// keyOrOwn returns the key in an id, or an own id that did not exist when the operation began. Any other text is unknown.
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

// deref returns the value that p points to, or its zero value if p is nil.
func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
