-- name: list accounts
SELECT account_id, name, created_at, coalesce(updated_at, created_at), books_from, coalesce(external_id, ''), tags, (a.account_id)::text FROM account a WHERE true
ORDER BY a.account_id ASC, a.account_id ASC LIMIT 26;

-- name: count accounts
SELECT count(*) FROM account a WHERE true;
