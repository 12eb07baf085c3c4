package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/usagegraph/usagegraph/mail"
	"github.com/usagegraph/usagegraph/tsdb"
)

// DefaultMaxAttempts is how often an e-mail is tried before it is given up; with DefaultBackoff that takes over 15 hours.
const DefaultMaxAttempts = 12

// DefaultBackoff returns the pause after the n-th failed attempt, counting from 1: half a minute, doubled each time, at most six hours.
func DefaultBackoff(n int) time.Duration {
	const first, most = 30 * time.Second, 6 * time.Hour
	if n < 1 {
		return first
	}
	if n > 10 {
		return most
	}
	return min(first<<(n-1), most)
}

// Delivery delivers e-mails stored in the database.
type Delivery struct {
	// Store holds the e-mails. Required.
	Store *tsdb.Store
	// Sender sends them to the relay. Required.
	Sender *mail.Sender
	// MaxAttempts is how often an e-mail is tried before it is DEAD; 0: DefaultMaxAttempts.
	MaxAttempts int
	// Backoff is the pause after the n-th failed attempt, counting from 1; nil: DefaultBackoff.
	Backoff func(n int) time.Duration
}

// Delivered is the outcome of an attempt.
type Delivered struct {
	State tsdb.EmailState // SENT, QUEUED (another attempt follows after Wait), DEAD, or SKIPPED; unchanged if there was nothing to do
	Err   error           // why it was not sent
	Wait  time.Duration
}

func (d Delivery) validate() error {
	if d.Store == nil || d.Sender == nil {
		return errors.New("jobs: Delivery needs Store and Sender")
	}
	return nil
}

func (d Delivery) withDefaults() Delivery {
	if d.MaxAttempts <= 0 {
		d.MaxAttempts = DefaultMaxAttempts
	}
	if d.Backoff == nil {
		d.Backoff = DefaultBackoff
	}
	return d
}

// RunOnce makes one attempt to deliver a queued e-mail to its present recipient, and records the outcome. An error comes from the database:
// then the outcome is not recorded, and another attempt may send the same e-mail, with the same Message-ID, once more.
func (d Delivery) RunOnce(ctx context.Context, emailID int64) (Delivered, error) {
	d = d.withDefaults()
	e, err := d.Store.Email(ctx, emailID)
	if err != nil {
		return Delivered{}, err
	}
	if e.State != tsdb.EmailQueued {
		return Delivered{State: e.State}, nil
	}
	if e, err = d.Store.Address(ctx, e); err != nil {
		return Delivered{}, err
	}
	if e.State != tsdb.EmailQueued {
		return Delivered{State: e.State}, nil
	}
	out := d.outcome(e, d.send(ctx, e))
	// That it was sent is recorded even if the process is told to stop meanwhile.
	note, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	noted := tsdb.EmailOutcome{State: out.State}
	if out.Err != nil {
		noted.Error = out.Err.Error()
	}
	return out, d.Store.NoteAttempt(note, emailID, noted)
}

func (d Delivery) outcome(e tsdb.Email, err error) Delivered {
	switch {
	case err == nil:
		return Delivered{State: tsdb.EmailSent}
	case mail.IsPermanent(err) || e.Attempts+1 >= d.MaxAttempts:
		return Delivered{State: tsdb.EmailDead, Err: err}
	}
	return Delivered{State: tsdb.EmailQueued, Err: err, Wait: d.Backoff(e.Attempts + 1)}
}

func (d Delivery) send(ctx context.Context, e tsdb.Email) error {
	r, err := Render(e, d.Store.Settings())
	if err != nil {
		return err
	}
	return d.Sender.Send(ctx, mail.Envelope{MessageID: e.MessageID, To: e.Recipient, ReplyTo: mail.ReplyAddress(d.Store.Settings().SupportContact),
		Subject: r.Subject, Text: r.Text, HTML: r.HTML, Date: e.CreatedAt})
}

// deliveryWorker runs Delivery as a River worker.
type deliveryWorker struct {
	river.WorkerDefaults[deliveryArgs]
	delivery Delivery
	heart    *heart
	tracer   trace.Tracer
	observe  func(context.Context, Run)
}

// Work makes one attempt. Delivery's own back-off decides when the next one is made.
func (w *deliveryWorker) Work(ctx context.Context, job *river.Job[deliveryArgs]) error {
	defer w.heart.hold(job.ID)()
	ctx, span := w.tracer.Start(ctx, "job mail", trace.WithAttributes(attribute.Int64("usagegraph.email", job.Args.EmailID)))
	defer span.End()
	from := w.delivery.Store.Now()
	out, err := w.delivery.RunOnce(ctx, job.Args.EmailID)
	w.observe(ctx, Run{Name: "mail", Took: w.delivery.Store.Now().Sub(from), Err: errors.Join(out.Err, err), Result: string(out.State)})
	switch {
	case err != nil:
		return fmt.Errorf("deliver e-mail %d: %w", job.Args.EmailID, err)
	case out.State == tsdb.EmailQueued:
		return river.JobSnooze(out.Wait)
	}
	return nil
}

// Timeout bounds an attempt.
func (w *deliveryWorker) Timeout(*river.Job[deliveryArgs]) time.Duration { return deliveryTimeout }
