package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// account is one account as stored: its books and what stands beside them.
type account struct {
	*billing.Account
	Name     string
	TimeZone string
	Mails    bool // false: mails are stored, never sent
	Seq      int64
	Steps    [2]billing.StepState // by meterIndex
	Holds    []hold               // open reservations
}

// hold is what an open reservation keeps of a meter until it expires.
type hold struct {
	id      int64
	meter   int
	open    billing.Amount
	expires billing.Second
}

// meterIndex is the place of a meter in the balance row's arrays.
func meterIndex(m billing.Meter) int {
	if m == billing.ToolRuns {
		return 1
	}
	return 0
}

// held is what open holds keep of a meter at t.
func (a *account) held(m billing.Meter, t billing.Second) billing.Amount {
	var sum billing.Amount
	for _, h := range a.Holds {
		if h.meter == meterIndex(m) && h.expires > t {
			sum += h.open
		}
	}
	return sum
}

const lockAccounts = `-- name: lock accounts, in id order so that writers never deadlock
SELECT account_id FROM balance WHERE account_id = ANY($1::bigint[]) ORDER BY account_id FOR UPDATE`

// loadAccounts reads everything that the books of accounts consist of, one row an account. $1: ids, $2: read the debt by
// age, which repaying needs; $3: now. A rollover that is due may grant, and so repay: then the debt is read in any case. The stop charges
// its own second, so what falls due in the next one may be done too.
// Instants are whole seconds; date_part gives them exactly, without the numeric arithmetic of extract, which costs more than all else here.
// Free segments (rate 0) are no business of the books: they cost nothing and are never stopped.
const loadAccounts = `
SELECT b.account_id, a.name, a.time_zone, a.mails, b.seq, b.entry_no, b.grant_no, b.cycle_no,
       date_part('epoch', a.created_at)::bigint AS created,
       date_part('epoch', a.books_from)::bigint AS books_from,
       date_part('epoch', b.posted_until)::bigint AS posted_until,
       date_part('epoch', b.cycle_start)::bigint AS cycle_start,
       date_part('epoch', b.cycle_end)::bigint AS cycle_end,
       b.debts, b.free_expired, b.had_grant, b.flows, b.steps_reached, b.armings,
       a.fine_tune_limit, a.low_limit, a.negative_limit, a.plan_ends,
       p.plan_id, p.name AS plan_name, p.credits AS plan_credits, p.runs AS plan_runs,
       n.plan_id AS next_id, n.name AS next_name, n.credits AS next_credits, n.runs AS next_runs,
       (SELECT array_agg(ARRAY[g.grant_no, (g.meter = 'TOOL_RUNS')::int, array_position(ARRAY['FREE','TOP_UP','PLAN','ADJUSTMENT'], g.kind),
               g.amount, date_part('epoch', g.granted_at)::bigint, coalesce(date_part('epoch', g.expires_at)::bigint, 0),
               g.expired, g.taken_back, g.given[1], g.given[2], g.given[3], g.given[4], g.repaid[1], g.repaid[2], g.repaid[3], g.repaid[4]])
        FROM credit_grant g WHERE g.account_id = b.account_id AND g.retired_at IS NULL) AS grants,
       (SELECT array_agg(ARRAY[s.segment_id, s.deployment_id, s.resource_id, array_position(ARRAY['MODELS','GUARDRAILS','SCRIPTS'], s.category),
               s.replicas, s.rate, date_part('epoch', s.started_at)::bigint])
        FROM segment s WHERE s.account_id = b.account_id AND s.ended_at IS NULL AND s.rate > 0) AS running,
       (SELECT array_agg(ARRAY[r.reservation_id, (r.meter = 'TOOL_RUNS')::int, r.held - r.settled, ceil(date_part('epoch', r.expires_at))::bigint])
        FROM reservation r WHERE r.account_id = b.account_id AND r.status = 'OPEN' AND r.held > r.settled) AS holds,
       $2 OR (b.cycle_end <= $3::timestamptz + interval '1 second' AND (a.plan_id IS NOT NULL OR a.next_plan_id IS NOT NULL)) AS debt_known,
       CASE WHEN $2 OR (b.cycle_end <= $3::timestamptz + interval '1 second' AND (a.plan_id IS NOT NULL OR a.next_plan_id IS NOT NULL)) THEN
         (SELECT array_agg(ARRAY[(d.meter = 'TOOL_RUNS')::int, date_part('epoch', d.minute)::bigint,
                 array_position(ARRAY['MODELS','GUARDRAILS','SCRIPTS','TOOLS'], d.category), d.amount])
          FROM debt d WHERE d.account_id = b.account_id AND d.amount <> 0) END AS debt
FROM balance b JOIN account a USING (account_id)
LEFT JOIN plan p ON p.plan_id = a.plan_id
LEFT JOIN plan n ON n.plan_id = a.next_plan_id
WHERE b.account_id = ANY($1::bigint[]) ORDER BY b.account_id`

