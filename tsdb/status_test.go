package tsdb_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// withJobs gives the database the table of jobs, as far as the status reads it; otherwise the jobs' own migrations make
// it.
func (f *fixture) withJobs() *fixture {
	f.t.Helper()
	f.exec(`CREATE TABLE river_job (id bigserial, args jsonb, kind text, max_attempts int, queue text, state text, attempt int, attempted_at timestamptz, attempted_by text[],
  errors jsonb[], scheduled_at timestamptz, finalized_at timestamptz, created_at timestamptz DEFAULT now())`)
	return f
}

// named lists accounts with their events and entries, in the order of the list.
func named(list []tsdb.AccountStatus) (told string) {
	for _, a := range list {
		told += fmt.Sprintf("%d:%d/%d ", a.ID, a.Events, a.Entries)
	}
	return told
}

// The busiest accounts of the span come first, at most ten; the exhausted ones are those whose credits or runs are used
// up; figures are those of the span only.
func TestStatusOfAccounts(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withJobs()
	var ids, tools []int64
	for range 12 {
		id := f.account()
		ids, tools = append(ids, id), append(tools, f.resource(id, "TOOL", "DEPLOYED"))
	}
	for i, id := range ids {
		f.ingest(tsdb.Record, runs(id, tools[i], "before", start, 1))
	}
	f.clock.advance(time.Hour)
	for i, id := range ids[:11] {
		for n := range 1 + i%6 {
			f.clock.advance(time.Second)
			f.ingest(tsdb.Record, runs(id, tools[i], fmt.Sprint(n), f.clock.now(), 2))
		}
	}
	f.spend(ids[1], f.resource(ids[1], "MODEL", "REGISTERED"), 80*credit)      // used up by credits
	f.ingest(tsdb.Record, runs(ids[2], tools[2], "all", f.clock.now(), 9_993)) // by runs: 10,000 in all
	f.ingest(tsdb.Record, runs(ids[3], tools[3], "most", f.clock.now(), 9_990))
	st, err := f.Status(f.ctx, 30*time.Minute)
	f.must(err)
	want := ""
	for _, i := range []int{5, 3, 4, 10, 2, 9, 1, 8, 7, 0} { // by entries, then by id
		n := 1 + i%6
		if i == 1 || i == 2 || i == 3 {
			n++
		}
		want += fmt.Sprintf("%d:%d/%d ", ids[i], n, n)
	}
	if got := named(st.Busy); got != want {
		t.Errorf("busy: %s, want %s", got, want)
	}
	if got, want := named(st.Exhausted), fmt.Sprintf("%d:4/4 %d:3/3 ", ids[2], ids[1]); got != want {
		t.Errorf("exhausted: %s, want %s", got, want)
	}
	for _, a := range st.Exhausted {
		if a.ID == ids[1] && (a.Credits != 80*credit || a.LeftCredits != -5*credit || a.Runs != 4) || a.ID == ids[2] && (a.LeftRuns != 0 || a.Runs != 9_999 || a.Credits != 0) {
			t.Errorf("%+v", a)
		}
	}
	if st, err = f.Status(f.ctx, 0); err != nil || len(st.Busy) != 0 || len(st.Exhausted) != 0 {
		t.Errorf("of no time: %+v, %v", st, err)
	}
}

// An account that sends many events at once is busier than one whose hosting is charged every minute. One that has no
// runs and uses none is refused nothing. Events that were refused are counted by reason, also of an account for which
// nothing is stored.
func TestStatusOfHeavyAndRefusedAccounts(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withJobs()
	heavy, hosting, refused := f.account(), f.account(), f.account()
	tool, none := f.resource(heavy, "TOOL", "DEPLOYED"), f.resource(refused, "TOOL", "DEPLOYED")
	f.ingest(tsdb.Record, runs(hosting, f.resource(hosting, "TOOL", "DEPLOYED"), "all", start, 10_000))
	f.clock.advance(2 * time.Hour)
	f.deployModel(hosting, f.model(hosting), gpu, 2, time.Time{})
	for range 20 {
		f.clock.advance(time.Minute)
		_, err := f.Tick(f.ctx, tsdb.MeterShard)
		f.must(err)
	}
	var events []tsdb.UsageEvent
	for n := range 50 {
		events = append(events, runs(heavy, tool, fmt.Sprint(n), f.clock.now(), 1))
	}
	f.ingest(tsdb.Record, events...)
	log := tsdb.NewRefusalLog(f.Store)
	e := runs(refused, none, "x", f.clock.now(), 1)
	for _, code := range []tsdb.UsageCode{"RUNS_EXHAUSTED", "RUNS_EXHAUSTED", "UNKNOWN_TOOL"} {
		refusal, _ := tsdb.RefusalOf("/v1/events", &e, &tsdb.UsageResult{Status: tsdb.UsageRefused, Code: code})
		log.Note(refused, refusal)
	}
	log.Stop()
	st, err := f.Status(f.ctx, time.Hour)
	f.must(err)
	if got, want := named(st.Busy), fmt.Sprintf("%d:50/1 %d:0/20 ", heavy, hosting); got != want {
		t.Errorf("busy: %s, want %s", got, want)
	}
	if len(st.Exhausted) != 0 {
		t.Errorf("exhausted: %s", named(st.Exhausted))
	}
	told := ""
	for _, r := range st.Refused {
		told += fmt.Sprintf("%d %s %s %d, ", r.ID, r.Code, r.Endpoint, r.Events)
	}
	if want := fmt.Sprintf("%d RUNS_EXHAUSTED /v1/events 2, %d UNKNOWN_TOOL /v1/events 1, ", refused, refused); told != want {
		t.Errorf("refused: %s, want %s", told, want)
	}
}

