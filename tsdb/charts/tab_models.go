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
	FineTuning billing.Amount // minus what was refunded
	Hosting    billing.Amount
	Inference  billing.Amount
}

// Total is the sum of the three (rules.md §7).
func (c ModelCredits) Total() billing.Amount { return c.FineTuning + c.Hosting + c.Inference }

func (c *ModelCredits) add(d ModelCredits) {
	c.FineTuning += d.FineTuning
	c.Hosting += d.Hosting
	c.Inference += d.Inference
}

// ModelRow is a row of the Models tab: the model as it is now, and its credits within the span. A fine-tuned model has
// the job's credits: the job is charged to the model that it makes.
type ModelRow struct {
	tsdb.Resource
	Used ModelCredits
}

// ModelsTab is a page of the account's models, including deleted ones. Used does not depend on the page.
type ModelsTab struct {
	TabRows[ModelRow]
	Used ModelCredits // of all rows that match the filter
	Then *ModelsTab   // all rows in the compared span
}

// Models returns the Models tab in one statement, or in two with Compare. It notes the models it lists, so that the
// deployments of all of them are read at once.
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

// modelsIn reads the models and their credits within a span. One pass over the span tells credits apart by kind.
func (r *Reader) modelsIn(ctx context.Context, account int64, q TabQuery) (*ModelsTab, error) {
	var found resourceRow
	var used ModelCredits
	var rows []ModelRow
	sums := usageSums{wanted: q.sums(), by: "resource_id", category: "MODELS", figures: `
    coalesce(sum(credits) FILTER (WHERE kind = 'FINE_TUNING'), 0)::bigint AS fine_tuning,
    coalesce(sum(credits) FILTER (WHERE kind = 'HOSTING'), 0)::bigint AS hosting,
    coalesce(sum(credits) FILTER (WHERE kind = 'INFERENCE'), 0)::bigint AS inference`}
	read := r.chartRead(q.Span, byDay)
	// Only sums are needed, so a ragged day may be read as the day minus the rest of it.
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

// modelsTab adds what is not posted, sums up and cuts the page. Only hosting accrues: inference and jobs are posted as
// they come.
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

// modelFilter returns the filter as conditions. Status is not among them: it is that of a model's deployments.
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

// modelCursor returns a model's place in the order that is asked for, which is by name if the tab does not know it.
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

// decimalOrNil parses a numeric that is read as text. An unknown size is nil, not 0.
func decimalOrNil(text *string) (*decimal.Decimal, error) {
	if text == nil {
		return nil, nil
	}
	d, err := decimal.NewFromString(*text)
	return &d, err
}
