package jobs_test

import (
	"context"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/jobs"
	"github.com/usagegraph/usagegraph/mail/mailtest"
	"github.com/usagegraph/usagegraph/tsdb"
)

// With a relay that refuses, hangs and drops connections, the e-mail arrives in the end. If the relay took it without our hearing of it, it
// arrives twice, recognisably.
func TestDeliveryInBadWeather(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.spend(id, f.model(id), 40)
	delivery, relay := f.delivery(mailtest.Refuse(mailtest.Rcpt, 450), mailtest.Hang(mailtest.Data), mailtest.Drop(mailtest.Connect), mailtest.Drop(mailtest.Taken))
	for n, want := range []tsdb.EmailState{tsdb.EmailQueued, tsdb.EmailQueued, tsdb.EmailQueued, tsdb.EmailQueued, tsdb.EmailSent, tsdb.EmailSent} {
		out, err := delivery.RunOnce(f.ctx, 1)
		f.must(err)
		if out.State != want || (want == tsdb.EmailQueued) != (out.Err != nil) || (want == tsdb.EmailQueued && out.Wait != jobs.DefaultBackoff(n+1)) {
			t.Fatalf("attempt %d: %+v", n+1, out)
		}
		e, err := f.Email(f.ctx, 1)
		f.must(err)
		if e.State != want || e.Attempts != min(n+1, 5) || (e.LastError != "") != (want == tsdb.EmailQueued) {
			t.Fatalf("attempt %d: %+v", n+1, e)
		}
	}
	messages := relay.Messages()
	if len(messages) != 2 || string(messages[0].Raw) != string(messages[1].Raw) {
		t.Fatalf("%d mails, or unlike each other", len(messages))
	}
	e, err := f.Email(f.ctx, 1)
	f.must(err)
	if got := messages[0].Header(t, "Message-Id"); got != e.MessageID {
		t.Errorf("Message-ID %q, row has %q", got, e.MessageID)
	}
	if got := messages[0].Header(t, "Date"); got != start.Format(time.RFC1123Z) {
		t.Errorf("Date %q", got)
	}
}

func TestMailsThatAreGivenUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	f.spend(id, model, 40)
	delivery, _ := f.delivery(mailtest.Refuse(mailtest.Rcpt, 550))
	out, err := delivery.RunOnce(f.ctx, 1)
	f.must(err)
	if out.State != tsdb.EmailDead {
		t.Errorf("refused for good: %+v", out)
	}
	f.spend(id, model, 15)
	delivery, _ = f.delivery(mailtest.Refuse(mailtest.Mail, 451), mailtest.Refuse(mailtest.Mail, 451))
	delivery.MaxAttempts = 2
	for _, want := range []tsdb.EmailState{tsdb.EmailQueued, tsdb.EmailDead, tsdb.EmailDead} {
		out, err := delivery.RunOnce(f.ctx, 2)
		f.must(err)
		if out.State != want {
			t.Errorf("%+v, want %s", out, want)
		}
	}
	counts, err := f.EmailCounts(f.ctx)
	f.must(err)
	if counts[tsdb.EmailDead] != 2 || counts[tsdb.EmailQueued] != 0 {
		t.Errorf("%v", counts)
	}
}

func TestBackoffGrowsAndEnds(t *testing.T) {
	t.Parallel()
	var sum time.Duration
	last := time.Duration(0)
	for n := 1; n < jobs.DefaultMaxAttempts; n++ {
		pause := jobs.DefaultBackoff(n)
		if pause < last || pause > 6*time.Hour {
			t.Errorf("after %d: %s", n, pause)
		}
		last, sum = pause, sum+pause
	}
	if jobs.DefaultBackoff(0) <= 0 || jobs.DefaultBackoff(1<<30) != 6*time.Hour || sum < 12*time.Hour {
		t.Errorf("%s in all", sum)
	}
}

// Metrics show how long a delivery took.
func TestDeliveriesAreTimed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	relay := mailtest.Start(t, mailtest.Options{Behave: func(int) mailtest.Behaviour {
		f.advance(2 * time.Second)
		return mailtest.Accept()
	}})
	runs := make(chan jobs.Run, 10)
	f.run(jobs.Config{Sender: f.sender(relay), Observe: func(_ context.Context, r jobs.Run) { runs <- r }})
	id := f.account()
	f.spend(id, f.model(id), 40)
	if r := <-runs; r.Name != "mail" || r.Err != nil || r.Took != 2*time.Second {
		t.Errorf("%+v", r)
	}
}
