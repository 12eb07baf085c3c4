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
), attributed0 (account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, attribution_no) AS (
  SELECT account_id, time, resource_id, deployment_id, kind, CASE kind WHEN 'TOOL_RUN' THEN 'TOOLS' ELSE 'MODELS' END, charge, runs, 1::bigint, input_tokens, output_tokens, attribution_no
  FROM usage_event WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND time >= $12::timestamptz AND time < $13::timestamptz AND attribution_no IS NOT NULL
  UNION ALL SELECT account_id, time, resource_id, deployment_id, kind, CASE kind WHEN 'TOOL_RUN' THEN 'TOOLS' ELSE 'MODELS' END, -charge, -runs, -1::bigint, -input_tokens, -output_tokens, attribution_no
  FROM usage_void WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND time >= $12::timestamptz AND time < $13::timestamptz AND attribution_no IS NOT NULL
  UNION ALL SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, attribution_no FROM attributed_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $14::timestamptz AND bucket < $15::timestamptz AND attribution_no IS NOT NULL
  UNION ALL SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, attribution_no FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $14::timestamptz AND bucket < $15::timestamptz AND attribution_no IS NOT NULL
  UNION ALL SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, attribution_no FROM attributed_day WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $16::timestamptz AND bucket < $17::timestamptz AND attribution_no IS NOT NULL
  UNION ALL SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, attribution_no FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $16::timestamptz AND bucket < $17::timestamptz AND attribution_no IS NOT NULL
  UNION ALL SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, attribution_no FROM attributed_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $18::timestamptz AND bucket < $19::timestamptz AND attribution_no IS NOT NULL
  UNION ALL SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, attribution_no FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $18::timestamptz AND bucket < $19::timestamptz AND attribution_no IS NOT NULL
), counted AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, ''::text AS hardware, false AS earlier, 0 AS number, attribution_no FROM attributed0
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, -credits, -runs, -events, -input_tokens, -output_tokens, ''::text AS hardware, false AS earlier, 0 AS number, 0 FROM attributed0
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, ''::text AS hardware, false AS earlier, 0 AS number, 0::bigint AS attribution_no FROM used0
), all_fine AS (
  SELECT array_position(ARRAY['MODELS', 'GUARDRAILS', 'SCRIPTS', 'TOOLS'], c.category) AS k1, c.resource_id AS r, CASE WHEN t.user_id IS NOT NULL THEN '=' || t.user_id WHEN 'user' = ANY(t.beyond) OR '*' = ANY(t.beyond) THEN '+' ELSE '' END AS u, coalesce(sum(c.credits) FILTER (WHERE NOT c.earlier), 0) <> 0 OR coalesce(sum(c.events) FILTER (WHERE NOT c.earlier), 0) <> 0 AS in_now, coalesce(sum(c.credits) FILTER (WHERE c.earlier), 0) <> 0 OR coalesce(sum(c.events) FILTER (WHERE c.earlier), 0) <> 0 AS in_then, coalesce(sum(c.credits), 0)::bigint AS credits, coalesce(sum(c.runs), 0)::bigint AS runs, coalesce(sum(c.events), 0)::bigint AS events, coalesce(sum(c.input_tokens), 0)::bigint AS input_tokens, coalesce(sum(c.output_tokens), 0)::bigint AS output_tokens
  FROM counted c LEFT JOIN attribution t ON t.account_id = c.account_id AND t.attribution_no = c.attribution_no
  WHERE true GROUP BY k1, r, u
), fine AS (SELECT * FROM all_fine WHERE credits <> 0 OR runs <> 0 OR events <> 0 OR input_tokens <> 0 OR output_tokens <> 0), mapped AS (SELECT false AS other, * FROM fine), groups AS (
  SELECT other, k1, coalesce(sum(credits), 0)::bigint AS credits, coalesce(sum(runs), 0)::bigint AS runs, coalesce(sum(events), 0)::bigint AS events, coalesce(sum(input_tokens), 0)::bigint AS input_tokens, coalesce(sum(output_tokens), 0)::bigint AS output_tokens, count(DISTINCT r) FILTER (WHERE in_now AND r <> 0) AS resources, count(DISTINCT u) FILTER (WHERE in_now AND starts_with(u, '=')) AS users
  FROM mapped GROUP BY other, k1
)
, listed AS (
  SELECT *, (k1)::int AS p1
  FROM groups WHERE true
)
SELECT 0::bigint, listed.other, listed.credits, listed.runs, listed.events, listed.input_tokens, listed.output_tokens, listed.resources, listed.users, listed.k1::text
FROM listed WHERE true
ORDER BY listed.p1 LIMIT 26;

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
), attributed0 (account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, attribution_no) AS (
  SELECT account_id, time, resource_id, deployment_id, kind, CASE kind WHEN 'TOOL_RUN' THEN 'TOOLS' ELSE 'MODELS' END, charge, runs, 1::bigint, input_tokens, output_tokens, attribution_no
  FROM usage_event WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND time >= $12::timestamptz AND time < $13::timestamptz AND attribution_no IS NOT NULL
  UNION ALL SELECT account_id, time, resource_id, deployment_id, kind, CASE kind WHEN 'TOOL_RUN' THEN 'TOOLS' ELSE 'MODELS' END, -charge, -runs, -1::bigint, -input_tokens, -output_tokens, attribution_no
  FROM usage_void WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND time >= $12::timestamptz AND time < $13::timestamptz AND attribution_no IS NOT NULL
  UNION ALL SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, attribution_no FROM attributed_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $14::timestamptz AND bucket < $15::timestamptz AND attribution_no IS NOT NULL
  UNION ALL SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, attribution_no FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $14::timestamptz AND bucket < $15::timestamptz AND attribution_no IS NOT NULL
  UNION ALL SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, attribution_no FROM attributed_day WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $16::timestamptz AND bucket < $17::timestamptz AND attribution_no IS NOT NULL
  UNION ALL SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, attribution_no FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $16::timestamptz AND bucket < $17::timestamptz AND attribution_no IS NOT NULL
  UNION ALL SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, attribution_no FROM attributed_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $18::timestamptz AND bucket < $19::timestamptz AND attribution_no IS NOT NULL
  UNION ALL SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, attribution_no FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $18::timestamptz AND bucket < $19::timestamptz AND attribution_no IS NOT NULL
), counted AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, ''::text AS hardware, false AS earlier, 0 AS number, attribution_no FROM attributed0
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, -credits, -runs, -events, -input_tokens, -output_tokens, ''::text AS hardware, false AS earlier, 0 AS number, 0 FROM attributed0
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, ''::text AS hardware, false AS earlier, 0 AS number, 0::bigint AS attribution_no FROM used0
), all_fine AS (
  SELECT array_position(ARRAY['MODELS', 'GUARDRAILS', 'SCRIPTS', 'TOOLS'], c.category) AS k1, c.resource_id AS r, CASE WHEN t.user_id IS NOT NULL THEN '=' || t.user_id WHEN 'user' = ANY(t.beyond) OR '*' = ANY(t.beyond) THEN '+' ELSE '' END AS u, coalesce(sum(c.credits) FILTER (WHERE NOT c.earlier), 0) <> 0 OR coalesce(sum(c.events) FILTER (WHERE NOT c.earlier), 0) <> 0 AS in_now, coalesce(sum(c.credits) FILTER (WHERE c.earlier), 0) <> 0 OR coalesce(sum(c.events) FILTER (WHERE c.earlier), 0) <> 0 AS in_then, coalesce(sum(c.credits), 0)::bigint AS credits, coalesce(sum(c.runs), 0)::bigint AS runs, coalesce(sum(c.events), 0)::bigint AS events, coalesce(sum(c.input_tokens), 0)::bigint AS input_tokens, coalesce(sum(c.output_tokens), 0)::bigint AS output_tokens
  FROM counted c LEFT JOIN attribution t ON t.account_id = c.account_id AND t.attribution_no = c.attribution_no
  WHERE true GROUP BY k1, r, u
), fine AS (SELECT * FROM all_fine WHERE credits <> 0 OR runs <> 0 OR events <> 0 OR input_tokens <> 0 OR output_tokens <> 0), mapped AS (SELECT false AS other, * FROM fine), groups AS (
  SELECT other, k1, coalesce(sum(credits), 0)::bigint AS credits, coalesce(sum(runs), 0)::bigint AS runs, coalesce(sum(events), 0)::bigint AS events, coalesce(sum(input_tokens), 0)::bigint AS input_tokens, coalesce(sum(output_tokens), 0)::bigint AS output_tokens, count(DISTINCT r) FILTER (WHERE in_now AND r <> 0) AS resources, count(DISTINCT u) FILTER (WHERE in_now AND starts_with(u, '=')) AS users
  FROM mapped GROUP BY other, k1
)
SELECT 0::bigint, (SELECT count(*) FROM groups WHERE true), coalesce(sum(credits), 0)::bigint, coalesce(sum(runs), 0)::bigint, coalesce(sum(events), 0)::bigint, coalesce(sum(input_tokens), 0)::bigint, coalesce(sum(output_tokens), 0)::bigint, count(DISTINCT r) FILTER (WHERE in_now AND r <> 0), count(DISTINCT u) FILTER (WHERE in_now AND starts_with(u, '=')) FROM mapped;
