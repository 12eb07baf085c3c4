package jobs_test

import (
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

// A process that is killed with SIGKILL while it delivers, after the relay took the mail and before it said so: another
// process takes the job over, and the repeat carries the same Message-ID.
func TestKilledDuringDelivery(t *testing.T) {
	t.Parallel()
	url := tsdbtest.NewURL(t)
	relay := mailtest.Start(t, mailtest.Options{Behave: mailtest.Sequence(mailtest.Hang(mailtest.Taken))})
	child := exec.Command(os.Args[0], "-test.run=^TestChildThatDelivers$") //nolint:gosec // this test binary
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
	// As if the time after which River takes a job for dead had passed.
	tag, err := pool.Exec(f.ctx, `UPDATE river_job SET attempted_at = attempted_at - interval '3 minutes' WHERE state = 'running'`)
	if err != nil || tag.RowsAffected() != 1 {
		t.Fatalf("%d jobs were under way, %v", tag.RowsAffected(), err)
	}
	f.run(jobs.Config{Sender: f.sender(relay), Backoff: quick})
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

// TestChildThatDelivers crosses a threshold and delivers its mail until it is killed; it is no test of its own.
func TestChildThatDelivers(t *testing.T) { //nolint:paralleltest // runs alone, in a process of its own
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
	runner, err := jobs.New(jobs.Config{Store: f.Store, Sender: sender, Chores: []jobs.Chore{}, Log: slog.New(slog.DiscardHandler)})
	f.must(err)
	f.must(runner.Start(f.ctx))
	id := f.account()
	f.spend(id, f.model(id), 40)
	select {}
}

// A meter that is killed in the middle of a tick leaves a job under way, which bars every further tick: not for long.
func TestKilledDuringTick(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	runs := make(chan jobs.Run, 100)
	meter := jobs.Standard(f.Store)[0]
	meter.Every = time.Second
	cfg := jobs.Config{Chores: []jobs.Chore{meter}, Observe: func(r jobs.Run) { runs <- r }}
	runner := f.run(cfg)
	<-runs
	f.must(runner.Stop(f.ctx))
	_, err := f.pool.Exec(f.ctx, `DELETE FROM river_job WHERE state <> 'completed'`)
	f.must(err)
	tag, err := f.pool.Exec(f.ctx, `UPDATE river_job SET state = 'running', finalized_at = NULL, attempted_at = now() - interval '3 minutes'
WHERE id = (SELECT max(id) FROM river_job)`)
	if err != nil || tag.RowsAffected() != 1 {
		t.Fatal(tag, err)
	}
	for len(runs) > 0 {
		<-runs
	}
	f.run(cfg)
	select {
	case r := <-runs:
		if r.Name != "meter" || r.Err != nil {
			t.Errorf("%+v", r)
		}
	case <-time.After(30 * time.Second):
		t.Error("no tick")
	}
}
