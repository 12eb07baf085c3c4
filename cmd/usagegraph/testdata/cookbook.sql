-- The answers of docs/analysts.md once more, from the facts alone: events, segments of hosting, fine-tuning jobs and entries of the
-- ledger. None of the tables is read that the charts are kept in. A block begins with the number of its question and says which list of
-- the answer it makes; its columns are the names there, its rows come in the same order. What stands before the first block is done once.
--
-- The end of the demo is 2026-03-10 15:30 UTC, a Tuesday; what it is compared with ends a minute later.

CREATE TEMP TABLE fact AS
SELECT e.account_id, e.time AS at, e.kind, CASE e.kind WHEN 'TOOL_RUN' THEN 'TOOLS' ELSE 'MODELS' END AS category, e.resource_id,
    nullif(e.deployment_id, 0) AS deployment_id, NULL AS hardware, e.user_id, e.api_key, e.tags, e.charge AS micro, e.runs, 1 AS events,
    e.input_tokens, e.output_tokens, e.cache_read_tokens, 0 AS seconds, 0 AS replica_seconds
FROM usage_event e
WHERE NOT EXISTS (SELECT FROM usage_void v WHERE (v.account_id, v.time, v.source, v.event_id) = (e.account_id, e.time, e.source, e.event_id));

-- Hosting, cut at quarters of an hour and where comparisons end. Its rate is that of an hour; what a segment has cost since it began is
-- rounded half up.
CREATE TEMP TABLE piece AS
SELECT at AS since, lead(at) OVER (ORDER BY at) AS until FROM (
    SELECT generate_series('2025-02-28 00:00Z', '2026-03-10 16:00Z', interval '15 minutes') AS at
    UNION SELECT unnest(ARRAY['2025-03-10 15:31Z', '2025-12-10 15:31Z', '2026-02-10 15:31Z', '2026-03-03 15:31Z']::timestamptz[])
) c;
INSERT INTO fact
SELECT account_id, greatest(since, started_at), 'HOSTING', category, resource_id, deployment_id, nullif(hardware, ''), NULL, NULL, NULL,
    (2 * rate * replicas * age_hi + 3600) / 7200 - (2 * rate * replicas * age_lo + 3600) / 7200, 0, 0, 0, 0, 0, age_hi - age_lo, (age_hi - age_lo) * replicas
FROM (
    SELECT s.*, since, extract(epoch FROM greatest(since, started_at) - started_at)::bigint AS age_lo, extract(epoch FROM least(until, ended) - started_at)::bigint AS age_hi
    FROM (SELECT *, coalesce(ended_at, '2026-03-10 15:30Z') AS ended FROM segment) s JOIN piece ON since < ended AND until > started_at
) s
WHERE age_hi > age_lo;

INSERT INTO fact
SELECT account_id, started_at, 'FINE_TUNING', 'MODELS', model_id, NULL, NULL, NULL, NULL, NULL, charge - refunded, 0, 0, 0, 0, 0, 0, 0
FROM fine_tuning_job;

CREATE TEMP VIEW last_month AS SELECT * FROM fact WHERE at >= '2026-02-01Z' AND at < '2026-03-01Z';
CREATE TEMP VIEW month_before AS SELECT * FROM fact WHERE at >= '2026-01-01Z' AND at < '2026-02-01Z';
CREATE TEMP VIEW this_month AS SELECT * FROM fact WHERE at >= '2026-03-01Z';
CREATE TEMP VIEW last_7_days AS SELECT * FROM fact WHERE at >= '2026-03-04Z';
CREATE TEMP TABLE category AS SELECT * FROM unnest(ARRAY['MODELS', 'GUARDRAILS', 'SCRIPTS', 'TOOLS']) WITH ORDINALITY AS c (category, place);
CREATE TEMP VIEW who AS SELECT account_id, a.name AS account, plan_id, p.name AS plan, low_limit, negative_limit FROM account a LEFT JOIN plan p USING (plan_id);
CREATE TEMP VIEW what AS SELECT resource_id, name AS resource, owner_name AS owner, tags->>'app' AS app FROM resource;

