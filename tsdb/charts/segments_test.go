package charts_test

import (
	"cmp"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// ranAt is a segment as the test itself made it; end 0: it runs.
type ranAt struct {
	id, resource   int64
	rate, replicas int64
	start, end     int64
}

// charged is rules.md §6 written down again: rate × replica-seconds ÷ 3600 since the segment began, rounded half up.
func (s ranAt) charged(until int64) *big.Int {
	n := new(big.Int).Mul(big.NewInt(2*s.rate*s.replicas), big.NewInt(until-s.start))
	return n.Div(n.Add(n, big.NewInt(3600)), big.NewInt(7200))
}

// segmentLines are what a list of segments must say of a span, latest first, computed naively from the facts.
func segmentLines(all []ranAt, resource, from, to, now int64) (want []string) {
	var list []ranAt
	for _, s := range all {
		end := s.end
		if end == 0 {
			end = now + 1 // it shares the running second
		}
		if (resource == 0 || resource == s.resource) && s.start < min(to, now+1) && end > max(from, s.start) {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b ranAt) int { return cmp.Or(cmp.Compare(b.start, a.start), cmp.Compare(b.id, a.id)) })
	for _, s := range list {
		first, last := max(from, s.start), min(to, now)
		if s.end > 0 {
			last = min(last, s.end)
		}
		seconds, credits := int64(0), new(big.Int)
		if first < last {
			seconds, credits = last-first, credits.Sub(s.charged(last), s.charged(first))
		}
		want = append(want, fmt.Sprint(s.id, " ", s.end, " ", seconds, " ", credits))
	}
	return want
}

// Segments are listed as the facts say, for any span and resource, in pages of any size from either end; a segment that
// ended at the very edge of a span, or never ran for a second, is not listed.
func TestSegmentsAreTheFacts(t *testing.T) {
	t.Parallel()
	f, account := aged(t)
	random := rand.New(rand.NewPCG(5, 55))
	now := f.Clock.Now().Unix()
	var all []ranAt
	scripts := []int64{f.NewResource(account, "SCRIPT", "DEPLOYED"), f.NewResource(account, "SCRIPT", "DEPLOYED")}
	for n := range 40 {
		s := ranAt{resource: scripts[n%2], rate: random.Int64N(100_000), replicas: 1 + random.Int64N(3), start: now - 3600*random.Int64N(6) - random.Int64N(3)}
		s.id = f.host(account, s.resource, billing.Scripts, "1vcpu-2gb", billing.Amount(s.rate), s.replicas, time.Unix(s.start, 0))
		if n%5 > 0 {
			s.end = min(now, s.start+[]int64{0, 1, 3599, 3600, 7200}[random.IntN(5)])
			f.Exec("UPDATE segment SET ended_at = $2 WHERE segment_id = $1", s.id, time.Unix(s.end, 0))
		}
		all = append(all, s)
	}
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	for range 60 {
		from := now - 3600*random.Int64N(7) - random.Int64N(2)
		to := from + 1 + random.Int64N(4)*3600
		q := charts.SegmentQuery{Span: charts.Span{Range: billing.Range{From: time.Unix(from, 0).UTC(), To: time.Unix(to, 0).UTC()}}, Total: true}
		if random.IntN(2) == 0 {
			q.ResourceID = scripts[random.IntN(2)]
		}
		want := segmentLines(all, q.ResourceID, from, to, now)
		var got []string
		q.Page = pg.Page{Limit: 1 + random.IntN(15), Backward: random.IntN(2) == 0}
		for {
			page, err := r.Segments(f.Ctx, account, q)
			f.Must(err)
			if page.Total != len(want) {
				t.Fatalf("%d in all, want %d", page.Total, len(want))
			}
			var rows []string
			for _, s := range page.Rows {
				rows = append(rows, fmt.Sprint(s.ID, " ", int64(s.End), " ", s.Seconds, " ", int64(s.Credits)))
			}
			more := page.HasNext
			if got = append(got, rows...); q.Page.Backward {
				got, more = append(rows, got[:len(got)-len(rows)]...), page.HasPrev
			}
			if !more {
				break
			}
			if q.Page.After = page.Rows[len(page.Rows)-1].Key(); q.Page.Backward {
				q.Page.After, q.Page.Before = nil, page.Rows[0].Key()
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("[%d, %d) of %d: %q, want %q", from-now, to-now, q.ResourceID, got, want)
		}
	}
	whole, err := r.Segments(f.Ctx, account, charts.SegmentQuery{Span: charts.Span{Ever: true}, Page: pg.Page{Limit: 100}, Total: true})
	f.Must(err)
	if want := segmentLines(all, 0, 0, 1<<40, now); whole.Total != len(want) || len(whole.Rows) != len(want) {
		t.Errorf("ever: %d of %d, want %d", len(whole.Rows), whole.Total, len(want))
	}
}

// What the negative limit has stopped is listed as ended, in its second, before any job has posted the stop; and
// another account's is not listed.
func TestSegmentsThatTheLimitStopped(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account, second := f.NewAccount(), f.NewAccount()
	script := f.NewResource(account, "SCRIPT", "DEPLOYED")
	f.host(account, script, billing.Scripts, "1vcpu-2gb", billing.MustCredits("3600"), 1, start) // a credit a second
	for posted := range 2 {
		if posted == 0 {
			f.Clock.Advance(time.Hour)
		} else if _, err := f.Tick(f.Ctx, 10); err != nil {
			t.Fatal(err)
		}
		r := charts.Read(f.Store)
		page, err := r.Segments(f.Ctx, account, charts.SegmentQuery{Span: charts.Span{Ever: true}, Page: pg.Page{Limit: 10}, Total: true})
		f.Must(err)
		a, err := r.Account(f.Ctx, account)
		f.Must(err)
		if len(page.Rows) != 1 || page.Total != 1 || !page.Rows[0].Stopped || page.Rows[0].End == 0 || page.Rows[0].Credits != a.Credits.Used() ||
			page.Rows[0].Seconds != int64(page.Rows[0].End-page.Rows[0].Start) || len(a.Running) != 0 {
			t.Fatalf("posted %d: %+v; used %d", posted, page.Rows, a.Credits.Used())
		}
		// Half-open, by the last second: the stop belongs to the time in which that second lies.
		end := page.Rows[0].End.Time()
		for name, c := range map[string]struct {
			stopped  bool
			from, to time.Time
			want     int
		}{
			"stopped":              {true, start, end, 1},
			"stopped a second on":  {true, end, end.Add(time.Minute), 0},
			"stopped after it":     {true, start, end.Add(-time.Second), 0},
			"not stopped":          {false, start, end, 0},
			"running at that time": {false, start, end.Add(-time.Second), 1},
		} {
			q := charts.SegmentQuery{Span: charts.Span{Range: billing.Range{From: c.from, To: c.to}}, Stopped: &c.stopped, Page: pg.Page{Limit: 10}, Total: true}
			if got, err := r.Segments(f.Ctx, account, q); err != nil || len(got.Rows) != c.want || got.Total != c.want {
				t.Errorf("posted %d, %s: %+v, %v; want %d", posted, name, got, err, c.want)
			}
		}
		other, err := r.Segments(f.Ctx, second, charts.SegmentQuery{Span: charts.Span{Ever: true}, ResourceID: script, Page: pg.Page{Limit: 10}, Total: true})
		f.Must(err)
		if len(other.Rows) != 0 || other.Total != 0 {
			t.Errorf("of another account: %+v", other.Rows)
		}
		r.Close(f.Ctx)
	}
}
