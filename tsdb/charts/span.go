package charts

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// ofEach is the least or greatest value for each account that is asked for. It takes one step in an index per account,
// even for all accounts, where min() would read every row: the indexes begin with the account.
func ofEach(what, table, where, direction string) string {
	return `FROM account a CROSS JOIN LATERAL (SELECT ` + what + ` AS at FROM ` + table + ` u WHERE u.account_id = a.account_id` + where +
		` ORDER BY ` + what + direction + ` LIMIT 1) l WHERE ` + allOfAccount
}

const allOfAccount = `($1::bigint[] IS NULL OR a.account_id = ANY($1::bigint[]))`

// $1: accounts, or null for all; $2: when the current minute ends; $3: since when there is usage at all; $4: until when
// it can be dated. Usage may be dated before its account was made, and slightly ahead.
var selectUsageEnds = `-- name: find where usage begins and ends
SELECT (SELECT min(least(created_at, CASE WHEN books_from > $3::timestamptz THEN books_from END)) FROM account WHERE ` + allAccounts + `),
  (SELECT min(l.at) ` + ofEach("started_at", "segment", "", "") + `),
  (SELECT min(bucket) FROM usage_delta WHERE ` + allAccounts + `),
  (SELECT min(l.at) ` + ofEach("bucket", "usage_day", " AND bucket >= $3::timestamptz", "") + `),
  greatest((SELECT max(bucket) FROM usage_delta WHERE ` + allAccounts + ` AND bucket >= $2::timestamptz),
           (SELECT max(l.at) ` + ofEach("bucket", "usage_minute", " AND bucket >= $2::timestamptz AND bucket < $4::timestamptz", " DESC") + `))`

// $2 and $3: the first day with usage, and its end. What is kept of that day in finer tables says when usage began.
var selectFirstMinute = `-- name: find the first minute of usage within a day
SELECT coalesce((SELECT min(l.at) ` + ofEach("bucket", "usage_minute", " AND bucket >= $2::timestamptz AND bucket < $3::timestamptz", "") + `),
  (SELECT min(l.at) ` + ofEach("bucket", "usage_quarter", " AND bucket >= $2::timestamptz AND bucket < $3::timestamptz", "") + `), $2::timestamptz)`

// usageEnds remembers where everything of an account begins and ends, for as long as the snapshot. Accounts without
// usage are kept as well: they begin when they were made.
type usageEnds struct {
	sync.Mutex
	of map[int64]billing.Range
}

// resolve returns a span as a range that can be shown. Ever begins when the accounts, their history or their usage
// began, and ends now, or after the last usage that is dated ahead. So the range says what the figures cover (rules.md
// §9). nil is every account.
func (r *Reader) resolve(ctx context.Context, s Span, accounts []int64) (billing.Range, error) {
	if !s.Ever || s.Unnamed {
		return s.Range, nil
	}
	// Only the range of a single account is remembered: the fields of an operation ask for it again and again.
	if len(accounts) != 1 {
		return r.findUsageEnds(ctx, accounts)
	}
	r.ends.Lock()
	defer r.ends.Unlock()
	if known, ok := r.ends.of[accounts[0]]; ok {
		return known, nil
	}
	all, err := r.findUsageEnds(ctx, accounts)
	if err == nil {
		r.ends.of[accounts[0]] = all
	}
	return all, err
}

// latest is until when usage can be dated: ahead by Settings.MaxAhead, by another process's clock. It is rounded to
// quarter-hours, so that the bound of a statement changes every fifteen minutes and not with each call.
func (r *Reader) latest() time.Time {
	return r.AsOf().Add(r.settings.MaxAhead + 2*quarterHour).Truncate(quarterHour)
}

// findUsageEnds asks the database where everything begins and ends.
func (r *Reader) findUsageEnds(ctx context.Context, accounts []int64) (billing.Range, error) {
	all := billing.Since(r.AsOf(), r.AsOf())
	var made, ran, delta, day, ahead *time.Time
	none := func() error { return nil }
	if err := r.Ask(ctx, selectUsageEnds, []any{accounts, all.To, beginning(), r.latest()}, []any{&made, &ran, &delta, &day, &ahead}, none); err != nil {
		return all, fmt.Errorf("find where usage begins: %w", err)
	}
	// Whichever is earliest: history may lie before the account was made, hosting before its first event, and usage that
	// is not rolled up before everything that is.
	for _, t := range []*time.Time{made, ran, delta} {
		if t != nil && t.Before(all.From) {
			all.From = t.UTC().Truncate(time.Minute)
		}
	}
	// So far only the day is known; if minutes or quarter-hours of it are still kept, they say when in it.
	if day != nil && day.Before(all.From) {
		var first time.Time
		if err := r.Ask(ctx, selectFirstMinute, []any{accounts, *day, day.Add(wholeDay)}, []any{&first}, none); err != nil {
			return all, fmt.Errorf("find the first minute of usage: %w", err)
		}
		if first.Before(all.From) {
			all.From = first.UTC()
		}
	}
	if ahead != nil {
		all.To = ahead.UTC().Add(time.Minute)
	}
	return all, nil
}
