-- name: tools tab
SELECT array_agg(resource_id), array_agg(r.name), NULL::bigint[] FROM (SELECT * FROM resource r WHERE r.account_id = $1 AND r.kind = 'TOOL' AND r.ever_deployed AND r.status <> 'IN_DEVELOPMENT' AND strpos(lower(r.name COLLATE "pg_c_utf8"), lower($2::text COLLATE "pg_c_utf8")) > 0 ORDER BY r.resource_id) r;

-- name: add up the edges of resources
WITH used AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE account_id = $1 AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_day WHERE account_id = $1 AND bucket >= $4::timestamptz AND bucket < $5::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, -credits AS credits, -runs AS runs, -events AS events, -input_tokens AS input_tokens, -output_tokens AS output_tokens FROM usage_quarter WHERE account_id = $1 AND bucket >= $6::timestamptz AND bucket < $7::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE account_id = $1 AND bucket >= $8::timestamptz AND bucket < $9::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_delta WHERE account_id = $1 AND bucket >= $10::timestamptz AND bucket < $11::timestamptz
)
SELECT resource_id, sum(runs)::bigint, 0::bigint, 0::bigint FROM used WHERE category = 'TOOLS' GROUP BY 1 ORDER BY 1;

-- name: compare versions of days
SELECT array_agg(xmin::text::bigint ORDER BY day, kind) || ARRAY[(SELECT (date_part('epoch', pg_postmaster_start_time()) * 1000000)::bigint), (SELECT CASE WHEN identity IS NULL OR run = extract(epoch FROM pg_postmaster_start_time()) || ' ' || pg_relation_filepath('epoch') THEN number WHEN coalesce(identity = database_identity(), true) THEN number
  ELSE greatest(number + 1, floor(date_part('epoch', now() - timestamptz '2026-01-01Z') / 600)::bigint) END * 4294967296 FROM epoch)]
FROM account_usage WHERE account_id = $1 AND slot = 0 AND day >= $2 AND day < $3 AND category = $4;

-- name: add up days of resources
SELECT resource_id, sum(runs)::bigint, 0::bigint, 0::bigint FROM usage_day WHERE account_id = $1 AND bucket >= $2 AND bucket < $3 AND category = 'TOOLS' GROUP BY 1 ORDER BY 1;
