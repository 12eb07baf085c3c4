package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// maxUses is the largest number of uses in one reportUse.
const maxUses = 1000

// ReportUse resolves Mutation.reportUse.
func (r mutationResolver) ReportUse(ctx context.Context, input model.ReportUseInput) (*model.ReportUsePayload, error) {
	return answer(onAccount(ctx, input.AccountID, func(account int64) (*model.ReportUsePayload, error) {
		uses, err := r.usesIn(input.Uses)
		if err != nil {
			return nil, err
		}
		changed, err := r.Store.ReportUse(ctx, account, uses)
		return &model.ReportUsePayload{Changed: changed}, err
	}))
}

func (r *Resolver) usesIn(list []model.ResourceUseInput) ([]tsdb.Use, error) {
	if len(list) == 0 || len(list) > maxUses {
		return nil, invalid("uses", "Send 1 to 1,000 uses.")
	}
	uses := make([]tsdb.Use, len(list))
	for i, in := range list {
		id, ok := DecodeID(in.ID)
		if !ok || id.Kind != KindGuardrail && id.Kind != KindScript {
			return nil, unknown("uses")
		}
		uses[i] = tsdb.Use{ResourceID: id.Key, At: r.Store.Now()}
		if in.At != nil {
			uses[i].At = *in.At
		}
	}
	return uses, nil
}
