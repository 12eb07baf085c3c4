-- +goose Up
-- What was refused of an account lately, so that whoever integrates finds out what is missing and why. Written beside the way of events,
-- bounded per account and in time; no figure is made of it.
CREATE TABLE usage_refusal (
    account_id bigint NOT NULL,
    refusal_no bigint GENERATED ALWAYS AS IDENTITY,
    at         timestamptz NOT NULL,            -- when it was refused
    endpoint   text NOT NULL,                   -- where it came in
    source     text NOT NULL,                   -- identity as it came, cut to 200 characters; '': missing
    event_id   text NOT NULL,
    time       timestamptz,                     -- null: missing, or not to be read
    kind       text NOT NULL,                   -- TOOL_RUN INFERENCE; '': not known
    code       text NOT NULL,
    message    text NOT NULL,
    PRIMARY KEY (account_id, refusal_no)
);
CREATE INDEX usage_refusal_at ON usage_refusal (at);

-- +goose Down
DROP TABLE usage_refusal;
