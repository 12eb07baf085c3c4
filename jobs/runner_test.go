package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/jobs"
	"github.com/usagegraph/usagegraph/mail"
	"github.com/usagegraph/usagegraph/mail/mailtest"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// quick returns a short back-off for tests.
func quick(int) time.Duration { return time.Millisecond }

func TestRunnerDelivers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	relay := mailtest.Start(t, mailtest.Options{Behave: mailtest.Sequence(mailtest.Refuse(mailtest.Rcpt, 450), mailtest.Drop(mailtest.Data))})
	f.run(jobs.Config{Sender: f.sender(relay), Backoff: quick})
	id := f.account()
	f.spend(id, f.model(id), 40)
	if m := relay.Wait(t, 1)[0]; !strings.Contains(m.Header(t, "Subject"), "50% of model credits used") {
		t.Errorf("%s", m.Raw)
	}
}

// 500 writers push one account over one threshold, through the batchers of two processes and past them. There is one crossing and one
// e-mail.
func TestManyWritersAroundOneThreshold(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	relay := mailtest.Start(t, mailtest.Options{})
	f.run(jobs.Config{Sender: f.sender(relay)})
	id := f.account()
	model := f.model(id)
	f.spend(id, model, 25) // a third: 20% is behind
	submit := []func(context.Context, []tsdb.UsageEvent, tsdb.UsageMode) ([]tsdb.UsageResult, error){f.Ingest}
	for range 2 {
		batcher := tsdb.NewBatcher(f.another(), tsdb.BatcherConfig{})
		defer batcher.Stop()
		submit = append(submit, batcher.Submit)
	}
	var writers sync.WaitGroup
	begin := make(chan struct{})
	for w := range 500 {
		writers.Go(func() {
			e := tsdb.UsageEvent{AccountID: id, Source: "writer", ID: fmt.Sprint(w), Time: f.now(), Kind: tsdb.Inference, ResourceID: model, InputTokens: 100_000}
			<-begin
			if _, err := submit[w%len(submit)](f.ctx, []tsdb.UsageEvent{e}, tsdb.Record); err != nil {
				t.Error(err)
			}
		})
	}
	close(begin)
	writers.Wait()
	relay.Wait(t, 1)
	a, err := f.Account(f.ctx, id)
	f.must(err)
	if want := billing.MustCredits("50"); a.Credits.Used() != want {
		t.Errorf("used %v, want %v", a.Credits.Used(), want)
	}
	var crossings, mails, deliveries int
	f.must(f.pool.QueryRow(f.ctx, `SELECT (SELECT count(*) FROM crossing WHERE step = '50'), (SELECT count(*) FROM email), (SELECT count(*) FROM river_job)`).
		Scan(&crossings, &mails, &deliveries))
	if crossings != 1 || mails != 1 || deliveries != 1 || len(relay.Messages()) != 1 {
		t.Errorf("%d crossings, %d mails, %d deliveries, %d delivered", crossings, mails, deliveries, len(relay.Messages()))
	}
}

// another returns another process's store on the same database.
func (f *fixture) another() *tsdb.Store {
	f.t.Helper()
	pool, err := pgxpool.New(f.ctx, f.pool.Config().ConnString())
	f.must(err)
	f.t.Cleanup(pool.Close)
	queue, err := jobs.NewQueue(pool)
	f.must(err)
	s, err := tsdb.New(tsdb.Config{Pool: pool, Clock: f.now, Mailer: queue})
	f.must(err)
	return s
}

const childDatabase = "USAGEGRAPH_JOBS_CHILD"

// A process that is killed between the commit and the e-mail loses nothing: the next one sends the e-mail.
func TestKilledBetweenCommitAndMail(t *testing.T) {
	t.Parallel()
	url := tsdbtest.NewURL(t)
	child := exec.Command(os.Args[0], "-test.run=^TestChildThatIsKilled$") // this test binary
	child.Env = append(os.Environ(), childDatabase+"="+url)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, len("committed"))
	if _, err := out.Read(said); err != nil || string(said) != "committed" {
		t.Fatalf("%q, %v", said, err)
	}
	if err := child.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()

	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	f := openFixture(t, pool)
	relay := mailtest.Start(t, mailtest.Options{Behave: mailtest.Sequence(mailtest.Drop(mailtest.Taken))})
	f.run(jobs.Config{Sender: f.sender(relay), Backoff: quick})
	messages := relay.Wait(t, 2) // the relay's answer to the first was lost
	if messages[0].Header(t, "Message-Id") == "" || messages[0].Header(t, "Message-Id") != messages[1].Header(t, "Message-Id") {
		t.Errorf("%q and %q", messages[0].Header(t, "Message-Id"), messages[1].Header(t, "Message-Id"))
	}
	var id string
	f.must(pool.QueryRow(f.ctx, `SELECT message_id FROM email`).Scan(&id))
	if got := messages[0].Header(t, "Message-Id"); got != id {
		t.Errorf("Message-ID %q, the row says %q", got, id)
	}
}

// childFixture opens the database that a child process's environment names, and reports whether this process is such a child.
func childFixture(t *testing.T, variable string) (f *fixture, isChild bool) {
	t.Helper()
	url := os.Getenv(variable)
	if url == "" {
		return nil, false
	}
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return openFixture(t, pool), true
}

// TestChildThatIsKilled commits a crossing, says so and waits to be killed. It is not a test by itself.
func TestChildThatIsKilled(t *testing.T) { // runs alone, in a process of its own
	f, isChild := childFixture(t, childDatabase)
	if !isChild {
		return
	}
	id := f.account()
	f.spend(id, f.model(id), 40)
	fmt.Fprint(os.Stdout, "committed")
	select {}
}

