package charts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Span is the time that figures cover: a range or, with Ever, all there is of an account: history, and usage that is dated
// a little ahead, included (rules.md §9: `range: null`).
type Span struct {
	billing.Range
	Ever bool
	// Unnamed: the answer need not say which range it is, which saves looking where Ever begins and ends.
	Unnamed bool
}

// refusedRange turns the rules' refusal of a range, or of its division, into an Error; other errors stay.
func refusedRange(err error) error {
	var refusal *billing.RangeError
	if !errors.As(err, &refusal) {
		return err
	}
	code := pg.BadRange
	if refusal.Code == billing.RangeTooFine {
		code = pg.RangeTooFine
	}
	return &pg.Error{Code: code, Field: "range", Message: refusal.Sentence}
}

// grain is the width of the coarsest buckets that a question can be answered from.
// Wider is cheaper: a year is 366 rows of days and 35,040 quarter-hours for each resource.
type grain time.Duration

const (
	byMinute  = grain(time.Minute)
	byQuarter = grain(quarterHour) // fits the hours, days, weeks and months of every time zone in use
	byDay     = grain(wholeDay)    // fits sums, and days, weeks and months in UTC
)

// part is a part of a span and the table that answers it.
type part struct {
	table    string
	from, to time.Time
	minus    bool // is taken off
}

// chartRead is how the usage of a span is put together: the bulk from the coarsest table that fits, ragged edges from finer
// ones, and what those tables do not show yet from usage_delta. Its bounds are computed here and are constants of the
// plan, so that chunks outside of them are not even locked.
// Minutes are used at edges alone unless buckets need them, so at most 28 of them are read for a span.
type chartRead struct {
	from, to time.Time
	coarsest grain
	classes  bool // `used` has the classes of tokens too
	parts    []part
}

// chartRead plans the reading of a span.
func (r *Reader) chartRead(s Span, coarsest grain) chartRead {
	c := chartRead{from: s.From, to: s.To, coarsest: coarsest}
	if s.Ever {
		c.from, c.to = beginning(), r.latest()
	}
	// By the minute everything is read from minutes: there is nothing to choose.
	if coarsest == byMinute {
		c.parts = []part{{table: "usage_minute", from: c.from, to: c.to}}
		return c
	}
	// Minutes are kept as long as events are. An edge from before that has lost its minutes, and is answered by the quarter-hour in which
	// it lies rather than not at all.
	c.outward(r.AsOf().Add(-r.settings.EventRetention))
	c.split(coarsest)
	return c
}

// outward widens edges that lie before what minutes are kept of to whole quarter-hours.
// Such edges are of spans alone that are asked for by day or in all: a trend by hours refuses them before.
func (c *chartRead) outward(kept time.Time) {
	if c.from.Before(kept) {
		c.from = c.from.Truncate(quarterHour)
	}
	if c.to.Before(kept) {
		c.to = ceil(c.to, quarterHour)
	}
}

// split divides the span: minutes up to the first quarter-hour, quarter-hours up to the first day, days, and back again.
func (c *chartRead) split(coarsest grain) {
	first, last := ceil(c.from, quarterHour), c.to.Truncate(quarterHour)
	if !first.Before(last) {
		c.add("usage_minute", c.from, c.to)
		return
	}
	c.add("usage_minute", c.from, first)
	firstDay, lastDay := ceil(first, wholeDay), last.Truncate(wholeDay)
	if coarsest == byDay && firstDay.Before(lastDay) {
		c.add("usage_quarter", first, firstDay)
		c.add("usage_day", firstDay, lastDay)
		c.add("usage_quarter", lastDay, last)
	} else {
		c.add("usage_quarter", first, last)
	}
	c.add("usage_minute", last, c.to)
}

// add adds a part unless it is empty.
func (c *chartRead) add(table string, from, to time.Time) {
	if from.Before(to) {
		c.parts = append(c.parts, part{table: table, from: from, to: to})
	}
}

// with is the beginning of a statement: WITH and the table `used`. accounts restricts account_id by $1.
// It is what nearly every statement of this room begins with.
func (c *chartRead) with(a *pg.Arguments, accounts string) string {
	return "WITH " + c.tableOf(a, "used", accounts) + "\n"
}

// table is the table of the usage within the read, of all accounts that are asked about.
func (c *chartRead) table(a *pg.Arguments, name string) string {
	return c.tableOf(a, name, allAccounts)
}

