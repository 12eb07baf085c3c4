package charts_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

// hints returns the hints for an account, with its own prices.
func (f *fixture) hints(account int64, idleDays int) []charts.Hint {
	f.T.Helper()
	book, err := f.PriceBook(f.Ctx, []int64{account})
	f.Must(err)
	prices := book.Prices(account, 0)
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	list, err := r.Hints(f.Ctx, account, idleDays, &prices)
	f.Must(err)
	return list
}

// hosts deploys a model some days ago and returns its deployment.
func (f *fixture) hosts(account, model int64, rate billing.Amount, replicas int64, daysAgo int) (deployment int64) {
	f.T.Helper()
	segment := f.host(account, model, billing.Models, "g6.xlarge", rate, replicas, f.Clock.Now().AddDate(0, 0, -daysAgo))
	f.Must(f.Pool.QueryRow(f.Ctx, "SELECT deployment_id FROM segment WHERE segment_id = $1", segment).Scan(&deployment))
	return deployment
}

// aged is a fixture with an account of 40 days that has credits for years.
func aged(t *testing.T) (*fixture, int64) {
	t.Helper()
	f := newFixture(t)
	f.Clock.Set(start.AddDate(0, 0, -40))
	account := f.NewAccount()
	_, err := f.GrantCredits(f.Ctx, tsdb.NewGrant{AccountID: account, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: billing.MustCredits("100000"),
		Reference: "order", IdempotencyKey: f.Key()}, tsdb.Actor{}) // or what it hosts would be stopped
	f.Must(err)
	f.Clock.Set(start)
	return f, account
}

// A deployment is idle once no inference has named it, or its model, for as many whole days as asked for, and it has
// run for that long. What this has cost, and would go on costing, is exact.
func TestIdleDeployments(t *testing.T) {
	t.Parallel()
	f, account := aged(t)
	const rate = 1_000_000
	model, other := f.NewResource(account, "MODEL", "DEPLOYED"), f.NewResource(account, "MODEL", "DEPLOYED")
	never, named := f.hosts(account, other, rate, 2, 10), f.hosts(account, model, rate, 1, 10)
	of := func(idleDays int) map[int64]charts.Hint {
		out := map[int64]charts.Hint{}
		for _, h := range f.hints(account, idleDays) {
			if out[h.DeploymentID] = h; h.Kind != charts.IdleDeployment || h.Category != billing.Models || h.Name != "MODEL one" || h.Deployment != "host" {
				t.Errorf("%+v", h)
			}
		}
		return out
	}
	if got := of(7); len(got) != 2 || got[never].SavingPerDay != 2*24*rate || got[never].Cost != 7*2*24*rate || got[named].Cost != 7*24*rate || !got[never].LastUsedOn.IsZero() {
		t.Errorf("a week: %+v", got)
	}
	if got := of(10); len(got) != 2 {
		t.Errorf("since it was deployed: %+v", got)
	}
	if got := of(11); len(got) != 0 {
		t.Errorf("for longer than it runs: %+v", got)
	}
	e := storetest.Tokens(account, model, "named", start.AddDate(0, 0, -3), 10, 10)
	e.DeploymentID = named
	if r := f.Report(tsdb.Record, e); r[0].Status != tsdb.Stored {
		t.Fatalf("%+v", r)
	}
	for _, rolled := range []bool{false, true} {
		if rolled {
			f.rollUp(100_000)
		}
		if got := of(3); len(got) != 1 || got[never].DeploymentID == 0 {
			t.Errorf("used three days ago, rolled up %v: %+v", rolled, got)
		}
		day := start.AddDate(0, 0, -3).Truncate(24 * time.Hour)
		if got := of(2); len(got) != 2 || !got[named].LastUsedOn.Equal(day) {
			t.Errorf("used before two whole days, rolled up %v: %+v", rolled, got)
		}
	}
	f.Report(tsdb.Record, storetest.Tokens(account, other, "unnamed", start.Add(-time.Hour), 10, 10)) // of the model, wherever it ran
	if got := of(2); len(got) != 1 || got[named].DeploymentID == 0 {
		t.Errorf("a use that names no deployment: %+v", got)
	}
	if got := f.hints(f.NewAccount(), 2); len(got) != 0 {
		t.Errorf("of another account: %+v", got)
	}
}

