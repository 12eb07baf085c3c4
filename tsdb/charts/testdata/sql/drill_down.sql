-- name: deployments of models
WITH used AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE account_id = $1 AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_day WHERE account_id = $1 AND bucket >= $4::timestamptz AND bucket < $5::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, -credits AS credits, -runs AS runs, -events AS events, -input_tokens AS input_tokens, -output_tokens AS output_tokens FROM usage_quarter WHERE account_id = $1 AND bucket >= $6::timestamptz AND bucket < $7::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_day WHERE account_id = $1 AND bucket >= $8::timestamptz AND bucket < $9::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE account_id = $1 AND bucket >= $10::timestamptz AND bucket < $11::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_delta WHERE account_id = $1 AND bucket >= $12::timestamptz AND bucket < $13::timestamptz
)
, sums AS (
  SELECT deployment_id, sum(credits)::bigint AS credits
  FROM used WHERE category = 'MODELS' AND deployment_id <> 0 GROUP BY 1
)
SELECT d.deployment_id, d.account_id, d.resource_id, d.category, d.name, d.type, d.status, d.hardware, d.cpu_count, d.replicas, d.rate,
  d.endpoint, d.reason, d.created_at, d.deployed_at, d.updated_at, coalesce(d.external_id, ''), d.tags, coalesce(d.said_at, d.created_at), coalesce(sums.credits, 0) FROM deployment d LEFT JOIN sums ON sums.deployment_id = d.deployment_id WHERE d.account_id = $1 AND d.resource_id = ANY($14::bigint[]) AND strpos(lower(d.name COLLATE "pg_c_utf8"), lower($15::text COLLATE "pg_c_utf8")) > 0 ORDER BY d.deployment_id;
