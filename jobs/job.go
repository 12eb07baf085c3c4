package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"go.opentelemetry.io/otel/trace"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Job is work by the clock. One process at a time does it, whichever River elects.
type Job struct {
	// Name tells jobs apart, in the queue and in metrics. Required, unique.
	Name string
	// Every is how often it is done. Required, at least a second.
	Every time.Duration
	// Aligned lets it begin just after each whole multiple of Every, by the clock of the process.
	Aligned bool
	// Timeout bounds one run; 0: 5 minutes.
	Timeout time.Duration
	// Run does it once: a bounded amount of work, and right however often it is done. The result is for the log. Required.
	Run func(ctx context.Context) (result any, err error)
}

const (
	jobTimeout = 5 * time.Minute
	longestJob = 9 * time.Minute
	// rescueAfter is when River takes a job that is under way for dead, unless the job's own time is longer: the net beneath heart,
	// for jobs of processes that have none.
	rescueAfter = 150 * time.Second
	// jobRetry is the pause after a run that failed, where the job's own turn comes later.
	jobRetry        = 45 * time.Second
	jobAttempts     = 100
	meterTimeout    = 50 * time.Second // it goes on where it was cut: each of its transactions stands by itself
	deliveryTimeout = 2 * time.Minute  // of an attempt; the sender has a shorter one of its own
)

func (c Job) validate() error {
	if c.Name == "" || c.Every < time.Second || c.Run == nil || c.Timeout < 0 || c.Timeout > longestJob {
		return fmt.Errorf("jobs: job %q needs Name, Every of at least 1s, Run, and a Timeout of at most %s", c.Name, longestJob)
	}
	return nil
}

// Standard are the jobs of a server: the meter, ends of hosting that were left on their way, the roll-up, notices of expiry, mails whose delivery got lost, the
// growth of counters that was left over, retention of outbox and usage, reconciliation of what is new and, slowly, of everything,
// forecasts for lists of accounts, and compression where the setting asks for it. Reservations need none: they time out
// by themselves.
func Standard(store *tsdb.Store) []Job {
	standard := []Job{
		{Name: "meter", Every: time.Minute, Aligned: true, Timeout: meterTimeout, Run: func(ctx context.Context) (any, error) { return store.Tick(ctx, tsdb.MeterShard) }},
		{Name: "ends", Every: time.Minute, Run: func(ctx context.Context) (any, error) { return store.FinishEnds(ctx) }},
		{Name: "rollup", Every: 5 * time.Second, Run: func(ctx context.Context) (any, error) { return store.RollUp(ctx, 200_000) }},
		{Name: "expiry", Every: 5 * time.Minute, Run: func(ctx context.Context) (any, error) { return mailEnds(ctx, store) }},
		{Name: "waiting mails", Every: 5 * time.Minute, Run: func(ctx context.Context) (any, error) { return store.QueueWaiting(ctx, 1000) }},
		{Name: "refusals", Every: time.Hour, Run: func(ctx context.Context) (any, error) { return store.DropRefusals(ctx) }},
		{Name: "outbox", Every: time.Hour, Run: func(ctx context.Context) (any, error) { return store.DropOutbox(ctx) }},
		{Name: "reconcile", Every: time.Hour, Timeout: longestJob, Run: func(ctx context.Context) (any, error) { return store.ReconcileNew(ctx) }},
		{Name: "audit", Every: time.Minute, Run: (&auditor{store: store, now: time.Now}).run},
		{Name: "counters", Every: time.Minute, Run: func(ctx context.Context) (any, error) { return store.SweepCounters(ctx, 5_000) }},
		{Name: "retention", Every: time.Hour, Timeout: longestJob, Run: func(ctx context.Context) (any, error) { return store.Retain(ctx, 100) }},
		{Name: "forecasts", Every: time.Minute, Run: func(ctx context.Context) (any, error) { return charts.Foretell(ctx, store, 4000) }},
	}
	if store.Settings().Compress {
		standard = append(standard, Job{Name: "compression", Every: time.Hour, Timeout: longestJob, Run: func(ctx context.Context) (any, error) { return store.Compress(ctx, 50) }})
	}
	return standard
}

