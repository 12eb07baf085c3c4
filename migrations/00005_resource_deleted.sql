-- +goose Up
-- When a resource was deleted; it stays listed.
ALTER TABLE resource ADD COLUMN deleted_at timestamptz;

-- +goose Down
ALTER TABLE resource DROP COLUMN deleted_at;
