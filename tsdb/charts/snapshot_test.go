package charts_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

// busy is an account that is used while it is queried.
type busy struct {
	*fixture
	account, tool, model, script int64
	mu                           sync.Mutex
	used                         billing.Slices // by events, as ingestion answered
}

func newBusy(t *testing.T) *busy {
	t.Helper()
	f, account := aged(t)
	b := &busy{fixture: f, account: account, tool: f.NewResource(account, "TOOL", "DEPLOYED"), model: f.NewResource(account, "MODEL", "REGISTERED"),
		script: f.NewResource(account, "SCRIPT", "DEPLOYED")}
	f.host(account, b.script, billing.Scripts, "1vcpu-2gb", 76_980, 2, start.Add(-7*time.Hour))
	return b
}

// use stores some events of the last day, and now and then rolls up or posts hosting.
func (b *busy) use(ctx context.Context, random *rand.Rand, n int) error {
	var events []tsdb.UsageEvent
	for i := range 5 {
		at, id := start.Add(-time.Duration(random.IntN(23*60))*time.Minute), fmt.Sprint(n, "-", i)
		if i%2 == 0 {
			events = append(events, storetest.Runs(b.account, b.tool, id, at, 1+random.Int64N(9)))
		} else {
			events = append(events, storetest.Tokens(b.account, b.model, id, at, random.Int64N(100_000), random.Int64N(1000)))
		}
	}
	results, err := b.Ingest(ctx, events, tsdb.Record)
	if err != nil {
		return err
	}
	b.mu.Lock()
	for i, r := range results {
		c := billing.Models
		if events[i].Runs > 0 {
			c = billing.Tools
		}
		b.used[c.Index()] += r.Charge
	}
	b.mu.Unlock()
	switch n % 3 {
	case 0:
		_, err = b.RollUp(ctx, 1+random.IntN(20))
	case 1:
		_, err = b.Tick(ctx, 10)
	}
	return err
}

