package jobs_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/jobs"
)

// running starts a runner with one of the server's jobs; ended reports how each run ends.
func (f *fixture) running(name string) (runner *jobs.Runner, began <-chan struct{}, ended <-chan error) {
	f.t.Helper()
	all := jobs.Standard(f.Store)
	job := all[slices.IndexFunc(all, func(j jobs.Job) bool { return j.Name == name })]
	run, begins, ends := job.Run, make(chan struct{}, 100), make(chan error, 100)
	job.Run = func(ctx context.Context) (any, error) {
		begins <- struct{}{}
		result, err := run(ctx)
		ends <- err
		return result, err
	}
	runner, err := jobs.New(jobs.Config{Store: f.Store, Jobs: []jobs.Job{job}, Log: slog.New(slog.DiscardHandler)})
	f.must(err)
	f.must(runner.Start(f.ctx))
	return runner, begins, ends
}

// stopWithin stops a runner, and fails if that takes longer than d or is an error.
func (f *fixture) stopWithin(runner *jobs.Runner, d time.Duration) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.ctx, d)
	defer cancel()
	began := time.Now()
	if err := runner.Stop(ctx); err != nil {
		f.t.Errorf("%v after %v", err, time.Since(began))
	}
	f.t.Logf("stopped after %v", time.Since(began))
}

// A roll-up statement that would take minutes is cut off in time.
func TestStopCutsOffTheRollUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.spend(id, f.model(id), 40)
	_, err := f.pool.Exec(f.ctx, `INSERT INTO usage_delta (account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens)
SELECT account_id, bucket - n * interval '1 minute', resource_id, deployment_id, kind, category, 1, 1, 1, 1, 1 FROM usage_delta, generate_series(1, 300000) n`)
	f.must(err)
	runner, began, ended := f.running("rollup")
	<-began
	f.stopWithin(runner, 6*time.Second)
	if err := <-ended; err == nil {
		t.Error("the roll-up was not cut off")
	}
}

// If the queue itself cannot end in time, because the database hangs, the jobs are not at fault: they have ended, and others notice.
func TestStopWhereTheQueueHangs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	runner, _, ended := f.running("rollup")
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	tx, err := f.pool.Begin(f.ctx)
	f.must(err)
	defer func() { _ = tx.Rollback(f.ctx) }()
	_, err = tx.Exec(f.ctx, `LOCK TABLE river_leader`)
	f.must(err)
	f.stopWithin(runner, 3*time.Second)
}
