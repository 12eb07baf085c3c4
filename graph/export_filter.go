package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/graph/scalar"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// maxExportInput bounds the text of a filter, in bytes.
const maxExportInput = 16 << 10

// plainJSON parses a filter's document for the audit log. Half of a surrogate pair, which the database refuses, becomes U+FFFD, just as it
// does when the filter is read. The result is nil for an invalid document, which no export gets as far as noting.
func plainJSON(text string) (tree any) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&tree) != nil {
		return nil
	}
	return tree
}

// exportInput reads a text of an export as JSON of an input type of the contract, by the contract's own rules; the zero T if the text is
// empty.
func exportInput[T any](ctx context.Context, t *taking, entry string, of *ast.Type, text string) (out T, err error) {
	if text == "" {
		return out, nil
	}
	wrong := fault(ctx, tsdb.Invalid, "The entry "+entry+" is JSON of the contract's "+of.Name()+", with nothing else in it.")
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var tree any
	if len(text) > maxExportInput || !isTextAll(text) || decoder.Decode(&tree) != nil || !isTextAll(tree) {
		return out, wrong
	}
	if _, err := decoder.Token(); err != io.EOF {
		return out, wrong
	}
	coerced, ok := t.Coerce(of, tree)
	if !ok {
		return out, wrong
	}
	plain, err := json.Marshal(coerced)
	if err != nil || json.NewDecoder(bytes.NewReader(plain)).Decode(&out) != nil {
		return out, wrong
	}
	return out, nil
}

// isTextAll reports whether every text in a value can be stored and queried.
func isTextAll(v any) bool {
	switch v := v.(type) {
	case string:
		return scalar.IsText(v)
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { return !isTextAll(e) })
	case map[string]any:
		for name, e := range v {
			if !isTextAll(name) || !isTextAll(e) {
				return false
			}
		}
	}
	return true
}

// readUsageFilter reads the filters of usage. If the export itself names no account, those that the filter names are exported.
func (t *taking) readUsageFilter(ctx context.Context) (err error) {
	if t.having, err = exportInput[[]model.UsageBound](ctx, t, "having", ast.ListType(ast.NonNullNamedType("UsageBound", nil), nil), t.Having); err != nil {
		return err
	}
	in, err := filterOf[model.UsageFilter](ctx, t, "UsageFilter")
	if err != nil {
		return err
	}
	f := &in
	t.usageOf = f
	if t.Categories != nil && f.Categories != nil || t.Kinds != nil && f.Kinds != nil {
		return fault(ctx, tsdb.Invalid, "Categories and kinds are said once: by themselves, or in the filter.")
	}
	if t.Categories != nil {
		f.Categories = t.Categories
	}
	if t.Kinds != nil {
		f.Kinds = t.Kinds
	}
	if f.AccountIds != nil {
		if err := t.narrow(ctx, f.AccountIds); err != nil {
			return err
		}
	}
	by := []charts.Dimension{}
	if f.Zones != nil {
		by = append(by, charts.ByZone)
	}
	if err := mayAskZones(ctx, t.accounts, by); err != nil {
		return err
	}
	if f.ResourceIds, err = t.named(ctx, f.ResourceIds); err == nil {
		f.DeploymentIds, err = t.named(ctx, f.DeploymentIds)
	}
	return err
}

// narrow restricts an export of every account to some accounts, and refuses accounts that are out of reach.
func (t *taking) narrow(ctx context.Context, ids []string) error {
	if t.accounts != nil {
		return fault(ctx, tsdb.Invalid, "The filter names accounts where none is named beside it, and the token is bound to none.")
	}
	if len(ids) > maxPage {
		return fault(ctx, tsdb.Invalid, "A filter names at most 100 accounts.")
	}
	t.accounts = []int64{}
	for _, id := range ids {
		key, err := AccountByText(ctx, t.Books, principalOf(ctx).Bound(), id)
		if err != nil {
			return err
		}
		if !slices.Contains(t.told, key) {
			return notFound(ctx)
		}
		t.accounts = append(t.accounts, key)
	}
	slices.Sort(t.accounts)
	t.accounts = slices.Compact(t.accounts)
	t.told = t.accounts
	return nil
}

// named replaces the platform's own ids by ids of ours, within the one account that is exported. An own id that is not found stays as it is
// and matches nothing.
func (t *taking) named(ctx context.Context, ids []string) ([]string, error) {
	var asked []tsdb.External
	for _, text := range ids {
		if kind, id, own := tsdb.ParseExternal(text); own && len(t.accounts) == 1 {
			asked = append(asked, tsdb.External{AccountID: t.accounts[0], Kind: kind, ID: id})
		}
	}
	if len(asked) == 0 {
		return ids, nil
	}
	found, err := t.Books.Externals(ctx, asked)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(ids)
	for i, text := range ids {
		if kind, id, own := tsdb.ParseExternal(text); own {
			if thing, ok := found[tsdb.External{AccountID: t.accounts[0], Kind: kind, ID: id}]; ok {
				out[i] = ownID(kind, thing)
			}
		}
	}
	return out, nil
}

