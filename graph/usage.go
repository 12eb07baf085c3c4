package graph

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Usage resolves Account.usage.
func (r accountResolver) Usage(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, compare *model.CompareInput, groupBy []model.UsageDimension,
	tagKeys, resourceTagKeys []string, granularity *billing.Granularity, timeZone *time.Location, filter *model.UsageFilter, having []model.UsageBound, orderBy []model.UsageOrder,
	top *int, first *int, after *string, last *int, before *string,
) (*model.UsageConnection, error) {
	if filter != nil && filter.AccountIds != nil {
		return nil, fault(ctx, tsdb.Invalid, "The filter accountIds is not for the usage of one account.")
	}
	u := usageAsked{rangeArg, compare, groupBy, tagKeys, resourceTagKeys, granularity, timeZone, filter, having, orderBy, top, nil}
	return u.answer(ctx, r.Resolver, []int64{obj.Key}, first, after, last, before)
}

// Usage resolves Query.usage.
func (r queryResolver) Usage(
	ctx context.Context, rangeArg *model.RangeInput, compare *model.CompareInput, groupBy []model.UsageDimension,
	tagKeys, resourceTagKeys []string, granularity *billing.Granularity, timeZone *time.Location, filter *model.UsageFilter, having []model.UsageBound, orderBy []model.UsageOrder,
	top *int, first *int, after *string, last *int, before *string,
) (*model.UsageConnection, error) {
	accounts, err := accountsAsked(ctx, filter)
	if err != nil {
		return nil, err
	}
	u := usageAsked{rangeArg, compare, groupBy, tagKeys, resourceTagKeys, granularity, timeZone, filter, having, orderBy, top, nil}
	return u.answer(ctx, r.Resolver, accounts, first, after, last, before)
}

// accountsAsked returns the accounts of a filter, or all within the caller's reach; nil: every account.
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

// usageAsked holds the arguments of a question about usage, without those for paging.
type usageAsked struct {
	Range       *model.RangeInput
	Compare     *model.CompareInput
	GroupBy     []model.UsageDimension
	TagKeys     []string
	OfResources []string // keys of the tags of resources
	Granularity *billing.Granularity
	TimeZone    *time.Location
	Filter      *model.UsageFilter
	Having      []model.UsageBound
	OrderBy     []model.UsageOrder
	Top         *int
	Accounts    []int64 `json:",omitempty"` // of an export; lists mark their cursors by the object that they belong to
}

// answer reads the groups, as far as they are selected. If accounts is nil, all accounts count.
func (u *usageAsked) answer(ctx context.Context, r *Resolver, accounts []int64, first *int, after *string, last *int, before *string) (*model.UsageConnection, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	p, err := pageOf(ctx, 0, first, nil, last, nil)
	if err != nil {
		return nil, err
	}
	between, err := u.cursors(ctx, reader.AsOf(), after, before)
	if err != nil {
		return nil, err
	}
	q, shown, err := u.query(ctx, reader, between.asOf)
	if err != nil {
		return nil, err
	}
	if err := mayAskZones(ctx, accounts, q.GroupBy); err != nil {
		return nil, err
	}
	q.Accounts, q.Limit, q.Backward, q.After, q.Before = accounts, p.Limit, p.Backward, between.after, between.before
	u.want(ctx, &q)
	out, list, err := u.pageOfUsage(ctx, r, reader, q, between)
	if err != nil {
		return nil, err
	}
	if err := learnRows(ctx, out.Rows, q.GroupBy); err != nil {
		return nil, err
	}
	answer := u.connection(&q, out, shown, list, between.asOf)
	if selected(ctx, "beyond") {
		answer.Beyond, err = reader.Beyond(ctx, &q)
	}
	return answer, asFault(ctx, err)
}

// learnRows announces the accounts of a page's rows.
func learnRows(ctx context.Context, rows []charts.PivotRow, by []charts.Dimension) error {
	sc, err := snapshotOf(ctx)
	if err != nil || !slices.Contains(by, charts.ByAccount) {
		return err
	}
	accounts := map[int64]bool{}
	for i := range rows {
		if !rows[i].Other {
			accounts[rows[i].AccountID] = true
		}
	}
	sc.list(slices.Collect(maps.Keys(accounts)))
	return nil
}

