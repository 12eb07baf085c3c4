package ingest

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/snappy"

	"github.com/usagegraph/usagegraph/ingest/otlp"
	"github.com/usagegraph/usagegraph/ingest/remote"
	"github.com/usagegraph/usagegraph/tsdb"
)

// RemoteWrite is the endpoint POST /api/v1/write, which Prometheus writes to. It shares the limits and the access checks of Telemetry.
type RemoteWrite struct {
	*Telemetry
	mapping remote.Mapping
}

// NewRemoteWrite makes the endpoint beside one for telemetry.
func NewRemoteWrite(beside *Telemetry, mapping remote.Mapping) *RemoteWrite {
	return &RemoteWrite{beside, mapping.WithDefaults()}
}

// ServeHTTP accepts samples. Counters that are not usage are skipped. If something is refused for good, the answer is 400, after everything
// else in the request was accepted; if sending it again may succeed, it is 503.
func (h *RemoteWrite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	err := throttled()
	if h.cfg.Charge(r.Context(), 0) {
		err = h.serve(w, r)
	}
	if err != nil {
		h.cfg.Charge(r.Context(), priceOf(err))
		h.Events.refuse(w, r, err)
	}
}

// RefuseUnchecked answers a request whose caller cannot be checked now.
func (h *RemoteWrite) RefuseUnchecked(w http.ResponseWriter, r *http.Request) {
	h.Events.refuse(w, r, errUnchecked())
}

// versionOf returns the version of the protocol in which a request is written.
func versionOf(r *http.Request) (remote.Version, error) {
	media, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch message := parameters["proto"]; {
	case err != nil || media != "application/x-protobuf":
	case message == "" || message == "prometheus.WriteRequest":
		return remote.V1, nil
	case message == "io.prometheus.write.v2.Request":
		return remote.V2, nil
	}
	return 0, &problem{status: http.StatusUnsupportedMediaType, code: "UNSUPPORTED_MEDIA_TYPE",
		message: "Content-Type must be application/x-protobuf, with proto=prometheus.WriteRequest or proto=io.prometheus.write.v2.Request."}
}

func (h *RemoteWrite) serve(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return &problem{status: http.StatusMethodNotAllowed, code: "METHOD_NOT_ALLOWED", message: "Write samples by POST."}
	}
	version, err := versionOf(r)
	if err != nil {
		return err
	}
	if encoding := r.Header.Get("Content-Encoding"); !strings.EqualFold(encoding, "snappy") {
		return &problem{status: http.StatusUnsupportedMediaType, code: "UNSUPPORTED_MEDIA_TYPE", message: "Content-Encoding must be snappy, in its block format."}
	}
	packed, release, err := h.readPacked(w, r)
	if err != nil {
		return err
	}
	defer release()
	usages, tally, err := h.decode(r.Context(), packed, version)
	if err != nil {
		return err
	}
	told, err := h.store(r.Context(), usages)
	if err != nil {
		return err
	}
	h.cfg.Charge(r.Context(), told.refused)
	if version == remote.V2 { // what was skipped counts as written
		w.Header().Set("X-Prometheus-Remote-Write-Samples-Written", strconv.Itoa(max(0, tally.Samples-told.refused+told.kept)))
		w.Header().Set("X-Prometheus-Remote-Write-Histograms-Written", strconv.Itoa(tally.Histograms))
		w.Header().Set("X-Prometheus-Remote-Write-Exemplars-Written", strconv.Itoa(tally.Exemplars))
	}
	if told.refused > 0 {
		http.Error(w, told.message("samples", len(usages), 0)+" Everything else was taken.", http.StatusBadRequest)
		return nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// sizeAPoint is how many unpacked bytes cost as much as a refused event. They are paid for before they are examined.
const sizeAPoint = 2 << 10

// readPacked reads a packed body of at most MaxBody bytes, and makes sure that it does not unpack to more than that, or to far more than
// was sent.
func (h *RemoteWrite) readPacked(w http.ResponseWriter, r *http.Request) (packed []byte, release func(), err error) {
	if r.ContentLength > MaxBody {
		return nil, nil, tooLarge()
	}
	size := r.ContentLength
	if size < 0 {
		size = MaxBody
	}
	if release, err = h.reserve(r.Context(), size); err != nil {
		return nil, nil, err
	}
	deadlines := http.NewResponseController(w)
	_ = deadlines.SetReadDeadline(h.cfg.Clock().Add(inTime))
	packed, err = io.ReadAll(io.LimitReader(r.Body, MaxBody+1))
	switch unpacked, wrong := snappy.DecodedLen(packed); {
	case err != nil:
		err = unreadable(err)
	case len(packed) > MaxBody || wrong == nil && unpacked > MaxBody:
		err = tooLarge()
	case wrong != nil:
		err = notSnappy()
	case unpacked > maxLine+maxRatio*len(packed):
		err = &problem{status: http.StatusRequestEntityTooLarge, code: "BODY_TOO_LARGE", message: "The body unpacks to more than 100 times its size."}
	case !h.cfg.Charge(r.Context(), unpacked/sizeAPoint):
		err = throttled()
	}
	if err != nil {
		release()
		return nil, nil, err
	}
	_ = deadlines.SetReadDeadline(time.Time{})
	return packed, release, nil
}

func notSnappy() error {
	return &problem{status: http.StatusBadRequest, code: "MALFORMED", message: "The body is not packed by snappy in its block format. Nothing was stored."}
}

// decode decodes a body when there is memory for the result.
func (h *RemoteWrite) decode(ctx context.Context, packed []byte, version remote.Version) ([]remote.Usage, remote.Tally, error) {
	unpacked, _ := snappy.DecodedLen(packed) // checked before
	size := int64(unpacked) * otlp.Expansion
	waiting, cancel := context.WithTimeout(ctx, queueTime)
	defer cancel()
	if err := h.decoded.Acquire(waiting, size); err != nil {
		return nil, remote.Tally{}, overloaded()
	}
	defer h.decoded.Release(size)
	message, err := snappy.Decode(nil, packed)
	if err != nil {
		return nil, remote.Tally{}, notSnappy()
	}
	usages, tally, err := h.mapping.Read(string(message), version)
	switch {
	case errors.Is(err, remote.ErrMany):
		return nil, tally, &problem{status: http.StatusRequestEntityTooLarge, code: "TOO_MANY_EVENTS", message: "A request has at most 20,000 samples of usage. Nothing was stored."}
	case err != nil:
		return nil, tally, &problem{status: http.StatusBadRequest, code: "MALFORMED", message: "The body is not what its media type announces: " + err.Error() + ". Nothing was stored."}
	}
	return usages, tally, nil
}

// store counts what samples say.
func (h *RemoteWrite) store(ctx context.Context, usages []remote.Usage) (told refusals, err error) {
	d, only := h.decoder(ctx), h.only(ctx)
	items, samples := make([]item, len(usages)), make([]*tsdb.CounterSample, len(usages))
	for i := range usages {
		u := &usages[i]
		d.reported(&otlp.Usage{Account: otlp.Ref{Own: u.Account}, Target: otlp.Ref{Own: u.Target}, Event: u.Sample.Event, Fault: u.Fault}, only, &items[i])
		samples[i] = &u.Sample
	}
	return h.tell(ctx, "/api/v1/write", items, samples)
}
