package tsdb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// account is one account as stored: its books and what belongs to them. Writers load it under its lock, and change it;
// readers load it from a snapshot, and advance it to their instant without writing (Foresee).
type account struct {
	*billing.Account
	Name         string
	TimeZone     string
	Mails        bool // false: mails are stored, never sent
	Seq          int64
	base         int64                     // the base of the epoch, from which revisions count; 0 for writers
	Thresholds   [2]billing.ThresholdState // by meterIndex
	Reservations []openReservation         // open reservations
}

// openReservation is what a reservation sets aside of a meter until it expires. open is in micro-credits or runs.
// expires is a whole second, rounded up: from that second on nothing is set aside.
type openReservation struct {
	id      int64
	meter   int
	open    billing.Amount
	expires billing.Second
}

// meterIndex returns the place of a meter in the balance row's arrays.
func meterIndex(m billing.Meter) int {
	if m == billing.ToolRuns {
		return 1
	}
	return 0
}

// meterOf returns the meter at a place in the balance row's arrays.
func meterOf(index int64) billing.Meter {
	if index == 1 {
		return billing.ToolRuns
	}
	return billing.ModelCredits
}

// reserved returns what open reservations set aside of a meter at t. Reservations that have timed out stay in the
// table, so the instant decides and not the status.
func (a *account) reserved(m billing.Meter, t billing.Second) billing.Amount {
	var sum billing.Amount
	for _, h := range a.Reservations {
		if h.meter == meterIndex(m) && h.expires > t {
			sum += h.open
		}
	}
	return sum
}

// accountRow is a row of loadAccounts. Instants are whole seconds since 1970 and amounts are in micro-credits or runs.
// Arrays of two are by meterIndex, arrays of four by category; Flows has six sums for each meter.
type accountRow struct {
	AccountID         int64
	Name              string
	TimeZone          string
	Mails             bool
	Seq               int64
	EntryNo           int64
	GrantNo           int32
	CycleNo           int32
	Created           int64
	BooksFrom         int64
	PostedUntil       int64
	CycleStart        int64
	CycleEnd          int64
	Debts             []int64
	FreeExpired       []bool
	HadGrant          []bool
	Flows             []int64
	ThresholdsReached []int64
	Armings           []int64
	FineTuneLimit     int64
	LowLimit          int64
	NegativeLimit     int64
	PlanEnds          bool
	PlanID            *int64
	PlanName          *string
	PlanCredits       *int64
	PlanRuns          *int64
	NextID            *int64
	NextName          *string
	NextCredits       *int64
	NextRuns          *int64
	Grants            [][]int64
	Running           [][]int64
	Reservations      [][]int64
	DebtKnown         bool
	Debt              [][]int64
	Base              int64
}

// lockAndLoad locks accounts in the order of ids and reads their books, ordered by id, in one round trip; debt by age,
// if there is any to be read, takes another. Unknown ids are missing from the result. The order keeps writers of the
// same accounts from deadlocking. ids has each id once.
func lockAndLoad(ctx context.Context, tx pgx.Tx, ids []int64, debt bool, now time.Time) ([]*account, error) {
	var b pgx.Batch
	found := queueLoad(&b, ids, debt, now)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return nil, fmt.Errorf("lock and load accounts: %w", err)
	}
	return found.complete(ctx, tx)
}

// queueLoad queues the lock of accounts and, in separate statements, the reading of their books, which must see what
// was committed while the lock was waited for.
func queueLoad(b *pgx.Batch, ids []int64, debt bool, now time.Time) *loading {
	// The lock comes first: READ COMMITTED gives each statement a snapshot of its own, so what follows sees what others
	// committed before they let go.
	found := newLoading(len(ids))
	b.Queue(lockAccounts, padded(ids)).Query(found.locked)
	found.queueBooks(b, ids, debt, now)
	return found
}

func newLoading(n int) *loading {
	return &loading{at: make(map[int64]*account, n), versions: make(map[int64]int64, n)}
}

// queueBooks queues the reading of the books of locked accounts. It takes four statements and not one, because writers
// read hundreds of accounts, and arrays of arrays cost more than all else (load_sql.go).
func (l *loading) queueBooks(b *pgx.Batch, ids []int64, debt bool, now time.Time) {
	if len(ids) == 0 {
		return
	}
	ids = padded(ids)
	b.Queue(loadBalances, ids, debt, now).Query(l.balances)
	b.Queue(loadGrants, ids).Query(l.parts((*account).addGrant))
	b.Queue(loadSegments, ids).Query(l.parts((*account).addSegment))
	b.Queue(loadReservations, ids, now).Query(l.parts((*account).addReservation))
}

// complete reads the debt of accounts that owe, after the queued statements were answered, and returns the accounts.
// Most accounts owe nothing, so most transactions do not wait for this.
func (l *loading) complete(ctx context.Context, tx pgx.Tx) ([]*account, error) {
	if len(l.owing) > 0 {
		rows, err := tx.Query(ctx, loadDebt, l.owing)
		if err == nil {
			err = l.parts((*account).addDebt)(rows)
		}
		if err != nil {
			return nil, fmt.Errorf("load debt: %w", err)
		}
	}
	for _, a := range l.accounts {
		// The rows come in any order. Grants are kept in the order in which usage draws from them, segments in the order
		// in which they accrue within a second.
		a.Sort()
	}
	return l.accounts, nil
}

