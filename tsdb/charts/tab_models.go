package charts

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// ModelCredits are what models used within a span, in micro-credits.
type ModelCredits struct {
	FineTuning billing.Amount // less what was refunded
	Hosting    billing.Amount
	Inference  billing.Amount
}

// Total is their sum (rules.md §7).
func (c ModelCredits) Total() billing.Amount { return c.FineTuning + c.Hosting + c.Inference }

func (c *ModelCredits) add(d ModelCredits) {
	c.FineTuning += d.FineTuning
	c.Hosting += d.Hosting
	c.Inference += d.Inference
}

// ModelRow is a row of the Models tab: the model as it is now, and its credits within the span.
// A model that was fine-tuned carries the job's credits: the job is charged to the model that it makes.
type ModelRow struct {
	tsdb.Resource
	Used ModelCredits
}

// ModelsTab is a page of the account's models, deleted ones included.
// Used sums what the page's figures are part of; paging does not change it.
type ModelsTab struct {
	TabRows[ModelRow]
	Used ModelCredits // of all rows that the filter leaves
	Then *ModelsTab   // all rows in the span compared with
}

// Models answers the Models tab in one statement, or in two with Compare.
// What is listed is noted, so that the deployments of all of these models are read at once.
func (r *Reader) Models(ctx context.Context, account int64, q TabQuery) (*ModelsTab, error) {
	tab, err := r.modelsIn(ctx, account, q)
	if err != nil {
		return nil, fmt.Errorf("read models: %w", err)
	}
	for _, row := range tab.Rows {
		r.drill.list(r.AsOf(), row.Row.ID)
	}
	if q.Compare != nil {
		if tab.Then, err = r.modelsIn(ctx, account, q.then()); err != nil {
			return nil, fmt.Errorf("read models compared with: %w", err)
		}
	}
	return tab, nil
}

// modelsIn reads the models and their credits within a span.
// Credits are told apart by kind in one pass over the span.
func (r *Reader) modelsIn(ctx context.Context, account int64, q TabQuery) (*ModelsTab, error) {
	var found resourceRow
	var used ModelCredits
	var rows []ModelRow
	sums := usageSums{wanted: q.sums(), by: "resource_id", category: "MODELS", figures: `
    coalesce(sum(credits) FILTER (WHERE kind = 'FINE_TUNING'), 0)::bigint AS fine_tuning,
    coalesce(sum(credits) FILTER (WHERE kind = 'HOSTING'), 0)::bigint AS hosting,
    coalesce(sum(credits) FILTER (WHERE kind = 'INFERENCE'), 0)::bigint AS inference`}
	read := r.chartRead(q.Span, byDay)
	// Sums alone are wanted, so a ragged day may be read as the day less the rest of it.
	read.shorten(r.quartersKept())
	list := func(a *pg.Arguments) string {
		return "SELECT " + tsdb.ResourceColumns + ", " + sums.column("fine_tuning") + ", " + sums.column("hosting") + ", " + sums.column("inference") +
			" FROM resource r" + sums.join("r.resource_id") + " WHERE r." + oneAccount + " AND r.kind = 'MODEL'" + q.modelFilter(a) + " ORDER BY r.resource_id"
	}
	columns := append(found.columns(), &used.FineTuning, &used.Hosting, &used.Inference)
	a, err := r.queryListed(ctx, account, "models tab", read, sums, list, columns, func() error {
		billions, err := decimalOrNil(found.size)
		found.Billions = billions
		rows = append(rows, ModelRow{found.Resource, used})
		return err
	})
	if err != nil {
		return nil, err
	}
	shown, err := r.resolve(ctx, q.Span, []int64{account})
	if err != nil {
		return nil, err
	}
	return r.modelsTab(a, shown, &q, &read, rows), nil
}

// modelsTab adds what is not posted, sums up and turns to the page.
// Only hosting accrues: inference and jobs are posted as they come.
func (r *Reader) modelsTab(a *tsdb.Account, shown billing.Range, q *TabQuery, read *chartRead, rows []ModelRow) *ModelsTab {
	at := make(map[int64]*ModelRow, len(rows))
	for i := range rows {
		at[rows[i].ID] = &rows[i]
	}
	read.unposted(a, func(s *billing.Segment, _ billing.Second, cost billing.Amount) {
		if m := at[s.ResourceID]; m != nil && q.sums() {
			m.Used.Hosting += cost
		}
	})
	tab := &ModelsTab{}
	for i := range rows {
		tab.Used.add(rows[i].Used)
	}
	tab.TabRows = tabRows(r, shown, q, rows, q.modelCursor)
	return tab
}

// modelFilter is the filter as conditions. Status is not among them: a model's deployments have one.
func (q *TabQuery) modelFilter(a *pg.Arguments) string {
	where := q.named("r.name", a)
	if q.Types != nil {
		where += " AND r.type = ANY(" + a.Add(q.Types) + "::text[])"
	}
	// Deleted models stay listed unless the filter says otherwise (rules.md §9).
	if q.Deleted != nil {
		where += " AND (r.status = 'DELETED') = " + a.Add(*q.Deleted) + "::boolean"
	}
	return where
}

// modelCursor is where a model stands; what the tab does not know sorts by name.
func (q *TabQuery) modelCursor(m *ModelRow) Cursor {
	switch q.Sort {
	case SortUsed:
		return Cursor{Number: int64(m.Used.Total()), ID: m.ID}
	case SortType:
		return byText(m.Type, m.ID)
	case SortDate:
		return byTime(m.LastDeployedAt, m.ID)
	}
	return byText(m.Name, m.ID)
}

// decimalOrNil reads a numeric that travels as text.
// A size that is not told is nil, not 0.
func decimalOrNil(text *string) (*decimal.Decimal, error) {
	if text == nil {
		return nil, nil
	}
	d, err := decimal.NewFromString(*text)
	return &d, err
}
