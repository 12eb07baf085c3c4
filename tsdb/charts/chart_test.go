package charts_test

import (
	"errors"
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

// host deploys something directly; deploying has tests of its own.
func (f *fixture) host(account, resource int64, category billing.Category, hardware string, rate billing.Amount, replicas int64, from time.Time) (segment int64) {
	f.T.Helper()
	f.Must(f.Pool.QueryRow(f.Ctx, `WITH d AS (
  INSERT INTO deployment (account_id, resource_id, category, name, type, status, hardware, cpu_count, replicas, rate, created_at, deployed_at, updated_at)
  VALUES ($1, $2, $3, 'host', 'OPEN_SOURCE', 'DEPLOYED', $4, 2, $6, $5, $7, $7, $7) RETURNING deployment_id)
INSERT INTO segment (account_id, deployment_id, resource_id, category, hardware, cpu_count, replicas, rate, started_at)
SELECT $1, deployment_id, $2, $3, $4, 2, $6, $5, $7 FROM d RETURNING segment_id`,
		account, resource, category, hardware, int64(rate), replicas, from).Scan(&segment))
	return segment
}

func (f *fixture) trend(account int64, q charts.TrendQuery) *charts.Trend {
	f.T.Helper()
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	trend, err := r.Trend(f.Ctx, account, q)
	f.Must(err)
	return trend
}

func (f *fixture) rollUp(limit int) tsdb.RollUpResult {
	f.T.Helper()
	done, err := f.RollUp(f.Ctx, limit)
	f.Must(err)
	return done
}

// zone loads a time zone that a test names.
func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// usedBy is what was used by minute, kept by the test itself: what charts must add up to.
type usedBy map[time.Time]billing.Slices

func (u usedBy) add(at time.Time, c billing.Category, amount billing.Amount) {
	s := u[at.Truncate(time.Minute)]
	s[c.Index()] += amount
	u[at.Truncate(time.Minute)] = s
}

// within is the sum over the minutes that lie in both the range and the bucket.
func (u usedBy) within(r billing.Range, b billing.Bucket) (sum billing.Slices) {
	for at, s := range u {
		if !at.Before(r.From) && at.Before(r.To) && !at.Before(b.Start) && at.Before(b.End) {
			for i := range s {
				sum[i] += s[i]
			}
		}
	}
	return sum
}

// schedule is one account of the property test: the same facts as all others, in an order of its own.
type schedule struct {
	account, tool, model int64
	pending              []tsdb.UsageEvent
	random               *rand.Rand
}

// take removes random events whose time has come, and repeats some earlier ones.
func (s *schedule) take(now time.Time, all bool) (batch []tsdb.UsageEvent) {
	s.pending = slices.DeleteFunc(s.pending, func(e tsdb.UsageEvent) bool {
		if e.Time.After(now) || !all && s.random.IntN(4) > 0 {
			return false
		}
		batch = append(batch, e)
		if s.random.IntN(5) == 0 {
			batch = append(batch, e)
		}
		return true
	})
	s.random.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
	return batch
}

const (
	schedules = 6
	perEvents = 160
)

// newSchedules makes accounts that will see the same events.
func (f *fixture) newSchedules(want usedBy) []*schedule {
	seeds := rand.New(rand.NewPCG(7, 7))
	var out []*schedule
	for i := range schedules {
		id := f.NewAccount()
		s := &schedule{account: id, tool: f.NewResource(id, "TOOL", "DEPLOYED"), model: f.NewResource(id, "MODEL", "REGISTERED"), random: rand.New(rand.NewPCG(1, uint64(i)))}
		f.host(id, s.model, billing.Models, "g6.xlarge", billing.MustCredits("1.2072"), 2, start)
		out = append(out, s)
	}
	for i := range perEvents {
		at := start.Add(-5 * 24 * time.Hour).Add(time.Duration(seeds.IntN(6*24*3600)) * time.Second)
		n, in, reply := int64(1+seeds.IntN(5)), int64(seeds.IntN(100_000)), int64(seeds.IntN(100_000))
		for _, s := range out {
			if i%3 == 0 {
				s.pending = append(s.pending, storetest.Runs(s.account, s.tool, fmt.Sprint("e", i), at, n))
			} else {
				s.pending = append(s.pending, storetest.Tokens(s.account, s.model, fmt.Sprint("e", i), at, in, reply))
			}
		}
		if i%3 == 0 {
			want.add(at, billing.Tools, billing.Amount(n))
		} else {
			charge, _ := billing.InferenceCharge(in, reply, billing.MustCredits("0.5"), billing.MustCredits("1.5"))
			want.add(at, billing.Models, charge)
		}
	}
	return out
}

// chartTables prints an account's chart tables with its own resources by their kind, so that accounts can be compared.
func (f *fixture) chartTables(account int64) string {
	f.T.Helper()
	var text string
	f.Must(f.Pool.QueryRow(f.Ctx, `SELECT string_agg(concat_ws(' ', t, bucket, r.kind, u.kind, category, credits, runs, events, input_tokens, output_tokens), E'\n'
  ORDER BY t, bucket, r.kind, u.kind) FROM (
  SELECT 'minute' AS t, * FROM usage_minute UNION ALL SELECT 'quarter', * FROM usage_quarter UNION ALL SELECT 'day', * FROM usage_day) u
JOIN resource r USING (account_id, resource_id) WHERE account_id = $1`, account).Scan(&text))
	return text
}

// Any order, repetition and division of the events, with roll-ups at any time, gives the same charts and the same tables.
func TestChartsDependOnFactsAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	want := usedBy{}
	all := f.newSchedules(want)
	random := rand.New(rand.NewPCG(3, 9))
	for range 16 {
		f.Clock.Advance(time.Duration(1+random.IntN(120*60)) * time.Second)
		for _, s := range all {
			for batch := range slices.Chunk(s.take(f.Now(), false), 1+random.IntN(30)) {
				f.Report(tsdb.Record, batch...)
			}
		}
		if random.IntN(2) == 0 {
			f.rollUp(1 + random.IntN(40))
		}
		if random.IntN(3) == 0 {
			_, err := f.Tick(f.Ctx, 3)
			f.Must(err)
		}
		s := all[random.IntN(len(all))]
		f.chartsAddUp(s)
	}
	f.Clock.Set(start.Add(26*time.Hour + 7*time.Second))
	for _, s := range all {
		f.Report(tsdb.Record, s.take(f.Now(), true)...)
	}
	hosting := billing.Segment{RatePerHour: billing.MustCredits("1.2072"), Replicas: 2, Start: billing.SecondOf(start)}
	for _, m := range hosting.ByMinute(hosting.Start, billing.SecondOf(f.Now())) {
		want.add(m.Minute.Time(), billing.Models, m.Amount)
	}
	f.chartsAre(all, want) // most of it not rolled up, an hour of hosting not even posted
	_, err := f.Tick(f.Ctx, 3)
	f.Must(err)
	f.rollUp(25)
	f.chartsAre(all, want)
	for f.rollUp(1000).Left {
	}
	f.chartsAre(all, want)
	first := f.chartTables(all[0].account)
	for _, s := range all[1:] {
		if got := f.chartTables(s.account); got != first {
			t.Errorf("account %d's tables differ from account %d's:\n%s", s.account, all[0].account, difference(got, first))
		}
	}
	if !strings.Contains(first, "day") || !strings.Contains(first, "quarter") {
		t.Errorf("nothing was rolled up:\n%s", first)
	}
	f.tablesAddUp()
}

