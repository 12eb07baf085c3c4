-- name: list accounts
SELECT account_id, name, created_at, coalesce(updated_at, created_at), books_from, coalesce(external_id, ''), tags, (coalesce((date_part('epoch', f.credits_exhausted_at))::bigint, 9223372036854775807))::text FROM account a LEFT JOIN forecast f USING (account_id) WHERE true
  AND (coalesce((date_part('epoch', f.credits_exhausted_at))::bigint, 9223372036854775807), a.account_id) < ($1::bigint, $2::bigint)
  AND (coalesce((date_part('epoch', f.credits_exhausted_at))::bigint, 9223372036854775807), a.account_id) > ($3::bigint, $4::bigint)
ORDER BY coalesce((date_part('epoch', f.credits_exhausted_at))::bigint, 9223372036854775807) ASC, a.account_id ASC LIMIT 26;

-- name: count accounts
SELECT count(*) FROM account a WHERE true;