-- 1 usage.edges
SELECT account AS "accountName", sum(micro) * 0.000001 AS credits, round(100 * sum(micro) / sum(sum(micro)) OVER (), 2) AS "share.credits"
FROM this_month JOIN who USING (account_id) GROUP BY account_id, account ORDER BY sum(micro) DESC LIMIT 3

-- 2 usage.edges
SELECT category, sum(micro) * 0.000001 AS credits, sum(runs) AS runs FROM last_month JOIN category c USING (category) GROUP BY 1, place ORDER BY place

-- 2 usage.totals
SELECT sum(micro) * 0.000001 AS credits, sum(runs) AS runs FROM last_month

-- 3 usage.edges
WITH ranked AS (
    SELECT account_id, resource_id, sum(micro) AS micro, row_number() OVER (ORDER BY sum(micro) DESC) AS place
    FROM last_month WHERE category = 'MODELS' GROUP BY 1, 2
)
SELECT resource AS "resourceName", account AS "accountName", sum(micro) * 0.000001 AS credits, min(place) > 3 AS other
FROM ranked LEFT JOIN what ON what.resource_id = ranked.resource_id AND place <= 3 LEFT JOIN who ON who.account_id = ranked.account_id AND place <= 3
GROUP BY resource, account ORDER BY min(place)

-- 4 usage.edges
SELECT plan AS "planName", sum(micro) * 0.000001 AS credits, sum(runs) AS runs
FROM last_month JOIN who USING (account_id) GROUP BY plan_id, plan ORDER BY plan_id NULLS FIRST

-- 5 usage.edges
SELECT owner AS "ownerName", sum(runs) AS runs, round(100 * sum(runs) / sum(sum(runs)) OVER (), 2) AS "share.runs"
FROM last_month JOIN what USING (resource_id) WHERE kind = 'TOOL_RUN' GROUP BY 1 ORDER BY 2 DESC LIMIT 4

-- 6 usage.edges
SELECT account AS "accountName", sum(micro) * 0.000001 AS credits FROM last_month JOIN who USING (account_id)
GROUP BY account_id, account HAVING sum(micro) >= 30000000 ORDER BY account_id

-- 7 usage.edges
SELECT account AS "accountName", count(DISTINCT resource_id) FILTER (WHERE micro > 0 OR events > 0) AS resources, sum(events) AS events
FROM last_month JOIN who USING (account_id) GROUP BY account_id, account ORDER BY account_id

-- 8 usage.edges
WITH state AS (
    SELECT account_id, CASE WHEN sum(amount) <= max(negative_limit) THEN 'STOPPED' ELSE 'EXHAUSTED' END AS zone
    FROM ledger_entry JOIN who USING (account_id) WHERE meter = 'MODEL_CREDITS' GROUP BY 1 HAVING sum(amount) <= 0
)
SELECT account AS "accountName", zone, kind, sum(micro) * 0.000001 AS credits, sum(runs) AS runs
FROM last_7_days JOIN state USING (account_id) JOIN who USING (account_id)
GROUP BY account_id, account, zone, kind ORDER BY account_id, kind

-- 9 usage.edges
WITH ranked AS (
    SELECT account_id, user_id, sum(micro) AS micro, row_number() OVER (ORDER BY sum(micro) DESC) AS place
    FROM last_month WHERE kind = 'INFERENCE' GROUP BY 1, 2
)
SELECT CASE WHEN place <= 5 THEN user_id END AS "user", account AS "accountName", sum(micro) * 0.000001 AS credits,
    round(100 * sum(micro) / sum(sum(micro)) OVER (), 2) AS "share.credits", min(place) > 5 AS other
FROM ranked LEFT JOIN who ON who.account_id = ranked.account_id AND place <= 5 GROUP BY 1, 2, least(place, 6) ORDER BY min(place)

