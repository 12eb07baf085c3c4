package graph

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// three returns an account that hosts and two new ones, with their forecasts, and an analyst who asks about them.
func three(t *testing.T) *platform {
	t.Helper()
	p, _ := hinted(t)
	for _, name := range []string{"Beta", "Gamma"} {
		if _, err := p.store.CreateAccount(t.Context(), tsdb.NewAccount{Name: name, IdempotencyKey: name}, tsdb.Actor{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := charts.Foretell(t.Context(), p.store, 100); err != nil {
		t.Fatal(err)
	}
	p.as = auth.Principal{Kind: auth.Service, Role: auth.Analyst, Common: auth.Analyst.Permissions()}
	return p
}

// An analyst finds who is about to run out, with the balances and forecasts of all rows.
func TestAccountsAboutToRunOut(t *testing.T) {
	t.Parallel()
	p := three(t)
	const about = `query($before: DateTime!) { accounts(filter: {exhaustedBefore: $before, zones: [OPEN]}, sort: {field: CREDITS_EXHAUSTED_AT, direction: ASC}) {
  totalCount edges { node { name plan { name } creditStatus { zone forecast { credits { exhaustedAt confidence } } } } } } }`
	ask := func(before time.Duration) map[string]any {
		t.Helper()
		data, failed := p.run(about, map[string]any{"before": p.store.Now().UTC().Add(before).Format(time.RFC3339)})
		if failed != "" {
			t.Fatal(failed)
		}
		return data["accounts"].(map[string]any)
	}
	found := ask(90 * 24 * time.Hour)
	if got := fmt.Sprint(found); found["totalCount"] != 1.0 || !strings.Contains(got, "Acme") || !strings.Contains(got, "exhaustedAt:2026-0") {
		t.Errorf("within 90 days: %v", found)
	}
	if soon := ask(24 * time.Hour); soon["totalCount"] != 0.0 {
		t.Errorf("within a day: %v", soon)
	}
}

// names returns which of the accounts a list contains, or why it was refused.
func (p *platform) names(arguments string) string {
	data, failed := p.run(`{ accounts`+arguments+` { edges { cursor node { name } } } }`, nil)
	if failed != "" {
		return failed
	}
	var b strings.Builder
	for _, e := range data["accounts"].(map[string]any)["edges"].([]any) {
		b.WriteString(e.(map[string]any)["node"].(map[string]any)["name"].(string) + " ")
	}
	return b.String()
}

// An analyst filters and sorts by balances, and a platform may not. Only callers who see members find accounts by members' e-mail
// addresses.
func TestAccountsAreFiltered(t *testing.T) {
	t.Parallel()
	p := three(t)
	for arguments, want := range map[string]string{
		``:                                      "Gamma Beta Acme ",
		`(sort: {field: NAME, direction: ASC})`: "Acme Beta Gamma ",
		`(filter: {credits: {atMost: "100"}})`:  "Gamma Beta ",
		`(filter: {runs: {atLeast: "9000"}}, sort: {field: RUNS, direction: ASC})`: "Acme Beta Gamma ",
		`(filter: {planIds: []})`:                    "",
		`(filter: {memberEmail: "mia"})`:             "needs MEMBERS_VIEW",
		`(filter: {credits: {atMost: "0.0000001"}})`: "decimals",
	} {
		if got := p.names(arguments); got != want && (want == "" || !strings.Contains(got, want)) {
			t.Errorf("%s: %s, want %s", arguments, got, want)
		}
	}
	p.as = auth.Principal{Kind: auth.Service, Role: auth.Platform, Common: auth.Platform.Permissions()}
	for _, arguments := range []string{`(sort: {field: CREDITS})`, `(sort: {field: RUNS_EXHAUSTED_AT})`, `(filter: {zones: [LOW]})`, `(filter: {exhaustedBefore: "2026-05-01T00:00:00Z"})`} {
		if got := p.names(arguments); !strings.Contains(got, "need") {
			t.Errorf("%s of a platform: %s", arguments, got)
		}
	}
	if got := p.names(`(filter: {memberEmail: "mia"})`); got != "" {
		t.Errorf("a platform finds by e-mail: %s", got)
	}
}
