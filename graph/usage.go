package graph

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Usage resolves Account.usage.
func (r accountResolver) Usage(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, groupBy []model.UsageDimension,
	granularity *billing.Granularity, timeZone *time.Location, filter *model.UsageFilter, first *int,
	after *string, last *int, before *string,
) (*model.UsageConnection, error) {
	if filter != nil && filter.AccountIds != nil {
		return nil, fault(ctx, tsdb.Invalid, "The filter accountIds is not for the usage of one account.")
	}
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := rangeOf(ctx, inZone(rangeArg, timeZone), reader.AsOf())
	if err != nil {
		return nil, err
	}
	q := pivotQuery(a, groupBy, granularity, timeZone)
	q.Accounts = []int64{obj.Key}
	return pivot(ctx, reader, a, q, filter, first, after, last, before)
}

// Usage resolves Query.usage.
func (r queryResolver) Usage(
	ctx context.Context, rangeArg *model.RangeInput, groupBy []model.UsageDimension,
	granularity *billing.Granularity, timeZone *time.Location, filter *model.UsageFilter, first *int,
	after *string, last *int, before *string,
) (*model.UsageConnection, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := rangeOf(ctx, inZone(rangeArg, timeZone), reader.AsOf())
	if err != nil {
		return nil, err
	}
	q := pivotQuery(a, groupBy, granularity, timeZone)
	if q.Accounts, err = accountsAsked(ctx, filter); err != nil {
		return nil, err
	}
	return pivot(ctx, reader, a, q, filter, first, after, last, before)
}

// accountsAsked are the accounts of a filter, or all in the caller's reach; nil is every account.
func accountsAsked(ctx context.Context, filter *model.UsageFilter) ([]int64, error) {
	if filter == nil || filter.AccountIds == nil {
		if p := principalOf(ctx); !p.Everywhere() {
			accounts := []int64{}
			for _, seat := range p.Seats {
				accounts = append(accounts, seat.Account)
			}
			return accounts, nil
		}
		return nil, nil
	}
	if len(filter.AccountIds) > maxPage {
		return nil, fault(ctx, tsdb.Invalid, "A filter names at most 100 accounts.")
	}
	accounts := []int64{}
	for _, id := range filter.AccountIds {
		key, ok := accountKey(ctx, id)
		if !ok {
			return nil, notFound(ctx)
		}
		accounts = append(accounts, key)
	}
	return accounts, nil
}

func pivotQuery(a timeAsked, groupBy []model.UsageDimension, granularity *billing.Granularity, zone *time.Location) charts.PivotQuery {
	q := charts.PivotQuery{Span: a.span, Granularity: deref(granularity), Zone: a.zone}
	if zone != nil {
		q.Zone = zone
	}
	for _, d := range groupBy {
		q.GroupBy = append(q.GroupBy, charts.Dimension(d))
	}
	return q
}

// pivot reads what is selected of a grouping.
func pivot(
	ctx context.Context, reader *charts.Reader, a timeAsked, q charts.PivotQuery, filter *model.UsageFilter, first *int, after *string, last *int, before *string,
) (*model.UsageConnection, error) {
	p, err := pageOf(ctx, 0, first, nil, last, nil)
	if err != nil {
		return nil, err
	}
	q.Limit, q.Backward = p.Limit, p.Backward
	q.Rows = selected(ctx, "edges") || selected(ctx, "pageInfo")
	q.Totals = selected(ctx, "totals") || selected(ctx, "totalCount")
	for _, class := range []string{"cacheReadTokens", "cacheWriteTokens", "reasoningTokens"} {
		q.Classes = q.Classes || selected(ctx, "edges.node."+class) || selected(ctx, "totals."+class)
	}
	if q.After, q.Before, err = pivotPlaces(ctx, after, before); err != nil {
		return nil, err
	}
	if err := filterPivot(ctx, &q, filter); err != nil {
		return nil, err
	}
	out, err := reader.Pivot(ctx, q)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return &model.UsageConnection{
		Range: a.model(out.Range), AsOf: out.AsOf, TotalCount: out.Total, PageInfo: pageInfo(out.Paged, pivotCursor),
		Totals: figures(out.Totals),
		Edges: edges(out.Paged, func(row charts.PivotRow) model.UsageEdge {
			return model.UsageEdge{Cursor: pivotCursor(row), Node: usageRow(row, q.GroupBy)}
		}),
	}, nil
}

