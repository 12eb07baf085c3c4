-- +goose Up
-- A mail knows the person that it was written to, whose address may be corrected before it is sent, and the step that it is about,
-- so that mails about one step keep a pause. Rows from before have neither: their address counts, and no pause.
ALTER TABLE email ADD COLUMN user_id text;  -- null: an extra billing contact
ALTER TABLE email ADD COLUMN step text;     -- meter/step; null: about no step
ALTER TABLE email DROP CONSTRAINT email_state_check;
ALTER TABLE email ADD CONSTRAINT email_state_check CHECK (state IN ('STORED', 'QUEUED', 'SENT', 'DEAD', 'SKIPPED', 'HELD_BACK'));
CREATE INDEX email_step ON email (account_id, step, created_at) WHERE step IS NOT NULL;

-- +goose Down
DROP INDEX email_step;
DELETE FROM email WHERE state IN ('SKIPPED', 'HELD_BACK');
ALTER TABLE email DROP CONSTRAINT email_state_check;
ALTER TABLE email ADD CONSTRAINT email_state_check CHECK (state IN ('STORED', 'QUEUED', 'SENT', 'DEAD'));
ALTER TABLE email DROP COLUMN step;
ALTER TABLE email DROP COLUMN user_id;
