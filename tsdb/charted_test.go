package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

func (f *fixture) trend(account int64, q charts.TrendQuery) *charts.Trend {
	f.t.Helper()
	r := charts.Read(f.Store)
	defer r.Close(f.ctx)
	trend, err := r.Trend(f.ctx, account, q)
	f.must(err)
	return trend
}

// minutesAndDelta are the minutes of all usage, rolled up or not.
const minutesAndDelta = `TABLE usage_minute UNION ALL SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens,
  cache_read_tokens, cache_write_tokens, reasoning_tokens FROM usage_delta`

func (f *fixture) rollUp(limit int) tsdb.RollUpResult {
	f.t.Helper()
	done, err := f.RollUp(f.ctx, limit)
	f.must(err)
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

// tablesAddUp demands that each coarser table sums up to what the finer one holds.
func (f *fixture) tablesAddUp() {
	f.t.Helper()
	var differences int
	f.must(f.pool.QueryRow(f.ctx, `SELECT count(*) FROM (
  SELECT account_id, date_bin('15 minutes', bucket, 'epoch') AS bucket, resource_id, deployment_id, kind, sum(credits) AS c, sum(runs) AS r, sum(events) AS e
  FROM usage_minute GROUP BY 1, 2, 3, 4, 5) m
FULL JOIN usage_quarter q USING (account_id, bucket, resource_id, deployment_id, kind)
WHERE (m.c, m.r, m.e) IS DISTINCT FROM (q.credits, q.runs, q.events)`).Scan(&differences))
	if differences != 0 {
		f.t.Errorf("%d quarter-hours differ from their minutes", differences)
	}
	f.must(f.pool.QueryRow(f.ctx, `SELECT count(*) FROM (
  SELECT account_id, date_bin('1 day', bucket, '2000-01-01+00') AS bucket, resource_id, deployment_id, kind, sum(credits) AS c, sum(runs) AS r, sum(events) AS e
  FROM usage_quarter GROUP BY 1, 2, 3, 4, 5) m
FULL JOIN usage_day q USING (account_id, bucket, resource_id, deployment_id, kind)
WHERE (m.c, m.r, m.e) IS DISTINCT FROM (q.credits, q.runs, q.events)`).Scan(&differences))
	if differences != 0 {
		f.t.Errorf("%d days differ from their quarter-hours", differences)
	}
	f.must(f.pool.QueryRow(f.ctx, `WITH quarters AS (
  SELECT account_id, (extract(epoch FROM bucket)::bigint / 900 % 96)::int AS q, date_bin('1 day', bucket, '2000-01-01+00') AS day, kind, category, credits, runs FROM usage_quarter
), made AS (
  SELECT account_id, slot::smallint AS slot, day, kind, category, sum(credits) AS c, sum(runs) AS r
  FROM quarters, unnest(ARRAY[0, 1 + q / 24, 5 + q / 4, 29 + q]) slot GROUP BY 1, 2, 3, 4, 5
)
SELECT count(*) FROM made m FULL JOIN account_usage u USING (account_id, slot, day, kind, category) WHERE (m.c, m.r) IS DISTINCT FROM (u.credits, u.runs)`).Scan(&differences))
	if differences != 0 {
		f.t.Errorf("%d slots of accounts differ from their quarter-hours", differences)
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