// Replicas are spare by what one replica has been seen to serve in a quarter-hour: the rest must suffice for the
// busiest quarter-hour of the last week.
func TestSpareReplicas(t *testing.T) {
	t.Parallel()
	f, account := aged(t)
	const rate = 1_000_000
	model := f.NewResource(account, "MODEL", "DEPLOYED")
	deployment := f.hosts(account, model, rate, 4, 14)
	serve := func(id string, ago time.Duration, tokens int64) {
		e := storetest.Tokens(account, model, id, start.Add(-ago), tokens-1, 1)
		e.DeploymentID = deployment
		f.Report(tsdb.Record, e)
	}
	serve("most", 9*24*time.Hour, 4000) // 1,000 a replica
	serve("lately", 2*24*time.Hour, 1001)
	serve("now", time.Minute, 1) // the running quarter-hour is whole for no segment
	for _, c := range []struct {
		more int64
		want int64
	}{{0, 2}, {999, 2}, {1, 3}, {2000, 0}} { // 1,001, then 2,000, 2,001 and 4,001 in one quarter-hour
		if c.more > 0 {
			serve(fmt.Sprint("more", c.more), 2*24*time.Hour, c.more)
		}
		got := f.hints(account, 5)
		if c.want == 0 && len(got) == 0 {
			continue
		}
		if len(got) != 1 || got[0].Kind != charts.SpareReplicas || got[0].Replicas != c.want || got[0].SavingPerDay != billing.Amount(4-c.want)*24*rate {
			t.Errorf("%d more: %+v, want %d replicas", c.more, got, c.want)
		}
	}
	f.Report(tsdb.Record, storetest.Tokens(account, model, "unnamed", start.Add(-time.Hour), 10, 10))
	if got := f.hints(account, 5); len(got) != 0 {
		t.Errorf("where inference names no deployment, nobody knows which served it: %+v", got)
	}
}

// A script is cheaper on hardware that has at least as much of everything and costs less by the account's own prices;
// the largest saving comes first.
func TestCheaperHardware(t *testing.T) {
	t.Parallel()
	f, account := aged(t)
	small, large, best := f.NewResource(account, "SCRIPT", "DEPLOYED"), f.NewResource(account, "SCRIPT", "DEPLOYED"), f.NewResource(account, "SCRIPT", "DEPLOYED")
	f.host(account, small, billing.Scripts, "2vcpu-4gb", billing.MustCredits("0.15396"), 3, start.AddDate(0, 0, -1))
	f.host(account, large, billing.Scripts, "4vcpu-8gb", billing.MustCredits("0.30792"), 1, start.AddDate(0, 0, -1))
	f.host(account, best, billing.Scripts, "2vcpu-8gb", billing.MustCredits("0.144"), 1, start.AddDate(0, 0, -1))
	f.host(account, best, billing.Scripts, "of-last-year", billing.MustCredits("9"), 1, start.AddDate(0, 0, -1)) // no longer on the card
	got := f.hints(account, 7)
	if len(got) != 2 || got[0].ResourceID != small || got[0].Hardware != "2vcpu-8gb" || got[0].SavingPerDay != 3*24*billing.MustCredits("0.00996") ||
		got[1].ResourceID != large || got[1].Hardware != "4vcpu-16gb" || got[1].SavingPerDay != 24*billing.MustCredits("0.01992") {
		t.Errorf("%+v", got)
	}
	for i := range got {
		if got[i].Kind != charts.CheaperHardware || got[i].Category != billing.Scripts {
			t.Errorf("%+v", got[i])
		}
	}
}

