-- name: find accounts that accrue
SELECT DISTINCT account_id FROM segment WHERE ended_at IS NULL AND rate > 0 AND ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) ORDER BY 1;

-- name: pivot of usage
WITH used0 AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $4::timestamptz AND bucket < $5::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_day WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $6::timestamptz AND bucket < $7::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $8::timestamptz AND bucket < $9::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $10::timestamptz AND bucket < $11::timestamptz
), counted AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, ''::text AS hardware, false AS earlier, 0 AS number FROM used0
), fine AS (
  SELECT c.account_id AS k1, array_position(ARRAY['OPEN', 'NO_FINE_TUNING', 'LOW', 'EXHAUSTED', 'STOPPED'], CASE WHEN b.balances[1] <= a.negative_limit THEN 'STOPPED' WHEN b.balances[1] <= 0 THEN 'EXHAUSTED' WHEN b.balances[1] < a.low_limit THEN 'LOW'
  WHEN b.balances[1] <= a.fine_tune_limit THEN 'NO_FINE_TUNING' ELSE 'OPEN' END) AS k2, CASE WHEN b.had_grant[1] AND b.balances[1] <= 0 OR b.had_grant[2] AND b.balances[2] <= 0 THEN 1
  WHEN least(fc.credits_exhausted_at, fc.runs_exhausted_at) < fc.made_at + interval '7 days' THEN 2
  WHEN least(fc.credits_exhausted_at, fc.runs_exhausted_at) < fc.made_at + interval '30 days' THEN 3
  WHEN least(fc.credits_exhausted_at, fc.runs_exhausted_at) < fc.made_at + interval '90 days' THEN 4 ELSE 5 END AS k3, coalesce(sum(c.credits), 0)::bigint AS credits, coalesce(sum(c.runs), 0)::bigint AS runs, coalesce(sum(c.events), 0)::bigint AS events, coalesce(sum(c.input_tokens), 0)::bigint AS input_tokens, coalesce(sum(c.output_tokens), 0)::bigint AS output_tokens
  FROM counted c JOIN account a ON a.account_id = c.account_id JOIN balance b ON b.account_id = c.account_id LEFT JOIN forecast fc ON fc.account_id = c.account_id
  WHERE true AND coalesce(a.plan_id, 0) = ANY($12::bigint[]) GROUP BY k1, k2, k3
), mapped AS (SELECT false AS other, * FROM fine), groups AS (SELECT * FROM mapped)
, listed AS (
  SELECT *, (k1)::bigint AS p1, (k2)::int AS p2, (k3)::int AS p3
  FROM groups WHERE true
)
SELECT 0::bigint, listed.other, listed.credits, listed.runs, listed.events, listed.input_tokens, listed.output_tokens, listed.k1::text, listed.k2::text, listed.k3::text, coalesce(na.name, ''), coalesce(na.external_id, '')
FROM listed LEFT JOIN account na ON na.account_id = listed.k1 WHERE true
ORDER BY listed.p1, listed.p2, listed.p3 LIMIT 26;

-- name: totals of a pivot
WITH used0 AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $4::timestamptz AND bucket < $5::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_day WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $6::timestamptz AND bucket < $7::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $8::timestamptz AND bucket < $9::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $10::timestamptz AND bucket < $11::timestamptz
), counted AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, ''::text AS hardware, false AS earlier, 0 AS number FROM used0
), fine AS (
  SELECT c.account_id AS k1, array_position(ARRAY['OPEN', 'NO_FINE_TUNING', 'LOW', 'EXHAUSTED', 'STOPPED'], CASE WHEN b.balances[1] <= a.negative_limit THEN 'STOPPED' WHEN b.balances[1] <= 0 THEN 'EXHAUSTED' WHEN b.balances[1] < a.low_limit THEN 'LOW'
  WHEN b.balances[1] <= a.fine_tune_limit THEN 'NO_FINE_TUNING' ELSE 'OPEN' END) AS k2, CASE WHEN b.had_grant[1] AND b.balances[1] <= 0 OR b.had_grant[2] AND b.balances[2] <= 0 THEN 1
  WHEN least(fc.credits_exhausted_at, fc.runs_exhausted_at) < fc.made_at + interval '7 days' THEN 2
  WHEN least(fc.credits_exhausted_at, fc.runs_exhausted_at) < fc.made_at + interval '30 days' THEN 3
  WHEN least(fc.credits_exhausted_at, fc.runs_exhausted_at) < fc.made_at + interval '90 days' THEN 4 ELSE 5 END AS k3, coalesce(sum(c.credits), 0)::bigint AS credits, coalesce(sum(c.runs), 0)::bigint AS runs, coalesce(sum(c.events), 0)::bigint AS events, coalesce(sum(c.input_tokens), 0)::bigint AS input_tokens, coalesce(sum(c.output_tokens), 0)::bigint AS output_tokens
  FROM counted c JOIN account a ON a.account_id = c.account_id JOIN balance b ON b.account_id = c.account_id LEFT JOIN forecast fc ON fc.account_id = c.account_id
  WHERE true AND coalesce(a.plan_id, 0) = ANY($12::bigint[]) GROUP BY k1, k2, k3
), mapped AS (SELECT false AS other, * FROM fine), groups AS (SELECT * FROM mapped)
SELECT 0::bigint, (SELECT count(*) FROM groups WHERE true), coalesce(sum(credits), 0)::bigint, coalesce(sum(runs), 0)::bigint, coalesce(sum(events), 0)::bigint, coalesce(sum(input_tokens), 0)::bigint, coalesce(sum(output_tokens), 0)::bigint FROM mapped;
