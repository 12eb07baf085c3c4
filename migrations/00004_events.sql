-- +goose Up
-- What the world is told: steps reached, mails, and the outbox that live updates read.

CREATE TABLE account_event (
    account_id bigint NOT NULL,
    seq        bigint NOT NULL,
    at         timestamptz NOT NULL,
    kind       text NOT NULL,                   -- BALANCE CROSSING BANNER DEPLOYMENT
    payload    jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (account_id, seq, at)
);
SELECT create_hypertable('account_event', by_range('at', INTERVAL '1 day'), create_default_indexes => false);

-- Every step once an arming (rules.md §8). step: 20 50 70 80 90 100, ZERO, LOW, NEGATIVE.
CREATE TABLE crossing (
    account_id bigint NOT NULL REFERENCES account,
    meter      text NOT NULL,
    step       text NOT NULL,
    arming     bigint NOT NULL,
    at         timestamptz NOT NULL,
    seq        bigint NOT NULL,
    quiet      boolean NOT NULL DEFAULT false,  -- reached by expiry, retirement or correction: no mail
    PRIMARY KEY (account_id, meter, step, arming)
);

CREATE TABLE banner_dismissal (
    account_id bigint NOT NULL REFERENCES account,
    user_id    text NOT NULL,
    meter      text NOT NULL,
    arming     bigint NOT NULL,
    step       int NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (account_id, user_id, meter)
);

-- One row a mail and recipient. key makes it once: account, meter, step, arming, or what else it is about.
CREATE TABLE email (
    email_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id  bigint NOT NULL REFERENCES account,
    key         text NOT NULL,
    recipient   text NOT NULL,
    kind        text NOT NULL,
    data        jsonb NOT NULL,                 -- mail.Data of the kind; rendered when sent or shown
    message_id  text NOT NULL,
    state       text NOT NULL CHECK (state IN ('STORED', 'QUEUED', 'SENT', 'DEAD')),
    attempts    int NOT NULL DEFAULT 0,
    last_error  text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    sent_at     timestamptz,
    UNIQUE (account_id, key, recipient)
);
CREATE INDEX email_account ON email (account_id, email_id);
CREATE INDEX email_queued ON email (email_id) WHERE state = 'QUEUED';

CREATE TABLE reconciliation (
    account_id bigint PRIMARY KEY REFERENCES account,
    at         timestamptz NOT NULL,
    difference bigint NOT NULL,                 -- sum of the absolute differences found; must be 0
    detail     jsonb NOT NULL
);

-- +goose Down
DROP TABLE reconciliation, email, banner_dismissal, crossing, account_event;
