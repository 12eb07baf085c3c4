package graph

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
)

// comparedFigures selects all figures that are compared, each with its change.
const comparedFigures = `account(id: $account) {
    overview(range: $range %[1]s) { inRange { range { from to } credits runs slices { used } } }
    usageTrend(range: $range granularity: DAY %[1]s) { points { credits runs } }
    tools(range: $range %[1]s) { totals { totalRuns } edges { runs } }
    models(range: $range %[1]s) {
      totals { totalCredits fineTuningCredits hostingCredits inferenceCredits }
      edges { creditsUsed fineTuningCredits hostingCredits inferenceCredits node { deployments(range: $range %[1]s) { edges { creditsUsed } } } }
    }
    guardrails(range: $range %[1]s) { totals { totalCredits } edges { credits } }
    scripts(range: $range %[1]s) { totals { hostingCredits } edges { creditsUsed } }
  }`

// In every comparison the value beside each figure is the one that the compared range itself gives, and delta and percent follow from the
// two figures.
func TestComparedValuesAreThoseOfTheRange(t *testing.T) {
	t.Parallel()
	p := newBillingPage(t)
	plain := fmt.Sprintf(comparedFigures, "")
	with := strings.NewReplacer("$range", "$range compare: $with").Replace(plain)
	for _, figure := range []string{"credits", "runs", "used", "totalRuns", "totalCredits", "fineTuningCredits", "hostingCredits", "inferenceCredits", "creditsUsed"} {
		with = strings.NewReplacer(" "+figure+" ", " "+figure+" "+figure+"Change { value delta percent } ").Replace(with)
	}
	with = strings.ReplaceAll(with, "range { from to }", "comparedRange { from to }")
	for _, comparison := range billing.Comparisons() {
		for _, preset := range billing.Presets() {
			asked := map[string]any{"preset": string(preset), "timeZone": "America/St_Johns"}
			head := "query($account: ID!, $range: RangeInput"
			compared := p.figures(head+", $with: CompareInput) {"+with+"}", map[string]any{"range": asked, "with": map[string]any{"period": string(comparison)}})
			then, _ := find(compared, "inRange", "comparedRange").(map[string]any)
			if then == nil && preset != billing.LastYear { // too long ago
				t.Fatalf("%s of %s: nothing is compared", comparison, preset)
			} else if then == nil {
				continue
			}
			then["timeZone"] = asked["timeZone"]
			wantValues(t, fmt.Sprint(comparison, " of ", preset), compared, p.figures(head+") {"+plain+"}", map[string]any{"range": then}))
		}
	}
}

// figures executes a document and returns the account in the answer.
func (p *billingPage) figures(document string, variables map[string]any) any {
	p.t.Helper()
	var answer struct {
		Data   struct{ Account any }
		Errors []any
	}
	fatal(p.t, json.Unmarshal(p.ask(document, variables), &answer))
	if len(answer.Errors) > 0 {
		p.t.Fatal(answer.Errors)
	}
	return answer.Data.Account
}

// find descends into in by names, each at any depth below the one before, and returns the value of the last.
func find(in any, names ...string) any {
	of, _ := in.(map[string]any)
	if v, ok := of[names[0]]; ok && len(names) == 1 {
		return v
	} else if ok {
		return find(v, names[1:]...)
	}
	for _, v := range of {
		if found := find(v, names...); found != nil {
			return found
		}
	}
	return nil
}

// wantValues checks a compared answer against the answer for the compared range, walking both side by side.
func wantValues(t *testing.T, path string, compared, then any) {
	t.Helper()
	switch now := compared.(type) {
	case []any:
		for i := range now {
			if other := then.([]any); i < len(other) {
				wantValues(t, fmt.Sprint(path, ".", i), now[i], other[i])
			}
		}
	case map[string]any:
		for name, v := range now {
			figure, isChange := strings.CutSuffix(name, "Change")
			switch other := then.(map[string]any); {
			case isChange:
				wantChange(t, path+"."+name, now[figure], v, other[figure])
			case name != "comparedRange" && now[name+"Change"] == nil:
				wantValues(t, path+"."+name, v, other[name])
			}
		}
	}
}

func wantChange(t *testing.T, path string, now, change, then any) {
	t.Helper()
	if change == nil && then == nil {
		return // a point that the compared trend does not have
	}
	value := func(v any) decimal.Decimal { return decimal.RequireFromString(fmt.Sprint(v)) }
	percent := any(nil)
	if v := value(then); !v.IsZero() {
		percent = value(now).Sub(v).Mul(decimal.NewFromInt(100)).Div(v).Round(2).String()
	}
	want := map[string]any{"value": value(then).String(), "delta": value(now).Sub(value(then)).String(), "percent": percent}
	if !reflect.DeepEqual(change, want) {
		t.Errorf("%s: %v, want %v", path, change, want)
	}
}

func TestComparisonRefuses(t *testing.T) {
	t.Parallel()
	p := newBillingPage(t)
	for name, compare := range map[string]string{
		"neither": `{}`, "both": `{period: PREVIOUS_PERIOD, range: {preset: TODAY}}`, "an empty range": `{range: {}}`,
		"a range of two kinds": `{range: {preset: TODAY, from: "2026-03-01T00:00:00Z"}}`,
	} {
		for _, field := range []string{"overview", "usageTrend", "tools", "models", "guardrails", "scripts"} {
			answer := p.ask(`query($account: ID!) { account(id: $account) { `+field+`(range: {preset: TODAY}, compare: `+compare+`) { __typename } } }`, nil)
			if !strings.Contains(string(answer), `"BAD_RANGE"`) {
				t.Errorf("%s of %s: %s", name, field, answer)
			}
		}
	}
}
