package charts_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

// listedRow is a row of any tab as a test compares it: its id, and what it can be sorted by; nil dates are never.
type listedRow struct {
	id             int64
	name, kind     string
	status, tongue string
	used, seconds  int64
	date           *time.Time
}

// order is the order that a tab promises, written down naively: by value, ignoring case, rows without a value last,
// ties by id.
func (a listedRow) order(b listedRow, sort charts.TabSort, desc bool) int {
	text := func(x, y string) int { return strings.Compare(strings.ToLower(x), strings.ToLower(y)) }
	value := text(a.name, b.name)
	switch sort {
	case charts.SortUsed:
		value = cmp.Compare(a.used, b.used)
	case charts.SortTime:
		value = cmp.Compare(a.seconds, b.seconds)
	case charts.SortType:
		value = text(a.kind, b.kind)
	case charts.SortStatus:
		value = text(a.status, b.status)
	case charts.SortLanguage:
		value = text(a.tongue, b.tongue)
	case charts.SortDate:
		switch {
		case a.date == nil && b.date == nil:
			value = 0
		case a.date == nil:
			return 1
		case b.date == nil:
			return -1
		default:
			value = a.date.Compare(*b.date)
		}
	case charts.SortName, charts.SortOwner:
	}
	if desc {
		value = -value
	}
	return cmp.Or(value, cmp.Compare(a.id, b.id))
}

// page is a page of a tab: its rows with their cursors, and what the tab says of the list.
type page struct {
	rows             []listedRow
	cursors          []charts.Cursor
	total            int
	hasNext, hasPrev bool
}

// asListed makes a page of the rows of a tab.
func asListed[T any](tab charts.TabRows[T], row func(*T) listedRow) (p page) {
	for i := range tab.Rows {
		p.rows, p.cursors = append(p.rows, row(&tab.Rows[i].Row)), append(p.cursors, tab.Rows[i].Cursor)
	}
	p.total, p.hasNext, p.hasPrev = tab.Total, tab.HasNext, tab.HasPrev
	return p
}

// shelves makes an account with random models with deployments, guardrails and scripts: names that differ only in case,
// some things never deployed, some deleted, some hosted for a while.
func (f *fixture) shelves() (account, model int64) {
	f.T.Helper()
	random := rand.New(rand.NewPCG(8, 5))
	f.Clock.Set(start.AddDate(0, 0, -20))
	account = f.NewAccount()
	_, err := f.GrantCredits(f.Ctx, tsdb.NewGrant{AccountID: account, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: billing.MustCredits("100000"),
		Reference: "order", IdempotencyKey: f.Key()}, tsdb.Actor{})
	f.Must(err)
	f.Clock.Set(start)
	for n := range 36 {
		kind := []string{"MODEL", "GUARDRAIL", "SCRIPT"}[n%3]
		id := f.NewResource(account, kind, "REGISTERED")
		var deployed *time.Time
		if n%4 > 0 {
			deployed = new(start.Add(-time.Duration(random.IntN(4)) * time.Hour))
		}
		f.Exec(`UPDATE resource SET name = $2, type = CASE WHEN kind = 'MODEL' THEN $3 ELSE type END, language = CASE WHEN kind = 'SCRIPT' THEN $4 ELSE '' END,
  language_version = CASE WHEN kind = 'SCRIPT' THEN $5 ELSE '' END, last_deployed_at = $6::timestamptz, last_active_at = $6::timestamptz + resource_id % 3 * interval '1 minute', status = $7 WHERE resource_id = $1`,
			id, []string{"alpha", "Alpha", "beta", "Ωmega", "ωmega"}[random.IntN(5)], []string{"BASE", "FINE_TUNED"}[random.IntN(2)], []string{"python", "node"}[random.IntN(2)],
			[]string{"3.12", "22"}[random.IntN(2)], deployed, []string{"REGISTERED", "DEPLOYED", "DELETED"}[random.IntN(3)])
		if kind == "MODEL" {
			if model == 0 {
				model = id
			}
			f.Report(tsdb.Record, storetest.Tokens(account, id, fmt.Sprint("t", n), start.Add(-time.Duration(random.IntN(100))*time.Hour), random.Int64N(3)*1_000_000, 1))
			continue
		}
		category := map[string]billing.Category{"GUARDRAIL": billing.Guardrails, "SCRIPT": billing.Scripts}[kind]
		f.host(account, id, category, "GENERAL_PURPOSE", billing.Amount(1000*random.IntN(3)), 1, start.Add(-time.Duration(random.IntN(3)*40)*time.Hour))
	}
	for n := range 9 {
		f.host(account, model, billing.Models, "g6.xlarge", billing.Amount(1000*(n%3)), 1, start.Add(-time.Duration(n%4)*time.Hour))
	}
	f.Exec(`UPDATE deployment SET name = (ARRAY['one', 'One', 'two'])[1 + deployment_id % 3], updated_at = created_at + (deployment_id % 4) * interval '1 hour',
  status = CASE WHEN deployment_id % 5 = 0 THEN 'FAILED' ELSE status END WHERE resource_id = $1`, model)
	return account, model
}

