package jobs_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/jobs"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// Without a relay the server says so at its start, and e-mails stay to be read, in a state from which no later relay sends them.
func TestWithoutARelay(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	f := openFixture(t, pool)
	var err error
	f.Store, err = tsdb.New(tsdb.Config{Pool: pool, Clock: f.now})
	f.must(err)
	var said bytes.Buffer
	runner, err := jobs.New(jobs.Config{Store: f.Store, Jobs: []jobs.Job{}, Log: slog.New(slog.NewTextHandler(&said, nil))})
	f.must(err)
	f.must(runner.Start(f.ctx))
	id := f.account()
	f.spend(id, f.model(id), 40)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(f.ctx), 10*time.Second)
	defer cancel()
	f.must(runner.Stop(ctx))
	if !strings.Contains(said.String(), "no SMTP relay is configured") {
		t.Errorf("it said: %s", said.String())
	}
	e, err := f.Email(f.ctx, 1)
	f.must(err)
	r, err := jobs.Render(e, f.Settings())
	f.must(err)
	if e.State != tsdb.EmailStored || !strings.Contains(r.Subject, "50% of model credits used") {
		t.Errorf("%s: %s", e.State, r.Subject)
	}
}