// mayAskZones returns an error if usage is grouped by zones, which reveal balances, and the caller may not see balances.
func mayAskZones(ctx context.Context, accounts []int64, by []charts.Dimension) error {
	if !slices.Contains(by, charts.ByZone) {
		return nil
	}
	p := principalOf(ctx)
	may := accounts != nil || p.Common.Has(auth.BalancesView)
	for _, account := range accounts {
		may = may && p.May(account, auth.BalancesView)
	}
	if !may {
		return forbidden(graphql.GetPath(ctx), auth.SetOf(auth.BalancesView))
	}
	return nil
}

// shownTimes are the ranges that the answer shows.
type shownTimes struct {
	asked timeAsked
	then  *timeAsked
}

// query converts the question for the charts, as of an instant.
func (u *usageAsked) query(ctx context.Context, reader *charts.Reader, asOf time.Time) (q charts.PivotQuery, shown shownTimes, err error) {
	if shown.asked, err = rangeOf(ctx, inZone(u.Range, u.TimeZone), asOf); err != nil {
		return q, shown, err
	}
	if shown.then, err = comparedWith(ctx, u.Compare, shown.asked, reader); err != nil {
		return q, shown, err
	}
	q = charts.PivotQuery{Span: shown.asked.span, Granularity: deref(u.Granularity), Zone: shown.asked.zone, Top: deref(u.Top)}
	if u.TimeZone != nil {
		q.Zone = u.TimeZone
	}
	if shown.then != nil {
		q.Compare = &shown.then.span
	}
	if u.Top != nil && (*u.Top < 1 || *u.Top > maxPage) {
		return q, shown, fault(ctx, tsdb.Invalid, "top is 1 to 100.")
	}
	for _, d := range u.GroupBy {
		q.GroupBy = append(q.GroupBy, u.dimensions(charts.Dimension(d))...)
	}
	if err := u.checkTagKeys(ctx); err != nil {
		return q, shown, err
	}
	if q.Filter, err = pivotFilter(ctx, u.Filter); err != nil {
		return q, shown, err
	}
	return q, shown, u.order(ctx, &q)
}

// maxOrders is the largest number of orders in a question; of bounds there may be twice as many.
const maxOrders = 5

// order reads the orders and the bounds.
func (u *usageAsked) order(ctx context.Context, q *charts.PivotQuery) error {
	if len(u.OrderBy) > maxOrders || len(u.Having) > 2*maxOrders {
		return fault(ctx, tsdb.Invalid, "A question has at most 5 orders and 10 bounds.")
	}
	for _, o := range u.OrderBy {
		for _, d := range u.dimensions(charts.Dimension(deref(o.Dimension))) {
			q.OrderBy = append(q.OrderBy, charts.PivotOrder{Measure: charts.Measure(deref(o.Measure)), Change: o.Change && q.Compare != nil,
				Dimension: d, Desc: o.Direction == model.SortDirectionDesc})
		}
		if o.Change && u.Compare == nil {
			return fault(ctx, tsdb.Invalid, "A change is known only where something is compared.")
		}
	}
	if u.Having != nil {
		q.Having = []charts.PivotBound{}
	}
	for _, b := range u.Having {
		bound := charts.PivotBound{Measure: charts.Measure(b.Measure)}
		for _, side := range []struct {
			given *decimal.Decimal
			to    **int64
			round func(decimal.Decimal) decimal.Decimal
		}{{b.AtLeast, &bound.AtLeast, decimal.Decimal.Ceil}, {b.AtMost, &bound.AtMost, decimal.Decimal.Floor}} {
			if side.given == nil {
				continue
			}
			v := *side.given
			if bound.Measure.Amounts() {
				v = v.Shift(6)
			}
			if v = side.round(v); v.Abs().GreaterThan(decimal.NewFromInt(1 << 62)) {
				return fault(ctx, tsdb.Invalid, "A bound is out of reach.")
			}
			n := v.IntPart()
			*side.to = &n
		}
		q.Having = append(q.Having, bound)
	}
	return nil
}

