package charts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// TrendQuery asks for usage over time. A zone is needed even for sums: it says where days begin.
type TrendQuery struct {
	Range       billing.Range
	Granularity billing.Granularity // "": hours up to 48 hours, else days
	Zone        *time.Location      // whose hours, days, weeks and months are used
	Category    billing.Category    // "": all
	ResourceID  int64               // 0: all
	unbounded   bool                // allow any number of buckets
}

// Trend is usage over time, one value per bucket, oldest first, zero-filled. Buckets and Used have the same length. The
// first and last bucket may reach beyond the range; their usage does not.
type Trend struct {
	AsOf        time.Time
	Granularity billing.Granularity
	Buckets     []billing.Bucket
	Used        []billing.Slices // by bucket: micro-credits by category, and runs
}

// Trend reads a trend in one statement. It returns NotFound if there is no such account, or no such resource in it, and
// BadRange or RangeTooFine if the range cannot be divided like this. It refuses what is no longer kept finely enough
// rather than showing zeros.
func (r *Reader) Trend(ctx context.Context, account int64, q TrendQuery) (*Trend, error) {
	t, err := r.newTrend(&q)
	if err != nil {
		return nil, refusedRange(err)
	}
	coarsest := q.grain(t.Buckets)
	// For all resources together there are sums by slots of a day, so a year of ten thousand resources is read as fast
	// as that of one.
	if q.ResourceID == 0 && coarsest != byMinute {
		return t, r.wholeTrend(ctx, account, &q, t)
	}
	read := r.chartRead(Span{Range: q.Range}, coarsest)
	var bucket int
	var category billing.Category
	var credits billing.Amount
	var runs int64
	found := q.ResourceID == 0
	a, err := r.queryUsage(ctx, account, "usage trend", read, q.tail(t.Buckets), []any{&bucket, &category, &credits, &runs}, func() error {
		if bucket == 0 { // the row that says that the resource exists
			found = true
			return nil
		}
		// A category has one meter, so one of the two is 0.
		t.add(bucket-1, category, credits+billing.Amount(runs))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read trend: %w", err)
	}
	if !found {
		return nil, pg.Refuse(pg.NotFound, "resourceId", "there is no such object in the account")
	}
	read.unposted(a, func(s *billing.Segment, minute billing.Second, cost billing.Amount) {
		if q.wants(s) {
			t.add(t.bucketOf(minute.Time()), s.Category, cost)
		}
	})
	return t, nil
}

// wholeTrend reads the trend of all of an account's resources together.
func (r *Reader) wholeTrend(ctx context.Context, account int64, q *TrendQuery, t *Trend) error {
	starts := make([]time.Time, len(t.Buckets))
	for i, b := range t.Buckets {
		starts[i] = b.Start
	}
	read := r.wholeRead(Span{Range: q.Range}, starts[1:])
	// The unit of slots says how tables are read; what has accrued is cut by the trend's own buckets.
	read.coarsest = q.grain(t.Buckets)
	a, err := r.queryWhole(ctx, account, "usage trend of all resources", &read, starts[1:], func(a *pg.Arguments) string {
		if q.Category == "" {
			return ""
		}
		return " AND category = " + a.Add(string(q.Category))
	}, t.add)
	if err != nil {
		return fmt.Errorf("read trend: %w", err)
	}
	read.unposted(a, func(s *billing.Segment, minute billing.Second, cost billing.Amount) {
		if q.wants(s) {
			t.add(t.bucketOf(minute.Time()), s.Category, cost)
		}
	})
	return nil
}

// newTrend divides the range and checks that what is asked for is still kept. It returns BadRange if the range is not a
// valid one, and RangeTooFine if it would have more than 3,000 points.
func (r *Reader) newTrend(q *TrendQuery) (*Trend, error) {
	if q.Granularity == "" {
		q.Granularity = q.Range.DefaultGranularity()
	}
	// Checked before dividing: what is no longer kept would show as no usage.
	if err := r.retention().Check(q.Range, q.Granularity, r.AsOf(), q.Zone); err != nil {
		return nil, err
	}
	// Exports take any number, since they are written as they come.
	divide := billing.Buckets
	if q.unbounded {
		divide = billing.AllBuckets
	}
	buckets, err := divide(q.Range, q.Granularity, q.Zone)
	if err != nil {
		return nil, err
	}
	return &Trend{AsOf: r.AsOf(), Granularity: q.Granularity, Buckets: buckets, Used: make([]billing.Slices, len(buckets))}, nil
}

// retention says how long usage is kept at which granularity. retention.go in tsdb keeps quarter-hours at least as long
// as this promises, in any zone.
func (r *Reader) retention() billing.Retention {
	return billing.Retention{MinuteDays: int(r.settings.EventRetention / wholeDay), QuarterMonths: r.settings.QuarterMonths}
}

// grain is the coarsest table that the trend's buckets can be made of.
func (q *TrendQuery) grain(buckets []billing.Bucket) grain {
	if q.Granularity == billing.Minute {
		return byMinute
	}
	coarsest := byDay
	for _, b := range buckets[1:] { // the first begins no later than the range, which is cut to the minute anyway
		switch {
		// Zones that followed the sun until the last century: their days begin at odd minutes.
		case b.Start.Truncate(quarterHour) != b.Start:
			return byMinute
		case b.Start.Truncate(wholeDay) != b.Start:
			coarsest = byQuarter
		}
	}
	return coarsest
}

// tail adds up usage by bucket, counted from 1, and by category. The row with bucket 0 says that the resource exists.
// The bounds of buckets are one array, so a chart of any length is the same statement.
func (q *TrendQuery) tail(buckets []billing.Bucket) func(*pg.Arguments) string {
	return func(a *pg.Arguments) string {
		starts := make([]time.Time, len(buckets))
		for i, b := range buckets {
			starts[i] = b.Start
		}
		where, exists := "", ""
		if q.Category != "" {
			where += " AND category = " + a.Add(string(q.Category))
		}
		if q.ResourceID != 0 {
			id := a.Add(q.ResourceID)
			where += " AND resource_id = " + id
			exists = "\nUNION ALL SELECT 0, '', 0, 0 FROM resource WHERE " + oneAccount + " AND resource_id = " + id
		}
		return "SELECT width_bucket(bucket, " + a.Add(starts) + "::timestamptz[]), category, sum(credits)::bigint, sum(runs)::bigint\n" +
			"FROM used WHERE true" + where + " GROUP BY 1, 2" + exists
	}
}

// wants reports whether hosting is of the category and resource that are asked for. The statement filters the tables;
// this filters what is not in them yet.
func (q *TrendQuery) wants(s *billing.Segment) bool {
	return (q.Category == "" || q.Category == s.Category) && (q.ResourceID == 0 || q.ResourceID == s.ResourceID)
}

// add adds an amount, of credits or runs, to a bucket.
func (t *Trend) add(bucket int, c billing.Category, amount billing.Amount) {
	t.Used[bucket][c.Index()] += amount
}

// Sum adds up all buckets. It equals the overview of the same range.
func (t *Trend) Sum() billing.Slices {
	var sum billing.Slices
	for _, used := range t.Used {
		for i, u := range used {
			sum[i] += u
		}
	}
	return sum
}

// bucketOf is the bucket in which an instant of the range lies. Accrued hosting is cut at buckets before.
func (t *Trend) bucketOf(at time.Time) int {
	after, _ := slices.BinarySearchFunc(t.Buckets, at, func(b billing.Bucket, at time.Time) int {
		if b.Start.After(at) {
			return 1
		}
		return -1
	})
	return after - 1
}
