package tsdb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// Channel is the one that committed changes are announced on: the ids of the accounts, separated by commas.
const Channel = "usagegraph_account"

// flush writes what the transaction changed on its accounts, as queueChanges says, and the mails.
func (s *Store) flush(ctx context.Context, tx pgx.Tx, changes []*change) error {
	var b pgx.Batch
	changed, err := s.queueChanges(ctx, tx, &b, changes)
	if err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("write accounts: %w", err)
	}
	return s.writeMails(ctx, tx, changed)
}

// commit is flush and the end of the transaction, which mostly go out together: mails, which few transactions have, are known to the
// queue of deliveries before it ends.
func (s *Store) commit(ctx context.Context, tx *batchedTx, changes []*change) error {
	changed, err := s.queueChanges(ctx, tx, &tx.last, changes)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(changed, func(c *change) bool { return len(c.mails) > 0 }) {
		if err := tx.sendLast(ctx); err != nil {
			return fmt.Errorf("write accounts: %w", err)
		}
		if err := s.writeMails(ctx, tx, changed); err != nil {
			return err
		}
	}
	if err := tx.commitLast(ctx); err != nil {
		return fmt.Errorf("write accounts: %w", err)
	}
	return nil
}

// queueChanges queues what the transaction changed on its accounts, one statement a table, with one NOTIFY; many rows go out by COPY
// before. Crossings, mails and outbox events follow from the state before and after. It returns the accounts that changed.
func (s *Store) queueChanges(ctx context.Context, tx pgx.Tx, b *pgx.Batch, changes []*change) ([]*change, error) {
	changed := slices.DeleteFunc(slices.Clone(changes), func(c *change) bool { return !c.isChanged() })
	if len(changed) == 0 {
		return nil, nil
	}
	for _, c := range changed {
		c.announce(s.Now())
	}
	if err := writeLedger(ctx, tx, b, changed); err != nil {
		return nil, err
	}
	queueBalances(b, changed)
	queueGrants(b, changed)
	queueDebt(b, changed)
	queueHosting(b, changed)
	if err := writeUsage(ctx, tx, b, changed); err != nil {
		return nil, err
	}
	queueStops(b, changed)
	if err := queueEvents(b, changed); err != nil {
		return nil, err
	}
	for _, c := range changed {
		c.queueRare(b)
	}
	queueNotify(b, changed)
	return changed, nil
}

func (c *change) isChanged() bool {
	j := &c.Journal
	return c.touched || c.At != c.before.At || len(j.Entries) > 0 || len(c.segments) > 0 || len(c.used) > 0 || j.PlanMoved
}

// orNull is nil for the zero value: a column that says "none" by NULL.
func orNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func timeOrNull(s billing.Second) any {
	if s == 0 {
		return nil
	}
	return s.Time()
}

// array prints numbers as a PostgreSQL array, which travels as one text inside an array of rows.
func array[T ~int64](values ...T) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(int64(v), 10))
	}
	b.WriteByte('}')
	return b.String()
}

// columns collects rows as the arrays that unnest takes.
type columns [][]any

func newColumns(n int) columns { return make(columns, n) }

func (c columns) add(values ...any) {
	for i, v := range values {
		c[i] = append(c[i], v)
	}
}

func (c columns) args() []any {
	args := make([]any, len(c))
	for i := range c {
		args[i] = c[i]
	}
	return args
}

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
  taken_back = ($7::bigint[])[i], retired_at = to_timestamp(nullif(($8::bigint[])[i], 0))
