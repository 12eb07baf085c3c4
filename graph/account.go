package graph

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// CreditStatus resolves Account.creditStatus.
func (r accountResolver) CreditStatus(ctx context.Context, obj *model.Account) (*model.CreditStatus, error) {
	a, err := stateOf(ctx, obj.Key)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return CreditStatus(a), nil
}

// stateOf returns an account as of the operation's instant. The accounts of a list are read together.
func stateOf(ctx context.Context, account int64) (*tsdb.Account, error) {
	sc, err := snapshotOf(ctx)
	switch {
	case err != nil:
		return nil, err
	case !inList(ctx):
		return sc.reader.Account(ctx, account)
	}
	a, err := sc.states.get(ctx, account, sc.listed(account), func(ctx context.Context, ids []int64) (map[int64]*tsdb.Account, error) {
		found := map[int64]*tsdb.Account{}
		list, err := sc.reader.AccountsAsOf(ctx, ids)
		for _, a := range list {
			found[a.ID] = a
		}
		return found, err
	})
	if err == nil && a == nil {
		err = notFound(ctx)
	}
	return a, err
}

// inList reports whether a field is below a list element, so that other elements may ask for the same.
func inList(ctx context.Context) bool {
	return slices.ContainsFunc(graphql.GetPath(ctx), func(e ast.PathElement) bool { _, is := e.(ast.PathIndex); return is })
}

// Access resolves Account.access.
func (r accountResolver) Access(
	ctx context.Context, obj *model.Account, action billing.Action, amount *decimal.Decimal,
	scanner *billing.GuardrailKind, scannerKey *string, resourceID *string,
) (*model.Decision, error) {
	scans, err := scannerNamed(ctx, scannerKey, scanner)
	if err != nil {
		return nil, err
	}
	return r.access(ctx, obj.Key, action, amount, scans, resourceID)
}

// Settings resolves Account.settings.
func (r accountResolver) Settings(ctx context.Context, obj *model.Account) (*model.AccountSettings, error) {
	return r.settings(ctx, obj.Key)
}

// settings returns an account's limits and contacts.
func (r *Resolver) settings(ctx context.Context, account int64) (*model.AccountSettings, error) {
	a, err := r.Store.Account(ctx, account)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	contacts, err := r.Store.Access.BillingContacts(ctx, account)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(a.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("time zone of account: %w", err)
	}
	t, m := a.Limits, billing.ModelCredits
	return &model.AccountSettings{ID: cacheID("AccountSettings", account), FineTuningLimit: m.Decimal(t.FineTune), LowCreditLimit: m.Decimal(t.Low), NegativeLimit: m.Decimal(t.Negative),
		BillingContacts: contacts, SupportContact: r.Store.Settings().SupportContact, TimeZone: zone}, nil
}

// Account resolves Query.account.
func (r queryResolver) Account(ctx context.Context, id *string) (*model.Account, error) {
	key, ok := principalOf(ctx).Only()
	if id != nil {
		key, ok = accountKey(ctx, *id)
	}
	if !ok {
		return nil, nil
	}
	if onlyCharts(ctx) {
		return &model.Account{ID: EncodeID(KindAccount, key), Key: key}, nil
	}
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := reader.Account(ctx, key)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &model.Account{ID: EncodeID(KindAccount, key), Name: a.Name, CreatedAt: a.Created.Time(), BooksFrom: timePtr(a.BooksFrom.Time()), Key: key}, nil
}

// onlyCharts reports whether nothing but the account's usage is selected. Charts and tabs read the account in their own statement, so no
// other statement is needed. They answer NOT_FOUND if there is no such account.
func onlyCharts(ctx context.Context) bool {
	charts := false
	for _, f := range graphql.CollectFieldsCtx(ctx, nil) {
		switch f.Name {
		case "overview", "usageTrend", "tools", "models", "guardrails", "scripts", "usage":
			charts = true
		case "id", "__typename":
		default:
			return false
		}
	}
	return charts
}

// CreateAccount resolves Mutation.createAccount.
func (r mutationResolver) CreateAccount(
	ctx context.Context, input model.CreateAccountInput,
) (*model.CreateAccountPayload, error) {
	n, err := newAccount(input.Name, input.BooksFrom, input.TimeZone, input.PlanID, input.MasterAdmin, input.ExternalID, input.Tags)
	if err != nil {
		return answer[model.CreateAccountPayload](nil, err)
	}
	n.IdempotencyKey = input.IdempotencyKey
	key, err := r.Store.CreateAccount(ctx, n, actor(ctx, 0))
	if err != nil {
		return answer[model.CreateAccountPayload](nil, err)
	}
	account, err := r.accountAfter(ctx, key)
	return committed(ctx, &model.CreateAccountPayload{Account: account}, err)
}

// newAccount reads the input that createAccount and upsertAccount share.
func newAccount(
	name string, booksFrom *time.Time, zone *time.Location, planID *string, admin *model.PersonInput, externalID *string, tags []model.TagInput,
) (n tsdb.NewAccount, err error) {
	n.Name, n.BooksFrom, n.MemberID = name, deref(booksFrom), memberID
	if zone != nil {
		n.TimeZone = zone.String()
	}
	if planID != nil {
		key, ok := KeyOf(KindPlan, *planID)
		if !ok {
			return n, unknown("planId")
		}
		n.PlanID = key
	}
	if admin != nil {
		n.Members = []access.Member{{UserID: admin.UserID, Email: admin.Email, Name: admin.Email, Role: access.RoleMasterAdmin}}
		if admin.Name != nil {
			n.Members[0].Name = *admin.Name
		}
	}
	n.Own, err = ownIn(externalID, tags)
	return n, err
}

