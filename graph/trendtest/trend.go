// Package trendtest gives every account the same trend, without a database. Tests and benchmarks use it to see how long lists are written.
package trendtest

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/graph/model"
)

// Schema returns a resolver's schema in which every account exists and has this trend.
func Schema(resolver generated.ResolverRoot, trend *model.UsageTrend) graphql.ExecutableSchema {
	return generated.NewExecutableSchema(generated.Config{Resolvers: oneTrend{resolver, trend}})
}

type oneTrend struct {
	generated.ResolverRoot
	trend *model.UsageTrend
}

func (r oneTrend) Query() generated.QueryResolver { return queries{r.ResolverRoot.Query()} }
func (r oneTrend) Account() generated.AccountResolver {
	return accounts{r.ResolverRoot.Account(), r.trend}
}

type queries struct{ generated.QueryResolver }

func (queries) Account(context.Context, *string) (*model.Account, error) {
	return &model.Account{ID: "a"}, nil
}

type accounts struct {
	generated.AccountResolver
	trend *model.UsageTrend
}

func (a accounts) UsageTrend(
	context.Context, *model.Account, *model.RangeInput, *model.CompareInput, *billing.Granularity, *time.Location, *billing.Category, *string,
) (*model.UsageTrend, error) {
	return a.trend, nil
}
