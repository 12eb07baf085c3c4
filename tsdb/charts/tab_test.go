package charts_test

import (
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
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

// newTabs lives through a day: what is asserted about it is worked out by hand.
func newTabs(t testing.TB) *tabs {
	t.Helper()
	f := newFixture(t)
	p := &tabs{fixture: f, account: f.account()}
	_, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: p.account, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: billing.MustCredits("925"),
		Reference: "order", IdempotencyKey: f.key()}, tsdb.Actor{})
	f.must(err)
	p.makeTools()
	p.makeModels()
	p.makeHosted()
	return p
}

func (p *tabs) makeTools() {
	for i, n := range []tsdb.NewTool{{Name: "Search", OwnerName: "Zoe", Status: tsdb.Deployed}, {Name: "booking", OwnerName: "Adam", Status: tsdb.Deployed},
		{Name: "Secret", OwnerName: "Mia", Status: tsdb.InDevelopment}, {Name: "Calendar", OwnerName: "Mia", Status: tsdb.Deployed}} {
		n.AccountID = p.account
		tool, err := p.RegisterTool(p.ctx, n)
		p.must(err)
		if i == 0 {
			p.tool = tool.ID
			p.ingest(tsdb.Record, runs(p.account, tool.ID, "old", start.Add(-72*time.Hour), 3), runs(p.account, tool.ID, "new", start, 4))
		}
		if i == 1 {
			p.ingest(tsdb.Record, runs(p.account, tool.ID, "ahead", start.Add(4*time.Minute), 9))
			_, err = p.SetToolStatus(p.ctx, p.account, tool.ID, tsdb.Undeployed)
			p.must(err)
		}
	}
}

func (p *tabs) makeModels() {
	seven := decimal.NewFromInt(7)
	model, err := p.RegisterModel(p.ctx, tsdb.NewModel{AccountID: p.account, Name: "Llama", Billions: &seven})
	p.must(err)
	p.model = model.ID
	job, err := p.StartFineTuning(p.ctx, tsdb.NewJob{AccountID: p.account, ModelID: model.ID, Name: "Llama support", TrainingTokens: 10_000_000, Epochs: 3,
		Method: billing.QLoRA, Hardware: "A10G", IdempotencyKey: p.key()})
	p.must(err)
	p.tuned = job.ModelID
	for i, replicas := range []int64{2, 1} {
		d, err := p.DeployModel(p.ctx, tsdb.ModelDeployment{AccountID: p.account, ModelID: model.ID, Name: []string{"prod", "test"}[i], Hardware: "a100.40gb", Replicas: replicas})
		p.must(err)
		p.deployment, p.otherDeployment = d.ID, p.deployment
	}
	p.deployment, p.otherDeployment = p.otherDeployment, p.deployment // prod, test
	named := tokens(p.account, p.model, "named", start, 1_000_000, 0)
	named.DeploymentID = p.deployment
	p.ingest(tsdb.Record, named, tokens(p.account, p.model, "unnamed", start, 0, 1_000_000))
	p.clock.advance(time.Hour)
	_, err = p.UndeployModel(p.ctx, p.account, p.otherDeployment, time.Time{})
	p.must(err)
}

func (p *tabs) makeHosted() {
	guardrail, err := p.DeployGuardrail(p.ctx, tsdb.NewGuardrail{AccountID: p.account, Name: "No secrets", Scanner: billing.Anonymize, CPUType: general, Replicas: 1})
	p.must(err)
	p.guardrail = guardrail.ID
	free, err := p.DeployGuardrail(p.ctx, tsdb.NewGuardrail{AccountID: p.account, Name: "Phone numbers", Scanner: billing.Regex, Replicas: 1})
	p.must(err)
	p.free = free.ID
	old, err := p.DeployGuardrail(p.ctx, tsdb.NewGuardrail{AccountID: p.account, Name: "Bans", Scanner: billing.BanTopics, CPUType: general, Replicas: 1})
	p.must(err)
	p.old = old.ID
	for _, name := range []string{"Nightly", "Draft"} {
		script, err := p.CreateScript(p.ctx, tsdb.NewScript{AccountID: p.account, Name: name, Language: tsdb.Python})
		p.must(err)
		p.script, p.draft = p.draft, script.ID
	}
	p.deployScript(tsdb.Redeployment{})
	p.clock.advance(30*time.Minute + 30*time.Second)
	p.must(p.ScaleDeployment(p.ctx, p.account, tsdb.Deployable{Kind: tsdb.KindGuardrail, ID: p.guardrail}, 3, time.Time{}))
	_, err = p.UndeployGuardrail(p.ctx, p.account, p.old, time.Time{})
	p.must(err)
	p.clock.advance(30*time.Minute + 31*time.Second)
	p.deployScript(tsdb.Redeployment{ID: p.script, Hardware: larger})
	p.clock.advance(59 * time.Second)
}

