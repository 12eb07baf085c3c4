package graph

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/graph/scalar"
	"github.com/usagegraph/usagegraph/tsdb"
)

// found is an object that a mutation names, by its key and its account.
type found struct {
	key     int64
	account int64
}

// target finds the object that an id of a mutation names and admits the caller to its account. Ids that are malformed, unknown, or of an
// account out of reach get the same answer, as data (rules.md §11).
func (r *Resolver) target(ctx context.Context, kind Kind, opaque, field string) (found, error) {
	key, ok := KeyOf(kind, opaque)
	if !ok {
		return found{}, unknown(field)
	}
	account, err := r.ownerOf(ctx, principalOf(ctx).Bound(), kind, key)
	if err != nil {
		return found{}, err
	}
	if !principalOf(ctx).Reaches(account) || !namesNoOther(ctx, account) {
		return found{}, unknown(field)
	}
	return found{key, account}, admit(ctx, account)
}

// onTarget calls do with the object that an id names.
func onTarget[T any](ctx context.Context, r mutationResolver, kind Kind, opaque, field string, do func(found) (T, error)) (done T, err error) {
	t, err := r.target(ctx, kind, opaque, field)
	if err != nil {
		return done, err
	}
	return do(t)
}

// onAccount calls do with the account that an id names.
func onAccount[T any](ctx context.Context, opaque string, do func(account int64) (T, error)) (done T, err error) {
	account, ok := accountKey(ctx, opaque)
	if !ok {
		return done, unknown("accountId")
	}
	return do(account)
}

// newIn calls do to make an object in an account, with its own id and tags.
func newIn[T any](ctx context.Context, accountID string, externalID *string, tags []model.TagInput, do func(account int64, own tsdb.Own) (T, error)) (made T, err error) {
	return onAccount(ctx, accountID, func(account int64) (T, error) {
		own, err := ownIn(externalID, tags)
		if err != nil {
			return made, err
		}
		return do(account, own)
	})
}

// upserted is an object, and whether it was made or changed.
type upserted[T any] struct {
	thing   T
	outcome tsdb.Outcome
}

func upsertedBy[T any](thing T, outcome tsdb.Outcome, err error) (upserted[T], error) {
	return upserted[T]{thing, outcome}, err
}

// namesNoOther reports whether the current mutation names this account or no account.
func namesNoOther(ctx context.Context, account int64) bool {
	root := rootField(ctx)
	if root == nil {
		return true
	}
	op := graphql.GetOperationContext(ctx)
	named, where := (&allow{}).walk(op.Variables, scalar.OwnIDsOf(op)).place(root, principalOf(ctx))
	return where != inAccount || named == account
}

// ownerOf returns the account of an object, among the accounts of within (nil: all); 0 if there is no such object.
func (r *Resolver) ownerOf(ctx context.Context, within []int64, kind Kind, key int64) (int64, error) {
	switch kind {
	case KindDeployment:
		return r.Store.DeploymentAccount(ctx, within, key)
	case KindFineTuningJob:
		return r.Store.JobAccount(ctx, within, key)
	}
	return r.Store.ResourceAccount(ctx, within, key)
}

// resourceKind returns the kind of resource that an id of kind k names; "" if it does not name a resource.
func resourceKind(k Kind) tsdb.ResourceKind {
	switch k {
	case KindTool:
		return tsdb.KindTool
	case KindModel:
		return tsdb.KindModel
	case KindGuardrail:
		return tsdb.KindGuardrail
	case KindScript:
		return tsdb.KindScript
	}
	return ""
}

// deployableOf finds the object to deploy that a mutation names: a model's deployment, a guardrail or a script.
func (r *Resolver) deployableOf(ctx context.Context, opaque string) (tsdb.Deployable, int64, error) {
	id, _ := DecodeID(opaque)
	kind := tsdb.KindModel
	switch id.Kind {
	case KindDeployment:
	case KindGuardrail, KindScript:
		kind = resourceKind(id.Kind)
	default:
		return tsdb.Deployable{}, 0, unknown("id")
	}
	t, err := r.target(ctx, id.Kind, opaque, "id")
	return tsdb.Deployable{Kind: kind, ID: t.key}, t.account, err
}

// deployable returns the changed object in its GraphQL type.
func (r *Resolver) deployable(ctx context.Context, d tsdb.Deployable) (model.Deployable, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	if d.Kind == tsdb.KindModel {
		deployments, err := reader.Deployments(ctx, nil, []int64{d.ID})
		if err != nil {
			return nil, err
		}
		return deploymentOf(deployments[d.ID]), nil
	}
	resources, err := reader.Resources(ctx, nil, []int64{d.ID})
	if err != nil {
		return nil, err
	}
	if d.Kind == tsdb.KindGuardrail {
		return guardrailOf(resources[d.ID]), nil
	}
	return scriptOf(resources[d.ID], reader.AsOf()), nil
}

// toolOf converts a tool to its GraphQL type.
func toolOf(r tsdb.Resource) *model.Tool {
	return &model.Tool{ID: EncodeID(KindTool, r.ID), ExternalID: textPtr(r.ExternalID), Tags: tagModels(r.Tags), AccountID: EncodeID(KindAccount, r.AccountID), Name: r.Name, OwnerName: r.OwnerName,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, LastActiveOn: r.LastActiveAt, Status: model.ToolStatus(r.Status)}
}

