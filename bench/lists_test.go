package bench

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/graph/trendtest"
)

// aDay returns a trend of 1,440 minutes.
func aDay() *model.UsageTrend {
	t := &model.UsageTrend{Granularity: billing.Minute, TimeZone: time.UTC}
	credits := func(n int) decimal.Decimal { return billing.ModelCredits.Decimal(billing.Amount(n)) }
	start := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	for i := range 1440 {
		p := model.TrendPoint{Start: start, End: start.Add(time.Minute), Credits: credits(253_417 + 11*i), Runs: int64(i % 97), Models: credits(211_003 + 7*i), Guardrails: credits(42_414 + i), Scripts: credits(3 * i)}
		s := &t.Series
		t.Points = append(t.Points, p)
		s.Starts, s.Credits, s.Runs = append(s.Starts, p.Start), append(s.Credits, p.Credits), append(s.Runs, p.Runs)
		s.Models, s.Guardrails, s.Scripts = append(s.Models, p.Models), append(s.Guardrails, p.Guardrails), append(s.Scripts, p.Scripts)
		start = p.End
	}
	return t
}

// list compares one form of 1,440 points with gqlgen's stock list of them, from the operation's text to the answer's.
func (t *trial) list(form string) {
	es := trendtest.Schema(&graph.Resolver{}, aDay())
	const stock = `points{start credits runs models guardrails scripts}`
	t.slower(t.execution(es, generated.Stock(t.Context()), stock), t.execution(es, t.Context(), form))
}

func (t *trial) execution(es graphql.ExecutableSchema, ctx context.Context, form string) side {
	e := executor.New(es)
	return func() (int, func()) {
		return 50, func() {
			for range 50 {
				ctx := graphql.StartOperationTrace(ctx)
				op, faults := e.CreateOperationContext(ctx, &graphql.RawParams{Query: `{account(id:"a"){usageTrend{` + form + `}}}`})
				if faults != nil {
					t.Fatal(faults)
				}
				next, ctx := e.DispatchOperation(ctx, op)
				if r := next(ctx); len(r.Errors) > 0 || len(r.Data) < 1440*50 {
					t.Fatalf("%v %.200s", r.Errors, r.Data)
				}
			}
		}
	}
}
