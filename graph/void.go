package graph

import (
	"context"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// VoidPreview resolves Account.voidPreview.
func (r accountResolver) VoidPreview(ctx context.Context, obj *model.Account, filter model.VoidFilterInput) (*model.VoidedUsage, error) {
	counted, err := r.Store.PreviewVoids(ctx, obj.Key, voidFilter(filter))
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return voidedModel(counted), nil
}

// VoidEvents resolves Mutation.voidEvents.
func (r mutationResolver) VoidEvents(ctx context.Context, input model.VoidEventsInput) (*model.VoidEventsPayload, error) {
	account, err := voidedIn(ctx, &input)
	if err != nil {
		return answer[model.VoidEventsPayload](nil, err)
	}
	out := &model.VoidEventsPayload{}
	if err := r.voidInto(ctx, account, input, out); err != nil {
		return answer[model.VoidEventsPayload](nil, err)
	}
	out.CreditStatus, err = r.statusAfter(ctx, account)
	return committed(ctx, out, err)
}

// voidedIn returns the account whose events are to be voided.
func voidedIn(ctx context.Context, input *model.VoidEventsInput) (account int64, err error) {
	account, ok := accountKey(ctx, input.AccountID)
	switch {
	case !ok:
		return 0, unknown("accountId")
	case (input.Events == nil) == (input.Filter == nil):
		return 0, invalid("events", "Name events, or give a filter, not both.")
	case input.Filter != nil && input.ExpectedCount == nil:
		return 0, invalid("expectedCount", "Say how many events voidPreview counted.")
	case input.Filter == nil && (input.ExpectedCount != nil || input.IdempotencyKey != nil):
		return 0, invalid("expectedCount", "A count and an idempotency key go with a filter: named events can be repeated without.")
	}
	return account, nil
}

// voidInto voids events and puts the outcome into the payload.
func (r mutationResolver) voidInto(ctx context.Context, account int64, input model.VoidEventsInput, out *model.VoidEventsPayload) error {
	if f := input.Filter; f != nil {
		done, err := r.Store.VoidFiltered(ctx, tsdb.FilteredVoids{AccountID: account, Filter: voidFilter(*f), Count: *input.ExpectedCount,
			IdempotencyKey: deref(input.IdempotencyKey)}, actor(ctx, account))
		if err == nil {
			out.Voided = voidedModel(done)
		}
		return err
	}
	ids := make([]tsdb.EventID, len(input.Events))
	for i, e := range input.Events {
		ids[i] = tsdb.EventID{Source: deref(e.Source), ID: deref(e.ID), Time: deref(e.Time)}
	}
	results, err := r.Store.VoidEvents(ctx, account, ids, actor(ctx, account))
	if err != nil {
		return err
	}
	for i := range results {
		out.Results = append(out.Results, voidResult(&results[i]))
	}
	return nil
}

// voidFilter reads a filter. A malformed resource id matches nothing.
func voidFilter(in model.VoidFilterInput) tsdb.VoidFilter {
	f := tsdb.VoidFilter{From: in.From.UTC().Truncate(time.Microsecond), To: in.To.UTC().Truncate(time.Microsecond), Source: in.Source}
	if in.ResourceID != nil {
		f.ResourceID = -1
		if key, ok := resourceKey(*in.ResourceID); ok {
			f.ResourceID = key
		}
	}
	return f
}

func voidResult(r *tsdb.VoidResult) model.VoidResult {
	out := model.VoidResult{Status: model.VoidStatus(r.Status), Message: textPtr(r.Message), VoidedAt: timePtr(r.VoidedAt)}
	if r.Code != "" {
		code := model.VoidRefusal(r.Code)
		out.Code = &code
		return out
	}
	refund := r.Meter.Decimal(r.Refund)
	out.Refund = &refund
	return out
}

func voidedModel(v tsdb.Voided) *model.VoidedUsage {
	return &model.VoidedUsage{Events: v.Events, Credits: billing.ModelCredits.Decimal(v.Credits), Runs: v.Runs}
}
