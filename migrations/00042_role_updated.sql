-- +goose Up
-- When what a role permits last changed; NULL: since it was made, never.
ALTER TABLE account_role ADD COLUMN updated_at timestamptz;

-- +goose Down
ALTER TABLE account_role DROP COLUMN updated_at;
