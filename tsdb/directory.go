package tsdb

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// DirectorySort is what a list of accounts is sorted by.
type DirectorySort string

// The orders of accounts; equal accounts are in the order of creation.
const (
	ByCreated          DirectorySort = "CREATED_AT"
	ByName             DirectorySort = "NAME"
	ByCredits          DirectorySort = "CREDITS"
	ByRuns             DirectorySort = "RUNS"
	ByCreditsExhausted DirectorySort = "CREDITS_EXHAUSTED_AT"
	ByRunsExhausted    DirectorySort = "RUNS_EXHAUSTED_AT"
)

// key returns the SQL expression of an order, and reports whether it is a number. Accounts without a forecast are later
// than every instant.
func (s DirectorySort) key() (sql string, number bool) {
	// The expression is never null, so that a cursor can compare with it, and accounts whose balance lasts are at the
	// end.
	const never = "coalesce((date_part('epoch', f.%s_exhausted_at))::bigint, 9223372036854775807)"
	switch s {
	case ByName:
		// By bytes, not by a locale, which an upgrade of the system may change: a cursor compares with what another page
		// was sorted by.
		return "lower(a.name" + pg.Letters + ")", false
	case ByCredits:
		return "b.balances[1]", true
	case ByRuns:
		return "b.balances[2]", true
	case ByCreditsExhausted:
		return fmt.Sprintf(never, "credits"), true
	case ByRunsExhausted:
		return fmt.Sprintf(never, "runs"), true
	case ByCreated:
	}
	return "a.account_id", true
}

// DirectoryQuery says which accounts to list, and in which order. nil is no condition, and an empty list fits no
// account. Amounts are in micro-credits and runs.
type DirectoryQuery struct {
	Search          string  // the name contains it, or it is the own id
	ID              int64   // or the account has this id
	Among           []int64 // only these
	Email           string  // a member's e-mail begins with it, ignoring case; "": any
	Plans           []int64 // on these plans now
	Zones           []billing.Zone
	Credits, Runs   AmountBounds // as posted
	ExhaustedBefore time.Time    // credits or runs are forecast to be used up before; zero: any
	Sort            DirectorySort
	Descending      bool
	Limit           int
	Backward        bool
	After, Before   *DirectoryCursor
	Total           bool // count the list
}

// AmountBounds are the least and the greatest amount, both included; nil: no bound.
type AmountBounds struct{ AtLeast, AtMost *billing.Amount }

// DirectoryCursor is a place in a list: the value that the list is sorted by, and the account.
type DirectoryCursor struct {
	Value string `json:"v"`
	ID    int64  `json:"i"`
}

// DirectoryRow is an account in a list, with its cursor.
type DirectoryRow struct {
	Listed
	Cursor DirectoryCursor
}

// ZoneOf is the SQL expression for the zone of a posted balance (rules.md §5), like billing.Limits.Zone, of account a
// with balance b. As there, the order of the cases decides if limits are equal or crossed.
const ZoneOf = `CASE WHEN b.balances[1] <= a.negative_limit THEN 'STOPPED' WHEN b.balances[1] <= 0 THEN 'EXHAUSTED' WHEN b.balances[1] < a.low_limit THEN 'LOW'
  WHEN b.balances[1] <= a.fine_tune_limit THEN 'NO_FINE_TUNING' ELSE 'OPEN' END`

// Directory lists accounts. Balances and zones are as posted, at most a minute ago if the meter runs, and instants of
// exhaustion are as last forecast, at most an hour ago, so accounts may move between pages that are sorted by them.
// Bringing each account up to the instant would read all of them for every page. The caller makes sure that whoever
// asks may see all accounts, or only those in Among.
func (s *Store) Directory(ctx context.Context, q DirectoryQuery) (Paged[DirectoryRow], error) {
	if err := s.payDirectory(ctx, &q); err != nil {
		return Paged[DirectoryRow]{}, err
	}
	var a pg.Arguments
	key, number := q.Sort.key()
	from := q.from(&a, key)
	// The conditions without the page's, because the total is that of the whole list.
	counted := slices.Clone(a.Values)
	var list []DirectoryRow
	rows, err := s.pool.Query(ctx, "-- name: list accounts\nSELECT "+listedColumns+", ("+key+")::text "+from+q.page(&a, key, number), a.Values...)
	if err == nil {
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r DirectoryRow, err error) {
			err = row.Scan(append(r.destinations(), &r.Cursor.Value)...)
			r.Listed.settle()
			r.Cursor.ID = r.ID
			return r, err
		})
	}
	if err != nil {
		return Paged[DirectoryRow]{}, fmt.Errorf("list accounts: %w", err)
	}
	// CutPage only checks whether there are cursors.
	page := pg.CutPage(pg.Page{Limit: q.Limit, Backward: q.Backward, After: q.After.given(), Before: q.Before.given()}, list)
	if q.Total {
		err = s.pool.QueryRow(ctx, "-- name: count accounts\nSELECT count(*) "+q.from(&pg.Arguments{}, ""), counted...).Scan(&page.Total)
	}
	return page, err
}

