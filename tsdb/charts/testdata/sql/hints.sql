-- name: what is deployed now
SELECT d.deployment_id, r.name, d.name, d.hardware, coalesce(d.deployed_at, d.created_at)
FROM deployment d JOIN resource r ON r.resource_id = d.resource_id WHERE d.account_id = $1 AND d.deployment_id = ANY($2::bigint[]);

-- name: when deployments were used last
WITH used AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_day WHERE account_id = $1 AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE account_id = $1 AND bucket >= $4::timestamptz AND bucket < $5::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE account_id = $1 AND bucket >= $6::timestamptz AND bucket < $7::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_delta WHERE account_id = $1 AND bucket >= $8::timestamptz AND bucket < $9::timestamptz
)
SELECT deployment_id, resource_id, max(day) FROM (SELECT deployment_id, resource_id, date_bin('1 day', bucket, 'epoch') AS day FROM used
WHERE kind = 'INFERENCE' AND resource_id = ANY($10::bigint[]) GROUP BY 1, 2, 3 HAVING sum(events) > 0) u GROUP BY 1, 2;

-- name: how many replicas are needed
WITH used AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE account_id = $1 AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE account_id = $1 AND bucket >= $4::timestamptz AND bucket < $5::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_delta WHERE account_id = $1 AND bucket >= $6::timestamptz AND bucket < $7::timestamptz
)
, quarters AS (
  SELECT deployment_id, date_bin('15 minutes', bucket, 'epoch') AS quarter, sum(input_tokens + output_tokens) AS tokens
  FROM used WHERE kind = 'INFERENCE' AND deployment_id <> 0 AND resource_id = ANY($8::bigint[]) GROUP BY 1, 2)
SELECT q.deployment_id, coalesce(ceil(max(q.tokens) FILTER (WHERE q.quarter >= $9::timestamptz) / nullif(max(q.tokens / s.replicas), 0)), 0)::bigint
FROM quarters q JOIN segment s ON s.account_id = $1 AND s.deployment_id = q.deployment_id
  AND s.started_at <= q.quarter AND (s.ended_at IS NULL OR s.ended_at >= q.quarter + interval '15 minutes')
GROUP BY 1;

-- name: tools that rose
WITH used AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_day WHERE account_id = $1 AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_delta WHERE account_id = $1 AND bucket >= $4::timestamptz AND bucket < $5::timestamptz
)
, weeks AS (
  SELECT resource_id, coalesce(sum(runs) FILTER (WHERE bucket >= $6::timestamptz), 0)::bigint AS now,
    coalesce(sum(runs) FILTER (WHERE bucket < $7::timestamptz), 0)::bigint AS before
  FROM used WHERE category = 'TOOLS' GROUP BY 1)
SELECT w.resource_id, r.name, w.now, w.before FROM weeks w JOIN resource r ON r.resource_id = w.resource_id AND r.account_id = $1
WHERE w.now > w.before ORDER BY w.now - w.before DESC, w.resource_id LIMIT $8;
