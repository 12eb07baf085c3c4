-- +goose Up
-- Counters that only grow, as OpenTelemetry's cumulative metrics and Prometheus report them: what each was last. Usage is what it grew by.
CREATE TABLE counter (
    series   bytea PRIMARY KEY,             -- digest of account, counter and, where it is told, its beginning
    at       timestamptz,                   -- of the last sample; null: none has counted yet
    value    bigint NOT NULL DEFAULT 0,     -- then
    replica  text NOT NULL DEFAULT '',      -- which of several reporters it was
    heard_at timestamptz NOT NULL           -- when that came in
);
-- Growth that is noted and perhaps not stored yet as an event. A row goes when its event has been answered.
CREATE TABLE counter_delta (
    delta_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    series   bytea NOT NULL,
    noted_at timestamptz NOT NULL,
    event    jsonb NOT NULL
);
CREATE INDEX counter_delta_series ON counter_delta (series);

-- +goose Down
DROP TABLE counter_delta;
DROP TABLE counter;
