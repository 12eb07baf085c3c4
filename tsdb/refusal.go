package tsdb

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// Bounds of the refusals that are remembered.
const (
	MaxRefusals     = 10_000 // of an account; the oldest go first
	refusalsAWrite  = 500    // of an account, between two writes
	refusalsWaiting = 5_000  // of all accounts, before they are written
	refusalPause    = time.Second
	refusalPatience = 20 * time.Second
	maxRefusalText  = 600 // bytes of a message
)

// Refusal is an event that was not stored. It is for people who want to know why their usage is missing, so it keeps
// the event as it came, however wrong it was.
type Refusal struct {
	No       int64 // of the list; larger ones are later
	At       time.Time
	Endpoint string    // recordUsage, /v1/events, /v1/traces, /v1/metrics, /api/v1/write, consume; counters: see sweptEndpoint
	Source   string    // as it came
	ID       string    // as it came
	Time     time.Time // zero: missing, or not readable
	Kind     UsageKind // "": not known
	Code     UsageCode // CONFLICT too
	Message  string
}

// RefusalOf returns the refusal in an event's result; ok is false if the event was stored, now or before. A conflict
// counts: the event was not stored, and its sender has to do something about it. A voided event does not count.
func RefusalOf(endpoint string, e *UsageEvent, r *UsageResult) (refusal Refusal, ok bool) {
	code := r.Code
	switch r.Status {
	case UsageRefused:
	case UsageConflict:
		code = UsageCode(UsageConflict)
	default:
		return refusal, false
	}
	return Refusal{Endpoint: endpoint, Source: e.Source, ID: e.ID, Time: e.Time, Kind: e.Kind, Code: code, Message: r.Message}, true
}

// RefusalLog remembers refusals beside the way of events: noting one neither waits nor fails. It writes once a second.
// What does not fit its bounds is lost and counted. If each refused event waited for a table, a broken client could
// slow the others down; lost says how many refusals that costs.
type RefusalLog struct {
	store   *Store
	writing sync.Mutex // held by whoever writes
	mu      sync.Mutex
	waiting map[int64][]Refusal
	held    int
	ended   bool // the last write has taken what was waiting
	lost    atomic.Int64
	stop    chan struct{}
	done    chan struct{}
	once    sync.Once
}

// NewRefusalLog starts the writer.
func NewRefusalLog(store *Store) *RefusalLog {
	l := &RefusalLog{store: store, waiting: map[int64][]Refusal{}, stop: make(chan struct{}), done: make(chan struct{})}
	go l.run()
	return l
}

// Lost returns how many refusals were not remembered.
func (l *RefusalLog) Lost() int64 {
	if l == nil {
		return 0
	}
	return l.lost.Load()
}

// Note remembers a refusal of an account's event. A nil log remembers nothing, and neither does a stopped one, which
// counts the refusal as lost.
func (l *RefusalLog) Note(account int64, r Refusal) {
	if l == nil || account <= 0 {
		return
	}
	// When it was refused, of which the event's own time says nothing.
	r.At = l.store.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	// After the last write nobody would write it, so it would wait forever.
	if l.ended || l.held >= refusalsWaiting || len(l.waiting[account]) >= refusalsAWrite {
		l.lost.Add(1)
		return
	}
	l.waiting[account] = append(l.waiting[account], r)
	l.held++
}

// Stop writes what is waiting, and ends the writer.
func (l *RefusalLog) Stop() {
	if l == nil {
		return
	}
	l.once.Do(func() { close(l.stop) })
	<-l.done
}

// run writes once a second until the log is stopped. A write that takes longer skips ticks, and nothing else.
func (l *RefusalLog) run() {
	defer close(l.done)
	pause := time.NewTicker(refusalPause)
	defer pause.Stop()
	for {
		select {
		case <-l.stop:
			l.mu.Lock()
			l.ended = true
			l.mu.Unlock()
			l.Flush(context.Background())
			return
		case <-pause.C:
			l.Flush(context.Background())
		}
	}
}

// Flush writes what is waiting, after any write under way. What cannot be written is lost, and logged.
func (l *RefusalLog) Flush(ctx context.Context) {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	// Taken away under the lock and written without it: noting goes on meanwhile.
	taken, n := l.waiting, l.held
	l.waiting, l.held = map[int64][]Refusal{}, 0
	l.mu.Unlock()
	if n == 0 {
		return
	}
	// A database that does not answer must not hold up the log, or a process that ends, forever.
	ctx, cancel := context.WithTimeout(ctx, refusalPatience)
	defer cancel()
	// They are not tried again: if the table does not take them, they would pile up.
	if err := l.store.writeRefusals(ctx, taken); err != nil {
		l.lost.Add(int64(n))
		l.store.log.Warn("refusals are not remembered", "refusals", n, "error", err)
	}
}

