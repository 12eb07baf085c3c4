package charts

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// TabSort is what the rows of a tab are sorted by. The values are part of the contract.
type TabSort string

// The ways to sort. A tab sorts by name if it does not know the way that is asked for.
const (
	SortName     TabSort = "NAME"
	SortUsed     TabSort = "USED" // runs or credits within the span
	SortTime     TabSort = "TIME" // time deployed within the span
	SortOwner    TabSort = "OWNER"
	SortType     TabSort = "TYPE"
	SortLanguage TabSort = "LANGUAGE" // then version
	SortStatus   TabSort = "STATUS"
	SortDate     TabSort = "DATE" // the tab's "last …" date; never comes last in either direction
	SortRate     TabSort = "RATE" // Deployables: what it costs per hour; what does not run comes last in either direction
	SortIdle     TabSort = "IDLE" // Deployables: how long it has not been used; likewise
)

// TabQuery asks for a page of a tab. Figures follow the span; names, statuses and dates are current (rules.md §9).
type TabQuery struct {
	Span     Span // that the figures cover
	Search   string
	Statuses []string // nil: any; statuses as currently shown
	Types    []string // nil: any; MODELS: BASE, FINE_TUNED
	Deleted  *bool    // MODELS: only deleted ones, or only the others
	Sort     TabSort
	Desc     bool
	Page     TabPage
	Sums     bool  // read the figures; otherwise they are 0 and their query is saved
	Compare  *Span // nil: none; else the tab has Then
}

// sums reports whether figures are needed, because they are shown or sorted by.
func (q *TabQuery) sums() bool { return q.Sums || q.Sort == SortUsed || q.Sort == SortTime }

// TabPage says which page to return. If both After and Before are given, it is what lies between them.
type TabPage struct {
	Limit    int  // rows
	Backward bool // the last rows instead of the first
	After    *Cursor
	Before   *Cursor
}

// Cursor is a row's place in a sorted list: its value, and its id for ties. It stays valid when rows come and go.
// Clients get it as JSON, hence the short names.
type Cursor struct {
	None   bool   `json:"o,omitempty"` // it has no value and comes last
	Text   string `json:"t,omitempty"`
	Number int64  `json:"n,omitempty"`
	ID     int64  `json:"i"`
}

// compare is the order of places. Descending reverses values, but neither ids nor that rows without a value come last.
func (p Cursor) compare(q Cursor, descending bool) int {
	if p.None != q.None {
		if p.None {
			return 1
		}
		return -1
	}
	// Most places have a number or a text; those by idle days have both, and the text is the price that ranks equal
	// days.
	value := cmp.Or(cmp.Compare(p.Number, q.Number), strings.Compare(p.Text, q.Text))
	if descending {
		value = -value
	}
	return cmp.Or(value, cmp.Compare(p.ID, q.ID))
}

// byText is a place by a text, ignoring case.
func byText(s string, id int64) Cursor { return Cursor{Text: strings.ToLower(s), ID: id} }

// byTime is a place by an instant; nil comes last.
func byTime(t *time.Time, id int64) Cursor {
	if t == nil {
		return Cursor{None: true, ID: id}
	}
	return Cursor{Number: t.UnixMicro(), ID: id}
}

// Edge is a row with its cursor.
type Edge[T any] struct {
	Row    T
	Cursor Cursor
}

// TabRows is a page of a tab's rows; Total counts all rows that match the filter.
type TabRows[T any] struct {
	pg.Paged[Edge[T]]
	Range billing.Range // that the figures cover
	AsOf  time.Time
}

// turn sorts rows and cuts out the page. The rows of a tab are what people have made in one account, so they are sorted
// here: their figures and statuses depend on what has accrued since the last posting, which only the account in memory
// knows. Total counts the rows before the page is cut.
func turn[T any](rows []T, cursor func(*T) Cursor, descending bool, page TabPage) pg.Paged[Edge[T]] {
	all := make([]Edge[T], len(rows))
	for i := range rows {
		all[i] = Edge[T]{rows[i], cursor(&rows[i])}
	}
	slices.SortFunc(all, func(a, b Edge[T]) int { return a.Cursor.compare(b.Cursor, descending) })
	from, to := 0, len(all)
	// A cursor is a place and not a row: if its row is gone or has moved, the place stays where it was.
	if page.After != nil {
		from = within(all, *page.After, descending, 1)
	}
	if page.Before != nil {
		to = max(from, within(all, *page.Before, descending, 0))
	}
	if page.Backward {
		from = max(from, to-page.Limit)
	} else {
		to = min(to, from+page.Limit)
	}
	return pg.Paged[Edge[T]]{Rows: all[from:to], HasPrev: from > 0, HasNext: to < len(all), Total: len(all)}
}

