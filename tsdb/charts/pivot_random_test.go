package charts_test

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// atom is one event, or a minute of one stretch of hosting.
type atom struct {
	at                   time.Time
	category, kind       string
	resource, deployment int64
	owner, hardware      string
	figures              charts.PivotFigures
}

// atoms are the facts, as the test itself keeps them.
func (b *brute) atoms() (out []atom) {
	for i := range b.events {
		e := &b.events[i]
		a := atom{at: e.Time, category: "MODELS", kind: "INFERENCE", resource: e.ResourceID, deployment: e.DeploymentID}
		a.figures = charts.PivotFigures{Events: 1, InputTokens: e.InputTokens, OutputTokens: e.OutputTokens, Credits: charge(e)}
		if e.Kind == tsdb.ToolRun {
			a.category, a.kind, a.owner = "TOOLS", "TOOL_RUN", "Mia"
			a.figures = charts.PivotFigures{Events: 1, Runs: e.Runs}
		}
		out = append(out, a)
	}
	deployments := map[int64]int64{} // of guardrails and scripts, which have one each
	for _, h := range b.ran {
		if h.deployment == 0 {
			var id int64
			b.must(b.pool.QueryRow(b.ctx, `SELECT deployment_id FROM deployment WHERE resource_id = $1`, h.resource).Scan(&id))
			deployments[h.resource] = id
		}
	}
	for _, h := range b.ran {
		until := h.end
		if until.IsZero() {
			until = b.Now().Truncate(time.Second)
		}
		for from := h.start; from.Before(until); {
			to := from.Truncate(time.Minute).Add(time.Minute)
			if to.After(until) {
				to = until
			}
			seconds := int64(to.Sub(from) / time.Second)
			charged := func(t time.Time) billing.Amount {
				return billing.Amount((2*h.rate*h.replicas*int64(t.Sub(h.start)/time.Second) + 3600) / 7200)
			}
			out = append(out, atom{at: from, kind: "HOSTING", resource: h.resource, deployment: deployments[h.resource] + h.deployment, hardware: h.hardware,
				category: map[tsdb.ResourceKind]string{tsdb.KindModel: "MODELS", tsdb.KindGuardrail: "GUARDRAILS", tsdb.KindScript: "SCRIPTS"}[h.kind],
				figures:  charts.PivotFigures{Credits: charged(to) - charged(from), HostingSeconds: seconds, ReplicaSeconds: seconds * h.replicas}})
			from = to
		}
	}
	return out
}

// group is a row as the plain sum makes it.
type group struct {
	keys      []string
	other     bool
	now, then charts.PivotFigures
	seen      [2]map[int64]bool // resources
	running   charts.Running
}

func (g *group) add(f *charts.PivotFigures, earlier bool, resource int64, q *charts.PivotQuery) {
	to, i := &g.now, 0
	if earlier {
		to, i = &g.then, 1
	}
	to.Credits += f.Credits
	to.Runs += f.Runs
	to.Events += f.Events
	to.InputTokens += f.InputTokens
	to.OutputTokens += f.OutputTokens
	if q.Hosting {
		to.HostingSeconds += f.HostingSeconds
		to.ReplicaSeconds += f.ReplicaSeconds
	}
	if g.seen[i] == nil {
		g.seen[i] = map[int64]bool{}
	}
	if q.Distinct && (f.Credits != 0 || f.Events != 0) {
		g.seen[i][resource] = true
		to.Resources = int64(len(g.seen[i]))
	}
}

// naive answers a pivot by walking over the facts.
type naive struct {
	q       *charts.PivotQuery
	spans   []charts.Span
	buckets [][]billing.Bucket
}

