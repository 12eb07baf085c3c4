-- name: pivot of usage
WITH used0 AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens FROM usage_minute WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens FROM usage_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $4::timestamptz AND bucket < $5::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $6::timestamptz AND bucket < $7::timestamptz
), counted AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, ''::text AS hardware, false AS earlier, 0 AS number FROM used0
), fine AS (
  SELECT c.kind AS k1, c.deployment_id AS k2, coalesce(sum(c.credits), 0)::bigint AS credits, coalesce(sum(c.runs), 0)::bigint AS runs, coalesce(sum(c.events), 0)::bigint AS events, coalesce(sum(c.input_tokens), 0)::bigint AS input_tokens, coalesce(sum(c.output_tokens), 0)::bigint AS output_tokens, coalesce(sum(c.cache_read_tokens), 0)::bigint AS cache_read_tokens, coalesce(sum(c.cache_write_tokens), 0)::bigint AS cache_write_tokens, coalesce(sum(c.reasoning_tokens), 0)::bigint AS reasoning_tokens
  FROM counted c LEFT JOIN resource o ON o.resource_id = c.resource_id
  WHERE true AND c.category = ANY($8::text[]) AND c.resource_id = ANY($9::bigint[]) AND coalesce(o.owner_name, '') = ANY($10::text[]) AND (((extract(epoch FROM c.bucket)::bigint + ($11::bigint[])[width_bucket(c.bucket, $12::timestamptz[])]) / 86400 + 3) % 7 + 1)::int = ANY($13::int[]) GROUP BY k1, k2
), mapped AS (SELECT false AS other, * FROM fine), groups AS (SELECT * FROM mapped)
, listed AS (
  SELECT *, (coalesce((input_tokens + output_tokens), -9000000000000000000))::numeric AS p1, (k1)::text AS p2, (k2)::bigint AS p3
  FROM groups WHERE true AND credits >= $14::bigint AND credits <= $15::bigint
)
SELECT 0::bigint, listed.other, listed.credits, listed.runs, listed.events, listed.input_tokens, listed.output_tokens, listed.cache_read_tokens, listed.cache_write_tokens, listed.reasoning_tokens, listed.k1::text, listed.k2::text, listed.p1::text, listed.p2::text, listed.p3::text, coalesce(nd.name, ''), coalesce(nd.external_id, '')
FROM listed LEFT JOIN deployment nd ON nd.deployment_id = listed.k2 WHERE true
ORDER BY listed.p1 DESC, listed.p2, listed.p3 LIMIT 26;

-- name: totals of a pivot
WITH used0 AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens FROM usage_minute WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens FROM usage_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $4::timestamptz AND bucket < $5::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $6::timestamptz AND bucket < $7::timestamptz
), counted AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, ''::text AS hardware, false AS earlier, 0 AS number FROM used0
), fine AS (
  SELECT c.kind AS k1, c.deployment_id AS k2, coalesce(sum(c.credits), 0)::bigint AS credits, coalesce(sum(c.runs), 0)::bigint AS runs, coalesce(sum(c.events), 0)::bigint AS events, coalesce(sum(c.input_tokens), 0)::bigint AS input_tokens, coalesce(sum(c.output_tokens), 0)::bigint AS output_tokens, coalesce(sum(c.cache_read_tokens), 0)::bigint AS cache_read_tokens, coalesce(sum(c.cache_write_tokens), 0)::bigint AS cache_write_tokens, coalesce(sum(c.reasoning_tokens), 0)::bigint AS reasoning_tokens
  FROM counted c LEFT JOIN resource o ON o.resource_id = c.resource_id
  WHERE true AND c.category = ANY($8::text[]) AND c.resource_id = ANY($9::bigint[]) AND coalesce(o.owner_name, '') = ANY($10::text[]) AND (((extract(epoch FROM c.bucket)::bigint + ($11::bigint[])[width_bucket(c.bucket, $12::timestamptz[])]) / 86400 + 3) % 7 + 1)::int = ANY($13::int[]) GROUP BY k1, k2
), mapped AS (SELECT false AS other, * FROM fine), groups AS (SELECT * FROM mapped)
SELECT 0::bigint, (SELECT count(*) FROM groups WHERE true AND credits >= $14::bigint AND credits <= $15::bigint), coalesce(sum(credits), 0)::bigint, coalesce(sum(runs), 0)::bigint, coalesce(sum(events), 0)::bigint, coalesce(sum(input_tokens), 0)::bigint, coalesce(sum(output_tokens), 0)::bigint, coalesce(sum(cache_read_tokens), 0)::bigint, coalesce(sum(cache_write_tokens), 0)::bigint, coalesce(sum(reasoning_tokens), 0)::bigint FROM mapped NATURAL JOIN (SELECT other, k1, k2 FROM groups WHERE true AND credits >= $14::bigint AND credits <= $15::bigint) fitting;
