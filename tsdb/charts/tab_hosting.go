package charts

import (
	"context"
	"fmt"
	"slices"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// HostingRow is a row of the Guardrails or Custom Scripts tab: the guardrail or script as it is now, with its
// deployment, its credits and its wall-clock time deployed within the span. Each second counts once, however many
// replicas ran in it.
type HostingRow struct {
	tsdb.Resource
	Credits billing.Amount
	Seconds int64
}

// HostingTab is a page of the account's guardrails or scripts, including deleted ones. Seconds in which two rows ran
// count for both: rules.md §6 avoids double counting per resource only.
type HostingTab struct {
	TabRows[HostingRow]
	Credits billing.Amount // of all rows that match the filter
	Seconds int64          // likewise, added up over rows
	Then    *HostingTab    // all rows in the compared span
}

// Guardrails returns the Guardrails tab, with one statement for the rows and one for the figures, both shared with
// Scripts.
func (r *Reader) Guardrails(ctx context.Context, account int64, q TabQuery) (*HostingTab, error) {
	return r.hostingTab(ctx, account, tsdb.KindGuardrail, q)
}

// Scripts returns the Custom Scripts tab, with one statement for the rows and one for the figures, both shared with
// Guardrails.
func (r *Reader) Scripts(ctx context.Context, account int64, q TabQuery) (*HostingTab, error) {
	return r.hostingTab(ctx, account, tsdb.KindScript, q)
}

// hostingTab is either tab. Its figures come from segments, which are kept forever, so retention does not limit the
// span.
func (r *Reader) hostingTab(ctx context.Context, account int64, kind tsdb.ResourceKind, q TabQuery) (*HostingTab, error) {
	all, _, err := r.hostingRows(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("read %ss: %w", kind, err)
	}
	rows, err := r.searched(ctx, account, &q, q.ofKind(all, kind))
	if err != nil {
		return nil, fmt.Errorf("search %ss: %w", kind, err)
	}
	tab := &HostingTab{}
	if q.sums() {
		spans, err := r.hostingSpansOf(ctx, account, q.Span)
		if err != nil {
			return nil, fmt.Errorf("read hosting of %ss: %w", kind, err)
		}
		for i := range rows {
			rows[i].Credits, rows[i].Seconds = spans[rows[i].ID].cost(), spans[rows[i].ID].wallClock()
			tab.Credits += rows[i].Credits
			tab.Seconds += rows[i].Seconds
		}
	}
	shown, err := r.resolve(ctx, q.Span, []int64{account})
	tab.TabRows = tabRows(r, shown, &q, rows, q.hostingCursor)
	if err == nil && q.Compare != nil {
		tab.Then, err = r.hostingTab(ctx, account, kind, q.then())
	}
	return tab, err
}

// ofKind returns the rows of a kind in one of the statuses that are asked for. An operation reads the rows of both tabs
// once, so filters are applied here.
func (q *TabQuery) ofKind(all []HostingRow, kind tsdb.ResourceKind) []HostingRow {
	var rows []HostingRow
	for _, h := range all {
		if h.Kind == kind && q.hasStatus(string(h.Status)) {
			rows = append(rows, h)
		}
	}
	return rows
}

// searched returns the rows whose names contain the searched text, in order of ids.
func (r *Reader) searched(ctx context.Context, account int64, q *TabQuery, rows []HostingRow) ([]HostingRow, error) {
	names := make([]string, len(rows))
	for i := range rows {
		names[i] = rows[i].Name
	}
	found, err := r.containing(ctx, account, names, q.Search)
	at := -1
	return slices.DeleteFunc(rows, func(HostingRow) bool { at++; return !found[at] }), err
}

// The one deployment of a guardrail or script; zeros if there is none yet.
const selectHosting = `-- name: guardrails and scripts
SELECT ` + tsdb.ResourceColumns + `, coalesce(d.deployment_id, 0), r.account_id, r.resource_id, coalesce(d.category, ''), coalesce(d.name, ''), coalesce(d.type, ''),
  coalesce(d.status, ''), coalesce(d.hardware, ''), coalesce(d.cpu_count, 0), coalesce(d.replicas, 0), coalesce(d.rate, 0), coalesce(d.endpoint, ''),
  coalesce(d.reason, ''), coalesce(d.created_at, r.created_at), d.deployed_at, coalesce(d.updated_at, r.created_at), '',
  coalesce(d.tags, '{}'), coalesce(d.said_at, d.created_at, r.created_at)
FROM resource r LEFT JOIN LATERAL (
  SELECT * FROM deployment l WHERE l.account_id = r.account_id AND l.resource_id = r.resource_id ORDER BY l.deployment_id DESC LIMIT 1) d ON true
WHERE r.account_id = $1 AND r.kind IN ('GUARDRAIL', 'SCRIPT') ORDER BY r.resource_id`

// hostingRows reads an account's guardrails and scripts as they are at the instant of the answer, once.
func (r *Reader) hostingRows(ctx context.Context, account int64) ([]HostingRow, *tsdb.Account, error) {
	r.hosting.mu.Lock()
	defer r.hosting.mu.Unlock()
	// Fields that ask at the same time wait for one read.
	h := r.hosting.of(r.AsOf(), account)
	if h.account != nil {
		return h.rows, h.account, nil
	}
	if err := r.PayThings(ctx, account); err != nil {
		return nil, nil, err
	}
	var found resourceRow
	var d tsdb.Deployment
	var rows []HostingRow
	a, err := r.Query(ctx, account, selectHosting, []any{account}, append(found.columns(), d.Destinations()...), func() error {
		row := HostingRow{Resource: found.Resource}
		if d.ID != 0 {
			// d is scanned into again.
			deployment := d
			row.Deployment = &deployment
		}
		rows = append(rows, row)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for i := range rows {
		rows[i].AsOfNow(a)
	}
	h.account, h.rows = a, rows
	return rows, a, nil
}

// hostingCursor returns the place of a guardrail or script. The tab's "last …" date is when scripts were active and when
// guardrails were deployed (rules.md §9).
func (q *TabQuery) hostingCursor(h *HostingRow) Cursor {
	switch q.Sort {
	case SortUsed:
		return Cursor{Number: int64(h.Credits), ID: h.ID}
	case SortTime:
		return Cursor{Number: h.Seconds, ID: h.ID}
	case SortLanguage:
		return byText(h.Language+" "+h.LanguageVersion, h.ID)
	case SortStatus:
		return byText(string(h.Status), h.ID)
	case SortDate:
		if h.Kind == tsdb.KindScript {
			return byTime(h.LastActiveAt, h.ID)
		}
		return byTime(h.LastDeployedAt, h.ID)
	}
	return byText(h.Name, h.ID)
}