// Whatever a tab is sorted by, its pages are parts of the whole list in the promised order, from either end, in any
// size.
func TestTabsAreInTheirOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, model := f.shelves()
	hosting := func(h *charts.HostingRow) listedRow {
		date := h.LastDeployedAt
		if h.Kind == tsdb.KindScript { // whose date is when it ran last
			date = h.LastActiveAt
		}
		return listedRow{id: h.ID, name: h.Name, status: string(h.Status), tongue: h.Language + " " + h.LanguageVersion, used: int64(h.Credits), seconds: h.Seconds, date: date}
	}
	tabs := map[string]func(*charts.Reader, charts.TabQuery) (page, error){
		"models": func(r *charts.Reader, q charts.TabQuery) (page, error) {
			tab, err := r.Models(f.Ctx, account, q)
			f.Must(err)
			return asListed(tab.TabRows, func(m *charts.ModelRow) listedRow {
				return listedRow{id: m.ID, name: m.Name, kind: m.Type, status: string(m.Status), used: int64(m.Used.Total()), date: m.LastDeployedAt}
			}), nil
		},
		"guardrails": func(r *charts.Reader, q charts.TabQuery) (page, error) {
			tab, err := r.Guardrails(f.Ctx, account, q)
			f.Must(err)
			return asListed(tab.TabRows, hosting), nil
		},
		"scripts": func(r *charts.Reader, q charts.TabQuery) (page, error) {
			tab, err := r.Scripts(f.Ctx, account, q)
			f.Must(err)
			return asListed(tab.TabRows, hosting), nil
		},
		"deployments": func(r *charts.Reader, q charts.TabQuery) (page, error) {
			tab, err := r.ModelDeployments(f.Ctx, account, model, q)
			return asListed(tab.TabRows, func(d *charts.DeploymentRow) listedRow {
				return listedRow{id: d.ID, name: d.Name, status: string(d.Status), used: int64(d.Credits), date: &d.UpdatedAt}
			}), err
		},
	}
	sorts := map[string][]charts.TabSort{
		"models":      {charts.SortName, charts.SortUsed, charts.SortType, charts.SortDate},
		"guardrails":  {charts.SortName, charts.SortUsed, charts.SortTime, charts.SortStatus, charts.SortDate},
		"scripts":     {charts.SortName, charts.SortUsed, charts.SortTime, charts.SortLanguage, charts.SortStatus, charts.SortDate},
		"deployments": {charts.SortName, charts.SortUsed, charts.SortStatus, charts.SortDate},
	}
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	for name, read := range tabs {
		for _, sort := range sorts[name] {
			for _, desc := range []bool{false, true} {
				q := everything(sort)
				q.Desc = desc
				whole, err := read(r, q)
				f.Must(err)
				if len(whole.rows) < 9 || whole.total != len(whole.rows) {
					t.Fatalf("%s: %d rows of %d", name, len(whole.rows), whole.total)
				}
				if !slices.IsSortedFunc(whole.rows, func(a, b listedRow) int { return a.order(b, sort, desc) }) {
					t.Errorf("%s by %s, descending %v: %+v", name, sort, desc, whole.rows)
				}
				paged(t, fmt.Sprintf("%s by %s, descending %v", name, sort, desc), whole, func(p charts.TabPage) page {
					q.Page = p
					got, err := read(r, q)
					f.Must(err)
					return got
				})
			}
		}
	}
}

// paged demands that pages of four rows, between any two places of a list, are the right parts of it.
func paged(t *testing.T, what string, whole page, read func(charts.TabPage) page) {
	t.Helper()
	n := len(whole.rows)
	for from := -1; from < n; from += 3 {
		for _, backward := range []bool{false, true} {
			p, to := charts.TabPage{Limit: 4, Backward: backward}, min(n, from+8)
			if from >= 0 {
				p.After = &whole.cursors[from]
			}
			if to < n {
				p.Before = &whole.cursors[to]
			}
			begin, end := from+1, min(to, from+5)
			if backward {
				begin, end = max(from+1, to-4), to
			}
			got := read(p)
			if fmt.Sprint(got.cursors) != fmt.Sprint(whole.cursors[begin:end]) || got.hasPrev != (begin > 0) || got.hasNext != (end < n) || got.total != n {
				t.Errorf("%s from %d to %d, backward %v: %v (next %v, previous %v)", what, from, to, backward, got.cursors, got.hasNext, got.hasPrev)
			}
		}
	}
}