-- 10 usage.edges
SELECT tags->>'team' AS "tags.0.value", account AS "accountName", sum(micro) * 0.000001 AS credits, sum(runs) AS runs
FROM last_month JOIN who USING (account_id) WHERE kind IN ('TOOL_RUN', 'INFERENCE')
GROUP BY 1, account_id, 2 ORDER BY sum(micro) DESC LIMIT 4

-- 11 usage.edges
SELECT 'env' AS "tags.0.key", tags->>'env' AS "tags.0.value", sum(micro) * 0.000001 AS credits, sum(events) AS events,
    round(100 * sum(micro) / sum(sum(micro)) OVER (), 2) AS "share.credits"
FROM last_month WHERE kind = 'INFERENCE' GROUP BY 2 ORDER BY sum(micro) DESC

-- 12 usage.edges
SELECT resource AS "resourceName", sum(runs) AS runs, sum(micro) * 0.000001 AS credits, sum(input_tokens) AS "inputTokens"
FROM last_month JOIN what USING (resource_id) WHERE tags @> '{"team": "support", "env": "prod"}' GROUP BY resource_id, resource ORDER BY resource_id

-- 13 usage.edges
SELECT api_key AS "apiKey", account AS "accountName", sum(events) AS events, count(DISTINCT user_id) AS users
FROM last_7_days JOIN who USING (account_id) WHERE kind IN ('TOOL_RUN', 'INFERENCE') GROUP BY 1, account_id, 2 ORDER BY 3 DESC LIMIT 3

-- 14 usage.edges
SELECT kind, sum(micro) * 0.000001 AS credits FROM last_month WHERE user_id IS NULL GROUP BY kind ORDER BY kind

-- 14 usage.totals
SELECT sum(micro) * 0.000001 AS credits FROM last_month WHERE user_id IS NULL

-- 15 accounts.edges.0.node.usage.edges
SELECT app AS "resourceTags.0.value", kind, sum(micro) * 0.000001 AS credits, sum(runs) AS runs
FROM last_month JOIN what USING (resource_id)
WHERE account_id = (SELECT account_id FROM account WHERE name = 'Northwind Retail') AND (micro > 0 OR events > 0) GROUP BY 1, 2 ORDER BY 1 NULLS FIRST, 2

-- 16 usage.edges
SELECT to_char(month, 'YYYY-MM-DD"T"00:00:00"Z"') AS start, month = '2025-12-01' OR month = '2026-03-01' AS partial, count(DISTINCT user_id) AS users, sum(events) AS events
FROM (SELECT *, date_trunc('month', at AT TIME ZONE 'UTC') AS month FROM fact WHERE at >= '2025-12-11Z') f GROUP BY month ORDER BY month

-- 17 usage.totals
SELECT now.credits, before.credits AS "creditsChange.value", now.credits - before.credits AS "creditsChange.delta",
    round(100 * (now.credits - before.credits) / before.credits, 2) AS "creditsChange.percent",
    now.runs, before.runs AS "runsChange.value", now.runs - before.runs AS "runsChange.delta", round(100 * (now.runs - before.runs) / before.runs, 2) AS "runsChange.percent"
FROM (SELECT sum(micro) * 0.000001 AS credits, sum(runs)::numeric AS runs FROM this_month) now,
    (SELECT sum(micro) * 0.000001 AS credits, sum(runs)::numeric AS runs FROM last_month WHERE at < '2026-02-10 15:31Z') before

-- 18 usage.edges
SELECT account AS "accountName", coalesce(sum(runs) FILTER (WHERE at >= '2026-01-01Z'), 0) AS runs, coalesce(sum(runs) FILTER (WHERE at < '2026-01-01Z'), 0) AS "runsChange.value",
    round(100.0 * (coalesce(sum(runs) FILTER (WHERE at >= '2026-01-01Z'), 0) - sum(runs) FILTER (WHERE at < '2026-01-01Z')) / nullif(sum(runs) FILTER (WHERE at < '2026-01-01Z'), 0), 2) AS "runsChange.percent"
