package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/graph/model"
)

// The functions below resolve the objects that stand beside ids. Those of a list's rows are read together.

// objectOf returns the present state of the object that an id in an answer names. It returns the zero T if there is no id, or if the object
// is of another type, is gone, or is out of the caller's reach.
func objectOf[T model.Node](ctx context.Context, r *Resolver, opaque *string) (out T, err error) {
	if opaque == nil {
		return out, nil
	}
	id, ok := DecodeID(*opaque)
	sc, err := snapshotOf(ctx)
	if err != nil || !ok {
		return out, err
	}
	node, err := sc.objects.get(ctx, id, sc.besides(id), r.objects)
	if err != nil || node == nil {
		return out, asFault(ctx, err)
	}
	out, _ = node.(T)
	return out, nil
}

// objects reads the objects that ids name, as far as they are in the caller's reach.
func (r *Resolver) objects(ctx context.Context, ids []ID) (map[ID]model.Node, error) {
	read := r.nodes()
	for _, id := range ids {
		read.want(id)
	}
	found := make(map[ID]model.Node, len(ids))
	for _, id := range ids {
		account, node, err := read.one(ctx, id)
		if err != nil && !isNotFound(err) {
			return nil, err
		}
		if err == nil && node != nil && inReach(ctx, id.Kind, account) {
			found[id] = node
		}
	}
	return found, nil
}

type (
	apiTokenResolver         struct{ *Resolver }
	auditEntryResolver       struct{ *Resolver }
	bannerListResolver       struct{ *Resolver }
	deployableItemResolver   struct{ *Resolver }
	deploymentChangeResolver struct{ *Resolver }
	deploymentResolver       struct{ *Resolver }
	fineTuningJobResolver    struct{ *Resolver }
	grantResolver            struct{ *Resolver }
	hostingSegmentResolver   struct{ *Resolver }
	hintResolver             struct{ *Resolver }
	ledgerDrawResolver       struct{ *Resolver }
	ledgerLineResolver       struct{ *Resolver }
	resourceChargeResolver   struct{ *Resolver }
	ownRatesResolver         struct{ *Resolver }
	previewedAccountResolver struct{ *Resolver }
	reservationResolver      struct{ *Resolver }
	roleResolver             struct{ *Resolver }
	toolResolver             struct{ *Resolver }
	usageEventResolver       struct{ *Resolver }
	usageRowResolver         struct{ *Resolver }
)

// ApiToken resolves the fields of ApiToken.
func (r *Resolver) ApiToken() generated.ApiTokenResolver { return apiTokenResolver{r} }

// AuditEntry resolves the fields of AuditEntry.
func (r *Resolver) AuditEntry() generated.AuditEntryResolver { return auditEntryResolver{r} }

// BannerList resolves the fields of BannerList.
func (r *Resolver) BannerList() generated.BannerListResolver { return bannerListResolver{r} }

// DeployableItem resolves the fields of DeployableItem.
func (r *Resolver) DeployableItem() generated.DeployableItemResolver {
	return deployableItemResolver{r}
}

// HostingSegment resolves the fields of HostingSegment.
func (r *Resolver) HostingSegment() generated.HostingSegmentResolver {
	return hostingSegmentResolver{r}
}

// Deployment resolves the fields of Deployment.
func (r *Resolver) Deployment() generated.DeploymentResolver { return deploymentResolver{r} }

// DeploymentChange resolves the fields of DeploymentChange.
func (r *Resolver) DeploymentChange() generated.DeploymentChangeResolver {
	return deploymentChangeResolver{r}
}

// FineTuningJob resolves the fields of FineTuningJob.
func (r *Resolver) FineTuningJob() generated.FineTuningJobResolver { return fineTuningJobResolver{r} }

// Grant resolves the fields of Grant.
func (r *Resolver) Grant() generated.GrantResolver { return grantResolver{r} }