// Tools rose by their runs of the last 7 whole days of UTC compared with the 7 before: the three that rose most are
// named, ties in their order.
func TestRisingTools(t *testing.T) {
	t.Parallel()
	f, account := aged(t)
	today := start.Truncate(24 * time.Hour)
	var events []tsdb.UsageEvent
	var tools []int64
	for n, of := range [][2]int64{{10, 30}, {5, 6}, {10, 10}, {0, 100}, {1, 3}, {2, 4}, {50, 1}} {
		tool := f.NewResource(account, "TOOL", "DEPLOYED")
		tools = append(tools, tool)
		for week, runs := range of {
			if from := today.AddDate(0, 0, 7*week-14); runs > 0 { // at both ends of the week
				events = append(events, storetest.Runs(account, tool, fmt.Sprint(n, week, "a"), from, 1))
				if runs > 1 {
					events = append(events, storetest.Runs(account, tool, fmt.Sprint(n, week, "b"), from.AddDate(0, 0, 7).Add(-time.Second), runs-1))
				}
			}
		}
		events = append(events, storetest.Runs(account, tool, fmt.Sprint(n, "today"), today, 1000), storetest.Runs(account, tool, fmt.Sprint(n, "before"), today.AddDate(0, 0, -14).Add(-time.Second), 7))
	}
	f.Report(tsdb.Record, events...)
	for _, rolled := range []bool{false, true} {
		if rolled {
			f.rollUp(100_000)
		}
		got := f.hints(account, 7)
		want := []charts.Hint{
			{Kind: charts.RisingTool, Category: billing.Tools, ResourceID: tools[3], Name: "TOOL one", Runs: 100},
			{Kind: charts.RisingTool, Category: billing.Tools, ResourceID: tools[0], Name: "TOOL one", Runs: 30, Before: 10},
			{Kind: charts.RisingTool, Category: billing.Tools, ResourceID: tools[4], Name: "TOOL one", Runs: 3, Before: 1},
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("rolled up %v: %+v\nwant %+v", rolled, got, want)
		}
	}
}

// Hints for an account that does not exist are refused.
func TestHintsOfNobody(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	_, err := r.Hints(f.Ctx, 999, 7, &billing.Prices{})
	f.wantRefused(err, tsdb.NotFound)
}

// Usage that was taken back does not count, before and after the roll-up: what only it kept from being idle is idle.
func TestWhatWasTakenBackIsNoUse(t *testing.T) {
	t.Parallel()
	f, account := aged(t)
	model := f.NewResource(account, "MODEL", "DEPLOYED")
	deployment := f.hosts(account, model, 1_000_000, 1, 20)
	use := func(id string, daysAgo int) tsdb.UsageEvent {
		e := storetest.Tokens(account, model, id, start.AddDate(0, 0, -daysAgo), 10, 10)
		e.DeploymentID = deployment
		return e
	}
	kept, gone := use("kept", 9), use("gone", 1)
	f.Report(tsdb.Record, kept, gone)
	day := func(daysAgo int) time.Time { return start.AddDate(0, 0, -daysAgo).Truncate(24 * time.Hour) }
	for _, rolled := range []bool{false, true} {
		if rolled {
			f.rollUp(100_000)
		}
		if got := f.hints(account, 7); len(got) != 0 {
			t.Errorf("used yesterday, rolled up %v: %+v", rolled, got)
		}
	}
	voided, err := f.VoidEvents(f.Ctx, account, []tsdb.EventID{{Source: gone.Source, ID: gone.ID, Time: gone.Time}}, tsdb.Actor{})
	f.Must(err)
	wants(t, "voided", voided[0].Status, tsdb.EventVoided)
	for _, rolled := range []bool{false, true} {
		if rolled {
			f.rollUp(100_000)
		}
		if got := f.hints(account, 7); len(got) != 1 || got[0].Kind != charts.IdleDeployment || !got[0].LastUsedOn.Equal(day(9)) {
			t.Errorf("taken back, rolled up %v: %+v", rolled, got)
		}
		list := f.deployables(account, charts.DeployableQuery{TabQuery: everything(charts.SortIdle)})
		if idle := list.Rows[0].Row.Idle; idle == nil || *idle != 8 || list.Idle != 1 {
			t.Errorf("taken back, rolled up %v: listed as idle for %v days, want 8", rolled, idle)
		}
	}
}