// key is a fact's key; false where the filter leaves it out.
func (n *naive) key(a *atom, span int) ([]string, bool) {
	local, f := a.at.In(n.q.Zone), &n.q.Filter
	weekday := (int(local.Weekday())+6)%7 + 1
	if f.Categories != nil && !slices.Contains(f.Categories, billing.Category(a.category)) || f.Kinds != nil && !slices.Contains(f.Kinds, a.kind) ||
		f.Resources != nil && !slices.Contains(f.Resources, a.resource) || f.Owners != nil && !slices.Contains(f.Owners, a.owner) ||
		f.Hardware != nil && !slices.Contains(f.Hardware, a.hardware) || f.Deployments != nil && !slices.Contains(f.Deployments, a.deployment) ||
		f.Hours != nil && !slices.Contains(f.Hours, int32(local.Hour())) || f.Weekdays != nil && !slices.Contains(f.Weekdays, int32(weekday)) {
		return nil, false
	}
	var key []string
	for _, d := range n.q.GroupBy {
		switch d {
		case charts.ByAccount:
			key = append(key, "1")
		case charts.ByPlan:
			key = append(key, "0")
		case charts.ByCategory:
			key = append(key, fmt.Sprint(slices.Index([]string{"MODELS", "GUARDRAILS", "SCRIPTS", "TOOLS"}, a.category)+1))
		case charts.ByKind:
			key = append(key, a.kind)
		case charts.ByResource:
			key = append(key, fmt.Sprint(a.resource))
		case charts.ByOwner:
			key = append(key, a.owner)
		case charts.ByDeployment:
			key = append(key, fmt.Sprint(a.deployment))
		case charts.ByHardware:
			key = append(key, a.hardware)
		case charts.ByTime:
			key = append(key, fmt.Sprint(1+slices.IndexFunc(n.buckets[span], func(b billing.Bucket) bool { return !a.at.Before(b.Start) && a.at.Before(b.End) })))
		case charts.ByHour:
			key = append(key, fmt.Sprint(local.Hour()))
		case charts.ByWeekday:
			key = append(key, fmt.Sprint(weekday))
		}
	}
	return key, true
}

func isTime(d charts.Dimension) bool {
	return d == charts.ByTime || d == charts.ByHour || d == charts.ByWeekday
}

// series is a key without its parts of time.
func (n *naive) series(key []string) string {
	out := ""
	for i, d := range n.q.GroupBy {
		if !isTime(d) {
			out += key[i] + "\x00"
		}
	}
	return out
}

