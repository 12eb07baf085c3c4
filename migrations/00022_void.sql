-- +goose Up
-- Events that were taken back. An event stays as it came, and so its identity stays taken; a row here with what it counted takes it out of
-- every sum: facts are events less these. Rows go with the chunk of their events.
CREATE TABLE usage_void (
    account_id         bigint NOT NULL,
    time               timestamptz NOT NULL,        -- identity of the event
    source             text NOT NULL,
    event_id           text NOT NULL,
    kind               text NOT NULL,               -- what the event counted
    resource_id        bigint NOT NULL,
    deployment_id      bigint NOT NULL,
    runs               bigint NOT NULL,
    input_tokens       bigint NOT NULL,
    output_tokens      bigint NOT NULL,
    cache_read_tokens  bigint,
    cache_write_tokens bigint,
    reasoning_tokens   bigint,
    charge             bigint NOT NULL,
    history            boolean NOT NULL,
    charged_no         bigint NOT NULL,             -- the ledger entry that had charged it; 0: none
    entry_no           bigint NOT NULL,             -- the one that refunds it; 0: none
    posted_at          timestamptz NOT NULL,        -- when it was taken back
    PRIMARY KEY (account_id, time, source, event_id)
);
CREATE INDEX usage_void_charged ON usage_void (account_id, charged_no);
CREATE INDEX usage_void_posted ON usage_void (account_id, posted_at);
CREATE INDEX usage_void_time ON usage_void (time);

-- +goose Down
DROP TABLE usage_void;
