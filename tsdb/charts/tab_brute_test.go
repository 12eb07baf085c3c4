package charts_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

// ranFact is a part of hosting as the test itself asked for it: half-open, whole seconds; end zero: it still runs.
type ranFact struct {
	kind                 tsdb.ResourceKind
	resource, deployment int64
	hardware             string
	rate                 int64 // micro-credits per replica-hour
	replicas             int64
	start, end           time.Time
}

// cumulative is the charge after some seconds by rules.md §6: rate × replica-seconds / 3600, rounded half up.
func (h *ranFact) cumulative(seconds int64) billing.Amount {
	n := new(big.Int).Mul(big.NewInt(2*h.rate), big.NewInt(h.replicas*seconds))
	n.Add(n, big.NewInt(3600))
	return billing.Amount(n.Div(n, big.NewInt(7200)).Int64())
}

// within is the part of it that lies in [from, to), up to now.
func (h *ranFact) within(from, to, now time.Time) (start, end time.Time, credits billing.Amount) {
	start, end = h.start, h.end
	if end.IsZero() {
		end = now
	}
	if start.Before(from) {
		start = from
	}
	if end.After(to) {
		end = to
	}
	if !start.Before(end) {
		return start, start, 0
	}
	return start, end, h.cumulative(int64(end.Sub(h.start)/time.Second)) - h.cumulative(int64(start.Sub(h.start)/time.Second))
}

// hostingThing is something that can be deployed, and whether it is.
type hostingThing struct {
	kind                 tsdb.ResourceKind
	resource, deployment int64
	open                 *ranFact
}

func (h *hostingThing) target() tsdb.Deployable {
	if h.kind == tsdb.KindModel {
		return tsdb.Deployable{Kind: h.kind, ID: h.deployment}
	}
	return tsdb.Deployable{Kind: h.kind, ID: h.resource}
}

// hostingRates are those of rules.md §7 for what the test deploys.
var hostingRates = map[tsdb.ResourceKind]map[string]int64{
	tsdb.KindModel: {"g6.xlarge": 1_207_200}, tsdb.KindGuardrail: {general: 4 * 72_000, "COMPUTE_OPTIMIZED": 4 * 76_980}, tsdb.KindScript: {smallest: 76_980, larger: 153_960},
}

// brute is an account that does random things, and the facts as the test itself keeps them.
type brute struct {
	*fixture
	random  *rand.Rand
	account int64
	created time.Time
	tools   []int64
	models  []int64
	things  []*hostingThing
	events  []tsdb.UsageEvent
	ran     []*ranFact

	neighbours []*neighbour // the account first; see pivot_state_test.go
	beside     []tsdb.UsageEvent
}

// newBrute makes an account that has a history before its books.
func newBrute(t *testing.T, seed uint64) *brute {
	b := &brute{fixture: newFixture(t), random: rand.New(rand.NewPCG(seed, 11))}
	b.created = start.Add(-9*24*time.Hour - 17*time.Minute)
	b.Clock.Set(b.created)
	var err error
	b.account, err = b.CreateAccount(b.Ctx, tsdb.NewAccount{Name: "Acme", IdempotencyKey: b.Key(), BooksFrom: b.created}, tsdb.Actor{})
	b.Must(err)
	_, err = b.GrantCredits(b.Ctx, tsdb.NewGrant{AccountID: b.account, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: billing.MustCredits("900000"),
		Reference: "order", IdempotencyKey: b.Key()}, tsdb.Actor{})
	b.Must(err)
	for i := range 3 {
		tool, err := b.RegisterTool(b.Ctx, tsdb.NewTool{AccountID: b.account, Name: fmt.Sprint("tool ", i), OwnerName: "Mia", Status: tsdb.Deployed})
		b.Must(err)
		model, err := b.RegisterModel(b.Ctx, tsdb.NewModel{AccountID: b.account, Name: fmt.Sprint("model ", i)})
		b.Must(err)
		b.tools, b.models = append(b.tools, tool.ID), append(b.models, model.ID)
	}
	b.things = append(b.things, b.newDeployment(b.models[0], b.created.Add(-5*24*time.Hour)))
	b.undeploy(b.things[0], b.created.Add(-3*24*time.Hour))
	b.things = append(b.things, b.newDeployment(b.models[0], time.Time{}), b.newDeployment(b.models[1], time.Time{}))
	for i := range 2 {
		b.things = append(b.things, b.newGuardrail(i), b.newScript(i))
	}
	return b
}

