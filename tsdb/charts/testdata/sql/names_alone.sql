-- name: tools tab
SELECT array_agg(resource_id), array_agg(r.name), NULL::bigint[] FROM (SELECT * FROM resource r WHERE r.account_id = $1 AND r.kind = 'TOOL' AND r.ever_deployed AND r.status <> 'IN_DEVELOPMENT' ORDER BY r.resource_id) r;