// Hint resolves the fields of Hint.
func (r *Resolver) Hint() generated.HintResolver { return hintResolver{r} }

// LedgerDraw resolves the fields of LedgerDraw.
func (r *Resolver) LedgerDraw() generated.LedgerDrawResolver { return ledgerDrawResolver{r} }

// LedgerLine resolves the fields of LedgerLine.
func (r *Resolver) LedgerLine() generated.LedgerLineResolver { return ledgerLineResolver{r} }

// ResourceCharge resolves the fields of ResourceCharge.
func (r *Resolver) ResourceCharge() generated.ResourceChargeResolver {
	return resourceChargeResolver{r}
}

// OwnRates resolves the fields of OwnRates.
func (r *Resolver) OwnRates() generated.OwnRatesResolver { return ownRatesResolver{r} }

// PreviewedAccount resolves the fields of PreviewedAccount.
func (r *Resolver) PreviewedAccount() generated.PreviewedAccountResolver {
	return previewedAccountResolver{r}
}

// Reservation resolves the fields of Reservation.
func (r *Resolver) Reservation() generated.ReservationResolver { return reservationResolver{r} }

// Role resolves the fields of Role.
func (r *Resolver) Role() generated.RoleResolver { return roleResolver{r} }

// Tool resolves the fields of Tool.
func (r *Resolver) Tool() generated.ToolResolver { return toolResolver{r} }

// UsageEvent resolves the fields of UsageEvent.
func (r *Resolver) UsageEvent() generated.UsageEventResolver { return usageEventResolver{r} }

// UsageRow resolves the fields of UsageRow.
func (r *Resolver) UsageRow() generated.UsageRowResolver { return usageRowResolver{r} }

// Member resolves ApiToken.member.
func (r apiTokenResolver) Member(ctx context.Context, obj *model.APIToken) (*model.Member, error) {
	return objectOf[*model.Member](ctx, r.Resolver, obj.MemberID)
}

// Successor resolves ApiToken.successor.
func (r apiTokenResolver) Successor(ctx context.Context, obj *model.APIToken) (*model.APIToken, error) {
	return objectOf[*model.APIToken](ctx, r.Resolver, obj.SuccessorID)
}

// TargetNode resolves AuditEntry.targetNode.
func (r auditEntryResolver) TargetNode(ctx context.Context, obj *model.AuditEntry) (model.Node, error) {
	return objectOf[model.Node](ctx, r.Resolver, obj.TargetID)
}

// Account resolves Deployment.account.
func (r deploymentResolver) Account(ctx context.Context, obj *model.Deployment) (*model.Account, error) {
	return objectOf[*model.Account](ctx, r.Resolver, &obj.AccountID)
}

// Model resolves Deployment.model.
func (r deploymentResolver) Model(ctx context.Context, obj *model.Deployment) (*model.Model, error) {
	return objectOf[*model.Model](ctx, r.Resolver, &obj.ModelID)
}

// Deployment resolves DeploymentChange.deployment.
func (r deploymentChangeResolver) Deployment(ctx context.Context, obj *model.DeploymentChange) (*model.Deployment, error) {
	return objectOf[*model.Deployment](ctx, r.Resolver, obj.DeploymentID)
}

// Resource resolves DeploymentChange.resource.
func (r deploymentChangeResolver) Resource(ctx context.Context, obj *model.DeploymentChange) (model.Resource, error) {
	return objectOf[model.Resource](ctx, r.Resolver, &obj.ResourceID)
}

// Account resolves FineTuningJob.account.
func (r fineTuningJobResolver) Account(ctx context.Context, obj *model.FineTuningJob) (*model.Account, error) {
	return objectOf[*model.Account](ctx, r.Resolver, &obj.AccountID)
}

// BaseModel resolves FineTuningJob.baseModel.
func (r fineTuningJobResolver) BaseModel(ctx context.Context, obj *model.FineTuningJob) (*model.Model, error) {
	return objectOf[*model.Model](ctx, r.Resolver, &obj.BaseModelID)
}

