-- +goose Up
-- The books: one balance row an account, locked by everything that changes it, and the facts that explain it.

CREATE TABLE balance (
    account_id    bigint PRIMARY KEY REFERENCES account,
    seq           bigint NOT NULL DEFAULT 0,    -- last number taken in account_event: commit order, gapless
    entry_no      bigint NOT NULL DEFAULT 0,    -- last ledger entry
    grant_no      int    NOT NULL DEFAULT 0,    -- last grant
    posted_until  timestamptz NOT NULL,         -- whole seconds: hosting, expiries and rollovers are posted up to here
    cycle_no      int NOT NULL DEFAULT 1,
    cycle_start   timestamptz NOT NULL,
    cycle_end     timestamptz NOT NULL,
    next_expiry   timestamptz,                  -- earliest expiry of a grant with something left
    -- per meter: [MODEL_CREDITS, TOOL_RUNS]
    balances      bigint[] NOT NULL DEFAULT '{0,0}',
    allocations   bigint[] NOT NULL DEFAULT '{0,0}',
    used          bigint[] NOT NULL DEFAULT '{0,0}',
    debts         bigint[] NOT NULL DEFAULT '{0,0,0,0}', -- by category: models, guardrails, scripts, tools
    slices        bigint[] NOT NULL DEFAULT '{0,0,0,0}', -- used by category
    free_expired  boolean[] NOT NULL DEFAULT '{f,f}',
    had_grant     boolean[] NOT NULL DEFAULT '{f,f}',
    -- flows of the open cycle, five a meter: opening, granted, charged, refunded, expired, adjusted
    flows         bigint[] NOT NULL DEFAULT '{0,0,0,0,0,0,0,0,0,0,0,0}',
    -- steps: see billing.StepState
    steps_reached bigint[] NOT NULL DEFAULT '{0,0}',
    armings       bigint[] NOT NULL DEFAULT '{}'
);
CREATE INDEX balance_due ON balance (LEAST(cycle_end, next_expiry));

CREATE TABLE credit_grant (
    account_id      bigint NOT NULL REFERENCES account,
    grant_no        int NOT NULL,
    meter           text NOT NULL CHECK (meter IN ('MODEL_CREDITS', 'TOOL_RUNS')),
    kind            text NOT NULL CHECK (kind IN ('FREE', 'TOP_UP', 'PLAN', 'ADJUSTMENT')),
    amount          bigint NOT NULL CHECK (amount > 0),
    granted_at      timestamptz NOT NULL,
    expires_at      timestamptz,
    given           bigint[] NOT NULL DEFAULT '{0,0,0,0}', -- by category
    repaid          bigint[] NOT NULL DEFAULT '{0,0,0,0}', -- the part of given that repaid debt
    expired         bigint NOT NULL DEFAULT 0,
    taken_back      bigint NOT NULL DEFAULT 0,
    retired_at      timestamptz,
    mailed_days     int NOT NULL DEFAULT 0,     -- expiry mails: the last of 14, 3 that was queued
    reference       text NOT NULL DEFAULT '',
    idempotency_key text,
    request_hash    text NOT NULL DEFAULT '',
    created_by      text NOT NULL DEFAULT '',
    PRIMARY KEY (account_id, grant_no),
    UNIQUE (account_id, idempotency_key),
    CHECK (given[1] + given[2] + given[3] + given[4] + expired + taken_back <= amount)
);
CREATE INDEX credit_grant_live ON credit_grant (account_id) WHERE retired_at IS NULL;
CREATE INDEX credit_grant_expiring ON credit_grant (expires_at) WHERE retired_at IS NULL AND expires_at IS NOT NULL;

-- Answers already given to an idempotency key, for operations that make no grant (corrections, plan changes, holds, jobs).
CREATE TABLE idempotency (
    account_id   bigint NOT NULL REFERENCES account,
    key          text NOT NULL,
    operation    text NOT NULL,
    request_hash text NOT NULL,
    result       jsonb NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (account_id, key)
);

-- What an account owes, by the minute in which it came to owe it: the oldest is repaid first (rules.md §2).
CREATE TABLE debt (
    account_id bigint NOT NULL,
    meter      text NOT NULL,
    minute     timestamptz NOT NULL,
    category   text NOT NULL,
    amount     bigint NOT NULL,
    PRIMARY KEY (account_id, meter, minute, category)
);