// within counts the rows before a place, and if including is 1 also the one that is at it. The rows must be sorted.
func within[T any](all []Edge[T], at Cursor, descending bool, including int) int {
	n, _ := slices.BinarySearchFunc(all, at, func(row Edge[T], at Cursor) int {
		if row.Cursor.compare(at, descending) < including {
			return -1
		}
		return 1
	})
	return n
}

// tabRows cuts the page out of a tab's rows.
func tabRows[T any](r *Reader, shown billing.Range, q *TabQuery, rows []T, cursor func(*T) Cursor) TabRows[T] {
	return TabRows[T]{Paged: turn(rows, cursor, q.Desc, q.Page), Range: shown, AsOf: r.AsOf()}
}

// hasStatus reports whether a status matches the filter.
func (q *TabQuery) hasStatus(status string) bool {
	return q.Statuses == nil || slices.Contains(q.Statuses, status)
}

// named is the condition that a column contains the searched text, ignoring case; "" if there is none. It uses strpos
// and not LIKE, in which some characters have a meaning.
func (q *TabQuery) named(column string, a *pg.Arguments) string {
	if q.Search == "" {
		return ""
	}
	return " AND strpos(lower(" + column + pg.Letters + "), lower(" + a.Add(q.Search) + "::text" + pg.Letters + ")) > 0"
}

const selectContaining = `-- name: names that contain a text
SELECT array_agg(strpos(lower(u.name` + pg.Letters + `), lower($2::text` + pg.Letters + `)) > 0 ORDER BY u.place) FROM unnest($1::text[]) WITH ORDINALITY u (name, place)`

// containing reports for each name whether it contains the searched text. It asks the database, as named does:
// its lower case need not be that of Go, and a text should find the same names in every list.
func (r *Reader) containing(ctx context.Context, account int64, names []string, search string) ([]bool, error) {
	found := make([]bool, len(names))
	if search == "" || len(names) == 0 {
		for i := range found {
			found[i] = true
		}
		return found, nil
	}
	_, err := r.Query(ctx, account, selectContaining, []any{names, search}, []any{&found}, func() error { return nil })
	return found, err
}

// inStatus is the condition that a column is one of the statuses; "" if any will do.
func (q *TabQuery) inStatus(column string, a *pg.Arguments) string {
	if q.Statuses == nil {
		return ""
	}
	return " AND " + column + " = ANY(" + a.Add(q.Statuses) + "::text[])"
}

// resourcesOf reads resources of an account by their ids.
func (r *Reader) resourcesOf(ctx context.Context, account int64, ids []int64) (map[int64]tsdb.Resource, error) {
	found := map[int64]tsdb.Resource{}
	if len(ids) == 0 {
		return found, nil
	}
	var row resourceRow
	_, err := r.Query(ctx, account, "-- name: resources of a page\nSELECT "+tsdb.ResourceColumns+" FROM resource r WHERE r."+oneAccount+" AND r.resource_id = ANY($2::bigint[])",
		[]any{account, ids}, row.columns(), func() (err error) {
			row.Billions, err = decimalOrNil(row.size)
			found[row.ID] = row.Resource
			return err
		})
	return found, err
}

// resourceRow is where a query scans ResourceColumns to.
type resourceRow struct {
	tsdb.Resource
	size *string
}

func (r *resourceRow) columns() []any {
	return []any{&r.ID, &r.AccountID, &r.Kind, &r.Name, &r.OwnerName, &r.Status, &r.Type, &r.InputRate, &r.OutputRate, &r.size, &r.BaseModelID,
		&r.Language, &r.LanguageVersion, &r.CreatedAt, &r.LastDeployedAt, &r.LastActiveAt, &r.DeletedAt, &r.EverDeployed,
		&r.CacheReadRate, &r.CacheWriteRate, &r.ReasoningRate, &r.ExternalID, &r.Tags, &r.UpdatedAt, &r.LastUsedAt}
}
