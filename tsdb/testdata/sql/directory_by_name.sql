-- name: list accounts
SELECT account_id, name, created_at, coalesce(updated_at, created_at), books_from, coalesce(external_id, ''), tags, (lower(a.name COLLATE "pg_c_utf8"))::text FROM account a WHERE true
  AND (lower(a.name COLLATE "pg_c_utf8"), a.account_id) > ($1::text, $2::bigint)
ORDER BY lower(a.name COLLATE "pg_c_utf8") ASC, a.account_id ASC LIMIT 26;

-- name: count accounts
SELECT count(*) FROM account a WHERE true;
