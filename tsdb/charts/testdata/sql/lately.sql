-- name: usage of the last weeks
WITH days AS (
  SELECT account_id, day AS bucket, kind, credits, runs FROM account_usage WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND day >= $2::timestamptz AND day < $3::timestamptz AND slot = 0
  UNION ALL
  SELECT account_id, bucket AS bucket, kind, credits, runs FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
), day AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $4::timestamptz AND bucket < $5::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $6::timestamptz AND bucket < $7::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $8::timestamptz AND bucket < $9::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $10::timestamptz AND bucket < $11::timestamptz
), hour AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $12::timestamptz AND bucket < $13::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $14::timestamptz AND bucket < $15::timestamptz
)
SELECT account_id, floor(date_part('epoch', bucket - $16::timestamptz) / 86400)::int, sum(credits)::bigint, coalesce(sum(credits) FILTER (WHERE kind <> 'HOSTING'), 0)::bigint, sum(runs)::bigint FROM days GROUP BY 1, 2
UNION ALL SELECT account_id, 31, sum(credits)::bigint, coalesce(sum(credits) FILTER (WHERE kind <> 'HOSTING'), 0)::bigint, sum(runs)::bigint FROM day WHERE bucket >= $17::timestamptz GROUP BY 1
UNION ALL SELECT account_id, 32, sum(credits)::bigint, coalesce(sum(credits) FILTER (WHERE kind <> 'HOSTING'), 0)::bigint, sum(runs)::bigint FROM day GROUP BY 1
UNION ALL SELECT account_id, 33, sum(credits)::bigint, coalesce(sum(credits) FILTER (WHERE kind <> 'HOSTING'), 0)::bigint, sum(runs)::bigint FROM hour GROUP BY 1;
