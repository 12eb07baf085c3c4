-- name: usage by category
WITH used AS (
  SELECT bucket, category, credits, runs FROM usage_minute WHERE account_id = $1 AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
  UNION ALL
  SELECT bucket, category, credits, runs FROM usage_delta WHERE account_id = $1 AND bucket >= $4::timestamptz AND bucket < $5::timestamptz
)
SELECT false, 1, category, sum(credits)::bigint, sum(runs)::bigint FROM used GROUP BY 1, 2, 3
UNION ALL SELECT false, width_bucket(day, $6::timestamptz[]), category, sum(credits)::bigint, sum(runs)::bigint
FROM account_usage WHERE account_id = $1 AND slot = 0 AND day >= $7::timestamptz AND day < $8::timestamptz GROUP BY 1, 2, 3
UNION ALL SELECT true, width_bucket(day + interval '570 minutes', $6::timestamptz[]), category, sum(credits)::bigint, sum(runs)::bigint
FROM account_usage WHERE account_id = $1 AND slot = ANY($9::smallint[]) AND day = ANY($10::timestamptz[]) GROUP BY 1, 2, 3;
