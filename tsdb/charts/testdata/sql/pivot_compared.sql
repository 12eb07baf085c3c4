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
), used1 AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $12::timestamptz AND bucket < $13::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $14::timestamptz AND bucket < $15::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_day WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $16::timestamptz AND bucket < $17::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $18::timestamptz AND bucket < $19::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $20::timestamptz AND bucket < $21::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $22::timestamptz AND bucket < $23::timestamptz
), counted AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, ''::text AS hardware, false AS earlier, width_bucket(bucket, $24::timestamptz[]) AS number FROM used0
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, ''::text AS hardware, true AS earlier, width_bucket(bucket, $25::timestamptz[]) AS number FROM used1
), fine AS (
  SELECT array_position(ARRAY['MODELS', 'GUARDRAILS', 'SCRIPTS', 'TOOLS'], c.category) AS k1, c.number AS k2, coalesce(sum(c.credits) FILTER (WHERE NOT c.earlier), 0)::bigint AS credits, coalesce(sum(c.runs) FILTER (WHERE NOT c.earlier), 0)::bigint AS runs, coalesce(sum(c.events) FILTER (WHERE NOT c.earlier), 0)::bigint AS events, coalesce(sum(c.input_tokens) FILTER (WHERE NOT c.earlier), 0)::bigint AS input_tokens, coalesce(sum(c.output_tokens) FILTER (WHERE NOT c.earlier), 0)::bigint AS output_tokens, coalesce(sum(c.credits) FILTER (WHERE c.earlier), 0)::bigint AS then_credits, coalesce(sum(c.runs) FILTER (WHERE c.earlier), 0)::bigint AS then_runs, coalesce(sum(c.events) FILTER (WHERE c.earlier), 0)::bigint AS then_events, coalesce(sum(c.input_tokens) FILTER (WHERE c.earlier), 0)::bigint AS then_input_tokens, coalesce(sum(c.output_tokens) FILTER (WHERE c.earlier), 0)::bigint AS then_output_tokens
  FROM counted c
  WHERE true GROUP BY k1, k2
), mapped AS (SELECT false AS other, * FROM fine), groups AS (SELECT * FROM mapped)
, listed AS (
  SELECT *, (coalesce((credits - then_credits), -9000000000000000000))::numeric AS p1, (k1)::int AS p2, (k2)::int AS p3
  FROM groups WHERE true AND k2 <= 10
)
SELECT 0::bigint, listed.other, listed.credits, listed.runs, listed.events, listed.input_tokens, listed.output_tokens, listed.then_credits, listed.then_runs, listed.then_events, listed.then_input_tokens, listed.then_output_tokens, listed.k1::text, listed.k2::text, listed.p1::text, listed.p2::text, listed.p3::text
FROM listed WHERE true
ORDER BY listed.p1 DESC, listed.p2, listed.p3 LIMIT 26;

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
), used1 AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $12::timestamptz AND bucket < $13::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $14::timestamptz AND bucket < $15::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_day WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $16::timestamptz AND bucket < $17::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $18::timestamptz AND bucket < $19::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $20::timestamptz AND bucket < $21::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $22::timestamptz AND bucket < $23::timestamptz
), counted AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, ''::text AS hardware, false AS earlier, width_bucket(bucket, $24::timestamptz[]) AS number FROM used0
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, ''::text AS hardware, true AS earlier, width_bucket(bucket, $25::timestamptz[]) AS number FROM used1
), fine AS (
  SELECT array_position(ARRAY['MODELS', 'GUARDRAILS', 'SCRIPTS', 'TOOLS'], c.category) AS k1, c.number AS k2, coalesce(sum(c.credits) FILTER (WHERE NOT c.earlier), 0)::bigint AS credits, coalesce(sum(c.runs) FILTER (WHERE NOT c.earlier), 0)::bigint AS runs, coalesce(sum(c.events) FILTER (WHERE NOT c.earlier), 0)::bigint AS events, coalesce(sum(c.input_tokens) FILTER (WHERE NOT c.earlier), 0)::bigint AS input_tokens, coalesce(sum(c.output_tokens) FILTER (WHERE NOT c.earlier), 0)::bigint AS output_tokens, coalesce(sum(c.credits) FILTER (WHERE c.earlier), 0)::bigint AS then_credits, coalesce(sum(c.runs) FILTER (WHERE c.earlier), 0)::bigint AS then_runs, coalesce(sum(c.events) FILTER (WHERE c.earlier), 0)::bigint AS then_events, coalesce(sum(c.input_tokens) FILTER (WHERE c.earlier), 0)::bigint AS then_input_tokens, coalesce(sum(c.output_tokens) FILTER (WHERE c.earlier), 0)::bigint AS then_output_tokens
  FROM counted c
  WHERE true GROUP BY k1, k2
), mapped AS (SELECT false AS other, * FROM fine), groups AS (SELECT * FROM mapped)
SELECT 0::bigint, (SELECT count(*) FROM groups WHERE true AND k2 <= 10), coalesce(sum(credits), 0)::bigint, coalesce(sum(runs), 0)::bigint, coalesce(sum(events), 0)::bigint, coalesce(sum(input_tokens), 0)::bigint, coalesce(sum(output_tokens), 0)::bigint, coalesce(sum(then_credits), 0)::bigint, coalesce(sum(then_runs), 0)::bigint, coalesce(sum(then_events), 0)::bigint, coalesce(sum(then_input_tokens), 0)::bigint, coalesce(sum(then_output_tokens), 0)::bigint FROM mapped;
