package tsdb_test

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// wholeLife is an account with something in every table of the books and the charts, rolled up and without a
// difference. It has debt, a closed cycle, a correction, a refunded job, and runs.
func (f *fixture) wholeLife() int64 {
	f.t.Helper()
	f.clock.set(start)
	v := f.victim()
	id := v.Account
	no := f.topUp(id, billing.ModelCredits, 100*credit)
	_, err := f.Adjust(f.ctx, tsdb.Adjustment{AccountID: id, Meter: billing.ModelCredits, Amount: -10 * credit, GrantNo: no, Reference: "ticket", IdempotencyKey: f.key()}, tsdb.Actor{})
	f.must(err)
	j, err := f.StartFineTuning(f.ctx, tsdb.NewJob{AccountID: id, ModelID: v.Model, Name: "mine", TrainingTokens: 10_000_000, Epochs: 3, Method: billing.QLoRA, Hardware: "A10G", IdempotencyKey: f.key()})
	f.must(err)
	half := int64(15_000_000)
	_, err = f.FinishFineTuning(f.ctx, tsdb.JobEnd{AccountID: id, JobID: j.ID, Outcome: tsdb.JobStopped, ProcessedTokens: &half, Reason: "enough"})
	f.must(err)
	f.deployModel(id, v.Model, gpu, 1, time.Time{})
	f.guardrail(id, billing.Toxicity, "GENERAL_PURPOSE")
	f.script(id, small, 1)
	f.spend(id, v.Model, 155*credit)
	limit := -2 * credit
	f.must(f.SetLimits(f.ctx, tsdb.LimitsChange{AccountID: id, Negative: &limit}, tsdb.Actor{}))
	f.ingest(tsdb.Record, runs(id, v.Tool, f.key(), start, 1_234))
	f.clock.set(time.Date(2026, 3, 10, 23, 0, 30, 0, time.UTC)) // stopped in debt
	f.checkBooks(id)
	f.clock.set(time.Date(2026, 4, 12, 10, 0, 0, 0, time.UTC))
	f.ingest(tsdb.Record, runs(id, v.Tool, f.key(), f.clock.now(), 1))
	f.clock.advance(2 * 24 * time.Hour)
	f.checkBooks(id)
	if b := f.view(id).Credits.Balance(); b > limit {
		f.t.Fatalf("balance %d", b)
	}
	_, err = f.RollUp(f.ctx, 1_000_000)
	f.must(err)
	f.reconciled(id)
	return id
}