// began notes that a thing runs since at, or since now.
func (b *brute) began(h *hostingThing, hardware string, replicas int64, at time.Time) {
	if at.IsZero() {
		at = b.Now()
	}
	h.open = &ranFact{kind: h.kind, resource: h.resource, deployment: h.deployment, hardware: hardware, rate: hostingRates[h.kind][hardware], replicas: replicas,
		start: at.Truncate(time.Second)}
	b.ran = append(b.ran, h.open)
}

func (b *brute) ended(h *hostingThing, at time.Time) {
	if at.IsZero() {
		at = b.Now()
	}
	h.open.end, h.open = at.Truncate(time.Second), nil
}

func (b *brute) newDeployment(model int64, at time.Time) *hostingThing {
	h := &hostingThing{kind: tsdb.KindModel, resource: model}
	d, err := b.DeployModel(b.Ctx, tsdb.ModelDeployment{AccountID: b.account, ModelID: model, Name: "d", Hardware: "g6.xlarge", Replicas: 2, At: at})
	b.Must(err)
	h.deployment = d.ID
	b.began(h, "g6.xlarge", 2, at)
	return h
}

func (b *brute) newGuardrail(i int) *hostingThing {
	h := &hostingThing{kind: tsdb.KindGuardrail}
	r, err := b.DeployGuardrail(b.Ctx, tsdb.NewGuardrail{AccountID: b.account, Name: fmt.Sprint("guard ", i), Scanner: billing.Anonymize, CPUType: general, Replicas: 1})
	b.Must(err)
	h.resource = r.ID
	b.began(h, general, 1, time.Time{})
	return h
}

func (b *brute) newScript(i int) *hostingThing {
	h := &hostingThing{kind: tsdb.KindScript}
	r, err := b.CreateScript(b.Ctx, tsdb.NewScript{AccountID: b.account, Name: fmt.Sprint("script ", i), Language: tsdb.Python})
	b.Must(err)
	h.resource = r.ID
	_, err = b.DeployScript(b.Ctx, tsdb.ScriptDeployment{AccountID: b.account, ScriptID: r.ID, Hardware: smallest, Replicas: 1})
	b.Must(err)
	b.Must(b.ReportDeployment(b.Ctx, tsdb.DeploymentReport{AccountID: b.account, Target: h.target(), Outcome: tsdb.OutcomeDeployed}))
	b.began(h, smallest, 1, time.Time{})
	return h
}

func (b *brute) undeploy(h *hostingThing, at time.Time) {
	var err error
	switch h.kind {
	case tsdb.KindModel:
		_, err = b.UndeployModel(b.Ctx, b.account, h.deployment, at)
	case tsdb.KindGuardrail:
		_, err = b.UndeployGuardrail(b.Ctx, b.account, h.resource, at)
	default:
		_, err = b.UndeployScript(b.Ctx, b.account, h.resource, at)
	}
	b.Must(err)
	b.ended(h, at)
}

// redeploy deploys a thing again, on random hardware of its kind.
func (b *brute) redeploy(h *hostingThing) {
	var hardware string
	for name := range hostingRates[h.kind] { // in no order
		hardware = max(hardware, name)
		if b.random.IntN(2) == 0 {
			hardware = name
		}
	}
	again := tsdb.Redeployment{AccountID: b.account, ID: h.target().ID, Hardware: hardware, Replicas: 1 + b.random.Int64N(3)}
	var err error
	switch h.kind {
	case tsdb.KindModel:
		_, err = b.RedeployModel(b.Ctx, again)
	case tsdb.KindGuardrail:
		_, err = b.RedeployGuardrail(b.Ctx, again)
	default:
		if _, err = b.RedeployScript(b.Ctx, again); err == nil {
			err = b.ReportDeployment(b.Ctx, tsdb.DeploymentReport{AccountID: b.account, Target: h.target(), Outcome: tsdb.OutcomeDeployed})
		}
	}
	b.Must(err)
	if h.open != nil {
		b.ended(h, time.Time{})
	}
	b.began(h, hardware, again.Replicas, time.Time{})
}

// past is now, or an instant up to two hours ago that is not before what runs began.
func (b *brute) past(h *hostingThing) time.Time {
	at := b.Now().Add(-time.Duration(b.random.IntN(7200)) * time.Second).Truncate(time.Second)
	if b.random.IntN(2) == 0 || !at.After(h.open.start) {
		return time.Time{}
	}
	return at
}

