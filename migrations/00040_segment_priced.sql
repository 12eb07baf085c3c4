-- +goose Up
-- As of when a segment has its rate, which may be before its start: scaling keeps the rate of the deployment, and so does the report of one that was
-- pending. A preview of a rate card looks for rates of one's own at that instant. NULL, of segments from before: their start.
ALTER TABLE segment ADD COLUMN priced_at timestamptz;

-- +goose Down
ALTER TABLE segment DROP COLUMN priced_at;
