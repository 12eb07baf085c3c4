package ingest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// problem is the answer to a request if none of its events was examined, or if their outcome is unknown.
type problem struct {
	status     int
	code       string
	message    string
	retryAfter string // seconds; "": no such header
}

func (p *problem) Error() string { return p.message }

// problemOf returns what a caller is told about an error. Faults are logged here and nowhere else.
func (h *Events) problemOf(ctx context.Context, err error) *problem {
	if p := h.refusalOf(err); p != nil {
		h.note(ctx, p, nil)
		return p
	}
	if ctx.Err() == nil {
		level := slog.LevelError
		if pg.Unavailable(err) {
			level = slog.LevelWarn
		}
		h.cfg.Log.Log(ctx, level, "events were not stored", "requestId", h.cfg.RequestID(ctx), "error", err)
	}
	p := &problem{status: http.StatusServiceUnavailable, code: "UNAVAILABLE",
		message: "What became of the events is not known. Send the same ones again: none is counted twice.", retryAfter: "5"}
	h.note(ctx, p, err)
	return p
}

func (h *Events) note(ctx context.Context, p *problem, fault error) {
	if h.cfg.Noted != nil && ctx.Err() == nil {
		h.cfg.Noted(ctx, p.code, fault)
	}
}

// refusalOf returns what a caller is told about an error that is no fault of ours; nil if it is one.
func (h *Events) refusalOf(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	if errors.Is(err, tsdb.ErrStopped) {
		return &problem{status: http.StatusServiceUnavailable, code: "SHUTTING_DOWN", message: "This server is shutting down. Send the same events again.", retryAfter: "1"}
	}
	if errors.Is(err, ErrSignedOut) {
		return &problem{status: http.StatusUnauthorized, code: "UNAUTHENTICATED", message: "The token has ended. Send what has no answer again, with another one."}
	}
	return nil
}

func (p *problem) document(requestID string) []byte {
	b := appendText([]byte(`{"error":{"code":`), p.code)
	b = appendText(append(b, `,"message":`...), p.message)
	if p.retryAfter != "" {
		b = append(append(b, `,"retryAfter":`...), p.retryAfter...)
	}
	if requestID != "" {
		b = appendText(append(b, `,"requestId":`...), requestID)
	}
	return append(b, "}}\n"...)
}
