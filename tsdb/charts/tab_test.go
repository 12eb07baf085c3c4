package charts_test

import (
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

// tabs is an account with something on every tab.
type tabs struct {
	*fixture
	account, tool, model, tuned         int64
	deployment, otherDeployment         int64
	guardrail, free, script, draft, old int64
}

const (
	general  = "GENERAL_PURPOSE"
	smallest = "1vcpu-2gb"
	larger   = "2vcpu-4gb"
)

// newTabs lives through a day; the figures that are asserted about it are worked out by hand.
func newTabs(t testing.TB) *tabs {
	t.Helper()
	f := newFixture(t)
	p := &tabs{fixture: f, account: f.NewAccount()}
	_, err := f.GrantCredits(f.Ctx, tsdb.NewGrant{AccountID: p.account, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: billing.MustCredits("925"),
		Reference: "order", IdempotencyKey: f.Key()}, tsdb.Actor{})
	f.Must(err)
	p.makeTools()
	p.makeModels()
	p.makeHosting()
	return p
}

func (p *tabs) makeTools() {
	for i, n := range []tsdb.NewTool{{Name: "Search", OwnerName: "Zoe", Status: tsdb.Deployed}, {Name: "booking", OwnerName: "Adam", Status: tsdb.Deployed},
		{Name: "Secret", OwnerName: "Mia", Status: tsdb.InDevelopment}, {Name: "Calendar", OwnerName: "Mia", Status: tsdb.Deployed}} {
		n.AccountID = p.account
		tool, err := p.RegisterTool(p.Ctx, n)
		p.Must(err)
		if i == 0 {
			p.tool = tool.ID
			p.Report(tsdb.Record, storetest.Runs(p.account, tool.ID, "old", start.Add(-72*time.Hour), 3), storetest.Runs(p.account, tool.ID, "new", start, 4))
		}
		if i == 1 {
			p.Report(tsdb.Record, storetest.Runs(p.account, tool.ID, "ahead", start.Add(4*time.Minute), 9))
			_, err = p.SetToolStatus(p.Ctx, p.account, tool.ID, tsdb.Undeployed)
			p.Must(err)
		}
	}
}

func (p *tabs) makeModels() {
	seven := decimal.NewFromInt(7)
	model, err := p.RegisterModel(p.Ctx, tsdb.NewModel{AccountID: p.account, Name: "Llama", Billions: &seven})
	p.Must(err)
	p.model = model.ID
	job, err := p.StartFineTuning(p.Ctx, tsdb.NewJob{AccountID: p.account, ModelID: model.ID, Name: "Llama support", TrainingTokens: 10_000_000, Epochs: 3,
		Method: billing.QLoRA, Hardware: "A10G", IdempotencyKey: p.Key()})
	p.Must(err)
	p.tuned = job.ModelID
	for i, replicas := range []int64{2, 1} {
		d, err := p.DeployModel(p.Ctx, tsdb.ModelDeployment{AccountID: p.account, ModelID: model.ID, Name: []string{"prod", "test"}[i], Hardware: "a100.40gb", Replicas: replicas})
		p.Must(err)
		p.deployment, p.otherDeployment = d.ID, p.deployment
	}
	p.deployment, p.otherDeployment = p.otherDeployment, p.deployment // prod, test
	named := storetest.Tokens(p.account, p.model, "named", start, 1_000_000, 0)
	named.DeploymentID = p.deployment
	p.Report(tsdb.Record, named, storetest.Tokens(p.account, p.model, "unnamed", start, 0, 1_000_000))
	p.Clock.Advance(time.Hour)
	_, err = p.UndeployModel(p.Ctx, p.account, p.otherDeployment, time.Time{})
	p.Must(err)
}

func (p *tabs) makeHosting() {
	guardrail, err := p.DeployGuardrail(p.Ctx, tsdb.NewGuardrail{AccountID: p.account, Name: "No secrets", Scanner: billing.Anonymize, CPUType: general, Replicas: 1})
	p.Must(err)
	p.guardrail = guardrail.ID
	free, err := p.DeployGuardrail(p.Ctx, tsdb.NewGuardrail{AccountID: p.account, Name: "Phone numbers", Scanner: billing.Regex, Replicas: 1})
	p.Must(err)
	p.free = free.ID
	old, err := p.DeployGuardrail(p.Ctx, tsdb.NewGuardrail{AccountID: p.account, Name: "Bans", Scanner: billing.BanTopics, CPUType: general, Replicas: 1})
	p.Must(err)
	p.old = old.ID
	for _, name := range []string{"Nightly", "Draft"} {
		script, err := p.CreateScript(p.Ctx, tsdb.NewScript{AccountID: p.account, Name: name, Language: tsdb.Python})
		p.Must(err)
		p.script, p.draft = p.draft, script.ID
	}
	p.deployScript(tsdb.Redeployment{})
	p.Clock.Advance(30*time.Minute + 30*time.Second)
	p.Must(p.ScaleDeployment(p.Ctx, p.account, tsdb.Deployable{Kind: tsdb.KindGuardrail, ID: p.guardrail}, 3, time.Time{}))
	_, err = p.UndeployGuardrail(p.Ctx, p.account, p.old, time.Time{})
	p.Must(err)
	p.Clock.Advance(30*time.Minute + 31*time.Second)
	p.deployScript(tsdb.Redeployment{ID: p.script, Hardware: larger})
	p.Clock.Advance(59 * time.Second)
}

// deployScript deploys the script, or deploys it again, and reports that it runs.
func (p *tabs) deployScript(again tsdb.Redeployment) {
	p.T.Helper()
	var err error
	again.AccountID = p.account
	if again.ID == 0 {
		_, err = p.DeployScript(p.Ctx, tsdb.ScriptDeployment{AccountID: p.account, ScriptID: p.script, Hardware: smallest, Replicas: 2})
	} else {
		_, err = p.RedeployScript(p.Ctx, again)
	}
	p.Must(err)
	p.Must(p.ReportDeployment(p.Ctx, tsdb.DeploymentReport{AccountID: p.account, Target: tsdb.Deployable{Kind: tsdb.KindScript, ID: p.script}, Outcome: tsdb.OutcomeDeployed}))
}

// read asks one Reader.
func (p *tabs) read(ask func(r *charts.Reader)) {
	p.T.Helper()
	r := charts.Read(p.Store)
	defer r.Close(p.Ctx)
	ask(r)
}

var ever = charts.Span{Ever: true}

// everything asks for all rows with their figures.
func everything(sort charts.TabSort) charts.TabQuery {
	return charts.TabQuery{Span: ever, Sort: sort, Sums: true, Page: charts.TabPage{Limit: 100}}
}

func (p *tabs) hosting(kind tsdb.ResourceKind, q charts.TabQuery) (tab *charts.HostingTab) {
	p.T.Helper()
	p.read(func(r *charts.Reader) {
		var err error
		if kind == tsdb.KindGuardrail {
			tab, err = r.Guardrails(p.Ctx, p.account, q)
		} else {
			tab, err = r.Scripts(p.Ctx, p.account, q)
		}
		p.Must(err)
	})
	return tab
}

func names[T any](rows charts.TabRows[T], name func(T) string) []string {
	var out []string
	for _, row := range rows.Rows {
		out = append(out, name(row.Row))
	}
	return out
}

func wants[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func micro(credits string) billing.Amount { return billing.MustCredits(credits) }

func TestToolsTab(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	name := func(r charts.ToolRow) string { return r.Name }
	for sort, want := range map[charts.TabSort][]string{
		charts.SortName: {"booking", "Calendar", "Search"}, charts.SortUsed: {"Calendar", "Search", "booking"}, charts.SortOwner: {"booking", "Calendar", "Search"},
		charts.SortDate: {"Search", "booking", "Calendar"}, charts.SortStatus: {"Search", "Calendar", "booking"},
	} {
		p.read(func(r *charts.Reader) {
			tab, err := r.Tools(p.Ctx, p.account, everything(sort))
			p.Must(err)
			if got := names(tab.TabRows, name); !slices.Equal(got, want) {
				t.Errorf("by %s: %v, want %v", sort, got, want)
			}
			wants(t, "runs", tab.Runs, 16)
			wants(t, "total", tab.Total, 3)
		})
	}
	p.read(func(r *charts.Reader) { // never used comes last, whichever way
		q := everything(charts.SortDate)
		q.Desc = true
		tab, err := r.Tools(p.Ctx, p.account, q)
		p.Must(err)
		if got := names(tab.TabRows, name); !slices.Equal(got, []string{"booking", "Search", "Calendar"}) {
			t.Errorf("latest first: %v", got)
		}
		q = everything(charts.SortName)
		q.Span, q.Statuses, q.Search = charts.Span{Range: billing.Resolve(billing.Last24Hours, p.Now(), time.UTC)}, []string{"DEPLOYED"}, "ea"
		tab, err = r.Tools(p.Ctx, p.account, q)
		p.Must(err)
		wants(t, "rows", len(tab.Rows), 1)
		wants(t, "runs of a day", tab.Runs, 4)
	})
}

func TestModelsTab(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	// prod: 2 × a100 since start, for 1:00:00 + 0:30:30 + 0:30:31 + 0:00:59 = 7,320 s; test: 1 × a100 for one hour.
	prod, test := billing.CumulativeCharge(micro("4.116"), 2, 7320), micro("4.116")
	p.read(func(r *charts.Reader) {
		tab, err := r.Models(p.Ctx, p.account, everything(charts.SortName))
		p.Must(err)
		wants(t, "models", tab.Total, 2)
		base, tuned := tab.Rows[0].Row, tab.Rows[1].Row
		wants(t, "base", base.Used, charts.ModelCredits{Hosting: prod + test, Inference: micro("2")})
		wants(t, "tuned", tuned.Used, charts.ModelCredits{FineTuning: micro("18")})
		wants(t, "total", tab.Used.Total(), prod+test+micro("20"))
		wants(t, "size", base.Billions.String(), "7")

		q := everything(charts.SortUsed)
		q.Desc = true
		deployments, err := r.ModelDeployments(p.Ctx, p.account, p.model, q)
		p.Must(err)
		wants(t, "deployments", deployments.Total, 2)
		wants(t, "most used", deployments.Rows[0].Row.ID, p.deployment)
		wants(t, "prod", deployments.Rows[0].Row.Credits, prod+micro("0.5"))
		wants(t, "test", deployments.Rows[1].Row.Credits, test)
		none, err := r.ModelDeployments(p.Ctx, p.account, p.tuned, q)
		p.Must(err)
		wants(t, "deployments of the other", none.Total, 0)
		q.Statuses = []string{"UNDEPLOYED"}
		deployments, err = r.ModelDeployments(p.Ctx, p.account, p.model, q)
		p.Must(err)
		wants(t, "undeployed", deployments.Total, 1)
	})
	p.read(func(r *charts.Reader) {
		q := everything(charts.SortName)
		q.Span = charts.Span{Range: billing.Range{From: start.Add(2 * time.Minute), To: start.Add(3 * time.Minute)}}
		q.Types = []string{tsdb.BaseModel}
		tab, err := r.Models(p.Ctx, p.account, q)
		p.Must(err)
		wants(t, "base models", tab.Total, 1)
		minute := billing.CumulativeCharge(micro("4.116"), 2, 180) - billing.CumulativeCharge(micro("4.116"), 2, 120) +
			billing.CumulativeCharge(micro("4.116"), 1, 180) - billing.CumulativeCharge(micro("4.116"), 1, 120)
		wants(t, "a minute", tab.Used.Total(), minute)
	})
}

func TestGuardrailsTab(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	// No secrets: 4 CPUs, 1 replica for 1,830 s, then 3 replicas for 1,890 s. Bans: 4 CPUs for 1,830 s. Phone numbers costs nothing.
	rate := micro("0.288")
	secrets := billing.CumulativeCharge(rate, 1, 1830) + billing.CumulativeCharge(rate, 3, 1890)
	bans := billing.CumulativeCharge(rate, 1, 1830)
	tab := p.hosting(tsdb.KindGuardrail, everything(charts.SortUsed))
	wants(t, "guardrails", tab.Total, 3)
	wants(t, "credits", tab.Credits, secrets+bans)
	wants(t, "time", tab.Seconds, 3720+3720+1830)
	got := names(tab.TabRows, func(r charts.HostingRow) string { return r.Name })
	if !slices.Equal(got, []string{"Phone numbers", "Bans", "No secrets"}) {
		t.Errorf("by credits: %v", got)
	}
	wants(t, "status", tab.Rows[1].Row.Status, tsdb.Undeployed)
	p.read(func(r *charts.Reader) {
		panel, err := r.Panel(p.Ctx, p.account, p.guardrail, ever)
		p.Must(err)
		wants(t, "rows", len(panel.Rows), 1)
		wants(t, "row", panel.Rows[0], charts.PanelRow{Hardware: general, CPUs: 4, Seconds: 3720, ReplicaSeconds: 1830 + 3*1890, Credits: secrets})
		panel, err = r.Panel(p.Ctx, p.account, p.free, ever)
		p.Must(err)
		wants(t, "rows of a free one", len(panel.Rows), 0)
		wants(t, "time of a free one", panel.Seconds, 3720)
	})
	q := everything(charts.SortName)
	q.Span = charts.Span{Range: billing.Range{From: start.Add(time.Hour), To: start.Add(time.Hour + 31*time.Minute)}}
	q.Search, q.Statuses = "s", []string{"DEPLOYED"}
	tab = p.hosting(tsdb.KindGuardrail, q)
	wants(t, "found", tab.Total, 2)
	wants(t, "credits in range", tab.Credits, billing.CumulativeCharge(rate, 1, 1830)+billing.CumulativeCharge(rate, 3, 30))
	wants(t, "time in range", tab.Seconds, 2*31*60)
}

func TestScriptsTab(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	first, second := billing.CumulativeCharge(micro("0.07698"), 2, 3661), billing.CumulativeCharge(micro("0.15396"), 2, 59)
	tab := p.hosting(tsdb.KindScript, everything(charts.SortDate))
	wants(t, "scripts", tab.Total, 2)
	wants(t, "credits", tab.Credits, first+second)
	wants(t, "time", tab.Seconds, 3661+59)
	running, draft := tab.Rows[0].Row, tab.Rows[1].Row
	wants(t, "status", running.Status, tsdb.Deployed)
	wants(t, "last active", running.LastActiveAt.Equal(p.Now()), true)
	wants(t, "hardware", running.Deployment.Hardware, larger)
	wants(t, "draft", draft.Deployment == nil && draft.LastActiveAt == nil && draft.Status == tsdb.Draft, true)
	p.read(func(r *charts.Reader) {
		panel, err := r.Panel(p.Ctx, p.account, p.script, ever)
		p.Must(err)
		want := []charts.PanelRow{
			{Hardware: smallest, Seconds: 3661, ReplicaSeconds: 2 * 3661, Credits: first},
			{Hardware: larger, Seconds: 59, ReplicaSeconds: 2 * 59, Credits: second},
		}
		if !slices.Equal(panel.Rows, want) {
			t.Errorf("panel: %+v, want %+v", panel.Rows, want)
		}
		wants(t, "total", panel.Credits, first+second)
		wants(t, "hosting time", panel.Seconds, 3720)
	})
}

// What the tabs show, what the overview shows and what the books drew are the same, posted or not, rolled up or not.
func TestTabsSumToTheOverview(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	check := func() {
		t.Helper()
		p.read(func(r *charts.Reader) {
			a, err := r.Account(p.Ctx, p.account)
			p.Must(err)
			models, err := r.Models(p.Ctx, p.account, everything(charts.SortName))
			p.Must(err)
			guardrails, err := r.Guardrails(p.Ctx, p.account, everything(charts.SortName))
			p.Must(err)
			scripts, err := r.Scripts(p.Ctx, p.account, everything(charts.SortName))
			p.Must(err)
			tools, err := r.Tools(p.Ctx, p.account, everything(charts.SortName))
			p.Must(err)
			tabs := billing.Slices{models.Used.Total(), guardrails.Credits, scripts.Credits, billing.Amount(tools.Runs)}
			wants(t, "tabs and books", tabs, a.Slices())
			all, err := r.UsedIn(p.Ctx, p.account, ever)
			p.Must(err)
			wants(t, "overview in range and books", all.Used, a.Slices())
			wants(t, "used", a.Credits.Used(), tabs[0]+tabs[1]+tabs[2])
		})
	}
	check()
	_, err := p.Tick(p.Ctx, 10)
	p.Must(err)
	check()
	p.Clock.Advance(36 * time.Hour)
	p.rollUp(1000)
	check()
	_, err = p.Tick(p.Ctx, 10)
	p.Must(err)
	p.rollUp(1000)
	check()
}

// A stop that is due but not posted is shown like one that is.
func TestTabsShowADueStop(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	script, err := p.CreateScript(p.Ctx, tsdb.NewScript{AccountID: p.account, Name: "Waiting", Language: tsdb.JavaScript})
	p.Must(err)
	_, err = p.DeployScript(p.Ctx, tsdb.ScriptDeployment{AccountID: p.account, ScriptID: script.ID, Hardware: smallest, Replicas: 1})
	p.Must(err)
	p.Clock.Advance(14 * 24 * time.Hour)
	type shown struct {
		statuses                    string
		models, guardrails, scripts billing.Amount
		seconds                     int64
	}
	look := func() (s shown) {
		p.read(func(r *charts.Reader) {
			models, err := r.Models(p.Ctx, p.account, everything(charts.SortName))
			p.Must(err)
			s.models = models.Used.Total()
			deployments, err := r.ModelDeployments(p.Ctx, p.account, p.model, everything(charts.SortName))
			p.Must(err)
			for _, d := range deployments.Rows {
				s.statuses += d.Row.Name + " " + string(d.Row.Status) + " " + d.Row.Reason + d.Row.UpdatedAt.String() + "\n"
			}
			guardrails, err := r.Guardrails(p.Ctx, p.account, everything(charts.SortName))
			p.Must(err)
			scripts, err := r.Scripts(p.Ctx, p.account, everything(charts.SortName))
			p.Must(err)
			s.guardrails, s.scripts, s.seconds = guardrails.Credits, scripts.Credits, guardrails.Seconds+scripts.Seconds
			for _, row := range append(guardrails.Rows, scripts.Rows...) {
				s.statuses += row.Row.Name + " " + string(row.Row.Status)
				if d := row.Row.Deployment; d != nil {
					s.statuses += " " + string(d.Status) + " " + d.Reason
				}
				if at := row.Row.LastActiveAt; at != nil {
					s.statuses += " " + at.UTC().String()
				}
				s.statuses += "\n"
			}
		})
		return s
	}
	before := look()
	_, err = p.Tick(p.Ctx, 10)
	p.Must(err)
	if after := look(); after != before {
		t.Errorf("before the posting:\n%+v\nafter:\n%+v", before, after)
	}
	if p.View(p.account).Credits.Balance() > micro("-25") {
		t.Errorf("nothing was stopped: %s", before.statuses)
	}
}
