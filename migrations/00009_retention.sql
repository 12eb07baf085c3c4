-- +goose Up
-- Retention: what went is told apart by whether it stood in the books, and each chore says when it was last done.

-- history: sums of events before books_from, which stand in no ledger entry. HOSTING and FINE_TUNING are sums of chart
-- minutes, which hold history too; they stand under false.
ALTER TABLE usage_frozen
    ADD COLUMN history boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT usage_frozen_pkey,
    ADD PRIMARY KEY (account_id, kind, category, history);

-- One row a chore: when it was last done to its end, by whichever process. What an operator's alarm looks at.
CREATE TABLE chore_run (
    chore   text PRIMARY KEY,
    done_at timestamptz NOT NULL
);

-- +goose Down
DROP TABLE chore_run;
ALTER TABLE usage_frozen DROP CONSTRAINT usage_frozen_pkey;
DELETE FROM usage_frozen WHERE history;
ALTER TABLE usage_frozen DROP COLUMN history, ADD PRIMARY KEY (account_id, kind, category);