// accountAfter returns an account as a mutation left it.
func (r *Resolver) accountAfter(ctx context.Context, key int64) (*model.Account, error) {
	list, err := r.Store.Listed(ctx, []int64{key})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, notFound(ctx)
	}
	account := listedModel(list[0])
	return &account, nil
}

// UpsertAccount resolves Mutation.upsertAccount.
func (r mutationResolver) UpsertAccount(ctx context.Context, input model.UpsertAccountInput) (*model.UpsertAccountPayload, error) {
	n, err := newAccount(input.Name, input.BooksFrom, input.TimeZone, input.PlanID, input.MasterAdmin, &input.ExternalID, input.Tags)
	if err != nil {
		return answer[model.UpsertAccountPayload](nil, err)
	}
	key, outcome, err := r.Store.UpsertAccount(ctx, n, actor(ctx, 0))
	if err != nil {
		return answer[model.UpsertAccountPayload](nil, err)
	}
	account, err := r.accountAfter(ctx, key)
	return committed(ctx, &model.UpsertAccountPayload{Account: account, Outcome: outcomeModel(outcome)}, err)
}

// UpdateAccount resolves Mutation.updateAccount. Own ids are unique among all accounts, so only callers that reach every account may set
// one: to others, a refusal would reveal another account's own id.
func (r mutationResolver) UpdateAccount(ctx context.Context, input model.UpdateAccountInput) (*model.UpdateAccountPayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return answer[model.UpdateAccountPayload](nil, unknown("accountId"))
	}
	change, err := changeIn(input.Name, input.ExternalID, input.Tags)
	if err != nil {
		return answer[model.UpdateAccountPayload](nil, err)
	}
	if change.ExternalID != nil && !principalOf(ctx).Everywhere() {
		return nil, forbidden(graphql.GetPath(ctx), auth.SetOf(auth.AccountCreate))
	}
	n := tsdb.AccountChange{AccountID: account, Name: change.Name, ExternalID: change.ExternalID, Tags: change.Tags, Actor: actor(ctx, account)}
	if input.TimeZone != nil {
		zone := input.TimeZone.String()
		n.TimeZone = &zone
	}
	if _, err := r.Store.UpdateAccount(ctx, n); err != nil {
		return answer[model.UpdateAccountPayload](nil, err)
	}
	shown, err := r.accountAfter(ctx, account)
	return committed(ctx, &model.UpdateAccountPayload{Account: shown}, err)
}

// SetAccountLimits resolves Mutation.setAccountLimits.
func (r mutationResolver) SetAccountLimits(
	ctx context.Context, input model.SetAccountLimitsInput,
) (*model.SetAccountLimitsPayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return answer[model.SetAccountLimitsPayload](nil, unknown("accountId"))
	}
	change, err := limitsChange(account, input)
	if err != nil {
		return answer[model.SetAccountLimitsPayload](nil, err)
	}
	if err := r.Store.SetLimits(ctx, change, actor(ctx, account)); err != nil {
		return answer[model.SetAccountLimitsPayload](nil, err)
	}
	settings, err := r.settings(ctx, account)
	if err != nil {
		return nil, err
	}
	status, err := r.statusAfter(ctx, account)
	return committed(ctx, &model.SetAccountLimitsPayload{Settings: settings, CreditStatus: status}, err)
}

// limitsChange reads new limits: null is the default, and a limit that is not given stays as it is.
func limitsChange(account int64, input model.SetAccountLimitsInput) (tsdb.LimitsChange, error) {
	change, usual := tsdb.LimitsChange{AccountID: account}, billing.DefaultLimits()
	for _, l := range []struct {
		in    graphql.Omittable[*decimal.Decimal]
		out   **billing.Amount
		field string
		usual billing.Amount
	}{
		{input.FineTuningLimit, &change.FineTune, "fineTuningLimit", usual.FineTune},
		{input.LowCreditLimit, &change.Low, "lowCreditLimit", usual.Low},
		{input.NegativeLimit, &change.Negative, "negativeLimit", usual.Negative},
	} {
		if !l.in.IsSet() {
			continue
		}
		amount := l.usual
		if d := l.in.Value(); d != nil {
			var err error
			if amount, err = billing.ModelCredits.FromDecimal(*d); err != nil {
				return change, invalid(l.field, "The amount has too many decimals or is out of range.")
			}
		}
		*l.out = &amount
	}
	return change, nil
}

// SetBillingContacts resolves Mutation.setBillingContacts.
func (r mutationResolver) SetBillingContacts(
	ctx context.Context, input model.SetBillingContactsInput,
) (*model.SetBillingContactsPayload, error) {
	return answer(onAccount(ctx, input.AccountID, func(account int64) (*model.SetBillingContactsPayload, error) {
		if err := r.Store.Access.SetBillingContacts(ctx, account, input.Emails, actor(ctx, account)); err != nil {
			return nil, err
		}
		settings, err := accountResolver(r).Settings(ctx, &model.Account{Key: account})
		return &model.SetBillingContactsPayload{Settings: settings}, asFault(ctx, err)
	}))
}

// SetAccountProfile resolves Mutation.setAccountProfile.
func (r mutationResolver) SetAccountProfile(ctx context.Context, input model.SetAccountProfileInput) (*model.SetAccountProfilePayload, error) {
	changed, err := r.UpdateAccount(ctx, model.UpdateAccountInput{AccountID: input.AccountID, Name: input.Name, TimeZone: input.TimeZone})
	if err != nil {
		return nil, err
	}
	return &model.SetAccountProfilePayload{Account: changed.Account, UserErrors: changed.UserErrors}, nil
}
