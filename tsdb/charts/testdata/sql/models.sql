-- name: models tab
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
  SELECT resource_id, 
    coalesce(sum(credits) FILTER (WHERE kind = 'FINE_TUNING'), 0)::bigint AS fine_tuning,
    coalesce(sum(credits) FILTER (WHERE kind = 'HOSTING'), 0)::bigint AS hosting,
    coalesce(sum(credits) FILTER (WHERE kind = 'INFERENCE'), 0)::bigint AS inference
  FROM used WHERE category = 'MODELS' GROUP BY 1
)
SELECT r.resource_id, r.account_id, r.kind, r.name, r.owner_name, r.status, r.type, r.input_rate, r.output_rate, r.size_class::text,
  coalesce(r.base_model_id, 0), r.language, r.language_version, r.created_at, r.last_deployed_at, r.last_active_at, r.deleted_at, r.ever_deployed,
  r.cache_read_rate, r.cache_write_rate, r.reasoning_rate, coalesce(r.external_id, ''), r.tags, coalesce(r.updated_at, r.created_at),
  r.last_used_at, coalesce(sums.fine_tuning, 0), coalesce(sums.hosting, 0), coalesce(sums.inference, 0) FROM resource r LEFT JOIN sums ON sums.resource_id = r.resource_id WHERE r.account_id = $1 AND r.kind = 'MODEL' AND strpos(lower(r.name COLLATE "pg_c_utf8"), lower($14::text COLLATE "pg_c_utf8")) > 0 ORDER BY r.resource_id;
