package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// Emails resolves Account.emails.
func (r accountResolver) Emails(
	ctx context.Context, obj *model.Account, filter *model.EmailFilter, first *int, after *string, last *int,
	before *string,
) (*model.EmailConnection, error) {
	return nil, errNotBuilt
}
