-- +goose Up
-- What charts gain and do not show in their tables yet. Every transaction that changes usage adds its sums here, by minute; the
-- roll-up takes rows away and adds them to usage_minute, usage_quarter and usage_day in the same transaction. So every figure
-- stands in exactly one place in every snapshot, and no chart is behind a commit: it reads a table and the account's rows here.
-- There is no key: rows are only added, and taken away by their place.
CREATE TABLE usage_delta (
    account_id    bigint NOT NULL,
    bucket        timestamptz NOT NULL,         -- the minute
    resource_id   bigint NOT NULL,
    deployment_id bigint NOT NULL,              -- 0: none
    kind          text NOT NULL,                -- TOOL_RUN INFERENCE HOSTING FINE_TUNING
    category      text NOT NULL,
    credits       bigint NOT NULL,
    runs          bigint NOT NULL,
    events        bigint NOT NULL,
    input_tokens  bigint NOT NULL,
    output_tokens bigint NOT NULL
);
CREATE INDEX usage_delta_account ON usage_delta (account_id, bucket);
-- Rows live for seconds: the table is cleaned by their number, not by a share of it.
ALTER TABLE usage_delta SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0);

-- usage_dirty, usage_dirty_day and usage_unrolled are what charts were made by before: a process of the last release that still
-- runs adds marks. The roll-up rebuilds what they name, and then they are empty. A later release drops them.

-- +goose Down
-- What is not rolled up becomes a mark again. Hosting stood in its minutes at once.
INSERT INTO usage_minute AS m (account_id, bucket, resource_id, deployment_id, kind, category, credits)
SELECT account_id, bucket, resource_id, deployment_id, kind, min(category), sum(credits) FROM usage_delta WHERE kind IN ('HOSTING', 'FINE_TUNING') GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (account_id, bucket, resource_id, deployment_id, kind) DO UPDATE SET credits = m.credits + EXCLUDED.credits;
INSERT INTO usage_dirty SELECT DISTINCT account_id, date_bin('15 minutes', bucket, timestamptz '2000-01-01 00:00:00+00') FROM usage_delta;
DROP TABLE usage_delta;