// Any change behind the books' back shows as a difference, in every table, and is left as it was found: reconciliation
// never repairs (issue: the credit engine).
func TestReconciliationSeesEveryTable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.wholeLife(), f.wholeLife()
	for _, table := range reconciledTables() {
		_, err := f.pool.Exec(f.ctx, `CREATE TABLE aside_`+table+` AS SELECT * FROM `+table)
		f.must(err)
	}
	for _, sql := range []string{
		`UPDATE balance SET balances[1] = balances[1] + 1 WHERE account_id = $1`,
		`UPDATE balance SET balances[2] = balances[2] + 1 WHERE account_id = $1`,
		`UPDATE balance SET allocations[2] = allocations[2] + 1 WHERE account_id = $1`,
		`UPDATE balance SET used[1] = used[1] + 1 WHERE account_id = $1`,
		`UPDATE balance SET slices[3] = slices[3] + 1 WHERE account_id = $1`,
		`UPDATE balance SET debts[1] = debts[1] + 1 WHERE account_id = $1`,
		`UPDATE balance SET debts[1] = debts[1] + 1, debts[2] = debts[2] - 1 WHERE account_id = $1`,
		`UPDATE balance SET flows[3] = flows[3] + 1 WHERE account_id = $1`,
		`UPDATE balance SET flows[1] = flows[1] + 1, flows[6] = flows[6] - 1 WHERE account_id = $1`,
		`UPDATE balance SET entry_no = entry_no + 1 WHERE account_id = $1`,
		`UPDATE ledger_entry SET amount = amount - 1 WHERE account_id = $1 AND entry_no = 1`,
		`UPDATE ledger_entry SET amount = amount + (CASE cause_id WHEN 1 THEN 1 ELSE -1 END) WHERE account_id = $1 AND kind = 'GRANT' AND meter = 'MODEL_CREDITS'`,
		`UPDATE ledger_entry SET category = 'SCRIPTS' WHERE account_id = $1 AND entry_no = (SELECT min(entry_no) FROM ledger_entry WHERE account_id = $1 AND category = 'MODELS')`,
		`UPDATE ledger_entry SET kind = 'ADJUSTMENT' WHERE account_id = $1 AND entry_no = 1`,
		`UPDATE ledger_entry SET cycle_no = 2 WHERE account_id = $1 AND entry_no = 3`,
		`UPDATE ledger_entry SET balance_after = balance_after + 1 WHERE account_id = $1 AND entry_no = 5`,
		`DELETE FROM ledger_entry WHERE account_id = $1 AND entry_no = (SELECT max(entry_no) FROM ledger_entry WHERE account_id = $1)`,
		`UPDATE credit_grant SET amount = amount + 1 WHERE account_id = $1 AND grant_no = 2`,
		`UPDATE credit_grant SET amount = amount + 1, retired_at = now() WHERE account_id = $1 AND grant_no = 1`,
		`UPDATE credit_grant SET given[1] = given[1] - 1 WHERE account_id = $1 AND grant_no = 1`,
		`UPDATE credit_grant SET given[2] = given[2] + 1, given[1] = given[1] - 1 WHERE account_id = $1 AND grant_no = 1`,
		`UPDATE credit_grant SET taken_back = taken_back - 1, expired = expired + 1 WHERE account_id = $1 AND taken_back > 0`,
		`UPDATE debt SET amount = amount + 1 WHERE account_id = $1`,
		`UPDATE statement SET opening = opening + 1, closing = closing + 1 WHERE account_id = $1 AND meter = 'TOOL_RUNS'`,
		`UPDATE statement SET granted = granted + 1, expired = expired + 1 WHERE account_id = $1 AND meter = 'TOOL_RUNS'`,
		`UPDATE usage_event SET charge = charge + 1 WHERE account_id = $1 AND kind = 'INFERENCE'`,
		`UPDATE usage_event SET runs = runs + 1 WHERE account_id = $1 AND runs > 1`,
		`UPDATE usage_event SET history = true WHERE account_id = $1`,
		`DELETE FROM usage_event WHERE account_id = $1 AND runs = 1`,
		`UPDATE usage_minute SET credits = credits + 1 WHERE account_id = $1 AND kind = 'HOSTING' AND bucket = '2026-03-10 09:31Z'`,
		`UPDATE usage_minute SET credits = credits + 1 WHERE account_id = $1 AND kind = 'INFERENCE'`,
		`UPDATE usage_minute SET runs = runs + 1 WHERE account_id = $1 AND kind = 'TOOL_RUN'`,
		`UPDATE usage_minute SET credits = credits + 1 WHERE account_id = $1 AND kind = 'FINE_TUNING'`,
		`DELETE FROM usage_minute WHERE account_id = $1 AND kind = 'TOOL_RUN'`,
		`UPDATE usage_quarter SET credits = credits + 1 WHERE account_id = $1 AND kind = 'HOSTING' AND bucket = '2026-03-10 09:30Z'`,
		`UPDATE usage_quarter SET runs = runs + 1 WHERE account_id = $1 AND kind = 'TOOL_RUN'`,
		`UPDATE usage_day SET runs = runs + 1 WHERE account_id = $1 AND kind = 'TOOL_RUN'`,
		`DELETE FROM usage_day WHERE account_id = $1 AND kind = 'INFERENCE'`,
		`UPDATE account_usage SET runs = runs + 1 WHERE account_id = $1 AND kind = 'TOOL_RUN' AND slot = 0`,
		`UPDATE account_usage SET credits = credits + 1 WHERE account_id = $1 AND kind = 'HOSTING' AND slot BETWEEN 1 AND 4`,
		`DELETE FROM account_usage WHERE account_id = $1 AND kind = 'INFERENCE' AND slot BETWEEN 5 AND 28`,
		`UPDATE account_usage SET credits = credits - 1 WHERE account_id = $1 AND kind = 'FINE_TUNING' AND slot > 28`,
		`INSERT INTO usage_delta_row VALUES ($1, '2026-03-10 09:31Z', 1, 0, 'HOSTING', 'MODELS', 1, 0, 0, 0, 0)`,
		`INSERT INTO usage_delta_row VALUES ($1, '2026-03-10 09:31Z', 1, 0, 'TOOL_RUN', 'TOOLS', 0, 1, 1, 0, 0)`,
		`INSERT INTO usage_delta_hosting VALUES ($1, '2026-03-10 09:31Z', 'MODELS', '{1}', '{0}', '{1}')`,
		`INSERT INTO usage_frozen (account_id, kind, category, history, credits, runs) VALUES ($1, 'INFERENCE', 'MODELS', false, 1, 0)`,
		`INSERT INTO usage_frozen (account_id, kind, category, history, credits, runs) VALUES ($1, 'HOSTING', 'SCRIPTS', false, 1, 0)`,
		`UPDATE segment SET ended_at = ended_at + interval '1 second' WHERE account_id = $1 AND category = 'MODELS' AND ended_at > started_at`,
		`UPDATE segment SET rate = rate + 100000 WHERE account_id = $1 AND category = 'SCRIPTS'`,
		`UPDATE segment SET replicas = replicas + 1 WHERE account_id = $1 AND category = 'GUARDRAILS'`,
		`UPDATE fine_tuning_job SET refunded = refunded - 1 WHERE account_id = $1`,
	} {
		f.tampered(id, other, sql)
	}
}

