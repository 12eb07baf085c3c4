-- +goose Up
-- Documents that an operator registered with `usagegraph documents add`, beside those of the console and of the folder.
CREATE TABLE trusted_document (
    hash     bytea PRIMARY KEY CHECK (octet_length(hash) = 32), -- SHA-256 of text
    text     text NOT NULL CHECK (octet_length(text) <= 65536),
    name     text NOT NULL,                                     -- of its operation or file, for the list
    added_at timestamptz NOT NULL
);

-- +goose Down
DROP TABLE trusted_document;
