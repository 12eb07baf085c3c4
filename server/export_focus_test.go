package server

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/auth"
)

// What the specification (FOCUS 1.2) allows and requires, as far as it concerns charges of usage without discounts.
var (
	focusMandatory = []string{"BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeClass",
		"ChargeDescription", "ChargePeriodEnd", "ChargePeriodStart", "ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity", "PricingUnit", "ProviderName",
		"PublisherName", "ServiceCategory", "ServiceName"}
	focusValues = map[string][]string{
		"ChargeCategory": {"Usage"}, "ChargeClass": {""}, "ChargeFrequency": {"Usage-Based"}, "PricingCategory": {"Standard"}, "ServiceCategory": {"AI and Machine Learning"},
		"ServiceSubcategory": {"Generative AI", "Other (AI and Machine Learning)"},
	}
	focusPresent = []string{"BillingAccountId", "BillingAccountName", "ChargeDescription", "InvoiceIssuerName", "ProviderName", "PublisherName", "ServiceName", "ConsumedUnit", "PricingUnit", "ResourceId",
		"ResourceName", "SkuId", "SkuPriceId", "PricingCurrency", "BillingAccountType"}
	focusCosts = []string{"BilledCost", "EffectiveCost", "ListCost", "ContractedCost"}
)

// The table focus follows the rules of the specification, and its costs add up to what the pivot says was used.
func TestExportOfFocus(t *testing.T) {
	t.Parallel()
	r := withExploreRole(t, func(c *Config) { c.ExploreTimeout = 20 * time.Second })
	acme := used(r, "acme", 7)
	other := used(r, "other", 5)
	inferred(r, acme, 400_000, 50_000)
	master, analyst := r.token(auth.MasterAdmin, acme, nil), r.token(auth.Analyst, 0, nil)
	prices := url.Values{"currency": {"EUR"}, "creditPrice": {"0.25"}, "runPrice": {"0.001"}, "provider": {"Acme Agents"}, "range": {"LAST_24_HOURS"}, "granularity": {"HOUR"}}
	rows := focusRows(t, r, analyst, prices)
	accounts, credits, runs := map[string]bool{}, decimal.Zero, decimal.Zero
	for _, row := range rows {
		checkFocus(t, row)
		accounts[row["BillingAccountId"]] = true
		quantity := decimal.RequireFromString(row["PricingQuantity"])
		if row["PricingUnit"] == "Runs" {
			runs = runs.Add(quantity)
		} else {
			credits = credits.Add(quantity)
		}
		if row["ProviderName"] != "Acme Agents" || row["BillingCurrency"] != "EUR" {
			t.Errorf("%v", row)
		}
	}
	a := r.ask(analyst, `{usage(range:{preset:LAST_24_HOURS}){totals{credits runs}}}`, nil)
	if totals := fmt.Sprintf(`"credits":"%s","runs":%s`, credits, runs); !bytes.Contains(a.body, []byte(totals)) || credits.IsZero() || len(accounts) != 2 {
		t.Errorf("%s credits, %s runs of %d accounts; the pivot: %s", credits, runs, len(accounts), a.body)
	}
	if own := focusRows(t, r, master, prices); len(own) != len(rows)-1 {
		t.Errorf("%d rows of %d", len(own), len(rows))
	}
	for name, query := range map[string]url.Values{
		"no currency": {"creditPrice": {"1"}}, "groups": {"currency": {"EUR"}, "groupBy": {"KIND"}}, "compared": {"currency": {"EUR"}, "compare": {"PREVIOUS_PERIOD"}},
		"months": {"currency": {"EUR"}, "granularity": {"MONTH"}}, "no currency of money": {"currency": {"euro"}}, "a price below nothing": {"currency": {"EUR"}, "creditPrice": {"-1"}},
		"a price with a comma": {"currency": {"EUR"}, "creditPrice": {"0,5"}}, "a provider that cannot be read": {"currency": {"EUR"}, "provider": {"a\x00b"}},
	} {
		if a := r.exportTable("focus", master, query); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := r.exportTable("focus", r.token(auth.MasterAdmin, other, nil), url.Values{"account": {accountID(acme)}, "currency": {"EUR"}}); a.status != http.StatusNotFound {
		t.Errorf("somebody else's: %d %s", a.status, a.body)
	}
}

// inferred reports tokens of a new model.
func inferred(r *running, account int64, in, out int) {
	r.t.Helper()
	platform := r.token(auth.Platform, 0, nil)
	model := r.ask(platform, `mutation($i:RegisterModelInput!){registerModel(input:$i){model{id}}}`, map[string]any{"i": map[string]any{"accountId": accountID(account), "name": "Large"}})
	id := model.Data["registerModel"].(map[string]any)["model"].(map[string]any)["id"]
	a := r.ask(platform, `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status} userErrors{code message}}}`, map[string]any{"i": map[string]any{"accountId": accountID(account),
		"events": []any{map[string]any{"source": "s", "id": "t", "time": time.Now().UTC().Format(time.RFC3339), "modelId": id, "inputTokens": in, "outputTokens": out}}}})
	if !bytes.Contains(a.body, []byte("STORED")) {
		r.t.Fatalf("%s", a.body)
	}
}

func (r *running) exportTable(table, token string, query url.Values) reply {
	r.t.Helper()
	return r.send(r.request(http.MethodGet, "/v1/export/"+table+"?"+query.Encode(), token, "", nil))
}

func focusRows(t *testing.T, r *running, token string, query url.Values) (rows []map[string]string) {
	t.Helper()
	a := r.exportTable("focus", token, query)
	all, err := csv.NewReader(bytes.NewReader(a.body)).ReadAll()
	if err != nil || a.status != http.StatusOK {
		t.Fatalf("%d %v %s", a.status, err, a.body)
	}
	for _, name := range focusMandatory {
		if !slices.Contains(all[0], name) {
			t.Errorf("there is no column %s", name)
		}
	}
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// checkFocus checks a charge against the specification's rules.
func checkFocus(t *testing.T, row map[string]string) {
	t.Helper()
	for name, allowed := range focusValues {
		if !slices.Contains(allowed, row[name]) {
			t.Errorf("%s is %q", name, row[name])
		}
	}
	for _, name := range focusPresent {
		if row[name] == "" {
			t.Errorf("%s is null: %v", name, row)
		}
	}
	number := func(name string) decimal.Decimal { return decimal.RequireFromString(row[name]) }
	cost := number("ListUnitPrice").Mul(number("PricingQuantity")).RoundBank(6)
	for _, name := range focusCosts {
		if !number(name).Equal(cost) {
			t.Errorf("%s is %s, want %s × %s", name, row[name], row["ListUnitPrice"], row["PricingQuantity"])
		}
	}
	if own := number("PricingCurrencyContractedUnitPrice").Mul(number("PricingQuantity")).RoundBank(6); !own.Equal(number("PricingCurrencyEffectiveCost")) {
		t.Errorf("in the currency of the pricing %s, want %s", row["PricingCurrencyEffectiveCost"], own)
	}
	if row["ConsumedQuantity"] == "" || number("ConsumedQuantity").IsNegative() {
		t.Errorf("consumed %q", row["ConsumedQuantity"])
	}
	at := func(name string) time.Time {
		when, err := time.Parse(time.RFC3339, row[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return when
	}
	from, to := at("ChargePeriodStart"), at("ChargePeriodEnd")
	if month := at("BillingPeriodStart"); !from.Before(to) || from.Before(month) || !from.Before(at("BillingPeriodEnd")) || month.Day() != 1 || !at("BillingPeriodEnd").Equal(month.AddDate(0, 1, 0)) {
		t.Errorf("a charge of %s to %s, billed for %s to %s", from, to, month, row["BillingPeriodEnd"])
	}
}
