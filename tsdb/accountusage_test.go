package tsdb_test

import (
	"strings"
	"testing"
	"time"
)

// An upgrade makes what accounts used in all from what it finds, whatever a process added meanwhile; and who does not add to it may not take what
// is not rolled up.
func TestUsageOfAccountsIsMadeOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for account := int64(1); account < 6; account++ {
		f.delta(account, start.Add(-time.Duration(account)*7*time.Hour), 50, "1")
	}
	f.rollUp(100_000)
	f.tablesAddUp()
	f.exec(`DELETE FROM account_usage WHERE account_id < 4`)
	f.exec(`INSERT INTO account_usage_due VALUES (1), (2), (3)`)
	f.delta(2, start, 20, "1")
	if _, err := f.pool.Exec(f.ctx, `DELETE FROM usage_delta`); err == nil || !strings.Contains(err.Error(), "rolled up by the next release only") {
		t.Errorf("a stranger may take what is not rolled up: %v", err)
	}
	f.must(f.RebuildMarked(f.ctx))
	f.tablesAddUp()
	f.rollUp(100_000)
	f.tablesAddUp()
	if n := f.count(`SELECT count(*) FROM account_usage_due WHERE account_id > $1`, 0); n != 0 {
		t.Errorf("%d accounts are still due", n)
	}
	done := f.rollUp(10)
	if done.Rebuilt != 0 {
		t.Errorf("%+v", done)
	}
}
