package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Refusals resolves Account.refusals.
func (r accountResolver) Refusals(
	ctx context.Context, obj *model.Account, filter *model.RefusalFilter, first *int, after *string, last *int, before *string,
) (*model.RefusedEventConnection, error) {
	chosen, err := r.refusalFilter(ctx, deref(filter))
	if err != nil {
		return nil, err
	}
	rows, err := readPage(ctx, 1, first, after, last, before, func(page tsdb.Page, total bool) (tsdb.Paged[tsdb.Refusal], error) {
		return r.Store.Refusals(ctx, obj.Key, chosen, page, total)
	})
	if err != nil {
		return nil, err
	}
	return &model.RefusedEventConnection{
		TotalCount: rows.Total,
		PageInfo:   pageInfo(rows, refusalCursor),
		Edges: edges(rows, func(e tsdb.Refusal) model.RefusedEventEdge {
			return model.RefusedEventEdge{Cursor: refusalCursor(e), Node: refusedEvent(e)}
		}),
	}, nil
}

func refusalCursor(e tsdb.Refusal) string { return encodeCursor(e.No) }

func refusedEvent(e tsdb.Refusal) model.RefusedEvent {
	out := model.RefusedEvent{At: e.At, Endpoint: e.Endpoint, Source: textPtr(e.Source), ID: textPtr(e.ID), Time: timePtr(e.Time), Code: string(e.Code), Message: e.Message}
	if e.Kind != "" {
		kind := model.UsageKind(e.Kind)
		out.Kind = &kind
	}
	return out
}

func (r *Resolver) refusalFilter(ctx context.Context, in model.RefusalFilter) (f tsdb.RefusalFilter, err error) {
	f = tsdb.RefusalFilter{Codes: in.Codes, Endpoint: in.Endpoint, Source: in.Source, ID: in.ID}
	if len(in.Codes) > maxPage {
		return f, fault(ctx, tsdb.Invalid, "A filter names at most 100 codes.")
	}
	if in.Range != nil {
		asked, err := rangeOf(ctx, in.Range, r.Store.Now())
		if err != nil {
			return f, err
		}
		f.From, f.To = asked.span.Range.From, asked.span.Range.To
	}
	return f, nil
}
