package tsdb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Reader answers all questions of one operation about accounts from one snapshot and one instant, so that its figures
// agree with each other: creditStatus, overview, trend and tabs. It takes a connection at the first question and gives
// it back at Close. Its methods may be called concurrently; the database answers them one after the other.
type Reader struct {
	store   *Store
	pool    *pgxpool.Pool
	asOf    time.Time
	mu      sync.Mutex
	conn    *pgxpool.Conn // of tx
	tx      pgx.Tx        // nil: there is no snapshot yet
	leave   func()        // gives the snapshot's place back
	known   map[int64]*Account
	alone   bool  // nothing but an account is asked for
	wrong   error // why the account wrongOf could not be read alone; asking again gives the same error
	wrongOf int64
}

// Read opens a Reader as of now, which must be closed. One is enough for an operation: there are fewer snapshots than
// operations, so two in one operation may wait for each other. asOf is read before the snapshot is taken, so it is a
// little older than what the snapshot shows, never newer: what has accrued is computed up to asOf from books that are
// at least as new.
func (s *Store) Read() *Reader {
	return &Reader{store: s, pool: s.charts, asOf: s.Now(), known: map[int64]*Account{}}
}

// AsOf returns the instant of all answers.
func (r *Reader) AsOf() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asOf
}

// Alone says that nothing but the state of one account will be asked for. Then no snapshot is taken: one statement
// checks whether the remembered account is current, and accountcache.go says what that saves. It must be called
// before the first question.
func (r *Reader) Alone() { r.alone = true }