// want requests the figures that are selected.
func (u *usageAsked) want(ctx context.Context, q *charts.PivotQuery) {
	any := func(fields ...string) bool {
		for _, f := range fields {
			if selected(ctx, "edges.node."+f) || selected(ctx, "totals."+f) {
				return true
			}
		}
		return false
	}
	q.Classes = any("cacheReadTokens", "cacheWriteTokens", "reasoningTokens", "cacheReadTokensExact", "cacheWriteTokensExact", "reasoningTokensExact")
	q.Hosting = any("hostingSeconds", "replicaSeconds", "hostingSecondsChange")
	q.Distinct = any("resources", "resourcesChange")
	q.Users = any("users", "usersChange")
	q.Cumulative = selected(ctx, "edges.node.cumulative")
	q.Rows = selected(ctx, "edges") || selected(ctx, "pageInfo")
	q.Totals = selected(ctx, "totals") || selected(ctx, "totalCount") || selected(ctx, "edges.node.share")
}

func (u *usageAsked) connection(q *charts.PivotQuery, out *charts.Pivot, shown shownTimes, list string, asOf time.Time) *model.UsageConnection {
	question := u.question()
	cursor := func(row charts.PivotRow) string {
		return usageCursor{asOf.UnixMicro(), question, row.Key, list}.encode()
	}
	c := &model.UsageConnection{
		Range: shown.asked.model(out.Range), AsOf: asOf, TotalCount: out.Total, PageInfo: pageInfo(out.Paged, cursor), Totals: figures(out.Totals),
		Edges: edges(out.Paged, func(row charts.PivotRow) model.UsageEdge {
			node := usageRow(row, q.GroupBy)
			if q.Totals {
				node.Share = shareOf(&row.PivotFigures, &out.Totals)
			}
			if q.Compare != nil {
				compareFigures(&node, &row.PivotFigures, &row.Then)
			}
			return model.UsageEdge{Cursor: cursor(row), Node: node}
		}),
	}
	if q.Compare != nil {
		c.ComparedRange = shown.then.shown(q.Compare.Range)
		compareFigures(&c.Totals, &out.Totals, &out.Then)
	}
	return c
}

// pivotFilter reads a filter. null is not a condition, and an empty list matches nothing (rules.md §9).
func pivotFilter(ctx context.Context, in *model.UsageFilter) (f charts.PivotFilter, err error) {
	if in == nil {
		return f, nil
	}
	f.Zones, f.Categories, f.Owners, f.Hardware = in.Zones, in.Categories, in.Owners, in.Hardware
	if in.Kinds != nil {
		f.Kinds = texts(in.Kinds)
	}
	if in.Runways != nil {
		f.Runways = []charts.Runway{}
		for _, r := range in.Runways {
			f.Runways = append(f.Runways, charts.Runway(r))
		}
	}
	if len(in.Owners) > maxPage || len(in.Hardware) > maxPage {
		return f, fault(ctx, tsdb.Invalid, "A filter names at most 100 owners and kinds of hardware.")
	}
	if f.Resources, err = keysOf(ctx, in.ResourceIds, "resources", resourceKey); err != nil {
		return f, err
	}
	if f.Deployments, err = keysOf(ctx, in.DeploymentIds, "deployments", keyOfKind(KindDeployment)); err != nil {
		return f, err
	}
	if f.Plans, err = keysOf(ctx, in.PlanIds, "plans", keyOfKind(KindPlan)); err != nil {
		return f, err
	}
	if f.Hours, err = smallNumbers(ctx, in.HoursOfDay, 0, 23, "Hours of the day are 0 to 23."); err != nil {
		return f, err
	}
	if f.Weekdays, err = smallNumbers(ctx, in.DaysOfWeek, 1, 7, "Days of the week are 1 to 7."); err != nil {
		return f, err
	}
	return f, attributionFilter(ctx, in, &f)
}

func keyOfKind(kind Kind) func(string) (int64, bool) {
	return func(opaque string) (int64, bool) { return KeyOf(kind, opaque) }
}

// keysOf returns the keys of ids; nil for null.
func keysOf(ctx context.Context, ids []string, what string, key func(string) (int64, bool)) ([]int64, error) {
	if ids == nil {
		return nil, nil
	}
	if len(ids) > maxPage {
		return nil, fault(ctx, tsdb.Invalid, "A filter names at most 100 "+what+".")
	}
	keys := []int64{}
	for _, id := range ids {
		k, ok := key(id)
		if !ok {
			return nil, notFound(ctx)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

func smallNumbers(ctx context.Context, given []int, least, most int, sentence string) ([]int32, error) {
	if given == nil {
		return nil, nil
	}
	out := []int32{}
	for _, n := range given {
		if n < least || n > most {
			return nil, fault(ctx, tsdb.Invalid, sentence)
		}
		out = append(out, int32(n))
	}
	return out, nil
}
