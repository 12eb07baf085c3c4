package charts

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// BadPage refuses a cursor that the list did not make.
const BadPage pg.Code = "BAD_PAGE"

// kindHosting is the kind of usage that hosting is charted as.
const kindHosting = "HOSTING"

// Dimension is what a pivot groups usage by.
type Dimension string

// The dimensions of a pivot.
const (
	ByAccount    Dimension = "ACCOUNT"
	ByCategory   Dimension = "CATEGORY"
	ByKind       Dimension = "KIND"
	ByResource   Dimension = "RESOURCE"
	ByDeployment Dimension = "DEPLOYMENT"
	ByTime       Dimension = "TIME"
)

// PivotQuery asks for usage by any grouping.
type PivotQuery struct {
	Accounts    []int64 // nil: all
	Span        Span
	GroupBy     []Dimension // each at most once; none: one row of sums
	Granularity billing.Granularity
	Zone        *time.Location
	Categories  []billing.Category // nil: all
	Kinds       []string           // nil: all
	Resources   []int64            // nil: all
	Sparse      bool               // by time: leave out the buckets without usage
	Limit       int
	Backward    bool
	After       []string // places: the row's keys, in the order of GroupBy
	Before      []string
	Classes     bool // with the classes of tokens
	Rows        bool // read the page
	Totals      bool // count the groups and add them up
}

// PivotFigures are the sums of a group.
type PivotFigures struct {
	Credits                                            billing.Amount
	Runs, Events, InputTokens, OutputTokens            int64
	CacheReadTokens, CacheWriteTokens, ReasoningTokens int64 // where PivotQuery.Classes asks for them
}

// of are the figures in the order of PivotQuery.sums.
func (f *PivotFigures) of(q *PivotQuery) []any {
	to := []any{&f.Credits, &f.Runs, &f.Events, &f.InputTokens, &f.OutputTokens}
	if q.Classes {
		to = append(to, &f.CacheReadTokens, &f.CacheWriteTokens, &f.ReasoningTokens)
	}
	return to
}