const (
	insertRefusals = `-- name: remember refusals
INSERT INTO usage_refusal (account_id, at, endpoint, source, event_id, time, kind, code, message)
SELECT u.account_id, u.at, u.endpoint, u.source, u.event_id, u.time, u.kind, u.code, u.message
FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[], $9::text[])
  WITH ORDINALITY u (account_id, at, endpoint, source, event_id, time, kind, code, message, place)
WHERE EXISTS (SELECT FROM account a WHERE a.account_id = u.account_id) ORDER BY u.place`
	forgetBeyond = `-- name: forget the oldest refusals of accounts
DELETE FROM usage_refusal r USING unnest($1::bigint[]) a (account_id)
WHERE r.account_id = a.account_id AND r.refusal_no <= (SELECT o.refusal_no FROM usage_refusal o WHERE o.account_id = a.account_id ORDER BY o.refusal_no DESC OFFSET $2 LIMIT 1)`
)

// writeRefusals stores refusals in a transaction of their own.
func (s *Store) writeRefusals(ctx context.Context, taken map[int64][]Refusal) error {
	return s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error { return putRefusals(ctx, tx, taken) })
}

// putRefusals stores refusals, but none of an account that does not exist: its number may be made up, and such rows
// would never be listed. What an account has beyond MaxRefusals is deleted in the same transaction.
func putRefusals(ctx context.Context, tx pgx.Tx, taken map[int64][]Refusal) error {
	// Columns and not rows, because one statement takes any number of them.
	columns, accounts := pg.NewColumns(9), make([]int64, 0, len(taken))
	for account, refusals := range taken {
		accounts = append(accounts, account)
		for _, r := range refusals {
			columns.Add(account, r.At, r.Endpoint, shortened(r.Source, MaxSourceLen), shortened(r.ID, MaxIDLen), storable(r.Time), string(r.Kind), string(r.Code),
				shortened(r.Message, maxRefusalText))
		}
	}
	var b pgx.Batch
	b.Queue(insertRefusals, columns.Args()...)
	b.Queue(forgetBeyond, accounts, MaxRefusals)
	return tx.SendBatch(ctx, &b).Close()
}

// shortened returns a text as it can be stored and shown, in at most n bytes. Invalid UTF-8 and NUL, which a text
// column cannot hold, become U+FFFD.
func shortened(s string, n int) string {
	return text.Cut(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD"), n)
}

// storable returns a time that a column can hold, or nil for any other, which comes from a broken clock or parser. The
// message has what was sent.
func storable(t time.Time) any {
	if t.Year() < 1970 || t.Year() > 9999 {
		return nil
	}
	return t
}

// DropRefusals deletes refusals that are older than Settings.RefusalRetention, some thousands per transaction, and
// returns how many.
func (s *Store) DropRefusals(ctx context.Context) (dropped int64, err error) {
	// By the rows' places, so that a step finds by index which rows to delete and locks no others.
	const step = 5000
	for {
		tag, err := s.pool.Exec(ctx, `-- name: forget old refusals
DELETE FROM usage_refusal WHERE ctid = ANY(ARRAY(SELECT ctid FROM usage_refusal WHERE at < $1 ORDER BY at LIMIT $2))`, s.Now().Add(-s.settings.RefusalRetention), step)
		if err != nil {
			return dropped, fmt.Errorf("forget refusals: %w", err)
		}
		if dropped += tag.RowsAffected(); tag.RowsAffected() < step {
			return dropped, nil
		}
	}
}

// RefusalFilter says which refusals to list; a refusal must match every part that is given.
type RefusalFilter struct {
	Codes      []string // nil: any; empty: none
	Endpoint   *string  // nil: any
	Source, ID *string  // nil: any; "": none was given
	From, To   time.Time
}

const refusalsWhere = `
FROM usage_refusal WHERE account_id = $1 AND ($2::text[] IS NULL OR code = ANY($2::text[])) AND ($3::text IS NULL OR endpoint = $3) AND ($4::text IS NULL OR source = $4) AND ($5::text IS NULL OR event_id = $5)
  AND ($6::timestamptz IS NULL OR at >= $6) AND ($7::timestamptz IS NULL OR at < $7) AND at >= $8`

// Refusals lists the refusals of an account's events, latest first. Those older than the setting are not listed, even
// if the job has not dropped them yet.
func (s *Store) Refusals(ctx context.Context, account int64, f RefusalFilter, p Page, total bool) (page Paged[Refusal], err error) {
	args := []any{account, f.Codes, f.Endpoint, f.Source, f.ID, pg.OrNull(f.From), pg.OrNull(f.To), s.Now().Add(-s.settings.RefusalRetention)}
	clause, all := p.Clause([]string{"refusal_no"}, args)
	rows, err := s.charts.Query(ctx, "-- name: list refusals\nSELECT refusal_no, at, endpoint, source, event_id, coalesce(time, '0001-01-01Z'), kind, code, message"+refusalsWhere+clause, all...)
	if err != nil {
		return page, fmt.Errorf("list refusals: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Refusal, err error) {
		err = row.Scan(&r.No, &r.At, &r.Endpoint, &r.Source, &r.ID, &r.Time, &r.Kind, &r.Code, &r.Message)
		r.At, r.Time = r.At.UTC(), r.Time.UTC()
		return r, err
	})
	if err != nil {
		return page, fmt.Errorf("list refusals: %w", err)
	}
	page = pg.CutPage(p, list)
	if total {
		if err := s.charts.QueryRow(ctx, "-- name: count refusals\nSELECT count(*)"+refusalsWhere, args...).Scan(&page.Total); err != nil {
			return page, fmt.Errorf("count refusals: %w", err)
		}
	}
	return page, nil
}
