package usagegraph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// books is an endpoint that keeps events by identity, in the order in which they first came, and does what it is told to meanwhile.
// The tests against the real server are in clients/clients_test.go.
type books struct {
	*httptest.Server
	mu       sync.Mutex
	order    []string
	seen     map[string]int // how often each was stored: 1 each
	requests int
	meddle   func(w http.ResponseWriter, events []cloudEvent) (done bool)
}

func newBooks(t *testing.T) *books {
	b := &books{seen: map[string]int{}}
	b.Server = httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(b.Close)
	return b
}

func (b *books) serve(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests++
	body, _ := io.ReadAll(r.Body)
	var events []cloudEvent
	if json.Unmarshal(body, &events) != nil {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":{"code":"MALFORMED","message":"no JSON"}}`)
		return
	}
	if b.meddle != nil && b.meddle(w, events) {
		return
	}
	var results []Result
	for _, e := range events {
		key := e.Source + "/" + e.ID + "/" + e.Time.String()
		if b.seen[key]++; b.seen[key] > 1 {
			results = append(results, Result{Status: "DUPLICATE"})
			continue
		}
		b.order = append(b.order, e.ID)
		results = append(results, Result{Status: "STORED"})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"results": results})
}

func (b *books) set(meddle func(http.ResponseWriter, []cloudEvent) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.meddle = meddle
}

func (b *books) stored() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.order)
}

func away(w http.ResponseWriter, _ []cloudEvent) bool {
	w.WriteHeader(http.StatusServiceUnavailable)
	fmt.Fprint(w, `{"error":{"code":"UNAVAILABLE","message":"away"}}`)
	return true
}

func newSender(t *testing.T, b *books, change func(*SenderConfig)) *Sender {
	t.Helper()
	cfg := SenderConfig{Source: "test", MaxWait: 5 * time.Millisecond}
	if change != nil {
		change(&cfg)
	}
	s, err := NewSender(&Client{URL: b.URL, Token: "t"}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cancel(); <-s.ended })
	return s
}

func run(n int) Event { return Event{Account: "a", Tool: "t", ID: fmt.Sprintf("%05d", n)} }

func send(t *testing.T, s *Sender, from, to int) (ids []string) {
	t.Helper()
	for n := from; n < to; n++ {
		e, err := s.Send(t.Context(), run(n))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.ID)
	}
	return ids
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func flush(t *testing.T, s *Sender) {
	t.Helper()
	if err := s.Flush(soon(t)); err != nil {
		t.Fatal(err)
	}
}

// Events go in batches, in order, each once, although every second answer gets lost after its events were stored.
func TestEventsCountOnce(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	n := 0
	b.set(func(w http.ResponseWriter, events []cloudEvent) bool {
		if n++; n%2 == 1 {
			for _, e := range events {
				b.seen[e.Source+"/"+e.ID+"/"+e.Time.String()]++
				b.order = append(b.order, e.ID)
			}
			panic(http.ErrAbortHandler)
		}
		return false
	})
	s := newSender(t, b, func(c *SenderConfig) { c.MaxBatch = 100 })
	want := send(t, s, 0, 1000)
	flush(t, s)
	if got := b.stored(); !slices.Equal(got, want) {
		t.Errorf("%d stored, %d sent, or another order", len(got), len(want))
	}
	if s.Pending() != 0 {
		t.Errorf("%d pending", s.Pending())
	}
}

