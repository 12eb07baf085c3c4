-- name: pivot of usage
WITH used0 AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $4::timestamptz AND bucket < $5::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $6::timestamptz AND bucket < $7::timestamptz
), counted AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, ''::text AS hardware, false AS earlier, 0 AS number, 0::bigint AS hosting_seconds, 0::bigint AS replica_seconds FROM used0 WHERE kind <> 'HOSTING'
  UNION ALL
  SELECT account_id, to_timestamp(since), resource_id, deployment_id, 'HOSTING', category, (div(2::numeric * rate * replicas * (until - began) + 3600, 7200) - div(2::numeric * rate * replicas * (since - began) + 3600, 7200))::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, hardware, false, 0, until - since, (until - since) * replicas
  FROM (
    SELECT h.*, greatest(h.first, extract(epoch FROM piece.starts)::bigint) AS since, least(h.last, extract(epoch FROM piece.ends)::bigint) AS until
    FROM (
      SELECT s.account_id, s.resource_id, s.deployment_id, s.category, s.hardware, s.rate, s.replicas, extract(epoch FROM s.started_at)::bigint AS began,
        extract(epoch FROM greatest(s.started_at, $8::timestamptz))::bigint AS first,
        extract(epoch FROM least(coalesce(s.ended_at, CASE WHEN s.rate > 0 THEN e.ended END, $10::timestamptz), $9::timestamptz))::bigint AS last
      FROM segment s LEFT JOIN unnest($11::bigint[], $12::timestamptz[]) e (account_id, ended) ON e.account_id = s.account_id
      WHERE ($1::bigint[] IS NULL OR s.account_id = ANY($1::bigint[])) AND s.started_at < $9::timestamptz AND (s.ended_at IS NULL OR s.ended_at > $8::timestamptz)
    ) h JOIN (
      SELECT starts, lead(starts, 1, $9::timestamptz) OVER (ORDER BY number) AS ends FROM unnest($13::timestamptz[]) WITH ORDINALITY cut (starts, number)
    ) piece ON piece.starts < to_timestamp(h.last) AND piece.ends > to_timestamp(h.first)
    WHERE h.first < h.last
  ) cut
), fine AS (
  SELECT c.hardware AS k1, ((extract(epoch FROM c.bucket)::bigint + ($14::bigint[])[width_bucket(c.bucket, $15::timestamptz[])]) % 86400 / 3600)::int AS k2, coalesce(sum(c.credits), 0)::bigint AS credits, coalesce(sum(c.runs), 0)::bigint AS runs, coalesce(sum(c.events), 0)::bigint AS events, coalesce(sum(c.input_tokens), 0)::bigint AS input_tokens, coalesce(sum(c.output_tokens), 0)::bigint AS output_tokens, coalesce(sum(c.hosting_seconds), 0)::bigint AS hosting_seconds, coalesce(sum(c.replica_seconds), 0)::bigint AS replica_seconds
  FROM counted c
  WHERE true GROUP BY k1, k2
), mapped AS (SELECT false AS other, * FROM fine), groups AS (SELECT * FROM mapped)
, listed AS (
  SELECT *, (k1)::text AS p1, (k2)::int AS p2
  FROM groups WHERE true
)
SELECT 0::bigint, listed.other, listed.credits, listed.runs, listed.events, listed.input_tokens, listed.output_tokens, listed.hosting_seconds, listed.replica_seconds, listed.k1::text, listed.k2::text
FROM listed WHERE true
ORDER BY listed.p1, listed.p2 LIMIT 26;

-- name: totals of a pivot
WITH used0 AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_minute WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $2::timestamptz AND bucket < $3::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_quarter WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $4::timestamptz AND bucket < $5::timestamptz
  UNION ALL
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens FROM usage_delta WHERE ($1::bigint[] IS NULL OR account_id = ANY($1::bigint[])) AND bucket >= $6::timestamptz AND bucket < $7::timestamptz
), counted AS (
  SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens, ''::text AS hardware, false AS earlier, 0 AS number, 0::bigint AS hosting_seconds, 0::bigint AS replica_seconds FROM used0 WHERE kind <> 'HOSTING'
  UNION ALL
  SELECT account_id, to_timestamp(since), resource_id, deployment_id, 'HOSTING', category, (div(2::numeric * rate * replicas * (until - began) + 3600, 7200) - div(2::numeric * rate * replicas * (since - began) + 3600, 7200))::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, hardware, false, 0, until - since, (until - since) * replicas
  FROM (
    SELECT h.*, greatest(h.first, extract(epoch FROM piece.starts)::bigint) AS since, least(h.last, extract(epoch FROM piece.ends)::bigint) AS until
    FROM (
      SELECT s.account_id, s.resource_id, s.deployment_id, s.category, s.hardware, s.rate, s.replicas, extract(epoch FROM s.started_at)::bigint AS began,
        extract(epoch FROM greatest(s.started_at, $8::timestamptz))::bigint AS first,
        extract(epoch FROM least(coalesce(s.ended_at, CASE WHEN s.rate > 0 THEN e.ended END, $10::timestamptz), $9::timestamptz))::bigint AS last
      FROM segment s LEFT JOIN unnest($11::bigint[], $12::timestamptz[]) e (account_id, ended) ON e.account_id = s.account_id
      WHERE ($1::bigint[] IS NULL OR s.account_id = ANY($1::bigint[])) AND s.started_at < $9::timestamptz AND (s.ended_at IS NULL OR s.ended_at > $8::timestamptz)
    ) h JOIN (
      SELECT starts, lead(starts, 1, $9::timestamptz) OVER (ORDER BY number) AS ends FROM unnest($13::timestamptz[]) WITH ORDINALITY cut (starts, number)
    ) piece ON piece.starts < to_timestamp(h.last) AND piece.ends > to_timestamp(h.first)
    WHERE h.first < h.last
  ) cut
), fine AS (
  SELECT c.hardware AS k1, ((extract(epoch FROM c.bucket)::bigint + ($14::bigint[])[width_bucket(c.bucket, $15::timestamptz[])]) % 86400 / 3600)::int AS k2, coalesce(sum(c.credits), 0)::bigint AS credits, coalesce(sum(c.runs), 0)::bigint AS runs, coalesce(sum(c.events), 0)::bigint AS events, coalesce(sum(c.input_tokens), 0)::bigint AS input_tokens, coalesce(sum(c.output_tokens), 0)::bigint AS output_tokens, coalesce(sum(c.hosting_seconds), 0)::bigint AS hosting_seconds, coalesce(sum(c.replica_seconds), 0)::bigint AS replica_seconds
  FROM counted c
  WHERE true GROUP BY k1, k2
), mapped AS (SELECT false AS other, * FROM fine), groups AS (SELECT * FROM mapped)
SELECT 0::bigint, (SELECT count(*) FROM groups WHERE true), coalesce(sum(credits), 0)::bigint, coalesce(sum(runs), 0)::bigint, coalesce(sum(events), 0)::bigint, coalesce(sum(input_tokens), 0)::bigint, coalesce(sum(output_tokens), 0)::bigint, coalesce(sum(hosting_seconds), 0)::bigint, coalesce(sum(replica_seconds), 0)::bigint FROM mapped;
