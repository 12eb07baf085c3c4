package graph

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// FocusPrices turn usage into money for the table focus; Usagegraph itself knows only credits and runs.
type FocusPrices struct {
	Currency    string          // ISO 4217, such as "EUR"; "": not given
	Provider    string          // the platform's name; "": Usagegraph
	Credit, Run decimal.Decimal // per credit and per run: 0 or more, at most 6 decimals
}

// PriceOf reads the price of a credit or a run: 0 to 1,000,000, with at most 6 decimals.
func PriceOf(text string) (price decimal.Decimal, ok bool) {
	amount, err := billing.ModelCredits.Parse(text)
	return billing.ModelCredits.Decimal(amount), err == nil && amount >= 0 && amount <= 1e12
}

// focusGroups are the dimensions that identify a row of the table focus.
var focusGroups = []charts.Dimension{charts.ByTime, charts.ByAccount, charts.ByCategory, charts.ByKind, charts.ByResource}

// focus exports usage in the columns of the FinOps Open Cost and Usage Specification 1.2 (docs/export.md).
func (t *taking) focus(ctx context.Context) error {
	switch {
	case t.Focus.Currency == "":
		return fault(ctx, tsdb.Invalid, "The table focus needs a currency, and the creditPrice in it.")
	case len(t.GroupBy) > 0 || t.compareInput() != nil:
		return fault(ctx, tsdb.Invalid, "The table focus is grouped as the specification says, and compares nothing.")
	case t.Granularity != "" && t.Granularity != billing.Hour && t.Granularity != billing.Day:
		return fault(ctx, tsdb.Invalid, "The table focus has charges of hours or of days.")
	}
	if t.Granularity == "" {
		t.Granularity = billing.Day
	}
	t.GroupBy = slices.Clone(focusGroups)
	columns := make([]charts.Column, len(focusColumns))
	for i, c := range focusColumns {
		columns[i] = charts.Column{Name: c.name, Type: c.kind}
	}
	return t.pivot(ctx, columns, func(row *charts.PivotRow) []any {
		charge := t.Focus.charge(row)
		values := make([]any, len(focusColumns))
		for i, c := range focusColumns {
			values[i] = c.of(charge)
		}
		return values
	})
}

// focusCharge is a row in terms of the specification.
type focusCharge struct {
	*charts.PivotRow
	currency, provider     string
	price                  decimal.Decimal // per unit of quantity
	quantity, consumed     decimal.Decimal
	unit, consumedUnit     string
	pricing                string // the pricing currency: credits, or money for runs
	month                  time.Time
	service, what, subtype string
}

func (p FocusPrices) charge(row *charts.PivotRow) focusCharge {
	c := focusCharge{PivotRow: row, currency: p.Currency, provider: cmp.Or(p.Provider, "Usagegraph"), price: p.Credit, quantity: billing.ModelCredits.Decimal(row.Credits), unit: "Credits", pricing: "Credits",
		subtype: "Other (AI and Machine Learning)", month: time.Date(row.Bucket.Start.UTC().Year(), row.Bucket.Start.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)}
	switch row.Category {
	case billing.Models:
		c.service, c.subtype = "Models", "Generative AI"
	case billing.Guardrails:
		c.service = "Guardrails"
	case billing.Scripts:
		c.service = "Scripts"
	case billing.Tools:
		c.service, c.price, c.quantity, c.unit, c.pricing = "Tools", p.Run, decimal.NewFromInt(row.Runs), "Runs", p.Currency
	}
	switch model.UsageKind(row.Kind) {
	case model.UsageKindToolRun:
		c.what, c.consumed, c.consumedUnit = "Runs of ", decimal.NewFromInt(row.Runs), "Runs"
	case model.UsageKindInference:
		c.what, c.consumed, c.consumedUnit = "Inference of ", decimal.NewFromInt(row.InputTokens+row.OutputTokens), "Tokens"
	case model.UsageKindHosting:
		c.what, c.consumed, c.consumedUnit = "Hosting of ", decimal.NewFromInt(row.ReplicaSeconds), "Seconds"
	default:
		c.what, c.consumed, c.consumedUnit = "Fine-tuning of ", c.quantity, "Credits"
	}
	return c
}

// cost returns the price of the charge, rounded to 6 decimals.
func (c focusCharge) cost() string { return c.price.Mul(c.quantity).RoundBank(6).String() }

// pricingPrice returns the price of a unit in the pricing currency: a credit costs one credit.
func (c focusCharge) pricingPrice() decimal.Decimal {
	if c.unit == "Credits" {
		return decimal.NewFromInt(1)
	}
	return c.price
}

func (c focusCharge) pricingCost() string {
	return c.pricingPrice().Mul(c.quantity).RoundBank(6).String()
}

