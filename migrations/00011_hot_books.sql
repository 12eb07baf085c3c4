-- +goose Up
-- Room for the next version of a row on its own page: then writing it touches no index, and the tables stay small. A batch of
-- usage writes both for each of its accounts. It holds for pages that are filled from now on.
ALTER TABLE balance SET (fillfactor = 50);
ALTER TABLE credit_grant SET (fillfactor = 50);

-- +goose Down
ALTER TABLE balance RESET (fillfactor);
ALTER TABLE credit_grant RESET (fillfactor);