// padded repeats an id until a list has ten. Ten is the length that PostgreSQL assumes of a list that it does not know:
// for a shorter one it hopes for a better plan than the one it keeps, and makes one at every call, which takes longer
// than reading an account.
func padded(ids []int64) []int64 {
	const expected = 10
	if n := len(ids); n > 0 && n < expected {
		return append(slices.Clone(ids), slices.Repeat(ids[:1], expected-n)...)
	}
	return ids
}

// loading holds accounts whose parts are read one after the other.
type loading struct {
	accounts []*account
	at       map[int64]*account
	versions map[int64]int64 // of locked accounts
	owing    []int64         // accounts whose debt by age is needed, and not empty
}

// locked notes an account's version, by which memory knows whether it is current.
func (l *loading) locked(rows pgx.Rows) error {
	return pg.ReadRows(rows, nil, func(r pg.BinaryRow) {
		id := r.Bigint()
		l.versions[id] = r.Bigint()
	})
}

// balances makes the accounts, without their parts.
func (l *loading) balances(rows pgx.Rows) error {
	return pg.ReadRows(rows, accountColumns, func(r pg.BinaryRow) {
		row := readAccountRow(&r)
		a := row.account()
		l.accounts, l.at[a.ID] = append(l.accounts, a), a
		if row.DebtKnown && a.Credits.Debt.Sum()+a.Runs.Debt.Sum() > 0 {
			l.owing = append(l.owing, a.ID)
		}
	})
}

// parts returns a reader of rows that have an account's id and the values of a part; arrays among them are read element
// by element.
func (l *loading) parts(add func(*account, []int64)) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var values []int64
		return pg.ReadRows(rows, nil, func(r pg.BinaryRow) {
			a := l.at[r.Bigint()]
			for values = values[:0]; r.More(); {
				values = r.AppendTo(values)
			}
			// An account that is missing here can only be one that another transaction has made since.
			if a != nil {
				add(a, values)
			}
		})
	}
}

// collectAccounts reads the result of loadAccounts.
func collectAccounts(rows pgx.Rows) (accounts []*account, err error) {
	err = pg.ReadRows(rows, append(slices.Clone(accountColumns), "grants", "running", "reservations", "debt", "base"), func(r pg.BinaryRow) {
		row := readNestedRow(&r)
		row.Base = r.Bigint()
		accounts = append(accounts, row.nested())
	})
	if err != nil {
		return nil, fmt.Errorf("load accounts: %w", err)
	}
	return accounts, nil
}

// readNestedRow reads a row with the parts that selectNested nests in it, in their order.
func readNestedRow(r *pg.BinaryRow) *accountRow {
	row := readAccountRow(r)
	row.Grants, row.Running, row.Reservations, row.Debt = r.Table(), r.Table(), r.Table(), r.Table()
	return row
}

// accountColumns are the columns of accountParts, in the order in which readAccountRow reads them.
var accountColumns = strings.Fields(`account_id name time_zone mails seq entry_no grant_no cycle_no created books_from posted_until cycle_start cycle_end
debts free_expired had_grant flows steps_reached armings fine_tune_limit low_limit negative_limit plan_ends
plan_id plan_name plan_credits plan_runs next_id next_name next_credits next_runs debt_known`)

// readAccountRow reads the columns one after the other. If one is added in one place and not in the other, ReadRows
// notices, because it compares the names.
func readAccountRow(r *pg.BinaryRow) *accountRow {
	return &accountRow{
		AccountID: r.Bigint(), Name: r.Text(), TimeZone: r.Text(), Mails: r.Boolean(), Seq: r.Bigint(), EntryNo: r.Bigint(),
		GrantNo: int32(r.Bigint()), CycleNo: int32(r.Bigint()), Created: r.Bigint(), BooksFrom: r.Bigint(), PostedUntil: r.Bigint(),
		CycleStart: r.Bigint(), CycleEnd: r.Bigint(), Debts: r.Bigints(), FreeExpired: r.Booleans(), HadGrant: r.Booleans(), Flows: r.Bigints(),
		ThresholdsReached: r.Bigints(), Armings: r.Bigints(), FineTuneLimit: r.Bigint(), LowLimit: r.Bigint(), NegativeLimit: r.Bigint(), PlanEnds: r.Boolean(),
		PlanID: r.BigintOrNil(), PlanName: r.TextOrNil(), PlanCredits: r.BigintOrNil(), PlanRuns: r.BigintOrNil(),
		NextID: r.BigintOrNil(), NextName: r.TextOrNil(), NextCredits: r.BigintOrNil(), NextRuns: r.BigintOrNil(),
		DebtKnown: r.Boolean(),
	}
}

