package live_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/live"
)

// diary is a log that may be read while it is written.
type diary struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.buf.Write(p)
}

func (d *diary) count(text string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Count(d.buf.String(), text)
}

// impatient returns a hub that polls often and keeps a diary.
func (f *fixture) impatient() (*live.Hub, *diary) {
	f.t.Helper()
	d := &diary{}
	h, err := live.New(live.Config{Store: f.Store, Log: slog.New(slog.NewTextHandler(d, nil)), Poll: 20 * time.Millisecond})
	f.must(err)
	h.Start()
	f.t.Cleanup(h.Stop)
	return h, d
}

// until checks again and again, for at most a minute.
func (f *fixture) until(what string, done func() bool) {
	f.t.Helper()
	for limit := time.After(time.Minute); !done(); {
		select {
		case <-limit:
			f.t.Fatal("never: " + what)
		case <-time.After(time.Millisecond):
		}
	}
}

// While the database does not answer properly, no watch ends, and when it does again, everybody is sent what was missed.
func TestADatabaseThatFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.tool(id)
	h, d := f.impatient()
	early, late := newSink(), newSink()
	h.Watch(live.Topic{Account: id, Kind: live.Status}, nil, early)
	early.wait(t, "first", atLeast(1))
	_, err := f.pool.Exec(f.ctx, `ALTER TABLE balance RENAME TO away`)
	f.must(err)
	h.Watch(live.Topic{Account: id, Kind: live.Status}, nil, late)
	f.until("a second failure", func() bool { return d.count("could not be read") > 1 })
	_, err = f.pool.Exec(f.ctx, `ALTER TABLE away RENAME TO balance`)
	f.must(err)
	late.wait(t, "the first, late", atLeast(1))
	_, err = f.pool.Exec(f.ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	f.must(err)
	f.pool.Reset() // those of our own that were cut
	f.use(id, tool, 7)
	for _, s := range []*sink{early, late} {
		s.wait(t, "what came after", func(fs []live.Frame) bool { return last(fs).Account.Runs.Used() == billing.Amount(7) })
	}
}

// A stream of events whose snapshot fails temporarily begins when the snapshot can be made. One that is refused, or fails by our fault,
// ends.
func TestASnapshotThatFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	h, d := f.impatient()
	topic := f.events(live.Crossings, id)
	good, failures := topic.Snapshot, 3
	topic.Snapshot = func(ctx context.Context) (live.Frame, error) {
		if failures--; failures >= 0 {
			return live.Frame{}, errors.New("the connection was reset")
		}
		return good(ctx)
	}
	s := newSink()
	h.Watch(topic, nil, s)
	s.wait(t, "snapshot", atLeast(1))
	if got := d.count("a snapshot could not be made"); got != 3 {
		t.Errorf("%d failures were logged", got)
	}
	f.use(id, f.tool(id), 5_000)
	s.wait(t, "events after it", atLeast(3))
	broken := f.events(live.Deployments, id)
	broken.Snapshot = func(context.Context) (live.Frame, error) { panic("a fault of ours") }
	faulty := newSink()
	h.Watch(broken, nil, faulty)
	if err := faulty.end(t); !errors.Is(err, live.ErrFault) {
		t.Errorf("a fault: %v", err)
	}
	none := newSink()
	h.Watch(f.events(live.Crossings, id+1), nil, none)
	if err := none.end(t); err == nil {
		t.Error("no such account, and no refusal")
	}
}
