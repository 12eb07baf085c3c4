-- name: export audit
SELECT x.audit_id, x.at, 'Account:' || nullif(x.account_id, 0), a.name, x.action, x.kind, x.actor, x.role, x.address, x.request_id, x.target, x.target_id, x.before::text, x.after::text, a.external_id, x.audit_id::text
FROM audit_log x LEFT JOIN account a ON a.account_id = x.account_id
WHERE ($1::bigint[] IS NULL OR x.account_id = ANY($1::bigint[])) AND x.at >= $2::timestamptz AND x.at < $3::timestamptz AND x.action = ANY($4::text[]) AND position(lower($5::text COLLATE "pg_c_utf8") IN lower(x.actor COLLATE "pg_c_utf8")) > 0
ORDER BY x.audit_id LIMIT 100;
