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

// TabSort is what the rows of a tab are sorted by.
// They are part of the contract.
type TabSort string

// The ways to sort. Not every tab knows every one; what a tab does not know sorts by name.
const (
	SortName     TabSort = "NAME"
	SortUsed     TabSort = "USED" // runs or credits within the span
	SortTime     TabSort = "TIME" // time deployed within the span
	SortOwner    TabSort = "OWNER"
	SortType     TabSort = "TYPE"
	SortLanguage TabSort = "LANGUAGE" // then version
	SortStatus   TabSort = "STATUS"
	SortDate     TabSort = "DATE" // the tab's "last …" date; never comes last, whichever way
	SortRate     TabSort = "RATE" // Deployables: what it costs an hour; what does not run comes last, whichever way
	SortIdle     TabSort = "IDLE" // Deployables: for how long nobody has used it; likewise
)

// TabQuery asks for a page of a tab (rules.md §9).
// Figures follow the span; names, statuses and dates are current (rules.md §9).
type TabQuery struct {
	Span     Span // that the figures cover
	Search   string
	Statuses []string // nil: any; statuses as now shown
	Types    []string // nil: any; MODELS: BASE, FINE_TUNED
	Deleted  *bool    // MODELS: only deleted ones, or only others
	Sort     TabSort
	Desc     bool
	Page     TabPage
	Sums     bool  // read the figures; without, they are 0 and their query is saved
	Compare  *Span // nil: nothing; else the tab has Then
}

// sums reports whether figures are needed: they are shown, or sorted by.
func (q *TabQuery) sums() bool { return q.Sums || q.Sort == SortUsed || q.Sort == SortTime }

// TabPage is which page to answer with.
// After and Before may both be given: then it is what lies between.
type TabPage struct {
	Limit    int  // rows
	Backward bool // the last rows instead of the first
	After    *Cursor
	Before   *Cursor
}

// Cursor is where a row stands in a sorted list: by its value, equal ones by id. It stays put when rows come and go.
// It goes to the client as JSON, hence the short names.
type Cursor struct {
	None   bool   `json:"o,omitempty"` // it has no value and comes last
	Text   string `json:"t,omitempty"`
	Number int64  `json:"n,omitempty"`
	ID     int64  `json:"i"`
}

// compare is the order of places; descending turns values around, neither what has none nor ids.
func (p Cursor) compare(q Cursor, descending bool) int {
	if p.None != q.None {
		if p.None {
			return 1
		}
		return -1
	}
	// Most places have a number or a text; of those by idle days, which have both, the text is the price that ranks equal days.
	value := cmp.Or(cmp.Compare(p.Number, q.Number), strings.Compare(p.Text, q.Text))
	if descending {
		value = -value
	}
	return cmp.Or(value, cmp.Compare(p.ID, q.ID))
}

// byText is a place by a text, whatever its case.
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

// TabRows is a page of a tab's rows; Total counts all that the filter leaves.
type TabRows[T any] struct {
	pg.Paged[Edge[T]]
	Range billing.Range // that the figures cover
	AsOf  time.Time
}

// turn sorts rows and cuts out the page. The rows of a tab are what one account has made by hand, so they are sorted here:
// their figures and statuses depend on what has accrued since the last posting, which only the books know.
// Total counts before the page is cut.
func turn[T any](rows []T, place func(*T) Cursor, descending bool, page TabPage) pg.Paged[Edge[T]] {
	all := make([]Edge[T], len(rows))
	for i := range rows {
		all[i] = Edge[T]{rows[i], place(&rows[i])}
	}
	slices.SortFunc(all, func(a, b Edge[T]) int { return a.Cursor.compare(b.Cursor, descending) })
	from, to := 0, len(all)
	// A cursor is a place and not a row: a row that has gone, or has moved, leaves the place where it was.
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

// within counts the rows before a place, and with including 1 also the one that stands there.
// By halving: the rows are sorted by then.
func within[T any](all []Edge[T], at Cursor, descending bool, including int) int {
	n, _ := slices.BinarySearchFunc(all, at, func(row Edge[T], at Cursor) int {
		if row.Cursor.compare(at, descending) < including {
			return -1
		}
		return 1
	})
	return n
}

// tabRows turns a tab's rows to the page.
func tabRows[T any](r *Reader, shown billing.Range, q *TabQuery, rows []T, place func(*T) Cursor) TabRows[T] {
	return TabRows[T]{Paged: turn(rows, place, q.Desc, q.Page), Range: shown, AsOf: r.AsOf()}
}

// hasStatus reports whether the filter lets a status through.
func (q *TabQuery) hasStatus(status string) bool {
	return q.Statuses == nil || slices.Contains(q.Statuses, status)
}

// named is the condition that a column contains what is searched for, whatever the case; "" where nothing is.
// By strpos and not LIKE: a sign of a pattern is a sign like any other.
func (q *TabQuery) named(column string, a *pg.Arguments) string {
	if q.Search == "" {
		return ""
	}
	return " AND strpos(lower(" + column + "), lower(" + a.Add(q.Search) + ")) > 0"
}

const selectContaining = `-- name: names that contain a text
SELECT array_agg(strpos(lower(u.name), lower($2)) > 0 ORDER BY u.place) FROM unnest($1::text[]) WITH ORDINALITY u (name, place)`

// containing reports of each name whether it contains what is searched for. The database is asked, as it is by named: what the small letter of a letter
// is depends on its locale, and one text is to find the same names in every list.
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

// inStatus is the condition that a column is one of the statuses; "" where any will do.
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