// sums are the columns of the figures.
func (q *PivotQuery) sums() []string {
	columns := []string{"credits", "runs", "events", "input_tokens", "output_tokens"}
	if q.Classes {
		columns = append(columns, "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
	}
	return columns
}

// eachSum writes a text for each column of the figures, with % for its name.
func (q *PivotQuery) eachSum(text string) string {
	parts := q.sums()
	for i, name := range parts {
		parts[i] = strings.ReplaceAll(text, "%", name)
	}
	return strings.Join(parts, ", ")
}

// PivotRow is a group. What is not grouped by is zero.
type PivotRow struct {
	AccountID      int64
	AccountName    string
	Category       billing.Category
	Kind           string
	ResourceID     int64
	ResourceName   string
	ResourceKind   tsdb.ResourceKind
	DeploymentID   int64 // 0 also for use that names none
	DeploymentName string
	Bucket         *billing.Bucket
	PivotFigures
	Key []string // the row's place
}

// Pivot is a page of groups in the order of their keys.
type Pivot struct {
	pg.Paged[PivotRow]
	Totals PivotFigures // of all groups
	Range  billing.Range
	AsOf   time.Time
}

// pivotRead is a pivot on its way: its buckets, how usage is read, and what has accrued without being posted.
type pivotRead struct {
	*PivotQuery
	read     chartRead
	shown    billing.Range
	buckets  []billing.Bucket
	unposted pg.Columns
}

// Pivot answers usage by groups: a statement for the page and one for the totals, as far as wanted, after those for the
// states of the accounts.
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

// openPivot checks the query, divides its time and collects what accounts have accrued.
func (r *Reader) openPivot(ctx context.Context, q *PivotQuery) (*pivotRead, error) {
	p := &pivotRead{PivotQuery: q, unposted: pg.NewColumns(7)}
	coarsest := byDay
	for i, d := range q.GroupBy {
		if _, ok := d.key(""); !ok || slices.Contains(q.GroupBy[:i], d) {
			return nil, pg.Refuse(pg.Invalid, "groupBy", "each dimension can be named once")
		}
	}
	q.Span.Unnamed = q.Span.Unnamed && !slices.Contains(q.GroupBy, ByTime)
	var err error
	if p.shown, err = r.resolve(ctx, q.Span, q.Accounts); err != nil {
		return nil, err
	}
	if slices.Contains(q.GroupBy, ByTime) {
		trend, err := r.newTrend(&TrendQuery{Range: p.shown, Granularity: q.Granularity, Zone: q.Zone})
		if err != nil {
			return nil, refusedRange(err)
		}
		p.buckets = trend.Buckets
		t := TrendQuery{Granularity: trend.Granularity}
		coarsest = t.grain(trend.Buckets)
	}
	p.read = r.chartRead(q.Span, coarsest)
	p.read.classes = q.Classes
	return p, r.collectUnposted(ctx, p)
}

const selectAccruing = `-- name: find accounts that accrue
SELECT DISTINCT account_id FROM segment WHERE ended_at IS NULL AND rate > 0 AND ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) ORDER BY 1`

// collectUnposted makes rows of what has accrued, within the read, since each account's last posting.
func (r *Reader) collectUnposted(ctx context.Context, p *pivotRead) error {
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
	if len(p.Accounts) == 1 && len(accounts) == 0 {
		return access.NoAccount()
	}
	for _, a := range accounts {
		p.addUnposted(a)
	}
	return nil
}

// accruedKey tells hosting apart that the pivot may tell apart.
type accruedKey struct {
	minute               billing.Second
	category             billing.Category
	resource, deployment int64
}

// addUnposted adds an account's rows: one for all that is alike to the pivot.
func (p *pivotRead) addUnposted(a *tsdb.Account) {
	sums := map[accruedKey]billing.Amount{}
	apart := p.Resources != nil || p.at(ByResource) > 0 || p.at(ByDeployment) > 0
	p.read.unposted(a, func(s *billing.Segment, minute billing.Second, cost billing.Amount) {
		k := accruedKey{minute: minute, category: s.Category}
		if apart {
			k.resource, k.deployment = s.ResourceID, s.DeploymentID
		}
		sums[k] += cost
	})
	for k, cost := range sums {
		p.unposted.Add(a.ID, k.minute.Time(), k.resource, k.deployment, kindHosting, string(k.category), int64(cost))
	}
}

// pivotRows reads the page. One row more than asked for reports whether there are more.
func (r *Reader) pivotRows(ctx context.Context, p *pivotRead, out *Pivot) error {
	a := pg.Arguments{Values: []any{p.Accounts}}
	sql, keys := p.groups(&a)
	var row PivotRow
	place := make([]string, len(keys))
	var kinds int
	destinations := append([]any{&kinds}, row.of(p.PivotQuery)...)
	for i := range place {
		destinations = append(destinations, &place[i])
	}
	tail, err := p.page(&a, keys)
	if err != nil {
		return err
	}
	var rows []PivotRow
	err = r.Ask(ctx, "-- name: pivot of usage\n"+sql+tail, a.Values, append(destinations, p.names(&row)...), func() error {
		if kinds > p.mostKinds() {
			return p.tooFine()
		}
		row.Key = slices.Clone(place)
		row.Bucket = nil
		p.fill(&row)
		rows = append(rows, row)
		return nil
	})
	if err != nil {
		return err
	}
	out.Paged = pg.CutPage(pg.Page{Limit: p.Limit, Backward: p.Backward, After: edge(p.After), Before: edge(p.Before)}, rows)
	return nil
}

// edge says that a page has an edge; which one, page has told the query.
func edge(place []string) []int64 {
	if place == nil {
		return nil
	}
	return []int64{}
}

// names is where the name columns are scanned to.
func (p *pivotRead) names(row *PivotRow) []any {
	var to []any
	if p.at(ByAccount) > 0 {
		to = append(to, &row.AccountName)
	}
	if p.at(ByResource) > 0 {
		to = append(to, &row.ResourceName, &row.ResourceKind)
	}
	if p.at(ByDeployment) > 0 {
		to = append(to, &row.DeploymentName)
	}
	return to
}

// fill reads the keys of a row.
func (p *pivotRead) fill(row *PivotRow) {
	for i, d := range p.GroupBy {
		number, _ := strconv.ParseInt(row.Key[i], 10, 64) // the database made it; a kind is no number
		switch d {
		case ByAccount:
			row.AccountID = number
		case ByCategory:
			row.Category = billing.Categories()[number-1]
		case ByKind:
			row.Kind = row.Key[i]
		case ByResource:
			row.ResourceID = number
		case ByDeployment:
			row.DeploymentID = number
		case ByTime:
			row.Bucket = &p.buckets[number-1]
		}
	}
}

// pivotTotals counts the groups and adds them up.
func (r *Reader) pivotTotals(ctx context.Context, p *pivotRead, out *Pivot) error {
	a := pg.Arguments{Values: []any{p.Accounts}}
	sql, _ := p.groups(&a)
	t, kinds := &out.Totals, 0
	return r.Ask(ctx, "-- name: totals of a pivot\n"+sql+`SELECT `+p.kindsCounted()+`, count(*), `+p.eachSum("coalesce(sum(%), 0)::bigint")+` FROM groups`, a.Values,
		append([]any{&kinds, &out.Total}, t.of(p.PivotQuery)...), func() error {
			if kinds > p.mostKinds() {
				return p.tooFine()
			}
			return nil
		})
}