// payDirectory pays for the accounts that are gone through: all of them to count those that fit a condition, and to find
// the first of an order that has no index.
func (s *Store) payDirectory(ctx context.Context, q *DirectoryQuery) error {
	if !pg.IsPaid(ctx) || q.Among != nil {
		return nil
	}
	n, err := s.sizes.allAccounts(ctx, asking(s.pool), s.Now())
	if err != nil {
		return err
	}
	weight, each := int64(0), int64(WeightAccount)
	filters, sorts := q.filters(), q.Sort != ByCreated && q.Sort != ByName
	if sorts || q.joins() {
		each *= joinedAccount
	}
	switch {
	case q.Total && filters:
		weight += each
	case q.Total:
		weight += WeightAccount / 10 // an index counts
	}
	if filters || sorts {
		weight += each
	}
	return pg.Pay(ctx, n*weight/100)
}

// joinedAccount is how much more it takes to go through accounts with their balances or forecasts.
const joinedAccount = 3

// joins reports whether the conditions need balances or forecasts.
func (q *DirectoryQuery) joins() bool {
	return q.Zones != nil || q.Credits != (AmountBounds{}) || q.Runs != (AmountBounds{}) || !q.ExhaustedBefore.IsZero()
}

// filters reports whether some accounts may be left out.
func (q *DirectoryQuery) filters() bool {
	return q.Search != "" || q.Email != "" || q.Plans != nil || q.Zones != nil || q.Credits != (AmountBounds{}) || q.Runs != (AmountBounds{}) || !q.ExhaustedBefore.IsZero()
}

// given returns a slice that is not nil if there is a cursor.
func (p *DirectoryCursor) given() []int64 {
	if p == nil {
		return nil
	}
	return []int64{p.ID}
}

// from returns the rest of a statement: the tables that conditions and order need, and the conditions. Every account has a
// balance, but a forecast only once one was made.
func (q *DirectoryQuery) from(a *pg.Arguments, key string) string {
	var b strings.Builder
	b.WriteString("FROM account a")
	if q.Zones != nil || q.Credits != (AmountBounds{}) || q.Runs != (AmountBounds{}) || strings.HasPrefix(key, "b.") {
		b.WriteString(" JOIN balance b USING (account_id)")
	}
	if !q.ExhaustedBefore.IsZero() || strings.Contains(key, "f.") {
		b.WriteString(" LEFT JOIN forecast f USING (account_id)")
	}
	b.WriteString(" WHERE true")
	where := func(condition string, values ...any) {
		// Values are bound, never written into the text, whatever somebody searches for.
		for _, v := range values {
			condition = strings.Replace(condition, "?", a.Add(v), 1)
		}
		b.WriteString("\n  AND " + condition)
	}
	// strpos and ^@ know no patterns, so % and _ stand for themselves.
	if q.Search != "" {
		where("(strpos(lower(a.name"+pg.Letters+"), lower(?::text"+pg.Letters+")) > 0 OR a.account_id = ? OR a.external_id = ?)", q.Search, q.ID, q.Search)
	}
	if q.Among != nil {
		where("a.account_id = ANY(?::bigint[])", q.Among)
	}
	if q.Email != "" {
		where("EXISTS (SELECT FROM member m WHERE m.account_id = a.account_id AND lower(m.email"+pg.Letters+") ^@ lower(?::text"+pg.Letters+"))", q.Email)
	}
	if q.Plans != nil {
		where("a.plan_id = ANY(?::bigint[])", q.Plans)
	}
	if q.Zones != nil {
		where("("+ZoneOf+") = ANY(?::text[])", q.Zones)
	}
	for i, bounds := range []AmountBounds{q.Credits, q.Runs} {
		balance := "b.balances[" + strconv.Itoa(i+1) + "]"
		if bounds.AtLeast != nil {
			where(balance+" >= ?", int64(*bounds.AtLeast))
		}
		if bounds.AtMost != nil {
			where(balance+" <= ?", int64(*bounds.AtMost))
		}
	}
	if !q.ExhaustedBefore.IsZero() {
		where("least(f.credits_exhausted_at, f.runs_exhausted_at) < ?", q.ExhaustedBefore)
	}
	return b.String()
}

// page returns what a page adds: the cursors between which it lies, order and limit.
func (q *DirectoryQuery) page(a *pg.Arguments, key string, number bool) string {
	var b strings.Builder
	after, before := ">", "<"
	if q.Descending {
		after, before = before, after
	}
	for _, edge := range []struct {
		cursor *DirectoryCursor
		op     string
	}{{q.After, after}, {q.Before, before}} {
		if edge.cursor == nil {
			continue
		}
		var value string
		if number {
			value = a.Add(edge.cursor.number()) + "::bigint"
		} else {
			value = a.Add(edge.cursor.Value) + "::text"
		}
		fmt.Fprintf(&b, "\n  AND (%s, a.account_id) %s (%s, %s::bigint)", key, edge.op, value, a.Add(edge.cursor.ID))
	}
	// A backward page is read from its end, so that the limit leaves the rows next to its cursor; CutPage reverses it.
	direction := " ASC"
	if q.Descending != q.Backward {
		direction = " DESC"
	}
	fmt.Fprintf(&b, "\nORDER BY %s%s, a.account_id%s LIMIT %d", key, direction, direction, q.Limit+1)
	return b.String()
}

// number returns the value of a cursor among numbers. One that was tampered with only leads to another place in the
// list.
func (p *DirectoryCursor) number() int64 {
	n, _ := strconv.ParseInt(p.Value, 10, 64)
	return n
}