func filterPivot(ctx context.Context, q *charts.PivotQuery, filter *model.UsageFilter) error {
	if filter == nil {
		return nil
	}
	q.Categories = filter.Categories
	if filter.Kinds != nil {
		q.Kinds = texts(filter.Kinds)
	}
	if len(filter.ResourceIds) > maxPage {
		return fault(ctx, tsdb.Invalid, "A filter names at most 100 resources.")
	}
	if filter.ResourceIds != nil {
		q.Resources = []int64{}
	}
	for _, id := range filter.ResourceIds {
		key, ok := resourceKey(id)
		if !ok {
			return notFound(ctx)
		}
		q.Resources = append(q.Resources, key)
	}
	return nil
}

// figures is a row without a group.
func figures(f charts.PivotFigures) model.UsageRow {
	return model.UsageRow{Credits: credits(f.Credits), Runs: f.Runs, Events: f.Events, InputTokens: f.InputTokens, OutputTokens: f.OutputTokens,
		CacheReadTokens: f.CacheReadTokens, CacheWriteTokens: f.CacheWriteTokens, ReasoningTokens: f.ReasoningTokens,
		RunsExact: decimal.NewFromInt(f.Runs), InputTokensExact: decimal.NewFromInt(f.InputTokens), OutputTokensExact: decimal.NewFromInt(f.OutputTokens)}
}

// usageRow shows a group: what is not grouped by is null.
func usageRow(row charts.PivotRow, by []charts.Dimension) model.UsageRow {
	out := figures(row.PivotFigures)
	for _, d := range by {
		switch d {
		case charts.ByAccount:
			out.AccountID, out.AccountName = idPtr(KindAccount, row.AccountID), &row.AccountName
		case charts.ByCategory:
			out.Category = &row.Category
		case charts.ByKind:
			kind := model.UsageKind(row.Kind)
			out.Kind = &kind
		case charts.ByResource:
			out.ResourceID, out.ResourceName = idPtr(kindOf(row.ResourceKind), row.ResourceID), &row.ResourceName
		case charts.ByDeployment:
			out.DeploymentID, out.DeploymentName = idPtr(KindDeployment, row.DeploymentID), textPtr(row.DeploymentName)
		case charts.ByTime:
			out.Start, out.End, out.Partial = &row.Bucket.Start, &row.Bucket.End, &row.Bucket.Partial
		}
	}
	return out
}

// idPtr is the id of an object; nil for none.
func idPtr(kind Kind, key int64) *string {
	if key == 0 {
		return nil
	}
	id := EncodeID(kind, key)
	return &id
}

// kindOf is a resource's kind in ids.
func kindOf(k tsdb.ResourceKind) Kind {
	switch k {
	case tsdb.KindModel:
		return KindModel
	case tsdb.KindGuardrail:
		return KindGuardrail
	case tsdb.KindScript:
		return KindScript
	}
	return KindTool
}

// pivotCursor is the place of a group: its keys.
func pivotCursor(row charts.PivotRow) string {
	text, err := json.Marshal(row.Key)
	if err != nil {
		panic("graph: a place does not encode: " + err.Error()) // texts
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func pivotPlaces(ctx context.Context, after, before *string) (a, b []string, err error) {
	after, before, err = cursors(ctx, after, before)
	if err != nil {
		return nil, nil, err
	}
	places := [2][]string{}
	for i, cursor := range []*string{after, before} {
		if cursor == nil {
			continue
		}
		text, err := base64.RawURLEncoding.DecodeString(*cursor)
		if err != nil || len(text) > maxCursor || json.Unmarshal(text, &places[i]) != nil || slices.Contains(places[i], "\x00") {
			return nil, nil, fault(ctx, badPage, "The cursor is not one of this list.")
		}
	}
	return places[0], places[1], nil
}
