-- +goose Up
-- When a guardrail or script was last used: nothing is charged for it, so no event tells.
ALTER TABLE resource ADD COLUMN last_used_at timestamptz;

-- +goose Down
ALTER TABLE resource DROP COLUMN last_used_at;