// While the server is away events go to the disk, survive the process, and come first afterwards.
func TestEventsWaitOnDisk(t *testing.T) {
	t.Parallel()
	b, dir := newBooks(t), t.TempDir()
	b.set(away)
	first := newSender(t, b, func(c *SenderConfig) { c.Dir, c.MaxPending, c.MaxBatch = dir, 40, 20 })
	want := send(t, first, 0, 500) // far more than memory takes
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := first.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Send(t.Context(), run(999)); !errors.Is(err, ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
	b.set(nil)
	second := newSender(t, b, func(c *SenderConfig) { c.Dir = dir })
	if second.Pending() != 500 {
		t.Errorf("%d found on disk", second.Pending())
	}
	want = append(want, send(t, second, 500, 600)...)
	flush(t, second)
	if got := b.stored(); !slices.Equal(got, want) {
		t.Errorf("%d stored, %d sent, or another order", len(got), len(want))
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// What is saved is on disk, and survives the process, also while the server takes requests and does not answer.
func TestEventsAreSaved(t *testing.T) {
	t.Parallel()
	b, dir, release := newBooks(t), t.TempDir(), make(chan struct{})
	b.set(func(http.ResponseWriter, []cloudEvent) bool { <-release; return false })
	s := newSender(t, b, func(c *SenderConfig) { c.Dir, c.MaxBatch = dir, 4 })
	var want []string
	for n := range 3 {
		want = append(want, send(t, s, 10*n, 10*n+10)...)
		if err := s.Save(soon(t)); err != nil {
			t.Fatal(err)
		}
		if found, err := openSpool(dir, 1<<20); err != nil || found.events() != uint64(len(want)) {
			t.Fatalf("%d of %d on disk, %v", found.events(), len(want), err)
		}
	}
	close(release)
	flush(t, s)
	if got := b.stored(); !slices.Equal(got, want) {
		t.Errorf("%d stored, %d sent, or another order", len(got), len(want))
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	b.set(away)
	send(t, s, 30, 31)
	if err := s.Save(soon(t)); err != nil || s.Pending() != 1 {
		t.Errorf("%v, %d pending", err, s.Pending())
	}
}

// Memory is bounded: whoever hands over more waits, and gets on once there is room.
func TestSendersWait(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	b.set(away)
	s := newSender(t, b, func(c *SenderConfig) { c.MaxPending = 10 })
	send(t, s, 0, 10)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Send(ctx, run(10)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("the eleventh: %v", err)
	}
	if err := s.Close(ctx); err == nil || !strings.Contains(err.Error(), "10 events were not sent") {
		t.Errorf("closed: %v", err)
	}
}

// What is refused is reported, alone, and does not hold up the rest: an event, a body that is too large, one that spoils its batch.
func TestRefusals(t *testing.T) {
	t.Parallel()
	b, dir := newBooks(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "1.ndjson"), []byte("{\"torn\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.set(func(w http.ResponseWriter, events []cloudEvent) bool {
		if len(events) > 3 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			fmt.Fprint(w, `{"error":{"code":"BODY_TOO_LARGE","message":"too large"}}`)
			return true
		}
		if slices.ContainsFunc(events, func(e cloudEvent) bool { return e.ID == "00007" }) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":{"code":"MALFORMED","message":"a spoiled one"}}`)
			return true
		}
		return false
	})
	var told []string
	s := newSender(t, b, func(c *SenderConfig) {
		c.Dir = dir
		c.OnRefused = func(event json.RawMessage, r Result) { told = append(told, r.Code+" "+r.Message) }
	})
	send(t, s, 0, 20)
	flush(t, s)
	if got := b.stored(); len(got) != 19 || slices.Contains(got, "00007") {
		t.Errorf("stored: %v", got)
	}
	if fmt.Sprint(told) != "[MALFORMED no JSON MALFORMED a spoiled one]" {
		t.Errorf("told: %v", told)
	}
}

// An operation whose answer breaks off is sent again, as one without any; an answer that is no JSON is not.
func TestAnswersThatBreakOff(t *testing.T) {
	t.Parallel()
	asked, whole := 0, "<html>"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked == 1 {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"data":`)
			return
		}
		fmt.Fprint(w, whole)
	}))
	t.Cleanup(server.Close)
	ask := func() error {
		var out struct{ A int }
		err := (&Client{URL: server.URL, Attempts: 2}).Query(t.Context(), "{a}", nil, &out)
		if err == nil && out.A != 1 {
			t.Errorf("%+v", out)
		}
		return err
	}
	if err := ask(); ErrorCode(err) != "BAD_ANSWER" || asked != 2 {
		t.Errorf("%v after %d requests", err, asked)
	}
	if err := ask(); ErrorCode(err) != "BAD_ANSWER" || asked != 3 {
		t.Errorf("%v after %d requests", err, asked)
	}
	asked, whole = 0, `{"data":{"a":1}}`
	if err := ask(); err != nil || asked != 2 {
		t.Errorf("%v after %d requests", err, asked)
	}
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))
	a, b := Event{}.identified("s", now), Event{}.identified("s", now)
	if a.ID == b.ID || len(a.ID) < 26 || a.Source != "s" || a.Time != time.Date(2026, 3, 1, 11, 0, 0, 123456000, time.UTC) {
		t.Errorf("%+v %+v", a, b)
	}
	own := Event{Source: "x", ID: "y", Time: now.Add(time.Hour)}.identified("s", now)
	if own.Source != "x" || own.ID != "y" || !own.Time.Equal(now.Add(time.Hour).Truncate(time.Microsecond)) {
		t.Errorf("%+v", own)
	}
	for _, e := range []Event{{}, {Account: "a"}, {Account: "a", Tool: "t", Model: "m"}, {Account: "a", Tool: "t", OutputTokens: 1}, {Account: "a", Model: "m", Runs: 1}} {
		if _, err := e.encode(); err == nil {
			t.Errorf("%+v was taken", e)
		}
	}
	if text, err := (Event{Account: "a", Tool: "t", Runs: -1}).encode(); err != nil || !strings.Contains(string(text), `"runs":-1`) {
		t.Errorf("what the server would refuse becomes something else: %s %v", text, err)
	}
	for n := range 40 {
		if d := pause(n+1, 0); d < firstPause/2 || d > longestPause {
			t.Errorf("pause %d: %v", n+1, d)
		}
	}
	if pause(1, time.Minute) != time.Minute {
		t.Error("what the server asks for does not count")
	}
}