FROM fact JOIN who USING (account_id)
WHERE kind = 'TOOL_RUN' AND (at >= '2026-03-01Z' OR at >= '2025-03-01Z' AND at < '2025-03-10 15:31Z') GROUP BY account_id, account ORDER BY account_id

-- 19 usage.edges
SELECT category, n.credits, coalesce(b.credits, 0) AS "creditsChange.value", round(100 * (n.credits - b.credits) / nullif(b.credits, 0), 2) AS "creditsChange.percent",
    n.runs, coalesce(b.runs, 0) AS "runsChange.value", round(100 * (n.runs - b.runs) / nullif(b.runs, 0), 2) AS "runsChange.percent"
FROM category
JOIN (SELECT category, sum(micro) * 0.000001 AS credits, sum(runs)::numeric AS runs FROM fact WHERE at >= '2026-01-01Z' GROUP BY 1) n USING (category)
LEFT JOIN (SELECT category, sum(micro) * 0.000001 AS credits, sum(runs)::numeric AS runs FROM fact WHERE at >= '2025-10-01Z' AND at < '2025-12-10 15:31Z' GROUP BY 1) b USING (category)
ORDER BY place

-- 20 usage.edges
SELECT resource AS "resourceName", account AS "accountName", n.runs, n.runs - coalesce(b.runs, 0) AS "runsChange.delta", round(100 * (n.runs - b.runs) / nullif(b.runs, 0), 2) AS "runsChange.percent"
FROM (SELECT account_id, resource_id, sum(runs)::numeric AS runs FROM last_month WHERE kind = 'TOOL_RUN' GROUP BY 1, 2) n
LEFT JOIN (SELECT resource_id, sum(runs)::numeric AS runs FROM month_before WHERE kind = 'TOOL_RUN' GROUP BY 1) b USING (resource_id)
JOIN what USING (resource_id) JOIN who USING (account_id) ORDER BY 4 DESC, account_id, resource_id LIMIT 2

-- 21 usage.edges
SELECT account AS "accountName", n.credits, coalesce(b.credits, 0) AS "creditsChange.value", round(100 * (n.credits - b.credits) / nullif(b.credits, 0), 2) AS "creditsChange.percent"
FROM (SELECT account_id, sum(micro) * 0.000001 AS credits FROM last_7_days GROUP BY 1) n
LEFT JOIN (SELECT account_id, sum(micro) * 0.000001 AS credits FROM fact WHERE at >= '2026-02-25Z' AND at < '2026-03-03 15:31Z' GROUP BY 1) b USING (account_id)
JOIN who USING (account_id) ORDER BY n.credits - coalesce(b.credits, 0) LIMIT 2

-- 22 usage.edges
SELECT n.user_id AS "user", n.credits, coalesce(b.credits, 0) AS "creditsChange.value", n.credits - coalesce(b.credits, 0) AS "creditsChange.delta"
FROM (SELECT user_id, sum(micro) * 0.000001 AS credits FROM last_month WHERE kind = 'INFERENCE' GROUP BY 1) n
LEFT JOIN (SELECT user_id, sum(micro) * 0.000001 AS credits FROM month_before WHERE kind = 'INFERENCE' GROUP BY 1) b ON b.user_id IS NOT DISTINCT FROM n.user_id ORDER BY 4 DESC LIMIT 3

-- 23 usage.edges
SELECT category, n.credits, coalesce(b.credits, 0) AS "creditsChange.value", round(100 * (n.credits - b.credits) / nullif(b.credits, 0), 2) AS "creditsChange.percent",
    n.runs, coalesce(b.runs, 0) AS "runsChange.value", round(100 * (n.runs - b.runs) / nullif(b.runs, 0), 2) AS "runsChange.percent"
FROM category
JOIN (SELECT category, sum(micro) * 0.000001 AS credits, sum(runs)::numeric AS runs FROM fact WHERE at >= '2026-03-02Z' AND at < '2026-03-09Z' GROUP BY 1) n USING (category)
LEFT JOIN (SELECT category, sum(micro) * 0.000001 AS credits, sum(runs)::numeric AS runs FROM fact WHERE at >= '2026-02-02Z' AND at < '2026-02-09Z' GROUP BY 1) b USING (category)
ORDER BY place