// compareKeys is the order of the keys.
func (n *naive) compareKeys(a, b []string) int {
	for i, d := range n.q.GroupBy {
		x, errX := strconv.ParseInt(a[i], 10, 64)
		y, errY := strconv.ParseInt(b[i], 10, 64)
		c := cmp.Compare(x, y)
		if errX != nil || errY != nil || d == charts.ByHardware || d == charts.ByOwner {
			c = cmp.Compare(a[i], b[i])
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// measure is a figure; false where it has no value.
func measure(m charts.Measure, f *charts.PivotFigures) (int64, bool) {
	per := func(a, b int64) (int64, bool) {
		if b == 0 {
			return 0, false
		}
		return (2*a + b) / (2 * b), true
	}
	switch m {
	case charts.OfCredits:
		return int64(f.Credits), true
	case charts.OfRuns:
		return f.Runs, true
	case charts.OfEvents:
		return f.Events, true
	case charts.OfTokens:
		return f.InputTokens + f.OutputTokens, true
	case charts.OfHostingSeconds:
		return f.HostingSeconds, true
	case charts.OfReplicaSeconds:
		return f.ReplicaSeconds, true
	case charts.OfResources:
		return f.Resources, true
	case charts.OfCreditsPerThousand:
		return per(int64(f.Credits)*1000, f.InputTokens+f.OutputTokens)
	}
	return per(int64(f.Credits), f.Runs)
}

// orderOf is what a group is ordered by; what has no value comes last.
func orderOf(o *charts.PivotOrder, g *group) int64 {
	v, ok := measure(o.Measure, &g.now)
	if o.Change {
		then, was := measure(o.Measure, &g.then)
		v, ok = v-then, ok && was
	}
	switch {
	case ok:
		return v
	case o.Desc:
		return -9e18
	}
	return 9e18
}

// compare is the order of the rows.
func (n *naive) compare(a, b *group) int {
	if n.q.Top > 0 && a.other != b.other {
		if a.other {
			return 1
		}
		return -1
	}
	for i := range n.q.OrderBy {
		o := &n.q.OrderBy[i]
		var c int
		if at := slices.Index(n.q.GroupBy, o.Dimension); at >= 0 {
			one := naive{q: &charts.PivotQuery{GroupBy: []charts.Dimension{o.Dimension}}}
			c = one.compareKeys([]string{a.keys[at]}, []string{b.keys[at]})
		} else {
			c = cmp.Compare(orderOf(o, a), orderOf(o, b))
		}
		if o.Desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return n.compareKeys(a.keys, b.keys)
}

// ranked are the series beyond Top.
func (n *naive) beyond(atoms []atom, each func(func(a *atom, key []string, span int))) map[string]bool {
	sums := map[string]*group{}
	each(func(a *atom, key []string, span int) {
		s := n.series(key)
		if sums[s] == nil {
			sums[s] = &group{keys: key}
		}
		sums[s].add(&a.figures, span == 1, a.resource, n.q)
	})
	order := charts.PivotOrder{Measure: charts.OfCredits, Desc: true}
	for _, o := range n.q.OrderBy {
		if o.Dimension == "" {
			order = o
			break
		}
	}
	all := make([]*group, 0, len(sums))
	for _, g := range sums {
		all = append(all, g)
	}
	series := naive{q: &charts.PivotQuery{}}
	at := []int{}
	for i, d := range n.q.GroupBy {
		if !isTime(d) {
			series.q.GroupBy, at = append(series.q.GroupBy, d), append(at, i)
		}
	}
	short := func(g *group) (out []string) {
		for _, i := range at {
			out = append(out, g.keys[i])
		}
		return out
	}
	slices.SortFunc(all, func(a, b *group) int {
		c := cmp.Compare(orderOf(&order, a), orderOf(&order, b))
		if order.Desc {
			c = -c
		}
		return cmp.Or(c, series.compareKeys(short(a), short(b)))
	})
	out := map[string]bool{}
	for _, g := range all[min(n.q.Top, len(all)):] {
		out[n.series(g.keys)] = true
	}
	return out
}

// answer is the rows, those without any figure left out, and the sums of all of them.
func (n *naive) answer(atoms []atom) (rows []*group, totals group) {
	hosted := n.q.Hosting || n.q.Filter.Hardware != nil || slices.Contains(n.q.GroupBy, charts.ByHardware)
	each := func(fn func(a *atom, key []string, span int)) {
		for span, s := range n.spans {
			for i := range atoms {
				a := &atoms[i]
				if !s.Range.Contains(a.at) || a.kind == "HOSTING" && a.figures.Credits == 0 && !hosted {
					continue
				}
				if key, ok := n.key(a, span); ok {
					fn(a, key, span)
				}
			}
		}
	}
	others := map[string]bool{}
	if n.q.Top > 0 {
		others = n.beyond(atoms, each)
	}
	groups := map[string]*group{}
	of := func(key []string) *group {
		other := others[n.series(key)]
		if other {
			key = slices.Clone(key)
			for i, d := range n.q.GroupBy {
				if !isTime(d) {
					key[i] = map[bool]string{true: "", false: "0"}[d == charts.ByKind || d == charts.ByOwner || d == charts.ByHardware]
				}
			}
		}
		id := fmt.Sprintf("%q %v", key, other)
		if groups[id] == nil {
			groups[id] = &group{keys: key, other: other}
		}
		return groups[id]
	}
	each(func(a *atom, key []string, span int) { of(key).add(&a.figures, span == 1, a.resource, n.q) })
	shown := map[*group]bool{}
	for _, g := range groups {
		if n.fits(g) {
			shown[g], rows = true, append(rows, g)
		}
	}
	each(func(a *atom, key []string, span int) {
		if shown[of(key)] || len(n.q.Having) == 0 {
			totals.add(&a.figures, span == 1, a.resource, n.q)
		}
	})
	slices.SortFunc(rows, n.compare)
	n.run(rows)
	return rows, totals
}

// fits reports whether a group is a row.
func (n *naive) fits(g *group) bool {
	if at := slices.Index(n.q.GroupBy, charts.ByTime); at >= 0 {
		if i, _ := strconv.Atoi(g.keys[at]); i > len(n.buckets[0]) {
			return false
		}
	}
	for _, b := range n.q.Having {
		v, ok := measure(b.Measure, &g.now)
		if !ok || b.AtLeast != nil && v < *b.AtLeast || b.AtMost != nil && v > *b.AtMost {
			return false
		}
	}
	return true
}

// run adds running sums.
func (n *naive) run(rows []*group) {
	at := slices.Index(n.q.GroupBy, charts.ByTime)
	for i, g := range rows {
		for j, o := range rows {
			before := j <= i
			if at >= 0 {
				same := o.other == g.other
				for k := range g.keys {
					same = same && (k == at || g.keys[k] == o.keys[k])
				}
				x, _ := strconv.Atoi(o.keys[at])
				y, _ := strconv.Atoi(g.keys[at])
				before = same && x <= y
			}
			if before {
				g.running.Credits += o.now.Credits
				g.running.Runs += o.now.Runs
				g.running.Events += o.now.Events
			}
		}
	}
}

// checkPivot asks a pivot and compares it with the plain sum.
func (b *brute) checkPivot(n *naive, atoms []atom) {
	b.t.Helper()
	asked := *n.q
	r := charts.Read(b.Store)
	defer r.Close(b.ctx)
	out, err := r.Pivot(b.ctx, asked)
	if err != nil {
		b.t.Fatalf("%+v: %v", *n.q, err)
	}
	rows, totals := n.answer(atoms)
	show := func(keys []string, other bool, now, then charts.PivotFigures, running charts.Running) string {
		if !n.q.Cumulative {
			running = charts.Running{}
		}
		return fmt.Sprintf("%q %v %+v %+v %+v", keys, other, now, then, running)
	}
	var got, want []string
	for _, row := range out.Rows {
		if row.PivotFigures != (charts.PivotFigures{}) || row.Then != (charts.PivotFigures{}) {
			got = append(got, show(row.Key[len(row.Key)-len(n.q.GroupBy):], row.Other, row.PivotFigures, row.Then, row.Cumulative))
		}
	}
	for _, g := range rows {
		if g.now != (charts.PivotFigures{}) || g.then != (charts.PivotFigures{}) {
			for i, d := range n.q.GroupBy {
				if d == charts.ByAccount && !g.other {
					g.keys[i] = fmt.Sprint(b.account)
				}
			}
			want = append(want, show(g.keys, g.other, g.now, g.then, g.running))
		}
	}
	if !slices.Equal(got, want) {
		b.t.Fatalf("%+v\nspans %v\ngot %d rows:\n%s\nwant %d:\n%s", *n.q, n.spans, len(got), lines(got), len(want), lines(want))
	}
	if out.Totals != totals.now || out.Then != totals.then || out.Total != len(out.Rows) {
		b.t.Fatalf("%+v\ntotals %+v then %+v of %d rows\nwant %+v then %+v of %d", *n.q, out.Totals, out.Then, out.Total, totals.now, totals.then, len(out.Rows))
	}
}

func lines(rows []string) (out string) {
	for _, row := range rows[:min(len(rows), 12)] {
		out += row + "\n"
	}
	return out
}

// Whatever is asked, however it is grouped, filtered, ordered, cut and compared, in whatever zone: the answer is what a plain sum over
// the facts gives.
func TestPivotsEqualAPlainSum(t *testing.T) {
	t.Parallel()
	b := newBrute(t, 7)
	zones := []*time.Location{time.UTC, zone(t, "Asia/Kathmandu"), zone(t, "America/St_Johns"), zone(t, "Europe/Berlin"), zone(t, "America/New_York")}
	for range 8 {
		b.clock.advance(time.Duration(1+b.random.IntN(20*3600)) * time.Second)
		b.use()
		b.use()
		b.act(b.things[1+b.random.IntN(len(b.things)-1)])
		if b.random.IntN(2) == 0 {
			_, err := b.Tick(b.ctx, 10)
			b.must(err)
		}
		if b.random.IntN(2) == 0 {
			b.rollUp(1 + b.random.IntN(60))
		}
		atoms := b.atoms()
		for range pivotsARound() {
			b.checkPivot(b.randomPivot(zones[b.random.IntN(len(zones))]), atoms)
		}
	}
}

// pivotsARound is how many questions are asked of each state; the whole thousand takes a minute: PIVOTS=125.
func pivotsARound() int {
	if n, err := strconv.Atoi(os.Getenv("PIVOTS")); err == nil {
		return n
	}
	return 15
}