// accountRow is a row of loadAccounts. It is scanned by column and, where the row travels as a document inside another
// query's answer, decoded from JSON; both by the same names.
type accountRow struct {
	AccountID     int64     `db:"account_id" json:"account_id"`
	Name          string    `db:"name" json:"name"`
	TimeZone      string    `db:"time_zone" json:"time_zone"`
	Mails         bool      `db:"mails" json:"mails"`
	Seq           int64     `db:"seq" json:"seq"`
	EntryNo       int64     `db:"entry_no" json:"entry_no"`
	GrantNo       int32     `db:"grant_no" json:"grant_no"`
	CycleNo       int32     `db:"cycle_no" json:"cycle_no"`
	Created       int64     `db:"created" json:"created"`
	BooksFrom     int64     `db:"books_from" json:"books_from"`
	PostedUntil   int64     `db:"posted_until" json:"posted_until"`
	CycleStart    int64     `db:"cycle_start" json:"cycle_start"`
	CycleEnd      int64     `db:"cycle_end" json:"cycle_end"`
	Debts         []int64   `db:"debts" json:"debts"`
	FreeExpired   []bool    `db:"free_expired" json:"free_expired"`
	HadGrant      []bool    `db:"had_grant" json:"had_grant"`
	Flows         []int64   `db:"flows" json:"flows"`
	StepsReached  []int64   `db:"steps_reached" json:"steps_reached"`
	Armings       []int64   `db:"armings" json:"armings"`
	FineTuneLimit int64     `db:"fine_tune_limit" json:"fine_tune_limit"`
	LowLimit      int64     `db:"low_limit" json:"low_limit"`
	NegativeLimit int64     `db:"negative_limit" json:"negative_limit"`
	PlanEnds      bool      `db:"plan_ends" json:"plan_ends"`
	PlanID        *int64    `db:"plan_id" json:"plan_id"`
	PlanName      *string   `db:"plan_name" json:"plan_name"`
	PlanCredits   *int64    `db:"plan_credits" json:"plan_credits"`
	PlanRuns      *int64    `db:"plan_runs" json:"plan_runs"`
	NextID        *int64    `db:"next_id" json:"next_id"`
	NextName      *string   `db:"next_name" json:"next_name"`
	NextCredits   *int64    `db:"next_credits" json:"next_credits"`
	NextRuns      *int64    `db:"next_runs" json:"next_runs"`
	Grants        [][]int64 `db:"grants" json:"grants"`
	Running       [][]int64 `db:"running" json:"running"`
	Holds         [][]int64 `db:"holds" json:"holds"`
	DebtKnown     bool      `db:"debt_known" json:"debt_known"`
	Debt          [][]int64 `db:"debt" json:"debt"`
}

// lockAndLoad locks accounts in id order and reads their books, in one round trip, ordered by id. Unknown ids are missing
// in the answer. The read is a statement of its own: it must see what was committed while the lock was waited for.
func lockAndLoad(ctx context.Context, tx pgx.Tx, ids []int64, debt bool, now time.Time) ([]*account, error) {
	var b pgx.Batch
	b.Queue(lockAccounts, ids)
	b.Queue("-- name: load accounts"+loadAccounts, ids, debt, now)
	results := tx.SendBatch(ctx, &b)
	defer results.Close()
	if _, err := results.Exec(); err != nil {
		return nil, fmt.Errorf("lock accounts: %w", err)
	}
	rows, err := results.Query()
	if err != nil {
		return nil, fmt.Errorf("load accounts: %w", err)
	}
	accounts, err := collectAccounts(rows)
	if err != nil {
		return nil, err
	}
	return accounts, results.Close()
}

