package charts

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Lately is what an account used in the last weeks, by meter, in micro-credits or runs. Days are those of UTC. It is
// what lists and forecasts need of each account, and is read for hundreds at once.
type Lately [2]LatelyUsed

// LatelyUsed is what was used of one meter. All figures but Events include hosting.
type LatelyUsed struct {
	Hour   billing.Amount   // in the last 60 minutes, with the running one
	Day    billing.Amount   // in the last 24 hours
	Week   billing.Amount   // on the last 7 whole days
	Month  billing.Amount   // since the month began
	Events []billing.Amount // on each whole day, hosting aside: oldest first, at most billing.PaceDays, none from before the account was made or first used
}

// Of returns what was used of a meter.
func (l *Lately) Of(m billing.Meter) *LatelyUsed { return &l[meterIndex(m)] }

func meterIndex(m billing.Meter) int {
	if m == billing.ToolRuns {
		return 1
	}
	return 0
}

// latelyCache is what was read in this snapshot, because fields of one operation ask for the same accounts again.
type latelyCache struct {
	sync.Mutex
	of map[int64]*Lately
}

// The days of a statement are numbered from 0; latelyDays are enough for any month. The numbers after them are today,
// the last 24 hours and the last hour.
const (
	latelyDays = 31
	slotToday  = latelyDays + iota - 1
	slotDay
	slotHour
)

