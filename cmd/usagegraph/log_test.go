package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A repeated fault is logged ten times, then counted. A different fault beside it is logged nevertheless.
func TestLogIsNotFlooded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)
	var out bytes.Buffer
	log := newLog(&out, func() time.Time { return now }, false)
	for i := range 1000 {
		log.With("a", 1).Error("fault", "requestId", i, "error", fmt.Errorf("submit %d events: no connection", i))
	}
	log.Error("fault", "error", errors.New("something else"))
	log.Info("told")
	log.Debug("not told")
	if n := strings.Count(out.String(), "no connection"); n != sameLines {
		t.Errorf("%d lines", n)
	}
	if !strings.Contains(out.String(), "something else") || !strings.Contains(out.String(), `"told"`) || strings.Contains(out.String(), "not told") {
		t.Error(out.String())
	}
	now = now.Add(sameWithin)
	out.Reset()
	log.Info("later", "took", 1500*time.Millisecond)
	for _, want := range []string{`"lines":990,"of":"fault: submit # events: no connection"`, `"took":"1.5s"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in %s", want, out.String())
		}
	}
	out.Reset()
	log.Error("fault", "error", errors.New("submit 7 events: no connection"))
	if strings.Count(out.String(), "\n") != 1 {
		t.Error(out.String())
	}
}
