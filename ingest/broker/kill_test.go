//go:build unix

package broker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

const victim = "USAGEGRAPH_TEST_CONSUMER"

// A consumer is killed by SIGKILL after a commit and before its acknowledgement, five times over. Nothing is lost or counted twice.
func TestKilledConsumer(t *testing.T) {
	t.Parallel()
	forEachRig(t, func(t *testing.T, r rig) {
		b := newBooks(t)
		var messages []message
		for i := range 500 {
			messages = append(messages, run(i))
		}
		r.publish(append(messages, message{body: "no JSON"})...)
		for range 5 {
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestConsumerVictim$")
			child.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s", victim, r.kind(), r.servers(), b.pool.Config().ConnString()))
			out, err := child.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("the victim ended by itself: %v\n%s", err, out)
			}
		}
		before, _, _ := b.stored()
		if before == 0 || before == 500 {
			t.Fatalf("killed at %d of 500 events: not half-way", before)
		}
		c := b.consumer(r.open(), 100)
		var again int
		for events, letters := before, 0; events < 500 || letters == 0 || again == 0; events, _, _ = b.stored() {
			sum := b.take(c, 1)
			letters += sum.Dead
			again += sum.Statuses["DUPLICATE"]
		}
		if events, runs, charged := b.stored(); events != 500 || runs != 1000 || charged != 1000 {
			t.Errorf("%d events, %d runs, %d charged; %d stored before", events, runs, charged, before)
		}
		t.Logf("%d stored by those that were killed, %d delivered again", before, again)
	})
}

// suicidal dies instead of making its second acknowledgement.
type suicidal struct {
	Broker
	n int
}

func (s *suicidal) Settle(ctx context.Context, done []Delivery) error {
	if s.n++; s.n == 2 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	return s.Broker.Settle(ctx, done)
}

// TestConsumerVictim is the process that TestKilledConsumer starts. On its own it does nothing.
func TestConsumerVictim(t *testing.T) {
	order := strings.Fields(os.Getenv(victim))
	if len(order) == 0 {
		return
	}
	pool, err := pgxpool.New(t.Context(), order[2])
	if err != nil {
		t.Fatal(err)
	}
	_, _, events := takerOf(t, pool)
	from, err := openRig(t.Context(), order[0], order[1])
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{Broker: &suicidal{Broker: from}, Events: events, Batch: 30, Pause: pause})
	if err != nil {
		t.Fatal(err)
	}
	c.Run(t.Context())
	t.Fatal("not killed")
}
