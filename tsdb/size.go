package tsdb

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// sizes keeps how much accounts hold, so that a question can be priced before it is asked (decisions/access.md). Sizes are
// about right: they are counted at most once in sizesLife.
type sizes struct {
	mu       sync.Mutex
	days     map[sizeKey]*daySizes
	things   map[int64]things
	weight   int // of days and things
	accounts size
	tables   map[string]*tableSize // of all accounts
}

type sizeKey struct {
	account int64
	table   string
}

// tableSize is the size of a table by chunks, as far as the database's statistics know it.
type tableSize struct {
	chunks []chunkSize
	at     time.Time
}

type chunkSize struct {
	from, to time.Time
	rows     int64
}

// things are how many resources and deployments an account has, and how many combinations of what its usage carries.
type things struct {
	resources, combinations int64
	at                      time.Time
}

type size struct {
	rows int64
	at   time.Time
}

// daySizes are an account's rows in a table, by days since 1970, as far as some have any.
type daySizes struct {
	from, to int64
	days     []int64
	rows     []int64 // those up to and including the day of the same index
	at       time.Time
}

const (
	sizesLife  = 10 * time.Minute
	maxSizes   = 500_000   // days and other numbers; beyond, all are forgotten
	mostSized  = 1_000_000 // rows that are counted; more cost the same
	dayOfEpoch = int64(wholeDay / time.Second)
)

// What a row costs, in hundredths of the dearest kind, of which a hundred cost a point: rows of usage that are grouped by what
// they carry. Measured by scripts/measure attack.
const (
	WeightAttributed = 100
	WeightUsed       = 30
	WeightEvent      = 100
	WeightEntry      = 100
	WeightThing      = 300 // a resource or a deployment of a list
	WeightFilled     = 50  // a row that groups are filled up with
	WeightPriced     = 200 // an event that is priced once more
	WeightAccount    = 60  // an account of a list
)

// PayThings pays for a list that is made of all that an account has.
func (r *Reader) PayThings(ctx context.Context, account int64) error {
	if !pg.IsPaid(ctx) {
		return nil
	}
	n, err := r.store.sizes.thingsOf(ctx, r.Ask, r.AsOf(), account)
	if err == nil {
		err = pg.Pay(ctx, n.resources*WeightThing/100)
	}
	return err
}

// PayFilled pays for groups that are filled up with a row for each bucket: as many as there may be, but at most most.
// They are told apart by mostThings of what the account has, and by what its usage carries if ofCombinations says so.
func (r *Reader) PayFilled(ctx context.Context, account int64, buckets, most, mostThings int64, ofCombinations bool) error {
	if !pg.IsPaid(ctx) {
		return nil
	}
	n, err := r.store.sizes.thingsOf(ctx, r.Ask, r.AsOf(), account)
	if err != nil {
		return err
	}
	groups := 1 + min(n.resources, mostThings)
	if ofCombinations {
		groups *= 1 + n.combinations
	}
	return pg.Pay(ctx, min(groups, most)*buckets*WeightFilled/100)
}

// PayRows pays for what a statement is about to read of a table: the rows of some accounts within a span; nil are all
// accounts. weight is what a row costs, in hundredths.
func (r *Reader) PayRows(ctx context.Context, accounts []int64, table string, from, to time.Time, weight int64) error {
	return r.store.payRows(ctx, r.Ask, r.AsOf(), accounts, table, from, to, weight)
}

func (s *Store) payRows(ctx context.Context, ask asks, now time.Time, accounts []int64, table string, from, to time.Time, weight int64) error {
	if !pg.IsPaid(ctx) {
		return nil
	}
	n, err := s.sizes.rows(ctx, ask, now, accounts, table, from, to)
	if err == nil {
		err = pg.Pay(ctx, n*weight/100)
	}
	return err
}

// asks is a way to put a statement to the database.
type asks func(ctx context.Context, sql string, args, columns []any, scan func() error) error

// asking returns a way to ask a pool or a transaction.
func asking(db pg.Querier) asks {
	return func(ctx context.Context, sql string, args, columns []any, scan func() error) error {
		rows, err := db.Query(ctx, sql, args...)
		if err == nil {
			_, err = pgx.ForEachRow(rows, columns, scan)
		}
		return err
	}
}

func (s *sizes) fresh(at, now time.Time) bool { return !at.IsZero() && now.Sub(at) < sizesLife }

// makeRoom makes room for more numbers. The lock is held.
func (s *sizes) makeRoom(n int) {
	if s.weight += n; s.weight > maxSizes || s.days == nil {
		s.days, s.things, s.weight = map[sizeKey]*daySizes{}, map[int64]things{}, n
	}
}

const countThings = `-- name: count what an account has
SELECT (SELECT count(*) FROM resource WHERE account_id = $1) + (SELECT count(*) FROM deployment WHERE account_id = $1),
  (SELECT count(*) FROM (SELECT FROM attribution WHERE account_id = $1 LIMIT 100000) of_account)`

