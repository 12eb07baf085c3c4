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
  SELECT coalesce(sum(c.credits), 0)::bigint AS credits, coalesce(sum(c.runs), 0)::bigint AS runs, coalesce(sum(c.events), 0)::bigint AS events, coalesce(sum(c.input_tokens), 0)::bigint AS input_tokens, coalesce(sum(c.output_tokens), 0)::bigint AS output_tokens
  FROM counted c
  WHERE true
), mapped AS (SELECT false AS other, * FROM fine), groups AS (SELECT * FROM mapped)
, listed AS (
  SELECT *
  FROM groups WHERE true
)
SELECT 0::bigint, listed.other, listed.credits, listed.runs, listed.events, listed.input_tokens, listed.output_tokens
FROM listed WHERE true LIMIT 26;

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
  SELECT coalesce(sum(c.credits), 0)::bigint AS credits, coalesce(sum(c.runs), 0)::bigint AS runs, coalesce(sum(c.events), 0)::bigint AS events, coalesce(sum(c.input_tokens), 0)::bigint AS input_tokens, coalesce(sum(c.output_tokens), 0)::bigint AS output_tokens
  FROM counted c
  WHERE true
), mapped AS (SELECT false AS other, * FROM fine), groups AS (SELECT * FROM mapped)
SELECT 0::bigint, (SELECT count(*) FROM groups WHERE true), coalesce(sum(credits), 0)::bigint, coalesce(sum(runs), 0)::bigint, coalesce(sum(events), 0)::bigint, coalesce(sum(input_tokens), 0)::bigint, coalesce(sum(output_tokens), 0)::bigint FROM mapped;