-- 24 usage.edges
SELECT to_char(day, 'YYYY-MM-DD"T"00:00:00"Z"') AS start, day = '2026-03-10' AS partial, credits, sum(credits) OVER (ORDER BY day) AS "cumulative.credits"
FROM (SELECT day, coalesce(sum(micro), 0) * 0.000001 AS credits
    FROM generate_series(timestamp '2026-03-04', '2026-03-10', interval '1 day') day LEFT JOIN last_7_days ON date_trunc('day', at AT TIME ZONE 'UTC') = day GROUP BY 1) d ORDER BY day

-- 25 usage.edges
SELECT to_char(date_trunc('month', at AT TIME ZONE 'UTC'), 'YYYY-MM-DD"T"00:00:00"Z"') AS start, 'MODELS' AS category, sum(micro) * 0.000001 AS credits
FROM fact WHERE category = 'MODELS' AND at >= '2026-01-01Z' GROUP BY 1 ORDER BY 1

-- 26 usage.edges
SELECT to_char(quarter, 'YYYY-MM-DD"T"00:00:00"Z"') AS start, to_char(quarter + interval '3 months', 'YYYY-MM-DD"T"00:00:00"Z"') AS "end",
    quarter IN ('2025-01-01', '2026-01-01') AS partial, sum(micro) * 0.000001 AS credits, sum(runs) AS runs
FROM (SELECT *, date_trunc('quarter', at AT TIME ZONE 'UTC') AS quarter FROM fact) f GROUP BY quarter ORDER BY quarter

-- 27 usage.edges
SELECT to_char(year, 'YYYY-MM-DD"T"00:00:00"Z"') AS start, true AS partial, sum(micro) * 0.000001 AS credits, sum(runs) AS runs, sum(events) AS events
FROM (SELECT *, date_trunc('year', at AT TIME ZONE 'UTC') AS year FROM fact) f GROUP BY year ORDER BY year

-- 28 usage.edges
SELECT extract(hour FROM at AT TIME ZONE 'UTC') AS "hourOfDay", sum(runs) AS runs, round(100 * sum(runs) / sum(sum(runs)) OVER (), 2) AS "share.runs"
FROM last_month WHERE kind = 'TOOL_RUN' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3

-- 29 usage.edges
SELECT extract(isodow FROM at AT TIME ZONE 'UTC') AS "dayOfWeek", sum(runs) AS runs FROM last_month WHERE kind = 'TOOL_RUN' GROUP BY 1 ORDER BY 1

-- 30 usage.edges
SELECT account AS "accountName", sum(micro) * 0.000001 AS credits, sum(runs) AS runs FROM fact JOIN who USING (account_id)
WHERE kind IN ('TOOL_RUN', 'INFERENCE') AND (at AT TIME ZONE 'America/New_York') >= '2026-02-01' AND (at AT TIME ZONE 'America/New_York') < '2026-03-01'
    AND extract(hour FROM at AT TIME ZONE 'America/New_York') IN (22, 23, 0, 1, 2, 3, 4, 5)
GROUP BY account_id, account ORDER BY account_id

-- 31 usage.edges
SELECT category, sum(micro) * 0.000001 AS credits, sum(runs) AS runs FROM last_month JOIN category c USING (category)
WHERE extract(isodow FROM at AT TIME ZONE 'UTC') >= 6 GROUP BY category, place ORDER BY place

-- 32 usage.edges
SELECT resource AS "resourceName", account AS "accountName", sum(runs) AS runs FROM fact JOIN what USING (resource_id) JOIN who USING (account_id)
WHERE kind = 'TOOL_RUN' AND at >= '2026-03-09 14:00Z' AND at < '2026-03-09 15:00Z' GROUP BY resource_id, resource, account ORDER BY 3 DESC, resource_id LIMIT 1

