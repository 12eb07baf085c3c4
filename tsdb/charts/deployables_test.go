package charts_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

func (f *fixture) deployables(account int64, q charts.DeployableQuery) *charts.DeployableList {
	f.T.Helper()
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	list, err := r.Deployables(f.Ctx, account, q)
	f.Must(err)
	return list
}

// Deployables are listed in every order, and agree with the tabs.
func TestDeployables(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	name := func(d charts.Deployable) string { return d.Name() }
	ask := func(sort charts.TabSort, desc bool, change func(*charts.DeployableQuery)) *charts.DeployableList {
		q := charts.DeployableQuery{TabQuery: everything(sort)}
		q.Desc = desc
		if change != nil {
			change(&q)
		}
		return p.deployables(p.account, q)
	}
	for _, c := range []struct {
		sort   charts.TabSort
		desc   bool
		change func(*charts.DeployableQuery)
		want   []string
	}{
		{charts.SortName, false, nil, []string{"Bans", "Draft", "Llama support", "Nightly", "No secrets", "Phone numbers", "prod", "test"}},
		// What does not run comes last; Phone numbers run and cost nothing.
		{charts.SortRate, true, nil, []string{"prod", "No secrets", "Nightly", "Phone numbers", "test", "Llama support", "Bans", "Draft"}},
		{charts.SortRate, false, func(q *charts.DeployableQuery) { q.Running = true }, []string{"Nightly", "No secrets", "prod"}},
		{charts.SortName, false, func(q *charts.DeployableQuery) { q.Search = "LLAMA" }, []string{"Llama support", "prod", "test"}},
		{charts.SortName, false, func(q *charts.DeployableQuery) { q.Statuses = []string{"DRAFT", "UNDEPLOYED"} }, []string{"Bans", "Draft", "test"}},
		{charts.SortName, true, func(q *charts.DeployableQuery) { q.Categories = []billing.Category{billing.Scripts} }, []string{"Nightly", "Draft"}},
		{charts.SortName, false, func(q *charts.DeployableQuery) { q.Categories = []billing.Category{} }, nil},
	} {
		list := ask(c.sort, c.desc, c.change)
		if got := names(list.TabRows, name); !slices.Equal(got, c.want) {
			t.Errorf("by %s: %v, want %v", c.sort, got, c.want)
		}
	}
	all := ask(charts.SortUsed, true, nil)
	wants(t, "running", all.Running, 3)
	want := map[string]billing.Amount{}
	for _, kind := range []tsdb.ResourceKind{tsdb.KindGuardrail, tsdb.KindScript} {
		for _, row := range p.hosting(kind, everything(charts.SortName)).Rows {
			want[row.Row.Name] = row.Row.Credits
		}
	}
	p.read(func(r *charts.Reader) {
		page, err := r.ModelDeployments(p.Ctx, p.account, p.model, everything(charts.SortName))
		p.Must(err)
		for _, row := range page.Rows {
			want[row.Row.Name] = row.Row.Credits
		}
		models, err := r.Models(p.Ctx, p.account, everything(charts.SortName))
		p.Must(err)
		for _, row := range models.Rows {
			if row.Row.ID == p.tuned {
				want[row.Row.Name] = row.Row.Used.Total()
			}
		}
	})
	wants(t, "rows", len(all.Rows), len(want))
	for _, row := range all.Rows {
		wants(t, row.Row.Name(), row.Row.Credits, want[row.Row.Name()])
	}
	// Deleted things are left out, and every page of one row goes on where the one before ended.
	_, err := p.DeleteGuardrail(p.Ctx, p.account, p.old)
	p.Must(err)
	var seen []string
	var after *charts.Cursor
	for {
		page := ask(charts.SortRate, true, func(q *charts.DeployableQuery) { q.Page = charts.TabPage{Limit: 1, After: after} })
		seen = append(seen, names(page.TabRows, name)...)
		after = &page.Rows[0].Cursor
		if !page.HasNext {
			break
		}
	}
	if want := []string{"prod", "No secrets", "Nightly", "Phone numbers", "test", "Llama support", "Draft"}; !slices.Equal(seen, want) {
		t.Errorf("page by page: %v, want %v", seen, want)
	}
}

// A running deployment is idle since it was last used, by usage of its own or by inference that names none of its
// model's deployments, but no longer than since it was deployed. The idlest come first, and among equals the dearest.
func TestIdleDeployables(t *testing.T) {
	t.Parallel()
	f, account := aged(t)
	model, unnamed, other := f.NewResource(account, "MODEL", "DEPLOYED"), f.NewResource(account, "MODEL", "DEPLOYED"), f.NewResource(account, "MODEL", "DEPLOYED")
	used, never, young := f.hosts(account, model, 5, 1, 20), f.hosts(account, model, 7, 2, 30), f.hosts(account, model, 3, 1, 0)
	shared, cheap, free := f.hosts(account, unnamed, 2, 1, 20), f.hosts(account, other, 1, 1, 30), f.hosts(account, other, 0, 1, 30)
	named := storetest.Tokens(account, model, "named", start.AddDate(0, 0, -5), 10, 10)
	named.DeploymentID = used
	f.Report(tsdb.Record, named, storetest.Tokens(account, unnamed, "unnamed", start.AddDate(0, 0, -2), 10, 10))
	q := charts.DeployableQuery{TabQuery: everything(charts.SortIdle)}
	q.Desc = true
	list := f.deployables(account, q)
	var got []string
	for _, row := range list.Rows {
		days := "–"
		if row.Row.Idle != nil {
			days = fmt.Sprint(*row.Row.Idle)
		}
		got = append(got, fmt.Sprint(row.Row.Deployment.ID, " ", days))
	}
	day := func(id int64, days any) string { return fmt.Sprint(id, " ", days) }
	if want := []string{day(never, 28), day(cheap, 28), day(used, 4), day(shared, 1), day(young, 0), day(free, "–")}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	wants(t, "idle", list.Idle, 2)
	wants(t, "what they cost", list.IdleRate, 15)
}
