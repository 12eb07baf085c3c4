-- +goose Up
-- Who and what an event was for: user, API key and tags, as it came. Null where it said nothing, so that events without are no longer.
ALTER TABLE usage_event ADD COLUMN user_id text, ADD COLUMN api_key text, ADD COLUMN tags jsonb, ADD COLUMN attribution_no bigint;
ALTER TABLE usage_void ADD COLUMN attribution_no bigint;
ALTER TABLE usage_delta ADD COLUMN attribution_no bigint;

-- What charts tell apart: each combination of values that an account's events carried, numbered from 1. Of a key that has as many
-- values as are told apart, later ones are missing, and beyond names the key: user, apiKey, tag:KEY; tags stands for keys
-- of tags beyond their bound, * for everything, once there are as many combinations as are told apart.
CREATE TABLE attribution (
    account_id     bigint NOT NULL,
    attribution_no bigint NOT NULL,
    content        bytea NOT NULL,              -- digest of what follows
    user_id        text,
    api_key        text,
    tags           jsonb NOT NULL DEFAULT '{}',
    beyond         text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (account_id, attribution_no)
);
CREATE UNIQUE INDEX attribution_content ON attribution (account_id, content);
CREATE INDEX attribution_beyond ON attribution (account_id) WHERE beyond <> '{}';

-- The dictionary: the values of each key that are told apart, and how many they are.
CREATE TABLE attribution_key (
    account_id bigint NOT NULL,
    key        text NOT NULL,                   -- user, apiKey, tag:KEY
    distinct_values int NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE TABLE attribution_value (
    account_id bigint NOT NULL,
    key        text NOT NULL,
    value      text NOT NULL,
    PRIMARY KEY (account_id, key, value)
);

-- Usage by combination. Events that carry none have no rows here; the other tables hold all usage, these a part of it once more.
CREATE TABLE attributed_quarter (
    account_id         bigint NOT NULL,
    bucket             timestamptz NOT NULL,
    resource_id        bigint NOT NULL,
    deployment_id      bigint NOT NULL,
    kind               text NOT NULL,           -- TOOL_RUN INFERENCE
    attribution_no     bigint NOT NULL,
    category           text NOT NULL,
    credits            bigint NOT NULL,
    runs               bigint NOT NULL,
    events             bigint NOT NULL,
    input_tokens       bigint NOT NULL,
    output_tokens      bigint NOT NULL,
    cache_read_tokens  bigint,
    cache_write_tokens bigint,
    reasoning_tokens   bigint,
    PRIMARY KEY (account_id, bucket, resource_id, deployment_id, kind, attribution_no)
);
SELECT create_hypertable('attributed_quarter', by_range('bucket', INTERVAL '30 days'), create_default_indexes => false);
CREATE TABLE attributed_day (LIKE attributed_quarter INCLUDING INDEXES);
SELECT create_hypertable('attributed_day', by_range('bucket', INTERVAL '365 days'), create_default_indexes => false);

-- +goose Down
DROP TABLE attributed_day, attributed_quarter, attribution_value, attribution_key, attribution;
ALTER TABLE usage_delta DROP COLUMN attribution_no;
ALTER TABLE usage_void DROP COLUMN attribution_no;
ALTER TABLE usage_event DROP COLUMN attribution_no, DROP COLUMN tags, DROP COLUMN api_key, DROP COLUMN user_id;
