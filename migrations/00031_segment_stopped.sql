-- +goose Up
-- Whether the negative limit ended a stretch: its end may still be reported as earlier, once, also where another stretch followed.
ALTER TABLE segment ADD COLUMN stopped boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE segment DROP COLUMN stopped;
