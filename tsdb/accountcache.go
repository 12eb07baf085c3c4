package tsdb

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// accountCache keeps accounts as they are stored, for questions about the state of one account: access and
// creditStatus. Nothing in it is used without asking the database: each answer rests on a statement that began after
// its question came in and read the versions of the account's rows. Questions that come in while such statements are
// under way share the next one.
type accountCache struct {
	pool *pgxpool.Pool
	now  func() time.Time

	mu     sync.Mutex
	next   *accountFlight // gathers questions; nil: there are none
	flying int            // statements under way
	// recent and before hold the cached accounts. An account that is asked for moves to recent; when recent is full it
	// becomes before, and the previous before is forgotten.
	recent, before map[int64]*cachedAccount
	weight         int // of recent
}

const (
	accountFlights = 2 // statements under way at once
	// maxCachedWeight bounds recent, and so does it before, in grants, segments, reservations and debts of about 100
	// bytes each.
	maxCachedWeight = 200_000
	weightOfAccount = 12
	// cacheLife is how long a version is trusted. PostgreSQL numbers transactions with 32 bits and uses each number
	// again after 4 billion others.
	cacheLife     = time.Minute
	flightTimeout = 30 * time.Second
)

// accountVersion identifies the rows that an account was read from by the transactions that wrote them. What an account
// consists of changes only together with its balance row, under its lock; its name and limits are in the account's own
// row, and what its plans grant is in theirs. A restored or promoted database was started at another instant, so a
// number that it uses again is not taken for the same; besides, the balance row has a random number.
type accountVersion struct {
	random, balance, account, plan, next, started, base int64
}

// The transaction that wrote a row is its xmin, which every change moves, even one made by hand. A row that does not
// exist, such as that of a plan, has none.
const accountVersionParts = `b.version AS random, b.xmin AS balance_version, a.xmin AS account_version, p.xmin AS plan_version, n.xmin AS next_version,
  (SELECT (date_part('epoch', pg_postmaster_start_time()) * 1000000)::bigint) AS started, ` + EpochBase + ` AS base`

// LIMIT keeps PostgreSQL to look-ups by key: for a handful of accounts it would otherwise read all of a small table.
const selectAccountVersions = `-- name: compare versions of accounts
SELECT b.account_id, ` + accountVersionParts + `
FROM balance b CROSS JOIN LATERAL (SELECT xmin, plan_id, next_plan_id FROM account WHERE account_id = b.account_id LIMIT 1) a
LEFT JOIN LATERAL (SELECT xmin FROM plan WHERE plan_id = a.plan_id LIMIT 1) p ON true
LEFT JOIN LATERAL (SELECT xmin FROM plan WHERE plan_id = a.next_plan_id LIMIT 1) n ON true
WHERE b.account_id = ANY($1::bigint[])`

func readAccountVersion(r *pg.BinaryRow) accountVersion {
	return accountVersion{random: r.Bigint(), balance: r.Bigint(), account: r.Bigint(), plan: r.Bigint(), next: r.Bigint(), started: r.Bigint(), base: r.Bigint()}
}

// cachedAccount is an account as stored in one version.
type cachedAccount struct {
	stored  *account
	version accountVersion
	readAt  time.Time
	latest  atomic.Pointer[Account] // as of the second that was asked for most recently
}

// at returns the account as of an instant; ok is false if what is cached does not suffice for that. The result is
// shared by all who ask within the same second and must not be changed; only its AsOf is the caller's own.
func (c *cachedAccount) at(asOf time.Time) (*Account, bool) {
	second := billing.SecondOf(asOf)
	// The books count in seconds, so within one nothing accrues, and the last answer holds.
	if last := c.latest.Load(); last != nil && billing.SecondOf(last.AsOf) == second {
		out := *last
		out.AsOf = asOf
		return &out, true
	}
	if !c.suffices(second) {
		return nil, false
	}
	a := *c.stored
	// Foresee works on the books in place, and the stored ones must stay as they are.
	a.Account = c.stored.Clone()
	// They were read as of the instant of another question, perhaps an earlier one, so some may have ended since.
	a.Reservations = nil
	for _, r := range c.stored.Reservations {
		if r.expires > second {
			a.Reservations = append(a.Reservations, r)
		}
	}
	out := a.at(asOf)
	c.latest.Store(out)
	return out, true
}

// suffices makes the same decision as debtKnown: a rollover that is due may repay debt, and debt by age is not read
// with every account. The cycle may close a second before the clock says so, if a posting has moved the account to the
// end of its second (decisions/engine.md).
func (c *cachedAccount) suffices(at billing.Second) bool {
	s := c.stored
	return s.Credits.QueueKnown || s.CycleEnd > at+1 || s.Plan == nil && s.NextPlan == nil
}

// weight returns what an account counts towards maxCachedWeight.
func (c *cachedAccount) weight() int {
	s := c.stored
	return weightOfAccount + len(s.Credits.Grants) + len(s.Runs.Grants) + len(s.Credits.Queue) + len(s.Runs.Queue) + len(s.Running) + len(s.Reservations)
}

// accountFlight is one statement that answers several questions.
type accountFlight struct {
	of    context.Context // of the first question, for its trace; its end does not end the statement
	asOf  time.Time       // the earliest instant asked for
	debt  bool            // debt by age is needed
	ids   map[int64]bool
	done  chan struct{}
	err   error
	found map[int64]*cachedAccount
}