// tampered changes something by sql, demands that reconciliation reports it, for that account only, and touches
// nothing, and takes the change back.
func (f *fixture) tampered(id, other int64, sql string) {
	f.t.Helper()
	whole := f.everything(id)
	tag, err := f.pool.Exec(f.ctx, sql, id)
	f.must(err)
	changed := f.everything(id)
	if tag.RowsAffected() == 0 || slices.Equal(whole, changed) {
		f.t.Errorf("changed nothing: %s", sql)
	}
	r, err := f.Reconcile(f.ctx, id)
	f.must(err)
	if r.Difference == 0 {
		f.t.Errorf("not seen: %s", sql)
	}
	if n := f.count(`SELECT difference FROM reconciliation WHERE account_id = $1`, id); n != int64(r.Difference) {
		f.t.Errorf("stored %d of %d", n, r.Difference)
	}
	if !slices.Equal(changed, f.everything(id)) {
		f.t.Errorf("repaired: %s", sql)
	}
	f.reconciled(other)
	f.putBack(id, regexp.MustCompile(`^(?:UPDATE|DELETE FROM|INSERT INTO) (\w+)`).FindStringSubmatch(sql)[1])
	f.reconciled(id)
}

// reconciledTables are those that reconciliation compares.
func reconciledTables() []string {
	return []string{"balance", "ledger_entry", "credit_grant", "debt", "statement", "usage_event", "usage_minute", "usage_quarter", "usage_day", "account_usage", "usage_delta_row", "usage_delta_hosting", "usage_frozen",
		"segment", "fine_tuning_job"}
}

// everything is a digest of all rows of an account, one per table.
func (f *fixture) everything(id int64) (digests []string) {
	f.t.Helper()
	for _, table := range reconciledTables() {
		var digest string
		f.must(f.pool.QueryRow(f.ctx, `SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM `+table+` t WHERE account_id = $1`, id).Scan(&digest))
		digests = append(digests, digest)
	}
	return digests
}

// putBack makes an account's rows of a table what they were.
func (f *fixture) putBack(id int64, table string) {
	f.t.Helper()
	f.must(pgx.BeginFunc(f.ctx, f.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(f.ctx, `SET LOCAL usagegraph.adds_account_usage = on`)
		for _, sql := range []string{`DELETE FROM ` + table + ` WHERE account_id = $1`,
			`INSERT INTO ` + table + ` OVERRIDING SYSTEM VALUE SELECT * FROM aside_` + table + ` WHERE account_id = $1`} {
			if err == nil {
				_, err = tx.Exec(f.ctx, sql, id)
			}
		}
		return err
	}))
}
