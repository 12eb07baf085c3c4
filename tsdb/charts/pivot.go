package charts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// PivotQuery asks for usage by any grouping. Every part is one of a known list or a bound value. A query that asks for
// less costs less: classes, seconds, resources and users are read only if a column or an order needs them.
type PivotQuery struct {
	Accounts    []int64 // nil: all
	Span        Span
	Compare     *Span       // nil: none; else rows have Then
	GroupBy     []Dimension // each at most once; none: one row of sums
	Granularity billing.Granularity
	Zone        *time.Location
	Filter      PivotFilter
	Having      []PivotBound // of rows; all must be met; nil: none, empty: no row meets them
	OrderBy     []PivotOrder // then by the keys in the order of GroupBy
	Top         int          // 0: all; else the first series by OrderBy, and one row for the others
	Sparse      bool         // by time: leave out buckets without usage, and divide as finely as data is kept
	Limit       int
	Backward    bool
	After       []string // places: see PivotRow.Key
	Before      []string
	Classes     bool // with the classes of tokens
	Hosting     bool // with the seconds of hosting
	Distinct    bool // with the number of resources
	Users       bool // with the number of users
	Cumulative  bool // with running sums, which start from zero for each series
	Rows        bool // read the page
	Totals      bool // count the groups and add them up
}

// PivotRow is a group. Fields that are not grouped by are zero. Names are the current ones, also of usage from before a
// renaming. If rows are passed to a function one by one, Key and Tags are reused for the next row.
type PivotRow struct {
	AccountID      int64
	AccountName    string
	AccountOwn     string // the platform's own id, as all fields that end in Own; "": none
	PlanID         int64  // 0: no plan
	PlanName       string
	Zone           billing.Zone
	Runway         Runway
	Category       billing.Category
	Kind           string
	ResourceID     int64
	ResourceName   string
	ResourceOwn    string
	ResourceKind   tsdb.ResourceKind
	OwnerName      string
	DeploymentID   int64 // also 0 for usage that names none
	DeploymentName string
	DeploymentOwn  string
	Hardware       string // "" if it does not run on hardware
	Bucket         *billing.Bucket
	Hour           int64 // of the day
	Weekday        int64 // Monday is 1
	User, APIKey   Value
	Tags           []Value // in the order in which GroupBy names tags, both of events and of resources
	Other          bool    // all series beyond Top
	PivotFigures
	Then       PivotFigures // in the compared span
	Cumulative Running
	Key        []string // the row's place: the values that rows are ordered by, then the keys
}

// Running are sums of a row and of all rows before it.
type Running struct {
	Credits      billing.Amount
	Runs, Events int64
}

// Pivot is a page of groups. Total is −1 if it was not asked for.
type Pivot struct {
	pg.Paged[PivotRow]
	Totals PivotFigures // of all groups
	Then   PivotFigures // the sums in the compared span
	Range  billing.Range
	AsOf   time.Time
}

// pivotRead is a pivot in progress: its buckets, how usage is read, and what has accrued without being posted.
// pivot_sql.go makes its SQL from these parts, with their values as arguments.
type pivotRead struct {
	*PivotQuery
	shown   billing.Range
	buckets []billing.Bucket
	reads   []spanRead // the span, and the compared one
	ends    pg.Columns // accounts that host something, and until when that ran
	asOf    time.Time
	// placeless says that no page begins after a row, so that keys can be read as numbers.
	placeless bool
	names     map[Dimension]map[int64]pivotNames // of all keys; nil: they are read with each row
}

// spanRead is how the usage of one span is read. The compared span is read the same way, with buckets of its own that
// are numbered alike.
type spanRead struct {
	chartRead
	shown    billing.Range
	starts   []time.Time // of the buckets by TIME
	unposted pg.Columns
}

