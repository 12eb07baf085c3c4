-- The views of schema analyst are for Grafana and other tools that speak SQL. They are a contract, as the API is: columns are
-- added, and none is renamed or removed without notice. Amounts are in credits and runs, times are UTC. The role
-- usagegraph_analyst reads them and nothing else (docs/analysts.md).
-- +goose Up
-- +goose StatementBegin
DO $$ BEGIN
    IF to_regnamespace('analyst') IS NULL THEN
        CREATE SCHEMA analyst;
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the schema analyst is not there, and this role may not make it: run deploy/role.sql again' USING ERRCODE = '42501';
END $$;
-- +goose StatementEnd

CREATE VIEW analyst.account AS
SELECT a.account_id, a.external_id, a.name, p.name AS plan, a.time_zone, a.tags, a.created_at,
    b.balances[1] * 0.000001 AS model_credits_balance,
    b.allocations[1] * 0.000001 AS model_credits_allocated,
    b.used[1] * 0.000001 AS model_credits_used,
    b.balances[2] AS tool_runs_balance,
    b.allocations[2] AS tool_runs_allocated,
    b.used[2] AS tool_runs_used,
    b.cycle_start, b.cycle_end,
    b.posted_until AS balance_at
FROM public.account a
JOIN public.balance b USING (account_id)
LEFT JOIN public.plan p USING (plan_id);

CREATE VIEW analyst.resource AS
SELECT resource_id, account_id, external_id, kind, name, nullif(owner_name, '') AS owner, status, nullif(type, '') AS type, tags,
    created_at, last_deployed_at, last_active_at, deleted_at
FROM public.resource;

CREATE VIEW analyst.deployment AS
SELECT deployment_id, account_id, resource_id, external_id, category, name, status, nullif(hardware, '') AS hardware, replicas,
    rate * 0.000001 AS credits_per_replica_minute, tags, created_at, deployed_at, updated_at
FROM public.deployment;

CREATE VIEW analyst.ledger AS
SELECT account_id, entry_no, meter, kind, cause, category,
    CASE meter WHEN 'TOOL_RUNS' THEN amount ELSE amount * 0.000001 END AS amount,
    CASE meter WHEN 'TOOL_RUNS' THEN balance_after ELSE balance_after * 0.000001 END AS balance_after,
    effective_at, posted_at, cycle_no, resource_id, deployment_id, nullif(note, '') AS note
FROM public.ledger_entry;

CREATE VIEW analyst.credit_grant AS
SELECT account_id, grant_no, meter, kind,
    CASE meter WHEN 'TOOL_RUNS' THEN amount ELSE amount * 0.000001 END AS amount,
    CASE meter WHEN 'TOOL_RUNS' THEN left_over ELSE left_over * 0.000001 END AS remaining,
    CASE meter WHEN 'TOOL_RUNS' THEN expired ELSE expired * 0.000001 END AS expired,
    granted_at, expires_at, retired_at, nullif(reference, '') AS reference
FROM (SELECT *, amount - given[1] - given[2] - given[3] - given[4] - expired - taken_back AS left_over FROM public.credit_grant) g;

CREATE VIEW analyst.statement AS
SELECT account_id, cycle_no, meter, starts_at, ends_at, opening * unit AS opening, granted * unit AS granted, charged * unit AS charged,
    refunded * unit AS refunded, expired * unit AS expired, adjusted * unit AS adjusted, closing * unit AS closing
FROM (SELECT *, CASE meter WHEN 'TOOL_RUNS' THEN 1 ELSE 0.000001 END AS unit FROM public.statement) s;

-- What usage_delta holds is not in the tables yet, and is some seconds old at most.
CREATE VIEW analyst.usage_daily AS
SELECT account_id, day, resource_id, deployment_id, kind, category, sum(credits) * 0.000001 AS credits, sum(runs)::bigint AS runs,
    sum(events)::bigint AS events, sum(input_tokens)::bigint AS input_tokens, sum(output_tokens)::bigint AS output_tokens,
    sum(cache_read_tokens)::bigint AS cache_read_tokens, sum(cache_write_tokens)::bigint AS cache_write_tokens,
    sum(reasoning_tokens)::bigint AS reasoning_tokens
FROM (
    SELECT account_id, bucket AS day, resource_id, nullif(deployment_id, 0) AS deployment_id, kind, category, credits, runs, events,
        input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens
    FROM public.usage_day
    UNION ALL
    SELECT account_id, date_trunc('day', bucket, 'UTC'), resource_id, nullif(deployment_id, 0), kind, category, credits, runs, events,
        input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens
    FROM public.usage_delta
) u
GROUP BY account_id, day, resource_id, deployment_id, kind, category;

CREATE VIEW analyst.usage_quarter_hourly AS
SELECT account_id, at, resource_id, deployment_id, kind, category, sum(credits) * 0.000001 AS credits, sum(runs)::bigint AS runs,
    sum(events)::bigint AS events, sum(input_tokens)::bigint AS input_tokens, sum(output_tokens)::bigint AS output_tokens,
    sum(cache_read_tokens)::bigint AS cache_read_tokens, sum(cache_write_tokens)::bigint AS cache_write_tokens,
    sum(reasoning_tokens)::bigint AS reasoning_tokens
FROM (
    SELECT account_id, bucket AS at, resource_id, nullif(deployment_id, 0) AS deployment_id, kind, category, credits, runs, events,
        input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens
    FROM public.usage_quarter
    UNION ALL
    SELECT account_id, date_bin('15 minutes', bucket, 'epoch'), resource_id, nullif(deployment_id, 0), kind, category, credits, runs, events,
        input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens
    FROM public.usage_delta
) u
GROUP BY account_id, at, resource_id, deployment_id, kind, category;

-- +goose Down
DROP VIEW analyst.usage_quarter_hourly, analyst.usage_daily, analyst.statement, analyst.credit_grant, analyst.ledger, analyst.deployment,
    analyst.resource, analyst.account;