func (t *taking) namedOne(ctx context.Context, id *string) (*string, error) {
	if id == nil {
		return nil, nil
	}
	out, err := t.named(ctx, []string{*id})
	if err != nil {
		return nil, err
	}
	return &out[0], nil
}

// filterOf reads the filter as the input type that the contract calls name.
func filterOf[T any](ctx context.Context, t *taking, name string) (T, error) {
	return exportInput[T](ctx, t, "filter", ast.NamedType(name, nil), t.Filter)
}

// rowsFilter reads the filter of a table that is exported as it is stored.
func (t *taking) rowsFilter(ctx context.Context) (charts.ExportFilter, error) {
	switch charts.ExportTable(t.Table) {
	case charts.ExportEvents:
		return t.eventRows(ctx)
	case charts.ExportLedger:
		return t.ledgerRows(ctx)
	case charts.ExportGrants:
		in, err := filterOf[model.GrantFilter](ctx, t, "GrantFilter")
		return charts.GrantRows(tsdb.GrantFilter{Meter: deref(in.Meter), Kinds: in.Kinds, Live: in.Live}), err
	case charts.ExportAudit:
		return t.auditRows(ctx)
	}
	if t.Filter != "" {
		return charts.ExportFilter{}, fault(ctx, tsdb.Invalid, "This table has no filter.")
	}
	return charts.ExportFilter{}, nil
}

func (t *taking) eventRows(ctx context.Context) (none charts.ExportFilter, err error) {
	in, err := filterOf[model.EventFilter](ctx, t, "EventFilter")
	if err != nil {
		return none, err
	}
	if _, wrong := tagsIn(in.Tags); wrong != nil || len(in.Tags) > tsdb.MaxEventTags {
		return none, fault(ctx, tsdb.Invalid, "The filter's tags are not valid tags.")
	}
	if in.ResourceID, err = t.namedOne(ctx, in.ResourceID); err != nil {
		return none, err
	}
	return charts.EventRows(eventFilter(t.span.From, t.span.To, in)), nil
}

func (t *taking) ledgerRows(ctx context.Context) (none charts.ExportFilter, err error) {
	in, err := filterOf[model.LedgerFilter](ctx, t, "LedgerFilter")
	if err == nil {
		err = t.rangeOnce(ctx, in.Range)
	}
	if err != nil {
		return none, err
	}
	if in.ResourceID, err = t.namedOne(ctx, in.ResourceID); err != nil {
		return none, err
	}
	f, err := ledgerFilter(ctx, in, t.reader.AsOf())
	return charts.LedgerRows(f), err
}

func (t *taking) auditRows(ctx context.Context) (none charts.ExportFilter, err error) {
	in, err := filterOf[model.AuditFilter](ctx, t, "AuditFilter")
	if err == nil {
		err = t.rangeOnce(ctx, in.Range)
	}
	if err != nil {
		return none, err
	}
	f, err := (&Resolver{Store: t.Books}).auditFilter(ctx, &in)
	return charts.AuditRows(f), err
}

// rangeOnce refuses a range within a filter, because an export has a range of its own.
func (t *taking) rangeOnce(ctx context.Context, in *model.RangeInput) error {
	if in == nil {
		return nil
	}
	return fault(ctx, tsdb.Invalid, "The range is said by the entries range, or from and to.")
}

// tabFilter reads the filter of a tab.
func (t *taking) tabFilter(ctx context.Context, q *charts.TabQuery) error {
	search, err := t.tabConditions(ctx, q)
	found := tab{err: err}
	found.search(ctx, search)
	q.Search = found.query.Search
	return found.err
}

// tabConditions puts a tab's filter into its query and returns the text to search for.
func (t *taking) tabConditions(ctx context.Context, q *charts.TabQuery) (search *string, err error) {
	switch t.Table {
	case "tools":
		in, err := filterOf[model.ToolFilter](ctx, t, "ToolFilter")
		q.Statuses = texts(in.Status)
		return in.Search, err
	case "models":
		in, err := filterOf[model.ModelFilter](ctx, t, "ModelFilter")
		q.Types, q.Deleted = texts(in.Type), in.Deleted
		return in.Search, err
	case "guardrails":
		in, err := filterOf[model.GuardrailFilter](ctx, t, "GuardrailFilter")
		q.Statuses = texts(in.Status)
		return in.Search, err
	}
	in, err := filterOf[model.ScriptFilter](ctx, t, "ScriptFilter")
	q.Statuses = texts(in.Status)
	return in.Search, err
}
