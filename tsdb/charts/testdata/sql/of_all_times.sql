-- name: usage by category
WITH used AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_day WHERE account_id = $1 AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE account_id = $1 AND bucket >= $4::timestamptz AND bucket < $5::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_delta WHERE account_id = $1 AND bucket >= $6::timestamptz AND bucket < $7::timestamptz
)
SELECT category, sum(credits)::bigint, sum(runs)::bigint FROM used GROUP BY 1 ORDER BY 1;

-- name: find where usage begins and ends
SELECT (SELECT min(least(created_at, CASE WHEN books_from > $3::timestamptz THEN books_from END)) FROM account WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[]))),
  (SELECT min(l.at) FROM account a CROSS JOIN LATERAL (SELECT started_at AS at FROM segment u WHERE u.account_id = a.account_id ORDER BY started_at LIMIT 1) l WHERE ($1::bigint[] IS NULL OR a.account_id = ANY($1::bigint[]))),
  (SELECT min(bucket) FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[]))),
  (SELECT min(l.at) FROM account a CROSS JOIN LATERAL (SELECT bucket AS at FROM usage_day u WHERE u.account_id = a.account_id AND bucket >= $3::timestamptz ORDER BY bucket LIMIT 1) l WHERE ($1::bigint[] IS NULL OR a.account_id = ANY($1::bigint[]))),
  greatest((SELECT max(bucket) FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $2::timestamptz),
           (SELECT max(l.at) FROM account a CROSS JOIN LATERAL (SELECT bucket AS at FROM usage_minute u WHERE u.account_id = a.account_id AND bucket >= $2::timestamptz AND bucket < $4::timestamptz ORDER BY bucket DESC LIMIT 1) l WHERE ($1::bigint[] IS NULL OR a.account_id = ANY($1::bigint[]))));
