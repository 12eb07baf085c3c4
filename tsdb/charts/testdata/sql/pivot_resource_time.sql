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
), fine AS (
  SELECT c.resource_id AS k1, c.number AS k2, coalesce(sum(c.credits), 0)::bigint AS credits, coalesce(sum(c.runs), 0)::bigint AS runs, coalesce(sum(c.events), 0)::bigint AS events, coalesce(sum(c.input_tokens), 0)::bigint AS input_tokens, coalesce(sum(c.output_tokens), 0)::bigint AS output_tokens
  FROM counted c
  WHERE true GROUP BY k1, k2
), mapped AS (SELECT false AS other, * FROM fine), found AS (SELECT * FROM mapped), kinds AS MATERIALIZED (
  SELECT DISTINCT other, k1 FROM found LIMIT 50001
), groups AS (
  SELECT kinds.other, kinds.k1, bucket.number AS k2, coalesce(found.credits, 0) AS credits, coalesce(found.runs, 0) AS runs, coalesce(found.events, 0) AS events, coalesce(found.input_tokens, 0) AS input_tokens, coalesce(found.output_tokens, 0) AS output_tokens
  FROM kinds CROSS JOIN generate_series(1, 10) bucket (number) LEFT JOIN found ON found.other = kinds.other AND found.k2 = bucket.number AND found.k1 = kinds.k1
)
, listed AS (
  SELECT *, (k1)::bigint AS p1, (k2)::int AS p2
  FROM groups WHERE true
)
SELECT (SELECT count(*) FROM kinds), listed.other, listed.credits, listed.runs, listed.events, listed.input_tokens, listed.output_tokens, listed.k1::text, listed.k2::text, coalesce(nr.name, ''), coalesce(nr.kind, ''), coalesce(nr.external_id, '')
FROM listed LEFT JOIN resource nr ON nr.resource_id = listed.k1 WHERE true
ORDER BY listed.p1, listed.p2 LIMIT 26;

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
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, ''::text AS hardware, false AS earlier, width_bucket(bucket, $12::timestamptz[]) AS number FROM used0
), fine AS (
  SELECT c.resource_id AS k1, c.number AS k2, coalesce(sum(c.credits), 0)::bigint AS credits, coalesce(sum(c.runs), 0)::bigint AS runs, coalesce(sum(c.events), 0)::bigint AS events, coalesce(sum(c.input_tokens), 0)::bigint AS input_tokens, coalesce(sum(c.output_tokens), 0)::bigint AS output_tokens
  FROM counted c
  WHERE true GROUP BY k1, k2
), mapped AS (SELECT false AS other, * FROM fine), found AS (SELECT * FROM mapped), kinds AS MATERIALIZED (
  SELECT DISTINCT other, k1 FROM found LIMIT 50001
), groups AS (
  SELECT kinds.other, kinds.k1, bucket.number AS k2, coalesce(found.credits, 0) AS credits, coalesce(found.runs, 0) AS runs, coalesce(found.events, 0) AS events, coalesce(found.input_tokens, 0) AS input_tokens, coalesce(found.output_tokens, 0) AS output_tokens
  FROM kinds CROSS JOIN generate_series(1, 10) bucket (number) LEFT JOIN found ON found.other = kinds.other AND found.k2 = bucket.number AND found.k1 = kinds.k1
)
SELECT (SELECT count(*) FROM kinds), (SELECT count(*) FROM groups WHERE true), coalesce(sum(credits), 0)::bigint, coalesce(sum(runs), 0)::bigint, coalesce(sum(events), 0)::bigint, coalesce(sum(input_tokens), 0)::bigint, coalesce(sum(output_tokens), 0)::bigint FROM mapped;
