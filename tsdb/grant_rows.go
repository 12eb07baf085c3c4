package tsdb

import (
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Arrays of arrays cannot be passed to unnest, which flattens them, so given and repaid are passed as texts and cast.
const insertGrants = `-- name: write new grants
INSERT INTO credit_grant (account_id, grant_no, meter, kind, amount, granted_at, expires_at, given, repaid, expired, taken_back, retired_at,
  reference, idempotency_key, request_hash, created_by, mailed_days)
SELECT u.account_id, u.grant_no, u.meter, u.kind, u.amount, u.granted_at, u.expires_at, u.given::bigint[], u.repaid::bigint[], u.expired, u.taken_back,
  u.retired_at, u.reference, u.key, u.hash, u.created_by, u.mailed_days
FROM unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::text[],
  $10::bigint[], $11::bigint[], $12::timestamptz[], $13::text[], $14::text[], $15::text[], $16::text[], $17::int[])
  AS u (account_id, grant_no, meter, kind, amount, granted_at, expires_at, given, repaid, expired, taken_back, retired_at, reference, key, hash, created_by, mailed_days)`

// An UPDATE costs a third of INSERT … ON CONFLICT here, and a batch of usage writes a grant for each of its accounts. See updateBalances.
const updateGrants = `-- name: write grants
UPDATE credit_grant g SET given = ($4::bigint[])[4*i-3:4*i], repaid = ($5::bigint[])[4*i-3:4*i], expired = ($6::bigint[])[i],
  corrected_at = CASE WHEN g.taken_back = ($7::bigint[])[i] THEN g.corrected_at ELSE to_timestamp(($9::bigint[])[i]) END,
  taken_back = ($7::bigint[])[i], retired_at = to_timestamp(nullif(($8::bigint[])[i], 0))
FROM ` + fewRows + ` AND g.account_id = ($2::bigint[])[i] AND g.grant_no = ($3::int[])[i]`

// queueGrants queues the grants that differ from before: new ones with all that their rows have, others with what use
// changes. What defines a grant (meter, kind, amount, end) never changes (rules.md §2), so an UPDATE leaves it alone.
func queueGrants(b *pgx.Batch, changes []*change) {
	fresh := pg.NewColumns(17)
	var changed grantColumns
	for _, c := range changes {
		for _, g := range c.changedGrants() {
			if g.No <= c.before.GrantNo {
				changed.add(c.ID, &g, billing.SecondOf(c.asOf))
				continue
			}
			// The zero value if Usagegraph granted by itself: a plan's grant, or what a refund brings back, has no
			// reference and no key.
			i := c.grantInfo[g.No]
			fresh.Add(c.ID, g.No, string(g.Meter), string(g.Kind), int64(g.Amount), g.GrantedAt.Time(), pg.SecondOrNull(g.ExpiresAt), pg.Array(g.Given[:]...),
				pg.Array(g.Repaid[:]...), int64(g.Expired), int64(g.TakenBack), pg.SecondOrNull(g.RetiredAt), i.Reference, pg.OrNull(i.Key), i.RequestHash, i.CreatedBy, c.mailedDays(g.No))
		}
	}
	if n := len(changed.ids); n > 0 {
		b.Queue(updateGrants, n, changed.ids, changed.numbers, changed.given, changed.repaid, changed.expired, changed.takenBack, changed.retired, changed.at)
	}
	if len(fresh[0]) > 0 {
		b.Queue(insertGrants, fresh.Args()...)
	}
}

// mailedDays returns the notice of expiry that a new grant has already had.
func (c *change) mailedDays(no int32) int {
	if slices.Contains(c.noticed, no) {
		return 3
	}
	return 0
}

// grantColumns holds changed grants as updateGrants takes them: one slice per column, of numbers alone. given and
// repaid have four numbers per grant, one after the other, which the statement cuts up again.
type grantColumns struct {
	ids, given, repaid, expired, takenBack, retired, at []int64
	numbers                                             []int32
}

func (u *grantColumns) add(account int64, g *billing.Grant, at billing.Second) {
	u.at = append(u.at, int64(at))
	u.ids, u.numbers = append(u.ids, account), append(u.numbers, g.No)
	u.given, u.repaid = appendAmounts(u.given, g.Given[:]...), appendAmounts(u.repaid, g.Repaid[:]...)
	u.expired, u.takenBack, u.retired = append(u.expired, int64(g.Expired)), append(u.takenBack, int64(g.TakenBack)), append(u.retired, int64(g.RetiredAt))
}

// changedGrants returns the grants that differ from before the transaction, new ones included. Retired grants come from
// the journal: they have left the books, but their last state must still be written.
func (c *change) changedGrants() (out []billing.Grant) {
	for _, grants := range [][]billing.Grant{c.Credits.Grants, c.Runs.Grants, c.Journal.Retired} {
		next := 0
		for i := range grants {
			if g := &grants[i]; g.No > c.before.GrantNo || !c.wasSo(g, &next) {
				out = append(out, *g)
			}
		}
	}
	return out
}

// wasSo reports whether the grant had exactly these values before the transaction. It searches from index next on, where
// the grant usually is, because grants keep their order; so a call for each of thousands of grants takes one pass.
func (c *change) wasSo(g *billing.Grant, next *int) bool {
	before := c.before.Book(g.Meter).Grants
	for range before {
		at := *next % len(before)
		*next = at + 1
		if before[at].No == g.No {
			return before[at] == *g
		}
	}
	return false
}
