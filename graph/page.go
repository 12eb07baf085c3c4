package graph

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Bounds on the rows of a page.
const (
	defaultPage = 25
	maxPage     = 100
)

// readPage reads the page of a list that the arguments ask for, with the list's total if that is selected. parts is the number of values in
// the list's keys.
func readPage[T any](
	ctx context.Context, parts int, first *int, after *string, last *int, before *string, read func(page tsdb.Page, total bool) (tsdb.Paged[T], error),
) (tsdb.Paged[T], error) {
	page, err := pageOf(ctx, parts, first, after, last, before)
	if err != nil {
		return tsdb.Paged[T]{}, err
	}
	rows, err := read(page, selected(ctx, "totalCount"))
	return rows, asFault(ctx, err)
}

// maxSearch bounds the text of a search, in characters.
const maxSearch = 100

// searchText returns the text to search for, or a fault if it is too long.
func searchText(ctx context.Context, search *string) (string, error) {
	text := deref(search)
	if utf8.RuneCountInString(text) > maxSearch {
		return "", fault(ctx, tsdb.Invalid, "A search has at most 100 characters.")
	}
	return text, nil
}

// pageOf reads the paging arguments of a list whose keys have parts numbers. Arguments out of bounds are a BAD_PAGE fault.
func pageOf(ctx context.Context, parts int, first *int, after *string, last *int, before *string) (tsdb.Page, error) {
	p := tsdb.Page{Limit: defaultPage, Backward: last != nil}
	if first != nil && last != nil {
		return p, fault(ctx, badPage, "Give first or last, not both.")
	}
	for _, n := range []*int{first, last} {
		if n != nil {
			p.Limit = *n
		}
	}
	if p.Limit < 1 || p.Limit > maxPage {
		return p, fault(ctx, badPage, "A page has 1 to 100 rows.")
	}
	after, before, err := cursors(ctx, after, before)
	if err != nil {
		return p, err
	}
	var ok bool
	if p.After, ok = decodeCursor(after, parts); !ok {
		return p, fault(ctx, badPage, "The cursor after is not one of this list.")
	}
	if p.Before, ok = decodeCursor(before, parts); !ok {
		return p, fault(ctx, badPage, "The cursor before is not one of this list.")
	}
	return p, nil
}

const badPage tsdb.Code = "BAD_PAGE"

// encodeCursor returns the opaque cursor of a row with a key.
func encodeCursor(key ...int64) string {
	texts := make([]string, len(key))
	for i, k := range key {
		texts[i] = strconv.FormatInt(k, 10)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(texts, ".")))
}

// decodeCursor decodes a cursor into a key of parts numbers; nil for no cursor.
func decodeCursor(cursor *string, parts int) (key []int64, ok bool) {
	if cursor == nil {
		return nil, true
	}
	if len(*cursor) > 200 {
		return nil, false
	}
	text, err := base64.RawURLEncoding.DecodeString(*cursor)
	if err != nil {
		return nil, false
	}
	for part := range strings.SplitSeq(string(text), ".") {
		k, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return nil, false
		}
		key = append(key, k)
	}
	return key, len(key) == parts && encodeCursor(key...) == *cursor // a cursor has only one spelling, like an id
}

// pageInfo returns the cursors of a page's first and last row, and whether there are pages before and after it.
func pageInfo[T any](p tsdb.Paged[T], cursor func(T) string) model.PageInfo {
	info := model.PageInfo{HasNextPage: p.HasNext, HasPreviousPage: p.HasPrev}
	if n := len(p.Rows); n > 0 {
		start, end := cursor(p.Rows[0]), cursor(p.Rows[n-1])
		info.StartCursor, info.EndCursor = &start, &end
	}
	return info
}

// edges converts a page's rows to a connection's edges.
func edges[T, E any](p tsdb.Paged[T], edge func(T) E) []E {
	out := make([]E, len(p.Rows))
	for i, row := range p.Rows {
		out[i] = edge(row)
	}
	return out
}

// selected reports whether the operation selects a field below the present one, by its path such as "totals" or "edges.creditsUsed". What
// is not selected is not read.
func selected(ctx context.Context, path string) bool {
	if !graphql.HasOperationContext(ctx) || graphql.GetFieldContext(ctx) == nil {
		return true
	}
	fields := graphql.CollectFieldsCtx(ctx, nil)
	return selectedIn(graphql.GetOperationContext(ctx), fields, strings.Split(path, "."))
}

func selectedIn(op *graphql.OperationContext, fields []graphql.CollectedField, path []string) bool {
	for _, f := range fields {
		if f.Name != path[0] {
			continue
		}
		if len(path) == 1 || selectedIn(op, graphql.CollectFields(op, f.Selections, nil), path[1:]) {
			return true
		}
	}
	return false
}
