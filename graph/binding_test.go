package graph

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/shopspring/decimal"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/graph/model"
)

// echoResolver answers with its arguments, so that a test sees each scalar go in and come out.
type echoResolver struct{ Resolver }

func (r *echoResolver) Query() generated.QueryResolver       { return echoQuery{} }
func (r *echoResolver) Account() generated.AccountResolver   { return echoAccount{} }
func (r *echoResolver) Mutation() generated.MutationResolver { return echoMutation{} }

type (
	echoQuery    struct{ generated.QueryResolver }
	echoAccount  struct{ generated.AccountResolver }
	echoMutation struct{ generated.MutationResolver }
)

func (echoQuery) Account(_ context.Context, id *string) (*model.Account, error) {
	return &model.Account{ID: *id, Name: "echo"}, nil
}

func (echoAccount) UsageTrend(
	_ context.Context, _ *model.Account, rangeArg *model.RangeInput, _ *model.CompareInput, granularity *billing.Granularity,
	zone *time.Location, _ *billing.Category, _ *string,
) (*model.UsageTrend, error) {
	return &model.UsageTrend{
		Range:       model.Range{From: *rangeArg.From, To: *rangeArg.From, TimeZone: time.UTC},
		Granularity: *granularity, TimeZone: zone, AsOf: *rangeArg.From,
		Series: model.TrendSeries{Runs: []int64{1 << 40}, Credits: []decimal.Decimal{decimal.New(70_500_000, -6)}},
	}, nil
}

func (echoAccount) AuditLog(
	context.Context, *model.Account, *model.AuditFilter, *int, *string, *int, *string,
) (*model.AuditEntryConnection, error) {
	return &model.AuditEntryConnection{Edges: []model.AuditEntryEdge{
		{Node: model.AuditEntry{After: json.RawMessage(`{"runs":5}`)}},
	}}, nil
}

func (echoMutation) SetAccountLimits(
	_ context.Context, in model.SetAccountLimitsInput,
) (*model.SetAccountLimitsPayload, error) {
	if !in.LowCreditLimit.IsSet() || in.LowCreditLimit.Value() != nil || in.NegativeLimit.IsSet() {
		return nil, errors.New("input was not bound as sent")
	}
	return &model.SetAccountLimitsPayload{
		Settings:   &model.AccountSettings{FineTuningLimit: *in.FineTuningLimit.Value(), TimeZone: time.UTC},
		UserErrors: []model.UserError{},
	}, nil
}

func ask(t *testing.T, body string) string {
	t.Helper()
	var params graphql.RawParams
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&params); err != nil {
		t.Fatal(err)
	}
	exec := executor.New(generated.NewExecutableSchema(generated.Config{Resolvers: &echoResolver{}}))
	ctx := graphql.StartOperationTrace(t.Context())
	op, errs := exec.CreateOperationContext(ctx, &params)
	if len(errs) > 0 {
		return errs.Error()
	}
	answer, ctx := exec.DispatchOperation(ctx, op)
	text, err := json.Marshal(answer(ctx))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestScalarsAndEnumsAreBound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ ask, want string }{
		"in a query": {
			`{"query":"{account(id:\"x\"){usageTrend(range:{from:\"2026-03-01T05:45:00+05:45\"},granularity:DAY,timeZone:\"Asia/Kathmandu\"){granularity timeZone asOf range{preset timeZone} series{stepSeconds runs credits}}}}"}`,
			`{"data":{"account":{"usageTrend":{"granularity":"DAY","timeZone":"Asia/Kathmandu","asOf":"2026-03-01T00:00:00Z",` +
				`"range":{"preset":null,"timeZone":"UTC"},"series":{"stepSeconds":null,"runs":[1099511627776],"credits":["70.5"]}}}}}`,
		},
		"in variables, with null and without": {
			`{"query":"mutation($i:SetAccountLimitsInput!){setAccountLimits(input:$i){settings{fineTuningLimit timeZone}userErrors{code}}}",` +
				`"variables":{"i":{"accountId":"x","fineTuningLimit":"12.50","lowCreditLimit":null}}}`,
			`{"data":{"setAccountLimits":{"settings":{"fineTuningLimit":"12.5","timeZone":"UTC"},"userErrors":[]}}}`,
		},
		"JSON": {
			`{"query":"{account(id:\"x\"){auditLog{edges{node{before after}}}}}"}`,
			`{"data":{"account":{"auditLog":{"edges":[{"node":{"before":null,"after":{"runs":5}}}]}}}}`,
		},
	} {
		if got := ask(t, c.ask); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func TestARefusedScalarNamesItsPlaceAndNotItsValue(t *testing.T) {
	t.Parallel()
	got := ask(t, `{"query":"mutation($i:SetAccountLimitsInput!){setAccountLimits(input:$i){userErrors{code}}}",`+
		`"variables":{"i":{"accountId":"x","fineTuningLimit":"`+strings.Repeat("7", 5000)+`x"}}}`)
	if !strings.Contains(got, "Decimal takes a string with a plain decimal number") || !strings.Contains(got, "fineTuningLimit") || len(got) > 300 {
		t.Errorf("%.400s", got)
	}
}

// The lists in billing, which loops and menus use, contain what the contract spells, in the contract's order.
func TestEnumsAreThoseOfTheRules(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	categories := billing.Categories()
	checkEnum(t, schema, "Meter", billing.Meters())
	checkEnum(t, schema, "Category", categories[:])
	checkEnum(t, schema, "Action", billing.Actions())
	checkEnum(t, schema, "Preset", billing.Presets())
	checkEnum(t, schema, "Granularity", billing.Granularities())
}

func checkEnum[E ~string](t *testing.T, schema *ast.Schema, name string, want []E) {
	t.Helper()
	var got []E
	for _, v := range schema.Types[name].EnumValues {
		got = append(got, E(v.Name))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, billing has %v", name, got, want)
	}
}
