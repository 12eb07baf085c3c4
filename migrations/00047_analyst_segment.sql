-- +goose Up
-- credits_per_replica_minute held the price of an hour. The price of an hour has a column of its own now.
CREATE OR REPLACE VIEW analyst.deployment AS
SELECT deployment_id, account_id, resource_id, external_id, category, name, status, nullif(hardware, '') AS hardware, replicas,
    round(rate * 0.000001 / 60, 12) AS credits_per_replica_minute, tags, created_at, deployed_at, updated_at,
    rate * 0.000001 AS credits_per_replica_hour
FROM public.deployment;

-- What ran when, on what: seconds of hosting and of replicas, and usage by hardware.
CREATE VIEW analyst.segment AS
SELECT segment_id, account_id, resource_id, deployment_id, category, nullif(hardware, '') AS hardware, nullif(cpu_count, 0) AS cpus, replicas,
    rate * 0.000001 AS credits_per_replica_hour, started_at, ended_at, stopped
FROM public.segment;

-- When accounts are foretold to run out, at most an hour old.
CREATE VIEW analyst.forecast AS
SELECT account_id, made_at, credits_exhausted_at AS model_credits_exhausted_at, runs_exhausted_at AS tool_runs_exhausted_at, negative_limit_at
FROM public.forecast;

-- +goose Down
DROP VIEW analyst.forecast, analyst.segment, analyst.deployment;
CREATE VIEW analyst.deployment AS
SELECT deployment_id, account_id, resource_id, external_id, category, name, status, nullif(hardware, '') AS hardware, replicas,
    rate * 0.000001 AS credits_per_replica_minute, tags, created_at, deployed_at, updated_at
FROM public.deployment;
