-- +goose Up
-- How far the outbox of an account has been dropped: a cursor before seq cannot be resumed from, and gets a snapshot.
CREATE TABLE outbox_horizon (
    account_id bigint PRIMARY KEY REFERENCES account,
    seq        bigint NOT NULL                  -- the last event that retention has dropped
);
CREATE INDEX email_state ON email (state);

-- +goose Down
DROP INDEX email_state;
DROP TABLE outbox_horizon;
