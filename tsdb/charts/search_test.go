package charts_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// A search finds the same names in every list, whatever the locale of the database: upper and lower case follow
// Unicode.
func TestOneSearchInEveryLocale(t *testing.T) {
	t.Parallel()
	for locale, f := range map[string]*fixture{"C": fixtureOn(t, tsdbtest.NewInLocaleC(t), tsdb.Settings{}), "of the tests": newFixture(t)} {
		const name = "ÉTÉ Straße"
		account, err := f.CreateAccount(f.Ctx, tsdb.NewAccount{Name: name, IdempotencyKey: f.Key(), Members: []access.Member{
			{UserID: "u", Name: name, Email: "u@a.b", Role: access.RoleMasterAdmin}}}, tsdb.Actor{Name: name})
		f.Must(err)
		_, err = f.RegisterTool(f.Ctx, tsdb.NewTool{AccountID: account, Name: name, OwnerName: "Ann", Status: tsdb.Deployed})
		f.Must(err)
		_, err = f.RegisterModel(f.Ctx, tsdb.NewModel{AccountID: account, Name: name})
		f.Must(err)
		_, err = f.DeployGuardrail(f.Ctx, tsdb.NewGuardrail{AccountID: account, Name: name, Scanner: billing.Regex, CPUType: "GENERAL_PURPOSE", Replicas: 1})
		f.Must(err)
		_, err = f.CreateScript(f.Ctx, tsdb.NewScript{AccountID: account, Name: name, Language: tsdb.Python})
		f.Must(err)
		f.Clock.Advance(time.Minute)
		for search, want := range map[string]bool{"ÉTÉ": true, "été": true, "éTé sTRASSE": false, "éTé sTRAßE": true, "STRASSE": false, "straße": true, "é": true, "E": true, "t": true, "è": false} {
			for list, n := range f.found(account, search) {
				if (n > 0) != want {
					t.Errorf("locale %s: %q finds %d of %s", locale, search, n, list)
				}
			}
		}
	}
}

// found is how many rows a text finds in each list.
func (f *fixture) found(account int64, search string) map[string]int {
	f.T.Helper()
	q := everything(charts.SortName)
	q.Search = search
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
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
	accounts, err := f.Directory(f.Ctx, tsdb.DirectoryQuery{Search: search, Limit: 10, Total: true})
	f.Must(err)
	members, err := f.Access.Members(f.Ctx, account, access.MemberPage{Search: search, Limit: 10, Total: true})
	f.Must(err)
	audited, err := f.Access.AuditLog(f.Ctx, account, access.AuditFilter{Actor: search}, tsdb.Page{Limit: 10}, true)
	f.Must(err)
	return map[string]int{"tools": tools.Total, "models": models.Total, "guardrails": guardrails.Total, "scripts": scripts.Total, "what can be deployed": deployables.Total,
		"accounts": accounts.Total, "members": members.Total, "the audit log": audited.Total}
}
