package ingest

import (
	"context"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Message is a CloudEvent as a broker carries it: in binary mode if it has attributes outside the body, otherwise in structured mode.
type Message struct {
	// Attribute returns an attribute outside the body, or ""; nil: there are none.
	Attribute func(name string) string
	// ContentType is the media type of the body; "": JSON.
	ContentType string
	Body        []byte
}

// Outcome is what became of a message.
type Outcome struct {
	Status tsdb.UsageStatus
	Code   tsdb.UsageCode // set if Dead
	Reason string         // likewise
}

// Dead reports whether the message will never become usage, however often it is taken.
func (o *Outcome) Dead() bool {
	return o.Status == tsdb.UsageRefused || o.Status == tsdb.UsageConflict
}

// Take stores messages and returns what became of each, in order, after the commit. An error means that the outcome of some is unknown:
// take the same messages again; none is counted twice.
func (h *Events) Take(ctx context.Context, messages []Message) ([]Outcome, error) {
	items, d := make([]item, len(messages)), h.decoder(ctx)
	for i := range messages {
		d.message(&messages[i], &items[i])
	}
	results, err := h.submit(ctx, "consume", items, tsdb.Record)
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, len(results))
	for i := range results {
		r := &results[i]
		outcomes[i] = Outcome{Status: statusName(r.Status), Code: r.Code, Reason: r.Message}
		if r.Status == tsdb.UsageConflict {
			outcomes[i].Code = conflict
		}
	}
	return outcomes, nil
}

// message reads one message. One that cannot be read is refused alone.
func (d *decoder) message(m *Message, it *item) {
	text := withoutMark(string(m.Body))
	switch {
	case len(text) > maxLine:
		it.refuse(Malformed, "an event has at most 64 KiB")
	case m.Attribute == nil || m.Attribute("specversion") == "":
		d.whole(text, "message", it)
	default:
		a := attributesBy(m.Attribute)
		a.contentType = m.ContentType
		if text != "" {
			a.readDocument(text, "data is not JSON: ", it)
		}
		d.assemble(&a, it)
	}
}
