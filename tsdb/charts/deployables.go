package charts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Deployable is something that runs or could be deployed: a model's deployment, a model that has none, a guardrail, or a script.
type Deployable struct {
	Category   billing.Category
	Resource   tsdb.Resource
	Deployment *tsdb.Deployment // nil: a model without one, and a script before its first
	Credits    billing.Amount   // within the span: hosting, and inference that names the deployment; for a model without one, all that it used
	Idle       *int64           // at least so many whole days without use; nil: it does not run, costs nothing, or that is not known
}

// Name returns the name of a model's deployment; otherwise that of the resource.
func (d *Deployable) Name() string {
	if d.Category == billing.Models && d.Deployment != nil {
		return d.Deployment.Name
	}
	return d.Resource.Name
}

// Status returns the status of a model's deployment, as it is shown; otherwise that of the resource.
func (d *Deployable) Status() string {
	switch {
	case d.Category != billing.Models:
		return string(d.Resource.Status)
	case d.Deployment == nil:
		return ""
	}
	return string(shownStatus(d.Deployment))
}

// Runs reports whether it is deployed now.
func (d *Deployable) Runs() bool {
	return d.Deployment != nil && d.Deployment.Status == tsdb.DeploymentRunning
}

// RatePerHour returns what all replicas together cost per hour while it runs, else 0.
func (d *Deployable) RatePerHour() billing.Amount {
	if !d.Runs() {
		return 0
	}
	return d.Deployment.Rate * billing.Amount(d.Deployment.Replicas)
}

// id tells it apart from all others, since deployments and resources have numbers of their own.
func (d *Deployable) id() int64 {
	if d.Category == billing.Models && d.Deployment != nil {
		return 2 * d.Deployment.ID
	}
	return 2*d.Resource.ID + 1
}

// DeployableQuery asks for a page of what can be deployed. Of TabQuery it uses span, search, statuses, order (NAME,
// RATE, USED, IDLE), page and sums.
type DeployableQuery struct {
	TabQuery
	Categories []billing.Category // nil: all
	Running    bool               // only what runs and costs something
}

// DeployableList is a page of Deployables. The sums are of all rows that match the filter.
type DeployableList struct {
	TabRows[Deployable]
	Running, Idle  int // what runs and costs something; of it, what nobody has used for a week
	Rate, IdleRate billing.Amount
}

// idleDays is after how many days without use something counts as idle.
const idleDays = 7

// Deployables lists what an account can deploy and what runs, without deleted things: the figures of the tabs, brought
// together so that they can be ordered by what they cost and by how long nobody has used them.
func (r *Reader) Deployables(ctx context.Context, account int64, q DeployableQuery) (*DeployableList, error) {
	rows, err := r.deployables(ctx, account, &q)
	if err != nil {
		return nil, fmt.Errorf("list what can be deployed: %w", err)
	}
	// Filtered here and not by the statements: a row is found by two names, and its status may have changed since the last posting.
	rows = slices.DeleteFunc(rows, func(d Deployable) bool { return !q.fits(&d) })
	if rows, err = r.searchedByTwo(ctx, account, q.Search, rows); err != nil {
		return nil, fmt.Errorf("search what can be deployed: %w", err)
	}
	// It takes a statement over 28 days of usage, so it is asked only if somebody looks at idle days.
	if q.Sums || q.Sort == SortIdle {
		if err := r.setIdle(ctx, account, rows); err != nil {
			return nil, fmt.Errorf("read when things were used last: %w", err)
		}
	}
	shown, err := r.resolve(ctx, q.Span, []int64{account})
	if err != nil {
		return nil, err
	}
	list := &DeployableList{}
	for i := range rows {
		list.add(&rows[i])
	}
	list.TabRows = tabRows(r, shown, &q.TabQuery, rows, q.cursor)
	return list, nil
}

// add counts a row. What costs nothing is not counted: there is nothing to save by ending it.
func (l *DeployableList) add(d *Deployable) {
	rate := d.RatePerHour()
	if rate == 0 {
		return
	}
	l.Running++
	l.Rate += rate
	if d.Idle != nil && *d.Idle >= idleDays {
		l.Idle++
		l.IdleRate += rate
	}
}

