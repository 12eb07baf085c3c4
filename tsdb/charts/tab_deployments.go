package charts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// DeploymentRow is a row in the drill-down of a model: the deployment as it is now, and its credits within the span,
// for its hosting and for the inference that names it (rules.md §7). Inference that names no deployment counts only for
// the model.
type DeploymentRow struct {
	tsdb.Deployment
	Credits billing.Amount
}

// drillDown remembers the models that a Reader has listed, so that when the deployments of one are asked for, those of
// all are read at once, and remembers what was read. Otherwise a page of a hundred models with their deployments would
// need a hundred queries.
type drillDown struct {
	mu     sync.Mutex
	asOf   time.Time
	models []int64
	read   map[string]map[int64]TabRows[DeploymentRow]
}

// list notes a listed model.
func (d *drillDown) list(asOf time.Time, model int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.renew(asOf)
	if !slices.Contains(d.models, model) {
		d.models = append(d.models, model)
	}
}

// renew forgets what belongs to another snapshot.
func (d *drillDown) renew(asOf time.Time) {
	if !d.asOf.Equal(asOf) || d.read == nil {
		d.asOf, d.models, d.read = asOf, nil, map[string]map[int64]TabRows[DeploymentRow]{}
	}
}

// DeploymentsPage is a page of a model's deployments.
type DeploymentsPage struct {
	TabRows[DeploymentRow]
	Then *TabRows[DeploymentRow] // all rows in the compared span
}

// ModelDeployments returns a page of a model's deployments. A model that is unknown or of another account has none.
func (r *Reader) ModelDeployments(ctx context.Context, account, model int64, q TabQuery) (page DeploymentsPage, err error) {
	if page.TabRows, err = r.deploymentsIn(ctx, account, model, q); err != nil || q.Compare == nil {
		return page, err
	}
	then, err := r.deploymentsIn(ctx, account, model, q.then())
	page.Then = &then
	return page, err
}

// deploymentsIn reads a model's deployments and their credits within a span. The first call for a model that Models has
// listed reads those of all listed models in one statement; later calls are answered from memory.
func (r *Reader) deploymentsIn(ctx context.Context, account, model int64, q TabQuery) (TabRows[DeploymentRow], error) {
	r.drill.mu.Lock()
	defer r.drill.mu.Unlock()
	r.drill.renew(r.AsOf())
	// A model that was not listed is read by itself.
	models := []int64{model}
	if slices.Contains(r.drill.models, model) {
		models = slices.Clone(r.drill.models)
	}
	// The whole query is the key: another span, filter or page has another answer.
	key, err := json.Marshal([]any{account, models, q})
	if err != nil {
		return TabRows[DeploymentRow]{}, fmt.Errorf("encode query: %w", err)
	}
	if known, ok := r.drill.read[string(key)]; ok {
		return known[model], nil
	}
	pages, err := r.deploymentsOf(ctx, account, models, &q)
	if err != nil {
		return TabRows[DeploymentRow]{}, fmt.Errorf("read deployments: %w", err)
	}
	r.drill.read[string(key)] = pages
	return pages[model], nil
}

// deploymentsOf reads the page of each model. The pages are cut in Go, as their order may depend on what has accrued.
func (r *Reader) deploymentsOf(ctx context.Context, account int64, models []int64, q *TabQuery) (map[int64]TabRows[DeploymentRow], error) {
	var found DeploymentRow
	rows := map[int64][]DeploymentRow{}
	sums := usageSums{wanted: q.sums(), by: "deployment_id", category: "MODELS", where: " AND deployment_id <> 0", figures: "sum(credits)::bigint AS credits"}
	read := r.chartRead(q.Span, byDay)
	read.shorten(r.quartersKept())
	a, err := r.queryListed(ctx, account, "deployments of models", read, sums, func(a *pg.Arguments) string {
		return "SELECT " + tsdb.DeploymentColumns + ", " + sums.column("credits") + " FROM deployment d" + sums.join("d.deployment_id") +
			" WHERE d." + oneAccount + " AND d.resource_id = ANY(" + a.Add(models) + "::bigint[])" + q.named("d.name", a) + " ORDER BY d.deployment_id"
	}, append(found.Destinations(), &found.Credits), func() error {
		rows[found.ResourceID] = append(rows[found.ResourceID], found)
		return nil
	})
	if err != nil {
		return nil, err
	}
	shown, err := r.resolve(ctx, q.Span, []int64{account})
	if err != nil {
		return nil, err
	}
	pages := make(map[int64]TabRows[DeploymentRow], len(models))
	unposted := read.unpostedByDeployment(a)
	for _, model := range models {
		pages[model] = tabRows(r, shown, q, q.deploymentsNow(a, rows[model], unposted), q.deploymentCursor)
	}
	return pages, nil
}

// unpostedByDeployment returns the hosting within the read that has accrued since the last posting.
func (c *chartRead) unpostedByDeployment(a *tsdb.Account) map[int64]billing.Amount {
	sums := map[int64]billing.Amount{}
	c.unposted(a, func(s *billing.Segment, _ billing.Second, cost billing.Amount) { sums[s.DeploymentID] += cost })
	return sums
}

// deploymentsNow brings rows up to the instant of the answer and drops those that do not match the filter. A stop that
// is due and not yet posted shows already, so that everything is as of one instant (rules.md §3).
func (q *TabQuery) deploymentsNow(a *tsdb.Account, rows []DeploymentRow, unposted map[int64]billing.Amount) []DeploymentRow {
	for i := range rows {
		a.AsOfNow(&rows[i].Deployment)
		if q.sums() {
			rows[i].Credits += unposted[rows[i].ID]
		}
	}
	return slices.DeleteFunc(rows, func(d DeploymentRow) bool { return !q.hasStatus(string(shownStatus(&d.Deployment))) })
}

// shownStatus is the status that the page shows: what is pending or has failed is not deployed.
func shownStatus(d *tsdb.Deployment) tsdb.DeploymentStatus {
	switch d.Status {
	case tsdb.DeploymentRunning, tsdb.DeploymentDeleted:
		return d.Status
	}
	return tsdb.DeploymentUndeployed
}

// deploymentCursor returns a deployment's place in the order that is asked for, which is by name if the list does not
// know it.
func (q *TabQuery) deploymentCursor(d *DeploymentRow) Cursor {
	switch q.Sort {
	case SortUsed:
		return Cursor{Number: int64(d.Credits), ID: d.ID}
	case SortDate:
		return byTime(&d.UpdatedAt, d.ID)
	case SortStatus:
		return byText(string(shownStatus(&d.Deployment)), d.ID)
	}
	return byText(d.Name, d.ID)
}
