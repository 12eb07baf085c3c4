package jobs_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/jobs"
	"github.com/usagegraph/usagegraph/mail"
	"github.com/usagegraph/usagegraph/mail/mailtest"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

const deliveringDatabase, deliveringRelay = "USAGEGRAPH_JOBS_DELIVERING", "USAGEGRAPH_JOBS_RELAY"

// A process is killed with SIGKILL while it delivers, after the relay took the e-mail and before it said so. Another process takes over the
// job, and the repeated e-mail has the same Message-ID.
func TestKilledDuringDelivery(t *testing.T) {
	t.Parallel()
	url := tsdbtest.NewURL(t)
	relay := mailtest.Start(t, mailtest.Options{Behave: mailtest.Sequence(mailtest.Hang(mailtest.Taken))})
	child := exec.Command(os.Args[0], "-test.run=^TestChildThatDelivers$") // this test binary
	child.Env = append(os.Environ(), deliveringDatabase+"="+url, deliveringRelay+"="+relay.Address())
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-relay.Hanging():
	case <-t.Context().Done():
	}
	_ = child.Process.Kill()
	_ = child.Wait()

	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	f := openFixture(t, pool)
	f.run(jobs.Config{Sender: f.sender(relay), Backoff: quick, Beat: beat})
	messages := relay.Wait(t, 2)
	if id := messages[0].Header(t, "Message-Id"); id == "" || string(messages[0].Raw) != string(messages[1].Raw) {
		t.Errorf("the repeat is another mail:\n%s\n%s", messages[0].Raw, messages[1].Raw)
	}
	var mails, crossings int
	f.must(pool.QueryRow(f.ctx, `SELECT (SELECT count(*) FROM email), (SELECT count(*) FROM crossing WHERE step = '50')`).Scan(&mails, &crossings))
	if mails != 1 || crossings != 1 {
		t.Errorf("%d mails and %d crossings in the books", mails, crossings)
	}
}

// TestChildThatDelivers crosses a threshold and delivers its e-mail until it is killed. It is not a test by itself.
func TestChildThatDelivers(t *testing.T) { // runs alone, in a process of its own
	f, isChild := childFixture(t, deliveringDatabase)
	if !isChild {
		return
	}
	host, port, err := net.SplitHostPort(os.Getenv(deliveringRelay))
	f.must(err)
	number, err := strconv.Atoi(port)
	f.must(err)
	sender, err := mail.New(mail.Config{Host: host, Port: number, From: mailtest.From, TLS: mail.NoTLS})
	f.must(err)
	runner, err := jobs.New(jobs.Config{Store: f.Store, Sender: sender, Beat: beat, Jobs: []jobs.Job{}, Log: slog.New(slog.DiscardHandler)})
	f.must(err)
	f.must(runner.Start(f.ctx))
	id := f.account()
	f.spend(id, f.model(id), 40)
	select {}
}

// Within a few beats, other processes do what a killed process was working on: each job, however rarely it is scheduled, and a delivery. A
// process that starts later, alone, does so too.
func TestKilledDuringJobs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		beside bool // another process ran all the while; else one starts afterwards
	}{{"two processes", true}, {"one process", false}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := tsdbtest.NewURL(t)
			child := killable(t, url)
			pool, err := pgxpool.New(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(pool.Close)
			f := openFixture(t, pool)
			runs := make(chan jobs.Run, 100)
			survivor := func() {
				f.run(jobs.Config{Beat: beat, Jobs: slowJobs(nil), Observe: func(_ context.Context, r jobs.Run) { runs <- r }})
			}
			if c.beside {
				survivor()
			}
			_ = child.Process.Kill()
			_ = child.Wait()
			if !c.beside {
				survivor()
			}
			late := time.After(time.Minute)
			for left := map[string]bool{"meter": true, "reconcile": true}; len(left) > 0; {
				select {
				case r := <-runs:
					if r.Err != nil {
						t.Errorf("%+v", r)
					}
					delete(left, r.Name)
				case <-late:
					t.Fatalf("nobody does %v", left)
				}
			}
		})
	}
}

