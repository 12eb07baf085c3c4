package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// Vitals are what an operator watches of the database.
type Vitals struct {
	MeterLag     time.Duration  // how far behind now the posting of running hosting is, at the account that is furthest behind
	OutboxAge    time.Duration  // age of the oldest e-mail that waits for delivery
	Difference   billing.Amount // sum of what reconciliation found at its last look, in smallest units; it must be 0
	Dirty        int64          // quarter-hours and days that the roll-up has yet to do, marks counted at most a million
	MailsByState map[string]int64
}

const vitalsSQL = `-- name: read vitals
SELECT
  coalesce((SELECT extract(epoch FROM $1 - min(b.posted_until)) FROM balance b
    WHERE EXISTS (SELECT FROM segment s WHERE s.account_id = b.account_id AND s.ended_at IS NULL AND s.rate > 0)), 0)::float8,
  coalesce((SELECT extract(epoch FROM $1 - min(e.created_at)) FROM email e WHERE e.state = 'QUEUED'), 0)::float8,
  coalesce((SELECT sum(r.difference) FROM reconciliation r), 0)::bigint,
  (SELECT count(*) FROM (SELECT FROM usage_dirty LIMIT 500000) q) + (SELECT count(*) FROM (SELECT FROM usage_dirty_day LIMIT 500000) d)`

// Vitals reads them, as of now. It looks at every account that hosts something, so ask at most every few seconds.
func (s *Store) Vitals(ctx context.Context) (Vitals, error) {
	var lag, age float64
	v := Vitals{MailsByState: map[string]int64{}}
	if err := s.charts.QueryRow(ctx, vitalsSQL, s.Now()).Scan(&lag, &age, &v.Difference, &v.Dirty); err != nil {
		return v, fmt.Errorf("read vitals: %w", err)
	}
	v.MeterLag = time.Duration(max(lag, 0) * float64(time.Second))
	v.OutboxAge = time.Duration(max(age, 0) * float64(time.Second))
	counts, err := s.EmailCounts(ctx)
	if err != nil {
		return v, err
	}
	for state, n := range counts {
		v.MailsByState[string(state)] = n
	}
	return v, nil
}
