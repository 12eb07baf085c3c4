// Package graph answers the operations of schema.graphqls: one file a noun, each resolver a conversion, one call and
// an answer. graph/generated and graph/model are made from the schema by gqlgen.
package graph

import (
	"errors"

	"github.com/usagegraph/usagegraph/graph/generated"
)

// errNotBuilt says that a field stands in the contract and has no resolver yet.
var errNotBuilt = errors.New("not built yet")

// Resolver answers every field that needs more than reading a struct. It implements generated.ResolverRoot.
type Resolver struct{}

type (
	accountResolver      struct{ *Resolver }
	guardrailResolver    struct{ *Resolver }
	modelResolver        struct{ *Resolver }
	mutationResolver     struct{ *Resolver }
	queryResolver        struct{ *Resolver }
	scriptResolver       struct{ *Resolver }
	subscriptionResolver struct{ *Resolver }
)

var _ generated.ResolverRoot = (*Resolver)(nil)

// Account resolves the fields of Account.
func (r *Resolver) Account() generated.AccountResolver { return accountResolver{r} }

// Guardrail resolves the fields of Guardrail.
func (r *Resolver) Guardrail() generated.GuardrailResolver { return guardrailResolver{r} }

// Model resolves the fields of Model.
func (r *Resolver) Model() generated.ModelResolver { return modelResolver{r} }

// Mutation resolves mutations.
func (r *Resolver) Mutation() generated.MutationResolver { return mutationResolver{r} }

// Query resolves the fields that queries start from.
func (r *Resolver) Query() generated.QueryResolver { return queryResolver{r} }

// Script resolves the fields of Script.
func (r *Resolver) Script() generated.ScriptResolver { return scriptResolver{r} }

// Subscription resolves subscriptions.
func (r *Resolver) Subscription() generated.SubscriptionResolver { return subscriptionResolver{r} }
