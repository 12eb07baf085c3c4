package tsdb

// Everything is read in one snapshot and compared as posted. Segments are charged up to where the account is posted.
const reconcileSums = `-- name: sums to reconcile
SELECT 'ledger/' || meter, sum(amount)::bigint FROM ledger_entry WHERE account_id = $1 GROUP BY meter
UNION ALL SELECT 'charged/' || category, -sum(amount)::bigint FROM ledger_entry WHERE account_id = $1 AND kind IN ('CHARGE', 'REFUND') GROUP BY category
UNION ALL SELECT 'events/' || kind, sum(CASE kind WHEN 'TOOL_RUN' THEN runs ELSE charge END)::bigint FROM usage_event WHERE account_id = $1 AND NOT history GROUP BY kind
UNION ALL SELECT 'frozen/' || kind || '/' || category, sum(CASE kind WHEN 'TOOL_RUN' THEN runs ELSE credits END)::bigint FROM usage_frozen WHERE account_id = $1 AND NOT history GROUP BY kind, category
UNION ALL SELECT 'jobs', coalesce(sum(charge - refunded), 0)::bigint FROM fine_tuning_job WHERE account_id = $1
UNION ALL SELECT 'minutes/' || kind || '/' || category, sum(credits)::bigint FROM (
  SELECT kind, category, credits FROM usage_minute WHERE account_id = $1 UNION ALL SELECT kind, category, credits FROM usage_delta WHERE account_id = $1) m
  WHERE kind IN ('HOSTING', 'FINE_TUNING') GROUP BY kind, category
UNION ALL SELECT 'cached/' || m.meter || '/' || c.what, c.amount FROM balance b, (VALUES ('MODEL_CREDITS', 1), ('TOOL_RUNS', 2)) m (meter, i),
  LATERAL (VALUES ('balance', b.balances[m.i]), ('allocation', b.allocations[m.i]), ('used', b.used[m.i])) c (what, amount) WHERE account_id = $1
UNION ALL SELECT 'slice/' || c.category, b.slices[c.i] FROM balance b, (VALUES ('MODELS', 1), ('GUARDRAILS', 2), ('SCRIPTS', 3), ('TOOLS', 4)) c (category, i) WHERE account_id = $1
UNION ALL SELECT 'debt/' || meter, sum(amount)::bigint FROM debt WHERE account_id = $1 GROUP BY meter`

// What each grant and each cycle say of themselves, beside what the ledger says of them. A grant that a refund made has no entry
// of its own. The chain of balances is followed from the last closed cycle on: what lies before was followed when it was new.
const reconcileBooks = `-- name: books to reconcile
WITH cycles AS (
  SELECT cycle_no, meter, opening, granted, charged, refunded, expired, adjusted FROM statement WHERE account_id = $1
  UNION ALL SELECT b.cycle_no, m.meter, b.flows[m.i + 1], b.flows[m.i + 2], b.flows[m.i + 3], b.flows[m.i + 4], b.flows[m.i + 5], b.flows[m.i + 6]
  FROM balance b, (VALUES ('MODEL_CREDITS', 0), ('TOOL_RUNS', 6)) m (meter, i) WHERE b.account_id = $1
), posted AS (
  SELECT cycle_no, meter, sum(amount) FILTER (WHERE kind = 'GRANT') AS granted, -sum(amount) FILTER (WHERE kind = 'CHARGE') AS charged,
    sum(amount) FILTER (WHERE kind = 'REFUND') AS refunded, -sum(amount) FILTER (WHERE kind = 'EXPIRY') AS expired, sum(amount) FILTER (WHERE kind = 'ADJUSTMENT') AS adjusted
  FROM ledger_entry WHERE account_id = $1 GROUP BY cycle_no, meter
), told AS (
  SELECT meter, cause_id AS grant_no, sum(amount) FILTER (WHERE kind IN ('GRANT', 'ADJUSTMENT') AND amount > 0) AS amount,
    -sum(amount) FILTER (WHERE kind = 'EXPIRY') AS expired, -sum(amount) FILTER (WHERE kind = 'ADJUSTMENT' AND amount < 0) AS taken_back
  FROM ledger_entry WHERE account_id = $1 AND cause IN ('GRANT', 'EXPIRY', 'CORRECTION') GROUP BY meter, cause_id
)
SELECT 'cycles/' || c.meter, coalesce(sum(abs(c.granted - coalesce(p.granted, 0)) + abs(c.charged - coalesce(p.charged, 0)) + abs(c.refunded - coalesce(p.refunded, 0))
  + abs(c.expired - coalesce(p.expired, 0)) + abs(c.adjusted - coalesce(p.adjusted, 0))), 0)::bigint
FROM cycles c LEFT JOIN posted p USING (cycle_no, meter) GROUP BY c.meter
UNION ALL SELECT 'openings/' || meter, sum(abs(opening - before))::bigint FROM (
  SELECT meter, opening, lag(opening + granted - charged + refunded - expired + adjusted, 1, 0::bigint) OVER (PARTITION BY meter ORDER BY cycle_no) AS before FROM cycles) c GROUP BY meter
UNION ALL SELECT 'grants/' || g.meter, sum(abs(g.amount - coalesce(t.amount, g.amount)) + abs(g.expired - coalesce(t.expired, 0)) + abs(g.taken_back - coalesce(t.taken_back, 0)))::bigint
FROM credit_grant g LEFT JOIN told t USING (meter, grant_no) WHERE g.account_id = $1 GROUP BY g.meter
UNION ALL SELECT 'chain/' || meter, sum(abs(balance_after - before - amount))::bigint FROM (
  SELECT e.meter, e.amount, e.balance_after, lag(e.balance_after, 1, c.opening) OVER (PARTITION BY e.meter ORDER BY e.entry_no) AS before
  FROM ledger_entry e, balance b, cycles c
  WHERE b.account_id = $1 AND e.account_id = $1 AND e.cycle_no >= b.cycle_no - 1 AND c.meter = e.meter AND c.cycle_no = greatest(b.cycle_no - 1, 1)) e GROUP BY meter
UNION ALL SELECT 'entries', abs(b.entry_no - (SELECT count(*) FROM ledger_entry e WHERE e.account_id = $1)) FROM balance b WHERE b.account_id = $1`

