package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"github.com/usagegraph/usagegraph/tsdb"
)

// migrateLock is the advisory lock under which one process makes River's tables while others wait: "river" as text.
const migrateLock = int64(0x7269766572)

// Migrate makes or upgrades River's tables in the database of pool. Several processes may call it at once.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("migrate river: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "-- name: lock the job tables\nSELECT pg_advisory_lock($1)", migrateLock); err != nil {
		return fmt.Errorf("lock river's tables: %w", err)
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), "-- name: unlock the job tables\nSELECT pg_advisory_unlock($1)", migrateLock)
	}()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return fmt.Errorf("migrate river: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate river: %w", err)
	}
	return nil
}

// Queue queues e-mails for delivery. It is the tsdb.Mailer of a server that has a relay.
type Queue struct{ client *river.Client[pgx.Tx] }

var _ tsdb.Mailer = (*Queue)(nil)

// NewQueue makes a Queue on the database of pool. Migrate must have made the job tables.
func NewQueue(pool *pgxpool.Pool) (*Queue, error) {
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	if err != nil {
		return nil, fmt.Errorf("open job queue: %w", err)
	}
	return &Queue{client}, nil
}

// QueueMails queues the delivery of e-mails within tx. It skips those whose delivery is already queued or under way.
func (q *Queue) QueueMails(ctx context.Context, tx pgx.Tx, emailIDs []int64) error {
	params := make([]river.InsertManyParams, len(emailIDs))
	for i, id := range emailIDs {
		params[i] = river.InsertManyParams{Args: deliveryArgs{EmailID: id}}
	}
	if _, err := q.client.InsertManyTx(ctx, tx, params); err != nil {
		return fmt.Errorf("queue %d mails: %w", len(emailIDs), err)
	}
	return nil
}

// Names of River's queues, one for each sort of work, so that none holds up another: a slow relay no jobs, and jobs that may take minutes,
// all of which are due when a process starts, neither the meter nor what is due every few minutes.
const (
	mailQueue  = "mail"
	meterQueue = "meter"
	jobQueue   = "jobs"
	rareQueue  = "rare_jobs"
)

// queue returns where a job waits for its turn.
func (c Job) queue() string {
	switch {
	case c.Aligned:
		return meterQueue
	case c.Every >= time.Hour:
		return rareQueue
	}
	return jobQueue
}

// jobQueues returns the queues of jobs, with how many of each are under way at once. Together they leave connections to those who ask.
func jobQueues() map[string]river.QueueConfig {
	return map[string]river.QueueConfig{meterQueue: {MaxWorkers: 1}, jobQueue: {MaxWorkers: 3}, rareQueue: {MaxWorkers: 2}}
}

// whileUnfinished makes a job unique until it has ended in some way.
func whileUnfinished() river.UniqueOpts {
	return river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
	}}
}

// deliveryArgs is the job of delivering one mail.
type deliveryArgs struct {
	EmailID int64 `json:"emailId"`
}

// Kind names the job in River's table.
func (deliveryArgs) Kind() string { return "deliver_email" }

// InsertOpts returns how it is queued. River's limit of attempts is far above ours: the count stored with the e-mail decides.
func (deliveryArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: mailQueue, MaxAttempts: 10 * DefaultMaxAttempts, UniqueOpts: whileUnfinished()}
}

// jobArgs is one run of a job.
type jobArgs struct {
	Job string `json:"job"`
}

// Kind names the job in River's table.
func (jobArgs) Kind() string { return "job" }

// InsertOpts returns how it is queued: once at a time. If all attempts fail, the job's next scheduled run does the work.
func (jobArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: jobQueue, MaxAttempts: jobAttempts, UniqueOpts: whileUnfinished()}
}
