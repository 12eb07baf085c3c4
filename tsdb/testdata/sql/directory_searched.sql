-- name: list accounts
SELECT account_id, name, created_at, coalesce(updated_at, created_at), books_from, coalesce(external_id, ''), tags, (a.account_id)::text FROM account a JOIN balance b USING (account_id) LEFT JOIN forecast f USING (account_id) WHERE true
  AND (strpos(lower(a.name COLLATE "pg_c_utf8"), lower($1::text COLLATE "pg_c_utf8")) > 0 OR a.account_id = $2 OR a.external_id = $3)
  AND a.account_id = ANY($4::bigint[])
  AND EXISTS (SELECT FROM member m WHERE m.account_id = a.account_id AND lower(m.email COLLATE "pg_c_utf8") ^@ lower($5::text COLLATE "pg_c_utf8"))
  AND a.plan_id = ANY($6::bigint[])
  AND (CASE WHEN b.balances[1] <= a.negative_limit THEN 'STOPPED' WHEN b.balances[1] <= 0 THEN 'EXHAUSTED' WHEN b.balances[1] < a.low_limit THEN 'LOW'
  WHEN b.balances[1] <= a.fine_tune_limit THEN 'NO_FINE_TUNING' ELSE 'OPEN' END) = ANY($7::text[])
  AND b.balances[1] >= $8
  AND b.balances[1] <= $9
  AND b.balances[2] >= $10
  AND b.balances[2] <= $11
  AND least(f.credits_exhausted_at, f.runs_exhausted_at) < $12
ORDER BY a.account_id ASC, a.account_id ASC LIMIT 26;

-- name: count accounts
SELECT count(*) FROM account a JOIN balance b USING (account_id) LEFT JOIN forecast f USING (account_id) WHERE true
  AND (strpos(lower(a.name COLLATE "pg_c_utf8"), lower($1::text COLLATE "pg_c_utf8")) > 0 OR a.account_id = $2 OR a.external_id = $3)
  AND a.account_id = ANY($4::bigint[])
  AND EXISTS (SELECT FROM member m WHERE m.account_id = a.account_id AND lower(m.email COLLATE "pg_c_utf8") ^@ lower($5::text COLLATE "pg_c_utf8"))
  AND a.plan_id = ANY($6::bigint[])
  AND (CASE WHEN b.balances[1] <= a.negative_limit THEN 'STOPPED' WHEN b.balances[1] <= 0 THEN 'EXHAUSTED' WHEN b.balances[1] < a.low_limit THEN 'LOW'
  WHEN b.balances[1] <= a.fine_tune_limit THEN 'NO_FINE_TUNING' ELSE 'OPEN' END) = ANY($7::text[])
  AND b.balances[1] >= $8
  AND b.balances[1] <= $9
  AND b.balances[2] >= $10
  AND b.balances[2] <= $11
  AND least(f.credits_exhausted_at, f.runs_exhausted_at) < $12;
