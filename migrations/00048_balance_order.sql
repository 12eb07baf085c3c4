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

-- Whatever the operator has set on the table is set on the new one: owner, grants, comments, policies, publications, indexes and so on. Views
-- stay what they are, with what was granted on them, and read the new table.
-- +goose StatementBegin
DO $$
DECLARE
    was    CONSTANT regclass := 'balance_before'::regclass;
    owner  CONSTANT oid := (SELECT relowner FROM pg_class WHERE oid = was);
    views  CONSTANT text[] := ARRAY(
        SELECT format('CREATE OR REPLACE VIEW %s%s AS %s', v.oid::regclass, ' WITH (' || array_to_string(v.reloptions, ', ') || ')', pg_get_viewdef(v.oid))
        FROM pg_class v WHERE v.relkind = 'v' AND v.oid IN (
            SELECT r.ev_class FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = was));
    others CONSTANT text[] := ARRAY(SELECT statement FROM (
        SELECT 1, format('ALTER TABLE balance SET (%s)', o) FROM pg_class c, unnest(c.reloptions) o WHERE c.oid = was AND o NOT LIKE 'fillfactor=%'
        UNION ALL SELECT 1, format('ALTER TABLE balance ALTER COLUMN %I SET STATISTICS %s', attname, attstattarget) FROM pg_attribute WHERE attrelid = was AND attnum > 0 AND attstattarget >= 0
        UNION ALL SELECT 1, format('ALTER TABLE balance ALTER COLUMN %I SET (%s)', attname, o) FROM pg_attribute, unnest(attoptions) o WHERE attrelid = was AND o LIKE 'n_distinct%' -- others are not the operator's
        UNION ALL SELECT 1, format('COMMENT ON TABLE balance IS %L', d) FROM obj_description(was, 'pg_class') d WHERE d IS NOT NULL
        UNION ALL SELECT 1, format('COMMENT ON COLUMN balance.%I IS %L', a.attname, d) FROM pg_attribute a, col_description(was, a.attnum) d WHERE a.attrelid = was AND a.attnum > 0 AND d IS NOT NULL
        UNION ALL SELECT 2, format('ALTER TABLE balance ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint
            WHERE conrelid = was AND contype IN ('c', 'f', 'u', 'x') AND conname <> 'balance_account_id_fkey'
        UNION ALL SELECT 3, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class n ON n.oid = i.indexrelid WHERE i.indrelid = was AND NOT i.indisprimary AND n.relname <> 'balance_due'
            AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.conrelid = was)
        UNION ALL SELECT 3, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxrelid = was
        UNION ALL SELECT 3, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = was AND NOT tgisinternal AND tgname <> 'balance_changed'
        UNION ALL SELECT 4, 'ALTER TABLE balance REPLICA IDENTITY ' || CASE relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE (
                SELECT format('USING INDEX %I', n.relname) FROM pg_index i JOIN pg_class n ON n.oid = i.indexrelid WHERE i.indrelid = was AND i.indisreplident) END
            FROM pg_class WHERE oid = was AND relreplident <> 'd'
        UNION ALL SELECT 4, format('CREATE POLICY %I ON balance AS %s FOR %s TO %s%s%s', policyname, permissive, cmd, (SELECT string_agg(quote_ident(r), ', ') FROM unnest(roles) r),
                ' USING (' || qual || ')', ' WITH CHECK (' || with_check || ')')
            FROM pg_policies p JOIN pg_class c ON c.relname = p.tablename AND c.relnamespace = to_regnamespace(quote_ident(p.schemaname)) WHERE c.oid = was
        UNION ALL SELECT 4, 'ALTER TABLE balance ENABLE ROW LEVEL SECURITY' FROM pg_class WHERE oid = was AND relrowsecurity
        UNION ALL SELECT 4, 'ALTER TABLE balance FORCE ROW LEVEL SECURITY' FROM pg_class WHERE oid = was AND relforcerowsecurity
        UNION ALL SELECT 4, format('ALTER PUBLICATION %I ADD TABLE balance%s%s', p.pubname,
                ' (' || (SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_attribute a WHERE a.attrelid = was AND a.attnum = ANY (r.prattrs)) || ')', ' WHERE (' || pg_get_expr(r.prqual, was) || ')')
            FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE r.prrelid = was
        -- Last what is granted. Default privileges may have granted more, or less, on the new table.
        UNION ALL SELECT 5, format('REVOKE ALL ON balance FROM %s', g.name) FROM pg_class c, aclexplode(c.relacl) a, LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS name) g
            WHERE c.oid = 'balance'::regclass AND a.grantee <> c.relowner
        UNION ALL SELECT 6, format('GRANT %s ON balance TO %s%s', a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END)
            FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = was AND a.grantee <> owner
        UNION ALL SELECT 6, format('GRANT %s (%I) ON balance TO %s%s', a.privilege_type, c.attname, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
                CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END)
            FROM pg_attribute c, aclexplode(c.attacl) a WHERE c.attrelid = was AND a.grantee <> owner
        UNION ALL SELECT 7, format('ALTER TABLE balance OWNER TO %s', owner::regrole) FROM pg_class WHERE oid = 'balance'::regclass AND relowner <> owner
    ) s (turn, statement) ORDER BY turn);
    statement text;
BEGIN
    FOREACH statement IN ARRAY views LOOP
        EXECUTE replace(statement, 'balance_before', 'balance');
    END LOOP;
    DROP TABLE balance_before;
    FOREACH statement IN ARRAY others LOOP
        EXECUTE replace(statement, 'balance_before', 'balance');
    END LOOP;
END $$;
-- +goose StatementEnd
ALTER TABLE balance ADD PRIMARY KEY (account_id), ADD FOREIGN KEY (account_id) REFERENCES account;
CREATE INDEX balance_due ON balance (LEAST(cycle_end, next_expiry));
CREATE TRIGGER balance_changed BEFORE UPDATE ON balance FOR EACH ROW WHEN (NEW.version = OLD.version) EXECUTE FUNCTION change_version();
ANALYZE balance;

-- +goose Down
SELECT; -- the order of columns means nothing to the last release