func (q *DeployableQuery) has(c billing.Category) bool {
	return q.Categories == nil || slices.Contains(q.Categories, c)
}

// fits reports whether a row matches the filter, apart from the search.
func (q *DeployableQuery) fits(d *Deployable) bool {
	return q.hasStatus(d.Status()) && (!q.Running || d.RatePerHour() > 0)
}

// searchedByTwo returns the rows that are found by their own name or by that of their resource, because a deployment is
// found by the name of its model too.
func (r *Reader) searchedByTwo(ctx context.Context, account int64, search string, rows []Deployable) ([]Deployable, error) {
	names := make([]string, 0, 2*len(rows))
	for i := range rows {
		names = append(names, rows[i].Resource.Name, rows[i].Name())
	}
	found, err := r.containing(ctx, account, names, search)
	at := -2
	return slices.DeleteFunc(rows, func(Deployable) bool { at += 2; return !found[at] && !found[at+1] }), err
}

// deployables returns the rows of all categories asked for, with their credits.
func (r *Reader) deployables(ctx context.Context, account int64, q *DeployableQuery) ([]Deployable, error) {
	var rows []Deployable
	if q.has(billing.Models) {
		models, err := r.deployableModels(ctx, account, q)
		if err != nil {
			return nil, err
		}
		rows = models
	}
	if !q.has(billing.Guardrails) && !q.has(billing.Scripts) {
		return rows, nil
	}
	hosting, _, err := r.hostingRows(ctx, account)
	if err != nil {
		return nil, err
	}
	spans := map[int64]hostingSpans{}
	if q.sums() {
		if spans, err = r.hostingSpansOf(ctx, account, q.Span); err != nil {
			return nil, err
		}
	}
	for i := range hosting {
		one := Deployable{Category: billing.Guardrails, Resource: hosting[i].Resource, Deployment: hosting[i].Deployment, Credits: spans[hosting[i].ID].cost()}
		if hosting[i].Kind == tsdb.KindScript {
			one.Category = billing.Scripts
		}
		if q.has(one.Category) && one.Resource.Status != tsdb.Deleted {
			rows = append(rows, one)
		}
	}
	return rows, nil
}

// everyRow is a page of all rows. If a kind were cut before it is brought together with the others, rows would be
// missing from the order and the sums (console.md).
const everyRow = 1 << 30

// deployableModels returns the deployments of models, and the models that have none.
func (r *Reader) deployableModels(ctx context.Context, account int64, q *DeployableQuery) ([]Deployable, error) {
	// The search is left to searchedByTwo: a model that does not match may have a deployment that does.
	all, there := q.TabQuery, false
	all.Search, all.Statuses, all.Sort, all.Desc, all.Deleted = "", nil, SortName, false, &there
	all.Sums, all.Page = q.sums(), TabPage{Limit: everyRow}
	models, err := r.modelsIn(ctx, account, all)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(models.Rows))
	for i := range models.Rows {
		ids[i] = models.Rows[i].Row.ID
	}
	// All but deleted ones: a model whose deployments are all deleted is listed as one without.
	all.Statuses = []string{string(tsdb.DeploymentRunning), string(tsdb.DeploymentUndeployed)}
	deployments, err := r.deploymentsOf(ctx, account, ids, &all)
	if err != nil {
		return nil, err
	}
	var rows []Deployable
	for i := range models.Rows {
		model := &models.Rows[i].Row
		for _, d := range deployments[model.ID].Rows {
			rows = append(rows, Deployable{Category: billing.Models, Resource: model.Resource, Deployment: &d.Row.Deployment, Credits: d.Row.Credits})
		}
		if len(deployments[model.ID].Rows) == 0 {
			rows = append(rows, Deployable{Category: billing.Models, Resource: model.Resource, Credits: model.Used.Total()})
		}
	}
	return rows, nil
}

// lastUses are the days, by their beginning, on which things were used last: deployments; models, by inference that
// names no deployment; and the account, by anything.
type lastUses struct {
	deployments, unnamed map[int64]time.Time
	account              time.Time
}