// account returns an account as of an instant, as stored at some moment after the call. It returns NotFound if there is
// none.
func (c *accountCache) account(ctx context.Context, id int64, asOf time.Time) (*Account, error) {
	found, err := c.current(ctx, id, asOf, false)
	if err != nil {
		return nil, err
	}
	if a, ok := found.at(asOf); ok {
		return a, nil
	}
	// Again, with debt by age. Few accounts are in debt while a rollover is due, so most questions cost one statement.
	if found, err = c.current(ctx, id, asOf, true); err != nil {
		return nil, err
	}
	a, _ := found.at(asOf)
	return a, nil
}

// current returns what is stored of an account, as found after the call.
func (c *accountCache) current(ctx context.Context, id int64, asOf time.Time, debt bool) (*cachedAccount, error) {
	f := c.join(ctx, id, asOf, debt)
	select {
	case <-f.done:
	// A caller who gives up does not end the statement, which goes on for the others.
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if f.err != nil {
		return nil, fmt.Errorf("read accounts: %w", f.err)
	}
	if a := f.found[id]; a != nil {
		return a, nil
	}
	return nil, noAccount()
}

// join adds a question to the statement that begins next, never to one under way, which may have read before the
// question came in, so that its answer could be older than what the caller has already heard of.
func (c *accountCache) join(ctx context.Context, id int64, asOf time.Time, debt bool) *accountFlight {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next == nil {
		c.next = &accountFlight{of: context.WithoutCancel(ctx), asOf: asOf, ids: map[int64]bool{}, done: make(chan struct{})}
	}
	f := c.next
	f.ids[id], f.debt = true, f.debt || debt
	// The earliest, because reservations that have ended by then are not read; at leaves out those that end later.
	if asOf.Before(f.asOf) {
		f.asOf = asOf
	}
	if c.flying < accountFlights {
		c.flying++
		go c.fly()
	}
	return f
}

// fly answers questions until there are none.
func (c *accountCache) fly() {
	for {
		c.mu.Lock()
		f := c.next
		c.next = nil
		if f == nil {
			c.flying--
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		f.found, f.err = c.answer(f)
		close(f.done)
	}
}

// answer checks whether the cached accounts are current, and reads the others. It does so for everybody who waits, so
// none of them may end it.
func (c *accountCache) answer(f *accountFlight) (map[int64]*cachedAccount, error) {
	ctx, cancel := context.WithTimeout(f.of, flightTimeout)
	defer cancel()
	// Two statements at most: one compares all cached accounts, the other reads all that are new or have changed.
	found, unknown := make(map[int64]*cachedAccount, len(f.ids)), []int64{}
	kept := c.lookUp(f)
	if len(kept) > 0 {
		if err := c.compare(ctx, kept, found); err != nil {
			return nil, err
		}
	}
	for id := range f.ids {
		if found[id] == nil {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) > 0 {
		if err := c.read(ctx, unknown, f, found); err != nil {
			return nil, err
		}
	}
	// Accounts that were current are kept again too: they move to recent, so that what is asked for is not forgotten.
	c.keep(found)
	return found, nil
}

// lookUp finds the cached accounts among those that are asked for.
func (c *accountCache) lookUp(f *accountFlight) map[int64]*cachedAccount {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := make(map[int64]*cachedAccount, len(f.ids))
	for id := range f.ids {
		a := c.recent[id]
		if a == nil {
			a = c.before[id]
		}
		if a != nil && c.now().Sub(a.readAt) < cacheLife && (!f.debt || a.stored.Credits.QueueKnown) {
			kept[id] = a
		}
	}
	return kept
}

// compare adds to found the cached accounts whose version is the stored one.
func (c *accountCache) compare(ctx context.Context, kept, found map[int64]*cachedAccount) error {
	rows, err := c.pool.Query(ctx, selectAccountVersions, padded(idsOf(kept)))
	if err != nil {
		return err
	}
	return pg.ReadRows(rows, nil, func(r pg.BinaryRow) {
		id := r.Bigint()
		if a := kept[id]; a != nil && a.version == readAccountVersion(&r) {
			found[id] = a
		}
	})
}

func idsOf(accounts map[int64]*cachedAccount) []int64 {
	ids := make([]int64, 0, len(accounts))
	for id := range accounts {
		ids = append(ids, id)
	}
	return ids
}

// read adds accounts to found, as they are stored now.
func (c *accountCache) read(ctx context.Context, ids []int64, f *accountFlight, found map[int64]*cachedAccount) error {
	now := c.now()
	rows, err := c.pool.Query(ctx, loadAccountVersions, padded(ids), f.debt, f.asOf)
	if err != nil {
		return err
	}
	return collectVersions(rows, func(a *account, v accountVersion) { found[a.ID] = &cachedAccount{stored: a, version: v, readAt: now} })
}

// keep caches what was found, as far as there is room.
func (c *accountCache) keep(found map[int64]*cachedAccount) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, a := range found {
		if c.recent[id] == a {
			continue
		}
		if old := c.recent[id]; old != nil {
			c.weight -= old.weight()
		}
		// A single account may weigh more than the bound: then only that one is kept, and it is forgotten next.
		if c.recent == nil || c.weight+a.weight() > maxCachedWeight {
			c.recent, c.before, c.weight = map[int64]*cachedAccount{}, c.recent, 0
		}
		c.recent[id] = a
		c.weight += a.weight()
	}
}

// collectVersions reads the result of loadAccountVersions.
func collectVersions(rows pgx.Rows, add func(*account, accountVersion)) error {
	return pg.ReadRows(rows, nil, func(r pg.BinaryRow) {
		row := readNestedRow(&r)
		v := readAccountVersion(&r)
		row.Base = v.base
		add(row.nested(), v)
	})
}
