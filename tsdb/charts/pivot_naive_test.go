package charts_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// group is a row as the plain sum computes it.
type group struct {
	keys      []string
	other     bool
	now, then charts.PivotFigures
	seen      [2]map[int64]bool // resources
	users     [2]map[string]bool
	running   charts.Running
}

func (g *group) add(of *atom, earlier bool, q *charts.PivotQuery) {
	f, resource := &of.figures, of.resource
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
	if q.Users && of.user != "" {
		if g.users[i] == nil {
			g.users[i] = map[string]bool{}
		}
		g.users[i][of.user] = true
		to.Users = int64(len(g.users[i]))
	}
}

// naive answers a pivot by walking over the facts.
type naive struct {
	q       *charts.PivotQuery
	spans   []charts.Span
	buckets [][]billing.Bucket
}

// key is a fact's key; false if the filter leaves it out.
func (n *naive) key(a *atom, span int) ([]string, bool) {
	local, f := a.at.In(n.q.Zone), &n.q.Filter
	weekday := (int(local.Weekday())+6)%7 + 1
	if n.q.Accounts != nil && !slices.Contains(n.q.Accounts, a.account) || f.Zones != nil && !slices.ContainsFunc(f.Zones, func(z billing.Zone) bool { return zonePlace(z) == a.zone }) ||
		f.Runways != nil && !slices.Contains(f.Runways, charts.Runways()[a.runway-1]) {
		return nil, false
	}
	if f.Categories != nil && !slices.Contains(f.Categories, billing.Category(a.category)) || f.Kinds != nil && !slices.Contains(f.Kinds, a.kind) ||
		f.Resources != nil && !slices.Contains(f.Resources, a.resource) || f.Owners != nil && !slices.Contains(f.Owners, a.owner) ||
		f.Hardware != nil && !slices.Contains(f.Hardware, a.hardware) || f.Deployments != nil && !slices.Contains(f.Deployments, a.deployment) ||
		f.Hours != nil && !slices.Contains(f.Hours, int32(local.Hour())) || f.Weekdays != nil && !slices.Contains(f.Weekdays, int32(weekday)) || !a.carries(f) {
		return nil, false
	}
	var key []string
	for _, d := range n.q.GroupBy {
		switch d {
		case charts.ByAccount:
			key = append(key, fmt.Sprint(a.account))
		case charts.ByPlan:
			key = append(key, "0")
		case charts.ByZone:
			key = append(key, fmt.Sprint(a.zone))
		case charts.ByRunway:
			key = append(key, fmt.Sprint(a.runway))
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
		default:
			key = append(key, a.carried(d))
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
		if errX != nil || errY != nil || isText(d) {
			c = cmp.Compare(a[i], b[i])
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// measure is a figure; false if it has no value.
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
	case charts.OfUsers:
		return f.Users, true
	case charts.OfCreditsPerThousand:
		return per(int64(f.Credits)*1000, f.InputTokens+f.OutputTokens)
	}
	return per(int64(f.Credits), f.Runs)
}

// orderOf is what a group is ordered by; groups without a value come last.
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

// beyond returns the series beyond Top.
func (n *naive) beyond(atoms []atom, each func(func(a *atom, key []string, span int))) map[string]bool {
	sums := map[string]*group{}
	each(func(a *atom, key []string, span int) {
		s := n.series(key)
		if sums[s] == nil {
			sums[s] = &group{keys: key}
		}
		sums[s].add(a, span == 1, n.q)
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

// answer returns the rows, without those that have no figure, and the sums of all of them.
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
					key[i] = map[bool]string{true: "", false: "0"}[isText(d)]
				}
			}
		}
		id := fmt.Sprintf("%q %v", key, other)
		if groups[id] == nil {
			groups[id] = &group{keys: key, other: other}
		}
		return groups[id]
	}
	each(func(a *atom, key []string, span int) { of(key).add(a, span == 1, n.q) })
	shown := map[*group]bool{}
	for _, g := range groups {
		if n.fits(g) {
			shown[g], rows = true, append(rows, g)
		}
	}
	each(func(a *atom, key []string, span int) {
		if shown[of(key)] || len(n.q.Having) == 0 {
			totals.add(a, span == 1, n.q)
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
