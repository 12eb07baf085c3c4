package charts

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// resourceSums are what each resource of an account used on some days: up to three figures, by ascending id.
type resourceSums struct {
	ids  []int64
	sums [][3]int64
}

// add adds a resource's figures. They come by ascending id, in the order of the statement, so that of can search by
// halving.
func (s *resourceSums) add(id int64, sum [3]int64) {
	s.ids, s.sums = append(s.ids, id), append(s.sums, sum)
}

// of returns what a resource used, or zeros. A resource without usage has no entry, which saves most of the memory if
// few of many are used.
func (s *resourceSums) of(id int64) [3]int64 {
	if i, found := slices.BinarySearch(s.ids, id); found {
		return s.sums[i]
	}
	return [3]int64{}
}

// daySums keeps what the resources of accounts used on past days, so that a page of few of ten thousand resources need
// not add up all of their days. Nothing in it is used unasked: each answer's own snapshot tells which transactions
// wrote the account's days last, and what was read from others is read again. See accountCache in tsdb, whose versions
// are made the same way.
type daySums struct {
	mu sync.Mutex
	// recent and before hold the sums. Sums that are asked for move to recent; when recent is full it becomes before.
	recent, before map[daysKey]*keptSums
	weight         int // of recent
}

// daysKey says which days were added up. A day that is not over is never among them: edges are read each time.
type daysKey struct {
	account  int64
	category billing.Category
	from, to int64 // unix seconds
}

// keptSums are sums with the version of the account's days from which they were read.
type keptSums struct {
	resourceSums
	version []int64
	readAt  time.Time
}

const (
	// maxKeptSums bounds recent, and so does it before, in resources of 32 bytes each; every entry counts as
	// weightOfSums more.
	maxKeptSums    = 500_000
	weightOfSums   = 100
	sumsLife       = time.Hour // a number of a transaction is used again after 4 billion others
	fewestKeptDays = 3         // fewer are added up each time
)

// daySumsKey is the key under which the Store keeps daySums for this room, without knowing what they are.
type daySumsKey struct{}

// daySumsOf returns the sums that all readers of a Store share; those of another Store of the same process have others.
func daySumsOf(store *tsdb.Store) *daySums {
	kept, _ := store.Kept(daySumsKey{}, &daySums{}).(*daySums)
	return kept
}

// find returns what is kept under a version, or nil.
func (d *daySums) find(key daysKey, version []int64, now time.Time) *resourceSums {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept := d.recent[key]
	if kept == nil {
		kept = d.before[key]
	}
	// The version is that of this snapshot. A transaction's number has 32 bits and comes round again, hence the age.
	if kept == nil || !slices.Equal(kept.version, version) || now.Sub(kept.readAt) >= sumsLife {
		return nil
	}
	d.put(key, kept)
	return &kept.resourceSums
}

// keep keeps sums. If two operations have read the same, the later one stays.
func (d *daySums) keep(key daysKey, kept *keptSums) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.put(key, kept)
}

// put puts sums into recent. The lock is held.
func (d *daySums) put(key daysKey, kept *keptSums) {
	// It is in recent already.
	if d.recent[key] == kept {
		return
	}
	// Two halves instead of a list in the order of use: what is asked for within one filling of recent stays, and a
	// look-up moves nothing but a pointer.
	weight := len(kept.ids) + len(kept.version) + weightOfSums
	if d.recent == nil || d.weight+weight > maxKeptSums {
		d.before, d.recent, d.weight = d.recent, map[daysKey]*keptSums{}, 0
	}
	d.recent[key] = kept
	d.weight += weight
}

// selectDaysVersion tells which transactions wrote an account's days last, and on which run of which database. Whatever
// changes a day of a resource also changes the account's own row of the day, in the same transaction.
const selectDaysVersion = `-- name: compare versions of days
SELECT array_agg(xmin::text::bigint ORDER BY day, kind) || ARRAY[(SELECT (date_part('epoch', pg_postmaster_start_time()) * 1000000)::bigint), ` + tsdb.EpochBase + `]
FROM account_usage WHERE account_id = $1 AND slot = 0 AND day >= $2 AND day < $3 AND category = $4`

