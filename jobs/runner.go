package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/usagegraph/usagegraph/mail"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Config configures a Runner.
type Config struct {
	// Store is the database to work on. Required.
	Store *tsdb.Store
	// Sender sends e-mails to the relay; nil: none are sent, and they can only be read in `emails`. The Store then has no Mailer.
	Sender *mail.Sender
	// Jobs are the scheduled jobs; nil: Standard.
	Jobs []Job
	// MaxAttempts and Backoff are those of Delivery, with its defaults.
	MaxAttempts int
	Backoff     func(n int) time.Duration
	// Deliveries is how many e-mails are delivered at once; 0: 4.
	Deliveries int
	// Beat is how often this process reports that it is alive; 0: 5 s. If it misses four beats, another process does its jobs.
	Beat time.Duration
	// Poll makes the process look at the queue once a second instead of listening for notifications, which do not pass through a pooler
	// that shares connections per transaction.
	Poll bool
	// Observe is told about each run, for metrics; may be nil. It must not block.
	Observe func(context.Context, Run)
	// Tracing receives a span of each run; nil: none are made.
	Tracing trace.TracerProvider
	// Log receives what an operator should know; nil: slog.Default.
	Log *slog.Logger
}

func (c Config) validate() error {
	errs := []error{}
	if c.Store == nil {
		errs = append(errs, errors.New("jobs: Config needs Store"))
	}
	seen := map[string]bool{}
	for _, j := range c.Jobs {
		errs = append(errs, j.validate())
		if seen[j.Name] {
			errs = append(errs, fmt.Errorf("jobs: two jobs are called %q", j.Name))
		}
		seen[j.Name] = true
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	if c.Jobs == nil && c.Store != nil {
		c.Jobs = Standard(c.Store)
	}
	if c.Tracing == nil {
		c.Tracing = noop.NewTracerProvider()
	}
	if c.Deliveries <= 0 {
		c.Deliveries = 4
	}
	if c.Beat <= 0 {
		c.Beat = 5 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

// Runner does the work of one process.
type Runner struct {
	cfg    Config
	client *river.Client[pgx.Tx]
	heart  *heart
}

// New makes a Runner. Migrate must have made the tables.
func New(cfg Config) (*Runner, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	r := &Runner{cfg: cfg, heart: newHeart(cfg.Store, cfg.Beat, cfg.Log)}
	workers, queues, err := r.workers()
	if err != nil {
		return nil, err
	}
	periodic := make([]*river.PeriodicJob, len(cfg.Jobs))
	for i, j := range cfg.Jobs {
		periodic[i] = j.periodic()
	}
	r.client, err = river.NewClient(riverpgxv5.New(cfg.Store.Pool()), &river.Config{
		Queues: queues, Workers: workers, PeriodicJobs: periodic, Logger: quiet(cfg.Log), RescueStuckJobsAfter: rescueAfter,
		CompletedJobRetentionPeriod: time.Hour, PollOnly: cfg.Poll,
	})
	if err != nil {
		return nil, fmt.Errorf("open jobs: %w", err)
	}
	return r, nil
}

// workers returns the workers and queues of this process. Without a relay it leaves deliveries to processes that have one.
func (r *Runner) workers() (*river.Workers, map[string]river.QueueConfig, error) {
	tracer := r.cfg.Tracing.Tracer("github.com/usagegraph/usagegraph/jobs")
	workers, queues := river.NewWorkers(), jobQueues()
	byName := make(map[string]Job, len(r.cfg.Jobs))
	for _, j := range r.cfg.Jobs {
		byName[j.Name] = j
	}
	err := river.AddWorkerSafely(workers, &jobWorker{jobs: byName, store: r.cfg.Store, heart: r.heart, tracer: tracer, observe: r.observe})
	delivery := Delivery{Store: r.cfg.Store, Sender: r.cfg.Sender, MaxAttempts: r.cfg.MaxAttempts, Backoff: r.cfg.Backoff}
	// River's leader must know every kind of job; otherwise it discards those of a crashed process.
	err = errors.Join(err, river.AddWorkerSafely(workers, &deliveryWorker{delivery: delivery, heart: r.heart, tracer: tracer, observe: r.observe}))
	if r.cfg.Sender != nil {
		err = errors.Join(err, delivery.validate())
		queues[mailQueue] = river.QueueConfig{MaxWorkers: r.cfg.Deliveries}
	}
	return workers, queues, err
}

// observe logs failures and passes on every run.
func (r *Runner) observe(ctx context.Context, run Run) {
	if run.Err != nil {
		span := trace.SpanFromContext(ctx)
		span.RecordError(run.Err)
		span.SetStatus(codes.Error, "failed")
		r.cfg.Log.Error("job failed", "job", run.Name, "took", run.Took, "result", run.Result, "error", run.Err)
	} else {
		r.cfg.Log.Debug("job done", "job", run.Name, "took", run.Took, "result", run.Result)
	}
	if r.cfg.Observe != nil {
		r.cfg.Observe(ctx, run)
	}
}

// Start begins the work, which goes on until Stop. Without a relay it logs a warning.
func (r *Runner) Start(ctx context.Context) error {
	if r.cfg.Sender == nil {
		r.cfg.Log.Warn("no SMTP relay is configured: e-mails are kept to be read in `emails` and are not sent")
	}
	if err := r.heart.start(ctx, r.client.ID()); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	if err := r.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	return nil
}

// Stop lets running work finish for two thirds of the time that ctx leaves and then cuts it off, so that everything has ended when ctx
// does. The next leader redoes a job that was cut off, and a delivery goes back into the queue. What could not even be returned to the
// queue, because the database hangs, is found by other processes, which notice the silence.
func (r *Runner) Stop(ctx context.Context) error {
	err := r.stopWork(ctx)
	r.heart.stop(ctx)
	return err
}

func (r *Runner) stopWork(ctx context.Context) error {
	patient, cancel := shorter(ctx)
	defer cancel()
	if err := r.client.Stop(patient); err == nil {
		return nil
	}
	if err := r.client.StopAndCancel(ctx); err != nil {
		if held := r.heart.held(); len(held) > 0 {
			return fmt.Errorf("stop jobs: %d are under way: %w", len(held), err)
		}
		// The queue takes up to a dozen seconds to give up its lead, which nobody can shorten if the database is slow.
		r.cfg.Log.Warn("all jobs have ended, but the queue could not say so: another process leads when this one's time as leader is over", "error", err)
	}
	return nil
}

// shorter returns a context that ends after two thirds of what ctx leaves; if ctx has no deadline, it has none either.
func shorter(ctx context.Context) (context.Context, context.CancelFunc) {
	end, bounded := ctx.Deadline()
	if !bounded {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(end)*2/3)
}

// quiet returns a log without River's routine messages. River logs each failed job, which observe has already logged.
func quiet(log *slog.Logger) *slog.Logger { return slog.New(warnings{log.Handler()}) }

// warnings passes on records of at least level Warn.
type warnings struct{ slog.Handler }

// Enabled reports whether a level is passed on.
func (h warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}