CREATE TABLE ledger_entry (
    account_id    bigint NOT NULL,
    entry_no      bigint NOT NULL,
    meter         text NOT NULL,
    kind          text NOT NULL,                -- GRANT CHARGE EXPIRY ADJUSTMENT REFUND
    category      text,                         -- CHARGE and REFUND
    amount        bigint NOT NULL,              -- signed: what it does to the balance
    balance_after bigint NOT NULL,
    posted_at     timestamptz NOT NULL,
    effective_at  timestamptz NOT NULL,
    cycle_no      int NOT NULL,
    cause         text NOT NULL,                -- EVENTS HOSTING FINE_TUNING GRANT EXPIRY CYCLE CORRECTION
    cause_id      bigint,                       -- batch, segment, job or grant number
    resource_id   bigint,
    deployment_id bigint,
    minute        timestamptz,                  -- HOSTING, FINE_TUNING: the minute of the charts in which it lies
    line_resources bigint[],                    -- EVENTS: the resources of the batch …
    line_amounts   bigint[],                    -- … and what each was charged
    draw_grants   int[],                        -- which grants gave (CHARGE) or got back (REFUND) …
    draw_amounts  bigint[],                     -- … and how much
    debt          bigint NOT NULL DEFAULT 0,    -- the part that became (CHARGE) or paid off (REFUND, GRANT) debt
    note          text NOT NULL DEFAULT '',
    PRIMARY KEY (account_id, entry_no, posted_at)
);
SELECT create_hypertable('ledger_entry', by_range('posted_at', INTERVAL '30 days'), create_default_indexes => false);
CREATE INDEX ledger_entry_effective ON ledger_entry (account_id, effective_at DESC, entry_no DESC);
CREATE INDEX ledger_entry_cycle ON ledger_entry (account_id, cycle_no, effective_at);

CREATE TABLE statement (
    account_id  bigint NOT NULL REFERENCES account,
    cycle_no    int NOT NULL,
    meter       text NOT NULL,
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    opening     bigint NOT NULL,
    granted     bigint NOT NULL,
    charged     bigint NOT NULL,
    refunded    bigint NOT NULL,
    expired     bigint NOT NULL,
    adjusted    bigint NOT NULL,
    closing     bigint NOT NULL,
    PRIMARY KEY (account_id, cycle_no, meter),
    CHECK (closing = opening + granted - charged + refunded - expired + adjusted)
);

CREATE TABLE reservation (
    reservation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id   bigint NOT NULL REFERENCES account,
    meter        text NOT NULL,
    mode         text NOT NULL CHECK (mode IN ('REJECT', 'CAP', 'NEGATIVE')),
    requested    bigint NOT NULL,
    held         bigint NOT NULL,
    settled      bigint NOT NULL DEFAULT 0,
    status       text NOT NULL CHECK (status IN ('OPEN', 'SETTLED', 'RELEASED', 'EXPIRED')),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    closed_at    timestamptz,
    reference    text NOT NULL DEFAULT ''
);
CREATE INDEX reservation_open ON reservation (account_id, expires_at) WHERE status = 'OPEN';
CREATE INDEX reservation_account ON reservation (account_id, reservation_id);

CREATE TABLE fine_tuning_job (
    job_id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id       bigint NOT NULL REFERENCES account,
    base_model_id    bigint NOT NULL REFERENCES resource,
    model_id         bigint NOT NULL REFERENCES resource, -- the FINE_TUNED model that it makes
    training_tokens  bigint NOT NULL,
    epochs           int NOT NULL,
    method           text NOT NULL,
    hardware         text NOT NULL,
    charge           bigint NOT NULL,
    refunded         bigint NOT NULL DEFAULT 0,
    processed_tokens bigint,
    status           text NOT NULL CHECK (status IN ('RUNNING', 'COMPLETED', 'STOPPED', 'FAILED')),
    reason           text NOT NULL DEFAULT '',
    started_at       timestamptz NOT NULL,
    finished_at      timestamptz
);
CREATE INDEX fine_tuning_job_account ON fine_tuning_job (account_id, job_id);
CREATE INDEX fine_tuning_job_model ON fine_tuning_job (account_id, model_id);

-- +goose Down
DROP TABLE fine_tuning_job, reservation, statement, ledger_entry, debt, idempotency, credit_grant, balance;
