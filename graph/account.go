package graph

import (
	"context"

	"github.com/shopspring/decimal"
	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
)

// CreditStatus resolves Account.creditStatus.
func (r accountResolver) CreditStatus(ctx context.Context, obj *model.Account) (*model.CreditStatus, error) {
	return nil, errNotBuilt
}

// Access resolves Account.access.
func (r accountResolver) Access(
	ctx context.Context, obj *model.Account, action billing.Action, amount *decimal.Decimal,
	scanner *billing.GuardrailKind, resourceID *string,
) (*model.Decision, error) {
	return r.access(ctx, obj.Key, action, amount, scanner, resourceID)
}

// Settings resolves Account.settings.
func (r accountResolver) Settings(ctx context.Context, obj *model.Account) (*model.AccountSettings, error) {
	return nil, errNotBuilt
}

// Account resolves Query.account.
func (r queryResolver) Account(ctx context.Context, id *string) (*model.Account, error) {
	return nil, errNotBuilt
}

// Accounts resolves Query.accounts.
func (r queryResolver) Accounts(
	ctx context.Context, search *string, first *int, after *string, last *int, before *string,
) (*model.AccountConnection, error) {
	return nil, errNotBuilt
}

// CreateAccount resolves Mutation.createAccount.
func (r mutationResolver) CreateAccount(
	ctx context.Context, input model.CreateAccountInput,
) (*model.CreateAccountPayload, error) {
	return nil, errNotBuilt
}

// SetAccountLimits resolves Mutation.setAccountLimits.
func (r mutationResolver) SetAccountLimits(
	ctx context.Context, input model.SetAccountLimitsInput,
) (*model.SetAccountLimitsPayload, error) {
	return nil, errNotBuilt
}

// SetBillingContacts resolves Mutation.setBillingContacts.
func (r mutationResolver) SetBillingContacts(
	ctx context.Context, input model.SetBillingContactsInput,
) (*model.SetBillingContactsPayload, error) {
	return nil, errNotBuilt
}