// figures returns what each kind of query says was used in the last day, by name: tools, models, scripts.
func (b *busy) figures(r *charts.Reader) map[string][3]billing.Amount {
	span := charts.Span{Range: billing.Range{From: start.Add(-24 * time.Hour), To: start.Add(time.Hour)}}
	q := charts.TabQuery{Span: span, Sort: charts.SortUsed, Sums: true, Page: charts.TabPage{Limit: 1}}
	of := func(s billing.Slices) [3]billing.Amount {
		return [3]billing.Amount{s[billing.Tools.Index()], s[billing.Models.Index()], s[billing.Scripts.Index()]}
	}
	asks := map[string]func() ([3]billing.Amount, error){
		"in all": func() ([3]billing.Amount, error) {
			u, err := r.UsedIn(b.Ctx, b.account, span)
			if err != nil {
				return [3]billing.Amount{}, err
			}
			return of(u.Used), nil
		},
		"tabs": func() (out [3]billing.Amount, err error) {
			tools, err := r.Tools(b.Ctx, b.account, q)
			if err != nil {
				return out, err
			}
			models, err := r.Models(b.Ctx, b.account, q)
			if err != nil {
				return out, err
			}
			scripts, err := r.Scripts(b.Ctx, b.account, q)
			if err != nil {
				return out, err
			}
			return [3]billing.Amount{billing.Amount(tools.Runs), models.Used.Total(), scripts.Credits}, nil
		},
		"pivot": func() (out [3]billing.Amount, err error) {
			p, err := r.Pivot(b.Ctx, charts.PivotQuery{Accounts: []int64{b.account}, Span: span, GroupBy: []charts.Dimension{charts.ByCategory}, Rows: true, Limit: 9})
			if err != nil {
				return out, err
			}
			for _, row := range p.Rows {
				i := slices.Index([]billing.Category{billing.Tools, billing.Models, billing.Scripts}, row.Category)
				out[i] = row.Credits + billing.Amount(row.Runs)
			}
			return out, nil
		},
	}
	for _, g := range []billing.Granularity{billing.Minute, billing.Hour, billing.Day} {
		asks["trend by "+string(g)] = func() ([3]billing.Amount, error) {
			t, err := r.Trend(b.Ctx, b.account, charts.TrendQuery{Range: span.Range, Granularity: g, Zone: zone(b.T, "Asia/Kathmandu")})
			if err != nil {
				return [3]billing.Amount{}, err
			}
			return of(t.Sum()), nil
		}
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	out := map[string][3]billing.Amount{}
	for name, ask := range asks { // at once, as the fields of an operation are resolved
		all.Go(func() {
			sums, err := ask()
			mu.Lock()
			defer mu.Unlock()
			if out[name] = sums; err != nil {
				b.T.Errorf("%s: %v", name, err)
			}
		})
	}
	all.Wait()
	return out
}

// However an operation asks, and whatever is stored, rolled up and posted meanwhile, all its figures are of one moment
// and agree; once nothing changes any more they equal what ingestion answered.
func TestFiguresOfOneReaderAgree(t *testing.T) {
	t.Parallel()
	b := newBusy(t)
	ctx, stop := context.WithCancel(b.Ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		random := rand.New(rand.NewPCG(3, 1))
		for n := 0; ; n++ {
			if err := b.use(context.WithoutCancel(ctx), random, n); err != nil || ctx.Err() != nil {
				ended <- err
				return
			}
		}
	}()
	agree := func() (figures [3]billing.Amount) {
		r := charts.Read(b.Store)
		defer r.Close(b.Ctx)
		all := b.figures(r)
		for name, got := range all {
			if figures = all["in all"]; got != figures {
				t.Errorf("%s: %v, in all %v", name, got, figures)
			}
		}
		return figures
	}
	for range 12 {
		agree()
		b.Clock.Advance(7 * time.Second)
	}
	stop()
	b.Must(<-ended)
	got, hosted := agree(), billing.CumulativeCharge(76_980, 2, int64(b.Clock.Now().Sub(start.Add(-7*time.Hour))/time.Second))
	if want := [3]billing.Amount{b.used[billing.Tools.Index()], b.used[billing.Models.Index()], hosted}; got != want || got[0] == 0 || got[1] == 0 {
		t.Errorf("%v, want %v", got, want)
	}
}

// asked are all calls of a Reader, each about something that exists.
func (b *busy) asked(r *charts.Reader) map[string]func(ctx context.Context) error {
	span := charts.Span{Range: billing.Range{From: start.Add(-24 * time.Hour), To: start}}
	q := charts.TabQuery{Span: charts.Span{Ever: true}, Sums: true, Page: charts.TabPage{Limit: 5}}
	pivot := charts.PivotQuery{Accounts: []int64{b.account}, Span: span, GroupBy: []charts.Dimension{charts.ByUser}, Rows: true, Totals: true, Limit: 5}
	book, err := b.PriceBook(b.Ctx, []int64{b.account})
	b.Must(err)
	prices := book.Prices(b.account, 0)
	return map[string]func(ctx context.Context) error{
		"used": func(ctx context.Context) error { _, err := r.UsedIn(ctx, b.account, q.Span); return err },
		"trend": func(ctx context.Context) error {
			_, err := r.Trend(ctx, b.account, charts.TrendQuery{Range: span.Range, Zone: time.UTC})
			return err
		},
		"pivot": func(ctx context.Context) error { _, err := r.Pivot(ctx, pivot); return err },
		"export": func(ctx context.Context) error {
			_, err := r.ExportUsage(ctx, pivot, false, func(*charts.PivotRow) error { return nil })
			return err
		},
		"rows": func(ctx context.Context) error {
			return r.Export(ctx, ofAll(charts.ExportGrants), func([]any, []string) error { return nil })
		},
		"beyond":      func(ctx context.Context) error { _, err := r.Beyond(ctx, &pivot); return err },
		"tags":        func(ctx context.Context) error { _, err := r.TagKeys(ctx, b.account); return err },
		"tools":       func(ctx context.Context) error { _, err := r.Tools(ctx, b.account, q); return err },
		"models":      func(ctx context.Context) error { _, err := r.Models(ctx, b.account, q); return err },
		"guardrails":  func(ctx context.Context) error { _, err := r.Guardrails(ctx, b.account, q); return err },
		"deployments": func(ctx context.Context) error { _, err := r.ModelDeployments(ctx, b.account, b.model, q); return err },
		"panel":       func(ctx context.Context) error { _, err := r.Panel(ctx, b.account, b.script, q.Span); return err },
		"segments": func(ctx context.Context) error {
			_, err := r.Segments(ctx, b.account, charts.SegmentQuery{Span: q.Span, Page: pg.Page{Limit: 5}, Total: true})
			return err
		},
		"lately":    func(ctx context.Context) error { _, err := r.Lately(ctx, []int64{b.account}); return err },
		"forecasts": func(ctx context.Context) error { _, err := r.Forecasts(ctx, []int64{b.account}); return err },
		"hints":     func(ctx context.Context) error { _, err := r.Hints(ctx, b.account, 7, &prices); return err },
		"accounts":  func(ctx context.Context) error { _, err := r.AccountIDs(ctx); return err },
		"backtest":  func(ctx context.Context) error { _, err := charts.Backtest(ctx, b.Store); return err },
		"foretell":  func(ctx context.Context) error { _, err := charts.Foretell(ctx, b.Store, 10); return err },
	}
}

// A cancelled query is a failure and never zeros, which would read as no usage; nor is it a refusal, which would read
// as an answer. The next query is answered.
func TestFailuresOfChartsAreNoZeros(t *testing.T) {
	t.Parallel()
	b := newBusy(t)
	b.Must(b.use(b.Ctx, rand.New(rand.NewPCG(1, 1)), 2))
	ended, end := context.WithCancel(b.Ctx)
	end()
	for name := range b.asked(nil) {
		r := charts.Read(b.Store)
		err := b.asked(r)[name](ended)
		var refused *tsdb.Error
		if err == nil || errors.As(err, &refused) || !errors.Is(err, context.Canceled) || !pg.Unavailable(err) {
			t.Errorf("%s, given up: %v", name, err)
		}
		r.Close(b.Ctx)
		r = charts.Read(b.Store)
		if err := b.asked(r)[name](b.Ctx); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		r.Close(b.Ctx)
	}
}

// What belongs to another account looks as if it did not exist, however it is asked for.
func TestChartsOfOthersAreNotThere(t *testing.T) {
	t.Parallel()
	b := newBusy(t)
	b.Must(b.use(b.Ctx, rand.New(rand.NewPCG(2, 2)), 0))
	other := b.NewAccount()
	r := charts.Read(b.Store)
	defer r.Close(b.Ctx)
	ever := charts.Span{Ever: true}
	_, err := r.Trend(b.Ctx, other, charts.TrendQuery{Range: billing.Range{From: start.Add(-time.Hour), To: start}, Zone: time.UTC, ResourceID: b.tool})
	b.wantRefused(err, tsdb.NotFound)
	panel, err := r.Panel(b.Ctx, other, b.script, ever)
	if b.Must(err); len(panel.Rows) != 0 || panel.Seconds != 0 || panel.Credits != 0 {
		t.Errorf("a panel: %+v", panel)
	}
	drill, err := r.ModelDeployments(b.Ctx, other, b.model, charts.TabQuery{Span: ever, Page: charts.TabPage{Limit: 9}})
	if b.Must(err); drill.Total != 0 || len(drill.Rows) != 0 {
		t.Errorf("deployments: %+v", drill)
	}
	for name, filter := range map[string]charts.PivotFilter{"a resource": {Resources: []int64{b.tool}}, "a category": {Categories: []billing.Category{billing.Tools}}} {
		p, err := r.Pivot(b.Ctx, charts.PivotQuery{Accounts: []int64{other}, Span: ever, Filter: filter, GroupBy: []charts.Dimension{charts.ByResource}, Rows: true, Totals: true, Limit: 9})
		if b.Must(err); len(p.Rows) != 0 || p.Totals.Runs != 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
	for _, unknown := range []int64{other + 1, 0, -1} {
		_, err := r.UsedIn(b.Ctx, unknown, ever)
		b.wantRefused(err, tsdb.NotFound)
		_, err = r.Tools(b.Ctx, unknown, charts.TabQuery{Span: ever, Page: charts.TabPage{Limit: 9}})
		b.wantRefused(err, tsdb.NotFound)
	}
	lately, err := r.Lately(b.Ctx, []int64{other + 1, b.account})
	if b.Must(err); len(lately) != 1 || lately[b.account] == nil {
		t.Errorf("lately: %v", lately)
	}
}
