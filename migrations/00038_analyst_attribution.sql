-- +goose Up
-- Usage by who and what it was for, for Grafana and other tools: of the events that said something, so a part of usage_daily and
-- usage_quarter_hourly once more. What is beyond the values that are told apart is null, and beyond names it (rules.md §9).
CREATE VIEW analyst.usage_attributed_daily AS
SELECT u.account_id, day, resource_id, deployment_id, kind, category, t.user_id AS user_name, t.api_key, t.tags, t.beyond, sum(credits) * 0.000001 AS credits, sum(runs)::bigint AS runs,
    sum(events)::bigint AS events, sum(input_tokens)::bigint AS input_tokens, sum(output_tokens)::bigint AS output_tokens,
    sum(cache_read_tokens)::bigint AS cache_read_tokens, sum(cache_write_tokens)::bigint AS cache_write_tokens,
    sum(reasoning_tokens)::bigint AS reasoning_tokens
FROM (
    SELECT account_id, bucket AS day, resource_id, nullif(deployment_id, 0) AS deployment_id, kind, category, attribution_no, credits, runs, events,
        input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens
    FROM public.attributed_day
    UNION ALL
    SELECT account_id, date_trunc('day', bucket, 'UTC'), resource_id, nullif(deployment_id, 0), kind, category, attribution_no, credits, runs, events,
        input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens
    FROM public.usage_delta WHERE attribution_no IS NOT NULL
) u
JOIN public.attribution t USING (account_id, attribution_no)
GROUP BY u.account_id, day, resource_id, deployment_id, kind, category, t.attribution_no, t.account_id;

CREATE VIEW analyst.usage_attributed_quarter_hourly AS
SELECT u.account_id, at, resource_id, deployment_id, kind, category, t.user_id AS user_name, t.api_key, t.tags, t.beyond, sum(credits) * 0.000001 AS credits, sum(runs)::bigint AS runs,
    sum(events)::bigint AS events, sum(input_tokens)::bigint AS input_tokens, sum(output_tokens)::bigint AS output_tokens,
    sum(cache_read_tokens)::bigint AS cache_read_tokens, sum(cache_write_tokens)::bigint AS cache_write_tokens,
    sum(reasoning_tokens)::bigint AS reasoning_tokens
FROM (
    SELECT account_id, bucket AS at, resource_id, nullif(deployment_id, 0) AS deployment_id, kind, category, attribution_no, credits, runs, events,
        input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens
    FROM public.attributed_quarter
    UNION ALL
    SELECT account_id, date_bin('15 minutes', bucket, 'epoch'), resource_id, nullif(deployment_id, 0), kind, category, attribution_no, credits, runs, events,
        input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens
    FROM public.usage_delta WHERE attribution_no IS NOT NULL
) u
JOIN public.attribution t USING (account_id, attribution_no)
GROUP BY u.account_id, at, resource_id, deployment_id, kind, category, t.attribution_no, t.account_id;

-- The events themselves, as long as they are kept. voided_at: when one was taken back.
CREATE VIEW analyst.event AS
SELECT e.account_id, e.time, e.source, e.event_id, e.kind, e.resource_id, nullif(e.deployment_id, 0) AS deployment_id, e.runs, e.input_tokens, e.output_tokens,
    e.cache_read_tokens, e.cache_write_tokens, e.reasoning_tokens, e.charge * 0.000001 AS credits, e.user_id AS user_name, e.api_key, e.tags,
    e.history, e.posted_at, v.posted_at AS voided_at
FROM public.usage_event e
LEFT JOIN public.usage_void v ON v.account_id = e.account_id AND v.time = e.time AND v.source = e.source AND v.event_id = e.event_id;

-- +goose Down
DROP VIEW analyst.event, analyst.usage_attributed_quarter_hourly, analyst.usage_attributed_daily;
