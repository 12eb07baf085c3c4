-- +goose Up
-- Lists whose order moves, kept for an hour so that later pages are of the same list (rules.md §9). Part 0 says what the list is of, the
-- others hold rows. After a crash they are gone, and are asked for again.
CREATE UNLOGGED TABLE kept_list (
    list_id    uuid NOT NULL,
    part       int NOT NULL,
    kept_until timestamptz NOT NULL,
    content    bytea NOT NULL,
    PRIMARY KEY (list_id, part)
);
CREATE INDEX kept_list_until ON kept_list (kept_until);

-- +goose Down
DROP TABLE kept_list;
