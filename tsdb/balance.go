package tsdb

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// The rows of a batch are sent as one array per column, with arrays of rows laid end to end: cutting out the i-th part
// is cheap, whereas calling unnest for each column and parsing a text for each array would cost more than the update
// itself. The version is the same for all rows of the batch; 0 leaves each row its own, which a trigger changes if more
// than usage was written.
const updateBalances = `-- name: write balances
UPDATE balance b SET seq = ($3::bigint[])[i], entry_no = ($4::bigint[])[i], posted_until = to_timestamp(($5::bigint[])[i]),
  balances = ($6::bigint[])[2*i-1:2*i], used = ($7::bigint[])[2*i-1:2*i], debts = ($8::bigint[])[4*i-3:4*i], slices = ($9::bigint[])[4*i-3:4*i],
  flows = ($10::bigint[])[12*i-11:12*i], version = coalesce(nullif($11::bigint, 0), version)
FROM ` + fewRows + ` AND b.account_id = ($2::bigint[])[i]`

// fewRows numbers the rows of a batch, $1, as i. PostgreSQL expects few of them, whatever $1 is: so it looks rows up by
// key, and keeps one plan instead of planning each batch anew, which takes longer than a small batch itself.
const fewRows = "generate_subscripts($2::bigint[], 1) AS i WHERE i = abs(i) AND i <= $1::int"

// balanceColumns holds rows of balance as updateBalances takes them.
type balanceColumns struct {
	ids, seqs, entries, posted, balances, used, debts, slices, flows []int64
}

// balanceColumnsOf makes room for n rows.
func balanceColumnsOf(n int) balanceColumns {
	amounts := func(each int) []int64 { return make([]int64, 0, each*n) }
	return balanceColumns{amounts(1), amounts(1), amounts(1), amounts(1), amounts(2), amounts(2), amounts(4), amounts(4), amounts(12)}
}

func (u *balanceColumns) add(c *change) {
	cr, ru := &c.Credits, &c.Runs
	u.ids, u.seqs, u.entries, u.posted = append(u.ids, c.ID), append(u.seqs, c.Seq), append(u.entries, c.EntryNo), append(u.posted, int64(c.At))
	debts, slices := cr.Debt, c.Slices()
	// One array for both meters, by category: three categories of credits, and tools, which count runs.
	debts[billing.Tools.Index()] = ru.Debt[billing.Tools.Index()]
	u.balances, u.used = appendAmounts(u.balances, cr.Balance(), ru.Balance()), appendAmounts(u.used, cr.Used(), ru.Used())
	u.debts, u.slices = appendAmounts(u.debts, debts[:]...), appendAmounts(u.slices, slices[:]...)
	// The sums of the current cycle, in the order of a statement; closing follows from the others.
	for _, f := range []*billing.Flows{&cr.Flows, &ru.Flows} {
		u.flows = appendAmounts(u.flows, f.Opening, f.Granted, f.Charged, f.Refunded, f.Expired, f.Adjusted)
	}
}

// appendAmounts appends amounts as PostgreSQL's integers.
func appendAmounts(to []int64, amounts ...billing.Amount) []int64 {
	for _, a := range amounts {
		to = append(to, int64(a))
	}
	return to
}

// rareState is the part of a balance row that mere usage does not change. It is compared as a whole with what was read,
// and written only if it differs, so that most transactions write only the short row.
type rareState struct {
	grantNo, cycle         int32
	start, end, nextExpiry billing.Second
	allocations            [2]billing.Amount // by meterIndex
	freeExpired, hadGrant  [2]bool
	thresholds             [2]billing.ThresholdState
}

func rareStateOf(a *account) rareState {
	cr, ru := &a.Credits, &a.Runs
	return rareState{
		grantNo: a.GrantNo, cycle: a.Cycle, start: a.CycleStart, end: a.CycleEnd, nextExpiry: nextExpiry(a.Account),
		allocations: [2]billing.Amount{cr.Allocation(), ru.Allocation()}, freeExpired: [2]bool{cr.FreeExpired, ru.FreeExpired},
		hadGrant: [2]bool{cr.HadGrant, ru.HadGrant}, thresholds: a.Thresholds,
	}
}

// nextExpiry returns the earliest end of a grant of either meter with something left; 0: there is none. By it the
// metering job finds which accounts are due.
func nextExpiry(a *billing.Account) billing.Second {
	c, r := a.Credits.NextExpiry(), a.Runs.NextExpiry()
	if c == 0 || r == 0 {
		return max(c, r)
	}
	return min(c, r)
}

const updateRareStates = `-- name: write what usage leaves as it is
UPDATE balance b SET grant_no = u.grant_no, cycle_no = u.cycle_no, cycle_start = u.cycle_start, cycle_end = u.cycle_end, next_expiry = u.next_expiry,
  allocations = u.allocations::bigint[], free_expired = u.free_expired::boolean[], had_grant = u.had_grant::boolean[],
  steps_reached = u.steps_reached::bigint[], armings = u.armings::bigint[]
FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
  AS u (account_id, grant_no, cycle_no, cycle_start, cycle_end, next_expiry, allocations, free_expired, had_grant, steps_reached, armings)
WHERE b.account_id = u.account_id`

func queueBalances(b *pgx.Batch, changes []*change) {
	rows := balanceColumnsOf(len(changes))
	frames := pg.NewColumns(11)
	// Every changed account has a row here, because its seq moves with each transaction.
	for _, c := range changes {
		rows.add(c)
		if f := rareStateOf(c.account); f != c.rare {
			reached, armings := thresholdColumns(f.thresholds)
			frames.Add(c.ID, f.grantNo, f.cycle, f.start.Time(), f.end.Time(), pg.SecondOrNull(f.nextExpiry), pg.Array(f.allocations[:]...),
				fmt.Sprintf("{%t,%t}", f.freeExpired[0], f.freeExpired[1]), fmt.Sprintf("{%t,%t}", f.hadGrant[0], f.hadGrant[1]), pg.Array(reached...), pg.Array(armings...))
		}
	}
	if len(frames[0]) > 0 {
		b.Queue(updateRareStates, frames.Args()...)
	}
	// Last, because it is this statement that sets the version.
	b.Queue(updateBalances, len(rows.ids), rows.ids, rows.seqs, rows.entries, rows.posted, rows.balances, rows.used, rows.debts, rows.slices, rows.flows, changes[0].version)
}
