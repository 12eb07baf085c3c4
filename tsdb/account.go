package tsdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// NewAccount describes an account to create. All of it is the content of the request: repeating the idempotency key
// with any part changed is a Conflict.
type NewAccount struct {
	Name           string
	IdempotencyKey string    // required: a repeat returns the first result
	BooksFrom      time.Time // zero: nothing is history
	PlanID         int64     // 0: none
	TimeZone       string    // IANA name; "": UTC
	NoMail         bool      // mails are stored, never sent (demo)
	Members        []access.Member
	// MemberID returns the opaque id of a member for the audit log; nil: none.
	MemberID func(account int64, userID string) string `json:"-"`
	Own
}

// CreateAccount makes an account with its two free grants, and its plan's grants if one is named, and returns its id.
// Repeating the idempotency key returns the first account, or Conflict if the content differs.
func (s *Store) CreateAccount(ctx context.Context, n NewAccount, by Actor) (id int64, err error) {
	// Required, because an account has no other identity by which a caller who got no answer could ask again.
	if err := checkKey(n.IdempotencyKey, true); err != nil {
		return 0, err
	}
	return s.createAccount(ctx, n, by)
}

// createAccount is like CreateAccount, but without an idempotency key every call makes another account.
func (s *Store) createAccount(ctx context.Context, n NewAccount, by Actor) (id int64, err error) {
	// The books count in whole seconds. The first cycle, the free grants and the account itself begin with
	// this one.
	now := s.Now().Truncate(time.Second)
	if err := validateAccount(n, now); err != nil {
		return 0, err
	}
	hash := requestHash(n)
	err = s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		var created bool
		id, created, err = insertAccount(ctx, tx, n, hash, now)
		// A repeat writes no audit entry: the first call has written it and opened the books.
		if err != nil || !created {
			return err
		}
		plan, err := s.openBooks(ctx, tx, id, n, now)
		if err != nil {
			return err
		}
		return s.auditCreated(ctx, tx, id, n, plan, by)
	})
	return id, err
}

// auditCreated writes what a new account begins with, and who its first members are. What was not said is left out.
func (s *Store) auditCreated(ctx context.Context, tx pgx.Tx, id int64, n NewAccount, plan *billing.Plan, by Actor) error {
	after := map[string]any{"name": n.Name}
	for name, value := range map[string]string{"externalId": n.ExternalID, "timeZone": n.TimeZone} {
		if value != "" {
			after[name] = value
		}
	}
	if !n.BooksFrom.IsZero() {
		after["booksFrom"] = n.BooksFrom.Truncate(time.Second).UTC()
	}
	if len(n.Tags) > 0 {
		after["tags"] = n.Tags
	}
	if plan != nil {
		after["plan"] = map[string]any{"name": plan.Name}
	}
	if err := s.Access.Audit(ctx, tx, access.AuditRow{AccountID: id, Actor: by, Action: access.AuditAccountCreated, Target: n.Name, After: after}); err != nil {
		return err
	}
	for _, m := range n.Members {
		target := ""
		if n.MemberID != nil {
			target = n.MemberID(id, m.UserID)
		}
		if err := s.Access.AuditMember(ctx, tx, id, m, target, by); err != nil {
			return err
		}
	}
	return nil
}

// validateAccount refuses what can be refused without the database, naming the argument as the contract does. A fault
// of a member is reported inside masterAdmin, the only member that the contract creates an account with.
func validateAccount(n NewAccount, now time.Time) error {
	if err := text.CheckName("name", n.Name); err != nil {
		return err
	}
	if err := n.Own.check(); err != nil {
		return err
	}
	if n.BooksFrom.Truncate(time.Second).After(now) { // the books count in seconds, so no moment of this one is in the future
		return refuse(Invalid, "booksFrom", "the books cannot begin in the future")
	}
	for i := range n.Members {
		if err := n.Members[i].Check(); err != nil {
			return inside("masterAdmin", err)
		}
	}
	return checkZone(n.TimeZone)
}