// act does something with a thing.
func (b *brute) act(h *hostingThing) {
	switch n := b.random.IntN(3); {
	case h.open == nil || n == 0:
		b.redeploy(h)
	case n == 1:
		b.undeploy(h, b.past(h))
	default:
		at, replicas, was := b.past(h), h.open.replicas%3+1, *h.open
		b.Must(b.ScaleDeployment(b.Ctx, b.account, h.target(), replicas, at))
		b.ended(h, at)
		b.began(h, was.hardware, replicas, at)
	}
}

// use sends usage of the last weeks: late, a little ahead, and on the edges of minutes, quarter-hours and days.
func (b *brute) use() {
	var batch []tsdb.UsageEvent
	for range 1 + b.random.IntN(12) {
		at := b.Now().Add(5*time.Minute - time.Duration(b.random.Int64N(int64(14*24*time.Hour))))
		if b.random.IntN(3) == 0 {
			at = b.Now().Add(5*time.Minute - time.Duration(b.random.Int64N(int64(3*time.Hour))))
		}
		edge := []time.Duration{time.Microsecond, time.Minute, 15 * time.Minute, time.Hour, 24 * time.Hour}[b.random.IntN(5)]
		at = at.Truncate(edge)
		if b.random.IntN(3) == 0 {
			at = at.Add(-time.Microsecond)
		}
		id, i := b.Key(), b.random.IntN(3)
		if b.random.IntN(2) == 0 {
			batch = append(batch, b.attribute(storetest.Runs(b.account, b.tools[i], id, at, 1+b.random.Int64N(9))))
			continue
		}
		e := storetest.Tokens(b.account, b.models[i], id, at, b.random.Int64N(100_000), b.random.Int64N(100_000))
		if h := b.things[b.random.IntN(3)]; h.resource == e.ResourceID {
			e.DeploymentID = h.deployment
		}
		batch = append(batch, b.attribute(e))
	}
	for i, r := range b.Report(tsdb.Record, batch...) {
		if r.Status != tsdb.Stored {
			b.T.Fatalf("%+v: %+v", batch[i], r)
		}
	}
	b.events = append(b.events, batch...)
}

// charge is what an event costs by rules.md §7.
func charge(e *tsdb.UsageEvent) billing.Amount {
	return billing.Amount((e.InputTokens + 3*e.OutputTokens + 1) / 2)
}

// span is a random span to ask about: everything, a preset, or a caller's own range, with the time that it covers.
func (b *brute) span(loc *time.Location) (s charts.Span, from, to time.Time) {
	now := b.Now()
	switch n := b.random.IntN(10); {
	case n == 0:
		return ever, time.Unix(0, 0), now.Add(time.Hour)
	case n < 4:
		presets := billing.Presets()
		s.Range = billing.Resolve(presets[b.random.IntN(len(presets))], now, loc)
	default:
		from := now.Add(-time.Duration(b.random.IntN(20*24*60)) * time.Minute).Truncate([]time.Duration{time.Minute, 15 * time.Minute, 24 * time.Hour}[b.random.IntN(3)])
		to := from.Add(time.Duration(1+b.random.IntN(12*24*60)) * time.Minute).Truncate([]time.Duration{time.Minute, 15 * time.Minute, time.Hour}[b.random.IntN(3)])
		var err error
		if s.Range, err = billing.Custom(from, to, now, loc); err != nil {
			return b.span(loc)
		}
	}
	return s, s.From, s.To
}

// check reads all tabs for one span.
func (b *brute) check(loc *time.Location) {
	b.T.Helper()
	span, from, to := b.span(loc)
	want := b.sums(from, to)
	what := fmt.Sprintf("at %s, [%s, %s) ", b.Now().Format(time.RFC3339), from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339))
	q := everything(charts.SortUsed)
	q.Span, q.Desc = span, b.random.IntN(2) == 0
	r := charts.Read(b.Store)
	defer r.Close(b.Ctx)
	used, err := r.UsedIn(b.Ctx, b.account, span)
	b.Must(err)
	wants(b.T, what+"overview", used.Used, want.slices)
	tools, err := r.Tools(b.Ctx, b.account, q)
	b.Must(err)
	wants(b.T, what+"total runs", tools.Runs, int64(want.slices[billing.Tools.Index()]))
	for _, row := range tools.Rows {
		wants(b.T, what+row.Row.Name, row.Row.Runs, want.runs[row.Row.ID])
	}
	models, err := r.Models(b.Ctx, b.account, q)
	b.Must(err)
	wants(b.T, what+"total of models", models.Used.Total(), want.slices[billing.Models.Index()])
	for _, row := range models.Rows {
		wants(b.T, what+row.Row.Name, row.Row.Used, charts.ModelCredits{Hosting: want.hosting[row.Row.ID], Inference: want.inference[row.Row.ID]})
		deployments, err := r.ModelDeployments(b.Ctx, b.account, row.Row.ID, q)
		b.Must(err)
		for _, d := range deployments.Rows {
			wants(b.T, fmt.Sprint(what, "deployment ", d.Row.ID), d.Row.Credits, want.deployment[d.Row.ID])
		}
	}
	b.checkHosting(r, what, q, want)
}

