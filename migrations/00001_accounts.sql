-- +goose Up
-- The nouns that hold still: who there is, what they own, what they may do.
-- Times are UTC. Amounts are int8 in the meter's smallest unit: micro-credits or runs. Keys are int8 everywhere.
CREATE EXTENSION IF NOT EXISTS timescaledb;

CREATE TABLE plan (
    plan_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (name <> ''),
    credits     bigint NOT NULL CHECK (credits >= 0),  -- micro-credits a cycle
    runs        bigint NOT NULL CHECK (runs >= 0),     -- runs a cycle
    retired_at  timestamptz,
    created_at  timestamptz NOT NULL
);

CREATE TABLE account (
    account_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL CHECK (name <> ''),
    idempotency_key text UNIQUE,
    request_hash    text NOT NULL DEFAULT '',   -- what the idempotency key was first used with
    created_at      timestamptz NOT NULL,       -- whole seconds; the anchor of the cycle
    books_from      timestamptz NOT NULL,       -- usage before it is history: charted, never drawn
    plan_id         bigint REFERENCES plan,
    next_plan_id    bigint REFERENCES plan,     -- takes effect at the rollover
    plan_ends       boolean NOT NULL DEFAULT false, -- the plan is dropped at the rollover
    fine_tune_limit bigint NOT NULL DEFAULT 25000000,
    low_limit       bigint NOT NULL DEFAULT 5000000,
    negative_limit  bigint NOT NULL DEFAULT -25000000,
    time_zone       text NOT NULL DEFAULT 'UTC',
    mails           boolean NOT NULL DEFAULT true,  -- false: mails are stored and never sent (demo accounts)
    CHECK (low_limit >= 0 AND negative_limit <= 0)
);
CREATE INDEX account_name ON account (lower(name) text_pattern_ops);

CREATE TABLE member (
    account_id  bigint NOT NULL REFERENCES account,
    user_id     text NOT NULL,                  -- the subject of the token: the platform's id of the person
    name        text NOT NULL,
    email       text NOT NULL,
    role        text NOT NULL,                  -- MEMBER, ADMIN, MASTER_ADMIN or the name of a custom role
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, user_id)
);

CREATE TABLE account_role (
    account_id  bigint NOT NULL REFERENCES account,
    name        text NOT NULL,
    permissions text[] NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, name)
);

CREATE TABLE billing_contact (
    account_id  bigint NOT NULL REFERENCES account,
    email       text NOT NULL,
    PRIMARY KEY (account_id, email)
);