// DO NOTHING names no index: two calls with the same key and the same own id may conflict in either of two indexes, and
// the second call is a repeat, not an attempt to take a used own id. It has waited for the first to commit, so the
// following look-up by key sees the first one's row.
const insertAccountSQL = `-- name: create account
INSERT INTO account (name, idempotency_key, request_hash, created_at, books_from, plan_id, time_zone, mails, external_id, tags)
VALUES ($1, $2, $3, $4, $5, $6, coalesce(nullif($7, ''), 'UTC'), $8, $9, $10) ON CONFLICT DO NOTHING RETURNING account_id`

// insertAccount inserts the row, or finds the one with the same idempotency key.
func insertAccount(ctx context.Context, tx pgx.Tx, n NewAccount, hash string, now time.Time) (id int64, created bool, err error) {
	// The column is never null, so that no comparison with it needs a case of its own: an account without history has
	// books from 1970.
	booksFrom := time.Unix(0, 0).UTC()
	if !n.BooksFrom.IsZero() {
		booksFrom = n.BooksFrom.Truncate(time.Second)
	}
	err = tx.QueryRow(ctx, insertAccountSQL, n.Name, pg.OrNull(n.IdempotencyKey), hash, now, booksFrom, pg.OrNull(n.PlanID), n.TimeZone, !n.NoMail,
		pg.OrNull(n.ExternalID), n.Tags.stored()).Scan(&id)
	if err == nil {
		return id, true, nil
	}
	// The only foreign key of a new account is its plan.
	if pg.HasState(err, "23503") {
		return 0, false, refuse(NotFound, "planId", "there is no such plan")
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return 0, false, fmt.Errorf("create account: %w", err)
	}
	var first string
	err = tx.QueryRow(ctx, `-- name: find account by idempotency key
SELECT account_id, request_hash FROM account WHERE idempotency_key = $1`, n.IdempotencyKey).Scan(&id, &first)
	if errors.Is(err, pgx.ErrNoRows) { // so the conflict was not about the key
		return 0, false, ownIDTaken()
	}
	if err != nil {
		return 0, false, fmt.Errorf("find account: %w", err)
	}
	if first != hash {
		return 0, false, otherContent()
	}
	return id, false, nil
}

// openBooks makes the balance row, the free grants and the members of a new account. It returns the account's plan; nil
// for none.
func (s *Store) openBooks(ctx context.Context, tx pgx.Tx, id int64, n NewAccount, now time.Time) (*billing.Plan, error) {
	books := billing.NewAccount(id, billing.SecondOf(now), 0, billing.DefaultLimits())
	_, err := tx.Exec(ctx, `-- name: open balance
INSERT INTO balance (account_id, posted_until, cycle_start, cycle_end) VALUES ($1, $2, $3, $4)`,
		id, now, books.CycleStart.Time(), books.CycleEnd.Time())
	if err != nil {
		return nil, fmt.Errorf("open balance: %w", err)
	}
	// The foreign key is satisfied already. This also locks the plan, and refuses one that no longer takes accounts.
	if _, err := wantedPlan(ctx, tx, n.PlanID); err != nil {
		return nil, err
	}
	for _, m := range n.Members {
		if err := access.PutMember(ctx, tx, id, m, now); err != nil {
			return nil, err
		}
	}
	// From here on it is a change like any other, so that the first grants have ledger entries and a revision, and can
	// be explained like all later ones.
	changes, err := s.lockAccounts(ctx, tx, []int64{id}, changeOptions{debt: true})
	if err != nil {
		return nil, err
	}
	c := changes[0]
	if err := s.grantFree(c); err != nil {
		return nil, err
	}
	c.GrantPlan()
	return c.Plan, s.flush(ctx, tx, changes)
}

// Account is an account as of an instant: what is stored, advanced by the rules by which it is posted (rules.md §3).
// Its Journal holds what fell due and is not yet posted, except hosting, which Unposted returns and charts add to what
// they read.
type Account struct {
	*billing.Account
	Name         string
	TimeZone     string
	AsOf         time.Time
	Revision     int64                     // the last seq taken, plus Epoch
	Epoch        int64                     // the base of the epoch
	Posted       billing.Second            // what the tables show: hosting is posted up to here
	Thresholds   [2]billing.ThresholdState // as posted
	postedFree   [2]bool                   // free-expired as posted
	ledger       [2]billing.Amount         // the balances as posted: the sums of the ledger's entries
	grantNo      int32                     // the last grant as posted
	reservations []openReservation
	stopped      map[int64]bool // deployments that the negative limit has stopped since the last posting
}