// A job that nobody is working on is found even though its process is alive, if that process could not record that the job was done because
// the database was away.
func TestJobThatNobodyHasInHand(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	runs := make(chan jobs.Run, 100)
	f.run(jobs.Config{Beat: beat, Jobs: slowJobs(nil)[1:], Observe: func(_ context.Context, r jobs.Run) { runs <- r }})
	<-runs
	f.eventually(func() bool { return f.count(`SELECT count(*) FROM river_job WHERE state = 'completed'`) == 1 })
	_, err := f.pool.Exec(f.ctx, `UPDATE river_job SET state = 'running', finalized_at = NULL, attempted_at = now() - interval '1 minute'`)
	f.must(err)
	select {
	case <-runs:
	case <-time.After(time.Minute):
		t.Error("no run")
	}
}

// A process that is killed between two beats has begun jobs after the last one. They are taken over with the others.
func TestJobBegunAfterTheLastBeat(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	runs := make(chan jobs.Run, 100)
	f.run(jobs.Config{Beat: beat, Jobs: slowJobs(nil)[1:], Observe: func(_ context.Context, r jobs.Run) { runs <- r }})
	<-runs
	f.eventually(func() bool { return f.count(`SELECT count(*) FROM river_job WHERE state = 'completed'`) == 1 })
	_, err := f.pool.Exec(f.ctx, `WITH gone AS (INSERT INTO process (id, beat_at, jobs) VALUES ('gone', clock_timestamp() - interval '1 hour', '{}'))
UPDATE river_job SET state = 'running', finalized_at = NULL, attempted_at = clock_timestamp() + interval '1 minute', attempted_by = ARRAY['gone']`)
	f.must(err)
	select {
	case <-runs:
	case <-time.After(time.Minute):
		t.Error("nobody does it")
	}
}

// A slow job is being worked on, and nobody begins it a second time.
func TestSlowJobIsNotDoneTwice(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	begun, release := make(chan struct{}, 10), make(chan struct{})
	slow := slowJobs(func() { begun <- struct{}{}; <-release })[1:]
	f.run(jobs.Config{Beat: beat, Jobs: slow})
	f.run(jobs.Config{Beat: beat, Jobs: slow})
	<-begun
	before := f.count(`SELECT count(*) FROM process`)
	f.eventually(func() bool { // many times as long as a silent process is waited for
		return f.count(`SELECT count(*) FROM river_job WHERE attempted_at < now() - $1::interval`, 20*beat) == 1
	})
	if n := f.count(`SELECT count(*) FROM river_job`); before != 2 || len(begun) > 0 || n != 1 {
		t.Errorf("%d processes, begun %d times more, %d jobs", before, len(begun), n)
	}
	close(release)
}

// beat is short enough for a test, and long enough for a busy machine.
const beat = 500 * time.Millisecond

// slowJobs are a job that is scheduled soon and one that is never scheduled.
func slowJobs(do func()) []jobs.Job {
	run := func(context.Context) (any, error) {
		if do != nil {
			do()
		}
		return nil, nil
	}
	return []jobs.Job{{Name: "meter", Every: time.Minute, Run: run}, {Name: "reconcile", Every: time.Hour, Run: run}}
}

const chainedDatabase = "USAGEGRAPH_JOBS_CHAINED"

// killable starts a process that works on every job and never finishes one.
func killable(t *testing.T, url string) *exec.Cmd {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestChildThatNeverEnds$") // this test binary
	child.Env = append(os.Environ(), chainedDatabase+"="+url)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, len("bb"))
	if _, err := io.ReadFull(out, said); err != nil {
		t.Fatal(err)
	}
	return child
}

// TestChildThatNeverEnds is not a test by itself.
func TestChildThatNeverEnds(t *testing.T) { // runs alone, in a process of its own
	f, isChild := childFixture(t, chainedDatabase)
	if !isChild {
		return
	}
	f.run(jobs.Config{Beat: beat, Jobs: slowJobs(func() { fmt.Print("b"); select {} })})
	select {}
}
