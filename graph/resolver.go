// Package graph answers the operations of schema.graphqls. Each noun has a file, and each resolver converts its arguments, makes one call
// and answers. gqlgen makes graph/generated and graph/model from the schema.
package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/live"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Resolver answers every field that needs more than reading a struct. It implements generated.ResolverRoot.
type Resolver struct {
	Store   *tsdb.Store
	Batcher *tsdb.Batcher // the only path by which usage comes in
	// Refusals remembers refused events; nil: nothing does.
	Refusals *tsdb.RefusalLog
	Live     *live.Hub // serves subscriptions
	// Lately keeps the recent usage from which forecasts in frames are made; nil: each frame reads it.
	Lately *charts.LatelyKept
	// RenderMail renders an e-mail as it is sent.
	RenderMail func(tsdb.Email) (MailText, error)
	// NewSecret makes an API token and the prefix by which it is recognised.
	NewSecret func() (secret, prefix string, err error)
	// Budget returns the caller's bucket: its capacity, its present content, and what it regains per second.
	Budget func(context.Context) (maximum, now, rate int64)
}

type (
	accountResolver      struct{ *Resolver }
	creditStatusResolver struct{ *Resolver }
	guardrailResolver    struct{ *Resolver }
	ledgerEntryResolver  struct{ *Resolver }
	modelResolver        struct{ *Resolver }
	mutationResolver     struct{ *Resolver }
	queryResolver        struct{ *Resolver }
	scriptResolver       struct{ *Resolver }
	subscriptionResolver struct{ *Resolver }
)

var _ generated.ResolverRoot = (*Resolver)(nil)

// Account resolves the fields of Account.
func (r *Resolver) Account() generated.AccountResolver { return accountResolver{r} }

// CreditStatus resolves the fields of CreditStatus.
func (r *Resolver) CreditStatus() generated.CreditStatusResolver { return creditStatusResolver{r} }

// Guardrail resolves the fields of Guardrail.
func (r *Resolver) Guardrail() generated.GuardrailResolver { return guardrailResolver{r} }

// LedgerEntry resolves the fields of LedgerEntry.
func (r *Resolver) LedgerEntry() generated.LedgerEntryResolver { return ledgerEntryResolver{r} }

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