// mailEnds writes the notices of grants and tokens that are about to end.
func mailEnds(ctx context.Context, store *tsdb.Store) (accounts int, err error) {
	const limit = 1000
	grants, err := store.MailExpiring(ctx, limit)
	tokens, tokensErr := store.MailEndingTokens(ctx, limit) // the one does not wait for the other's fault
	return grants + tokens, errors.Join(err, tokensErr)
}

// finished reports whether a run did all there was to do.
func finished(result any) bool {
	switch r := result.(type) {
	case tsdb.RollUpResult:
		return !r.Left && !r.Busy
	case tsdb.Retained:
		return !r.Left && !r.Busy
	case charts.ForetellResult:
		return !r.Left
	case tsdb.Compressed:
		return !r.Left && !r.Busy
	}
	return true
}

// auditor reconciles whole accounts, slowly.
type auditor struct {
	store *tsdb.Store
	now   func() time.Time
	rest  time.Time // until when it has used up its share
}

// auditShare is the part of the time that it takes: a fiftieth, 2% of a core.
const auditShare = 50

// run takes its share of a minute. An account that takes longer is paid for by the runs after it, which do nothing.
func (a *auditor) run(ctx context.Context) (any, error) {
	began := a.now()
	if began.Before(a.rest) {
		return tsdb.Reconciled{}, nil
	}
	done, err := a.store.AuditBooks(ctx, time.Minute/auditShare)
	a.rest = began.Add(a.now().Sub(began) * auditShare * 9 / 10) // the next minute begins a little before or after
	return done, err
}

// Run is a job or a delivery that was done, for metrics.
type Run struct {
	Name   string // the job's, or "mail"
	Took   time.Duration
	Err    error
	Result any
}

// jobWorker is all jobs as River sees them.
type jobWorker struct {
	river.WorkerDefaults[jobArgs]
	jobs    map[string]Job
	store   *tsdb.Store
	heart   *heart
	tracer  trace.Tracer
	observe func(context.Context, Run)
}

// Work does a job once.
func (w *jobWorker) Work(ctx context.Context, job *river.Job[jobArgs]) error {
	defer w.heart.hold(job.ID)()
	j, known := w.jobs[job.Args.Job]
	if !known { // of another version of the program
		return river.JobCancel(errors.New("unknown job " + job.Args.Job))
	}
	ctx, span := w.tracer.Start(ctx, "job "+j.Name)
	defer span.End()
	from := w.store.Now()
	result, err := j.Run(ctx)
	if err == nil && finished(result) {
		err = w.store.NoteJob(ctx, j.Name)
	}
	w.observe(ctx, Run{Name: j.Name, Took: w.store.Now().Sub(from), Err: err, Result: result})
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled): // this process ends: another does it at once
		return river.JobSnooze(0)
	}
	return fmt.Errorf("job %s: %w", j.Name, err)
}

// Timeout bounds a run.
func (w *jobWorker) Timeout(job *river.Job[jobArgs]) time.Duration {
	if t := w.jobs[job.Args.Job].Timeout; t > 0 {
		return t
	}
	return jobTimeout
}

// NextRetry is when a run is repeated that failed: soon, so that what is done once an hour does not wait an hour because the database
// was away for a moment.
func (w *jobWorker) NextRetry(job *river.Job[jobArgs]) time.Time {
	every := w.jobs[job.Args.Job].Every
	if every == 0 || every > jobRetry {
		every = jobRetry
	}
	return time.Now().Add(every)
}

// schedule is when it is done.
func (c Job) schedule() river.PeriodicSchedule {
	if c.Aligned {
		return aligned(c.Every)
	}
	return river.PeriodicInterval(c.Every)
}

// aligned is a schedule of whole multiples of an interval. A moment later they are over for clocks that differ a little, too.
type aligned time.Duration

const alignedDelay = 500 * time.Millisecond

// Next is the next instant after one.
func (a aligned) Next(t time.Time) time.Time {
	return t.Add(-alignedDelay).Truncate(time.Duration(a)).Add(time.Duration(a) + alignedDelay)
}

// periodic is the job's job. It runs at once when a process becomes the leader, so that a restart delays nothing.
func (c Job) periodic() *river.PeriodicJob {
	return river.NewPeriodicJob(c.schedule(), func() (river.JobArgs, *river.InsertOpts) {
		return jobArgs{Job: c.Name}, nil
	}, &river.PeriodicJobOpts{RunOnStart: true})
}
