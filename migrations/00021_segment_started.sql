-- +goose Up
-- Where an account's hosting begins is asked for each answer without a range.
CREATE INDEX segment_started ON segment (account_id, started_at);

-- +goose Down
DROP INDEX segment_started;
