-- name: read accounts for a list
SELECT account_id, name, created_at, coalesce(updated_at, created_at), books_from, coalesce(external_id, ''), tags FROM account WHERE account_id = ANY($1) ORDER BY lower(name COLLATE "pg_c_utf8"), account_id LIMIT 1000;
