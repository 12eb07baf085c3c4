package graph

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Accounts resolves Query.accounts.
func (r queryResolver) Accounts(
	ctx context.Context, search *string, filter *model.AccountFilter, sort *model.AccountSort, first *int, after *string, last *int, before *string,
) (*model.AccountConnection, error) {
	q, err := directoryQuery(ctx, search, filter, sort)
	if err != nil {
		return nil, err
	}
	page, err := pageOf(ctx, 0, first, nil, last, nil)
	if err != nil {
		return nil, err
	}
	q.Limit, q.Backward, q.Total, q.Among = page.Limit, page.Backward, selected(ctx, "totalCount"), principalOf(ctx).Bound()
	if after, before, err = cursors(ctx, after, before); err != nil {
		return nil, err
	}
	if q.After, err = decodeDirectoryCursor(ctx, after); err != nil {
		return nil, err
	}
	if q.Before, err = decodeDirectoryCursor(ctx, before); err != nil {
		return nil, err
	}
	rows, err := r.Store.Directory(ctx, q)
	if err == nil {
		err = learnListed(ctx, rows.Rows)
	}
	if err != nil {
		return nil, asFault(ctx, err)
	}
	cursor := func(l tsdb.DirectoryRow) string { return encodeDirectoryCursor(l.Cursor) }
	return &model.AccountConnection{
		TotalCount: rows.Total,
		PageInfo:   pageInfo(rows, cursor),
		Edges: edges(rows, func(l tsdb.DirectoryRow) model.AccountEdge {
			return model.AccountEdge{Cursor: cursor(l), Node: listedModel(l.Listed)}
		}),
	}, nil
}

// learnListed reads at once what is selected of a page's accounts and would otherwise be read one by one.
func learnListed(ctx context.Context, rows []tsdb.DirectoryRow) error {
	const status = "edges.node.creditStatus"
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	if sc, err := snapshotOf(ctx); err == nil {
		sc.list(ids)
	}
	if !selected(ctx, status) && !selected(ctx, "edges.node.plan") {
		return nil
	}
	reader, err := readerOf(ctx)
	if err != nil {
		return err
	}
	if _, err = reader.AccountsAsOf(ctx, ids); err == nil && selected(ctx, status+".forecast") {
		_, err = reader.Lately(ctx, ids)
	}
	return err
}

func directoryQuery(ctx context.Context, search *string, filter *model.AccountFilter, sort *model.AccountSort) (q tsdb.DirectoryQuery, err error) {
	if q.Search, err = searchText(ctx, search); err != nil {
		return q, err
	}
	q.ID, _ = KeyOf(KindAccount, q.Search)
	q.Sort, q.Descending = tsdb.ByCreated, true
	if sort != nil {
		q.Sort, q.Descending = tsdb.DirectorySort(sort.Field), sort.Direction == model.SortDirectionDesc
		needs := map[tsdb.DirectorySort]auth.Permission{tsdb.ByCredits: auth.BalancesView, tsdb.ByRuns: auth.BalancesView,
			tsdb.ByCreditsExhausted: auth.UsageView, tsdb.ByRunsExhausted: auth.UsageView}
		if p, ok := needs[q.Sort]; ok && !principalOf(ctx).Common.Has(p) {
			return q, fault(ctx, Forbidden, "Sorting by balances needs the permission BALANCES_VIEW, and by what is foretold USAGE_VIEW.")
		}
	}
	if filter == nil {
		return q, nil
	}
	if q.Email, err = searchText(ctx, filter.MemberEmail); err != nil {
		return q, err
	}
	if q.Plans, err = keysOf(ctx, filter.PlanIds, "plans", keyOfKind(KindPlan)); err != nil {
		return q, err
	}
	q.Zones = slices.Clone(filter.Zones)
	for _, b := range []struct {
		meter billing.Meter
		given *model.AmountBounds
		into  *tsdb.AmountBounds
	}{{billing.ModelCredits, filter.Credits, &q.Credits}, {billing.ToolRuns, filter.Runs, &q.Runs}} {
		if b.given == nil {
			continue
		}
		if b.into.AtLeast, err = boundOf(ctx, b.meter, b.given.AtLeast); err == nil {
			b.into.AtMost, err = boundOf(ctx, b.meter, b.given.AtMost)
		}
		if err != nil {
			return q, err
		}
	}
	q.ExhaustedBefore = deref(filter.ExhaustedBefore)
	return q, nil
}

// boundOf converts an amount of a meter; nil for null.
func boundOf(ctx context.Context, m billing.Meter, d *decimal.Decimal) (*billing.Amount, error) {
	if d == nil {
		return nil, nil
	}
	amount, err := m.FromDecimal(*d)
	if err != nil {
		return nil, fault(ctx, tsdb.Invalid, "A bound has too many decimals or is out of range.")
	}
	return &amount, nil
}

func encodeDirectoryCursor(p tsdb.DirectoryCursor) string {
	text, err := json.Marshal(p)
	if err != nil {
		panic("graph: a cursor does not encode: " + err.Error()) // cannot happen with a text and a number
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func decodeDirectoryCursor(ctx context.Context, encoded *string) (*tsdb.DirectoryCursor, error) {
	if encoded == nil {
		return nil, nil
	}
	var cursor tsdb.DirectoryCursor
	text, err := base64.RawURLEncoding.DecodeString(*encoded)
	if err != nil || len(text) > maxCursor || json.Unmarshal(text, &cursor) != nil || cursor.ID == 0 || strings.ContainsRune(cursor.Value, 0) {
		return nil, fault(ctx, badPage, "The cursor is not one of this list.")
	}
	return &cursor, nil
}
