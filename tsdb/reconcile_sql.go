package tsdb

// Everything is read in one snapshot and compared as posted. Segments are charged up to where the account is posted. $1: accounts.

// reconcileTotals grow with the life of an account, so a checkpoint keeps them. events/ also counts what retention has
// frozen.
const reconcileTotals = `-- name: totals to reconcile
SELECT account_id, 'ledger/' || meter, sum(amount)::bigint FROM ledger_entry WHERE account_id = ANY($1::bigint[]) GROUP BY account_id, meter
UNION ALL SELECT account_id, 'charged/' || category, -sum(amount)::bigint FROM ledger_entry
  WHERE account_id = ANY($1::bigint[]) AND kind IN ('CHARGE', 'REFUND') GROUP BY account_id, category
UNION ALL SELECT account_id, 'events/' || kind, sum(CASE kind WHEN 'TOOL_RUN' THEN runs ELSE charge END)::bigint FROM usage_event
  WHERE account_id = ANY($1::bigint[]) AND NOT history GROUP BY account_id, kind
UNION ALL SELECT account_id, 'events/' || kind, -sum(CASE kind WHEN 'TOOL_RUN' THEN runs ELSE charge END)::bigint FROM usage_void
  WHERE account_id = ANY($1::bigint[]) AND NOT history GROUP BY account_id, kind
UNION ALL SELECT account_id, 'events/' || kind, sum(CASE kind WHEN 'TOOL_RUN' THEN runs ELSE credits END)::bigint FROM usage_frozen
  WHERE account_id = ANY($1::bigint[]) AND NOT history AND kind IN ('TOOL_RUN', 'INFERENCE') GROUP BY account_id, kind`

// newTotals reads what the same sums gained since the checkpoints of the accounts that have changed; $1 is an instant
// after which all of it was posted. The number of the entry decides what is new; history has none.
const newTotals = `-- name: what totals gained
DECLARE gained NO SCROLL CURSOR FOR
WITH changed AS MATERIALIZED (
  SELECT account_id, r.entry_no FROM balance b JOIN reconciliation r USING (account_id)
  WHERE r.difference = 0 AND r.totals IS NOT NULL AND (b.entry_no, b.seq, b.posted_until) IS DISTINCT FROM (r.entry_no, r.seq, r.posted_until))
SELECT account_id, 'changed' AS what, 0::bigint AS amount FROM changed
UNION ALL SELECT account_id, 'ledger/' || e.meter, sum(e.amount)::bigint FROM changed c JOIN ledger_entry e USING (account_id)
  WHERE e.entry_no > c.entry_no AND e.posted_at >= $1 GROUP BY account_id, e.meter
UNION ALL SELECT account_id, 'charged/' || e.category, -sum(e.amount)::bigint FROM changed c JOIN ledger_entry e USING (account_id)
  WHERE e.entry_no > c.entry_no AND e.posted_at >= $1 AND e.kind IN ('CHARGE', 'REFUND') GROUP BY account_id, e.category
UNION ALL SELECT account_id, 'events/' || e.kind, sum(CASE e.kind WHEN 'TOOL_RUN' THEN e.runs ELSE e.charge END)::bigint FROM changed c JOIN usage_event e USING (account_id)
  WHERE e.entry_no > c.entry_no AND e.posted_at >= $1 GROUP BY account_id, e.kind
UNION ALL SELECT account_id, 'events/' || v.kind, -sum(CASE v.kind WHEN 'TOOL_RUN' THEN v.runs ELSE v.charge END)::bigint FROM changed c JOIN usage_void v USING (account_id)
  WHERE v.entry_no > c.entry_no AND v.posted_at >= $1 GROUP BY account_id, v.kind
ORDER BY 1`

// reconcileRows come from few rows of an account, however old the account is.
const reconcileRows = `-- name: rows to reconcile
SELECT account_id, 'jobs', sum(charge - refunded)::bigint FROM fine_tuning_job WHERE account_id = ANY($1::bigint[]) GROUP BY account_id
UNION ALL SELECT account_id, 'cached/' || m.meter || '/' || c.what, c.amount FROM balance b, (VALUES ('MODEL_CREDITS', 1), ('TOOL_RUNS', 2)) m (meter, i),
  LATERAL (VALUES ('balance', b.balances[m.i]), ('allocation', b.allocations[m.i]), ('used', b.used[m.i])) c (what, amount) WHERE account_id = ANY($1::bigint[])
UNION ALL SELECT account_id, 'slice/' || c.category, b.slices[c.i] FROM balance b, (VALUES ('MODELS', 1), ('GUARDRAILS', 2), ('SCRIPTS', 3), ('TOOLS', 4)) c (category, i)
  WHERE account_id = ANY($1::bigint[])
UNION ALL SELECT account_id, 'debt/' || meter, sum(amount)::bigint FROM debt WHERE account_id = ANY($1::bigint[]) GROUP BY account_id, meter`

