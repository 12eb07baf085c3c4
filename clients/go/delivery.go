package usagegraph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// loop sends what waits until ctx ends: what is on disk first, since it is older.
func (s *Sender) loop(ctx context.Context) {
	defer close(s.ended)
	for ctx.Err() == nil {
		switch {
		case s.spills():
			if _, err := s.toDisk(s.cfg.MaxBatch); err != nil {
				s.cfg.OnError(err)
			}
		case s.isHeld():
			s.rest(ctx, min(time.Until(s.notUntil), s.cfg.MaxWait))
		case s.spool != nil && s.spool.holds():
			s.fromDisk(ctx)
		default:
			if batch, in := s.due(); batch > 0 {
				s.fromMemory(ctx, batch)
			} else {
				s.rest(ctx, in)
			}
		}
	}
}

// isHeld reports whether the next attempt has to wait.
func (s *Sender) isHeld() bool { return time.Now().Before(s.notUntil) }

// spills reports whether events are to go from memory to the disk: the server is away and they have waited, or what is on the disk
// goes before them and half of the memory is used.
func (s *Sender) spills() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spool == nil || !s.spool.hasRoom() || len(s.queue) == 0 {
		return false
	}
	if s.isHeld() {
		return len(s.queue) >= s.cfg.MaxBatch || time.Since(s.queue[0].at) >= s.cfg.MaxWait || s.passed < s.saving
	}
	return s.spool.holds() && len(s.queue) >= max(1, s.cfg.MaxPending/2)
}

// rest waits until something is added, or for a time; d <= 0: until something is added.
func (s *Sender) rest(ctx context.Context, d time.Duration) {
	var after <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		after = timer.C
	}
	select {
	case <-s.stir:
	case <-after:
	case <-ctx.Done():
	}
}

// due is how many events of the queue go now; where none do, when the first one does.
func (s *Sender) due() (batch int, in time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return 0, 0
	}
	batch = min(len(s.queue), s.cfg.MaxBatch)
	in = time.Until(s.queue[0].at.Add(s.cfg.MaxWait))
	if batch == s.cfg.MaxBatch || in <= 0 || s.closed || s.hurry > s.answered {
		return batch, 0
	}
	return 0, in
}

// fromMemory sends the first events of the queue.
func (s *Sender) fromMemory(ctx context.Context, n int) {
	s.mu.Lock()
	events := eventsOf(s.queue[:n])
	s.mu.Unlock()
	taken, file := s.attempt(ctx, events, n)
	switch {
	case !taken: // they are in the queue or on the disk
	case file != "":
		s.sent(file)
	default:
		s.forget(n)
		s.answer(n)
	}
}

// toDisk moves at most n events from the front of the queue to the disk, and returns their file.
func (s *Sender) toDisk(n int) (file string, err error) {
	s.mu.Lock()
	events := eventsOf(s.queue[:min(len(s.queue), n)])
	s.mu.Unlock()
	if file, err = s.spool.add(events); err != nil {
		s.spool.pause()
		return "", err
	}
	s.forget(len(events))
	return file, nil
}

// attempt delivers events, the first n of the queue or, where n is 0, of the disk. While the answer takes longer than MaxWait all that is in
// memory goes to the disk, since the process may be killed: file is that of the first n.
func (s *Sender) attempt(ctx context.Context, events [][]byte, n int) (taken bool, file string) {
	if s.spool == nil {
		return s.deliver(ctx, events), ""
	}
	done := make(chan bool, 1)
	go func() { done <- s.deliver(ctx, events) }()
	tick := time.NewTicker(s.cfg.MaxWait)
	defer tick.Stop()
	var failed error
	for {
		select {
		case taken = <-done:
			if failed != nil {
				s.cfg.OnError(failed)
			}
			return taken, file
		case <-tick.C:
		}
		if n > 0 && s.spool.hasRoom() {
			if file, failed = s.toDisk(n); failed == nil {
				n = 0
			}
		}
		for n == 0 && s.inMemory() > 0 && s.spool.hasRoom() {
			_, failed = s.toDisk(s.cfg.MaxBatch)
		}
	}
}

