-- +goose Up
-- Processes that do jobs, and which jobs they have in hand. Each says so every few seconds; who has not for long is dead, and what
-- it had in hand is done by another.
CREATE TABLE process (
    id      text PRIMARY KEY,
    beat_at timestamptz NOT NULL, -- by the database's clock
    jobs    bigint[] NOT NULL
);

-- +goose Down
DROP TABLE process;