// reconcileMinutes are the sums of the charts that must follow from segments and jobs.
const reconcileMinutes = `-- name: minutes to reconcile
SELECT account_id, 'minutes/' || kind || '/' || category, sum(credits)::bigint FROM (
  SELECT account_id, kind, category, credits FROM usage_minute WHERE account_id = ANY($1::bigint[])
  UNION ALL SELECT account_id, kind, category, credits FROM usage_delta WHERE account_id = ANY($1::bigint[])
  UNION ALL SELECT account_id, kind, category, credits FROM usage_frozen WHERE account_id = ANY($1::bigint[])) m
WHERE kind IN ('HOSTING', 'FINE_TUNING') GROUP BY account_id, kind, category`

// reconcileBooks compares what each grant and each cycle say of themselves with what the ledger says of them. A grant
// made by a refund has no entry of its own. The chain of balances is followed from the last closed cycle on: what lies
// before was followed when it was new. cycles: statements and the running cycle against what the ledger posted in them.
// openings: each begins where the one before it closed. grants: each against what the ledger says of it. chain: each
// entry's balance is the one before it plus its own amount. entries: no number of an entry is missing.
const reconcileBooks = `-- name: books to reconcile
WITH cycles AS (
  SELECT account_id, cycle_no, meter, opening, granted, charged, refunded, expired, adjusted FROM statement WHERE account_id = ANY($1::bigint[])
  UNION ALL SELECT b.account_id, b.cycle_no, m.meter, b.flows[m.i + 1], b.flows[m.i + 2], b.flows[m.i + 3], b.flows[m.i + 4], b.flows[m.i + 5], b.flows[m.i + 6]
  FROM balance b, (VALUES ('MODEL_CREDITS', 0), ('TOOL_RUNS', 6)) m (meter, i) WHERE b.account_id = ANY($1::bigint[])
), posted AS (
  SELECT account_id, cycle_no, meter, sum(amount) FILTER (WHERE kind = 'GRANT') AS granted, -sum(amount) FILTER (WHERE kind = 'CHARGE') AS charged,
    sum(amount) FILTER (WHERE kind = 'REFUND') AS refunded, -sum(amount) FILTER (WHERE kind = 'EXPIRY') AS expired, sum(amount) FILTER (WHERE kind = 'ADJUSTMENT') AS adjusted
  FROM ledger_entry WHERE account_id = ANY($1::bigint[]) GROUP BY account_id, cycle_no, meter
), told AS (
  SELECT account_id, meter, cause_id AS grant_no, sum(amount) FILTER (WHERE kind IN ('GRANT', 'ADJUSTMENT') AND amount > 0) AS amount,
    -sum(amount) FILTER (WHERE kind = 'EXPIRY') AS expired, -sum(amount) FILTER (WHERE kind = 'ADJUSTMENT' AND amount < 0) AS taken_back
  FROM ledger_entry WHERE account_id = ANY($1::bigint[]) AND cause IN ('GRANT', 'EXPIRY', 'CORRECTION') GROUP BY account_id, meter, cause_id
)
SELECT account_id, 'cycles/' || c.meter, coalesce(sum(abs(c.granted - coalesce(p.granted, 0)) + abs(c.charged - coalesce(p.charged, 0)) + abs(c.refunded - coalesce(p.refunded, 0))
  + abs(c.expired - coalesce(p.expired, 0)) + abs(c.adjusted - coalesce(p.adjusted, 0))), 0)::bigint
FROM cycles c LEFT JOIN posted p USING (account_id, cycle_no, meter) GROUP BY account_id, c.meter
UNION ALL SELECT account_id, 'openings/' || meter, sum(abs(opening - before))::bigint FROM (
  SELECT account_id, meter, opening, lag(opening + granted - charged + refunded - expired + adjusted, 1, 0::bigint)
    OVER (PARTITION BY account_id, meter ORDER BY cycle_no) AS before FROM cycles) c GROUP BY account_id, meter
UNION ALL SELECT account_id, 'grants/' || g.meter, sum(abs(g.amount - coalesce(t.amount, g.amount)) + abs(g.expired - coalesce(t.expired, 0)) + abs(g.taken_back - coalesce(t.taken_back, 0)))::bigint
FROM credit_grant g LEFT JOIN told t USING (account_id, meter, grant_no) WHERE account_id = ANY($1::bigint[]) GROUP BY account_id, g.meter
UNION ALL SELECT account_id, 'chain/' || meter, sum(abs(balance_after - before - amount))::bigint FROM (
  SELECT e.account_id, e.meter, e.amount, e.balance_after, lag(e.balance_after, 1, c.opening) OVER (PARTITION BY e.account_id, e.meter ORDER BY e.entry_no) AS before
  FROM balance b JOIN ledger_entry e USING (account_id) JOIN cycles c ON c.account_id = b.account_id AND c.meter = e.meter AND c.cycle_no = greatest(b.cycle_no - 1, 1)
  WHERE b.account_id = ANY($1::bigint[]) AND e.account_id = ANY($1::bigint[]) AND e.cycle_no >= b.cycle_no - 1) e GROUP BY account_id, meter
UNION ALL SELECT b.account_id, 'entries', abs(b.entry_no - (SELECT count(*) FROM ledger_entry e WHERE e.account_id = b.account_id)) FROM balance b
  WHERE b.account_id = ANY($1::bigint[])`

