-- +goose Up
-- Classes of tokens: cache reads and writes are parts of the input, reasoning of the output. Null where there are none, so that rows
-- without them stay as they are. A process of the last release, which knows nothing of them, writes null.
ALTER TABLE usage_event ADD COLUMN cache_read_tokens bigint, ADD COLUMN cache_write_tokens bigint, ADD COLUMN reasoning_tokens bigint;
ALTER TABLE usage_delta ADD COLUMN cache_read_tokens bigint, ADD COLUMN cache_write_tokens bigint, ADD COLUMN reasoning_tokens bigint;
ALTER TABLE usage_minute ADD COLUMN cache_read_tokens bigint, ADD COLUMN cache_write_tokens bigint, ADD COLUMN reasoning_tokens bigint;
ALTER TABLE usage_quarter ADD COLUMN cache_read_tokens bigint, ADD COLUMN cache_write_tokens bigint, ADD COLUMN reasoning_tokens bigint;
ALTER TABLE usage_day ADD COLUMN cache_read_tokens bigint, ADD COLUMN cache_write_tokens bigint, ADD COLUMN reasoning_tokens bigint;
-- A model's own rates of the classes; null: the rate of the input or output.
ALTER TABLE resource ADD COLUMN cache_read_rate bigint, ADD COLUMN cache_write_rate bigint, ADD COLUMN reasoning_rate bigint;

-- +goose Down
ALTER TABLE resource DROP COLUMN cache_read_rate, DROP COLUMN cache_write_rate, DROP COLUMN reasoning_rate;
ALTER TABLE usage_day DROP COLUMN cache_read_tokens, DROP COLUMN cache_write_tokens, DROP COLUMN reasoning_tokens;
ALTER TABLE usage_quarter DROP COLUMN cache_read_tokens, DROP COLUMN cache_write_tokens, DROP COLUMN reasoning_tokens;
ALTER TABLE usage_minute DROP COLUMN cache_read_tokens, DROP COLUMN cache_write_tokens, DROP COLUMN reasoning_tokens;
ALTER TABLE usage_delta DROP COLUMN cache_read_tokens, DROP COLUMN cache_write_tokens, DROP COLUMN reasoning_tokens;
ALTER TABLE usage_event DROP COLUMN cache_read_tokens, DROP COLUMN cache_write_tokens, DROP COLUMN reasoning_tokens;