// orOwn returns the platform's own id, or ours if there is none.
func orOwn(own string, kind Kind, key int64) any {
	if own != "" {
		return own
	}
	return EncodeID(kind, key)
}

// focusColumns are the columns of the specification, under the names that it prescribes: all mandatory ones, and the optional ones that
// apply to usage. There are no discounts, so all costs of a row are equal.
var focusColumns = []struct {
	name string
	kind charts.ColumnType
	of   func(c focusCharge) any
}{
	{"BilledCost", charts.DecimalColumn, func(c focusCharge) any { return c.cost() }},
	{"BillingAccountId", charts.TextColumn, func(c focusCharge) any { return orOwn(c.AccountOwn, KindAccount, c.AccountID) }},
	{"BillingAccountName", charts.TextColumn, func(c focusCharge) any { return c.AccountName }},
	{"BillingAccountType", charts.TextColumn, func(focusCharge) any { return "Account" }},
	{"BillingCurrency", charts.TextColumn, func(c focusCharge) any { return c.currency }},
	{"BillingPeriodEnd", charts.TimeColumn, func(c focusCharge) any { return c.month.AddDate(0, 1, 0) }},
	{"BillingPeriodStart", charts.TimeColumn, func(c focusCharge) any { return c.month }},
	{"ChargeCategory", charts.TextColumn, func(focusCharge) any { return "Usage" }},
	{"ChargeClass", charts.TextColumn, func(focusCharge) any { return nil }},
	{"ChargeDescription", charts.TextColumn, func(c focusCharge) any { return c.what + c.ResourceName }},
	{"ChargeFrequency", charts.TextColumn, func(focusCharge) any { return "Usage-Based" }},
	{"ChargePeriodEnd", charts.TimeColumn, func(c focusCharge) any { return c.Bucket.End }},
	{"ChargePeriodStart", charts.TimeColumn, func(c focusCharge) any { return c.Bucket.Start }},
	{"ConsumedQuantity", charts.DecimalColumn, func(c focusCharge) any { return c.consumed.String() }},
	{"ConsumedUnit", charts.TextColumn, func(c focusCharge) any { return c.consumedUnit }},
	{"ContractedCost", charts.DecimalColumn, func(c focusCharge) any { return c.cost() }},
	{"ContractedUnitPrice", charts.DecimalColumn, func(c focusCharge) any { return c.price.String() }},
	{"EffectiveCost", charts.DecimalColumn, func(c focusCharge) any { return c.cost() }},
	{"InvoiceIssuerName", charts.TextColumn, func(c focusCharge) any { return c.provider }},
	{"ListCost", charts.DecimalColumn, func(c focusCharge) any { return c.cost() }},
	{"ListUnitPrice", charts.DecimalColumn, func(c focusCharge) any { return c.price.String() }},
	{"PricingCategory", charts.TextColumn, func(focusCharge) any { return "Standard" }},
	{"PricingCurrency", charts.TextColumn, func(c focusCharge) any { return c.pricing }},
	{"PricingCurrencyContractedUnitPrice", charts.DecimalColumn, func(c focusCharge) any { return c.pricingPrice().String() }},
	{"PricingCurrencyEffectiveCost", charts.DecimalColumn, func(c focusCharge) any { return c.pricingCost() }},
	{"PricingCurrencyListUnitPrice", charts.DecimalColumn, func(c focusCharge) any { return c.pricingPrice().String() }},
	{"PricingQuantity", charts.DecimalColumn, func(c focusCharge) any { return c.quantity.String() }},
	{"PricingUnit", charts.TextColumn, func(c focusCharge) any { return c.unit }},
	{"ProviderName", charts.TextColumn, func(c focusCharge) any { return c.provider }},
	{"PublisherName", charts.TextColumn, func(c focusCharge) any { return c.provider }},
	{"ResourceId", charts.TextColumn, func(c focusCharge) any { return orOwn(c.ResourceOwn, kindOf(c.ResourceKind), c.ResourceID) }},
	{"ResourceName", charts.TextColumn, func(c focusCharge) any { return c.ResourceName }},
	{"ResourceType", charts.TextColumn, func(c focusCharge) any { return c.service }},
	{"ServiceCategory", charts.TextColumn, func(focusCharge) any { return "AI and Machine Learning" }},
	{"ServiceName", charts.TextColumn, func(c focusCharge) any { return c.service }},
	{"ServiceSubcategory", charts.TextColumn, func(c focusCharge) any { return c.subtype }},
	{"SkuId", charts.TextColumn, func(c focusCharge) any { return string(c.Category) + "/" + c.Kind }},
	{"SkuPriceId", charts.TextColumn, func(c focusCharge) any { return string(c.Category) + "/" + c.Kind + "/" + c.unit }},
}