// account turns a row into books, without their parts.
func (r *accountRow) account() *account {
	a := &account{Name: r.Name, TimeZone: r.TimeZone, Mails: r.Mails, Seq: r.Seq, base: r.Base}
	a.Account = &billing.Account{
		ID: r.AccountID, Created: billing.Second(r.Created), BooksFrom: billing.Second(r.BooksFrom),
		At: billing.Second(r.PostedUntil), Now: billing.Second(r.PostedUntil),
		Cycle: r.CycleNo, CycleStart: billing.Second(r.CycleStart), CycleEnd: billing.Second(r.CycleEnd),
		Limits: billing.Limits{FineTune: billing.Amount(r.FineTuneLimit), Low: billing.Amount(r.LowLimit), Negative: billing.Amount(r.NegativeLimit)},
		Plan:   planOf(r.PlanID, r.PlanName, r.PlanCredits, r.PlanRuns), NextPlan: planOf(r.NextID, r.NextName, r.NextCredits, r.NextRuns),
		PlanEnds: r.PlanEnds, EntryNo: r.EntryNo, GrantNo: r.GrantNo,
	}
	for i, m := range billing.Meters() {
		b := a.Book(m)
		// QueueKnown says that the debt by age was read; without it the books refuse to repay, rather than repay in a
		// wrong order.
		b.Meter, b.FreeExpired, b.HadGrant, b.QueueKnown = m, r.FreeExpired[i], r.HadGrant[i], r.DebtKnown
		b.Flows = flowsOf(r.Flows[6*i : 6*i+6])
		a.Thresholds[i] = thresholdStateOf(r.ThresholdsReached[i], r.Armings, i)
	}
	for i, c := range billing.Categories() {
		a.Book(c.Meter()).Debt[i] = billing.Amount(r.Debts[i])
	}
	return a
}

// nested returns the account with the parts that the row holds.
func (r *accountRow) nested() *account {
	a := r.account()
	for _, part := range []struct {
		rows [][]int64
		add  func(*account, []int64)
	}{{r.Grants, (*account).addGrant}, {r.Running, (*account).addSegment}, {r.Reservations, (*account).addReservation}, {r.Debt, (*account).addDebt}} {
		for _, values := range part.rows {
			part.add(a, values)
		}
	}
	a.Sort()
	return a
}

// planOf returns a plan, or nil if the account has none.
func planOf(id *int64, name *string, credits, runs *int64) *billing.Plan {
	if id == nil {
		return nil
	}
	return &billing.Plan{ID: *id, Name: *name, Credits: billing.Amount(*credits), Runs: billing.Amount(*runs)}
}

// flowsOf returns the six sums of the current cycle, which are in the order of the balance row's array.
func flowsOf(f []int64) billing.Flows {
	s := func(i int) billing.Amount { return billing.Amount(f[i]) }
	return billing.Flows{Opening: s(0), Granted: s(1), Charged: s(2), Refunded: s(3), Expired: s(4), Adjusted: s(5)}
}

// kindOf returns the kind that grantParts numbers. Kinds are numbers, because the parts of an account are sent as
// bigints alone.
func kindOf(number int64) billing.GrantKind {
	return [...]billing.GrantKind{billing.Free, billing.TopUp, billing.PlanGrant, billing.AdjustmentGrant}[number-1]
}

// categoryOf returns the category that the parts number.
func categoryOf(number int64) billing.Category { return billing.Categories()[number-1] }

// addGrant adds a grant from grantParts and grantSlices: 8 numbers, then what the grant gave and repaid by category.
// Retired grants are not loaded.
func (a *account) addGrant(v []int64) {
	b := a.Book(meterOf(v[1]))
	if b.Grants == nil {
		b.Grants = make([]billing.Grant, 0, 4)
	}
	b.Grants = append(b.Grants, billing.Grant{
		No: int32(v[0]), Meter: b.Meter, Kind: kindOf(v[2]), Amount: billing.Amount(v[3]), GrantedAt: billing.Second(v[4]),
		ExpiresAt: billing.Second(v[5]), Expired: billing.Amount(v[6]), TakenBack: billing.Amount(v[7]), Given: slicesOf(v[8:12]), Repaid: slicesOf(v[12:16]),
	})
}

func (a *account) addSegment(v []int64) {
	a.Running = append(a.Running, billing.Segment{ID: v[0], DeploymentID: v[1], ResourceID: v[2], Category: categoryOf(v[3]),
		Replicas: v[4], RatePerHour: billing.Amount(v[5]), Start: billing.Second(v[6])})
}

func (a *account) addReservation(v []int64) {
	a.Reservations = append(a.Reservations, openReservation{id: v[0], meter: int(v[1]), open: billing.Amount(v[2]), expires: billing.Second(v[3])})
}

// addDebt adds a run of debt from debtParts: what a minute left unpaid in one category.
func (a *account) addDebt(v []int64) {
	b := a.Book(meterOf(v[0]))
	b.Queue = append(b.Queue, billing.DebtRun{Meter: b.Meter, Minute: billing.Second(v[1]), Category: categoryOf(v[2]), Amount: billing.Amount(v[3])})
}

func slicesOf(v []int64) (s billing.Slices) {
	for i := range s {
		s[i] = billing.Amount(v[i])
	}
	return s
}
