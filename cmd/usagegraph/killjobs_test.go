package main

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// hangJobs makes every run of a job hang in its last statement while the table hanging names it.
const hangJobs = `CREATE TABLE hanging (job text);
CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  WHILE EXISTS (SELECT FROM hanging WHERE job = NEW.job) LOOP PERFORM pg_sleep(0.05); END LOOP;
  RETURN NEW;
END $$;
CREATE TRIGGER hang BEFORE INSERT OR UPDATE ON job_run FOR EACH ROW EXECUTE FUNCTION hang()`

// A process is killed with SIGKILL while it works on some of the jobs. Beside another process, or
// started again, each of them is done less than a minute later.
func TestKilledInsideEveryJob(t *testing.T) {
	t.Parallel()
	// No set takes all connections of the process, which needs one to tell that it lives.
	sets := [][]string{{"meter", "ends", "rollup", "reconcile"}, {"expiry", "waiting mails", "refusals", "outbox"}, {"audit", "counters", "forecasts", "retention"}}
	for _, jobs := range sets {
		for _, beside := range []bool{true, false} {
			t.Run(fmt.Sprintf("%v beside another %v", jobs, beside), func(t *testing.T) {
				t.Parallel()
				killedInside(t, jobs, beside)
			})
		}
	}
}

func killedInside(t *testing.T, jobs []string, beside bool) {
	url := tsdbtest.NewURL(t)
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if _, err := pool.Exec(t.Context(), hangJobs); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), `INSERT INTO hanging SELECT unnest($1::text[])`, jobs); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = pool.Exec(context.WithoutCancel(t.Context()), `DELETE FROM hanging`) })
	first := startProcessOn(t, url)
	count := func(what string, args ...any) (n int) {
		if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM `+what, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const hung = `river_job WHERE state = 'running' AND args ->> 'job' = ANY($1)`
	waitFor(t, func() bool { return count(hung, jobs) == len(jobs) })
	if beside {
		startProcessOn(t, url)
		waitFor(t, func() bool { return count(`process`) == 2 })
	}
	var last int64
	if err := pool.QueryRow(t.Context(), `SELECT max(id) FROM river_job`).Scan(&last); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	_ = first.command.Process.Kill()
	_ = first.command.Wait()
	if _, err := pool.Exec(t.Context(), `DELETE FROM hanging`); err != nil {
		t.Fatal(err)
	}
	if !beside {
		startProcessOn(t, url)
	}
	left := slices.Clone(jobs)
	for len(left) > 0 {
		if time.Since(killed) > time.Minute {
			t.Fatalf("after a minute nobody has done %v", left)
		}
		time.Sleep(100 * time.Millisecond)
		left = slices.DeleteFunc(left, func(job string) bool {
			done := count(`river_job WHERE state = 'completed' AND finalized_at > $2 AND args ->> 'job' = $1`, job, killed) > 0
			if done {
				t.Logf("%s is done after %s", job, time.Since(killed).Round(time.Second))
			}
			return done
		})
	}
}