// Account resolves Grant.account.
func (r grantResolver) Account(ctx context.Context, obj *model.Grant) (*model.Account, error) {
	return objectOf[*model.Account](ctx, r.Resolver, &obj.AccountID)
}

// Account resolves Guardrail.account.
func (r guardrailResolver) Account(ctx context.Context, obj *model.Guardrail) (*model.Account, error) {
	return objectOf[*model.Account](ctx, r.Resolver, &obj.AccountID)
}

// Deployment resolves Hint.deployment.
func (r hintResolver) Deployment(ctx context.Context, obj *model.Hint) (*model.Deployment, error) {
	return objectOf[*model.Deployment](ctx, r.Resolver, obj.DeploymentID)
}

// Resource resolves Hint.resource.
func (r hintResolver) Resource(ctx context.Context, obj *model.Hint) (model.Resource, error) {
	return objectOf[model.Resource](ctx, r.Resolver, &obj.ResourceID)
}

// Grant resolves LedgerDraw.grant.
func (r ledgerDrawResolver) Grant(ctx context.Context, obj *model.LedgerDraw) (*model.Grant, error) {
	return objectOf[*model.Grant](ctx, r.Resolver, &obj.GrantID)
}

// Deployment resolves LedgerEntry.deployment.
func (r ledgerEntryResolver) Deployment(ctx context.Context, obj *model.LedgerEntry) (*model.Deployment, error) {
	return objectOf[*model.Deployment](ctx, r.Resolver, obj.DeploymentID)
}

// FineTuningJob resolves LedgerEntry.fineTuningJob.
func (r ledgerEntryResolver) FineTuningJob(ctx context.Context, obj *model.LedgerEntry) (*model.FineTuningJob, error) {
	return objectOf[*model.FineTuningJob](ctx, r.Resolver, obj.FineTuningJobID)
}

// Grant resolves LedgerEntry.grant.
func (r ledgerEntryResolver) Grant(ctx context.Context, obj *model.LedgerEntry) (*model.Grant, error) {
	return objectOf[*model.Grant](ctx, r.Resolver, obj.GrantID)
}

// Resource resolves LedgerEntry.resource.
func (r ledgerEntryResolver) Resource(ctx context.Context, obj *model.LedgerEntry) (model.Resource, error) {
	return objectOf[model.Resource](ctx, r.Resolver, obj.ResourceID)
}

// Account resolves BannerList.account.
func (r bannerListResolver) Account(ctx context.Context, obj *model.BannerList) (*model.Account, error) {
	return objectOf[*model.Account](ctx, r.Resolver, &obj.AccountID)
}

// Account resolves CreditStatus.account.
func (r creditStatusResolver) Account(ctx context.Context, obj *model.CreditStatus) (*model.Account, error) {
	return objectOf[*model.Account](ctx, r.Resolver, &obj.AccountID)
}

// Resource resolves DeployableItem.resource.
func (r deployableItemResolver) Resource(ctx context.Context, obj *model.DeployableItem) (model.Resource, error) {
	return objectOf[model.Resource](ctx, r.Resolver, &obj.ResourceID)
}

// Deployment resolves HostingSegment.deployment.
func (r hostingSegmentResolver) Deployment(ctx context.Context, obj *model.HostingSegment) (*model.Deployment, error) {
	return objectOf[*model.Deployment](ctx, r.Resolver, obj.DeploymentID)
}

// Resource resolves HostingSegment.resource.
func (r hostingSegmentResolver) Resource(ctx context.Context, obj *model.HostingSegment) (model.Resource, error) {
	return objectOf[model.Resource](ctx, r.Resolver, &obj.ResourceID)
}