func difference(got, want string) string {
	lines := strings.Split(want, "\n")
	return strings.Join(slices.DeleteFunc(strings.Split(got, "\n"), func(l string) bool { return slices.Contains(lines, l) }), "\n")
}

// chartsAddUp demands that the chart of an account in the middle of its schedule shows what the books drew.
func (f *fixture) chartsAddUp(s *schedule) {
	f.T.Helper()
	now := f.Now()
	trend := f.trend(s.account, charts.TrendQuery{Range: billing.Since(start.Add(-6*24*time.Hour), now), Zone: time.UTC})
	var sum billing.Slices
	for _, u := range trend.Used {
		for i := range u {
			sum[i] += u[i]
		}
	}
	if a := f.View(s.account); sum != a.Slices() {
		f.T.Errorf("at %s the charts show %v, the books %v", now, sum, a.Slices())
	}
}

func (f *fixture) chartsAre(all []*schedule, want usedBy) {
	f.T.Helper()
	now := f.Now()
	for i, q := range []charts.TrendQuery{
		{Range: billing.Since(start.Add(-6*24*time.Hour), now), Granularity: billing.Day, Zone: time.UTC},
		{Range: billing.Since(start.Add(-6*24*time.Hour), now), Granularity: billing.Hour, Zone: zone(f.T, "Asia/Kathmandu")},
		{Range: billing.Since(start.Add(-6*24*time.Hour), now), Granularity: billing.Day, Zone: zone(f.T, "America/St_Johns")},
		{Range: billing.Resolve(billing.Last24Hours, now, time.UTC), Granularity: billing.Minute, Zone: time.UTC},
		{Range: billing.Range{From: start.Add(-77*time.Hour - 7*time.Minute), To: start.Add(-30*time.Hour + 4*time.Minute)}, Granularity: billing.Hour, Zone: time.UTC},
		{Range: billing.Range{From: start.Add(-77*time.Hour - 7*time.Minute), To: start.Add(11*time.Hour + 4*time.Minute)}, Granularity: billing.Week, Zone: time.UTC},
		{Range: billing.Range{From: start.Add(3 * time.Minute), To: start.Add(8 * time.Minute)}, Granularity: billing.Month, Zone: time.UTC},
	} {
		for _, s := range all {
			trend := f.trend(s.account, q)
			for j, b := range trend.Buckets {
				if sum := want.within(q.Range, b); sum != trend.Used[j] {
					f.T.Errorf("query %d of account %d, bucket %s: got %v, want %v", i, s.account, b.Start, trend.Used[j], sum)
				}
			}
		}
	}
}