// setIdle sets, for what runs and costs something, for how long nobody has used it.
func (r *Reader) setIdle(ctx context.Context, account int64, rows []Deployable) error {
	// Only what runs and costs something can be idle; an account that hosts nothing is not asked for its usage.
	if !slices.ContainsFunc(rows, func(d Deployable) bool { return d.RatePerHour() > 0 }) {
		return nil
	}
	used := lastUses{map[int64]time.Time{}, map[int64]time.Time{}, time.Time{}}
	now := billing.Since(r.AsOf(), r.AsOf()).To
	read := r.chartRead(Span{Range: billing.Range{From: now.Truncate(wholeDay).AddDate(0, 0, -hintDays), To: now}}, byDay)
	var deployment, model int64
	var last time.Time
	_, err := r.queryUsage(ctx, account, "when what can be deployed was used last", read, func(*pg.Arguments) string {
		// By the sum of a day, because a voided event may stand beside its void until both are rolled up.
		return `SELECT deployment, model, max(day) FROM (
  SELECT CASE WHEN category = 'MODELS' THEN deployment_id ELSE 0 END AS deployment, CASE WHEN category = 'MODELS' THEN resource_id ELSE 0 END AS model,
    date_bin('1 day', bucket, 'epoch') AS day
  FROM used WHERE kind IN ('INFERENCE', 'TOOL_RUN') GROUP BY 1, 2, 3 HAVING sum(events) > 0) u GROUP BY 1, 2`
	}, []any{&deployment, &model, &last}, func() error {
		switch {
		case deployment != 0:
			used.deployments[deployment] = last.UTC()
		case model != 0:
			used.unnamed[model] = last.UTC()
		}
		used.account = latest(used.account, last.UTC())
		return nil
	})
	if err != nil {
		return err
	}
	for i := range rows {
		if rows[i].RatePerHour() > 0 {
			rows[i].Idle = used.idle(&rows[i], r.AsOf())
		}
	}
	return nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// idle returns for how many whole days, at least, nobody has used what runs, counted at most from its deployment; nil
// if that is not known. Inference that names no deployment may have been served by any of the model's. A guardrail or
// script whose use was never reported has been idle for as long as the whole account.
func (u *lastUses) idle(d *Deployable, asOf time.Time) *int64 {
	// Only the day of an event is read; counted from the end of that day, nothing is shown as idle for longer than it
	// is.
	endOf := func(day time.Time) time.Time {
		if day.IsZero() {
			return day
		}
		return day.Add(wholeDay)
	}
	// From its deployment at the earliest: what was deployed an hour ago has not been idle since its model was last
	// used.
	since := d.Deployment.CreatedAt
	if at := d.Deployment.DeployedAt; at != nil {
		since = *at
	}
	switch {
	case d.Category == billing.Models:
		since = latest(since, endOf(latest(u.deployments[d.Deployment.ID], u.unnamed[d.Resource.ID])))
	case d.Resource.LastUsedAt != nil:
		since = latest(since, *d.Resource.LastUsedAt)
	case endOf(u.account).After(asOf.Add(-wholeDay)):
		return nil // somebody uses the account, and nobody says what of it
	default:
		since = latest(since, endOf(u.account))
	}
	days := min(max(0, int64(asOf.Sub(since)/wholeDay)), hintDays) // further back nothing was looked for
	return &days
}

// cursor orders rows; of equally idle ones, the dearer come first where the idlest do.
func (q *DeployableQuery) cursor(d *Deployable) Cursor {
	rate := d.RatePerHour()
	switch q.Sort {
	case SortUsed:
		return Cursor{Number: int64(d.Credits), ID: d.id()}
	case SortRate:
		return Cursor{None: !d.Runs(), Number: int64(rate), ID: d.id()}
	case SortIdle:
		// A cursor has one number, so the price goes along as text, of a fixed width because texts are compared byte by
		// byte.
		cursor := Cursor{None: d.Idle == nil, Text: fmt.Sprintf("%019d", int64(rate)), ID: d.id()}
		if d.Idle != nil {
			cursor.Number = *d.Idle
		}
		return cursor
	}
	return byText(d.Name(), d.id())
}
