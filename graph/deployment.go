package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
)

// HostingEstimate resolves Account.hostingEstimate.
func (r accountResolver) HostingEstimate(
	ctx context.Context, obj *model.Account, category billing.Category, hardware *string,
	scanner *billing.GuardrailKind, cpuType *model.CPUType, replicas int,
) (*model.HostingEstimate, error) {
	return nil, errNotBuilt
}

// ScaleDeployment resolves Mutation.scaleDeployment.
func (r mutationResolver) ScaleDeployment(
	ctx context.Context, input model.ScaleDeploymentInput,
) (*model.ScaleDeploymentPayload, error) {
	return nil, errNotBuilt
}

// ReportDeployment resolves Mutation.reportDeployment.
func (r mutationResolver) ReportDeployment(
	ctx context.Context, input model.ReportDeploymentInput,
) (*model.ReportDeploymentPayload, error) {
	return nil, errNotBuilt
}