// An e-mail whose delivery the queue has lost is found again, once.
func TestWaitingMailsAreFoundAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.spend(id, f.model(id), 40)
	if _, err := f.pool.Exec(f.ctx, `DELETE FROM river_job`); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if n, err := f.QueueWaiting(f.ctx, 10); n != 1 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
	}
	var queued int
	f.must(f.pool.QueryRow(f.ctx, `SELECT count(*) FROM river_job`).Scan(&queued))
	if queued != 1 {
		t.Errorf("%d deliveries", queued)
	}
}

func TestJobsAreDone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	runs := make(chan jobs.Run, 100)
	broken := errors.New("broken")
	f.run(jobs.Config{
		Observe: func(_ context.Context, r jobs.Run) { runs <- r },
		Jobs:    append(jobs.Standard(f.Store), jobs.Job{Name: "broken", Every: time.Hour, Run: func(context.Context) (any, error) { return nil, broken }}),
	})
	left := map[string]error{"meter": nil, "rollup": nil, "counters": nil, "expiry": nil, "waiting mails": nil, "outbox": nil, "refusals": nil, "reconcile": nil, "audit": nil, "retention": nil, "forecasts": nil, "broken": broken}
	for len(left) > 0 {
		r := <-runs
		if want, expected := left[r.Name]; expected && !errors.Is(r.Err, want) {
			t.Errorf("%s: %v", r.Name, r.Err)
		}
		delete(left, r.Name)
	}
}

// Jobs that may take minutes, all of which are due when a process starts, keep neither the meter nor what is due every few minutes waiting; and
// whatever else is slow, the meter runs.
func TestSlowJobsHoldUpNoOthers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		slow []time.Duration // how often what never ends is due
		job  jobs.Job
	}{
		"meter":  {[]time.Duration{time.Hour, time.Minute}, jobs.Job{Every: time.Second, Aligned: true}},
		"rollup": {[]time.Duration{time.Hour}, jobs.Job{Every: time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			release, ran := make(chan struct{}), make(chan struct{}, 1000)
			var list []jobs.Job
			for n := range 12 {
				list = append(list, jobs.Job{Name: fmt.Sprint("slow ", n), Every: c.slow[n%len(c.slow)], Run: func(context.Context) (any, error) { <-release; return nil, nil }})
			}
			c.job.Name, c.job.Run = name, func(context.Context) (any, error) { ran <- struct{}{}; return nil, nil }
			f.run(jobs.Config{Jobs: append(list, c.job)})
			t.Cleanup(func() { close(release) })
			for range 3 {
				select {
				case <-ran:
				case <-time.After(time.Minute):
					t.Fatal("it waits for jobs that are slow")
				}
			}
		})
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	nothing := func(context.Context) (any, error) { return nil, nil }
	for name, cfg := range map[string]jobs.Config{
		"no store":       {},
		"no name":        {Store: f.Store, Jobs: []jobs.Job{{Every: time.Minute, Run: nothing}}},
		"too often":      {Store: f.Store, Jobs: []jobs.Job{{Name: "a", Run: nothing}}},
		"nothing to do":  {Store: f.Store, Jobs: []jobs.Job{{Name: "a", Every: time.Minute}}},
		"takes too long": {Store: f.Store, Jobs: []jobs.Job{{Name: "a", Every: time.Minute, Timeout: time.Hour, Run: nothing}}},
		"twice the same": {Store: f.Store, Jobs: []jobs.Job{{Name: "a", Every: time.Minute, Run: nothing}, {Name: "a", Every: time.Minute, Run: nothing}}},
	} {
		if _, err := jobs.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Several processes may make the tables at once.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if err := jobs.Migrate(t.Context(), pool); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// Work that does not end by itself is cut off in time, and the e-mail goes back into the queue.
func TestStopCutsOffInTime(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	relay := mailtest.Start(t, mailtest.Options{Behave: mailtest.Sequence(mailtest.Hang(mailtest.Data))})
	sender, err := mail.New(relay.Config()) // waits for the relay longer than Stop may take
	f.must(err)
	begun, cut := make(chan struct{}), make(chan error, 1)
	endless := jobs.Job{Name: "endless", Every: time.Hour, Run: func(ctx context.Context) (any, error) {
		close(begun)
		<-ctx.Done()
		cut <- ctx.Err()
		return nil, ctx.Err()
	}}
	runner, err := jobs.New(jobs.Config{Store: f.Store, Sender: sender, Jobs: []jobs.Job{endless}, Log: slog.New(slog.DiscardHandler)})
	f.must(err)
	f.must(runner.Start(f.ctx))
	id := f.account()
	f.spend(id, f.model(id), 40)
	<-begun
	<-relay.Hanging()
	ctx, cancel := context.WithTimeout(f.ctx, 3*time.Second)
	defer cancel()
	if err := runner.Stop(ctx); err != nil || ctx.Err() != nil {
		t.Errorf("%v; time left: %v", err, ctx.Err() == nil)
	}
	if err := <-cut; !errors.Is(err, context.Canceled) {
		t.Errorf("the job was cut off by %v", err)
	}
	var running, waiting int
	f.must(f.pool.QueryRow(f.ctx, `SELECT count(*) FILTER (WHERE state = 'running'), count(*) FILTER (WHERE kind = 'deliver_email' AND state IN ('available', 'retryable', 'scheduled')) FROM river_job`).Scan(&running, &waiting))
	if running != 0 || waiting != 1 {
		t.Errorf("%d jobs still count as running, %d deliveries wait", running, waiting)
	}
}