func (b *brute) checkHosting(r *charts.Reader, what string, q charts.TabQuery, want *sums) {
	b.T.Helper()
	guardrails, err := r.Guardrails(b.Ctx, b.account, q)
	b.Must(err)
	scripts, err := r.Scripts(b.Ctx, b.account, q)
	b.Must(err)
	wants(b.T, what+"guardrails", guardrails.Credits, want.slices[billing.Guardrails.Index()])
	wants(b.T, what+"scripts", scripts.Credits, want.slices[billing.Scripts.Index()])
	for _, row := range slices.Concat(guardrails.Rows, scripts.Rows) {
		id := row.Row.ID
		wants(b.T, what+row.Row.Name+" credits", row.Row.Credits, want.hosting[id])
		wants(b.T, what+row.Row.Name+" time", row.Row.Seconds, want.seconds[id])
		panel, err := r.Panel(b.Ctx, b.account, id, q.Span)
		b.Must(err)
		var total billing.Amount
		var seconds, replicated int64
		for _, p := range panel.Rows {
			total, seconds, replicated = total+p.Credits, seconds+p.Seconds, replicated+p.ReplicaSeconds
		}
		wants(b.T, what+row.Row.Name+" panel", panel.Credits, want.hosting[id])
		wants(b.T, what+row.Row.Name+" panel's rows", total, want.hosting[id])
		wants(b.T, what+row.Row.Name+" panel's times", [3]int64{panel.Seconds, seconds, replicated}, [3]int64{want.seconds[id], want.seconds[id], want.replicated[id]})
	}
}

// checkTrend reads a trend and compares it bucket by bucket.
func (b *brute) checkTrend(loc *time.Location) {
	b.T.Helper()
	span, from, to := b.span(loc)
	granularity := billing.Granularities()[b.random.IntN(5)]
	if span.Ever || granularity == billing.Minute && to.Sub(from) > 49*time.Hour || to.Sub(from) > 100*24*time.Hour {
		return
	}
	trend := b.trend(b.account, charts.TrendQuery{Range: span.Range, Granularity: granularity, Zone: loc})
	for i, bucket := range trend.Buckets {
		first, last := bucket.Start, bucket.End
		if first.Before(from) {
			first = from
		}
		if last.After(to) {
			last = to
		}
		wants(b.T, fmt.Sprintf("%s by %s, bucket %s", loc, granularity, bucket.Start), trend.Used[i], b.sums(first, last).slices)
	}
}

// Whatever happens in any order, posted or not, rolled up or not: tabs, panels, overview and trend show what the facts
// add up to.
func TestTabsEqualTheFacts(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			b := newBrute(t, seed)
			zones := []*time.Location{time.UTC, zone(t, "Asia/Kathmandu"), zone(t, "America/St_Johns"), zone(t, "Australia/Eucla"), zone(t, "Australia/Lord_Howe"), zone(t, "America/New_York")}
			for range 16 {
				b.Clock.Advance(time.Duration(1+b.random.IntN(9*3600)) * time.Second)
				b.use()
				b.act(b.things[1+b.random.IntN(len(b.things)-1)])
				if b.random.IntN(3) == 0 {
					_, err := b.Tick(b.Ctx, 10)
					b.Must(err)
				}
				if b.random.IntN(3) == 0 {
					b.rollUp(1 + b.random.IntN(60))
				}
				loc := zones[b.random.IntN(len(zones))]
				b.check(loc)
				b.checkTrend(loc)
				if t.Failed() {
					t.FailNow()
				}
			}
		})
	}
}
