-- name: tools tab
SELECT r.resource_id, r.account_id, r.kind, r.name, r.owner_name, r.status, r.type, r.input_rate, r.output_rate, r.size_class::text,
  coalesce(r.base_model_id, 0), r.language, r.language_version, r.created_at, r.last_deployed_at, r.last_active_at, r.deleted_at, r.ever_deployed,
  r.cache_read_rate, r.cache_write_rate, r.reasoning_rate, coalesce(r.external_id, ''), r.tags, 0 FROM resource r WHERE r.account_id = $1 AND r.kind = 'TOOL' AND r.ever_deployed AND r.status <> 'IN_DEVELOPMENT' ORDER BY r.resource_id;