// Each chart table beside the finer one, as far as that one is kept: minutes and events since $2, quarter-hours since $3, or since the
// first chunk that is left (retention may have been shorter). What is not rolled up is in no table, but events have it.
const reconcileCharts = `-- name: charts to reconcile
WITH kept AS (SELECT max(since) FILTER (WHERE t = 'usage_event') AS events, max(since) FILTER (WHERE t = 'usage_minute') AS minutes, max(since) FILTER (WHERE t = 'usage_quarter') AS quarters
  FROM (SELECT hypertable_name AS t, min(range_start) AS since FROM timescaledb_information.chunks WHERE hypertable_name IN ('usage_event', 'usage_minute', 'usage_quarter') GROUP BY 1) c)
SELECT 'minutes beside events/' || kind, sum(amount)::bigint FROM (
  SELECT kind, bucket AS at, credits + runs AS amount FROM usage_minute WHERE account_id = $1 AND bucket >= $2 AND kind IN ('TOOL_RUN', 'INFERENCE')
  UNION ALL SELECT kind, bucket, credits + runs FROM usage_delta WHERE account_id = $1 AND bucket >= $2 AND kind IN ('TOOL_RUN', 'INFERENCE')
  UNION ALL SELECT kind, time, -charge - runs FROM usage_event WHERE account_id = $1 AND time >= $2) x, kept
WHERE (at >= events) IS NOT FALSE AND (at >= minutes) IS NOT FALSE GROUP BY kind
UNION ALL SELECT 'quarter-hours beside minutes/' || kind, sum(amount)::bigint FROM (
  SELECT kind, bucket AS at, credits + runs AS amount FROM usage_quarter WHERE account_id = $1 AND bucket >= $2
  UNION ALL SELECT kind, bucket, -credits - runs FROM usage_minute WHERE account_id = $1 AND bucket >= $2) x, kept
WHERE (at >= minutes) IS NOT FALSE GROUP BY kind
UNION ALL SELECT 'days beside quarter-hours/' || kind, sum(amount)::bigint FROM (
  SELECT kind, bucket AS at, credits + runs AS amount FROM usage_day WHERE account_id = $1 AND bucket >= $3
  UNION ALL SELECT kind, bucket, -credits - runs FROM usage_quarter WHERE account_id = $1 AND bucket >= $3) x, kept
WHERE (at >= quarters) IS NOT FALSE GROUP BY kind`

const reconcileSegments = `-- name: segments to reconcile
SELECT category, rate, replicas, extract(epoch FROM started_at)::bigint, coalesce(extract(epoch FROM ended_at)::bigint, 0)
FROM segment WHERE account_id = $1 AND rate > 0`
