package tsdb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

func (f *fixture) reconcileNew() tsdb.Reconciled {
	f.t.Helper()
	done, err := f.ReconcileNew(f.ctx)
	f.must(err)
	return done
}

// A run looks only at what has changed since the last one, and what it verified equals what the complete audit finds.
func TestReconciliationOfWhatIsNew(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, quiet := f.wholeLife(), f.wholeLife()
	f.clock.advance(time.Hour)
	if done := f.reconcileNew(); done.Difference != 0 {
		t.Fatalf("%+v", done)
	}
	if done := f.reconcileNew(); done != (tsdb.Reconciled{}) {
		t.Errorf("nothing is new, and it looked: %+v", done)
	}
	tool := f.resource(id, "TOOL", "DEPLOYED")
	for i := range 6 {
		f.clock.advance(40 * time.Minute)
		f.ingest(tsdb.Record, runs(id, tool, fmt.Sprint("new ", i), f.Now().Add(-time.Duration(i)*50*time.Hour), int64(i+1)))
		if i == 3 {
			f.topUp(id, billing.ModelCredits, 50*credit)
			f.guardrail(id, billing.Toxicity, "GENERAL_PURPOSE")
		}
		if done := f.reconcileNew(); done != (tsdb.Reconciled{Verified: 1}) {
			t.Errorf("%d: %+v", i, done)
		}
		f.checkpointIsExact(id)
	}
	f.checkpointIsExact(quiet)
}

// checkpointIsExact compares the stored checkpoint with one that is made from all facts.
func (f *fixture) checkpointIsExact(id int64) {
	f.t.Helper()
	const read = `SELECT coalesce(string_agg(k || '=' || v, ' ' ORDER BY k), '') FROM reconciliation, jsonb_each_text(totals) t (k, v) WHERE account_id = $1 AND v <> '0'`
	var kept, whole string
	f.must(f.pool.QueryRow(f.ctx, read, id).Scan(&kept))
	f.reconciled(id)
	f.must(f.pool.QueryRow(f.ctx, read, id).Scan(&whole))
	if kept != whole {
		f.t.Errorf("the checkpoint is\n%s\nnot\n%s", kept, whole)
	}
}

// The next run finds any difference in what is new; the audit finds any difference in what is old.
func TestReconciliationOfWhatIsNewFindsDifferences(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.wholeLife()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	for i, sql := range []string{
		`UPDATE usage_event SET runs = runs + 1 WHERE account_id = $1 AND event_id = $2`,
		`DELETE FROM usage_event WHERE account_id = $1 AND event_id = $2`,
		`UPDATE ledger_entry SET amount = amount - 1 WHERE account_id = $1 AND $2 <> '' AND entry_no = (SELECT entry_no FROM balance WHERE account_id = $1)`,
		`UPDATE balance SET used[2] = used[2] + 1 WHERE account_id = $1 AND $2 <> ''`,
		`UPDATE credit_grant SET given[4] = given[4] + 1 WHERE account_id = $1 AND $2 <> '' AND meter = 'TOOL_RUNS'`,
	} {
		for _, table := range reconciledTables() {
			_, err := f.pool.Exec(f.ctx, `DROP TABLE IF EXISTS aside_`+table)
			f.must(err)
		}
		f.clock.advance(time.Hour)
		f.reconcileNew()
		event := fmt.Sprint("event ", i)
		f.ingest(tsdb.Record, runs(id, tool, event, f.Now().Add(-30*time.Hour), 3))
		for _, table := range reconciledTables() {
			_, err := f.pool.Exec(f.ctx, `CREATE TABLE aside_`+table+` AS SELECT * FROM `+table)
			f.must(err)
		}
		tag, err := f.pool.Exec(f.ctx, sql, id, event)
		f.must(err)
		if done := f.reconcileNew(); done.Difference == 0 || done.Audited != 1 || tag.RowsAffected() == 0 {
			t.Errorf("after %s: %+v", sql, done)
		}
		for _, table := range []string{"usage_event", "ledger_entry", "balance", "credit_grant"} {
			f.putBack(id, table)
		}
		if done := f.reconcileNew(); done.Difference != 0 || done.Audited != 1 {
			t.Errorf("put right after %s: %+v", sql, done)
		}
	}
	_, err := f.pool.Exec(f.ctx, `UPDATE usage_event SET runs = runs + 1 WHERE account_id = $1 AND event_id = 'event 0'`, id)
	f.must(err)
	f.clock.advance(24 * time.Hour)
	if done, err := f.AuditBooks(f.ctx, time.Minute); err != nil || done.Audited != 1 || done.Difference == 0 {
		t.Errorf("the audit: %+v, %v", done, err)
	}
}

// A batch whose second lies before the last run, but which commits after it, is verified by the next run.
func TestReconciliationBesideOpenTransactions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	f.reconcileNew()
	at := f.Now()
	f.clock.advance(2 * time.Minute)
	f.reconcileNew()
	f.clock.set(at) // the process whose clock is behind
	f.ingest(tsdb.Record, runs(id, tool, "late", at, 5))
	f.clock.set(at.Add(5 * time.Minute))
	if done := f.reconcileNew(); done != (tsdb.Reconciled{Verified: 1}) {
		t.Errorf("%+v", done)
	}
	f.checkpointIsExact(id)
}
