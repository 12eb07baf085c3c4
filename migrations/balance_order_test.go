package migrations_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// setOnBalance is what an operator may have set on the table of balances. Names in braces are roles, which are the whole server's: the braces
// give way to the database's own name.
const setOnBalance = `
CREATE ROLE "{a-b}";
CREATE ROLE "{c ""D"" e}";
ALTER DEFAULT PRIVILEGES GRANT DELETE ON TABLES TO "{a-b}";
GRANT SELECT, TRUNCATE ON balance TO "{a-b}";
GRANT SELECT ON balance TO "{c ""D"" e}" WITH GRANT OPTION;
GRANT REFERENCES ON balance TO PUBLIC;
GRANT UPDATE (balances, used), SELECT (seq) ON balance TO "{a-b}" WITH GRANT OPTION;
COMMENT ON TABLE balance IS 'what''s "left"';
COMMENT ON COLUMN balance.used IS 'micro-credits';
ALTER TABLE balance ALTER seq SET STATISTICS 500, ALTER cycle_no SET (n_distinct = 12, n_distinct_inherited = -0.5), SET (autovacuum_vacuum_scale_factor = 0.01);
CREATE POLICY "a-b's" ON balance AS RESTRICTIVE FOR SELECT TO "{a-b}", "{c ""D"" e}" USING (account_id > (SELECT min(b.account_id) FROM balance b));
CREATE POLICY everybody ON balance WITH CHECK (seq >= 0);
ALTER TABLE balance ENABLE ROW LEVEL SECURITY, REPLICA IDENTITY FULL;
CREATE PUBLICATION "p-q" FOR TABLE balance (account_id, balances) WHERE (account_id > 1);
CREATE PUBLICATION plain FOR TABLE balance;
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE INDEX "by seq" ON balance (seq) WHERE seq > 9;
CREATE STATISTICS together ON seq, entry_no FROM balance;
ALTER TABLE balance ADD CONSTRAINT "small cycles" CHECK (cycle_no < 100000), ADD CONSTRAINT one_of_each UNIQUE (account_id, cycle_no);
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER "their own" AFTER DELETE ON balance FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE VIEW analyst."my view" WITH (security_barrier = true) AS SELECT account_id, balance.used FROM balance WHERE seq > 0;
GRANT SELECT ON analyst."my view", analyst.account TO "{a-b}";
INSERT INTO account (name, created_at, books_from) VALUES ('Acme', '2026-01-01Z', '2026-01-01Z');
INSERT INTO balance (account_id, cycle_start, cycle_end, posted_until, seq, used) SELECT account_id, '2026-01-01Z', '2026-02-01Z', '2026-01-01Z', 7, ARRAY[1, 2] FROM account`

// whatBalanceHas tells of the table, and of views over it, what does not depend on the order of columns.
const whatBalanceHas = `
SELECT line FROM (
  SELECT 'owner ' || relowner::regrole || ' rls ' || relrowsecurity || relforcerowsecurity || ' replica ' || relreplident::text || ' options ' || array_to_string(ARRAY(SELECT unnest(reloptions) ORDER BY 1), ',')
    FROM pg_class WHERE oid = 'balance'::regclass
  UNION ALL SELECT format('%s: %s for %s %s', c.oid::regclass, a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, a.is_grantable)
    FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid IN ('balance'::regclass, 'analyst."my view"'::regclass, 'analyst.account'::regclass) AND a.grantee <> c.relowner
  UNION ALL SELECT format('%s: %s for %s %s', c.attname, a.privilege_type, a.grantee::regrole, a.is_grantable) FROM pg_attribute c, aclexplode(c.attacl) a WHERE c.attrelid = 'balance'::regclass
  UNION ALL SELECT format('%s: statistics %s', attname, attstattarget) FROM pg_attribute WHERE attrelid = 'balance'::regclass AND attstattarget >= 0 AND attnum > 0
  UNION ALL SELECT format('%s: %s', attname, o) FROM pg_attribute, unnest(attoptions) o WHERE attrelid = 'balance'::regclass AND o LIKE 'n_distinct%'
  UNION ALL SELECT 'comment ' || obj_description('balance'::regclass, 'pg_class')
  UNION ALL SELECT format('comment on %s: %s', attname, col_description(attrelid, attnum)) FROM pg_attribute WHERE attrelid = 'balance'::regclass AND col_description(attrelid, attnum) <> ''
  UNION ALL SELECT format('policy %s %s %s %s %s %s', policyname, permissive, roles, cmd, qual, with_check) FROM pg_policies WHERE tablename = 'balance'
  UNION ALL SELECT format('publication %s %s %s', pubname, CASE WHEN pubname = 'p-q' THEN attnames END, rowfilter) FROM pg_publication_tables WHERE tablename = 'balance'
  UNION ALL SELECT indexdef FROM pg_indexes WHERE tablename = 'balance'
  UNION ALL SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxrelid = 'balance'::regclass
  UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'balance'::regclass AND NOT tgisinternal
  UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'balance'::regclass
  UNION ALL SELECT format('view %s %s %s', oid::regclass, reloptions, pg_get_viewdef(oid)) FROM pg_class WHERE relnamespace = 'analyst'::regnamespace AND relkind = 'v'
  UNION ALL SELECT format('row %s %s %s %s', account_id, seq, used, version) FROM balance
) f (line) ORDER BY line`

// What an operator has set on the table of balances outlives the migration that puts its columns in another order: grants, also to roles whose names
// need quotes, and everything else that belongs to a table.
func TestWhatIsSetOnBalancesOutlivesTheirOrder(t *testing.T) {
	t.Parallel()
	ctx, url := context.Background(), tsdbtest.NewEmptyURL(t)
	config, err := pgx.ParseConfig(url)
	must(t, err)
	own := strings.NewReplacer("{", config.Database+" ", "}", "").Replace
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // several statements at once
	db := stdlib.OpenDB(*config)
	t.Cleanup(func() {
		_, err := db.ExecContext(ctx, own(`DROP OWNED BY "{a-b}", "{c ""D"" e}"; DROP ROLE "{a-b}", "{c ""D"" e}"`))
		must(t, errors.Join(err, db.Close()))
	})
	provider, err := goose.NewProvider(goose.DialectPostgres, db, numbered)
	must(t, err)
	_, err = provider.UpTo(ctx, 47)
	must(t, err)
	_, err = db.ExecContext(ctx, own(setOnBalance))
	must(t, err)
	has := func() (lines []string) {
		rows, err := db.QueryContext(ctx, whatBalanceHas)
		must(t, err)
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var line string
			must(t, rows.Scan(&line))
			lines = append(lines, line)
		}
		must(t, rows.Err())
		return lines
	}
	before := has()
	_, err = provider.UpTo(ctx, 48)
	must(t, err)
	after := has()
	for _, line := range before {
		if !slices.Contains(after, line) {
			t.Errorf("it is gone: %s", line)
		}
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			t.Errorf("it is new: %s", line)
		}
	}
}
