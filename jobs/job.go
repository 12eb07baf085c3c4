package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"go.opentelemetry.io/otel/trace"

	"github.com/usagegraph/usagegraph/mail"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Job is scheduled work. One process at a time does it, whichever River elects.
type Job struct {
	// Name identifies the job, in the queue and in metrics. Required, unique.
	Name string
	// Every is how often the job runs. Required, at least a second.
	Every time.Duration
	// Aligned makes it begin just after each whole multiple of Every, by the clock of the process.
	Aligned bool
	// Timeout bounds one run; 0: 5 minutes.
	Timeout time.Duration
	// Run does the job once: a bounded amount of work that is correct however often it is done. The result is for the log. Required.
	Run func(ctx context.Context) (result any, err error)
}

const (
	jobTimeout = 5 * time.Minute
	longestJob = 9 * time.Minute
	// rescueAfter is when River considers a running job dead, unless the job's own time is longer. It is the fallback beneath heart, for
	// jobs of processes that have no heart.
	rescueAfter = 150 * time.Second
	// jobRetry is the pause after a failed run, if the job's next scheduled run is later.
	jobRetry        = 45 * time.Second
	jobAttempts     = 100
	meterTimeout    = 50 * time.Second                  // it continues where it was cut off: each of its transactions stands by itself
	deliveryTimeout = mail.DefaultTimeout + time.Minute // of an attempt; the sender has a shorter one
)

func (c Job) validate() error {
	if c.Name == "" || c.Every < time.Second || c.Run == nil || c.Timeout < 0 || c.Timeout > longestJob {
		return fmt.Errorf("jobs: job %q needs Name, Every of at least 1s, Run, and a Timeout of at most %s", c.Name, longestJob)
	}
	return nil
}

// Standard returns the jobs of a server: metering, unfinished ends of hosting, the roll-up, notices of expiry, e-mails whose delivery was
// lost, growth of counters that was kept for later, retention of outbox and usage, reconciliation of what is new and, slowly, of
// everything, forecasts for lists of accounts, and compression if the setting asks for it. Reservations need no job: they time out by
// themselves.
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

// mailEnds writes the notices about grants and tokens that are about to end.
func mailEnds(ctx context.Context, store *tsdb.Store) (accounts int, err error) {
	const limit = 1000
	grants, err := store.MailExpiring(ctx, limit)
	tokens, tokensErr := store.MailEndingTokens(ctx, limit) // not held up by an error of the former
	return grants + tokens, errors.Join(err, tokensErr)
}

// finished reports whether a run did everything that there was to do.
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

// auditor slowly reconciles whole accounts.
type auditor struct {
	store *tsdb.Store
	now   func() time.Time
	rest  time.Time // until when it has used up its share
}

// auditShare is the auditor's share of the time: one in fifty, 2% of a core.
const auditShare = 50

// run audits accounts for one minute's share of the time. If it takes longer, the following runs do nothing until the
// share is kept again.
func (a *auditor) run(ctx context.Context) (any, error) {
	began := a.now()
	if began.Before(a.rest) {
		return tsdb.Reconciled{}, nil
	}
	done, err := a.store.AuditBooks(ctx, time.Minute/auditShare)
	a.rest = began.Add(a.now().Sub(began) * auditShare * 9 / 10) // the next minute begins a little earlier or later
	return done, err
}

// Run is a finished job or delivery, for metrics.
type Run struct {
	Name   string // the job's name, or "mail"
	Took   time.Duration
	Err    error
	Result any
}

// jobWorker runs all jobs as a River worker.
type jobWorker struct {
	river.WorkerDefaults[jobArgs]
	jobs    map[string]Job
	store   *tsdb.Store
	heart   *heart
	tracer  trace.Tracer
	observe func(context.Context, Run)
}

// Work runs a job once.
func (w *jobWorker) Work(ctx context.Context, job *river.Job[jobArgs]) error {
	defer w.heart.hold(job.ID)()
	j, known := w.jobs[job.Args.Job]
	if !known { // the job of another version of the program
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
	case errors.Is(ctx.Err(), context.Canceled): // this process is ending: another one does the job at once
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

// NextRetry returns when a failed run is repeated: soon, so that an hourly job does not wait an hour because the database was away for a
// moment.
func (w *jobWorker) NextRetry(job *river.Job[jobArgs]) time.Time {
	every := w.jobs[job.Args.Job].Every
	if every == 0 || every > jobRetry {
		every = jobRetry
	}
	return time.Now().Add(every)
}

// schedule returns when the job runs.
func (c Job) schedule() river.PeriodicSchedule {
	if c.Aligned {
		return aligned(c.Every)
	}
	return river.PeriodicInterval(c.Every)
}

// aligned is a schedule of whole multiples of an interval, plus a moment, so that they have passed for clocks that differ a little.
type aligned time.Duration

const alignedDelay = 500 * time.Millisecond

// Next returns the next instant of the schedule after t.
func (a aligned) Next(t time.Time) time.Time {
	return t.Add(-alignedDelay).Truncate(time.Duration(a)).Add(time.Duration(a) + alignedDelay)
}

// periodic returns River's periodic job for c. It also runs when a process becomes the leader, so that a restart delays nothing.
func (c Job) periodic() *river.PeriodicJob {
	return river.NewPeriodicJob(c.schedule(), func() (river.JobArgs, *river.InsertOpts) {
		return jobArgs{Job: c.Name}, &river.InsertOpts{Queue: c.queue()}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}