// Reserved returns what open reservations set aside of a meter at AsOf.
func (a *Account) Reserved(m billing.Meter) billing.Amount {
	open := account{Reservations: a.reservations}
	return open.reserved(m, billing.SecondOf(a.AsOf))
}

// at advances a to an instant and returns it as an Account. a must not be used afterwards.
func (a *account) at(asOf time.Time) *Account {
	// Noted before the books move on: this is what the tables show, and what charts, banners and the unposted amount
	// start from.
	posted, free := a.At, [2]bool{a.Credits.FreeExpired, a.Runs.FreeExpired}
	ledger, grantNo := [2]billing.Amount{a.Credits.Balance(), a.Runs.Balance()}, a.GrantNo
	// Not BringUp, which makes an entry for each segment and minute: a read after a long outage would make millions of
	// entries that nobody needs.
	a.Foresee(billing.SecondOf(asOf))
	stopped := map[int64]bool{}
	for _, stop := range a.Journal.Stops {
		for i := range stop.Segments {
			stopped[stop.Segments[i].DeploymentID] = true
		}
	}
	return &Account{Account: a.Account, Name: a.Name, TimeZone: a.TimeZone, AsOf: asOf, Revision: a.base + a.Seq, Epoch: a.base, Posted: posted, Thresholds: a.Thresholds,
		postedFree: free, ledger: ledger, grantNo: grantNo, reservations: a.Reservations, stopped: stopped}
}

// UnpostedOf returns the balance at AsOf less the sum of the meter's ledger entries: hosting that has accrued, and
// expiries and rollovers that fell due, since the last posting (rules.md §3).
func (a *Account) UnpostedOf(m billing.Meter) billing.Amount {
	return a.Book(m).Balance() - a.ledger[meterIndex(m)]
}

// Unposted returns the hosting that has accrued since the last posting: which segments ran, and up to which second.
func (a *Account) Unposted() (ran []billing.Segment, end billing.Second) {
	if len(a.Journal.Stops) > 0 { // everything ended at the first stop: nothing starts by itself
		stop := &a.Journal.Stops[0]
		return stop.Segments, stop.At
	}
	return a.Running, a.At
}

// unpostedBy returns what unposted hosting has cost up to an instant.
func (a *Account) unpostedBy(at billing.Second) (sum billing.Amount) {
	ran, end := a.Unposted()
	for i := range ran {
		// Kept within both ends, because nothing is unposted before the last posting, and nothing accrues after a stop.
		sum += ran[i].Charge(a.Posted, max(a.Posted, min(at, end)))
	}
	return sum
}

// Accounts reads accounts as of now in one statement, ordered by id; unknown ids are missing from the result.
func (s *Store) Accounts(ctx context.Context, ids []int64) ([]*Account, error) {
	return readAccounts(ctx, s.pool, ids, s.Now())
}

func readAccounts(ctx context.Context, q pg.Querier, ids []int64, now time.Time) ([]*Account, error) {
	rows, err := q.Query(ctx, "-- name: read accounts"+loadAccounts, padded(ids), false, now)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	loaded, err := collectAccounts(rows)
	if err != nil {
		return nil, err
	}
	out := make([]*Account, len(loaded))
	for i, a := range loaded {
		out[i] = a.at(now)
	}
	return out, nil
}

// Account reads one account as of now. It returns NotFound if there is none.
func (s *Store) Account(ctx context.Context, id int64) (*Account, error) {
	accounts, err := s.Accounts(ctx, []int64{id})
	if err != nil {
		return nil, err
	}
	if len(accounts) == 0 {
		return nil, noAccount()
	}
	return accounts[0], nil
}

// CurrentAccount is like Account, for questions that are asked often: it reads the account only if it has changed.
func (s *Store) CurrentAccount(ctx context.Context, id int64) (*Account, error) {
	return s.accounts.account(ctx, id, s.Now())
}

func noAccount() *Error { return access.NoAccount() }