func collectAccounts(rows pgx.Rows) ([]*account, error) {
	found, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[accountRow])
	if err != nil {
		return nil, fmt.Errorf("load accounts: %w", err)
	}
	accounts := make([]*account, len(found))
	for i, r := range found {
		accounts[i] = r.account()
	}
	return accounts, nil
}

// account turns a row into books.
func (r *accountRow) account() *account {
	a := &account{Name: r.Name, TimeZone: r.TimeZone, Mails: r.Mails, Seq: r.Seq}
	a.Account = &billing.Account{
		ID: r.AccountID, Created: billing.Second(r.Created), BooksFrom: billing.Second(r.BooksFrom),
		At: billing.Second(r.PostedUntil), Now: billing.Second(r.PostedUntil),
		Cycle: r.CycleNo, CycleStart: billing.Second(r.CycleStart), CycleEnd: billing.Second(r.CycleEnd),
		Thresholds: billing.Thresholds{FineTune: billing.Amount(r.FineTuneLimit), Low: billing.Amount(r.LowLimit), Negative: billing.Amount(r.NegativeLimit)},
		Plan:       planOf(r.PlanID, r.PlanName, r.PlanCredits, r.PlanRuns), NextPlan: planOf(r.NextID, r.NextName, r.NextCredits, r.NextRuns),
		PlanEnds: r.PlanEnds, EntryNo: r.EntryNo, GrantNo: r.GrantNo,
	}
	for i, m := range billing.Meters() {
		b := a.Book(m)
		b.Meter, b.FreeExpired, b.HadGrant, b.QueueKnown = m, r.FreeExpired[i], r.HadGrant[i], r.DebtKnown
		b.Flows = flowsOf(r.Flows[6*i : 6*i+6])
		a.Steps[i] = stepStateOf(r.StepsReached[i], r.Armings, i)
	}
	for i, c := range billing.Categories() {
		a.Book(c.Meter()).Debt[i] = billing.Amount(r.Debts[i])
	}
	r.fill(a)
	a.Sort()
	return a
}

func planOf(id *int64, name *string, credits, runs *int64) *billing.Plan {
	if id == nil {
		return nil
	}
	return &billing.Plan{ID: *id, Name: *name, Credits: billing.Amount(*credits), Runs: billing.Amount(*runs)}
}

func flowsOf(f []int64) billing.Flows {
	s := func(i int) billing.Amount { return billing.Amount(f[i]) }
	return billing.Flows{Opening: s(0), Granted: s(1), Charged: s(2), Refunded: s(3), Expired: s(4), Adjusted: s(5)}
}

// fill reads the nested rows: grants, running segments, holds, debt.
func (r *accountRow) fill(a *account) {
	meters, kinds := billing.Meters(), []billing.GrantKind{billing.Free, billing.TopUp, billing.PlanGrant, billing.AdjustmentGrant}
	categories := billing.Categories()
	for _, g := range r.Grants {
		b := a.Book(meters[g[1]])
		b.Grants = append(b.Grants, billing.Grant{
			No: int32(g[0]), Meter: b.Meter, Kind: kinds[g[2]-1], Amount: billing.Amount(g[3]), GrantedAt: billing.Second(g[4]),
			ExpiresAt: billing.Second(g[5]), Expired: billing.Amount(g[6]), TakenBack: billing.Amount(g[7]), Given: slicesOf(g[8:12]), Repaid: slicesOf(g[12:16]),
		})
	}
	for _, s := range r.Running {
		a.Running = append(a.Running, billing.Segment{ID: s[0], DeploymentID: s[1], ResourceID: s[2], Category: categories[s[3]-1],
			Replicas: s[4], RatePerHour: billing.Amount(s[5]), Start: billing.Second(s[6])})
	}
	for _, h := range r.Holds {
		a.Holds = append(a.Holds, hold{id: h[0], meter: int(h[1]), open: billing.Amount(h[2]), expires: billing.Second(h[3])})
	}
	for _, d := range r.Debt {
		b := a.Book(meters[d[0]])
		b.Queue = append(b.Queue, billing.DebtRun{Meter: b.Meter, Minute: billing.Second(d[1]), Category: categories[d[2]-1], Amount: billing.Amount(d[3])})
	}
}

func slicesOf(v []int64) (s billing.Slices) {
	for i := range s {
		s[i] = billing.Amount(v[i])
	}
	return s
}
