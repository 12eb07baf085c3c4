package graph

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Grants resolves Account.grants.
func (r accountResolver) Grants(
	ctx context.Context, obj *model.Account, filter *model.GrantFilter, first *int, after *string, last *int,
	before *string,
) (*model.GrantConnection, error) {
	page, err := pageOf(ctx, 1, first, after, last, before)
	if err != nil {
		return nil, err
	}
	f := deref(filter)
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	grants, err := grantsOf(ctx, reader, obj.Key, tsdb.GrantFilter{Meter: deref(f.Meter), Kinds: f.Kinds, Live: f.Live}, page, selected(ctx, "totalCount"))
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return &model.GrantConnection{
		TotalCount: grants.Total,
		PageInfo:   pageInfo(grants, grantCursor),
		Edges: edges(grants, func(g tsdb.GrantRow) model.GrantEdge {
			return model.GrantEdge{Cursor: grantCursor(g), Node: grantModel(g)}
		}),
	}, nil
}

// grantsAsked is a question for an account's grants. The accounts of a list ask the same question and are answered together.
type grantsAsked struct {
	account int64
	what    string // the rest of the question, as JSON
}

func grantsOf(ctx context.Context, reader *charts.Reader, account int64, f tsdb.GrantFilter, page tsdb.Page, total bool) (none tsdb.Paged[tsdb.GrantRow], err error) {
	sc, err := snapshotOf(ctx)
	if err != nil {
		return none, err
	}
	what, err := json.Marshal([]any{f, page, total})
	if err != nil {
		return none, err
	}
	next := func() (all []grantsAsked) {
		for _, other := range sc.listed(account)() {
			all = append(all, grantsAsked{other, string(what)})
		}
		return all
	}
	found, err := sc.grants.get(ctx, grantsAsked{account, string(what)}, next, func(ctx context.Context, asked []grantsAsked) (map[grantsAsked]*tsdb.Paged[tsdb.GrantRow], error) {
		return readGrants(ctx, reader, asked)
	})
	if err == nil && found == nil {
		err = notFound(ctx)
	}
	return deref(found), err
}

// readGrants answers questions for grants. Those that differ only in their account share one reading.
func readGrants(ctx context.Context, reader *charts.Reader, asked []grantsAsked) (map[grantsAsked]*tsdb.Paged[tsdb.GrantRow], error) {
	accounts := map[string][]int64{}
	for _, a := range asked {
		accounts[a.what] = append(accounts[a.what], a.account)
	}
	out := map[grantsAsked]*tsdb.Paged[tsdb.GrantRow]{}
	for what, of := range accounts {
		var f tsdb.GrantFilter
		var page tsdb.Page
		var total bool
		if err := json.Unmarshal([]byte(what), &[]any{&f, &page, &total}); err != nil {
			return nil, err
		}
		found, err := reader.GrantsOfMany(ctx, of, f, page, total)
		if err != nil {
			return nil, err
		}
		for account, grants := range found {
			out[grantsAsked{account, what}] = &grants
		}
	}
	return out, nil
}

func grantCursor(g tsdb.GrantRow) string { return encodeCursor(g.Key()...) }

func grantID(account int64, no int32) string {
	return ID{Kind: KindGrant, Key: account, Part: strconv.FormatInt(int64(no), 10)}.String()
}

// grantTarget returns a function that makes the ids of an account's grants.
func grantTarget(account int64) func(no int32) string {
	return func(no int32) string { return grantID(account, no) }
}

// grantNo returns the number in a grant's id; ok is false if the id is not of a grant of the account.
func grantNo(account int64, opaque string) (no int32, ok bool) {
	id, ok := DecodeID(opaque)
	if !ok || id.Kind != KindGrant || id.Key != account {
		return 0, false
	}
	n, err := strconv.ParseInt(id.Part, 10, 32)
	return int32(n), err == nil && n > 0
}

