-- name: find accounts that accrue
SELECT DISTINCT account_id FROM segment WHERE ended_at IS NULL AND rate > 0 AND ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) ORDER BY 1;

-- name: names of a pivot
SELECT na.account_id, coalesce(na.name, ''), coalesce(na.external_id, '') FROM account na WHERE $1::bigint[] IS NULL OR na.account_id = ANY($1::bigint[]) LIMIT 20001;

-- name: names of a pivot
SELECT nr.resource_id, coalesce(nr.name, ''), coalesce(nr.kind, ''), coalesce(nr.external_id, '') FROM resource nr WHERE $1::bigint[] IS NULL OR nr.account_id = ANY($1::bigint[]) LIMIT 20001;

-- name: sort groups
SELECT set_config('enable_hashagg', 'off', true);

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
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, ''::text AS hardware, false AS earlier, width_bucket(bucket, $12::timestamptz[]) AS number FROM used0
  UNION ALL
  SELECT *, ''::text AS hardware, false AS earlier, width_bucket(bucket, $12::timestamptz[]) AS number FROM (SELECT u.*, 0::bigint, 0::bigint, 0::bigint, 0::bigint FROM unnest($13::bigint[], $14::timestamptz[], $15::bigint[], $16::bigint[], $17::text[], $18::text[], $19::bigint[]) u (account_id, bucket, resource_id, deployment_id, kind, category, credits)) accrued
), fine AS (
  SELECT c.account_id AS k1, c.resource_id AS k2, c.number AS k3, coalesce(sum(c.credits), 0)::bigint AS credits, coalesce(sum(c.runs), 0)::bigint AS runs, coalesce(sum(c.events), 0)::bigint AS events, coalesce(sum(c.input_tokens), 0)::bigint AS input_tokens, coalesce(sum(c.output_tokens), 0)::bigint AS output_tokens
  FROM counted c
  WHERE true GROUP BY k1, k2, k3
), mapped AS (SELECT false AS other, * FROM fine), groups AS (SELECT * FROM mapped)
, listed AS (
  SELECT *, (k1)::bigint AS p1, (k2)::bigint AS p2, (k3)::int AS p3
  FROM groups WHERE true
)
SELECT 0::bigint, listed.other, listed.credits, listed.runs, listed.events, listed.input_tokens, listed.output_tokens, listed.k1::text, listed.k2::text, listed.k3::text
FROM listed WHERE true
ORDER BY listed.p1, listed.p2, listed.p3 LIMIT 1;
