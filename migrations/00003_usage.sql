-- +goose Up
-- Usage: the events as they came, and what charts read. The chart tables may be rebuilt from events and segments.

-- Identity is (account, source, id, time): rules.md §10. The key begins with account and time, so that it also serves
-- every read of one account's stretch of time.
CREATE TABLE usage_event (
    account_id    bigint NOT NULL,
    time          timestamptz NOT NULL,
    source        text NOT NULL,
    event_id      text NOT NULL,
    kind          text NOT NULL,                -- TOOL_RUN INFERENCE
    resource_id   bigint NOT NULL,
    deployment_id bigint NOT NULL DEFAULT 0,    -- 0: none
    runs          bigint NOT NULL DEFAULT 0,
    input_tokens  bigint NOT NULL DEFAULT 0,
    output_tokens bigint NOT NULL DEFAULT 0,
    charge        bigint NOT NULL,              -- micro-credits of INFERENCE; 0 for TOOL_RUN, whose charge is its runs
    history       boolean NOT NULL DEFAULT false, -- before books_from: stands in no ledger entry
    posted_at     timestamptz NOT NULL,
    entry_no      bigint NOT NULL DEFAULT 0,    -- the ledger entry that charged it; 0 for history
    PRIMARY KEY (account_id, time, source, event_id)
);
SELECT create_hypertable('usage_event', by_range('time', INTERVAL '1 day'), create_default_indexes => false);

-- One row an account, minute, resource, deployment and kind. HOSTING and FINE_TUNING are written when they are posted;
-- TOOL_RUN and INFERENCE by the roll-up, from the events.
CREATE TABLE usage_minute (
    account_id    bigint NOT NULL,
    bucket        timestamptz NOT NULL,
    resource_id   bigint NOT NULL,
    deployment_id bigint NOT NULL DEFAULT 0,
    kind          text NOT NULL,                -- TOOL_RUN INFERENCE HOSTING FINE_TUNING
    category      text NOT NULL,
    credits       bigint NOT NULL DEFAULT 0,
    runs          bigint NOT NULL DEFAULT 0,
    events        bigint NOT NULL DEFAULT 0,
    input_tokens  bigint NOT NULL DEFAULT 0,
    output_tokens bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, bucket, resource_id, deployment_id, kind)
);
SELECT create_hypertable('usage_minute', by_range('bucket', INTERVAL '1 day'), create_default_indexes => false);

CREATE TABLE usage_quarter (LIKE usage_minute INCLUDING DEFAULTS INCLUDING INDEXES);
SELECT create_hypertable('usage_quarter', by_range('bucket', INTERVAL '30 days'), create_default_indexes => false);

CREATE TABLE usage_day (LIKE usage_minute INCLUDING DEFAULTS INCLUDING INDEXES);
SELECT create_hypertable('usage_day', by_range('bucket', INTERVAL '365 days'), create_default_indexes => false);

-- Marks of what the coarser tables do not show yet. They are only ever added to and removed by the roll-up, which reads
-- marks and facts in one snapshot: a mark that the snapshot does not show is removed by a later run, never lost.
-- A dirty quarter is read from usage_event (TOOL_RUN, INFERENCE) and usage_minute (HOSTING, FINE_TUNING).
CREATE TABLE usage_dirty (
    account_id bigint NOT NULL,
    quarter    timestamptz NOT NULL
);
CREATE INDEX usage_dirty_account ON usage_dirty (account_id, quarter);

CREATE TABLE usage_dirty_day (
    account_id bigint NOT NULL,
    day        timestamptz NOT NULL
);
CREATE INDEX usage_dirty_day_account ON usage_dirty_day (account_id, day);

-- Sums of what retention has dropped, so that reconciliation stays exact (rules.md §9).
CREATE TABLE usage_frozen (
    account_id bigint NOT NULL,
    kind       text NOT NULL,
    category   text NOT NULL,
    credits    bigint NOT NULL,
    runs       bigint NOT NULL,
    PRIMARY KEY (account_id, kind, category)
);

-- +goose Down
DROP TABLE usage_frozen, usage_dirty_day, usage_dirty, usage_day, usage_quarter, usage_minute, usage_event;