// deployScript deploys the script, or deploys it again, and reports that it runs.
func (p *tabs) deployScript(again tsdb.Redeployment) {
	p.t.Helper()
	var err error
	again.AccountID = p.account
	if again.ID == 0 {
		_, err = p.DeployScript(p.ctx, tsdb.ScriptDeployment{AccountID: p.account, ScriptID: p.script, Hardware: smallest, Replicas: 2})
	} else {
		_, err = p.RedeployScript(p.ctx, again)
	}
	p.must(err)
	p.must(p.ReportDeployment(p.ctx, tsdb.DeploymentReport{AccountID: p.account, Target: tsdb.Deployable{Kind: tsdb.KindScript, ID: p.script}, Outcome: tsdb.OutcomeDeployed}))
}

// read asks one Reader.
func (p *tabs) read(ask func(r *charts.Reader)) {
	p.t.Helper()
	r := charts.Read(p.Store)
	defer r.Close(p.ctx)
	ask(r)
}

var ever = charts.Span{Ever: true}

// everything asks for all rows with their figures.
func everything(sort charts.TabSort) charts.TabQuery {
	return charts.TabQuery{Span: ever, Sort: sort, Sums: true, Page: charts.TabPage{Limit: 100}}
}

func (p *tabs) hosted(kind tsdb.ResourceKind, q charts.TabQuery) (tab *charts.HostedTab) {
	p.t.Helper()
	p.read(func(r *charts.Reader) {
		var err error
		if kind == tsdb.KindGuardrail {
			tab, err = r.Guardrails(p.ctx, p.account, q)
		} else {
			tab, err = r.Scripts(p.ctx, p.account, q)
		}
		p.must(err)
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
			tab, err := r.Tools(p.ctx, p.account, everything(sort))
			p.must(err)
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
		tab, err := r.Tools(p.ctx, p.account, q)
		p.must(err)
		if got := names(tab.TabRows, name); !slices.Equal(got, []string{"booking", "Search", "Calendar"}) {
			t.Errorf("latest first: %v", got)
		}
		q = everything(charts.SortName)
		q.Span, q.Statuses, q.Search = charts.Span{Range: billing.Resolve(billing.Last24Hours, p.Now(), time.UTC)}, []string{"DEPLOYED"}, "ea"
		tab, err = r.Tools(p.ctx, p.account, q)
		p.must(err)
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
		tab, err := r.Models(p.ctx, p.account, everything(charts.SortName))
		p.must(err)
		wants(t, "models", tab.Total, 2)
		base, tuned := tab.Rows[0].Row, tab.Rows[1].Row
		wants(t, "base", base.Used, charts.ModelCredits{Hosting: prod + test, Inference: micro("2")})
		wants(t, "tuned", tuned.Used, charts.ModelCredits{FineTuning: micro("18")})
		wants(t, "total", tab.Used.Total(), prod+test+micro("20"))
		wants(t, "size", base.Billions.String(), "7")

		q := everything(charts.SortUsed)
		q.Desc = true
		deployments, err := r.ModelDeployments(p.ctx, p.account, p.model, q)
		p.must(err)
		wants(t, "deployments", deployments.Total, 2)
		wants(t, "most used", deployments.Rows[0].Row.ID, p.deployment)
		wants(t, "prod", deployments.Rows[0].Row.Credits, prod+micro("0.5"))
		wants(t, "test", deployments.Rows[1].Row.Credits, test)
		none, err := r.ModelDeployments(p.ctx, p.account, p.tuned, q)
		p.must(err)
		wants(t, "deployments of the other", none.Total, 0)
		q.Statuses = []string{"UNDEPLOYED"}
		deployments, err = r.ModelDeployments(p.ctx, p.account, p.model, q)
		p.must(err)
		wants(t, "undeployed", deployments.Total, 1)
	})
	p.read(func(r *charts.Reader) {
		q := everything(charts.SortName)
		q.Span = charts.Span{Range: billing.Range{From: start.Add(2 * time.Minute), To: start.Add(3 * time.Minute)}}
		q.Types = []string{tsdb.BaseModel}
		tab, err := r.Models(p.ctx, p.account, q)
		p.must(err)
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
	tab := p.hosted(tsdb.KindGuardrail, everything(charts.SortUsed))
	wants(t, "guardrails", tab.Total, 3)
	wants(t, "credits", tab.Credits, secrets+bans)
	wants(t, "time", tab.Seconds, 3720+3720+1830)
	got := names(tab.TabRows, func(r charts.HostedRow) string { return r.Name })
	if !slices.Equal(got, []string{"Phone numbers", "Bans", "No secrets"}) {
		t.Errorf("by credits: %v", got)
	}
	wants(t, "status", tab.Rows[1].Row.Status, tsdb.Undeployed)
	p.read(func(r *charts.Reader) {
		panel, err := r.Panel(p.ctx, p.account, p.guardrail, ever)
		p.must(err)
		wants(t, "rows", len(panel.Rows), 1)
		wants(t, "row", panel.Rows[0], charts.PanelRow{Hardware: general, CPUs: 4, Seconds: 3720, ReplicaSeconds: 1830 + 3*1890, Credits: secrets})
		panel, err = r.Panel(p.ctx, p.account, p.free, ever)
		p.must(err)
		wants(t, "rows of a free one", len(panel.Rows), 0)
		wants(t, "time of a free one", panel.Seconds, 3720)
	})
	q := everything(charts.SortName)
	q.Span = charts.Span{Range: billing.Range{From: start.Add(time.Hour), To: start.Add(time.Hour + 31*time.Minute)}}
	q.Search, q.Statuses = "s", []string{"DEPLOYED"}
	tab = p.hosted(tsdb.KindGuardrail, q)
	wants(t, "found", tab.Total, 2)
	wants(t, "credits in range", tab.Credits, billing.CumulativeCharge(rate, 1, 1830)+billing.CumulativeCharge(rate, 3, 30))
	wants(t, "time in range", tab.Seconds, 2*31*60)
}

func TestScriptsTab(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	first, second := billing.CumulativeCharge(micro("0.07698"), 2, 3661), billing.CumulativeCharge(micro("0.15396"), 2, 59)
	tab := p.hosted(tsdb.KindScript, everything(charts.SortDate))
	wants(t, "scripts", tab.Total, 2)
	wants(t, "credits", tab.Credits, first+second)
	wants(t, "time", tab.Seconds, 3661+59)
	running, draft := tab.Rows[0].Row, tab.Rows[1].Row
	wants(t, "status", running.Status, tsdb.Deployed)
	wants(t, "last active", running.LastActiveAt.Equal(p.Now()), true)
	wants(t, "hardware", running.Deployment.Hardware, larger)
	wants(t, "draft", draft.Deployment == nil && draft.LastActiveAt == nil && draft.Status == tsdb.Draft, true)
	p.read(func(r *charts.Reader) {
		panel, err := r.Panel(p.ctx, p.account, p.script, ever)
		p.must(err)
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

// What the tabs show is what the overview shows is what the books drew, posted or not, rolled up or not.
func TestTabsSumToTheOverview(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	check := func() {
		t.Helper()
		p.read(func(r *charts.Reader) {
			a, err := r.Account(p.ctx, p.account)
			p.must(err)
			models, err := r.Models(p.ctx, p.account, everything(charts.SortName))
			p.must(err)
			guardrails, err := r.Guardrails(p.ctx, p.account, everything(charts.SortName))
			p.must(err)
			scripts, err := r.Scripts(p.ctx, p.account, everything(charts.SortName))
			p.must(err)
			tools, err := r.Tools(p.ctx, p.account, everything(charts.SortName))
			p.must(err)
			tabs := billing.Slices{models.Used.Total(), guardrails.Credits, scripts.Credits, billing.Amount(tools.Runs)}
			wants(t, "tabs and books", tabs, a.Slices())
			all, err := r.UsedIn(p.ctx, p.account, ever)
			p.must(err)
			wants(t, "overview in range and books", all.Used, a.Slices())
			wants(t, "used", a.Credits.Used(), tabs[0]+tabs[1]+tabs[2])
		})
	}
	check()
	_, err := p.Tick(p.ctx, 10)
	p.must(err)
	check()
	p.clock.advance(36 * time.Hour)
	p.rollUp(1000)
	check()
	_, err = p.Tick(p.ctx, 10)
	p.must(err)
	p.rollUp(1000)
	check()
}

// A stop that is due but not posted shows like one that is.
func TestTabsShowADueStop(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	script, err := p.CreateScript(p.ctx, tsdb.NewScript{AccountID: p.account, Name: "Waiting", Language: tsdb.JavaScript})
	p.must(err)
	_, err = p.DeployScript(p.ctx, tsdb.ScriptDeployment{AccountID: p.account, ScriptID: script.ID, Hardware: smallest, Replicas: 1})
	p.must(err)
	p.clock.advance(14 * 24 * time.Hour)
	type shown struct {
		statuses                    string
		models, guardrails, scripts billing.Amount
		seconds                     int64
	}
	look := func() (s shown) {
		p.read(func(r *charts.Reader) {
			models, err := r.Models(p.ctx, p.account, everything(charts.SortName))
			p.must(err)
			s.models = models.Used.Total()
			deployments, err := r.ModelDeployments(p.ctx, p.account, p.model, everything(charts.SortName))
			p.must(err)
			for _, d := range deployments.Rows {
				s.statuses += d.Row.Name + " " + string(d.Row.Status) + " " + d.Row.Reason + d.Row.UpdatedAt.String() + "\n"
			}
			guardrails, err := r.Guardrails(p.ctx, p.account, everything(charts.SortName))
			p.must(err)
			scripts, err := r.Scripts(p.ctx, p.account, everything(charts.SortName))
			p.must(err)
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
	_, err = p.Tick(p.ctx, 10)
	p.must(err)
	if after := look(); after != before {
		t.Errorf("before the posting:\n%+v\nafter:\n%+v", before, after)
	}
	if p.view(p.account).Credits.Balance() > micro("-25") {
		t.Errorf("nothing was stopped: %s", before.statuses)
	}
}
