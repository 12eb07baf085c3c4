package graph

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/graph/trendtest"
)

// randomTrend returns a trend with values of every kind, among them some that no account has.
func randomTrend(random *rand.Rand, n int) *model.UsageTrend {
	t := &model.UsageTrend{TimeZone: time.UTC, Granularity: billing.Minute}
	number := func() decimal.Decimal {
		switch random.IntN(6) {
		case 0:
			return decimal.Decimal{}
		case 1:
			return decimal.New(random.Int64()-random.Int64(), int32(random.IntN(12)-9))
		case 2:
			return decimal.NewFromInt(random.Int64()).Mul(decimal.NewFromInt(random.Int64())).Shift(-6)
		}
		return billing.ModelCredits.Decimal(billing.Amount(random.Int64N(20_000_000_000) - 10_000_000_000))
	}
	at := func() time.Time {
		at := time.Unix(random.Int64N(253_402_300_799), 0)
		if random.IntN(3) == 0 {
			at = at.Add(time.Duration(random.Int64N(1_000_000_000)))
		}
		return at.In(time.FixedZone("", 20_700))
	}
	for range n {
		p := model.TrendPoint{Start: at(), End: at(), Partial: random.IntN(2) == 0, Credits: number(), Runs: random.Int64() >> random.IntN(60), Models: number(), Guardrails: number(), Scripts: number()}
		if random.IntN(2) == 0 {
			start, change := at(), model.Change{Value: number(), Delta: number()}
			p.ComparedStart, p.CreditsChange = &start, &change
		}
		t.Points = append(t.Points, p)
		t.Series.Starts, t.Series.Runs = append(t.Series.Starts, p.Start), append(t.Series.Runs, p.Runs)
		t.Series.Credits, t.Series.Models = append(t.Series.Credits, p.Credits), append(t.Series.Models, p.Models)
	}
	return t
}

// randomSelection selects fields of points: with aliases, fragments, directives and repetition.
func randomSelection(random *rand.Rand, depth int) string {
	fields := []string{"__typename", "start", "end", "partial", "credits", "runs", "models", "guardrails", "scripts"}
	if random.IntN(4) == 0 {
		fields = append(fields, "comparedStart", "creditsChange { value delta percent }")
	}
	var b strings.Builder
	for range 1 + random.IntN(7) {
		field := fields[random.IntN(len(fields))]
		switch random.IntN(8) {
		case 0:
			fmt.Fprintf(&b, "x%d_%s: %s ", random.IntN(1_000_000), strings.Fields(field)[0], field)
		case 1:
			name, rest, _ := strings.Cut(field, " ")
			fmt.Fprintf(&b, "%s @include(if: $yes) %s ", name, rest)
		case 2:
			name, rest, _ := strings.Cut(field, " ")
			fmt.Fprintf(&b, "%s @skip(if: $yes) %s ", name, rest)
		case 3:
			b.WriteString("...Some ")
		case 4:
			if depth < 3 {
				fmt.Fprintf(&b, "... on TrendPoint @include(if: $yes) { %s} ", randomSelection(random, depth+1))
			}
			b.WriteString("runs ")
		default:
			b.WriteString(field + " ")
		}
	}
	return b.String()
}

// answers returns the answer to an operation twice: with lists written at once, and by gqlgen.
func answers(t *testing.T, es graphql.ExecutableSchema, query string) (ours, stock []byte) {
	t.Helper()
	run := func(ctx context.Context) []byte {
		ctx = graphql.StartOperationTrace(ctx)
		e := executor.New(es)
		op, faults := e.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: map[string]any{"yes": true}, ReadTime: graphql.TraceTiming{}})
		if faults != nil {
			t.Fatalf("%v: %s", faults, query)
		}
		next, ctx := e.DispatchOperation(ctx, op)
		r := next(ctx)
		if len(r.Errors) > 0 {
			t.Fatalf("%v: %s", r.Errors, query)
		}
		return r.Data
	}
	return run(t.Context()), run(generated.Stock(t.Context()))
}

// Lists written at once equal gqlgen's byte for byte, whatever is selected.
func TestListsAreThoseOfGqlgen(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(11, 1440))
	for range 300 {
		es := trendtest.Schema(&Resolver{}, randomTrend(random, random.IntN(20)))
		query := "query($yes: Boolean!) { account(id: \"a\") { usageTrend { granularity points { " + randomSelection(random, 0) + "} " +
			"p: points { ...Some runs } series { starts credits runs models m: models @skip(if: $yes) } } } } fragment Some on TrendPoint { runs " + strings.ReplaceAll(randomSelection(random, 3), "...Some", "") + "}"
		ours, stock := answers(t, es, query)
		if !bytes.Equal(ours, stock) {
			t.Fatalf("%s\nours  %.2000s\nstock %.2000s", query, ours, stock)
		}
	}
}