CREATE TABLE api_token (
    token_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id   bigint REFERENCES account,     -- null: bound to no account (PLATFORM, SUPPORT, ANALYST of all)
    role         text NOT NULL,
    user_id      text,                          -- the member that it speaks for, if any
    name         text NOT NULL,
    prefix       text NOT NULL,                 -- shown to recognise it
    hash         bytea NOT NULL UNIQUE,         -- SHA-256 of the secret
    scopes       text[] NOT NULL DEFAULT '{}',
    documents    text NOT NULL DEFAULT 'trusted' CHECK (documents IN ('trusted', 'any')),
    development  boolean NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX api_token_account ON api_token (account_id);

CREATE TABLE audit_log (
    audit_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id  bigint REFERENCES account,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    role        text NOT NULL,
    action      text NOT NULL,
    source      text NOT NULL DEFAULT '',       -- where from: address and request id
    before      jsonb,
    after       jsonb
);
CREATE INDEX audit_log_account ON audit_log (account_id, audit_id);

-- Rate versions: a version never starts in the past (rules.md §6). The card is the JSON of billing.RateCard.
CREATE TABLE rate_card (
    version        int PRIMARY KEY,
    effective_from timestamptz NOT NULL UNIQUE,
    card           jsonb NOT NULL
);

-- A tool, model, guardrail or script: one row, one key; what only one kind has is null on the others.
CREATE TABLE resource (
    resource_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id       bigint NOT NULL REFERENCES account,
    kind             text NOT NULL CHECK (kind IN ('TOOL', 'MODEL', 'GUARDRAIL', 'SCRIPT')),
    name             text NOT NULL CHECK (name <> ''),
    owner_name       text NOT NULL DEFAULT '',
    -- TOOL: IN_DEVELOPMENT DEPLOYED UNDEPLOYED DELETED · MODEL: REGISTERED DEPLOYED UNDEPLOYED DELETED
    -- GUARDRAIL: DEPLOYED UNDEPLOYED DELETED · SCRIPT: DRAFT DEPLOYING READY_TO_DEPLOY DEPLOYED DEPLOYMENT_FAILED DELETED
    status           text NOT NULL,
    type             text NOT NULL DEFAULT '',  -- MODEL: BASE, FINE_TUNED · GUARDRAIL: its kind (ANONYMIZE, …)
    input_rate       bigint,                    -- MODEL: own rate, micro-credits per million tokens
    output_rate      bigint,
    size_class       numeric,                   -- MODEL: nominal billions of parameters
    base_model_id    bigint REFERENCES resource,-- MODEL: what it was fine-tuned from
    language         text NOT NULL DEFAULT '',  -- SCRIPT
    language_version text NOT NULL DEFAULT '',
    created_at       timestamptz NOT NULL,
    last_deployed_at timestamptz,               -- most recent deployment
    last_active_at   timestamptz,               -- TOOL: latest run; SCRIPT: last second deployed
    ever_deployed    boolean NOT NULL DEFAULT false,
    idempotency_key  text,
    UNIQUE (account_id, idempotency_key)
);
CREATE INDEX resource_account ON resource (account_id, kind, resource_id);

CREATE TABLE deployment (
    deployment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id    bigint NOT NULL REFERENCES account,
    resource_id   bigint NOT NULL REFERENCES resource,
    category      text NOT NULL CHECK (category IN ('MODELS', 'GUARDRAILS', 'SCRIPTS')),
    name          text NOT NULL,
    type          text NOT NULL DEFAULT '',     -- MODELS: OPEN_SOURCE, FINE_TUNED
    status        text NOT NULL,                -- PENDING DEPLOYED UNDEPLOYED DEPLOYMENT_FAILED DELETED
    hardware      text NOT NULL DEFAULT '',     -- profile of the rate card; CPU type for guardrails; '' where it costs nothing
    cpu_count     int NOT NULL DEFAULT 0,       -- guardrails
    replicas      int NOT NULL CHECK (replicas >= 1),
    rate          bigint NOT NULL CHECK (rate >= 0), -- micro-credits per replica-hour in force at deploy or redeploy
    endpoint      text NOT NULL DEFAULT '',
    reason        text NOT NULL DEFAULT '',     -- why it stopped or failed
    created_at    timestamptz NOT NULL,
    deployed_at   timestamptz,                  -- most recent deployment
    updated_at    timestamptz NOT NULL
);
CREATE INDEX deployment_resource ON deployment (account_id, resource_id, deployment_id);
CREATE INDEX deployment_pending ON deployment (account_id) WHERE status = 'PENDING';

-- A stretch of hosting with one hardware, one rate and one number of replicas. Half-open, whole seconds.
-- What was posted of it follows from balance.posted_until: a running segment is posted up to there, an ended one up to its end.
CREATE TABLE segment (
    segment_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id    bigint NOT NULL REFERENCES account,
    deployment_id bigint NOT NULL REFERENCES deployment,
    resource_id   bigint NOT NULL,
    category      text NOT NULL,
    hardware      text NOT NULL,
    cpu_count     int NOT NULL DEFAULT 0,
    replicas      bigint NOT NULL,
    rate          bigint NOT NULL,
    started_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    CHECK (ended_at IS NULL OR ended_at >= started_at)
);
CREATE INDEX segment_running ON segment (account_id, segment_id) WHERE ended_at IS NULL;
CREATE INDEX segment_resource ON segment (account_id, resource_id, started_at);

-- +goose Down
DROP TABLE segment, deployment, resource, rate_card, audit_log, api_token, billing_contact, account_role, member, account, plan;
