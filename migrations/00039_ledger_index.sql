-- +goose Up
-- An index that every entry paid for and one question read: the balance at an instant. It reads entries by when they count, from the
-- end of the last closed cycle on.
DROP INDEX ledger_entry_cycle;

-- +goose Down
CREATE INDEX ledger_entry_cycle ON ledger_entry (account_id, cycle_no, effective_at);
