package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Use says that a guardrail or script was used at an instant. It is for people who look for what nobody needs any more,
// because guardrails and scripts cost by time and not by use.
type Use struct {
	ResourceID int64
	At         time.Time
}

// Both locks and writes go by id, so that two reports never deadlock.
const reportUses = `-- name: report uses of guardrails and scripts
WITH u AS (SELECT id, max(at) AS at FROM unnest($2::bigint[], $3::timestamptz[]) AS u (id, at) GROUP BY id),
known AS (
  SELECT r.resource_id, r.last_used_at, u.at FROM resource r JOIN u ON u.id = r.resource_id
  WHERE r.account_id = $1 AND r.kind IN ('GUARDRAIL', 'SCRIPT') ORDER BY r.resource_id FOR NO KEY UPDATE OF r),
later AS (
  UPDATE resource r SET last_used_at = k.at FROM known k
  WHERE r.resource_id = k.resource_id AND (k.last_used_at IS NULL OR k.last_used_at < k.at)
    AND (SELECT count(*) FROM known) = (SELECT count(*) FROM u)
  RETURNING 1)
SELECT (SELECT count(*) FROM u) - (SELECT count(*) FROM known), (SELECT count(*) FROM later)`

// ReportUse records when guardrails and scripts were last used; times earlier than the known ones change nothing. It
// returns how many times moved. If one of the things is not the account's it changes nothing and returns NotFound; a
// time ahead is TimeOutOfRange. It takes no lock of the account and writes nothing that the books know, because reports
// may come by the thousand.
func (s *Store) ReportUse(ctx context.Context, account int64, uses []Use) (changed int, err error) {
	// Before anything is sent: one time ahead refuses the whole report, as one unknown thing does.
	now := s.Now()
	columns := pg.NewColumns(2)
	for _, u := range uses {
		if u.At.After(now.Add(s.settings.MaxAhead)) {
			return 0, refuse(TimeOutOfRange, "uses", "a use lies more than %s ahead of the server's clock", s.settings.MaxAhead)
		}
		columns.Add(u.ResourceID, u.At)
	}
	var unknown int
	err = s.pool.QueryRow(ctx, reportUses, append([]any{account}, columns.Args()...)...).Scan(&unknown, &changed)
	if err != nil {
		return 0, fmt.Errorf("report uses: %w", err)
	}
	if unknown > 0 {
		return 0, noResource("uses")
	}
	return changed, nil
}
