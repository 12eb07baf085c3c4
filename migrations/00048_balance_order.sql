-- +goose Up
-- The same columns in another order. Of a new version of a row, the log takes what lies between the first and the last byte that differ
-- from the old one. Usage changes the sequence numbers, the sums and the version, which lay at both ends, so each row was logged as a whole.
-- Now what usage changes lies side by side at the end: after what seldom changes, 180 B are logged where it was 590.
ALTER TABLE balance RENAME TO balance_before;
CREATE TABLE balance (
    account_id    bigint NOT NULL,
    grant_no      int NOT NULL DEFAULT 0,       -- last grant
    cycle_no      int NOT NULL DEFAULT 1,
    cycle_start   timestamptz NOT NULL,
    cycle_end     timestamptz NOT NULL,
    next_expiry   timestamptz,                  -- earliest expiry of a grant with something left
    -- per meter: [MODEL_CREDITS, TOOL_RUNS]
    allocations   bigint[] NOT NULL DEFAULT '{0,0}',
    free_expired  boolean[] NOT NULL DEFAULT '{f,f}',
    had_grant     boolean[] NOT NULL DEFAULT '{f,f}',
    -- steps: see billing.StepState
    steps_reached bigint[] NOT NULL DEFAULT '{0,0}',
    armings       bigint[] NOT NULL DEFAULT '{}',
    debts         bigint[] NOT NULL DEFAULT '{0,0,0,0}', -- by category: models, guardrails, scripts, tools
    -- What usage changes:
    posted_until  timestamptz NOT NULL,         -- whole seconds: hosting, expiries and rollovers are posted up to here
    seq           bigint NOT NULL DEFAULT 0,    -- last number taken in account_event: commit order, gapless
    entry_no      bigint NOT NULL DEFAULT 0,    -- last ledger entry
    version       bigint NOT NULL DEFAULT hashtextextended(gen_random_uuid()::text, 0),
    balances      bigint[] NOT NULL DEFAULT '{0,0}',
    used          bigint[] NOT NULL DEFAULT '{0,0}',
    slices        bigint[] NOT NULL DEFAULT '{0,0,0,0}', -- used by category
    -- flows of the open cycle, six a meter: opening, granted, charged, refunded, expired, adjusted
    flows         bigint[] NOT NULL DEFAULT '{0,0,0,0,0,0,0,0,0,0,0,0}'
) WITH (fillfactor = 50);
INSERT INTO balance (account_id, grant_no, cycle_no, cycle_start, cycle_end, next_expiry, allocations, free_expired, had_grant, steps_reached, armings, debts,
    posted_until, seq, entry_no, version, balances, used, slices, flows)
SELECT account_id, grant_no, cycle_no, cycle_start, cycle_end, next_expiry, allocations, free_expired, had_grant, steps_reached, armings, debts,
    posted_until, seq, entry_no, version, balances, used, slices, flows
FROM balance_before ORDER BY account_id;

-- The view stays, with whatever was granted on it; so does what was granted on the table.
-- +goose StatementBegin
DO $$
DECLARE held record;
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW analyst.account AS ' || replace(pg_get_viewdef('analyst.account'::regclass), 'balance_before', 'balance');
    FOR held IN SELECT a.grantee, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = 'balance_before'::regclass AND a.grantee NOT IN (0, c.relowner) LOOP
        EXECUTE format('GRANT %s ON balance TO %s', held.privilege_type, held.grantee::regrole);
    END LOOP;
END $$;
-- +goose StatementEnd
DROP TABLE balance_before;
ALTER TABLE balance ADD PRIMARY KEY (account_id), ADD FOREIGN KEY (account_id) REFERENCES account;
CREATE INDEX balance_due ON balance (LEAST(cycle_end, next_expiry));
CREATE TRIGGER balance_changed BEFORE UPDATE ON balance FOR EACH ROW WHEN (NEW.version = OLD.version) EXECUTE FUNCTION change_version();
ANALYZE balance;

-- +goose Down
SELECT; -- the order of columns means nothing to the last release