// tableOf is a table whose rows are the usage within the read: those of the tables, and what is not rolled up. accounts restricts account_id.
func (c *chartRead) tableOf(a *pg.Arguments, name, accounts string) string {
	var sql strings.Builder
	sql.WriteString(name + " AS (")
	// usage_delta holds what is not rolled up, of any time. A row is moved from it to the tables in one transaction, so that a snapshot sees
	// it in one of them and never in both.
	for _, s := range append(slices.Clone(c.parts), part{table: "usage_delta", from: c.from, to: c.to}) {
		fmt.Fprintf(&sql, "\n  SELECT %s FROM %s WHERE %s AND bucket >= %s::timestamptz AND bucket < %s::timestamptz\n  UNION ALL",
			s.columns(c.columns()), s.table, accounts, a.Add(s.from), a.Add(s.to))
	}
	return strings.TrimSuffix(sql.String(), "\n  UNION ALL") + "\n)"
}

// columns are those of `used`.
func (c *chartRead) columns() string {
	if c.classes {
		return tsdb.UsedColumns + tsdb.ClassColumns
	}
	return tsdb.UsedColumns
}

// columns are a part's columns, so that it is added or taken off.
func (s part) columns(all string) string {
	if !s.minus {
		return all
	}
	// The key's columns stay as they are: only figures change their sign.
	key, figures, _ := strings.Cut(all, ", credits")
	// Taken off row by row, so that whatever adds the rows up need not know of it.
	list := strings.Split("credits"+figures, ", ")
	for i, name := range list {
		list[i] = "-" + name + " AS " + name
	}
	return key + ", " + strings.Join(list, ", ")
}

// shorten reads most of a day as the day less the rest of it, where quarter-hours are kept since then. It is for sums alone: rows that
// take something off are no usage of their own.
func (c *chartRead) shorten(kept time.Time) {
	var parts []part
	for _, p := range c.parts {
		day := p.from.Truncate(wholeDay)
		end := day.Add(wholeDay)
		// Only within one day, only where the rest of it is shorter to read, and only where the rest is still there to be taken off.
		if p.table != "usage_quarter" || p.to.After(end) || p.to.Sub(p.from) <= wholeDay/2 || day.Before(kept) {
			parts = append(parts, p)
			continue
		}
		parts = append(parts, part{table: "usage_day", from: day, to: end})
		for _, rest := range []part{{table: p.table, from: day, to: p.from, minus: true}, {table: p.table, from: p.to, to: end, minus: true}} {
			if rest.from.Before(rest.to) {
				parts = append(parts, rest)
			}
		}
	}
	c.parts = parts
}

// quartersKept is since when all quarter-hours are there.
// A day later than the rule says, for the day in which retention ends; where it is later still, a read is longer and as
// exact.
func (r *Reader) quartersKept() time.Time {
	return r.AsOf().AddDate(0, -r.settings.QuarterMonths, 0).Add(wholeDay)
}

// oneAccount restricts account_id to the first argument.
const oneAccount = "account_id = $1"

// queryUsage asks an account about its usage in a read: tail is the rest of the statement, which reads from `used`. What has
// accrued and is not posted has to be added from the account that is returned: Account.unposted.
func (r *Reader) queryUsage(
	ctx context.Context, account int64, name string, c chartRead, tail func(*pg.Arguments) string, columns []any, scan func() error,
) (*tsdb.Account, error) {
	a := pg.Arguments{Values: []any{account}}
	sql := "-- name: " + name + "\n" + c.with(&a, oneAccount)
	sql += tail(&a)
	return r.Query(ctx, account, sql, a.Values, columns, scan)
}

// unposted calls add with the hosting, within the read, that has accrued since the last posting: for each segment and bucket of
// the read's coarsest width its cost, which is not 0, and the minute in which that begins.
func (c *chartRead) unposted(a *tsdb.Account, add func(s *billing.Segment, minute billing.Second, cost billing.Amount)) {
	ran, end := a.Unposted()
	minutes := func(t time.Time) billing.Second { return billing.Second(ceil(t, time.Minute).Unix()) }
	// Up to Posted it is in usage_delta or the tables.
	from, to := max(a.Posted, minutes(c.from)), min(end, minutes(c.to))
	width := billing.Second(time.Duration(c.coarsest) / time.Second)
	for from < to {
		// Cut where the buckets are cut: a charge is a difference of the cumulative one, so parts add up to the whole to the micro-credit.
		next := min(from-from%width+width, to)
		for i := range ran {
			if cost := ran[i].Charge(from, next); cost != 0 {
				add(&ran[i], from.Minute(), cost)
			}
		}
		from = next
	}
}
