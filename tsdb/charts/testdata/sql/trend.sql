-- name: usage trend
WITH used AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE account_id = $1 AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE account_id = $1 AND bucket >= $4::timestamptz AND bucket < $5::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_day WHERE account_id = $1 AND bucket >= $6::timestamptz AND bucket < $7::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE account_id = $1 AND bucket >= $8::timestamptz AND bucket < $9::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_delta WHERE account_id = $1 AND bucket >= $10::timestamptz AND bucket < $11::timestamptz
)
SELECT width_bucket(bucket, $14::timestamptz[]), category, sum(credits)::bigint, sum(runs)::bigint
FROM used WHERE true AND category = $12 AND resource_id = $13 GROUP BY 1, 2
UNION ALL SELECT 0, '', 0, 0 FROM resource WHERE account_id = $1 AND resource_id = $13;