// A tab's figures for the compared span are what the same tab says of that span by itself: of all rows, whichever page
// is shown.
func TestTabsCompareWithThemselves(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, model := f.shelves()
	now, before := charts.Span{Range: billing.Range{From: start.Add(-30 * time.Hour), To: start}}, charts.Span{Range: billing.Range{From: start.Add(-60 * time.Hour), To: start.Add(-30 * time.Hour)}}
	q := charts.TabQuery{Span: now, Compare: &before, Sort: charts.SortUsed, Desc: true, Page: charts.TabPage{Limit: 2}, Sums: true}
	alone := charts.TabQuery{Span: before, Sort: charts.SortUsed, Desc: true, Page: charts.TabPage{Limit: 1000}, Sums: true}
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	models, err := r.Models(f.Ctx, account, q)
	f.Must(err)
	wantModels, err := r.Models(f.Ctx, account, alone)
	f.Must(err)
	if len(models.Rows) != 2 || models.Then.Used != wantModels.Used || len(models.Then.Rows) != wantModels.Total || models.Then.Used == models.Used {
		t.Errorf("models: %+v, want %+v", models.Then.Used, wantModels.Used)
	}
	scripts, err := r.Scripts(f.Ctx, account, q)
	f.Must(err)
	wantScripts, err := r.Scripts(f.Ctx, account, alone)
	f.Must(err)
	if scripts.Then.Credits != wantScripts.Credits || scripts.Then.Seconds != wantScripts.Seconds || len(scripts.Then.Rows) != wantScripts.Total || wantScripts.Seconds == 0 {
		t.Errorf("scripts: %d s, want %d", scripts.Then.Seconds, wantScripts.Seconds)
	}
	tools, err := r.Tools(f.Ctx, account, q)
	f.Must(err)
	if tools.Then == nil || tools.Then.Runs != 0 || tools.Total != 0 {
		t.Errorf("tools: %+v", tools.Then)
	}
	drill, err := r.ModelDeployments(f.Ctx, account, model, q)
	f.Must(err)
	wantDrill, err := r.ModelDeployments(f.Ctx, account, model, alone)
	f.Must(err)
	credits := func(rows charts.TabRows[charts.DeploymentRow]) (sum billing.Amount) {
		for i := range rows.Rows {
			sum += rows.Rows[i].Row.Credits
		}
		return sum
	}
	if credits(*drill.Then) != credits(wantDrill.TabRows) || len(drill.Then.Rows) != wantDrill.Total {
		t.Errorf("deployments: %d, want %d", credits(*drill.Then), credits(wantDrill.TabRows))
	}
}

// Filters of tabs apply to the rows, the total and the sums alike; a value that no row can have leaves none.
func TestFiltersOfTabs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, _ := f.shelves()
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	all, err := r.Models(f.Ctx, account, everything(charts.SortName))
	f.Must(err)
	for name, c := range map[string]struct {
		edit func(*charts.TabQuery)
		fits func(*charts.ModelRow) bool
	}{
		"deleted":            {func(q *charts.TabQuery) { q.Deleted = new(true) }, func(m *charts.ModelRow) bool { return m.Status == "DELETED" }},
		"others":             {func(q *charts.TabQuery) { q.Deleted = new(false) }, func(m *charts.ModelRow) bool { return m.Status != "DELETED" }},
		"a type":             {func(q *charts.TabQuery) { q.Types = []string{"BASE"} }, func(m *charts.ModelRow) bool { return m.Type == "BASE" }},
		"no type":            {func(q *charts.TabQuery) { q.Types = []string{} }, func(*charts.ModelRow) bool { return false }},
		"a search":           {func(q *charts.TabQuery) { q.Search = "ALPH" }, func(m *charts.ModelRow) bool { return strings.EqualFold(m.Name, "alpha") }},
		"another alphabet":   {func(q *charts.TabQuery) { q.Search = "ΩMEGA" }, func(m *charts.ModelRow) bool { return strings.EqualFold(m.Name, "ωmega") }},
		"no pattern":         {func(q *charts.TabQuery) { q.Search = "%" }, func(*charts.ModelRow) bool { return false }},
		"a type and deleted": {func(q *charts.TabQuery) { q.Types, q.Deleted = []string{"BASE"}, new(true) }, func(m *charts.ModelRow) bool { return m.Type == "BASE" && m.Status == "DELETED" }},
	} {
		q := everything(charts.SortName)
		c.edit(&q)
		got, err := r.Models(f.Ctx, account, q)
		f.Must(err)
		var want []int64
		var sum billing.Amount
		for i := range all.Rows {
			if m := &all.Rows[i].Row; c.fits(m) {
				want, sum = append(want, m.ID), sum+m.Used.Total()
			}
		}
		var ids []int64
		for i := range got.Rows {
			ids = append(ids, got.Rows[i].Row.ID)
		}
		if !slices.Equal(ids, want) || got.Total != len(want) || got.Used.Total() != sum {
			t.Errorf("%s: %v with %d, want %v with %d", name, ids, got.Used.Total(), want, sum)
		}
	}
}
