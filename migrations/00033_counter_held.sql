-- +goose Up
-- Growth of a counter that names a tool or model which is not known yet is held and tried again. What the counter grows by meanwhile waits behind it.
ALTER TABLE counter ADD COLUMN owed bigint NOT NULL DEFAULT 0;      -- growth that waits
ALTER TABLE counter_delta ADD COLUMN held_at timestamptz;           -- when it was refused first; null: it was not
CREATE INDEX counter_delta_noted ON counter_delta (noted_at);

-- +goose Down
DROP INDEX counter_delta_noted;
ALTER TABLE counter_delta DROP COLUMN held_at;
ALTER TABLE counter DROP COLUMN owed;