// tablesAddUp demands that each coarser table sums up to what the finer one holds.
func (f *fixture) tablesAddUp() {
	f.T.Helper()
	var differences int
	f.Must(f.Pool.QueryRow(f.Ctx, `SELECT count(*) FROM (
  SELECT account_id, date_bin('15 minutes', bucket, 'epoch') AS bucket, resource_id, deployment_id, kind, sum(credits) AS c, sum(runs) AS r, sum(events) AS e
  FROM usage_minute GROUP BY 1, 2, 3, 4, 5) m
FULL JOIN usage_quarter q USING (account_id, bucket, resource_id, deployment_id, kind)
WHERE (m.c, m.r, m.e) IS DISTINCT FROM (q.credits, q.runs, q.events)`).Scan(&differences))
	if differences != 0 {
		f.T.Errorf("%d quarter-hours differ from their minutes", differences)
	}
	f.Must(f.Pool.QueryRow(f.Ctx, `SELECT count(*) FROM (
  SELECT account_id, date_bin('1 day', bucket, '2000-01-01+00') AS bucket, resource_id, deployment_id, kind, sum(credits) AS c, sum(runs) AS r, sum(events) AS e
  FROM usage_quarter GROUP BY 1, 2, 3, 4, 5) m
FULL JOIN usage_day q USING (account_id, bucket, resource_id, deployment_id, kind)
WHERE (m.c, m.r, m.e) IS DISTINCT FROM (q.credits, q.runs, q.events)`).Scan(&differences))
	if differences != 0 {
		f.T.Errorf("%d days differ from their quarter-hours", differences)
	}
	f.Must(f.Pool.QueryRow(f.Ctx, `WITH quarters AS (
  SELECT account_id, (extract(epoch FROM bucket)::bigint / 900 % 96)::int AS q, date_bin('1 day', bucket, '2000-01-01+00') AS day, kind, category, credits, runs FROM usage_quarter
), made AS (
  SELECT account_id, slot::smallint AS slot, day, kind, category, sum(credits) AS c, sum(runs) AS r
  FROM quarters, unnest(ARRAY[0, 1 + q / 24, 5 + q / 4, 29 + q]) slot GROUP BY 1, 2, 3, 4, 5
)
SELECT count(*) FROM made m FULL JOIN account_usage u USING (account_id, slot, day, kind, category) WHERE (m.c, m.r) IS DISTINCT FROM (u.credits, u.runs)`).Scan(&differences))
	if differences != 0 {
		f.T.Errorf("%d slots of accounts differ from their quarter-hours", differences)
	}
}

