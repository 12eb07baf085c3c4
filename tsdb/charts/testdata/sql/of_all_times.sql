-- name: usage by category
WITH used AS (
  SELECT bucket, category, credits, runs FROM usage_delta WHERE account_id = $1 AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
)
SELECT false, 1, category, sum(credits)::bigint, sum(runs)::bigint FROM used GROUP BY 1, 2, 3
UNION ALL SELECT false, width_bucket(day, $4::timestamptz[]), category, sum(credits)::bigint, sum(runs)::bigint
FROM account_usage WHERE account_id = $1 AND slot = 0 AND day >= $5::timestamptz AND day < $6::timestamptz GROUP BY 1, 2, 3
UNION ALL SELECT true, width_bucket(day + interval '600 minutes', $4::timestamptz[]), category, sum(credits)::bigint, sum(runs)::bigint
FROM account_usage WHERE account_id = $1 AND slot = ANY($7::smallint[]) AND day = ANY($8::timestamptz[]) GROUP BY 1, 2, 3;

-- name: find where usage begins and ends
SELECT (SELECT min(least(created_at, CASE WHEN books_from > $3::timestamptz THEN books_from END)) FROM account WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[]))),
  (SELECT min(l.at) FROM account a CROSS JOIN LATERAL (SELECT started_at AS at FROM segment u WHERE u.account_id = a.account_id ORDER BY started_at LIMIT 1) l WHERE ($1::bigint[] IS NULL OR a.account_id = ANY($1::bigint[]))),
  (SELECT min(bucket) FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[]))),
  (SELECT min(l.at) FROM account a CROSS JOIN LATERAL (SELECT bucket AS at FROM usage_day u WHERE u.account_id = a.account_id AND bucket >= $3::timestamptz ORDER BY bucket LIMIT 1) l WHERE ($1::bigint[] IS NULL OR a.account_id = ANY($1::bigint[]))),
  greatest((SELECT max(bucket) FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $2::timestamptz),
           (SELECT max(l.at) FROM account a CROSS JOIN LATERAL (SELECT bucket AS at FROM usage_minute u WHERE u.account_id = a.account_id AND bucket >= $2::timestamptz AND bucket < $4::timestamptz ORDER BY bucket DESC LIMIT 1) l WHERE ($1::bigint[] IS NULL OR a.account_id = ANY($1::bigint[]))));
