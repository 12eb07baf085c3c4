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

// Span is the time that figures cover: a range or, with Ever, all of an account's time, including history and usage
// that is dated a little ahead (rules.md §9: `range: null`).
type Span struct {
	billing.Range
	Ever bool
	// Unnamed says that the answer need not name its range, which saves looking up where Ever begins and ends.
	Unnamed bool
}

// refusedRange turns the rules' refusal of a range, or of its division, into an Error; it returns other errors as they
// are.
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

// grain is the width of the coarsest buckets from which a question can be answered. Wider is cheaper: for each
// resource, a year is 366 rows of days or 35,040 of quarter-hours.
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
	minus    bool // is subtracted
}

// chartRead says how the usage of a span is put together: the bulk from the coarsest table that fits, ragged edges from
// finer ones, and what those tables do not show yet from usage_delta. Its bounds are computed here and are constants of
// the plan, so that chunks outside them are not even locked. Minutes are used only at edges unless buckets need them,
// so at most 28 of them are read for a span.
type chartRead struct {
	from, to time.Time
	coarsest grain
	classes  bool // whether `used` has the classes of tokens too
	parts    []part
}

// chartRead plans the reading of a span.
func (r *Reader) chartRead(s Span, coarsest grain) chartRead {
	c := chartRead{from: s.From, to: s.To, coarsest: coarsest}
	if s.Ever {
		c.from, c.to = beginning(), r.latest()
	}
	// By the minute, everything is read from minutes.
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

// outward widens edges from before the time for which minutes are kept to whole quarter-hours. Only spans that are
// asked for by day or in all have such edges: a trend by hours refuses them before.
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

// with returns the beginning of a statement: WITH and the table `used`. accounts restricts account_id by $1. Nearly
// every statement of this room begins with it.
func (c *chartRead) with(a *pg.Arguments, accounts string) string {
	return "WITH " + c.tableOf(a, "used", accounts) + "\n"
}

// table returns the table of the usage within the read, of all accounts that are asked about.
func (c *chartRead) table(a *pg.Arguments, name string) string {
	return c.tableOf(a, name, allAccounts)
}

// tableOf returns a table whose rows are the usage within the read: those of the tables, and what is not rolled up.
// accounts restricts account_id.
func (c *chartRead) tableOf(a *pg.Arguments, name, accounts string) string {
	var sql strings.Builder
	sql.WriteString(name + " AS (")
	// usage_delta holds what is not rolled up, of any time. One transaction moves a row from it to the tables, so a
	// snapshot sees the row in one of them and never in both.
	for _, s := range append(slices.Clone(c.parts), part{table: "usage_delta", from: c.from, to: c.to}) {
		fmt.Fprintf(&sql, "\n  SELECT %s FROM %s WHERE %s AND bucket >= %s::timestamptz AND bucket < %s::timestamptz\n  UNION ALL",
			s.columns(c.columns()), s.table, accounts, a.Add(s.from), a.Add(s.to))
	}
	return strings.TrimSuffix(sql.String(), "\n  UNION ALL") + "\n)"
}

// columns returns the columns of `used`.
func (c *chartRead) columns() string {
	if c.classes {
		return tsdb.UsedColumns + tsdb.ClassColumns
	}
	return tsdb.UsedColumns
}

// columns returns a part's columns, so that the part is added or subtracted.
func (s part) columns(all string) string {
	if !s.minus {
		return all
	}
	// The key's columns stay as they are; only figures change their sign.
	key, figures, _ := strings.Cut(all, ", credits")
	// Subtracted row by row, so that whatever adds the rows up need not know of it.
	list := strings.Split("credits"+figures, ", ")
	for i, name := range list {
		list[i] = "-" + name + " AS " + name
	}
	return key + ", " + strings.Join(list, ", ")
}

// shorten reads most of a day as the day less the rest of it, if quarter-hours are kept since then. It is for sums
// alone, because rows that subtract are not usage of their own.
func (c *chartRead) shorten(kept time.Time) {
	var parts []part
	for _, p := range c.parts {
		day := p.from.Truncate(wholeDay)
		end := day.Add(wholeDay)
		// Only within one day, only if the rest of it is shorter to read, and only if the rest is still kept and can be
		// subtracted.
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

// quartersKept returns since when all quarter-hours are kept. It is a day later than the rule says, because of the day
// in which retention ends; a later instant makes a read longer but no less exact.
func (r *Reader) quartersKept() time.Time {
	return r.AsOf().AddDate(0, -r.settings.QuarterMonths, 0).Add(wholeDay)
}

// pay pays for the rows of the read, some times over. The tables of minutes are read for no more than the edges, unless the
// buckets are minutes.
func (r *Reader) pay(ctx context.Context, accounts []int64, c *chartRead, times int64) error {
	for _, p := range c.parts {
		if p.table == "usage_minute" && c.coarsest != byMinute {
			continue
		}
		if err := r.PayRows(ctx, accounts, p.table, p.from, p.to, times*tsdb.WeightUsed); err != nil {
			return err
		}
	}
	return nil
}

// payAttributed pays for the rows by what usage carries.
func (r *Reader) payAttributed(ctx context.Context, accounts []int64, c *chartRead, times int64) error {
	for _, p := range c.parts {
		table := strings.Replace(p.table, "usage_", "attributed_", 1)
		if p.table == "usage_minute" {
			if table = "usage_event"; c.coarsest != byMinute {
				continue
			}
		}
		if err := r.PayRows(ctx, accounts, table, p.from, p.to, times*tsdb.WeightAttributed); err != nil {
			return err
		}
	}
	return nil
}

// oneAccount restricts account_id to the first argument.
const oneAccount = "account_id = $1"

// queryUsage asks about an account's usage in a read: tail returns the rest of the statement, which reads from `used`.
// What has accrued and is not posted has to be added from the account that is returned: see unposted.
func (r *Reader) queryUsage(
	ctx context.Context, account int64, name string, c chartRead, tail func(*pg.Arguments) string, columns []any, scan func() error,
) (*tsdb.Account, error) {
	if err := r.pay(ctx, []int64{account}, &c, 1); err != nil {
		return nil, err
	}
	a := pg.Arguments{Values: []any{account}}
	sql := "-- name: " + name + "\n" + c.with(&a, oneAccount)
	sql += tail(&a)
	return r.Query(ctx, account, sql, a.Values, columns, scan)
}

// unposted calls add with the hosting, within the read, that has accrued since the last posting: for each segment and
// bucket of the read's coarsest width, its cost, if not 0, and the minute in which the bucket begins.
func (c *chartRead) unposted(a *tsdb.Account, add func(s *billing.Segment, minute billing.Second, cost billing.Amount)) {
	ran, end := a.Unposted()
	minutes := func(t time.Time) billing.Second { return billing.Second(ceil(t, time.Minute).Unix()) }
	// Up to Posted, hosting is in usage_delta or the tables.
	from, to := max(a.Posted, minutes(c.from)), min(end, minutes(c.to))
	width := billing.Second(time.Duration(c.coarsest) / time.Second)
	for from < to {
		// Cut where the buckets are cut: a charge is a difference of cumulative charges, so parts add up to the whole, to
		// the micro-credit.
		next := min(from-from%width+width, to)
		for i := range ran {
			if cost := ran[i].Charge(from, next); cost != 0 {
				add(&ran[i], from.Minute(), cost)
			}
		}
		from = next
	}
}
