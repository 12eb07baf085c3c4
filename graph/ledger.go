package graph

import (
	"context"
	"strconv"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Ledger resolves Account.ledger.
func (r accountResolver) Ledger(
	ctx context.Context, obj *model.Account, fold model.LedgerFold, filter *model.LedgerFilter, first *int,
	after *string, last *int, before *string,
) (*model.LedgerEntryConnection, error) {
	page, err := pageOf(ctx, 2, first, after, last, before)
	if err != nil {
		return nil, err
	}
	f, err := ledgerFilter(ctx, deref(filter), r.Store.Now())
	if err != nil {
		return nil, err
	}
	f.FoldDays = fold == model.LedgerFoldDay
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := reader.Ledger(ctx, obj.Key, f, page, selected(ctx, "totalCount"))
	if err != nil {
		return nil, asFault(ctx, err)
	}
	a, err := reader.Account(ctx, obj.Key)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	cursor := func(e tsdb.LedgerRow) string { return encodeCursor(e.Key()...) }
	return &model.LedgerEntryConnection{
		TotalCount: rows.Total, Unposted: unposted(a),
		PageInfo: pageInfo(rows, cursor),
		Edges: edges(rows, func(e tsdb.LedgerRow) model.LedgerEntryEdge {
			return model.LedgerEntryEdge{Cursor: cursor(e), Node: ledgerModel(obj.Key, e)}
		}),
	}, nil
}

// unposted returns what must be added to the ledger's sum to get the balances.
func unposted(a *tsdb.Account) model.Unposted {
	return model.Unposted{AsOf: a.AsOf, Credits: credits(a.UnpostedOf(billing.ModelCredits)), Runs: int64(a.UnpostedOf(billing.ToolRuns))}
}

func ledgerFilter(ctx context.Context, in model.LedgerFilter, now time.Time) (f tsdb.LedgerFilter, err error) {
	f = tsdb.LedgerFilter{Meter: deref(in.Meter), Kinds: in.Kinds, Categories: in.Categories}
	if in.ResourceID != nil {
		f.ResourceID = -1 // an unknown resource has no entries
		if key, ok := resourceKey(*in.ResourceID); ok {
			f.ResourceID = key
		}
	}
	f.From, f.To, err = within(ctx, in.Range, now)
	return f, err
}

// ledgerModel converts an entry to its GraphQL type. Resource ids need their kind, which the category tells.
func ledgerModel(account int64, e tsdb.LedgerRow) model.LedgerEntry {
	m := e.Meter
	out := model.LedgerEntry{AccountKey: account, No: e.No, ID: encodeCursor(account, e.No), Kind: e.Kind, Meter: m, Amount: m.Decimal(e.Amount), BalanceAfter: m.Decimal(e.BalanceAfter),
		PostedAt: e.Posted.Time(), EffectiveAt: e.Effective.Time(), Cause: e.Cause, ResourceName: textPtr(e.ResourceName), Note: textPtr(e.Note),
		Lines: []model.LedgerLine{}, Draws: []model.LedgerDraw{}, Debt: m.Decimal(e.Debt), Count: e.Count}
	if e.Category != "" {
		out.Category = &e.Category
	}
	if e.ResourceID != 0 {
		id := EncodeID(chargedKind(e.Category), e.ResourceID)
		out.ResourceID = &id
	}
	if e.DeploymentID != 0 && e.Category == billing.Models {
		id := EncodeID(KindDeployment, e.DeploymentID)
		out.DeploymentID = &id
	}
	switch e.Cause {
	case billing.CauseGrant, billing.CauseExpiry, billing.CauseCorrection:
		id := grantID(account, int32(e.CauseID))
		out.GrantID = &id
	case billing.CauseFineTuning:
		id := EncodeID(KindFineTuningJob, e.CauseID)
		out.FineTuningJobID = &id
	}
	for i, l := range e.Lines {
		out.Lines = append(out.Lines, model.LedgerLine{ResourceID: EncodeID(chargedKind(e.Category), l.ResourceID), ResourceName: e.LineNames[i], Amount: m.Decimal(l.Amount)})
	}
	for _, d := range e.Draws {
		out.Draws = append(out.Draws, model.LedgerDraw{GrantID: grantID(account, d.Grant), Amount: m.Decimal(d.Amount)})
	}
	return out
}

// chargedKind returns the kind of resource that a category's charges name.
func chargedKind(c billing.Category) Kind {
	switch c {
	case billing.Tools:
		return KindTool
	case billing.Guardrails:
		return KindGuardrail
	case billing.Scripts:
		return KindScript
	}
	return KindModel
}

// BalanceAt resolves Account.balanceAt.
func (r accountResolver) BalanceAt(ctx context.Context, obj *model.Account, at time.Time) (*model.BalanceAt, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	credits, runs, err := reader.BalanceAt(ctx, obj.Key, at)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return &model.BalanceAt{Time: at, Credits: billing.ModelCredits.Decimal(credits), Runs: int64(runs)}, nil
}

// Statements resolves Account.statements.
func (r accountResolver) Statements(
	ctx context.Context, obj *model.Account, first *int, after *string, last *int, before *string,
) (*model.StatementConnection, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := readPage(ctx, 1, first, after, last, before, func(page tsdb.Page, _ bool) (tsdb.Paged[tsdb.StatementRow], error) {
		return reader.Statements(ctx, obj.Key, page)
	})
	if err != nil {
		return nil, err
	}
	cursor := func(s tsdb.StatementRow) string { return encodeCursor(s.Key()...) }
	return &model.StatementConnection{
		TotalCount: rows.Total,
		PageInfo:   pageInfo(rows, cursor),
		Edges: edges(rows, func(s tsdb.StatementRow) model.StatementEdge {
			return model.StatementEdge{Cursor: cursor(s), Node: statementModel(obj.Key, s)}
		}),
	}, nil
}

func statementModel(account int64, s tsdb.StatementRow) model.Statement {
	return model.Statement{ID: ID{Kind: KindStatement, Key: account, Part: strconv.FormatInt(int64(s.Cycle), 10)}.String(),
		CycleStart: s.Start.UTC(), CycleEnd: s.End.UTC(), Closed: s.Closed,
		Credits: statementLine(billing.ModelCredits, s.Flows[0]), Runs: statementLine(billing.ToolRuns, s.Flows[1])}
}

func statementLine(m billing.Meter, f billing.Flows) model.StatementLine {
	return model.StatementLine{Meter: m, Opening: m.Decimal(f.Opening), Granted: m.Decimal(f.Granted), Charged: m.Decimal(f.Charged),
		Refunded: m.Decimal(f.Refunded), Expired: m.Decimal(f.Expired), Adjusted: m.Decimal(f.Adjusted), Closing: m.Decimal(f.Closing())}
}