// modelOf converts a model to its GraphQL type, with the rates of its inference from book; nil: no rates are shown.
func modelOf(r tsdb.Resource, book *tsdb.PriceBook) *model.Model {
	var rates billing.TokenRates
	if book != nil {
		rates = book.Model(&r)
	}
	m := billing.ModelCredits
	out := &model.Model{ID: EncodeID(KindModel, r.ID), ExternalID: textPtr(r.ExternalID), Tags: tagModels(r.Tags), AccountID: EncodeID(KindAccount, r.AccountID), Name: r.Name, Type: model.ModelType(r.Type),
		ParametersBillions: r.Billions, InputRate: m.Decimal(rates.Input), OutputRate: m.Decimal(rates.Output),
		CacheReadRate: m.Decimal(rates.CacheRead), CacheWriteRate: m.Decimal(rates.CacheWrite), ReasoningRate: m.Decimal(rates.Reasoning),
		LastDeployedOn: r.LastDeployedAt, DeletedAt: r.DeletedAt, AccountKey: r.AccountID, Key: r.ID, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt}
	if r.BaseModelID != 0 {
		base := EncodeID(KindModel, r.BaseModelID)
		out.BaseModelID = &base
	}
	return out
}

// deploymentOf converts a model's deployment to its GraphQL type.
func deploymentOf(d tsdb.Deployment) *model.Deployment {
	return &model.Deployment{ID: EncodeID(KindDeployment, d.ID), ExternalID: textPtr(d.ExternalID), Tags: tagModels(d.Tags), AccountID: EncodeID(KindAccount, d.AccountID), ModelID: EncodeID(KindModel, d.ResourceID),
		Name: d.Name, Type: model.DeploymentType(d.Type), Status: deploymentStatus(d.Status), Pending: d.Status == tsdb.DeploymentPending,
		Hardware: d.Hardware, Replicas: int(d.Replicas), RatePerHour: billing.ModelCredits.Decimal(d.Rate), Endpoint: endpointOf(d),
		Reason: textPtr(d.Reason), LastUpdatedOn: d.UpdatedAt, CreatedAt: d.CreatedAt, UpdatedAt: latest(d.UpdatedAt, d.SaidAt)}
}

// changed returns when a guardrail or script, or its deployment, last changed.
func changed(r *tsdb.Resource) time.Time {
	if d := r.Deployment; d != nil {
		return latest(r.UpdatedAt, latest(d.UpdatedAt, d.SaidAt))
	}
	return r.UpdatedAt
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// deploymentStatus converts a status. What neither runs nor is deleted is UNDEPLOYED.
func deploymentStatus(s tsdb.DeploymentStatus) model.DeploymentStatus {
	switch s {
	case tsdb.DeploymentRunning, tsdb.DeploymentDeleted:
		return model.DeploymentStatus(s)
	}
	return model.DeploymentStatusUndeployed
}

// endpointOf returns the URL at which a deployment answers; nil unless it runs.
func endpointOf(d tsdb.Deployment) *string {
	if d.Status != tsdb.DeploymentRunning {
		return nil
	}
	return textPtr(d.Endpoint)
}

// guardrailOf converts a guardrail to its GraphQL type. A guardrail has a deployment as soon as it is made.
func guardrailOf(r tsdb.Resource) *model.Guardrail {
	g := &model.Guardrail{ID: EncodeID(KindGuardrail, r.ID), ExternalID: textPtr(r.ExternalID), Tags: tagModels(r.Tags), AccountID: EncodeID(KindAccount, r.AccountID), Name: r.Name,
		Scanner: scannerEnum(billing.GuardrailKind(r.Type)), ScannerKey: r.Type, LastDeployedOn: r.LastDeployedAt, LastUsedOn: r.LastUsedAt, Status: model.GuardrailStatus(r.Status), AccountKey: r.AccountID, Key: r.ID,
		CreatedAt: r.CreatedAt, UpdatedAt: changed(&r)}
	d := r.Deployment
	if d == nil {
		return g
	}
	if d.Hardware != "" {
		cpu := cpuEnum(d.Hardware)
		g.CPUType, g.CPU = &cpu, &d.Hardware
	}
	g.CPUCount, g.Replicas, g.RatePerHour = int(d.CPUs), int(d.Replicas), billing.ModelCredits.Decimal(d.Rate)
	g.Pending, g.Reason = d.Status == tsdb.DeploymentPending, textPtr(d.Reason)
	return g
}

// scriptOf converts a script to its GraphQL type, as of an instant.
func scriptOf(r tsdb.Resource, asOf time.Time) *model.Script {
	s := &model.Script{ID: EncodeID(KindScript, r.ID), ExternalID: textPtr(r.ExternalID), Tags: tagModels(r.Tags), AccountID: EncodeID(KindAccount, r.AccountID), Name: r.Name, Language: model.ScriptLanguage(r.Language),
		LanguageVersion: r.LanguageVersion, LastActiveOn: r.LastActiveAt, LastUsedOn: r.LastUsedAt, Status: model.ScriptStatus(r.Status), AccountKey: r.AccountID, Key: r.ID,
		CreatedAt: r.CreatedAt, UpdatedAt: changed(&r)}
	if r.Status == tsdb.Deployed {
		s.LastActiveOn = &asOf
	}
	d := r.Deployment
	if d == nil {
		return s
	}
	rate := billing.ModelCredits.Decimal(d.Rate)
	s.Hardware, s.Replicas, s.RatePerHour = textPtr(d.Hardware), int(d.Replicas), &rate
	s.Endpoint, s.Reason = endpointOf(*d), textPtr(d.Reason)
	return s
}