// NextMove returns the next instant at which the account's state changes by itself in more than accrual: a grant or a
// reservation ends, a cycle closes, or hosting carries the credits across a limit. A caller who has shown the state
// need not look again before then, unless a commit is heard of. The share used and the icon move with what accrues, and
// are shown with each posting.
func (a *Account) NextMove() time.Time {
	o := a.Outlook()
	next := a.CycleEnd
	earlier := func(t billing.Second) {
		if t != 0 && t < next {
			next = t
		}
	}
	// 0 stands for never in all of these.
	for _, t := range []billing.Second{a.Credits.NextExpiry(), a.Runs.NextExpiry(), o.FineTuneAt, o.LowAt, o.ExhaustedAt, o.StopAt} {
		earlier(t)
	}
	// Reservations that have timed out are still in the list if it was read for an earlier second.
	for _, h := range a.reservations {
		if h.expires > billing.SecondOf(a.AsOf) {
			earlier(h.expires)
		}
	}
	return next.Time()
}

// AccountByKey finds the account that was made with an idempotency key. It returns NotFound if there is none.
func (s *Store) AccountByKey(ctx context.Context, key string) (id int64, err error) {
	err = s.pool.QueryRow(ctx, `-- name: find account by idempotency key
SELECT account_id FROM account WHERE idempotency_key = $1`, key).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, noAccount()
	}
	if err != nil {
		return 0, fmt.Errorf("find account: %w", err)
	}
	return id, nil
}

// LimitsChange changes an account's limits, in micro-credits; nil leaves a limit as it is.
type LimitsChange struct {
	AccountID               int64
	FineTune, Low, Negative *billing.Amount
}

// wrongLimit returns the field of the first limit that would be refused even if the others had their defaults.
func wrongLimit(t billing.Limits) string {
	// Validate says only that one of the three is wrong. Each is tried beside the defaults, since its bounds do not
	// depend on the others.
	alone := billing.DefaultLimits()
	if alone.Low = t.Low; alone.Validate() != nil {
		return "lowCreditLimit"
	}
	if alone.FineTune = t.FineTune; alone.Validate() != nil {
		return "fineTuningLimit"
	}
	return "negativeLimit"
}

// SetLimits changes the limits of an account from its own second on. A limit that the balance has already reached acts
// at once, and hosting ends with this second. It holds the account's lock, so that if two callers each set another
// limit, neither is lost. It returns Invalid, naming the limit, for one beyond ±10^12 credits or on the wrong side of
// 0, and NotFound for an unknown account.
func (s *Store) SetLimits(ctx context.Context, r LimitsChange, by Actor) error {
	return s.changeAccount(ctx, r.AccountID, changeOptions{}, func(ctx context.Context, tx pgx.Tx, c *change) error {
		before := c.Limits
		for _, l := range []struct{ to, from *billing.Amount }{{&c.Limits.FineTune, r.FineTune}, {&c.Limits.Low, r.Low}, {&c.Limits.Negative, r.Negative}} {
			if l.from != nil {
				*l.to = *l.from
			}
		}
		if err := c.Limits.Validate(); err != nil {
			return refuse(Invalid, wrongLimit(c.Limits), "%s, each within 1,000,000,000,000 credits", err.Error())
		}
		// Limits are part of the state that subscribers see, although no balance has moved.
		c.touched = true
		_, err := tx.Exec(ctx, `-- name: set limits
UPDATE account SET fine_tune_limit = $2, low_limit = $3, negative_limit = $4, updated_at = $5 WHERE account_id = $1`,
			c.ID, c.Limits.FineTune, c.Limits.Low, c.Limits.Negative, c.Now.Time())
		if err != nil {
			return fmt.Errorf("set limits: %w", err)
		}
		return s.Access.Audit(ctx, tx, access.AuditRow{AccountID: c.ID, Actor: by, Action: access.AuditLimitsSet, Target: c.Name, Before: limitState(before), After: limitState(c.Limits)})
	})
}

// limitState returns an account's limits in credits, for the audit log.
func limitState(t billing.Limits) map[string]any {
	m := billing.ModelCredits
	return map[string]any{"fineTuningLimit": m.Format(t.FineTune), "lowCreditLimit": m.Format(t.Low), "negativeLimit": m.Format(t.Negative)}
}