// Who waits for a lock stands beside who holds it, and since when.
func TestStatusOfWhoWaits(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withJobs()
	id := f.account()
	tx, err := f.pool.Begin(f.ctx)
	f.must(err)
	defer func() { _ = tx.Rollback(f.ctx) }()
	_, err = tx.Exec(f.ctx, `SELECT FROM balance WHERE account_id = $1 FOR UPDATE`, id)
	f.must(err)
	done := make(chan error, 1)
	go func() {
		_, err := f.pool.Exec(f.ctx, "-- name: wait for it\nUPDATE balance SET version = version WHERE account_id = $1", id)
		done <- err
	}()
	f.waitForLock()
	st, err := f.Status(f.ctx, time.Hour)
	f.must(err)
	if w := st.Waiting[0]; len(st.Waiting) != 1 || w.Statement != "-- name: wait for it" || w.Blocker != int32(tx.Conn().PgConn().PID()) || w.State != "idle in transaction" {
		t.Errorf("%+v", st.Waiting)
	}
	f.must(tx.Rollback(f.ctx))
	f.must(<-done)
}

// Of the accounts that host, the one that was posted longest ago comes first, from two minutes on; an account that
// hosts nothing that costs is never behind.
func TestStatusOfWhatIsBehind(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withJobs()
	idle, free, first, second := f.account(), f.account(), f.account(), f.account()
	f.guardrail(free, "REGEX", "")
	f.deployModel(first, f.model(first), gpu, 1, time.Time{})
	f.clock.advance(time.Second)
	f.deployModel(second, f.model(second), gpu, 2, time.Time{})
	for _, c := range []struct {
		after time.Duration
		want  []int64
	}{{2*time.Minute - time.Second, nil}, {2 * time.Minute, nil}, {2*time.Minute + time.Second, []int64{first}}, {2*time.Minute + 2*time.Second, []int64{first, second}}} {
		f.clock.set(start.Add(c.after))
		st, err := f.Status(f.ctx, time.Hour)
		f.must(err)
		var got []int64
		for _, a := range st.Behind {
			got = append(got, a.ID)
			if a.RunningSegments != 1 || a.PostedAgo <= 2*time.Minute {
				t.Errorf("%+v", a)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("after %v: %v, want %v", c.after, got, c.want)
		}
	}
	if b := f.view(idle).Credits.Balance(); b != 75*billing.MicroPerCredit {
		t.Errorf("status changed a balance to %d", b)
	}
}

// Processes and jobs are reported by the database's own clock: jobs that run, that wait to be repeated, and that are
// due and not begun.
func TestStatusOfProcessesAndJobs(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withJobs()
	f.exec(`INSERT INTO process (id, beat_at, jobs) VALUES ('b', clock_timestamp() + interval '1 hour', '{}'), ('a', clock_timestamp() - interval '1 hour', '{1,2,3}')`)
	f.exec(`INSERT INTO river_job (args, kind, max_attempts, queue, state, attempt, attempted_at, attempted_by, errors, scheduled_at, finalized_at) VALUES
 ('{"job": "meter"}', 'k', 5, 'q', 'running', 1, now() - interval '3 hours', '{p}', NULL, now(), NULL),
 ('{"emailId": 7}', 'mail', 5, 'q', 'retryable', 2, now() - interval '2 hours', '{p,q}', ARRAY['{"error": "` + strings.Repeat("x", 300) + `"}'::jsonb], now() + interval '1 hour', NULL),
 ('{}', 'plain', 5, 'q', 'available', 0, NULL, NULL, NULL, now() - interval '61 seconds', NULL),
 ('{"job": "soon"}', 'k', 5, 'q', 'available', 0, NULL, NULL, NULL, now() - interval '30 seconds', NULL),
 ('{"job": "done"}', 'k', 5, 'q', 'completed', 1, now(), '{p}', NULL, now(), now())`)
	st, err := f.Status(f.ctx, time.Hour)
	f.must(err)
	if len(st.Processes) != 2 || st.Processes[0].ID != "a" || st.Processes[0].Jobs != 3 || st.Processes[0].Beat < time.Hour || st.Processes[1].Beat != 0 {
		t.Errorf("%+v", st.Processes)
	}
	told := ""
	for _, j := range st.Jobs {
		told += fmt.Sprintf("%s %s %s %d %d, ", j.Name, j.State, j.Process, j.Attempt, len(j.Error))
	}
	if told != "plain available  0 0, meter running p 1 0, mail 7 retryable q 2 200, " {
		t.Errorf("jobs: %s", told)
	}
}
