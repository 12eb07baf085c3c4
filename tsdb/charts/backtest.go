package charts

import (
	"context"
	"fmt"
	"slices"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Backtested says how forecasts of the past would have fared: what was expected of the days that followed, compared
// with what was used on them.
type Backtested struct {
	Meter      billing.Meter
	Confidence billing.Confidence
	Days       int   // how many days ahead
	Cases      int   // forecasts: one per account and day
	Median     int64 // error in thousandths of what was used: half of the cases are nearer
	Ninth      int64 // of ten cases, nine are nearer
	Within     int64 // cases whose use lay within the margin, in thousandths
}

// backtestDays returns how many days ahead forecasts of the past are looked at.
func backtestDays() []int { return []int{7, 14, 30} }

// backtestKey is what tells cases apart.
type backtestKey struct {
	meter      billing.Meter
	confidence billing.Confidence
	days       int
}

// backtest gathers cases. Errors are kept one by one, because a median cannot be added up: three numbers per day and
// account, for an operator's look.
type backtest struct {
	errs   map[backtestKey][]int64
	within map[backtestKey]int64
}

// usedDay is what an account used on a day, by meter: in all, and without hosting. A pace is made of events; hosting is
// forecast from what runs.
type usedDay struct{ all, events [2]billing.Amount }

// Backtest makes, for each account and each whole day of UTC since its first use, the forecast that would have been
// made as that day began, from the days before and the hosting that ran then. It reads the daily usage of one account
// after the other.
func Backtest(ctx context.Context, store *tsdb.Store) ([]Backtested, error) {
	b := backtest{errs: map[backtestKey][]int64{}, within: map[backtestKey]int64{}}
	r := Read(store)
	defer r.Close(ctx)
	var accounts []int64
	var id int64
	err := r.Ask(ctx, "-- name: list accounts with usage\nSELECT account_id FROM account a WHERE EXISTS (SELECT FROM usage_day u WHERE u.account_id = a.account_id) ORDER BY 1",
		nil, []any{&id}, func() error {
			accounts = append(accounts, id)
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	// One account at a time in memory; the snapshot is the same for all.
	for _, id := range accounts {
		if err := b.account(ctx, r, id); err != nil {
			return nil, fmt.Errorf("backtest account %d: %w", id, err)
		}
	}
	return b.results(), nil
}

// selectUsedDays reads all that an account used, by days, without today, which is not over.
const selectUsedDays = `-- name: usage by days
SELECT date_part('epoch', bucket)::bigint / 86400, sum(credits)::bigint, coalesce(sum(credits) FILTER (WHERE kind <> 'HOSTING'), 0)::bigint, sum(runs)::bigint
FROM usage_day WHERE account_id = $1 AND bucket < $2 GROUP BY 1 ORDER BY 1`

// selectRan reads what an account hosted and paid for; what still runs ends after every day.
const selectRan = `-- name: hosting that ran
SELECT rate * replicas, date_part('epoch', started_at)::bigint, coalesce(date_part('epoch', ended_at)::bigint, 1::bigint << 40)
FROM segment WHERE account_id = $1 AND rate > 0 ORDER BY segment_id`

// ran is a segment of hosting. perHour is the rate of all replicas.
type ran struct {
	perHour     billing.Amount
	from, until billing.Second
}

// account makes the forecasts of one account, whose days it holds in memory: some kilobytes per year. Usage by day is
// kept forever, so any history can be tested.
func (b *backtest) account(ctx context.Context, r *Reader, account int64) error {
	var days []usedDay
	var first, day int64
	var all, events, runs billing.Amount
	today := r.AsOf().Truncate(wholeDay)
	err := r.Ask(ctx, selectUsedDays, []any{account, today}, []any{&day, &all, &events, &runs}, func() error {
		if len(days) == 0 {
			first = day
		}
		// Days without usage have no row, and count as days on which nothing was used.
		for int64(len(days)) < day-first {
			days = append(days, usedDay{})
		}
		days = append(days, usedDay{[2]billing.Amount{all, runs}, [2]billing.Amount{events, runs}})
		return nil
	})
	if err != nil {
		return err
	}
	// Days up to yesterday on which nothing more was used are cases, too: a forecast that went on was wrong.
	for int64(len(days)) < today.Unix()/86400-first && len(days) > 0 {
		days = append(days, usedDay{})
	}
	var hosting []ran
	var h ran
	err = r.Ask(ctx, selectRan, []any{account}, []any{&h.perHour, &h.from, &h.until}, func() error {
		hosting = append(hosting, h)
		return nil
	})
	for i := range days {
		b.origin(days, i, billing.Second(first+int64(i))*86400, hosting)
	}
	return err
}

// origin makes the forecasts of both meters at the beginning of a day. Too little history gives no forecast, so no
// case; and neither do days ahead that are not over.
func (b *backtest) origin(days []usedDay, i int, now billing.Second, hosting []ran) {
	for n, m := range billing.Meters() {
		var before []billing.Amount
		// As many days as a forecast looks at, and none that it could not know.
		for _, d := range days[max(0, i-billing.PaceDays):i] {
			before = append(before, d.events[n])
		}
		e := billing.Expect(before, now)
		var perDay billing.Amount
		for _, h := range hosting {
			// What ran as the day began is expected to go on: nobody could know then that it would end.
			if m == billing.ModelCredits && h.from < now && now <= h.until {
				perDay += 24 * h.perHour
			}
		}
		for _, ahead := range backtestDays() {
			if e.Confidence == billing.TooLittle || i+ahead > len(days) {
				continue
			}
			var used billing.Amount
			for _, d := range days[i : i+ahead] {
				used += d.all[n]
			}
			// An error is a share of what was used, so there is none if nothing was.
			if used > 0 {
				b.add(backtestKey{m, e.Confidence, ahead}, e.Over(now, ahead), perDay*billing.Amount(ahead), used, e.Margin)
			}
		}
	}
}

// add adds a case: what was expected besides hosting and of hosting, what was used, and the margin in percent. Cases
// are per forecast and not per account, so an account with a long history counts for more.
func (b *backtest) add(k backtestKey, events, hosting, used billing.Amount, margin int64) {
	// The distance, whichever way it was wrong.
	off := max(events+hosting-used, used-events-hosting)
	b.errs[k] = append(b.errs[k], int64(off)*1000/int64(used))
	// The margin is of the pace alone, because hosting is known.
	if int64(off) <= int64(events)*margin/100 {
		b.within[k]++
	}
}

// results returns the results in the order of meters, days ahead and confidence; the last one of each is for any
// confidence.
func (b *backtest) results() []Backtested {
	var out []Backtested
	for _, m := range billing.Meters() {
		for _, days := range backtestDays() {
			for _, c := range []billing.Confidence{billing.SureHigh, billing.SureMedium, billing.SureLow, ""} {
				if r := b.result(backtestKey{m, c, days}); r.Cases > 0 {
					out = append(out, r)
				}
			}
		}
	}
	return out
}

// result adds up cases; without a confidence, those of every confidence. The median of an even number of cases is the
// upper one.
func (b *backtest) result(key backtestKey) Backtested {
	out := Backtested{Meter: key.meter, Confidence: key.confidence, Days: key.days}
	var errs []int64
	for k, of := range b.errs {
		if k.meter == key.meter && k.days == key.days && (key.confidence == "" || k.confidence == key.confidence) {
			errs = append(errs, of...)
			out.Within += b.within[k]
		}
	}
	if out.Cases = len(errs); out.Cases > 0 {
		slices.Sort(errs)
		out.Median, out.Ninth = errs[len(errs)/2], errs[len(errs)*9/10]
		out.Within = out.Within * 1000 / int64(len(errs))
	}
	return out
}
