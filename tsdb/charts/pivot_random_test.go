package charts_test

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// atom is one event, or one minute of one segment.
type atom struct {
	at                   time.Time
	account              int64
	zone, runway         int
	category, kind       string
	resource, deployment int64
	owner, hardware      string
	user, key            string
	tags, ofResource     tsdb.Tags
	figures              charts.PivotFigures
}

// atoms are the facts, as the test itself keeps them.
func (b *brute) atoms() (out []atom) {
	for _, e := range append(pointers(b.events), pointers(b.beside)...) {
		a := atom{at: e.Time, account: e.AccountID, category: "MODELS", kind: "INFERENCE", resource: e.ResourceID, deployment: e.DeploymentID,
			user: e.User, key: e.APIKey, tags: e.Tags}
		a.figures = charts.PivotFigures{Events: 1, InputTokens: e.InputTokens, OutputTokens: e.OutputTokens, Credits: charge(e)}
		if e.Kind == tsdb.ToolRun {
			a.category, a.kind, a.owner = "TOOLS", "TOOL_RUN", "Mia"
			a.figures = charts.PivotFigures{Events: 1, Runs: e.Runs}
		}
		a.ofResource = b.tier(a.resource)
		out = append(out, a)
	}
	deployments := map[int64]int64{} // of guardrails and scripts, which have one each
	for _, h := range b.ran {
		if h.deployment == 0 {
			var id int64
			b.Must(b.Pool.QueryRow(b.Ctx, `SELECT deployment_id FROM deployment WHERE resource_id = $1`, h.resource).Scan(&id))
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
			out = append(out, atom{at: from, account: b.account, kind: "HOSTING", resource: h.resource, deployment: deployments[h.resource] + h.deployment, hardware: h.hardware, ofResource: b.tier(h.resource),
				category: map[tsdb.ResourceKind]string{tsdb.KindModel: "MODELS", tsdb.KindGuardrail: "GUARDRAILS", tsdb.KindScript: "SCRIPTS"}[h.kind],
				figures:  charts.PivotFigures{Credits: charged(to) - charged(from), HostingSeconds: seconds, ReplicaSeconds: seconds * h.replicas}})
			from = to
		}
	}
	for i := range out {
		out[i].zone, out[i].runway = b.state(out[i].account)
	}
	return out
}

func pointers(events []tsdb.UsageEvent) (out []*tsdb.UsageEvent) {
	for i := range events {
		out = append(out, &events[i])
	}
	return out
}

// checkPivot reads a pivot and compares it with the plain sum.
func (b *brute) checkPivot(n *naive, atoms []atom) {
	b.T.Helper()
	asked := *n.q
	r := charts.Read(b.Store)
	defer r.Close(b.Ctx)
	out, err := r.Pivot(b.Ctx, asked)
	if err != nil {
		b.T.Fatalf("%+v: %v", *n.q, err)
	}
	b.checkExport(r, asked, out.Rows)
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
			want = append(want, show(g.keys, g.other, g.now, g.then, g.running))
		}
	}
	if !slices.Equal(got, want) {
		b.T.Fatalf("%+v\nspans %v\ngot %d rows:\n%s\nwant %d:\n%s", *n.q, n.spans, len(got), lines(got), len(want), lines(want))
	}
	if out.Totals != totals.now || out.Then != totals.then || out.Total != len(out.Rows) {
		b.T.Fatalf("%+v\ntotals %+v then %+v of %d rows\nwant %+v then %+v of %d", *n.q, out.Totals, out.Then, out.Total, totals.now, totals.then, len(out.Rows))
	}
}

// checkExport exports the rows of a pivot, with and without their places.
func (b *brute) checkExport(r *charts.Reader, q charts.PivotQuery, want []charts.PivotRow) {
	b.T.Helper()
	for _, places := range []bool{true, false} {
		n := 0
		_, err := r.ExportUsage(b.Ctx, q, places, func(row *charts.PivotRow) error {
			shown := *row
			if n < len(want) && !places && row.Key == nil {
				shown.Key = want[n].Key
			}
			if n >= len(want) || !reflect.DeepEqual(shown, want[n]) {
				return fmt.Errorf("row %d of %d: %+v", n, len(want), shown)
			}
			n++
			return nil
		})
		if err != nil || n != len(want) {
			b.T.Fatalf("%+v, places %t: %v, %d rows of %d", q, places, err, n, len(want))
		}
	}
}

func lines(rows []string) (out string) {
	for _, row := range rows[:min(len(rows), 12)] {
		out += row + "\n"
	}
	return out
}

// Whatever is asked, however it is grouped, filtered, ordered, cut and compared, in any zone, the answer equals a plain
// sum over the facts.
func TestPivotsEqualAPlainSum(t *testing.T) {
	t.Parallel()
	b := newBrute(t, pivotSeed())
	b.settle(5)
	_, err := b.Pool.Exec(b.Ctx, `UPDATE resource SET tags = '{"tier": "gold"}' WHERE resource_id % 2 = 0`)
	b.Must(err)
	zones := []*time.Location{time.UTC, zone(t, "Asia/Kathmandu"), zone(t, "America/St_Johns"), zone(t, "Europe/Berlin"), zone(t, "America/New_York"), zone(t, "Pacific/Chatham"),
		time.FixedZone("Newly/Named", 10*3600+1800)} // the last is one that the database does not know
	for range 8 {
		b.Clock.Advance(time.Duration(1+b.random.IntN(20*3600)) * time.Second)
		b.use()
		b.use()
		b.takeBack()
		b.live()
		b.act(b.things[1+b.random.IntN(len(b.things)-1)])
		if b.random.IntN(2) == 0 {
			_, err := b.Tick(b.Ctx, 10)
			b.Must(err)
		}
		if b.random.IntN(2) == 0 {
			b.rollUp(1 + b.random.IntN(60))
		}
		if b.random.IntN(4) == 0 {
			_, err := b.RebuildCharts(b.Ctx, 0, nil)
			b.Must(err)
		}
		atoms := b.atoms()
		for range pivotsARound() {
			b.checkPivot(b.randomPivot(zones[b.random.IntN(len(zones))]), atoms)
		}
	}
}

// pivotSeed is the seed of the random queries: 7, or PIVOT_SEED.
func pivotSeed() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("PIVOT_SEED"), 10, 64); err == nil {
		return n
	}
	return 7
}

// pivotsARound is how many queries are made in each state; a thousand in all. PIVOTS sets another number.
func pivotsARound() int {
	if n, err := strconv.Atoi(os.Getenv("PIVOTS")); err == nil {
		return n
	}
	return 125
}
