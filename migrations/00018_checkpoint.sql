-- +goose NO TRANSACTION
-- +goose Up
-- Reconciliation by what is new: each account keeps the totals up to which its books agreed with its facts.

ALTER TABLE reconciliation
    ADD COLUMN IF NOT EXISTS entry_no     bigint NOT NULL DEFAULT 0, -- the balance row then
    ADD COLUMN IF NOT EXISTS seq          bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS posted_until timestamptz,
    ADD COLUMN IF NOT EXISTS totals       jsonb,                     -- sums of ledger and events by name; NULL: none, the account is reconciled whole
    ADD COLUMN IF NOT EXISTS audited_at   timestamptz;               -- when it was last reconciled from all of its facts
CREATE INDEX IF NOT EXISTS reconciliation_audited ON reconciliation (audited_at NULLS FIRST, account_id);

-- One row: what was posted before this instant is verified, but for transactions that were under way.
CREATE TABLE IF NOT EXISTS reconciled (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    until timestamptz NOT NULL
);
INSERT INTO reconciled (until) VALUES ('2000-01-01 00:00:00+00') ON CONFLICT DO NOTHING;

-- Finds the events posted lately, however they are dated. They lie at the end of each chunk, so a summary of pages is enough.
CREATE INDEX IF NOT EXISTS usage_event_posted ON usage_event USING brin (posted_at) WITH (pages_per_range = 16, autosummarize = on, timescaledb.transaction_per_chunk);

-- +goose Down
DROP INDEX usage_event_posted;
DROP TABLE reconciled;
DROP INDEX reconciliation_audited;
ALTER TABLE reconciliation DROP COLUMN entry_no, DROP COLUMN seq, DROP COLUMN posted_until, DROP COLUMN totals, DROP COLUMN audited_at;
