package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// AuditLog resolves Account.auditLog.
func (r accountResolver) AuditLog(
	ctx context.Context, obj *model.Account, filter *model.AuditFilter, first *int, after *string, last *int,
	before *string,
) (*model.AuditEntryConnection, error) {
	return nil, errNotBuilt
}
