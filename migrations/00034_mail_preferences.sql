-- +goose Up
-- The kinds of e-mails of the account that a member does not want (rules.md §8).
ALTER TABLE member ADD COLUMN muted_emails text[] NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE member DROP COLUMN muted_emails;
