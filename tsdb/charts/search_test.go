package charts_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// What is searched for finds the same names in every list, whatever the locale of the database.
func TestOneSearchInEveryLocale(t *testing.T) {
	t.Parallel()
	for locale, f := range map[string]*fixture{"C": fixtureOn(t, tsdbtest.NewInLocaleC(t), tsdb.Settings{}), "of the tests": newFixture(t)} {
		account := f.NewAccount()
		const name = "ÉTÉ Straße"
		_, err := f.RegisterTool(f.Ctx, tsdb.NewTool{AccountID: account, Name: name, OwnerName: "Ann", Status: tsdb.Deployed})
		f.Must(err)
		_, err = f.RegisterModel(f.Ctx, tsdb.NewModel{AccountID: account, Name: name})
		f.Must(err)
		_, err = f.DeployGuardrail(f.Ctx, tsdb.NewGuardrail{AccountID: account, Name: name, Scanner: billing.Regex, CPUType: "GENERAL_PURPOSE", Replicas: 1})
		f.Must(err)
		_, err = f.CreateScript(f.Ctx, tsdb.NewScript{AccountID: account, Name: name, Language: tsdb.Python})
		f.Must(err)
		f.Clock.Advance(time.Minute)
		for _, search := range []string{"", "ÉTÉ", "été", "STRASSE", "straße", "é", "E", "t"} {
			q := everything(charts.SortName)
			q.Search = search
			found := map[string]int{}
			r := charts.Read(f.Store)
			tools, err := r.Tools(f.Ctx, account, q)
			f.Must(err)
			models, err := r.Models(f.Ctx, account, q)
			f.Must(err)
			guardrails, err := r.Guardrails(f.Ctx, account, q)
			f.Must(err)
			scripts, err := r.Scripts(f.Ctx, account, q)
			f.Must(err)
			deployables, err := r.Deployables(f.Ctx, account, charts.DeployableQuery{TabQuery: q})
			f.Must(err)
			r.Close(f.Ctx)
			found["models"], found["guardrails"], found["scripts"], found["a third of what can be deployed"] = models.Total, guardrails.Total, scripts.Total, deployables.Total/3
			for list, n := range found {
				if n != tools.Total {
					t.Errorf("locale %s, %q: %d of %s, but %d of tools", locale, search, n, list, tools.Total)
				}
			}
		}
	}
}
