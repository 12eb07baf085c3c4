-- +goose Up
-- When what people see of a thing was last changed; null: not since it was made. A process of the last release leaves it as it is.
ALTER TABLE account ADD COLUMN updated_at timestamptz;
ALTER TABLE resource ADD COLUMN updated_at timestamptz;
ALTER TABLE member ADD COLUMN updated_at timestamptz;
ALTER TABLE plan ADD COLUMN updated_at timestamptz;
-- updated_at of a deployment is when it was deployed, scaled or ended; this one is when its name, endpoint, own id or tags changed.
ALTER TABLE deployment ADD COLUMN said_at timestamptz;

-- +goose Down
ALTER TABLE deployment DROP COLUMN said_at;
ALTER TABLE plan DROP COLUMN updated_at;
ALTER TABLE member DROP COLUMN updated_at;
ALTER TABLE resource DROP COLUMN updated_at;
ALTER TABLE account DROP COLUMN updated_at;
