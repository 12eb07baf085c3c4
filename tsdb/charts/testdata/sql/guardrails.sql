-- name: guardrails and scripts
SELECT r.resource_id, r.account_id, r.kind, r.name, r.owner_name, r.status, r.type, r.input_rate, r.output_rate, r.size_class::text,
  coalesce(r.base_model_id, 0), r.language, r.language_version, r.created_at, r.last_deployed_at, r.last_active_at, r.deleted_at, r.ever_deployed,
  r.cache_read_rate, r.cache_write_rate, r.reasoning_rate, coalesce(r.external_id, ''), r.tags, coalesce(r.updated_at, r.created_at),
  r.last_used_at, coalesce(d.deployment_id, 0), r.account_id, r.resource_id, coalesce(d.category, ''), coalesce(d.name, ''), coalesce(d.type, ''),
  coalesce(d.status, ''), coalesce(d.hardware, ''), coalesce(d.cpu_count, 0), coalesce(d.replicas, 0), coalesce(d.rate, 0), coalesce(d.endpoint, ''),
  coalesce(d.reason, ''), coalesce(d.created_at, r.created_at), d.deployed_at, coalesce(d.updated_at, r.created_at), '',
  coalesce(d.tags, '{}'), coalesce(d.said_at, d.created_at, r.created_at)
FROM resource r LEFT JOIN LATERAL (
  SELECT * FROM deployment l WHERE l.account_id = r.account_id AND l.resource_id = r.resource_id ORDER BY l.deployment_id DESC LIMIT 1) d ON true
WHERE r.account_id = $1 AND r.kind IN ('GUARDRAIL', 'SCRIPT') ORDER BY r.resource_id;

-- name: hosting of guardrails and scripts
SELECT segment_id, deployment_id, resource_id, category, hardware, cpu_count, replicas, rate,
  extract(epoch FROM started_at)::bigint, coalesce(extract(epoch FROM ended_at)::bigint, 0)
FROM segment WHERE account_id = $1 AND category IN ('GUARDRAILS', 'SCRIPTS') AND (ended_at IS NULL OR ended_at > $2)
ORDER BY resource_id, started_at, segment_id;
