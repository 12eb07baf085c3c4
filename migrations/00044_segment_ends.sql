-- +goose Up
-- Where the end of a segment was reported to lie while it is moved there, a stretch a transaction: an end far back gives back a minute of hosting for
-- each minute since. NULL: it lies there.
ALTER TABLE segment ADD COLUMN ends_at timestamptz;
CREATE INDEX segment_ends ON segment (account_id) WHERE ends_at IS NOT NULL;

-- +goose Down
DROP INDEX segment_ends;
ALTER TABLE segment DROP COLUMN ends_at;
