package ingest

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/usagegraph/usagegraph/tsdb"
)

// serveBatch accepts an array of events. A text that is not JSON is refused as a whole; a bad event within it is refused alone.
func (h *Events) serveBatch(w http.ResponseWriter, r *http.Request, mode tsdb.UsageMode) error {
	text, release, err := h.readAll(w, r)
	if err != nil {
		return err
	}
	defer release()
	items, err := h.decoder(r.Context()).batch(text)
	if err != nil {
		return malformed(err)
	}
	results, err := h.submit(r.Context(), eventsPath, items, mode)
	if err != nil {
		return err
	}
	h.cfg.Charge(r.Context(), countRefused(results))
	writeResults(w, http.StatusOK, items, results, h.cfg.RequestID(r.Context()))
	return nil
}

var errTooMany = errors.New("a batch has at most " + strconv.Itoa(MaxEvents) + " events")

// batch reads a whole array of events.
func (d *decoder) batch(text string) ([]item, error) {
	s := scanner{text: text}
	if !s.take('[') {
		return nil, s.fail("a batch is an array of events")
	}
	items := make([]item, 0, min(len(text)/200+1, MaxEvents))
	for first := true; ; first = false {
		more, err := s.element(first)
		if err != nil {
			return nil, err
		}
		if !more {
			return items, s.end()
		}
		if len(items) == MaxEvents {
			return nil, errTooMany
		}
		items = append(items, item{})
		if err := d.event(&s, &items[len(items)-1]); err != nil {
			return nil, err
		}
	}
}

// malformed returns the answer to a text that is not what its media type says.
func malformed(err error) error {
	if errors.Is(err, errTooMany) {
		return &problem{status: http.StatusRequestEntityTooLarge, code: "TOO_MANY_EVENTS", message: "A batch has at most 10,000 events. Nothing was stored."}
	}
	return &problem{status: http.StatusBadRequest, code: "MALFORMED", message: "The body is not JSON as announced: " + err.Error() + ". Nothing was stored."}
}

// serveSingle accepts one event in structured mode.
func (h *Events) serveSingle(w http.ResponseWriter, r *http.Request, mode tsdb.UsageMode) error {
	text, release, err := h.readAll(w, r)
	if err != nil {
		return err
	}
	defer release()
	items, s := make([]item, 1), scanner{text: text}
	if err := h.decoder(r.Context()).event(&s, &items[0]); err != nil {
		return malformed(err)
	}
	if err := s.end(); err != nil {
		return malformed(err)
	}
	return h.answerOne(w, r, items, mode)
}

// serveBinary accepts one event whose attributes are headers and whose data is the body.
func (h *Events) serveBinary(w http.ResponseWriter, r *http.Request, mode tsdb.UsageMode) error {
	text, release, err := h.readAll(w, r)
	if err != nil {
		return err
	}
	defer release()
	items, s := make([]item, 1), scanner{text: text}
	a := headerAttributes(r.Header, &items[0])
	if s.peek(); s.at < len(text) {
		if err := a.readData(&s, &items[0]); err != nil {
			return malformed(err)
		}
	}
	if err := s.end(); err != nil {
		return malformed(err)
	}
	h.decoder(r.Context()).assemble(&a, &items[0])
	return h.answerOne(w, r, items, mode)
}

// answerOne stores a single event. Its sender may look only at the status, so the status says what became of the event.
func (h *Events) answerOne(w http.ResponseWriter, r *http.Request, items []item, mode tsdb.UsageMode) error {
	results, err := h.submit(r.Context(), eventsPath, items, mode)
	if err != nil {
		return err
	}
	h.cfg.Charge(r.Context(), countRefused(results))
	status := http.StatusOK
	switch results[0].Status {
	case tsdb.UsageConflict:
		status = http.StatusConflict
	case tsdb.UsageRefused:
		status = http.StatusUnprocessableEntity
	}
	writeResults(w, status, items, results, h.cfg.RequestID(r.Context()))
	return nil
}

// writeResults answers with a result for each event, their counts, and the request's id.
func writeResults(w http.ResponseWriter, status int, items []item, results []tsdb.UsageResult, requestID string) {
	a := answers{buf: make([]byte, 0, 150*len(results)+200)}
	a.buf = append(a.buf, `{"results":[`...)
	for i := range results {
		if i > 0 {
			a.buf = append(a.buf, ',', '\n')
		}
		a.add("index", i, items[i].event.ID, &results[i])
	}
	b := a.appendCounts(append(a.buf, "],\n"...))
	if requestID != "" {
		b = appendText(append(b, `,"requestId":`...), requestID)
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_, _ = w.Write(append(b, "}\n"...))
}