// The day on which the clocks change has 23 or 25 hours, and the hours add up to it.
func TestTrendOnDaysOfClockChanges(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.NewAccount()
	tool := f.NewResource(id, "TOOL", "DEPLOYED")
	f.Clock.Set(time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		zone  string
		day   string
		hours int
	}{
		{"America/St_Johns", "2026-03-08", 23}, {"America/St_Johns", "2026-11-01", 25}, {"Europe/Berlin", "2026-03-29", 23},
		{"Europe/Berlin", "2026-10-25", 25}, {"Asia/Kathmandu", "2026-10-25", 24},
	} {
		loc := zone(t, c.zone)
		from, err := time.ParseInLocation(time.DateOnly, c.day, loc)
		f.Must(err)
		r := billing.Range{From: from.UTC(), To: from.AddDate(0, 0, 1).UTC()}
		for at := r.From; at.Before(r.To); at = at.Add(20 * time.Minute) {
			f.Report(tsdb.Record, storetest.Runs(id, tool, c.zone+at.String(), at, 1))
		}
		f.rollUp(1000)
		hours := f.trend(id, charts.TrendQuery{Range: r, Granularity: billing.Hour, Zone: loc})
		if len(hours.Buckets) != c.hours {
			t.Errorf("%s %s has %d hours, want %d", c.zone, c.day, len(hours.Buckets), c.hours)
		}
		for i, u := range hours.Used {
			if u[billing.Tools.Index()] < 3 {
				t.Errorf("%s: %v runs at %s, want 3 at least", c.zone, u, hours.Buckets[i].Start)
			}
		}
		day := f.trend(id, charts.TrendQuery{Range: r, Granularity: billing.Day, Zone: loc})
		if len(day.Used) != 1 || day.Used[0] != total(hours) {
			t.Errorf("%s %s: the day is %v, its hours %v", c.zone, c.day, day.Used, total(hours))
		}
	}
}

func total(t *charts.Trend) (sum billing.Slices) {
	for _, u := range t.Used {
		for i := range u {
			sum[i] += u[i]
		}
	}
	return sum
}

func TestTrendRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.NewAccount(), f.NewAccount()
	tool := f.NewResource(other, "TOOL", "DEPLOYED")
	week := billing.Resolve(billing.Last7Days, start, time.UTC)
	old := billing.Range{From: start.AddDate(-2, 0, 0), To: start.AddDate(-2, 0, 1)}
	for name, c := range map[string]struct {
		account int64
		query   charts.TrendQuery
		code    tsdb.Code
	}{
		"too fine":           {id, charts.TrendQuery{Range: week, Granularity: billing.Minute, Zone: time.UTC}, tsdb.RangeTooFine},
		"no longer kept":     {id, charts.TrendQuery{Range: old, Granularity: billing.Minute, Zone: time.UTC}, tsdb.BadRange},
		"no account":         {9999, charts.TrendQuery{Range: week, Zone: time.UTC}, tsdb.NotFound},
		"another's resource": {id, charts.TrendQuery{Range: week, Zone: time.UTC, ResourceID: tool}, tsdb.NotFound},
	} {
		r := charts.Read(f.Store)
		_, err := r.Trend(f.Ctx, c.account, c.query)
		r.Close(f.Ctx)
		var refused *tsdb.Error
		if !errors.As(err, &refused) || refused.Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	trend := f.trend(other, charts.TrendQuery{Range: week, Zone: time.UTC, ResourceID: tool})
	if len(trend.Used) != 7 || trend.Granularity != billing.Day || !trend.Buckets[6].Partial {
		t.Errorf("an unused tool: %+v", trend)
	}
}