// fromDisk sends the oldest file.
func (s *Sender) fromDisk(ctx context.Context) {
	name, events, err := s.spool.oldest()
	if err != nil {
		s.failed(err, 0)
		return
	}
	for len(events) > 0 {
		n := min(len(events), s.cfg.MaxBatch)
		if taken, _ := s.attempt(ctx, events[:n], 0); !taken {
			return // all of it is sent again, and what is there already is a DUPLICATE
		}
		events = events[n:]
	}
	s.sent(name)
}

// sent removes a file that is answered.
func (s *Sender) sent(file string) {
	n, err := s.spool.remove(file)
	if err != nil {
		s.failed(err, 0) // it is sent again, and all of it is a DUPLICATE
		return
	}
	s.answer(n)
}

func (s *Sender) inMemory() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue)
}

// forget takes events from the front of the queue: they are answered, or on the disk.
func (s *Sender) forget(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passed += uint64(n)
	s.stepped()
	s.queue = append(make([]queued, 0, len(s.queue)-n), s.queue[n:]...)
	for range n {
		<-s.slots
	}
}

func (s *Sender) answer(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answered += uint64(n)
	s.stepped()
}

// stepped wakes those who wait for progress. The caller holds s.mu.
func (s *Sender) stepped() {
	close(s.progress)
	s.progress = make(chan struct{})
}

// deliver sends events and hears what became of each; false: they are to be sent again.
func (s *Sender) deliver(ctx context.Context, events [][]byte) bool {
	results, err := s.client.postEvents(ctx, events, s.cfg.Enforce)
	var unfit *unfitError
	switch {
	case errors.As(err, &unfit) && len(events) > 1: // too large, or one of them spoils it
		half := len(events) / 2
		return s.deliver(ctx, events[:half]) && s.deliver(ctx, events[half:])
	case unfit != nil:
		results = []Result{{Status: "REFUSED", Code: unfit.cause.Code, Message: unfit.cause.Message}}
	case err != nil:
		var told *Error
		var asked time.Duration
		if errors.As(err, &told) {
			asked = told.RetryAfter
		}
		if ctx.Err() == nil {
			s.failed(err, asked)
		}
		return false
	}
	s.failures, s.notUntil = 0, time.Time{}
	for i, r := range results {
		if !r.isTaken() {
			s.cfg.OnRefused(events[i], r)
		}
	}
	return true
}

// failed notes an attempt that failed, and lets the next one wait.
func (s *Sender) failed(err error, asked time.Duration) {
	s.failures++
	s.notUntil = time.Now().Add(pause(s.failures, asked))
	s.cfg.OnError(err)
}

// unfitError says that a request cannot be answered otherwise, however often it is sent.
type unfitError struct{ cause *Error }

// Error implements error.
func (e *unfitError) Error() string { return e.cause.Error() }

// postEvents sends a batch once and returns what became of each event, in their order.
func (c *Client) postEvents(ctx context.Context, events [][]byte, enforce bool) ([]Result, error) {
	path := "/v1/events"
	if enforce {
		path += "?mode=ENFORCE"
	}
	body := append(append([]byte("["), bytes.Join(events, []byte(","))...), ']')
	res, err := c.post(ctx, path, "application/cloudevents-batch+json", body)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		Results []Result
		Error   *struct{ Code, Message, RequestID string }
	}
	err = json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&answer)
	switch {
	case res.StatusCode == http.StatusOK && err == nil && len(answer.Results) == len(events):
		return answer.Results, nil
	case res.StatusCode == http.StatusOK:
		return nil, fmt.Errorf("usagegraph: the answer broke off after %d of %d events", len(answer.Results), len(events))
	}
	told := &Error{Code: http.StatusText(res.StatusCode), Message: fmt.Sprint("status ", res.StatusCode), RetryAfter: retryAfter(res.Header)}
	if answer.Error != nil {
		told.Code, told.Message, told.RequestID = answer.Error.Code, answer.Error.Message, answer.Error.RequestID
	}
	switch res.StatusCode {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return nil, &unfitError{told}
	}
	return nil, told
}