-- 33 usage.edges
SELECT to_char(day AT TIME ZONE 'Asia/Kathmandu' AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS start, sum(micro) * 0.000001 AS credits, sum(runs) AS runs
FROM (SELECT *, date_trunc('day', at AT TIME ZONE 'Asia/Kathmandu') AS day FROM fact) f WHERE day >= '2026-03-04' GROUP BY day ORDER BY day LIMIT 2

-- 34 usage.edges
SELECT resource AS "resourceName", account AS "accountName", sum(input_tokens) AS "inputTokens", sum(output_tokens) AS "outputTokens", sum(micro) * 0.000001 AS credits,
    round(sum(micro) * 0.001 / sum(input_tokens + output_tokens), 6) AS "creditsPer1000Tokens"
FROM last_month f JOIN what USING (resource_id) JOIN who USING (account_id) WHERE kind = 'INFERENCE'
GROUP BY resource_id, resource, account ORDER BY sum(input_tokens + output_tokens) DESC LIMIT 3

-- 35 usage.edges
SELECT account AS "accountName", resource AS "resourceName", sum(input_tokens) AS "inputTokens", sum(cache_read_tokens) AS "cacheReadTokens"
FROM last_month f JOIN what USING (resource_id) JOIN who USING (account_id) WHERE kind = 'INFERENCE'
GROUP BY account_id, account, resource_id, resource HAVING sum(cache_read_tokens) > 0 ORDER BY account_id, resource_id

-- 36 usage.edges
SELECT hardware, sum(micro) * 0.000001 AS credits, sum(seconds) AS "hostingSeconds", sum(replica_seconds) AS "replicaSeconds"
FROM last_month WHERE kind = 'HOSTING' GROUP BY 1 ORDER BY 2 DESC

-- 37 usage.edges
SELECT d.name AS "deploymentName", account AS "accountName", sum(micro) * 0.000001 AS credits, sum(replica_seconds) AS "replicaSeconds"
FROM last_month f JOIN (SELECT deployment_id, name FROM deployment) d USING (deployment_id) JOIN who USING (account_id) WHERE kind = 'HOSTING'
GROUP BY deployment_id, d.name, account ORDER BY 3 DESC LIMIT 3

-- 38 usage.edges
SELECT resource AS "resourceName", account AS "accountName", round(sum(micro) * 0.001 / sum(input_tokens + output_tokens), 6) AS "creditsPer1000Tokens"
FROM last_month f JOIN what USING (resource_id) JOIN who USING (account_id) WHERE kind = 'INFERENCE'
GROUP BY resource_id, resource, account HAVING sum(micro) * 0.001 / sum(input_tokens + output_tokens) >= 0.0007 ORDER BY sum(micro) * 0.001 / sum(input_tokens + output_tokens) DESC LIMIT 3

-- 39 usage.edges
SELECT resource AS "resourceName", account AS "accountName", sum(micro) * 0.000001 AS credits
FROM fact f JOIN what USING (resource_id) JOIN who USING (account_id) WHERE kind = 'FINE_TUNING'
GROUP BY resource_id, resource, account ORDER BY 3 DESC, resource_id

-- 41 accounts.edges
SELECT account AS name, sum(amount) FILTER (WHERE meter = 'MODEL_CREDITS') * 0.000001 AS "creditStatus.credits.remaining", sum(amount) FILTER (WHERE meter = 'TOOL_RUNS') AS "creditStatus.runs.remaining"
FROM ledger_entry JOIN who USING (account_id) GROUP BY account_id, account ORDER BY 2 LIMIT 3

-- 42 accounts.edges
SELECT account AS name, sum(amount) * 0.000001 AS "creditStatus.credits.remaining" FROM ledger_entry JOIN who USING (account_id)
WHERE meter = 'MODEL_CREDITS' GROUP BY account_id, account, low_limit HAVING sum(amount) < low_limit ORDER BY lower(account)

-- 46 accounts.edges.0.node.grants.edges
WITH drawn AS (
    SELECT account_id, grant_no, sum(CASE kind WHEN 'REFUND' THEN -part ELSE part END) AS drawn
    FROM ledger_entry, unnest(draw_grants, draw_amounts) AS d (grant_no, part) WHERE kind IN ('CHARGE', 'REFUND') GROUP BY 1, 2
)
SELECT g.kind, g.meter, g.amount * unit AS amount, CASE WHEN expires_at > '2026-03-10 15:30Z' THEN g.amount - coalesce(drawn, 0) ELSE 0 END * unit AS remaining, to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "expiresAt"
FROM credit_grant g LEFT JOIN drawn USING (account_id, grant_no), LATERAL (SELECT CASE g.meter WHEN 'TOOL_RUNS' THEN 1 ELSE 0.000001 END AS unit) u
WHERE account_id = (SELECT account_id FROM account WHERE name = 'Kestrel Logistics') AND retired_at IS NULL ORDER BY granted_at DESC, grant_no DESC

-- 47 accounts.edges.0.node.statements.edges
SELECT opening AS "credits.opening", granted AS "credits.granted", charged AS "credits.charged", expired AS "credits.expired", closing AS "credits.closing"
FROM (
    SELECT cycle_no, coalesce(sum(sum(amount)) OVER (ORDER BY cycle_no ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) * 0.000001 AS opening, sum(sum(amount)) OVER (ORDER BY cycle_no) * 0.000001 AS closing,
        coalesce(sum(amount) FILTER (WHERE kind = 'GRANT'), 0) * 0.000001 AS granted, coalesce(-sum(amount) FILTER (WHERE kind = 'CHARGE'), 0) * 0.000001 AS charged,
        coalesce(-sum(amount) FILTER (WHERE kind = 'EXPIRY'), 0) * 0.000001 AS expired
    FROM ledger_entry WHERE meter = 'MODEL_CREDITS' AND account_id = (SELECT account_id FROM account WHERE name = 'Northwind Retail') GROUP BY cycle_no
) c ORDER BY cycle_no DESC LIMIT 2

-- 48 accounts.edges.0.node.overview.inRange
SELECT n.credits, n.runs, b.credits AS "creditsChange.value", round(100 * (n.credits - b.credits) / b.credits, 2) AS "creditsChange.percent",
    b.runs AS "runsChange.value", round(100 * (n.runs - b.runs) / b.runs, 2) AS "runsChange.percent"
FROM (SELECT sum(micro) * 0.000001 AS credits, sum(runs)::numeric AS runs FROM fact WHERE at >= '2026-03-02Z' AND at < '2026-03-09Z' AND account_id = (SELECT account_id FROM account WHERE name = 'Northwind Retail')) n,
    (SELECT sum(micro) * 0.000001 AS credits, sum(runs)::numeric AS runs FROM fact WHERE at >= '2026-02-23Z' AND at < '2026-03-02Z' AND account_id = (SELECT account_id FROM account WHERE name = 'Northwind Retail')) b

-- 49 accounts.edges.0.node.ledger.edges
SELECT to_char(effective_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "effectiveAt", category, resource AS "resourceName",
    amount * CASE meter WHEN 'TOOL_RUNS' THEN 1 ELSE 0.000001 END AS amount, balance_after * CASE meter WHEN 'TOOL_RUNS' THEN 1 ELSE 0.000001 END AS "balanceAfter"
FROM ledger_entry e LEFT JOIN what USING (resource_id)
WHERE e.account_id = (SELECT account_id FROM account WHERE name = 'Kestrel Logistics') AND e.kind = 'CHARGE' ORDER BY effective_at DESC, entry_no DESC LIMIT 2

-- 50 rows
SELECT account AS account_name, coalesce(user_id, '') AS "user", sum(micro) * 0.000001 AS credits, sum(events) AS events, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens
FROM last_month JOIN who USING (account_id) WHERE kind = 'INFERENCE' GROUP BY account_id, account, user_id ORDER BY account_id, 2 LIMIT 4