func grantModel(g tsdb.GrantRow) model.Grant {
	m := g.Meter
	out := model.Grant{ID: grantID(g.AccountID, g.No), AccountID: EncodeID(KindAccount, g.AccountID), Kind: g.Kind, Meter: m,
		Amount: m.Decimal(g.Amount), Used: m.Decimal(g.Given.Sum()), Remaining: m.Decimal(g.Left()), Expired: m.Decimal(g.Grant.Expired),
		TakenBack: m.Decimal(g.TakenBack), Slices: []model.CategoryUsage{}, GrantedAt: g.GrantedAt.Time(), CreatedAt: g.GrantedAt.Time(), UpdatedAt: g.UpdatedAt(), ExpiresAt: timePtr(g.ExpiresAt.Time()),
		RetiredAt: timePtr(g.RetiredAt.Time()), Reference: textPtr(g.Reference), GrantedBy: grantedBy(g)}
	for i, c := range billing.Categories() {
		if given := g.Given[i]; given != 0 {
			out.Slices = append(out.Slices, model.CategoryUsage{Category: c, Used: m.Decimal(given), Percent: billing.UsedPercent(given, g.Given.Sum())})
		}
	}
	return out
}

// grantedBy returns who gave a grant: Usagegraph itself for free, plan and refund grants.
func grantedBy(g tsdb.GrantRow) model.Actor {
	if g.CreatedBy == "" {
		return model.Actor{Kind: model.PrincipalKindSystem, Name: "Usagegraph"}
	}
	return model.Actor{Kind: model.PrincipalKindService, Name: g.CreatedBy}
}

// GrantCredits resolves Mutation.grantCredits.
func (r mutationResolver) GrantCredits(ctx context.Context, input model.GrantCreditsInput) (*model.GrantCreditsPayload, error) {
	return answer(onAccount(ctx, input.AccountID, func(account int64) (*model.GrantCreditsPayload, error) {
		amount, err := amountIn(input.Meter, input.Amount, "amount")
		if err != nil {
			return nil, err
		}
		no, err := r.Store.GrantCredits(ctx, tsdb.NewGrant{AccountID: account, Meter: input.Meter, Kind: input.Kind, Amount: amount,
			ExpiresAt: deref(input.ExpiresAt), Reference: input.Reference, IdempotencyKey: input.IdempotencyKey, TargetID: grantTarget(account)}, actor(ctx, account))
		grant, status, err := r.afterGrant(ctx, account, no, err)
		return &model.GrantCreditsPayload{Grant: grant, CreditStatus: status}, err
	}))
}

// afterGrant returns the answer of a mutation of grants: the grant and the status after the commit, or the refusal.
func (r mutationResolver) afterGrant(ctx context.Context, account int64, no int32, failed error) (*model.Grant, *model.CreditStatus, error) {
	if failed != nil {
		return nil, nil, failed
	}
	reader := r.Store.Read() // sees the commit
	row, err := reader.GrantOf(ctx, account, no)
	reader.Close(ctx)
	if err != nil {
		return nil, nil, asFault(ctx, err)
	}
	status, err := r.statusAfter(ctx, account)
	grant := grantModel(row)
	return &grant, status, asFault(ctx, err)
}

// AdjustCredits resolves Mutation.adjustCredits.
func (r mutationResolver) AdjustCredits(ctx context.Context, input model.AdjustCreditsInput) (*model.AdjustCreditsPayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return answer[model.AdjustCreditsPayload](nil, unknown("accountId"))
	}
	amount, err := amountIn(input.Meter, input.Amount, "amount")
	if err != nil {
		return answer[model.AdjustCreditsPayload](nil, err)
	}
	a := tsdb.Adjustment{AccountID: account, Meter: input.Meter, Amount: amount, ExpiresAt: deref(input.ExpiresAt), Reference: input.Reference, IdempotencyKey: input.IdempotencyKey, TargetID: grantTarget(account)}
	if input.GrantID != nil {
		if a.GrantNo, ok = grantNo(account, *input.GrantID); !ok {
			return answer[model.AdjustCreditsPayload](nil, unknown("grantId"))
		}
	}
	no, err := r.Store.Adjust(ctx, a, actor(ctx, account))
	grant, status, err := r.afterGrant(ctx, account, no, err)
	return answer(&model.AdjustCreditsPayload{Grant: grant, CreditStatus: status}, err)
}
