package tsdb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// $2: of each account, the grants that retire with the next posting. The lateral query has the page's limit within it,
// so each account is read up to that limit, by its own index range, however many grants another has.
const fromGrantsOfMany = ` FROM unnest($1::bigint[], $2::text[]) AS a (account_id, retiring) CROSS JOIN LATERAL (
  SELECT * FROM credit_grant g WHERE g.account_id = a.account_id AND ($3 = '' OR g.meter = $3) AND ($4::text[] IS NULL OR g.kind = ANY($4::text[]))
    AND ($5::boolean IS NULL OR $5 = (g.retired_at IS NULL AND g.grant_no <> ALL (a.retiring::int[])))`

// GrantsOfMany lists the grants of several accounts as Grants does, the same page of each, in one statement; the keys
// of a page's edges are numbers of grants. Unknown accounts are missing from the result. It queries the database at
// most three times, whatever the number of accounts: for the accounts, their grants and, if wanted, the counts.
func (r *Reader) GrantsOfMany(ctx context.Context, accounts []int64, f GrantFilter, p Page, total bool) (map[int64]Paged[GrantRow], error) {
	// Accounts first: what retires and what is fresh depends on their books, and both must come from the Reader's
	// snapshot.
	known, err := r.AccountsAsOf(ctx, accounts)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	tx, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	ids, retiring := make([]int64, len(known)), make([]string, len(known))
	for i, a := range known {
		ids[i], retiring[i] = a.ID, intArray(a.retiring())
	}
	args := []any{ids, retiring, string(f.Meter), f.Kinds, f.Live}
	clause, pageArgs := p.Clause([]string{"g.grant_no"}, args)
	// The number of accounts is not bounded here: graph asks for those of a page, at most a hundred.
	lists, err := grantsByAccount(ctx, tx, clause, pageArgs, p.Backward)
	if err != nil {
		return nil, err
	}
	counts, err := countGrants(ctx, tx, args, total)
	if err != nil {
		return nil, err
	}
	pages := make(map[int64]Paged[GrantRow], len(known))
	for _, a := range known {
		list, fresh := lists[a.ID], a.freshGrants(f)
		for i := range list {
			list[i].Grant = a.grantNow(list[i].Grant)
		}
		// Each account's page is cut by itself: the statement reads one row more of each, which shows whether more follow.
		page := pg.CutPage(p, withFresh(list, fresh, p))
		if total {
			page.Total = counts[a.ID] + len(fresh)
		}
		pages[a.ID] = page
	}
	return pages, nil
}

// The outer ORDER BY is needed although the inner query sorts, because joins do not keep the order of their parts. A
// backward page comes oldest first, as CutPage expects it.
func grantsByAccount(ctx context.Context, tx pgx.Tx, clause string, args []any, backward bool) (map[int64][]GrantRow, error) {
	order := " DESC"
	if backward {
		order = ""
	}
	rows, err := tx.Query(ctx, `-- name: list grants of several accounts
SELECT g.account_id, g.grant_no, g.meter, g.kind, g.amount, g.granted_at, g.expires_at, g.given, g.repaid, g.expired, g.taken_back, g.retired_at, g.reference, g.created_by, g.corrected_at`+
		fromGrantsOfMany+clause+`) g ORDER BY g.account_id, g.grant_no`+order, args...)
	if err != nil {
		return nil, fmt.Errorf("list grants: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanGrantRow)
	if err != nil {
		return nil, fmt.Errorf("list grants: %w", err)
	}
	lists := map[int64][]GrantRow{}
	for _, g := range all {
		lists[g.AccountID] = append(lists[g.AccountID], g)
	}
	return lists, nil
}

// countGrants counts, if asked, the grants of each account that match the filter. An account without any is missing
// here and counts 0.
func countGrants(ctx context.Context, tx pgx.Tx, args []any, asked bool) (map[int64]int, error) {
	if !asked {
		return nil, nil
	}
	rows, err := tx.Query(ctx, "-- name: count grants of several accounts\nSELECT g.account_id, count(*)"+fromGrantsOfMany+") g GROUP BY g.account_id", args...)
	if err != nil {
		return nil, fmt.Errorf("count grants: %w", err)
	}
	counts := map[int64]int{}
	var account int64
	var n int
	_, err = pgx.ForEachRow(rows, []any{&account, &n}, func() error {
		counts[account] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count grants: %w", err)
	}
	return counts, nil
}

// intArray formats numbers as a PostgreSQL array. Lists of several accounts cannot be an array of arrays, whose rows
// must have equal lengths, so each travels as a text, which the statement casts.
func intArray(numbers []int32) string {
	text := []byte{'{'}
	for i, n := range numbers {
		if i > 0 {
			text = append(text, ',')
		}
		text = fmt.Appendf(text, "%d", n)
	}
	return string(append(text, '}'))
}