// Pivot returns usage by groups, with one statement for the page and one for the totals, each only if wanted, after
// those for the states of the accounts.
func (r *Reader) Pivot(ctx context.Context, q PivotQuery) (*Pivot, error) {
	p, err := r.openPivot(ctx, &q)
	if err != nil {
		return nil, err
	}
	out := &Pivot{AsOf: r.AsOf(), Range: p.shown, Paged: pg.Paged[PivotRow]{Total: -1}}
	if q.Rows {
		if err := r.pivotRows(ctx, p, out); err != nil {
			return nil, fmt.Errorf("read pivot: %w", err)
		}
	}
	if q.Totals {
		if err := r.pivotTotals(ctx, p, out); err != nil {
			return nil, fmt.Errorf("read totals of pivot: %w", err)
		}
	}
	return out, nil
}

// openPivot checks the query, divides its time and collects what accounts have accrued. It returns Invalid for what it
// does not know, and BadRange, RangeTooFine and NotFound like Trend; until then nothing is read but the accounts that
// accrue.
func (r *Reader) openPivot(ctx context.Context, q *PivotQuery) (*pivotRead, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	p := &pivotRead{PivotQuery: q, asOf: r.AsOf(), ends: pg.NewColumns(2)}
	// By time the range must be known even if it need not be named.
	q.Span.Unnamed = q.Span.Unnamed && !p.by(ByTime) && !p.byClock()
	var err error
	if p.shown, err = r.resolve(ctx, q.Span, q.Accounts); err != nil {
		return nil, err
	}
	// The first span is the one that is shown.
	spans := []Span{q.Span}
	if q.Compare != nil {
		spans = append(spans, *q.Compare)
	}
	for i, span := range spans {
		read, err := r.readSpan(ctx, p, span, i == 0)
		if err != nil {
			return nil, err
		}
		p.reads = append(p.reads, read)
	}
	if err := r.collectUnposted(ctx, p); err != nil {
		return nil, err
	}
	return p, r.payPivot(ctx, p)
}

// payPivot pays for the rows of a pivot, once for the page and once for the totals.
func (r *Reader) payPivot(ctx context.Context, p *pivotRead) error {
	times := int64(0)
	for _, wanted := range []bool{p.Rows, p.Totals} {
		if wanted {
			times++
		}
	}
	if len(p.Accounts) == 1 && p.fills() {
		if err := r.PayFilled(ctx, p.Accounts[0], times*int64(len(p.buckets)), int64(p.mostKinds())+1, p.mostThings(), slices.ContainsFunc(p.GroupBy, Dimension.attributed)); err != nil {
			return err
		}
	}
	carried := times
	if p.Users { // different ones are counted by sorting
		carried *= 2
	}
	for i := range p.reads {
		if p.attributed() {
			if err := r.payAttributed(ctx, p.Accounts, &p.reads[i].chartRead, carried); err != nil {
				return err
			}
		}
		if p.onlyAttributed() {
			continue
		}
		if err := r.pay(ctx, p.Accounts, &p.reads[i].chartRead, times); err != nil {
			return err
		}
	}
	return nil
}

// readSpan plans how a span is read: from the coarsest table whose buckets the groups can be made of. Only the first
// span says which buckets are shown; the other one is compared bucket by bucket.
func (r *Reader) readSpan(ctx context.Context, p *pivotRead, span Span, first bool) (spanRead, error) {
	shown := span.Range
	if first {
		shown = p.shown
	}
	// Days, unless something finer is needed: for 10,000 accounts they are far fewer rows.
	out, coarsest := spanRead{shown: shown, unposted: pg.NewColumns(7)}, byDay
	// Hours of the day and weekdays of a zone need quarter-hours, which fit every zone in use.
	if p.byClock() {
		if err := r.retention().Check(shown, billing.Hour, p.asOf, p.Zone); err != nil {
			return out, refusedRange(err)
		}
		coarsest = byQuarter
	}
	if p.by(ByTime) {
		// The same division and the same refusals as for a trend.
		trend, err := r.newTrend(&TrendQuery{Range: shown, Granularity: p.Granularity, Zone: p.Zone, unbounded: p.Sparse})
		if err != nil {
			return out, refusedRange(err)
		}
		for _, b := range trend.Buckets {
			out.starts = append(out.starts, b.Start)
		}
		if first {
			p.buckets, p.Granularity = trend.Buckets, trend.Granularity
		}
		t := TrendQuery{Granularity: trend.Granularity}
		coarsest = min(coarsest, t.grain(trend.Buckets))
	}
	out.chartRead = r.chartRead(span, coarsest)
	out.classes = p.Classes
	return out, nil
}