// reconcileCharts compares each chart table with the finer one, as far as that one is kept: minutes and events since
// $2, quarter-hours since $3, or since the first chunk that is left (retention may have been shorter). What is not
// rolled up is in no chart table but among the events, so usage_delta is added. Slots of the account are compared by
// width, since the slots of each width sum to all of its usage.
const reconcileCharts = `-- name: charts to reconcile
WITH kept AS (SELECT max(since) FILTER (WHERE t = 'usage_event') AS events, max(since) FILTER (WHERE t = 'usage_minute') AS minutes, max(since) FILTER (WHERE t = 'usage_quarter') AS quarters
  FROM (SELECT hypertable_name AS t, min(range_start) AS since FROM timescaledb_information.chunks WHERE hypertable_name IN ('usage_event', 'usage_minute', 'usage_quarter') GROUP BY 1) c)
SELECT account_id, 'minutes beside events/' || kind, sum(amount)::bigint FROM (
  SELECT account_id, kind, bucket AS at, credits + runs AS amount FROM usage_minute WHERE account_id = ANY($1::bigint[]) AND bucket >= $2 AND kind IN ('TOOL_RUN', 'INFERENCE')
  UNION ALL SELECT account_id, kind, bucket, credits + runs FROM usage_delta WHERE account_id = ANY($1::bigint[]) AND bucket >= $2 AND kind IN ('TOOL_RUN', 'INFERENCE')
  UNION ALL SELECT account_id, kind, time, charge + runs FROM usage_void WHERE account_id = ANY($1::bigint[]) AND time >= $2
  UNION ALL SELECT account_id, kind, time, -charge - runs FROM usage_event WHERE account_id = ANY($1::bigint[]) AND time >= $2) x, kept
WHERE (at >= events) IS NOT FALSE AND (at >= minutes) IS NOT FALSE GROUP BY account_id, kind
UNION ALL SELECT account_id, 'quarter-hours beside minutes/' || kind, sum(amount)::bigint FROM (
  SELECT account_id, kind, bucket AS at, credits + runs AS amount FROM usage_quarter WHERE account_id = ANY($1::bigint[]) AND bucket >= $2
  UNION ALL SELECT account_id, kind, bucket, -credits - runs FROM usage_minute WHERE account_id = ANY($1::bigint[]) AND bucket >= $2) x, kept
WHERE (at >= minutes) IS NOT FALSE GROUP BY account_id, kind
UNION ALL SELECT account_id, 'days beside quarter-hours/' || kind, sum(amount)::bigint FROM (
  SELECT account_id, kind, bucket AS at, credits + runs AS amount FROM usage_day WHERE account_id = ANY($1::bigint[]) AND bucket >= $3
  UNION ALL SELECT account_id, kind, bucket, -credits - runs FROM usage_quarter WHERE account_id = ANY($1::bigint[]) AND bucket >= $3) x, kept
WHERE (at >= quarters) IS NOT FALSE GROUP BY account_id, kind
UNION ALL SELECT account_id, 'days of the account beside days/' || kind, sum(amount)::bigint FROM (
  SELECT account_id, kind, credits + runs AS amount FROM account_usage WHERE account_id = ANY($1::bigint[]) AND slot = 0
  UNION ALL SELECT account_id, kind, -credits - runs FROM usage_day WHERE account_id = ANY($1::bigint[])) x GROUP BY account_id, kind
UNION ALL SELECT account_id, 'slots of the account beside quarter-hours/' || width || '/' || kind, sum(amount)::bigint FROM (
  SELECT account_id, kind, CASE WHEN slot < 5 THEN 6 * 60 WHEN slot < 29 THEN 60 ELSE 15 END AS width, day AS at, credits + runs AS amount
  FROM account_usage WHERE account_id = ANY($1::bigint[]) AND slot > 0 AND day >= $3
  UNION ALL SELECT account_id, kind, width, bucket, -credits - runs FROM usage_quarter, unnest(ARRAY[15, 60, 360]) width
  WHERE account_id = ANY($1::bigint[]) AND bucket >= $3) x, kept
WHERE (at >= quarters) IS NOT FALSE GROUP BY account_id, width, kind`

// Hosting that costs nothing does not concern the books.
const reconcileSegments = `-- name: segments to reconcile
SELECT g.account_id, g.category, g.rate, g.replicas, extract(epoch FROM g.started_at)::bigint, coalesce(extract(epoch FROM g.ended_at)::bigint, 0),
  coalesce(extract(epoch FROM a.books_from)::bigint, 0), extract(epoch FROM b.posted_until)::bigint
FROM segment g JOIN balance b USING (account_id) JOIN account a USING (account_id) WHERE g.account_id = ANY($1::bigint[]) AND g.rate > 0`