// thingsOf returns how much an account has.
func (s *sizes) thingsOf(ctx context.Context, ask asks, now time.Time, account int64) (things, error) {
	s.mu.Lock()
	known := s.things[account]
	s.mu.Unlock()
	if s.fresh(known.at, now) {
		return known, nil
	}
	known.at = now
	if err := ask(ctx, countThings, []any{account}, []any{&known.resources, &known.combinations}, noScan); err != nil {
		return known, fmt.Errorf("count what an account has: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.makeRoom(1)
	s.things[account] = known
	return known, nil
}

func noScan() error { return nil }

// allAccounts returns how many accounts there are.
func (s *sizes) allAccounts(ctx context.Context, ask asks, now time.Time) (int64, error) {
	s.mu.Lock()
	known := s.accounts
	s.mu.Unlock()
	if s.fresh(known.at, now) {
		return known.rows, nil
	}
	known.at = now
	if err := ask(ctx, "-- name: how many accounts there are\nSELECT count(*) FROM account", nil, []any{&known.rows}, noScan); err != nil {
		return 0, fmt.Errorf("count accounts: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts = known
	return known.rows, nil
}

const countDays = `-- name: count the rows of an account's days
SELECT floor(extract(epoch FROM at) / 86400)::bigint, count(*) FROM (SELECT %[2]s AS at FROM %[1]s WHERE account_id = $1 AND %[2]s >= $2 AND %[2]s < $3 LIMIT %[3]d) of_days
GROUP BY 1 ORDER BY 1`

// sizedTables are the tables whose rows are counted, and the column of their time.
var sizedTables = map[string]string{"usage_minute": "bucket", "usage_quarter": "bucket", "usage_day": "bucket", "attributed_quarter": "bucket", "attributed_day": "bucket",
	"usage_event": "time", "ledger_entry": "posted_at"}

// rowsOf returns how many rows of a table an account has within a span.
func (s *sizes) rowsOf(ctx context.Context, ask asks, now time.Time, account int64, table string, from, to time.Time) (int64, error) {
	if !from.Before(to) {
		return 0, nil
	}
	first, end := dayNumber(from), dayNumber(to.Add(wholeDay-1))
	key := sizeKey{account: account, table: table}
	s.mu.Lock()
	known := s.days[key]
	s.mu.Unlock()
	if known != nil && s.fresh(known.at, now) {
		if known.from <= first && known.to >= end {
			return known.within(from, to), nil
		}
		first, end = min(first, known.from), max(end, known.to)
	}
	known = &daySizes{from: first, to: end, at: now}
	var day, n, sum int64
	sql := fmt.Sprintf(countDays, table, sizedTables[table], mostSized)
	err := ask(ctx, sql, []any{account, time.Unix(first*dayOfEpoch, 0).UTC(), time.Unix(end*dayOfEpoch, 0).UTC()}, []any{&day, &n}, func() error {
		sum += n
		known.days, known.rows = append(known.days, day), append(known.rows, sum)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("count rows of days: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.makeRoom(len(known.days) + 2)
	s.days[key] = known
	return known.within(from, to), nil
}

const selectChunks = `-- name: sizes of a table's chunks
SELECT i.range_start, i.range_end, greatest(c.reltuples, pg_relation_size(c.oid) / 200)::bigint
FROM timescaledb_information.chunks i JOIN pg_class c ON c.oid = format('%I.%I', i.chunk_schema, i.chunk_name)::regclass WHERE i.hypertable_name = $1`

// rowsOfAll estimates how many rows of a table all accounts have within a span.
func (s *sizes) rowsOfAll(ctx context.Context, ask asks, now time.Time, table string, from, to time.Time) (sum int64, err error) {
	s.mu.Lock()
	known := s.tables[table]
	s.mu.Unlock()
	if known == nil || !s.fresh(known.at, now) {
		known = &tableSize{at: now}
		var c chunkSize
		err := ask(ctx, selectChunks, []any{table}, []any{&c.from, &c.to, &c.rows}, func() error { known.chunks = append(known.chunks, c); return nil })
		if err != nil {
			return 0, fmt.Errorf("read sizes of chunks: %w", err)
		}
		s.mu.Lock()
		if s.tables == nil {
			s.tables = map[string]*tableSize{}
		}
		s.tables[table] = known
		s.mu.Unlock()
	}
	for _, c := range known.chunks {
		since, until := later(c.from, from), earlier(c.to, to)
		if since.Before(until) {
			sum += int64(float64(c.rows) * float64(until.Sub(since)) / float64(c.to.Sub(c.from)))
		}
	}
	return sum, nil
}

// rows returns about how many rows of a table some accounts have within a span; nil are all.
func (s *sizes) rows(ctx context.Context, ask asks, now time.Time, accounts []int64, table string, from, to time.Time) (int64, error) {
	if len(accounts) == 1 {
		return s.rowsOf(ctx, ask, now, accounts[0], table, from, to)
	}
	sum, err := s.rowsOfAll(ctx, ask, now, table, from, to)
	if err != nil || accounts == nil {
		return sum, err
	}
	all, err := s.allAccounts(ctx, ask, now)
	return sum * min(int64(len(accounts)), all) / max(all, 1), err
}

func dayNumber(t time.Time) int64 { return t.Unix() / dayOfEpoch }

// within returns how many rows lie within a span. Of a day of which only a part is asked for, so large a part of the rows
// counts.
func (d *daySizes) within(from, to time.Time) int64 {
	return d.before(to) - d.before(from)
}

// before returns how many rows lie before an instant.
func (d *daySizes) before(t time.Time) int64 {
	day := dayNumber(t)
	i, found := slices.BinarySearch(d.days, day)
	sum := int64(0)
	if i > 0 {
		sum = d.rows[i-1]
	}
	if found {
		sum += (d.rows[i] - sum) * (t.Unix() - day*dayOfEpoch) / dayOfEpoch
	}
	return sum
}
