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

// cumulative is the charge after so many seconds by rules.md §6: half up of rate × replica-seconds / 3600.
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

// hostedThing is what can be deployed, and whether it is.
type hostedThing struct {
	kind                 tsdb.ResourceKind
	resource, deployment int64
	open                 *ranFact
}

func (h *hostedThing) target() tsdb.Deployable {
	if h.kind == tsdb.KindModel {
		return tsdb.Deployable{Kind: h.kind, ID: h.deployment}
	}
	return tsdb.Deployable{Kind: h.kind, ID: h.resource}
}

// hostedRates are those of rules.md §7 for what the test deploys.
var hostedRates = map[tsdb.ResourceKind]map[string]int64{
	tsdb.KindModel: {"g6.xlarge": 1_207_200}, tsdb.KindGuardrail: {general: 4 * 72_000, "COMPUTE_OPTIMIZED": 4 * 76_980}, tsdb.KindScript: {smallest: 76_980, larger: 153_960},
}

// brute is an account that does things at random, and the facts as the test itself keeps them.
type brute struct {
	*fixture
	random  *rand.Rand
	account int64
	created time.Time
	tools   []int64
	models  []int64
	things  []*hostedThing
	events  []tsdb.UsageEvent
	ran     []*ranFact
}

// newBrute makes an account that has a history before its books.
func newBrute(t *testing.T, seed uint64) *brute {
	b := &brute{fixture: newFixture(t), random: rand.New(rand.NewPCG(seed, 11))}
	b.created = start.Add(-9*24*time.Hour - 17*time.Minute)
	b.clock.set(b.created)
	var err error
	b.account, err = b.CreateAccount(b.ctx, tsdb.NewAccount{Name: "Acme", IdempotencyKey: b.key(), BooksFrom: b.created}, tsdb.Actor{})
	b.must(err)
	_, err = b.GrantCredits(b.ctx, tsdb.NewGrant{AccountID: b.account, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: billing.MustCredits("900000"),
		Reference: "order", IdempotencyKey: b.key()}, tsdb.Actor{})
	b.must(err)
	for i := range 3 {
		tool, err := b.RegisterTool(b.ctx, tsdb.NewTool{AccountID: b.account, Name: fmt.Sprint("tool ", i), OwnerName: "Mia", Status: tsdb.Deployed})
		b.must(err)
		model, err := b.RegisterModel(b.ctx, tsdb.NewModel{AccountID: b.account, Name: fmt.Sprint("model ", i)})
		b.must(err)
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

// began notes that a thing runs from at, or now.
func (b *brute) began(h *hostedThing, hardware string, replicas int64, at time.Time) {
	if at.IsZero() {
		at = b.Now()
	}
	h.open = &ranFact{kind: h.kind, resource: h.resource, deployment: h.deployment, hardware: hardware, rate: hostedRates[h.kind][hardware], replicas: replicas,
		start: at.Truncate(time.Second)}
	b.ran = append(b.ran, h.open)
}

func (b *brute) ended(h *hostedThing, at time.Time) {
	if at.IsZero() {
		at = b.Now()
	}
	h.open.end, h.open = at.Truncate(time.Second), nil
}

func (b *brute) newDeployment(model int64, at time.Time) *hostedThing {
	h := &hostedThing{kind: tsdb.KindModel, resource: model}
	d, err := b.DeployModel(b.ctx, tsdb.ModelDeployment{AccountID: b.account, ModelID: model, Name: "d", Hardware: "g6.xlarge", Replicas: 2, At: at})
	b.must(err)
	h.deployment = d.ID
	b.began(h, "g6.xlarge", 2, at)
	return h
}

func (b *brute) newGuardrail(i int) *hostedThing {
	h := &hostedThing{kind: tsdb.KindGuardrail}
	r, err := b.DeployGuardrail(b.ctx, tsdb.NewGuardrail{AccountID: b.account, Name: fmt.Sprint("guard ", i), Scanner: billing.Anonymize, CPUType: general, Replicas: 1})
	b.must(err)
	h.resource = r.ID
	b.began(h, general, 1, time.Time{})
	return h
}

func (b *brute) newScript(i int) *hostedThing {
	h := &hostedThing{kind: tsdb.KindScript}
	r, err := b.CreateScript(b.ctx, tsdb.NewScript{AccountID: b.account, Name: fmt.Sprint("script ", i), Language: tsdb.Python})
	b.must(err)
	h.resource = r.ID
	_, err = b.DeployScript(b.ctx, tsdb.ScriptDeployment{AccountID: b.account, ScriptID: r.ID, Hardware: smallest, Replicas: 1})
	b.must(err)
	b.must(b.ReportDeployment(b.ctx, tsdb.DeploymentReport{AccountID: b.account, Target: h.target(), Outcome: tsdb.OutcomeDeployed}))
	b.began(h, smallest, 1, time.Time{})
	return h
}

func (b *brute) undeploy(h *hostedThing, at time.Time) {
	var err error
	switch h.kind {
	case tsdb.KindModel:
		_, err = b.UndeployModel(b.ctx, b.account, h.deployment, at)
	case tsdb.KindGuardrail:
		_, err = b.UndeployGuardrail(b.ctx, b.account, h.resource, at)
	default:
		_, err = b.UndeployScript(b.ctx, b.account, h.resource, at)
	}
	b.must(err)
	b.ended(h, at)
}

// redeploy deploys a thing again, on hardware of its kind at random.
func (b *brute) redeploy(h *hostedThing) {
	var hardware string
	for name := range hostedRates[h.kind] { // in no order
		hardware = max(hardware, name)
		if b.random.IntN(2) == 0 {
			hardware = name
		}
	}
	again := tsdb.Redeployment{AccountID: b.account, ID: h.target().ID, Hardware: hardware, Replicas: 1 + b.random.Int64N(3)}
	var err error
	switch h.kind {
	case tsdb.KindModel:
		_, err = b.RedeployModel(b.ctx, again)
	case tsdb.KindGuardrail:
		_, err = b.RedeployGuardrail(b.ctx, again)
	default:
		if _, err = b.RedeployScript(b.ctx, again); err == nil {
			err = b.ReportDeployment(b.ctx, tsdb.DeploymentReport{AccountID: b.account, Target: h.target(), Outcome: tsdb.OutcomeDeployed})
		}
	}
	b.must(err)
	if h.open != nil {
		b.ended(h, time.Time{})
	}
	b.began(h, hardware, again.Replicas, time.Time{})
}

// past is now, or an instant up to two hours ago that is not before what runs began.
func (b *brute) past(h *hostedThing) time.Time {
	at := b.Now().Add(-time.Duration(b.random.IntN(7200)) * time.Second).Truncate(time.Second)
	if b.random.IntN(2) == 0 || !at.After(h.open.start) {
		return time.Time{}
	}
	return at
}

// act does something with a thing.
func (b *brute) act(h *hostedThing) {
	switch n := b.random.IntN(3); {
	case h.open == nil || n == 0:
		b.redeploy(h)
	case n == 1:
		b.undeploy(h, b.past(h))
	default:
		at, replicas, was := b.past(h), h.open.replicas%3+1, *h.open
		b.must(b.ScaleDeployment(b.ctx, b.account, h.target(), replicas, at))
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
		id, i := fmt.Sprint("e", len(b.events)+len(batch)), b.random.IntN(3)
		if b.random.IntN(2) == 0 {
			batch = append(batch, runs(b.account, b.tools[i], id, at, 1+b.random.Int64N(9)))
			continue
		}
		e := tokens(b.account, b.models[i], id, at, b.random.Int64N(100_000), b.random.Int64N(100_000))
		if h := b.things[b.random.IntN(3)]; h.resource == e.ResourceID {
			e.DeploymentID = h.deployment
		}
		batch = append(batch, e)
	}
	for i, r := range b.ingest(tsdb.Record, batch...) {
		if r.Status != tsdb.Stored {
			b.t.Fatalf("%+v: %+v", batch[i], r)
		}
	}
	b.events = append(b.events, batch...)
}

// charge is what an event costs by rules.md §7.
func charge(e *tsdb.UsageEvent) billing.Amount {
	return billing.Amount((e.InputTokens + 3*e.OutputTokens + 1) / 2)
}

// sums are what a part of time must show, worked out from the facts one by one.
type sums struct {
	slices              billing.Slices
	runs                map[int64]int64          // by tool
	hosting, inference  map[int64]billing.Amount // by resource
	deployment          map[int64]billing.Amount
	seconds, replicated map[int64]int64 // by guardrail and script
}

func (b *brute) sums(from, to time.Time) *sums {
	s := &sums{runs: map[int64]int64{}, hosting: map[int64]billing.Amount{}, inference: map[int64]billing.Amount{}, deployment: map[int64]billing.Amount{},
		seconds: map[int64]int64{}, replicated: map[int64]int64{}}
	for i := range b.events {
		e := &b.events[i]
		if e.Time.Before(from) || !e.Time.Before(to) {
			continue
		}
		if e.Kind == tsdb.ToolRun {
			s.runs[e.ResourceID] += e.Runs
			s.slices[billing.Tools.Index()] += billing.Amount(e.Runs)
			continue
		}
		s.inference[e.ResourceID] += charge(e)
		s.deployment[e.DeploymentID] += charge(e)
		s.slices[billing.Models.Index()] += charge(e)
	}
	for _, h := range b.ran {
		first, last, credits := h.within(from, to, b.Now().Truncate(time.Second))
		s.hosting[h.resource] += credits
		s.deployment[h.deployment] += credits
		s.seconds[h.resource] += int64(last.Sub(first) / time.Second) // no two parts of one guardrail or script overlap here
		s.replicated[h.resource] += h.replicas * int64(last.Sub(first)/time.Second)
		s.slices[map[tsdb.ResourceKind]billing.Category{tsdb.KindModel: billing.Models, tsdb.KindGuardrail: billing.Guardrails, tsdb.KindScript: billing.Scripts}[h.kind].Index()] += credits
	}
	return s
}

// span is some time to ask about: all there is, a preset, or a caller's own range, with what it covers.
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

// check asks all tabs about one span.
func (b *brute) check(loc *time.Location) {
	b.t.Helper()
	span, from, to := b.span(loc)
	want := b.sums(from, to)
	what := fmt.Sprintf("at %s, [%s, %s) ", b.Now().Format(time.RFC3339), from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339))
	q := everything(charts.SortUsed)
	q.Span, q.Desc = span, b.random.IntN(2) == 0
	r := charts.Read(b.Store)
	defer r.Close(b.ctx)
	used, err := r.UsedIn(b.ctx, b.account, span)
	b.must(err)
	wants(b.t, what+"overview", used.Used, want.slices)
	tools, err := r.Tools(b.ctx, b.account, q)
	b.must(err)
	wants(b.t, what+"total runs", tools.Runs, int64(want.slices[billing.Tools.Index()]))
	for _, row := range tools.Rows {
		wants(b.t, what+row.Row.Name, row.Row.Runs, want.runs[row.Row.ID])
	}
	models, err := r.Models(b.ctx, b.account, q)
	b.must(err)
	wants(b.t, what+"total of models", models.Used.Total(), want.slices[billing.Models.Index()])
	for _, row := range models.Rows {
		wants(b.t, what+row.Row.Name, row.Row.Used, charts.ModelCredits{Hosting: want.hosting[row.Row.ID], Inference: want.inference[row.Row.ID]})
		deployments, err := r.ModelDeployments(b.ctx, b.account, row.Row.ID, q)
		b.must(err)
		for _, d := range deployments.Rows {
			wants(b.t, fmt.Sprint(what, "deployment ", d.Row.ID), d.Row.Credits, want.deployment[d.Row.ID])
		}
	}
	b.checkHosted(r, what, q, want)
}

func (b *brute) checkHosted(r *charts.Reader, what string, q charts.TabQuery, want *sums) {
	b.t.Helper()
	guardrails, err := r.Guardrails(b.ctx, b.account, q)
	b.must(err)
	scripts, err := r.Scripts(b.ctx, b.account, q)
	b.must(err)
	wants(b.t, what+"guardrails", guardrails.Credits, want.slices[billing.Guardrails.Index()])
	wants(b.t, what+"scripts", scripts.Credits, want.slices[billing.Scripts.Index()])
	for _, row := range slices.Concat(guardrails.Rows, scripts.Rows) {
		id := row.Row.ID
		wants(b.t, what+row.Row.Name+" credits", row.Row.Credits, want.hosting[id])
		wants(b.t, what+row.Row.Name+" time", row.Row.Seconds, want.seconds[id])
		panel, err := r.Panel(b.ctx, b.account, id, q.Span)
		b.must(err)
		var total billing.Amount
		var seconds, replicated int64
		for _, p := range panel.Rows {
			total, seconds, replicated = total+p.Credits, seconds+p.Seconds, replicated+p.ReplicaSeconds
		}
		wants(b.t, what+row.Row.Name+" panel", panel.Credits, want.hosting[id])
		wants(b.t, what+row.Row.Name+" panel's rows", total, want.hosting[id])
		wants(b.t, what+row.Row.Name+" panel's times", [3]int64{panel.Seconds, seconds, replicated}, [3]int64{want.seconds[id], want.seconds[id], want.replicated[id]})
	}
}

// checkTrend asks for a trend, bucket by bucket.
func (b *brute) checkTrend(loc *time.Location) {
	b.t.Helper()
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
		wants(b.t, fmt.Sprintf("%s by %s, bucket %s", loc, granularity, bucket.Start), trend.Used[i], b.sums(first, last).slices)
	}
}

// Whatever happens in whatever order, whatever is posted or rolled up: tabs, panels, overview and trend show what the facts add up to.
func TestTabsEqualTheFacts(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			b := newBrute(t, seed)
			zones := []*time.Location{time.UTC, zone(t, "Asia/Kathmandu"), zone(t, "America/St_Johns"), zone(t, "Australia/Eucla"), zone(t, "Australia/Lord_Howe"), zone(t, "America/New_York")}
			for range 16 {
				b.clock.advance(time.Duration(1+b.random.IntN(9*3600)) * time.Second)
				b.use()
				b.act(b.things[1+b.random.IntN(len(b.things)-1)])
				if b.random.IntN(3) == 0 {
					_, err := b.Tick(b.ctx, 10)
					b.must(err)
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
