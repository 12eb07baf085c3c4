package tsdb_test

import (
	"fmt"
	"slices"
)

// checkBooks brings an account up and fails the test unless its books agree with each other and with the facts
// (rules.md §3): per meter Σ ledger = balance = allocation − used; per category Σ (CHARGE − REFUND) = events + hosting +
// jobs; the charts' minutes hold the same hosting and jobs, history included; grants and debt add up.
func (f *fixture) checkBooks(account int64) {
	f.t.Helper()
	_, err := f.Tick(f.ctx, 100)
	f.must(err)
	_, err = f.pool.Exec(f.ctx, costFunction)
	f.must(err)
	for name, sql := range bookChecks {
		rows, err := f.pool.Query(f.ctx, sql, account)
		f.must(err)
		for rows.Next() {
			values, err := rows.Values()
			f.must(err)
			if n := len(values); !slices.Equal(values[1:n/2+1], values[n/2+1:]) {
				f.t.Errorf("account %d: %s: %s", account, name, fmt.Sprint(values...))
			}
		}
		f.must(rows.Err())
	}
}

// Each query returns rows of a label, the figures of one side and those of the other, as text or bigint.
var bookChecks = map[string]string{
	"ledger = balance = allocation − used, and the last entry says so": `
SELECT m.name, b.balances[m.i], b.balances[m.i], b.balances[m.i], coalesce(sum(l.amount), 0)::bigint, b.allocations[m.i] - b.used[m.i],
  coalesce((SELECT balance_after FROM ledger_entry x WHERE x.account_id = $1 AND x.meter = m.name ORDER BY entry_no DESC LIMIT 1), 0)
FROM (VALUES ('MODEL_CREDITS', 1), ('TOOL_RUNS', 2)) m (name, i) JOIN balance b ON b.account_id = $1
LEFT JOIN ledger_entry l ON l.account_id = $1 AND l.meter = m.name GROUP BY m.name, m.i, b.balances, b.allocations, b.used`,

	"charges less refunds = facts": `
WITH hosting AS (
  SELECT category, sum(cost(rate * replicas, extract(epoch FROM s.started_at), extract(epoch FROM greatest(s.started_at, a.books_from)),
    extract(epoch FROM greatest(coalesce(s.ended_at, b.posted_until), greatest(s.started_at, a.books_from))))) AS sum
  FROM segment s JOIN account a USING (account_id) JOIN balance b USING (account_id) WHERE s.account_id = $1 GROUP BY category)
SELECT c.name, coalesce((SELECT -sum(amount) FROM ledger_entry WHERE account_id = $1 AND category = c.name AND kind IN ('CHARGE', 'REFUND')), 0)::bigint,
  (coalesce((SELECT sum FROM hosting h WHERE h.category = c.name), 0)
  + CASE c.name WHEN 'MODELS' THEN coalesce((SELECT sum(charge) FROM usage_event WHERE account_id = $1 AND NOT history), 0)
      - coalesce((SELECT sum(charge) FROM usage_void WHERE account_id = $1 AND NOT history), 0)
      + coalesce((SELECT sum(charge - refunded) FROM fine_tuning_job WHERE account_id = $1), 0)
    WHEN 'TOOLS' THEN coalesce((SELECT sum(runs) FROM usage_event WHERE account_id = $1 AND NOT history), 0)
      - coalesce((SELECT sum(runs) FROM usage_void WHERE account_id = $1 AND NOT history), 0) ELSE 0 END)::bigint
FROM (VALUES ('MODELS'), ('GUARDRAILS'), ('SCRIPTS'), ('TOOLS')) c (name)`,

	"chart minutes of hosting and jobs = facts, per deployment": `
SELECT m.kind || ' ' || m.id, coalesce((SELECT sum(credits) FROM (` + minutesAndDelta + `) u WHERE u.account_id = $1 AND u.kind = m.kind AND u.deployment_id = m.id), 0)::bigint, m.sum
FROM (SELECT 'HOSTING' AS kind, s.deployment_id AS id, sum(cost(rate * replicas, 0, 0,
        extract(epoch FROM coalesce(s.ended_at, b.posted_until)) - extract(epoch FROM s.started_at)))::bigint AS sum
      FROM segment s JOIN balance b USING (account_id) WHERE s.account_id = $1 GROUP BY s.deployment_id
      UNION ALL SELECT 'FINE_TUNING', 0, coalesce(sum(charge - refunded), 0)::bigint FROM fine_tuning_job WHERE account_id = $1) m`,

	"grants and debt = allocation, used, slices": `
SELECT m.name, b.allocations[m.i], b.used[m.i], b.used[m.i],
  coalesce(sum(g.amount - g.expired - g.taken_back), 0)::bigint,
  (coalesce(sum(g.given[1] + g.given[2] + g.given[3] + g.given[4]), 0) + CASE m.i WHEN 1 THEN b.debts[1] + b.debts[2] + b.debts[3] ELSE b.debts[4] END)::bigint,
  CASE m.i WHEN 1 THEN b.slices[1] + b.slices[2] + b.slices[3] ELSE b.slices[4] END
FROM (VALUES ('MODEL_CREDITS', 1), ('TOOL_RUNS', 2)) m (name, i) JOIN balance b ON b.account_id = $1
LEFT JOIN credit_grant g ON g.account_id = $1 AND g.meter = m.name AND g.retired_at IS NULL GROUP BY m.name, m.i, b.allocations, b.used, b.debts, b.slices`,

	"what is written only when it changed = grants and statements": `
SELECT 'balance', b.grant_no, b.cycle_no, coalesce(b.next_expiry::text, ''), b.cycle_start::text, b.had_grant::text,
  coalesce((SELECT max(grant_no) FROM credit_grant WHERE account_id = $1), 0), 1 + coalesce(s.cycle_no, 0),
  coalesce((SELECT min(g.expires_at) FROM credit_grant g WHERE g.account_id = $1 AND g.retired_at IS NULL
    AND g.given[1] + g.given[2] + g.given[3] + g.given[4] + g.expired + g.taken_back < g.amount)::text, ''),
  coalesce(s.ends_at, a.created_at)::text,
  ARRAY[EXISTS (SELECT FROM credit_grant WHERE account_id = $1 AND meter = 'MODEL_CREDITS'), EXISTS (SELECT FROM credit_grant WHERE account_id = $1 AND meter = 'TOOL_RUNS')]::text
FROM balance b JOIN account a USING (account_id)
LEFT JOIN LATERAL (SELECT cycle_no, ends_at FROM statement s WHERE s.account_id = $1 ORDER BY cycle_no DESC LIMIT 1) s ON true WHERE b.account_id = $1`,

	"statements = the entries of their cycles, one after the other": `
SELECT s.meter || ' ' || s.cycle_no, s.granted, s.charged, s.refunded, s.expired, s.adjusted, s.opening, s.starts_at::text,
  coalesce(sum(l.amount) FILTER (WHERE l.kind = 'GRANT'), 0)::bigint, coalesce(-sum(l.amount) FILTER (WHERE l.kind = 'CHARGE'), 0)::bigint,
  coalesce(sum(l.amount) FILTER (WHERE l.kind = 'REFUND'), 0)::bigint, coalesce(-sum(l.amount) FILTER (WHERE l.kind = 'EXPIRY'), 0)::bigint,
  coalesce(sum(l.amount) FILTER (WHERE l.kind = 'ADJUSTMENT'), 0)::bigint, coalesce(p.closing, 0), coalesce(p.ends_at, a.created_at)::text
FROM statement s JOIN account a USING (account_id) LEFT JOIN statement p ON p.account_id = $1 AND p.meter = s.meter AND p.cycle_no = s.cycle_no - 1
LEFT JOIN ledger_entry l ON l.account_id = $1 AND l.meter = s.meter AND l.cycle_no = s.cycle_no
WHERE s.account_id = $1 GROUP BY s.meter, s.cycle_no, s.granted, s.charged, s.refunded, s.expired, s.adjusted, s.opening, s.starts_at, p.closing, p.ends_at, a.created_at`,

	"percent thresholds are those that use has reached": `
SELECT m.name || ' ' || s.percent, b.steps_reached[m.i] >> s.bit & 1,
  (b.allocations[m.i] > 0 AND b.used[m.i] * 100::numeric >= s.percent * b.allocations[m.i]::numeric)::int::bigint
FROM balance b, (VALUES ('MODEL_CREDITS', 1), ('TOOL_RUNS', 2)) m (name, i), (VALUES (0, 20), (1, 50), (2, 70), (3, 80), (4, 90), (5, 100)) s (bit, percent)
WHERE b.account_id = $1`,

	"the latest arming is that of the latest threshold told": `
SELECT c.meter || ' ' || c.step, b.armings[c.place + 9 * c.meter_no], c.arming
FROM balance b, LATERAL (
  SELECT x.meter, x.step, max(x.arming) AS arming, (x.meter = 'TOOL_RUNS')::int AS meter_no, array_position(ARRAY['20','50','70','80','90','100','LOW','ZERO','NEGATIVE'], x.step) AS place
  FROM crossing x WHERE x.account_id = $1 GROUP BY x.meter, x.step) c
WHERE b.account_id = $1 AND b.steps_reached[c.meter_no + 1] >> (c.place - 1) & 1 = 1`,

	"debt by age = debt by category": `
SELECT c.name, coalesce((SELECT sum(amount) FROM debt WHERE account_id = $1 AND category = c.name), 0)::bigint, b.debts[c.i]
FROM (VALUES ('MODELS', 1), ('GUARDRAILS', 2), ('SCRIPTS', 3), ('TOOLS', 4)) c (name, i) JOIN balance b ON b.account_id = $1`,

	"no grant below 0 or above its amount": `
SELECT g.grant_no::text, least(0, g.amount - g.given[1] - g.given[2] - g.given[3] - g.given[4] - g.expired - g.taken_back,
  g.given[1], g.given[2], g.given[3], g.given[4], g.expired, g.taken_back), 0::bigint FROM credit_grant g WHERE g.account_id = $1`,

	"only what is deployed runs": `
SELECT d.deployment_id::text, (d.status = 'DEPLOYED')::int, (SELECT count(*) FROM segment s WHERE s.account_id = $1 AND s.deployment_id = d.deployment_id AND s.ended_at IS NULL)::int
FROM deployment d WHERE d.account_id = $1`,

	"segments of a deployment do not overlap": `
SELECT s.segment_id::text, 0::bigint, count(*) FROM segment s JOIN segment t ON t.account_id = $1 AND t.deployment_id = s.deployment_id AND t.segment_id > s.segment_id
  AND t.started_at < coalesce(s.ended_at, 'infinity') AND s.started_at < coalesce(t.ended_at, 'infinity')
  AND t.started_at < coalesce(t.ended_at, 'infinity') AND s.started_at < coalesce(s.ended_at, 'infinity')
WHERE s.account_id = $1 GROUP BY s.segment_id`,
}

// costFunction is round_half_up(rate × seconds / 3600), from one second since the segment's start to another, worked out
// apart from package billing (rules.md §6).
const costFunction = `CREATE OR REPLACE FUNCTION cost(rate numeric, started numeric, from_second numeric, to_second numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS
$$ SELECT floor((rate * (to_second - started) + 1800) / 3600) - floor((rate * (from_second - started) + 1800) / 3600) $$`
