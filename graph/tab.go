package graph

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"unicode/utf8"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// tab is a question for a page of a tab, while its arguments are being read.
type tab struct {
	reader *charts.Reader
	asked  timeAsked
	then   *timeAsked // nil: no comparison
	query  charts.TabQuery
	err    error
}

// tabOf reads the arguments that every tab has. figures are the paths of the fields that show sums; unless one of them is selected, sums
// are not read.
func tabOf(
	ctx context.Context, in *model.RangeInput, compare *model.CompareInput, first *int, after *string, last *int, before *string, figures ...string,
) *tab {
	t := &tab{}
	if t.reader, t.err = readerOf(ctx); t.err != nil {
		return t
	}
	if t.asked, t.err = rangeOf(ctx, in, t.reader.AsOf()); t.err != nil {
		return t
	}
	t.query.Span = t.asked.span
	if t.then, t.err = comparedWith(ctx, compare, t.asked, t.reader); t.err != nil {
		return t
	}
	if t.then != nil {
		t.query.Compare, t.query.Sums = &t.then.span, true
	}
	for _, path := range figures {
		t.query.Sums = t.query.Sums || selected(ctx, path)
	}
	t.query.Page, t.err = tabPage(ctx, first, after, last, before)
	return t
}

// tabPage reads the paging arguments of a tab.
func tabPage(ctx context.Context, first *int, after *string, last *int, before *string) (charts.TabPage, error) {
	p, err := pageOf(ctx, 0, first, nil, last, nil)
	page := charts.TabPage{Limit: p.Limit, Backward: p.Backward}
	if err != nil {
		return page, err
	}
	after, before, err = cursors(ctx, after, before)
	if err != nil {
		return page, err
	}
	var ok bool
	if page.After, ok = decodeRowCursor(after); !ok {
		return page, fault(ctx, badPage, "The cursor after is not one of this list.")
	}
	if page.Before, ok = decodeRowCursor(before); !ok {
		return page, fault(ctx, badPage, "The cursor before is not one of this list.")
	}
	return page, nil
}

// search sets the text that names must contain.
func (t *tab) search(ctx context.Context, text *string) {
	t.query.Search = deref(text)
	if t.err == nil && utf8.RuneCountInString(t.query.Search) > maxSearch {
		t.err = fault(ctx, tsdb.Invalid, "A search has at most 100 characters.")
	}
}

// sort sets the order. Only callers who may see figures may sort by them.
func (t *tab) sort(ctx context.Context, account int64, by charts.TabSort, direction model.SortDirection) {
	t.query.Sort, t.query.Desc = by, direction == model.SortDirectionDesc
	figure := by == charts.SortUsed || by == charts.SortTime || by == charts.SortIdle
	if t.err == nil && figure && !principalOf(ctx).May(account, auth.UsageView) {
		t.err = fault(ctx, Forbidden, "Sorting by figures needs the permission USAGE_VIEW.")
	}
}

// texts converts enum values to the database's texts. null stays nil, which is not a condition; an empty list matches nothing (rules.md
// §9).
func texts[T ~string](values []T) []string {
	if values == nil {
		return nil
	}
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// encodeRowCursor returns the opaque form of the cursor of a row.
func encodeRowCursor(p charts.Cursor) string {
	text, err := json.Marshal(p)
	if err != nil {
		panic("graph: a cursor does not encode: " + err.Error()) // cannot happen with texts, numbers and a bool
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// maxCursor bounds the length of a cursor: a name of 200 characters, escaped.
const maxCursor = 4000

// decodeRowCursor reads what encodeRowCursor made; nil for no cursor.
func decodeRowCursor(encoded *string) (cursor *charts.Cursor, ok bool) {
	if encoded == nil {
		return nil, true
	}
	if len(*encoded) > maxCursor {
		return nil, false
	}
	text, err := base64.RawURLEncoding.DecodeString(*encoded)
	if err != nil {
		return nil, false
	}
	cursor = &charts.Cursor{}
	if json.Unmarshal(text, cursor) != nil || cursor.ID <= 0 {
		return nil, false
	}
	return cursor, true
}

// tabCursor returns the cursor of a row of a tab.
func tabCursor[T any](row charts.Edge[T]) string { return encodeRowCursor(row.Cursor) }

// panelOf reads the detail panel of a guardrail or script.
func panelOf(ctx context.Context, account, resource int64, in *model.RangeInput) (*charts.Panel, timeAsked, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, timeAsked{}, err
	}
	a, err := rangeOf(ctx, in, reader.AsOf())
	if err != nil {
		return nil, a, err
	}
	panel, err := reader.Panel(ctx, account, resource, a.span)
	if err != nil {
		return nil, a, asFault(ctx, err)
	}
	return panel, a, nil
}
