package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Charges resolves Account.charges.
func (r accountResolver) Charges(ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, first int) (*model.ChargeList, error) {
	if first < 1 || first > 100 {
		return nil, fault(ctx, badPage, "first is 1 to 100.")
	}
	from, to, err := within(ctx, rangeArg, r.Store.Now())
	if err != nil {
		return nil, err
	}
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	list, err := reader.Charges(ctx, obj.Key, tsdb.ChargeQuery{From: from, To: to, Limit: first})
	if err != nil {
		return nil, asFault(ctx, err)
	}
	out := &model.ChargeList{Charges: []model.ResourceCharge{}, TotalCount: list.Total, Credits: credits(list.Credits), Runs: int64(list.Runs)}
	for _, c := range list.Charges {
		out.Charges = append(out.Charges, chargeModel(c))
	}
	return out, nil
}

func chargeModel(c tsdb.ResourceCharge) model.ResourceCharge {
	return model.ResourceCharge{Meter: c.Meter, Category: c.Category, ResourceID: EncodeID(chargedKind(c.Category), c.ResourceID), ResourceName: c.ResourceName,
		Amount: c.Meter.Decimal(c.Amount)}
}
