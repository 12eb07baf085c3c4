package tsdb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// GrantRow is a grant as listed.
type GrantRow struct {
	billing.Grant
	AccountID int64
	Reference string // "": Usagegraph granted by itself
	CreatedBy string
	Corrected billing.Second // when something was last taken back; 0: never
}

// UpdatedAt returns when the grant was made, corrected or retired, whichever was last. What it gave does not count,
// since that can change every second.
func (g GrantRow) UpdatedAt() time.Time {
	return max(g.GrantedAt, g.Corrected, g.RetiredAt).Time()
}

// Key returns the row's place in the list: grants are ordered by number, newest first.
func (g GrantRow) Key() []int64 { return []int64{int64(g.No)} }

// GrantFilter says which grants to list.
type GrantFilter struct {
	Meter billing.Meter       // "": both
	Kinds []billing.GrantKind // nil: all
	Live  *bool               // nil: both live and retired
	Nos   []int32             // only these numbers; nil: all
}

// $5: those that retire with the next posting. The filter counts a grant as retired from the instant at which it
// retires, not from when that is posted: a caller with another filter, or a minute later, gets the same lists (rules.md
// §3).
const selectGrants = `SELECT g.account_id, g.grant_no, g.meter, g.kind, g.amount, g.granted_at, g.expires_at, g.given, g.repaid, g.expired, g.taken_back,
  g.retired_at, g.reference, g.created_by, g.corrected_at
FROM credit_grant g WHERE g.account_id = $1 AND ($2 = '' OR g.meter = $2) AND ($3::text[] IS NULL OR g.kind = ANY($3::text[]))
  AND ($4::boolean IS NULL OR $4 = (g.retired_at IS NULL AND g.grant_no <> ALL ($5::int[]))) AND ($6::int[] IS NULL OR g.grant_no = ANY ($6::int[]))`

// Grants lists an account's grants, newest first, as of the Reader's instant, with what is drawn, expired, retired or
// granted by then and not yet posted.
func (r *Reader) Grants(ctx context.Context, account int64, f GrantFilter, p Page, total bool) (page Paged[GrantRow], err error) {
	err = r.about(ctx, account, func(tx pgx.Tx, a *Account) error {
		page, err = readGrants(ctx, tx, a, f, p, total)
		return err
	})
	return page, err
}

