package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

func TestVitalsTellHowFarBehindPostingIs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	lag := func() time.Duration {
		t.Helper()
		v, err := f.Vitals(f.ctx)
		f.must(err)
		return v.MeterLag
	}
	f.clock.advance(time.Hour)
	if got := lag(); got != 0 {
		t.Errorf("nothing runs: %v behind, want 0", got)
	}
	f.deployModel(id, f.model(id), gpu, 1, time.Time{})
	f.clock.advance(26 * time.Hour)
	if got := lag(); got != 26*time.Hour {
		t.Errorf("%v behind, want 26h", got)
	}
	_, err := f.Tick(f.ctx, 10)
	f.must(err)
	if got := lag(); got != 0 {
		t.Errorf("posted: %v behind, want 0", got)
	}
}

// vital reads the vitals.
func (f *fixture) vital() tsdb.Vitals {
	f.t.Helper()
	v, err := f.Vitals(f.ctx)
	f.must(err)
	return v
}

// For an empty installation every figure exists, and none alarms; a clock that goes back makes no figure negative.
func TestVitalsOfNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.vital()
	if v.MeterLag != 0 || v.OutboxAge != 0 || v.Difference != 0 || v.AuditAge != 0 || v.Dirty != 0 || len(v.JobsDone) != 0 {
		t.Errorf("%+v", v)
	}
	for _, state := range tsdb.EmailStates() {
		if n, ok := v.MailsByState[string(state)]; !ok || n != 0 {
			t.Errorf("%d mails are %s, %v", n, state, ok)
		}
	}
	for _, table := range []string{"usage_event", "usage_minute", "usage_quarter", "attributed_quarter"} {
		if n, ok := v.Overdue[table]; !ok || n != 0 {
			t.Errorf("%d chunks of %s are overdue, %v", n, table, ok)
		}
	}
	id := f.account()
	f.deployModel(id, f.model(id), gpu, 1, time.Time{})
	f.reconciled(id)
	f.exec(`INSERT INTO email (account_id, key, recipient, kind, data, message_id, state, created_at) VALUES ($1, 'k', 'a@b', 'STOPPED', '{}', '<m>', 'QUEUED', $2)`, id, start)
	f.clock.set(start.Add(-time.Hour))
	if v = f.vital(); v.MeterLag != 0 || v.OutboxAge != 0 || v.AuditAge != 0 {
		t.Errorf("before it began: %+v", v)
	}
}

// Vitals report the oldest mail that waits, the account that was looked at longest ago, all differences, and what the
// roll-up has left to do.
func TestVitalsAreOfTheWorst(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first, second := f.account(), f.account()
	f.reconciled(first)
	f.clock.advance(time.Hour)
	f.reconciled(second)
	for i, state := range []string{"SENT", "QUEUED", "QUEUED", "DEAD"} {
		f.exec(`INSERT INTO email (account_id, key, recipient, kind, data, message_id, state, created_at) VALUES ($1, $2::text, 'a@b', 'STOPPED', '{}', $2, $3, $4)`,
			first, f.key(), state, start.Add(time.Duration(i)*time.Minute))
	}
	f.exec(`UPDATE reconciliation SET difference = $2 WHERE account_id = $1`, first, int64(7))
	f.exec(`UPDATE reconciliation SET difference = $2 WHERE account_id = $1`, second, int64(5))
	f.ingest(tsdb.Record, runs(first, f.resource(first, "TOOL", "DEPLOYED"), "a", start, 1), runs(first, f.resource(first, "TOOL", "DEPLOYED"), "b", start, 1))
	v := f.vital()
	if v.OutboxAge != 59*time.Minute || v.AuditAge != time.Hour || v.Difference != 12 || v.Dirty != 2 || v.MailsByState["QUEUED"] != 2 || v.MailsByState["DEAD"] != 1 {
		t.Errorf("%+v", v)
	}
	f.exec(`UPDATE reconciliation SET difference = 9000000000000000000`)
	if v = f.vital(); v.Difference <= 0 {
		t.Errorf("two large differences are %d", v.Difference)
	}
}

// A job was last done when any process did it; what was done before the database was restored belongs to another
// history.
func TestVitalsOfJobs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, at := range []time.Duration{0, time.Minute, -time.Minute} {
		f.clock.set(start.Add(at))
		f.must(f.NoteJob(f.ctx, "meter"))
	}
	f.must(f.NoteJob(f.ctx, "rollup"))
	f.exec(`UPDATE epoch SET since = $1`, start.Add(-time.Hour))
	if v := f.vital(); !v.JobsDone["meter"].Equal(start.Add(-time.Minute)) || len(v.JobsDone) != 2 {
		t.Errorf("%+v", v.JobsDone)
	}
	f.exec(`UPDATE epoch SET since = $1`, start.Add(-time.Minute))
	if v := f.vital(); len(v.JobsDone) != 2 {
		t.Errorf("done as it began: %+v", v.JobsDone)
	}
	f.exec(`UPDATE epoch SET since = $1`, start)
	if v := f.vital(); len(v.JobsDone) != 0 {
		t.Errorf("of another history: %+v", v.JobsDone)
	}
}

// A chunk is overdue two days after it could have been dropped, not before.
func TestVitalsOfOverdueChunks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.keeps() // events for a week
	id := f.account()
	f.ingest(tsdb.Record, runs(id, f.resource(id, "TOOL", "DEPLOYED"), "a", start, 1))
	end := start.Truncate(day).Add(day) // of its chunk
	for _, c := range []struct {
		at   time.Duration
		want int64
	}{{9*day + time.Hour - 1000, 0}, {9*day + time.Hour, 1}} {
		f.clock.set(end.Add(c.at))
		if v := f.vital(); v.Overdue["usage_event"] != c.want {
			t.Errorf("after %v: %v", c.at, v.Overdue)
		}
	}
}