// Resource resolves LedgerLine.resource.
func (r ledgerLineResolver) Resource(ctx context.Context, obj *model.LedgerLine) (model.Resource, error) {
	return objectOf[model.Resource](ctx, r.Resolver, &obj.ResourceID)
}

// Resource resolves ResourceCharge.resource.
func (r resourceChargeResolver) Resource(ctx context.Context, obj *model.ResourceCharge) (model.Resource, error) {
	return objectOf[model.Resource](ctx, r.Resolver, &obj.ResourceID)
}

// Account resolves Model.account.
func (r modelResolver) Account(ctx context.Context, obj *model.Model) (*model.Account, error) {
	return objectOf[*model.Account](ctx, r.Resolver, &obj.AccountID)
}

// BaseModel resolves Model.baseModel.
func (r modelResolver) BaseModel(ctx context.Context, obj *model.Model) (*model.Model, error) {
	return objectOf[*model.Model](ctx, r.Resolver, obj.BaseModelID)
}

// Model resolves OwnRates.model.
func (r ownRatesResolver) Model(ctx context.Context, obj *model.OwnRates) (*model.Model, error) {
	return objectOf[*model.Model](ctx, r.Resolver, obj.ModelID)
}

// Account resolves PreviewedAccount.account.
func (r previewedAccountResolver) Account(ctx context.Context, obj *model.PreviewedAccount) (*model.Account, error) {
	return objectOf[*model.Account](ctx, r.Resolver, &obj.AccountID)
}

// Account resolves Reservation.account.
func (r reservationResolver) Account(ctx context.Context, obj *model.Reservation) (*model.Account, error) {
	return objectOf[*model.Account](ctx, r.Resolver, &obj.AccountID)
}

// Account resolves Script.account.
func (r scriptResolver) Account(ctx context.Context, obj *model.Script) (*model.Account, error) {
	return objectOf[*model.Account](ctx, r.Resolver, &obj.AccountID)
}

// Account resolves Tool.account.
func (r toolResolver) Account(ctx context.Context, obj *model.Tool) (*model.Account, error) {
	return objectOf[*model.Account](ctx, r.Resolver, &obj.AccountID)
}

// Deployment resolves UsageEvent.deployment.
func (r usageEventResolver) Deployment(ctx context.Context, obj *model.UsageEvent) (*model.Deployment, error) {
	return objectOf[*model.Deployment](ctx, r.Resolver, obj.DeploymentID)
}

// Resource resolves UsageEvent.resource.
func (r usageEventResolver) Resource(ctx context.Context, obj *model.UsageEvent) (model.Resource, error) {
	return objectOf[model.Resource](ctx, r.Resolver, &obj.ResourceID)
}

// Account resolves UsageRow.account.
func (r usageRowResolver) Account(ctx context.Context, obj *model.UsageRow) (*model.Account, error) {
	return objectOf[*model.Account](ctx, r.Resolver, obj.AccountID)
}

// Deployment resolves UsageRow.deployment.
func (r usageRowResolver) Deployment(ctx context.Context, obj *model.UsageRow) (*model.Deployment, error) {
	return objectOf[*model.Deployment](ctx, r.Resolver, obj.DeploymentID)
}

// Plan resolves UsageRow.plan.
func (r usageRowResolver) Plan(ctx context.Context, obj *model.UsageRow) (*model.Plan, error) {
	return objectOf[*model.Plan](ctx, r.Resolver, obj.PlanID)
}

// Resource resolves UsageRow.resource.
func (r usageRowResolver) Resource(ctx context.Context, obj *model.UsageRow) (model.Resource, error) {
	return objectOf[model.Resource](ctx, r.Resolver, obj.ResourceID)
}

// Account resolves LedgerEntry.account.
func (r ledgerEntryResolver) Account(ctx context.Context, obj *model.LedgerEntry) (*model.Account, error) {
	id := EncodeID(KindAccount, obj.AccountKey)
	return objectOf[*model.Account](ctx, r.Resolver, &id)
}