// Lately reads what accounts used lately, in one statement for those that this snapshot has not answered yet. Unknown
// accounts are missing from the result. The map is the caller's; what it points to is shared and must not be changed.
func (r *Reader) Lately(ctx context.Context, accounts []int64) (map[int64]*Lately, error) {
	// Held while it reads: fields of one operation that ask at the same moment share one statement.
	r.lately.Lock()
	defer r.lately.Unlock()
	var unknown []int64
	for _, id := range accounts {
		if r.lately.of[id] == nil {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) > 0 {
		if err := r.readLately(ctx, unknown); err != nil {
			return nil, fmt.Errorf("read usage of the last weeks: %w", err)
		}
	}
	out := make(map[int64]*Lately, len(accounts))
	for _, id := range accounts {
		if l := r.lately.of[id]; l != nil {
			out[id] = l
		}
	}
	return out, nil
}

// latelyRead says how it is read: days from the coarsest table, the last 24 hours and the last hour from finer ones.
type latelyRead struct {
	asOf, today     time.Time
	days, day, hour chartRead
}

// latelyRead plans the reading. Its instants are those of the snapshot, so every account has the same days.
func (r *Reader) latelyRead() latelyRead {
	l := latelyRead{asOf: r.AsOf()}
	l.today = l.asOf.UTC().Truncate(wholeDay)
	now := billing.Since(l.asOf, l.asOf).To
	// The current minute counts, as it does on the page.
	span := func(from, to time.Time, g grain) chartRead {
		return r.chartRead(Span{Range: billing.Range{From: from, To: to}}, g)
	}
	l.days = span(l.today.AddDate(0, 0, -latelyDays), l.today, byDay)
	l.day = span(now.Add(-wholeDay), now, byQuarter)
	l.hour = span(now.Add(-time.Hour), now, byMinute)
	return l
}

// statement returns a statement that adds usage up by account and slot: in all, without hosting, and runs. It is one
// statement for all accounts and slots, so that a list of a hundred accounts asks once.
func (l *latelyRead) statement(a *pg.Arguments) string {
	figures := "sum(credits)::bigint, coalesce(sum(credits) FILTER (WHERE kind <> 'HOSTING'), 0)::bigint, sum(runs)::bigint"
	slot := func(n int, from, where string) string {
		return "\nUNION ALL SELECT account_id, " + strconv.Itoa(n) + ", " + figures + " FROM " + from + where + " GROUP BY 1"
	}
	// The tables may hold up to a quarter-hour more than asked for; days begin at quarter-hours.
	return "-- name: usage of the last weeks\nWITH " + l.wholeDays(a) + ", " + l.day.table(a, "day") + ", " + l.hour.table(a, "hour") +
		"\nSELECT account_id, floor(date_part('epoch', bucket - " + a.Add(l.days.from) + "::timestamptz) / 86400)::int, " + figures + " FROM days GROUP BY 1, 2" +
		slot(slotToday, "day", " WHERE bucket >= "+a.Add(l.today)+"::timestamptz") + slot(slotDay, "day", "") + slot(slotHour, "hour", "")
}

// wholeDays returns the table of the days, of each account's resources together. Days of UTC are in account_usage as
// rows of slot 0, one for each kind of usage, however many resources there are.
func (l *latelyRead) wholeDays(a *pg.Arguments) string {
	const of = "\n  SELECT account_id, %s AS bucket, kind, credits, runs FROM %s WHERE %s AND %[1]s >= %[4]s::timestamptz AND %[1]s < %[5]s::timestamptz%[6]s"
	from, to := a.Add(l.days.from), a.Add(l.days.to)
	return "days AS (" + fmt.Sprintf(of, "day", "account_usage", allAccounts, from, to, " AND slot = 0") + "\n  UNION ALL" +
		fmt.Sprintf(of, "bucket", "usage_delta", allAccounts, from, to, "") + "\n)"
}

// latelySums are the sums of a statement, by slot.
type latelySums [slotHour + 1]struct{ all, events, runs billing.Amount }

// readLately reads accounts into the cache. The lock is held.
func (r *Reader) readLately(ctx context.Context, accounts []int64) error {
	l := r.latelyRead()
	a := pg.Arguments{Values: []any{accounts}}
	sql := l.statement(&a)
	sums := map[int64]*latelySums{}
	var account int64
	var slot int
	var all, events, runs billing.Amount
	err := r.Ask(ctx, sql, a.Values, []any{&account, &slot, &all, &events, &runs}, func() error {
		if sums[account] == nil {
			sums[account] = &latelySums{}
		}
		s := &sums[account][slot]
		s.all, s.events, s.runs = s.all+all, s.events+events, s.runs+runs
		return nil
	})
	if err != nil {
		return err
	}
	// Read in the same snapshot, so that what has accrued begins where the tables end.
	known, err := r.AccountsAsOf(ctx, accounts)
	if err != nil {
		return err
	}
	for _, a := range known {
		s := sums[a.ID]
		if s == nil {
			s = &latelySums{}
		}
		l.unposted(a, s)
		r.lately.of[a.ID] = s.lately(a, l.today)
	}
	return nil
}

// unposted adds the hosting that has accrued since the last posting.
func (l *latelyRead) unposted(a *tsdb.Account, s *latelySums) {
	l.days.unposted(a, func(_ *billing.Segment, minute billing.Second, cost billing.Amount) {
		// Cut at days, so that a part of a segment lies in one of them.
		s[int(minute.Time().Sub(l.days.from)/wholeDay)].all += cost
	})
	l.day.unposted(a, func(_ *billing.Segment, minute billing.Second, cost billing.Amount) {
		// The last 24 hours have a part of yesterday, which does not belong to today.
		s[slotDay].all += cost
		if !minute.Time().Before(l.today) {
			s[slotToday].all += cost
		}
	})
	l.hour.unposted(a, func(_ *billing.Segment, _ billing.Second, cost billing.Amount) { s[slotHour].all += cost })
}

// lately puts the sums together.
// The account's age is counted in whole days of UTC, as its days are.
func (s *latelySums) lately(a *tsdb.Account, today time.Time) *Lately {
	// Rounded up: the day on which it was made is only a part of a day, and would look like a day of little use.
	age := int(today.Sub(a.Created.Time().Add(wholeDay-1).Truncate(wholeDay)) / wholeDay) // whole days since it was made
	first := latelyDays - min(billing.PaceDays, max(age, s.oldest()))
	var out Lately
	credits, runs := &out[0], &out[1]
	for i := range s[:latelyDays] {
		day := &s[i]
		if i >= latelyDays-7 {
			credits.Week, runs.Week = credits.Week+day.all, runs.Week+day.runs
		}
		// Today is the month's first day or a later one: today.Day()-1 whole days of the month are over.
		if i >= latelyDays-(today.Day()-1) {
			credits.Month, runs.Month = credits.Month+day.all, runs.Month+day.runs
		}
		if i >= first {
			credits.Events, runs.Events = append(credits.Events, day.events), append(runs.Events, day.runs)
		}
	}
	credits.Month, runs.Month = credits.Month+s[slotToday].all, runs.Month+s[slotToday].runs
	credits.Day, runs.Day = s[slotDay].all, s[slotDay].runs
	credits.Hour, runs.Hour = s[slotHour].all, s[slotHour].runs
	return &out
}

// oldest returns how many days ago something was first used, because usage may be dated before its account was made.
// Hosting does not count, since a pace is not made of it.
func (s *latelySums) oldest() int {
	i := slices.IndexFunc(s[:latelyDays], func(d struct{ all, events, runs billing.Amount }) bool { return d.events != 0 || d.runs != 0 })
	if i < 0 {
		return 0
	}
	return latelyDays - i
}
