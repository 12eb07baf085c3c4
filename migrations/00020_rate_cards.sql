-- +goose Up
-- Rate cards are published while the system runs: who did it, and with which key. The table holds what is in force and what will be;
-- a version that was withdrawn before it began moves to a table of its own, so that a process of the last release, which knows
-- nothing of withdrawals, does not price by it either.
ALTER TABLE rate_card ADD COLUMN published_at timestamptz, ADD COLUMN published_by text NOT NULL DEFAULT '', ADD COLUMN note text NOT NULL DEFAULT '',
    ADD COLUMN idempotency_key text UNIQUE, ADD COLUMN request_hash text NOT NULL DEFAULT '';
CREATE TABLE rate_card_withdrawn (
    version         int PRIMARY KEY,
    effective_from  timestamptz NOT NULL,
    card            jsonb NOT NULL,
    published_at    timestamptz,
    published_by    text NOT NULL,
    note            text NOT NULL,
    idempotency_key text UNIQUE,
    request_hash    text NOT NULL,
    withdrawn_at    timestamptz NOT NULL,
    withdrawn_by    text NOT NULL
);

-- One row: how often the cards have changed. Whoever prices by cards that he remembers compares it in his own transaction.
CREATE TABLE rate_state (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    changes bigint NOT NULL
);
INSERT INTO rate_state (changes) VALUES (1);

-- Rates that an account (resource 0) or a model has of its own from an instant on. The rates are the JSON of billing.OwnRates.
CREATE TABLE own_rate (
    account_id  bigint NOT NULL REFERENCES account,
    resource_id bigint NOT NULL DEFAULT 0,
    starts_at   timestamptz NOT NULL,
    rates       jsonb NOT NULL,
    set_at      timestamptz NOT NULL,
    set_by      text NOT NULL,
    PRIMARY KEY (account_id, resource_id, starts_at)
);

-- +goose Down
DROP TABLE own_rate, rate_state, rate_card_withdrawn;
ALTER TABLE rate_card DROP COLUMN published_at, DROP COLUMN published_by, DROP COLUMN note, DROP COLUMN idempotency_key, DROP COLUMN request_hash;