// Renew makes the next question take a new snapshot at a new instant, after a commit of the same operation.
func (r *Reader) Renew(ctx context.Context) {
	r.Close(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asOf, r.known, r.wrong = r.store.Now(), map[int64]*Account{}, nil
}

// rollbackPatience is how long a database may take to end a snapshot before its connection is given up.
const rollbackPatience = 5 * time.Second

// Close ends the snapshot. Nobody waits for that: there is nothing to lose, and waiting would cost the answer a round
// trip.
func (r *Reader) Close(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tx == nil {
		return
	}
	go endSnapshot(context.WithoutCancel(ctx), r.conn, r.tx, r.leave) // the caller's own may have ended
	r.conn, r.tx, r.leave = nil, nil, nil
}

func endSnapshot(ctx context.Context, conn *pgxpool.Conn, tx pgx.Tx, leave func()) {
	ctx, cancel := context.WithTimeout(ctx, rollbackPatience)
	defer cancel()
	_ = tx.Rollback(ctx) // read-only
	conn.Release()
	leave()
}

// snapshotsOf returns the places of snapshots in a pool of so many connections. Half of them are the share of a caller,
// unless the Store is one beside another, for ad-hoc questions: who asks those has waited for a place already, and must
// not wait for an export of one's own, which may hold a snapshot for hours.
func snapshotsOf(beside *Store, connections int) *pg.Turns {
	places := max(1, connections-1)
	if beside != nil {
		return pg.NewTurns(places, places)
	}
	return pg.NewTurns(places, max(1, places/2))
}

// begin takes the snapshot, unless there is one. The lock is held. A snapshot is taken by the first question and not
// before, because many operations need none.
func (r *Reader) begin(ctx context.Context) (pgx.Tx, error) {
	if r.tx == nil {
		if err := r.send(ctx, func(*pgx.Batch) {}); err != nil {
			return nil, fmt.Errorf("begin snapshot: %w", err)
		}
	}
	return r.tx, nil
}

// send puts questions to the snapshot in one round trip; the first ones begin it. The lock is held.
func (r *Reader) send(ctx context.Context, queue func(*pgx.Batch)) error {
	var b pgx.Batch
	if r.tx != nil {
		queue(&b)
		return r.tx.SendBatch(ctx, &b).Close()
	}
	// Before the connection, so that whoever waits here holds none.
	leave, err := r.store.snapshots.Enter(ctx)
	if err != nil {
		return fmt.Errorf("wait for a snapshot: %w", err)
	}
	conn, err := r.pool.Acquire(ctx)
	if err != nil {
		leave()
		return err
	}
	b.BeginTx(pgx.TxOptions{BeginQuery: "-- name: begin a snapshot\nBEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"})
	queue(&b)
	answers := conn.SendBatch(ctx, &b)
	err = answers.Close()
	// In any other case there is a transaction, even if it has failed, and Close must end it.
	if conn.Conn().IsClosed() || conn.Conn().PgConn().TxStatus() == 'I' { // it did not even begin
		conn.Release()
		leave()
		return err
	}
	r.conn, r.tx, r.leave = conn, answers.Tx(), leave
	return err
}

// Account returns an account as of the Reader's instant. It returns NotFound if there is none. It asks the database
// once.
func (r *Reader) Account(ctx context.Context, id int64) (*Account, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.account(ctx, id)
}

// about puts questions about an account to the snapshot that the account itself comes from, so what is posted there and
// what the account's Journal adds never overlap. fn must not call the Reader.
func (r *Reader) about(ctx context.Context, id int64, fn func(tx pgx.Tx, a *Account) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, err := r.account(ctx, id)
	if err != nil {
		return err
	}
	return fn(r.tx, a)
}

// account is Account, with the lock held. Afterwards there is a snapshot, unless the account was read alone.
func (r *Reader) account(ctx context.Context, id int64) (*Account, error) {
	if a := r.known[id]; a != nil {
		return a, nil
	}
	// If there is a snapshot by now, the account is read from it, so that one answer never mixes two states.
	if r.alone && r.tx == nil {
		if r.wrong != nil && r.wrongOf == id {
			return nil, r.wrong
		}
		a, err := r.store.accounts.account(ctx, id, r.asOf)
		if err == nil {
			r.known[id] = a
		}
		r.wrong, r.wrongOf = err, id
		return a, err
	}
	if err := r.learn(ctx, []int64{id}); err != nil {
		return nil, err
	}
	if r.known[id] == nil {
		return nil, noAccount()
	}
	return r.known[id], nil
}

// The pool of charts plans every statement again, because charts need plans for their own values. Accounts are read most
// often, and planning that statement takes longer than running it. These settings last until the transaction ends;
// DEFAULT would restore what the server starts with.
const (
	keepPlan = "-- name: keep the plan\nSET LOCAL plan_cache_mode = auto"
	planEach = "-- name: plan each call\nSET LOCAL plan_cache_mode = force_custom_plan"
)

// learn reads accounts into known, in one round trip. The lock is held.
func (r *Reader) learn(ctx context.Context, ids []int64) error {
	if err := r.send(ctx, func(b *pgx.Batch) { r.queueAccounts(b, ids) }); err != nil {
		return fmt.Errorf("read accounts: %w", err)
	}
	return nil
}

// queueAccounts queues the reading of accounts, which are known once it is answered.
func (r *Reader) queueAccounts(b *pgx.Batch, ids []int64) {
	// All three go in the same batch: three statements, one round trip.
	b.Queue(keepPlan)
	b.Queue("-- name: read accounts"+loadAccounts, padded(ids), false, r.asOf).Query(func(rows pgx.Rows) error {
		loaded, err := collectAccounts(rows)
		for _, a := range loaded {
			r.known[a.ID] = a.at(r.asOf)
		}
		return err
	})
	b.Queue(planEach)
}

// Question is a statement, its arguments, where the columns of a row go, and what is called for each row.
type Question struct {
	SQL           string
	Args, Columns []any
	Scan          func() error
}

// Query asks something about an account and returns the account as well, from the same snapshot and in one round trip.
// scan is called for each row, after its columns are set. It returns NotFound if there is no such account.
func (r *Reader) Query(ctx context.Context, account int64, sql string, args []any, columns []any, scan func() error) (*Account, error) {
	return r.QueryAll(ctx, account, Question{sql, args, columns, scan})
}

// QueryAll is Query for several questions, answered in their order.
func (r *Reader) QueryAll(ctx context.Context, account int64, questions ...Question) (*Account, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	asked := questions[0]
	err := r.send(ctx, func(b *pgx.Batch) {
		// An account that is known to this snapshot is not read again, because the snapshot shows nothing else.
		if r.known[account] == nil {
			r.queueAccounts(b, []int64{account})
		}
		for _, q := range questions {
			b.Queue(q.SQL, q.Args...).Query(func(rows pgx.Rows) error {
				asked = q
				_, err := pgx.ForEachRow(rows, q.Columns, q.Scan)
				return err
			})
		}
	})
	switch {
	case err != nil:
		name, _, _ := strings.Cut(asked.SQL, "\n")
		return nil, fmt.Errorf("read %s: %w", name, pg.SumsFit(err))
	case r.known[account] == nil:
		return nil, noAccount()
	}
	return r.known[account], nil
}

// Ask asks something in the Reader's snapshot. scan is called for each row, after its columns are set.
func (r *Reader) Ask(ctx context.Context, sql string, args, columns []any, scan func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	tx, err := r.begin(ctx)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, columns, scan)
	return pg.SumsFit(err)
}

// AccountsAsOf reads accounts as of the Reader's instant, those that it does not know yet in one statement.
func (r *Reader) AccountsAsOf(ctx context.Context, ids []int64) ([]*Account, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// The order of ids is the caller's; an id that stands twice is answered twice.
	unknown := slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return r.known[id] != nil })
	if len(unknown) > 0 {
		if err := r.learn(ctx, unknown); err != nil {
			return nil, err
		}
	}
	var out []*Account
	for _, id := range ids {
		if a := r.known[id]; a != nil {
			out = append(out, a)
		}
	}
	return out, nil
}
