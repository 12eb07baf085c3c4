-- +goose Up
-- When a correction last took something back from a grant; NULL: none did.
ALTER TABLE credit_grant ADD COLUMN corrected_at timestamptz;
UPDATE credit_grant g SET corrected_at = (SELECT max(e.effective_at) FROM ledger_entry e WHERE e.account_id = g.account_id AND e.cause = 'CORRECTION' AND e.cause_id = g.grant_no)
WHERE g.taken_back > 0;
-- When something was settled, or the reservation was closed, last; NULL: never, or before this was kept.
ALTER TABLE reservation ADD COLUMN updated_at timestamptz;
UPDATE reservation SET updated_at = closed_at WHERE closed_at IS NOT NULL;
-- When it was last attempted, or given up; NULL: never, or before this was kept.
ALTER TABLE email ADD COLUMN updated_at timestamptz;
UPDATE email SET updated_at = sent_at WHERE sent_at IS NOT NULL;

-- +goose Down
ALTER TABLE email DROP COLUMN updated_at;
ALTER TABLE reservation DROP COLUMN updated_at;
ALTER TABLE credit_grant DROP COLUMN corrected_at;
