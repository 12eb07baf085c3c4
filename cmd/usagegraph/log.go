package main

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"
)

// newLog writes JSON lines: from INFO on, or with debug also those about every request and job. Repeated lines do not flood it.
func newLog(out io.Writer, clock func() time.Time, debug bool) *slog.Logger {
	level := slog.LevelInfo
	if debug {
		level = slog.LevelDebug
	}
	lines := slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level, ReplaceAttr: readable})
	return slog.New(calm{lines, &repeats{clock: clock}})
}

// readable formats durations for people, such as 1.5s; JSON would have nanoseconds.
func readable(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		return slog.String(a.Key, a.Value.Duration().String())
	}
	return a
}

// Of warnings and errors with the same content, so many lines are written within so much time, and then how many were left out: while a
// database is away, each request fails in the same way, and the line that matters would drown.
const (
	sameLines  = 10
	sameWithin = 10 * time.Second
	maxKinds   = 1000 // kinds distinguished within that time; those beyond count as one kind
)

// calm passes records on to a handler unless there were too many of their kind lately.
type calm struct {
	slog.Handler
	repeats *repeats
}

// Handle passes a record on, after the counts of what was left out before.
func (h calm) Handle(ctx context.Context, r slog.Record) error {
	pass, left := h.repeats.note(r)
	for kind, n := range left {
		line := slog.NewRecord(r.Time, slog.LevelWarn, "lines were left out, since they repeat", 0)
		line.Add("lines", n, "of", kind)
		if err := h.Handler.Handle(ctx, line); err != nil {
			return err
		}
	}
	if !pass {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs shares the counts.
func (h calm) WithAttrs(attrs []slog.Attr) slog.Handler {
	return calm{h.Handler.WithAttrs(attrs), h.repeats}
}

// WithGroup shares the counts.
func (h calm) WithGroup(name string) slog.Handler { return calm{h.Handler.WithGroup(name), h.repeats} }

// repeats counts lines by kind.
type repeats struct {
	clock func() time.Time
	mu    sync.Mutex
	since time.Time
	seen  map[string]int
}

// note reports whether a record is to be written and, for the first record of a new period, how many of each kind were left out in the
// last.
func (s *repeats) note(r slog.Record) (pass bool, left map[string]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.clock(); s.seen == nil || now.Sub(s.since) >= sameWithin || now.Before(s.since) {
		left = s.leftOut()
		s.since, s.seen = now, map[string]int{}
	}
	if r.Level < slog.LevelWarn {
		return true, left
	}
	kind := kindOf(r)
	if _, known := s.seen[kind]; !known && len(s.seen) >= maxKinds {
		kind = "others"
	}
	s.seen[kind]++
	return s.seen[kind] <= sameLines, left
}

func (s *repeats) leftOut() map[string]int {
	left := map[string]int{}
	for kind, n := range s.seen {
		if n > sameLines {
			left[kind] = n - sameLines
		}
	}
	return left
}

// kindOf returns what records with the same content have in common: message and error, without the numbers in them.
func kindOf(r slog.Record) string {
	kind := r.Message
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "error" {
			kind += ": " + a.Value.String()
		}
		return true
	})
	kind = strings.Map(func(c rune) rune {
		if unicode.IsDigit(c) {
			return '#'
		}
		return c
	}, kind)
	for strings.Contains(kind, "##") {
		kind = strings.ReplaceAll(kind, "##", "#")
	}
	return kind[:min(len(kind), 200)]
}