func readGrants(ctx context.Context, tx pgx.Tx, a *Account, f GrantFilter, p Page, total bool) (Paged[GrantRow], error) {
	args := []any{a.ID, string(f.Meter), f.Kinds, f.Live, a.retiring(), f.Nos}
	clause, pageArgs := p.Clause([]string{"g.grant_no"}, args)
	rows, err := tx.Query(ctx, "-- name: list grants\n"+selectGrants+clause, pageArgs...)
	if err != nil {
		return Paged[GrantRow]{}, fmt.Errorf("list grants: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanGrantRow)
	if err != nil {
		return Paged[GrantRow]{}, fmt.Errorf("list grants: %w", err)
	}
	// Rows have what was posted; the books have what is true now. A grant that the books do not have retired long ago
	// and does not change.
	for i := range list {
		list[i].Grant = a.grantNow(list[i].Grant)
	}
	fresh := a.freshGrants(f)
	page := pg.CutPage(p, withFresh(list, fresh, p))
	if total {
		err = tx.QueryRow(ctx, "-- name: count grants\nSELECT count(*) FROM ("+selectGrants+") g", args...).Scan(&page.Total)
		page.Total += len(fresh)
	}
	return page, err
}

// retiring returns the numbers of the grants that have retired since the last posting. It is never nil: `<> ALL (NULL)`
// would leave nothing.
func (a *Account) retiring() []int32 {
	numbers := make([]int32, len(a.Journal.Retired))
	for i := range a.Journal.Retired {
		numbers[i] = a.Journal.Retired[i].No
	}
	return numbers
}

// grantNow returns a grant as of the account's instant. The account and the rows come from one snapshot, so nothing is
// added twice.
func (a *Account) grantNow(stored billing.Grant) billing.Grant {
	if live := a.Book(stored.Meter).Grant(stored.No); live != nil {
		return *live
	}
	for i := range a.Journal.Retired {
		if a.Journal.Retired[i].No == stored.No {
			return a.Journal.Retired[i]
		}
	}
	return stored
}

// freshGrants returns the grants that have no row yet and match the filter, newest first: those that a rollover since
// the last posting made. They have the numbers that the next posting will give them, so cursors made from them stay
// valid.
func (a *Account) freshGrants(f GrantFilter) []GrantRow {
	var fresh []GrantRow
	for _, grants := range [][]billing.Grant{a.Credits.Grants, a.Runs.Grants, a.Journal.Retired} {
		for _, g := range grants {
			if g.No > a.grantNo && f.fits(&g) {
				fresh = append(fresh, GrantRow{Grant: g, AccountID: a.ID})
			}
		}
	}
	slices.SortFunc(fresh, func(g, h GrantRow) int { return int(h.No - g.No) })
	return fresh
}

// fits repeats the filter of selectGrants for grants that are not in the table. nil is no condition, and an empty list
// fits nothing (rules.md §9).
func (f GrantFilter) fits(g *billing.Grant) bool {
	return (f.Meter == "" || f.Meter == g.Meter) && (f.Kinds == nil || slices.Contains(f.Kinds, g.Kind)) &&
		(f.Live == nil || *f.Live == (g.RetiredAt == 0)) && (f.Nos == nil || slices.Contains(f.Nos, g.No))
}

// withFresh adds fresh grants where the query's order has them; they are newer than all rows. A forward page begins
// with them; a backward page ends with them, but only if it gets that far.
func withFresh(list, fresh []GrantRow, p Page) []GrantRow {
	fresh = slices.DeleteFunc(slices.Clone(fresh), func(g GrantRow) bool {
		return p.After != nil && int64(g.No) >= p.After[0] || p.Before != nil && int64(g.No) <= p.Before[0]
	})
	if !p.Backward {
		return append(fresh, list...)
	}
	if len(list) <= p.Limit { // rows that the query cut off come before them
		slices.Reverse(fresh)
		list = append(list, fresh...)
	}
	return list
}

// GrantsOf reads an account's grants by their numbers, as of the Reader's instant; unknown numbers are missing from the
// result.
func (r *Reader) GrantsOf(ctx context.Context, account int64, nos []int32) (map[int32]GrantRow, error) {
	page, err := r.Grants(ctx, account, GrantFilter{Nos: nos}, Page{Limit: len(nos)}, false)
	if err != nil {
		return nil, err
	}
	found := make(map[int32]GrantRow, len(page.Rows))
	for _, g := range page.Rows {
		found[g.No] = g
	}
	return found, nil
}

// GrantOf reads one grant. It returns NotFound if there is none.
func (r *Reader) GrantOf(ctx context.Context, account int64, no int32) (GrantRow, error) {
	// By the keys on both sides of it, which also finds a grant that has no row yet.
	page, err := r.Grants(ctx, account, GrantFilter{}, Page{Limit: 1, Before: []int64{int64(no) - 1}, After: []int64{int64(no) + 1}}, false)
	if err != nil {
		return GrantRow{}, err
	}
	if len(page.Rows) == 0 {
		return GrantRow{}, refuse(NotFound, "grantId", "the account has no such grant")
	}
	return page.Rows[0], nil
}

func scanGrantRow(row pgx.CollectableRow) (g GrantRow, err error) {
	var granted time.Time
	var expires, retired, corrected *time.Time
	var given, repaid []int64
	err = row.Scan(&g.AccountID, &g.No, &g.Meter, &g.Kind, &g.Amount, &granted, &expires, &given, &repaid, &g.Expired, &g.TakenBack, &retired, &g.Reference, &g.CreatedBy, &corrected)
	if err != nil {
		return g, err
	}
	g.GrantedAt, g.ExpiresAt, g.RetiredAt = billing.SecondOf(granted), billing.SecondOf(orZero(expires)), billing.SecondOf(orZero(retired))
	g.Corrected = billing.SecondOf(orZero(corrected))
	g.Given, g.Repaid = slicesOf(given), slicesOf(repaid)
	return g, nil
}