const selectDaySums = `-- name: add up days of resources
SELECT resource_id, %s FROM usage_day WHERE account_id = $1 AND bucket >= $2 AND bucket < $3 AND category = '%s' GROUP BY 1 ORDER BY 1`

// listedSums asks what the resources of an account used of a category within a read. figures are up to three
// aggregates, summed by resource. What is kept of days is shared by all operations of the process.
type listedSums struct {
	reader   *Reader
	account  int64
	category billing.Category
	figures  string
	read     chartRead
	days     part // of read, which are kept; the zero part: none
	version  []int64
	edges    resourceSums // what was used outside of days
	inDays   *resourceSums
}

func (r *Reader) listedSums(account int64, category billing.Category, figures string, span Span) *listedSums {
	l := &listedSums{reader: r, account: account, category: category, figures: figures, read: r.chartRead(span, byDay)}
	l.read.shorten(r.quartersKept())
	// A read has at most one run of whole days; the rest are its edges, which change as time goes by.
	for i, p := range l.read.parts {
		if p.table == "usage_day" && p.to.Sub(p.from) >= fewestKeptDays*wholeDay {
			l.days, l.read.parts = p, slices.Delete(slices.Clone(l.read.parts), i, i+1)
			break
		}
	}
	return l
}

// questions returns what is asked in the round trip that lists the resources. The version is asked for in the same
// snapshot as the edges, so days and edges are of one instant.
func (l *listedSums) questions() []tsdb.Question {
	a := pg.Arguments{Values: []any{l.account}}
	sql := "-- name: add up the edges of resources\n" + l.read.with(&a, oneAccount) +
		"SELECT resource_id, " + l.figures + " FROM used WHERE category = '" + string(l.category) + "' GROUP BY 1 ORDER BY 1"
	asked := []tsdb.Question{l.edges.question(sql, a.Values)}
	if l.days != (part{}) {
		none := func() error { return nil }
		asked = append(asked, tsdb.Question{SQL: selectDaysVersion, Args: []any{l.account, l.days.from, l.days.to, string(l.category)}, Columns: []any{&l.version}, Scan: none})
	}
	return asked
}

// question returns a question that collects the rows of a statement.
func (s *resourceSums) question(sql string, args []any) tsdb.Question {
	var id int64
	var sum [3]int64
	return tsdb.Question{SQL: sql, Args: args, Columns: []any{&id, &sum[0], &sum[1], &sum[2]}, Scan: func() error {
		s.add(id, sum)
		return nil
	}}
}

// settle gets the days, from memory or from the database, once the questions are answered.
func (l *listedSums) settle(ctx context.Context) error {
	if l.days == (part{}) {
		l.inDays = &resourceSums{}
		return nil
	}
	kept, now := l.reader.daySums, l.reader.AsOf()
	key := daysKey{l.account, l.category, l.days.from.Unix(), l.days.to.Unix()}
	if l.inDays = kept.find(key, l.version, now); l.inDays != nil {
		return nil
	}
	// Read in the same snapshot as the version, so that the two belong together.
	found := &keptSums{version: l.version, readAt: now}
	if err := l.reader.PayRows(ctx, []int64{l.account}, l.days.table, l.days.from, l.days.to, tsdb.WeightUsed); err != nil {
		return err
	}
	q := found.question(fmt.Sprintf(selectDaySums, l.figures, l.category), []any{l.account, l.days.from, l.days.to})
	if err := l.reader.Ask(ctx, q.SQL, q.Args, q.Columns, q.Scan); err != nil {
		return fmt.Errorf("add up days: %w", err)
	}
	kept.keep(key, found)
	l.inDays = &found.resourceSums
	return nil
}

// of returns what a resource used within the read.
func (l *listedSums) of(id int64) [3]int64 {
	edge, sum := l.edges.of(id), l.inDays.of(id)
	for i := range sum {
		sum[i] += edge[i]
	}
	return sum
}
