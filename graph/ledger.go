package graph

import (
	"context"
	"time"

	"github.com/usagegraph/usagegraph/graph/model"
)

// Ledger resolves Account.ledger.
func (r accountResolver) Ledger(
	ctx context.Context, obj *model.Account, fold model.LedgerFold, filter *model.LedgerFilter, first *int,
	after *string, last *int, before *string,
) (*model.LedgerEntryConnection, error) {
	return nil, errNotBuilt
}

// BalanceAt resolves Account.balanceAt.
func (r accountResolver) BalanceAt(ctx context.Context, obj *model.Account, at time.Time) (*model.BalanceAt, error) {
	return nil, errNotBuilt
}

// Statements resolves Account.statements.
func (r accountResolver) Statements(
	ctx context.Context, obj *model.Account, first *int, after *string, last *int, before *string,
) (*model.StatementConnection, error) {
	return nil, errNotBuilt
}
