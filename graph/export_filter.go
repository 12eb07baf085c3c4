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

// maxExportInput bounds a filter's text.
const maxExportInput = 16 << 10

// exportInput reads a text of an export as JSON of an input type of the contract, by the contract's own rules; the zero T for no text.
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
	if _, err := decoder.Token(); err != io.EOF { //nolint:errorlint // Token's own, unwrapped
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

// isTextAll reports whether all texts in a value can be stored and asked for.
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

// readUsageFilter reads the filters of usage. Accounts that they name are those that are taken out, where none is named beside them.
func (t *taking) readUsageFilter(ctx context.Context) (err error) {
	if t.having, err = exportInput[[]model.UsageBound](ctx, t, "having", ast.ListType(ast.NonNullNamedType("UsageBound", nil), nil), t.Having); err != nil {
		return err
	}
	in, err := exportInput[model.UsageFilter](ctx, t, "filter", ast.NamedType("UsageFilter", nil), t.Filter)
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

// narrow leaves some accounts of every one. None of them is one out of reach.
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

// named puts ids of ours in the place of a platform's own ids, of the one account that is taken out. What is not found stays and names nothing.
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

// rowsFilter reads the filter of a table that is taken out as it is stored.
func (t *taking) rowsFilter(ctx context.Context) (out charts.ExportFilter, err error) {
	switch charts.ExportTable(t.Table) {
	case charts.ExportEvents:
		in, err := exportInput[model.EventFilter](ctx, t, "filter", ast.NamedType("EventFilter", nil), t.Filter)
		if err == nil {
			in.ResourceID, err = t.namedOne(ctx, in.ResourceID)
		}
		if err != nil {
			return out, err
		}
		if _, wrong := tagsIn(in.Tags); wrong != nil {
			return out, fault(ctx, tsdb.Invalid, "The filter's tags are no tags.")
		}
		f := eventFilter(t.span.From, t.span.To, in)
		return charts.EventRows(f), nil
	case charts.ExportLedger:
		in, err := exportInput[model.LedgerFilter](ctx, t, "filter", ast.NamedType("LedgerFilter", nil), t.Filter)
		if err == nil {
			in.ResourceID, err = t.namedOne(ctx, in.ResourceID)
		}
		if err != nil {
			return out, err
		}
		if in.Range != nil {
			return out, t.rangeTwice(ctx)
		}
		f, err := ledgerFilter(ctx, in, t.reader.AsOf())
		return charts.LedgerRows(f), err
	case charts.ExportGrants:
		in, err := exportInput[model.GrantFilter](ctx, t, "filter", ast.NamedType("GrantFilter", nil), t.Filter)
		return charts.GrantRows(tsdb.GrantFilter{Meter: deref(in.Meter), Kinds: in.Kinds, Live: in.Live}), err
	case charts.ExportAudit:
		in, err := exportInput[model.AuditFilter](ctx, t, "filter", ast.NamedType("AuditFilter", nil), t.Filter)
		if err == nil && in.Range != nil {
			err = t.rangeTwice(ctx)
		}
		if err != nil {
			return out, err
		}
		f, err := (&Resolver{Store: t.Books}).auditFilter(ctx, &in)
		return charts.AuditRows(f), err
	}
	if t.Filter != "" {
		return out, fault(ctx, tsdb.Invalid, "This table has no filter.")
	}
	return out, nil
}

func (t *taking) rangeTwice(ctx context.Context) error {
	return fault(ctx, tsdb.Invalid, "The range is said by the entries range, or from and to.")
}

// tabFilter reads the filter of a tab.
func (t *taking) tabFilter(ctx context.Context, q *charts.TabQuery) (err error) {
	var search *string
	switch t.Table {
	case "tools":
		var in model.ToolFilter
		in, err = exportInput[model.ToolFilter](ctx, t, "filter", ast.NamedType("ToolFilter", nil), t.Filter)
		q.Statuses, search = texts(in.Status), in.Search
	case "models":
		var in model.ModelFilter
		in, err = exportInput[model.ModelFilter](ctx, t, "filter", ast.NamedType("ModelFilter", nil), t.Filter)
		q.Types, q.Deleted, search = texts(in.Type), in.Deleted, in.Search
	case "guardrails":
		var in model.GuardrailFilter
		in, err = exportInput[model.GuardrailFilter](ctx, t, "filter", ast.NamedType("GuardrailFilter", nil), t.Filter)
		q.Statuses, search = texts(in.Status), in.Search
	default:
		var in model.ScriptFilter
		in, err = exportInput[model.ScriptFilter](ctx, t, "filter", ast.NamedType("ScriptFilter", nil), t.Filter)
		q.Statuses, search = texts(in.Status), in.Search
	}
	found := tab{err: err}
	found.search(ctx, search)
	q.Search = found.query.Search
	return found.err
}
