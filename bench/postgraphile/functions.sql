-- What PostGraphile answers in `make bench`: three questions that the console asks, by SQL functions over the tables of the charts.
CREATE SCHEMA bench_api;

CREATE TYPE bench_api.trend_point AS (start timestamptz, credits bigint, runs bigint);

CREATE FUNCTION bench_api.trend(account bigint, since timestamptz, until timestamptz) RETURNS SETOF bench_api.trend_point LANGUAGE sql STABLE AS $$
  SELECT day, coalesce(u.credits, 0)::bigint, coalesce(u.runs, 0)::bigint
  FROM generate_series(since, until, interval '1 day') day
  LEFT JOIN (SELECT bucket, sum(credits) AS credits, sum(runs) AS runs FROM usage_day WHERE account_id = account AND bucket >= since AND bucket < until GROUP BY 1) u ON u.bucket = day
  ORDER BY 1
$$;

CREATE TYPE bench_api.tool_row AS (tool_id bigint, name text, runs bigint);

CREATE FUNCTION bench_api.tools(account bigint, since timestamptz) RETURNS SETOF bench_api.tool_row LANGUAGE sql STABLE AS $$
  SELECT r.resource_id, r.name, coalesce(u.runs, 0)::bigint
  FROM resource r
  LEFT JOIN (SELECT resource_id, sum(runs) AS runs FROM usage_day WHERE account_id = account AND bucket >= since GROUP BY 1) u USING (resource_id)
  WHERE r.account_id = account AND r.kind = 'TOOL'
  ORDER BY 3 DESC, 1 LIMIT 25
$$;

CREATE TYPE bench_api.account_balance AS (credits bigint, runs bigint, used bigint);

CREATE FUNCTION bench_api.balance(account bigint) RETURNS bench_api.account_balance LANGUAGE sql STABLE AS $$
  SELECT balances[1], balances[2], used[1] FROM balance WHERE account_id = account
$$;
