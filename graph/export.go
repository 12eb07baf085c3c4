package graph

import (
	"context"
	"slices"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Exporter takes usage out for use elsewhere. Every export stands in the audit log of each account that it tells of.
type Exporter struct {
	Books   *tsdb.Store // writes the log
	Reading *tsdb.Store // reads the usage
	// MaxRows is the most rows of one export; more are refused.
	MaxRows int
}

// Export says what is to be taken out.
type Export struct {
	Account     string             // opaque id; "": the one the caller is bound to, else every account, which takes USAGE_EXPLORE
	Range       *model.RangeInput  // nil: the last 7 days
	GroupBy     []charts.Dimension // ACCOUNT is added where every account is asked for
	Granularity billing.Granularity
	TimeZone    *time.Location // of buckets; nil: that of Range
}

// PresetOf reads a range's name; false where there is none of that name.
func PresetOf(name string) (*billing.Preset, bool) {
	preset := billing.Preset(name)
	return &preset, slices.Contains(billing.Presets(), preset)
}

// GranularityOf reads a granularity's name; false where there is none of that name.
func GranularityOf(name string) (billing.Granularity, bool) {
	g := billing.Granularity(name)
	return g, slices.Contains(billing.Granularities(), g)
}

// Exported is what was taken out.
type Exported struct {
	GroupBy []charts.Dimension
	Rows    []charts.PivotRow
	// The platform's own ids of accounts, resources and models' deployments, by key; those without one are missing.
	Accounts, Resources, Deployments map[int64]string
}

// Usage reads an export and notes it; what was not noted is not handed out. Refusals are faults with a code: FORBIDDEN,
// NOT_FOUND, BAD_RANGE, RANGE_TOO_FINE, INVALID.
func (x Exporter) Usage(ctx context.Context, e Export) (*Exported, error) {
	if only, bound := principalOf(ctx).Only(); bound && e.Account == "" {
		e.Account = EncodeID(KindAccount, only)
	}
	accounts, err := exportable(ctx, x.Books, e.Account)
	if err != nil {
		return nil, err
	}
	reader := charts.Read(x.Reading)
	defer reader.Close(ctx)
	asked, err := recentOf(ctx, e.Range, e.TimeZone, reader.AsOf())
	if err != nil {
		return nil, err
	}
	if accounts == nil && !slices.Contains(e.GroupBy, charts.ByAccount) {
		e.GroupBy = append([]charts.Dimension{charts.ByAccount}, e.GroupBy...)
	}
	q := charts.PivotQuery{Accounts: accounts, Span: asked.span, GroupBy: e.GroupBy, Granularity: e.Granularity, Zone: asked.zone, Limit: x.MaxRows, Rows: true, Sparse: true, Classes: true}
	if e.TimeZone != nil {
		q.Zone = e.TimeZone
	}
	read, err := reader.Pivot(ctx, q)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	if read.HasNext {
		return nil, fault(ctx, tsdb.Invalid, "There are more rows than one export holds; ask for less at once.")
	}
	out := &Exported{GroupBy: e.GroupBy, Rows: read.Rows}
	if err := x.addOwn(ctx, out); err != nil {
		return nil, err
	}
	return out, x.note(ctx, e, accounts, read)
}

// addOwn adds own ids of what an export is grouped by.
func (x Exporter) addOwn(ctx context.Context, out *Exported) (err error) {
	keys := func(of func(*charts.PivotRow) int64) (keys []int64) {
		for i := range out.Rows {
			keys = append(keys, of(&out.Rows[i]))
		}
		slices.Sort(keys)
		return slices.Compact(keys)
	}
	for _, d := range out.GroupBy {
		switch d {
		case charts.ByAccount:
			out.Accounts, err = x.Books.OwnIDs(ctx, tsdb.ExternalAccount, keys(func(r *charts.PivotRow) int64 { return r.AccountID }))
		case charts.ByResource:
			out.Resources, err = x.Books.OwnIDs(ctx, "", keys(func(r *charts.PivotRow) int64 { return r.ResourceID }))
		case charts.ByDeployment:
			out.Deployments, err = x.Books.OwnIDs(ctx, tsdb.ExternalDeployment, keys(func(r *charts.PivotRow) int64 { return r.DeploymentID }))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// exportable are the accounts that the caller may take out; nil is every one.
func exportable(ctx context.Context, books *tsdb.Store, account string) ([]int64, error) {
	p := principalOf(ctx)
	if account == "" {
		if missing := p.Common.Missing(auth.SetOf(auth.UsageExplore)); missing != 0 {
			return nil, forbidden(nil, missing)
		}
		return nil, nil
	}
	key, err := AccountByText(ctx, books, p.Bound(), account)
	if err != nil {
		return nil, err
	}
	if !p.Reaches(key) {
		return nil, notFound(ctx)
	}
	held, _ := p.In(key)
	if missing := held.Missing(auth.SetOf(auth.UsageView)); missing != 0 {
		return nil, forbidden(nil, missing)
	}
	return []int64{key}, nil
}

// note writes the log of every account that the export tells of.
func (x Exporter) note(ctx context.Context, e Export, accounts []int64, read *charts.Pivot) error {
	if accounts == nil {
		accounts = []int64{}
		for _, row := range read.Rows {
			accounts = append(accounts, row.AccountID)
		}
		slices.Sort(accounts)
		accounts = slices.Compact(accounts)
	}
	of := int64(0)
	if e.Account != "" {
		of = accounts[0]
	}
	return x.Books.Access.NoteExport(ctx, accounts, actor(ctx, of), map[string]any{"from": read.Range.From, "to": read.Range.To, "groupBy": e.GroupBy,
		"rows": len(read.Rows), "everyAccount": e.Account == ""})
}

// ExportedRow is a row as the contract shows it.
func ExportedRow(row charts.PivotRow, by []charts.Dimension) model.UsageRow { return usageRow(row, by) }
