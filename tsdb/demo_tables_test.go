package tsdb

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// What an unfinished demo has left is removed from every table with rows of accounts, including those that a later
// migration adds. A row that is forgotten keeps the account if a key leads from one to the other, and otherwise
// outlives it.
func TestDroppingTheDemoKnowsEveryTable(t *testing.T) {
	t.Parallel()
	rows, err := tsdbtest.New(t).Query(t.Context(), `SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id' AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 30 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	known := accountTables()
	if got := slices.Sorted(slices.Values(known)); !slices.Equal(got, tables) {
		t.Errorf("the list has\n%v\nthe database\n%v", got, tables)
	}
	for _, after := range [][2]string{{"balance", "account"}, {"resource", "account"}, {"deployment", "resource"}, {"segment", "deployment"}} {
		if slices.Index(known, after[0]) > slices.Index(known, after[1]) {
			t.Errorf("%s refers to %s, and goes after it", after[0], after[1])
		}
	}
}