FROM generate_series(1, $1::int) AS i WHERE g.account_id = ($2::bigint[])[i] AND g.grant_no = ($3::int[])[i]`

func queueGrants(b *pgx.Batch, changes []*change) {
	fresh := newColumns(17)
	var changed grantColumns
	for _, c := range changes {
		for _, g := range c.changedGrants() {
			if g.No <= c.before.GrantNo {
				changed.add(c.ID, &g)
				continue
			}
			i := c.grantInfo[g.No]
			fresh.add(c.ID, g.No, string(g.Meter), string(g.Kind), int64(g.Amount), g.GrantedAt.Time(), timeOrNull(g.ExpiresAt), array(g.Given[:]...),
				array(g.Repaid[:]...), int64(g.Expired), int64(g.TakenBack), timeOrNull(g.RetiredAt), i.Reference, orNull(i.Key), i.RequestHash, i.CreatedBy, c.mailedDays(g.No))
		}
	}
	if n := len(changed.ids); n > 0 {
		b.Queue(updateGrants, n, changed.ids, changed.numbers, changed.given, changed.repaid, changed.expired, changed.takenBack, changed.retired)
	}
	if len(fresh[0]) > 0 {
		b.Queue(insertGrants, fresh.args()...)
	}
}

// mailedDays is the notice of expiry that a new grant has had already.
func (c *change) mailedDays(no int32) int {
	if slices.Contains(c.noticed, no) {
		return 3
	}
	return 0
}

// grantColumns are changed grants as updateGrants takes them.
type grantColumns struct {
	ids, given, repaid, expired, takenBack, retired []int64
	numbers                                         []int32
}

func (u *grantColumns) add(account int64, g *billing.Grant) {
	u.ids, u.numbers = append(u.ids, account), append(u.numbers, g.No)
	u.given, u.repaid = appendAmounts(u.given, g.Given[:]...), appendAmounts(u.repaid, g.Repaid[:]...)
	u.expired, u.takenBack, u.retired = append(u.expired, int64(g.Expired)), append(u.takenBack, int64(g.TakenBack)), append(u.retired, int64(g.RetiredAt))
}

// changedGrants are the grants that differ from before the transaction, new ones included.
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

// wasSo reports whether a grant was just like this before the transaction. It looks from next on: grants keep their order, so the
// next one mostly stands there, and thousands of them take one walk.
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

const upsertDebt = `-- name: write debt by age
INSERT INTO debt AS d (account_id, meter, minute, category, amount)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::text[], $5::bigint[])
ON CONFLICT (account_id, meter, minute, category) DO UPDATE SET amount = d.amount + EXCLUDED.amount`

func queueDebt(b *pgx.Batch, changes []*change) {
	columns := newColumns(5)
	var debtFree, repaid []int64
	for _, c := range changes {
		sums := map[billing.DebtRun]billing.Amount{}
		for _, d := range c.Journal.Debt {
			amount := d.Amount
			d.Amount = 0
			sums[d] += amount
		}
		if len(sums) > 0 && c.Credits.Debt.Sum() == 0 && c.Runs.Debt.Sum() == 0 {
			debtFree = append(debtFree, c.ID)
			continue
		}
		for d, amount := range sums {
			columns.add(c.ID, string(d.Meter), d.Minute.Time(), string(d.Category), int64(amount))
		}
		if slices.ContainsFunc(c.Journal.Debt, func(d billing.DebtRun) bool { return d.Amount < 0 }) {
			repaid = append(repaid, c.ID)
		}
	}
	if len(columns[0]) > 0 {
		b.Queue(upsertDebt, columns.args()...)
	}
	if len(debtFree) > 0 {
		b.Queue(`-- name: forget repaid debt
DELETE FROM debt WHERE account_id = ANY($1::bigint[])`, debtFree)
	}
	if len(repaid) > 0 {
		b.Queue(`-- name: forget what is repaid of the debt
DELETE FROM debt WHERE account_id = ANY($1::bigint[]) AND amount = 0`, repaid)
	}
}

const endSegments = `-- name: end segments
UPDATE segment s SET ended_at = u.ended_at FROM unnest($1::bigint[], $2::timestamptz[]) AS u (segment_id, ended_at)
WHERE s.segment_id = u.segment_id`

func queueHosting(b *pgx.Batch, changes []*change) {
	columns := newColumns(2)
	for _, c := range changes {
		for _, s := range c.segments {
			columns.add(s.id, s.end.Time())
		}
		for _, stop := range c.Journal.Stops {
			for _, s := range stop.Segments {
				columns.add(s.ID, stop.At.Time())
			}
		}
	}
	if len(columns[0]) > 0 {
		b.Queue(endSegments, columns.args()...)
	}
}

// queueRare writes what few transactions have: statements and a moved plan.
func (c *change) queueRare(b *pgx.Batch) {
	for _, st := range c.Journal.Statements {
		f := st.Flows
		b.Queue(`-- name: close statement
INSERT INTO statement (account_id, cycle_no, meter, starts_at, ends_at, opening, granted, charged, refunded, expired, adjusted, closing)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, c.ID, st.Cycle, string(st.Meter), st.Start.Time(), st.End.Time(),
			int64(f.Opening), int64(f.Granted), int64(f.Charged), int64(f.Refunded), int64(f.Expired), int64(f.Adjusted), int64(f.Closing()))
	}
	if c.Journal.PlanMoved {
		b.Queue(`-- name: move plan
UPDATE account SET plan_id = $2, next_plan_id = $3, plan_ends = $4 WHERE account_id = $1`, c.ID, planID(c.Plan), planID(c.NextPlan), c.PlanEnds)
	}
}

func planID(p *billing.Plan) any {
	if p == nil {
		return nil
	}
	return p.ID
}

// queueNotify wakes the readers; PostgreSQL takes at most 8,000 bytes a message.
func queueNotify(b *pgx.Batch, changes []*change) {
	ids := map[string]bool{}
	for _, c := range changes {
		ids[strconv.FormatInt(c.ID, 10)] = true
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(ids)), 380) {
		b.Queue("-- name: notify\nSELECT pg_notify($1, $2)", Channel, strings.Join(part, ","))
	}
}