const selectAccruing = `-- name: find accounts that accrue
SELECT DISTINCT account_id FROM segment WHERE ended_at IS NULL AND rate > 0 AND ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) ORDER BY 1`

// collectUnposted makes rows of what has accrued within the spans since each account's last posting.
func (r *Reader) collectUnposted(ctx context.Context, p *pivotRead) error {
	// A single account is always read, as it may be unknown; of many, only those that host something.
	ids := p.Accounts
	if len(ids) != 1 {
		var id int64
		ids = nil
		err := r.Ask(ctx, selectAccruing, []any{p.Accounts}, []any{&id}, func() error { ids = append(ids, id); return nil })
		if err != nil {
			return fmt.Errorf("find accruing accounts: %w", err)
		}
	}
	accounts, err := r.AccountsAsOf(ctx, ids)
	if err != nil {
		return err
	}
	// If many are asked for, unknown ones are missing: a filter that matches nothing is not an error.
	if len(p.Accounts) == 1 && len(accounts) == 0 {
		return access.NoAccount()
	}
	for _, a := range accounts {
		_, end := a.Unposted()
		p.ends.Add(a.ID, end.Time())
		for i := range p.reads {
			p.reads[i].addUnposted(p, a)
		}
	}
	return nil
}

// kindHosting is the kind of hosting usage.
const kindHosting = "HOSTING"

// accruedKey is what the pivot may tell hosting apart by. Minutes are told apart down to the read's own width, which is
// what unposted cuts at.
type accruedKey struct {
	minute               billing.Second
	category             billing.Category
	resource, deployment int64
}

// addUnposted adds an account's rows, one per key that the pivot tells apart. They are joined to the rows of the tables
// like another table, so that filters and groups treat them alike.
func (s *spanRead) addUnposted(p *pivotRead, a *tsdb.Account) {
	sums := map[accruedKey]billing.Amount{}
	// If resources are not told apart, ten thousand deployments make a few rows.
	apart := p.byResource()
	s.chartRead.unposted(a, func(g *billing.Segment, minute billing.Second, cost billing.Amount) {
		k := accruedKey{minute: minute, category: g.Category}
		if apart {
			k.resource, k.deployment = g.ResourceID, g.DeploymentID
		}
		sums[k] += cost
	})
	for k, cost := range sums {
		s.unposted.Add(a.ID, k.minute.Time(), k.resource, k.deployment, kindHosting, string(k.category), int64(cost))
	}
}

// byResource reports whether the pivot tells resources or deployments apart.
func (p *pivotRead) byResource() bool {
	f := &p.Filter
	return p.Distinct || f.Resources != nil || f.Deployments != nil || f.Owners != nil || p.byResourceTag() || p.by(ByResource) || p.by(ByDeployment) || p.by(ByOwner)
}

// byClock reports whether hours of the day or days of the week are told apart. Such groups need the zone even if no
// bucket does.
func (p *pivotRead) byClock() bool {
	return p.by(ByHour) || p.by(ByWeekday) || p.Filter.Hours != nil || p.Filter.Weekdays != nil
}

// by reports whether the pivot groups by a dimension.
func (p *pivotRead) by(d Dimension) bool { return p.at(d) > 0 }

// at returns the number of a dimension's column, from 1, or 0 if the pivot does not group by it. The columns of groups
// are k1, k2 … in the order of GroupBy.
func (p *pivotRead) at(d Dimension) int { return slices.Index(p.GroupBy, d) + 1 }
