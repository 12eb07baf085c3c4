package ingest

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/usagegraph/usagegraph/ingest/otlp"
	"github.com/usagegraph/usagegraph/tsdb"
)

// maxDecoded bounds the memory of telemetry being decoded: 256 MiB, enough for one body of the largest size.
const maxDecoded = otlp.Expansion * MaxBody

// Telemetry is an endpoint of OTLP/HTTP: POST /v1/traces or /v1/metrics. It shares the limits and the access checks of Events.
type Telemetry struct {
	*Events
	signal  otlp.Signal
	mapping otlp.Mapping
	only    func(ctx context.Context) int64
	decoded *semaphore.Weighted
}

// spansAPoint is how many unpacked bytes of telemetry cost as much as a refused event. They are paid for before they are decoded.
const spansAPoint = 512

// NewTelemetry makes both endpoints beside one for events. only returns the one account that a caller is bound to, whose telemetry need not
// name it; 0 if there are none or several.
func NewTelemetry(events *Events, mapping otlp.Mapping, only func(ctx context.Context) int64) (traces, metrics *Telemetry) {
	decoded, mapping := semaphore.NewWeighted(maxDecoded), mapping.WithDefaults()
	return &Telemetry{events, otlp.Traces, mapping, only, decoded}, &Telemetry{events, otlp.Metrics, mapping, only, decoded}
}

// ServeHTTP accepts telemetry. What is not usage is skipped; what is refused is reported as the protocol's partial success.
func (h *Telemetry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	err := throttled()
	if h.cfg.Charge(r.Context(), 0) {
		err = h.serve(w, r)
	}
	if err != nil {
		h.cfg.Charge(r.Context(), priceOf(err))
		h.refuse(w, r, err)
	}
}

// RefuseUnchecked answers a request whose caller cannot be checked now, in the protocol's form.
func (h *Telemetry) RefuseUnchecked(w http.ResponseWriter, r *http.Request) {
	h.refuse(w, r, errUnchecked())
}

// encodingOf returns how a request and its answer are encoded; "" for a media type that is not the protocol's.
func encodingOf(r *http.Request) otlp.Encoding {
	switch media, _ := mediaOf(r); otlp.Encoding(media) {
	case otlp.Protobuf:
		return otlp.Protobuf
	case otlp.JSON:
		return otlp.JSON
	}
	return ""
}

func (h *Telemetry) serve(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return &problem{status: http.StatusMethodNotAllowed, code: "METHOD_NOT_ALLOWED", message: "Send " + string(h.signal) + " by POST."}
	}
	in := encodingOf(r)
	if in == "" {
		return &problem{status: http.StatusUnsupportedMediaType, code: "UNSUPPORTED_MEDIA_TYPE",
			message: "Content-Type must be " + string(otlp.Protobuf) + " or " + string(otlp.JSON) + "."}
	}
	text, release, err := h.readAll(w, r)
	if err != nil {
		return err
	}
	defer release()
	if !h.cfg.Charge(r.Context(), len(text)/spansAPoint) { // most spans that programs send are not usage, and are work all the same
		return throttled()
	}
	report, err := h.read(r.Context(), text, in)
	if err != nil {
		return err
	}
	told, err := h.take(r.Context(), report.Usages)
	if err != nil {
		return err
	}
	h.cfg.Charge(r.Context(), told.refused)
	w.Header().Set("Content-Type", string(in))
	_, _ = w.Write(h.signal.Answer(in, int64(told.refused-told.kept), told.message(h.signal, len(report.Usages), report.Silent)))
	return nil
}

// read decodes a body when there is memory for the result.
func (h *Telemetry) read(ctx context.Context, text string, in otlp.Encoding) (otlp.Report, error) {
	size := int64(len(text)) * otlp.Expansion
	waiting, cancel := context.WithTimeout(ctx, queueTime)
	defer cancel()
	if err := h.decoded.Acquire(waiting, size); err != nil {
		return otlp.Report{}, overloaded()
	}
	defer h.decoded.Release(size)
	report, err := h.mapping.Read(h.signal, text, in)
	if err != nil {
		return otlp.Report{}, &problem{status: http.StatusBadRequest, code: "MALFORMED", message: "The body is not what its media type announces: " + err.Error() + ". Nothing was stored."}
	}
	return report, nil
}

// take stores what spans say in pieces, because a request may contain more spans than are stored together.
func (h *Telemetry) take(ctx context.Context, usages []otlp.Usage) (told refusals, err error) {
	d, only := h.decoder(ctx), h.only(ctx)
	for len(usages) > 0 {
		n := min(len(usages), MaxEvents)
		items, counted := make([]item, 0, n), make([]item, 0)
		var samples []*tsdb.CounterSample
		for i := range usages[:n] {
			var it item
			if d.reported(&usages[i], only, &it); usages[i].Counter == nil {
				items = append(items, it)
				continue
			}
			counted, samples = append(counted, it), append(samples, usages[i].Counter)
		}
		results, err := h.submit(ctx, "/v1/"+string(h.signal), items, tsdb.Record)
		if err != nil {
			return told, err
		}
		for i := range results {
			told.add(&items[i].event, &results[i])
		}
		grown, err := h.tell(ctx, "/v1/"+string(h.signal), counted, samples)
		if err != nil {
			return told, err
		}
		told.join(grown)
		usages = usages[n:]
	}
	return told, nil
}

// tell counts samples and returns what was refused.
func (h *Telemetry) tell(ctx context.Context, endpoint string, items []item, samples []*tsdb.CounterSample) (told refusals, err error) {
	if len(items) == 0 {
		return told, nil
	}
	done, err := h.count(ctx, endpoint, items, samples)
	for i := range done.results {
		told.add(&done.events[i], &done.results[i])
	}
	told.kept = done.kept
	return told, err
}

// reported makes an event from what telemetry reports.
func (d *decoder) reported(u *otlp.Usage, only int64, it *item) {
	it.event = u.Event
	if u.Fault != "" {
		it.refuse(Malformed, u.Fault)
	}
	switch {
	case u.Account.IsZero() && only != 0:
		it.event.AccountID = only
	case u.Account.IsZero():
		it.refuse(tsdb.UnknownAccount, "neither it nor its resource names an account, by usagegraph.account or another attribute that is set up for it")
	default:
		d.ofAccount(&attributes{account: u.Account.ID, ownAccount: u.Account.Own}, it)
	}
	kind := ModelID
	if u.Event.Kind == tsdb.ToolRun {
		kind = ToolID
	}
	it.event.ResourceID, it.event.ResourceExternal = d.target(kind, either(u.Target.ID, u.Target.Own, kind, it))
	if !u.Deployment.IsZero() {
		it.event.DeploymentID, it.event.DeploymentExternal = d.target(DeploymentID, either(u.Deployment.ID, u.Deployment.Own, DeploymentID, it))
	}
}

// refuse answers a request with its problem, in the protocol's form. Clients of the protocol retry after 429 and 503 (and 502, 504).
func (h *Telemetry) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := *h.problemOf(r.Context(), err)
	if p.status == http.StatusRequestTimeout {
		w.Header().Set("Connection", "close") // the rest would be taken for the next request
		p.status, p.retryAfter = http.StatusServiceUnavailable, "1"
	}
	if p.retryAfter != "" {
		w.Header().Set("Retry-After", p.retryAfter)
	}
	in := cmp.Or(encodingOf(r), otlp.JSON)
	w.Header().Set("Content-Type", string(in))
	w.WriteHeader(p.status)
	_, _ = w.Write(otlp.Refusal(in, p.status, p.code+": "+p.message))
}

// refusals counts what was refused and keeps one reason of each kind.
type refusals struct {
	refused int
	kept    int              // of these: growth of counters that is stored once its target is registered
	codes   []tsdb.UsageCode // in order of first occurrence
	of      map[tsdb.UsageCode]*reason
}

type reason struct {
	count int
	first string // of the first event refused for it
}

// conflict is the code of an event under whose identity a different one is stored.
const conflict tsdb.UsageCode = "CONFLICT"

func (t *refusals) add(e *tsdb.UsageEvent, r *tsdb.UsageResult) {
	code := r.Code
	switch r.Status {
	case tsdb.UsageRefused:
	case tsdb.UsageConflict:
		code = conflict
	default:
		return
	}
	t.refused++
	if t.of == nil {
		t.of = map[tsdb.UsageCode]*reason{}
	}
	if t.of[code] == nil {
		t.codes = append(t.codes, code)
		t.of[code] = &reason{first: firstOf(e, r)}
	}
	t.of[code].count++
}

// maxShown bounds how many bytes of a span a message repeats.
const maxShown = 100

func firstOf(e *tsdb.UsageEvent, r *tsdb.UsageResult) string {
	target := strings.ToValidUTF8(e.ResourceExternal[:min(maxShown, len(e.ResourceExternal))], "")
	return fmt.Sprintf("%s; %s, %q", r.Message, e.ID, target)
}

// join adds what was refused elsewhere.
func (t *refusals) join(other refusals) {
	for _, code := range other.codes {
		if t.of == nil {
			t.of = map[tsdb.UsageCode]*reason{}
		}
		if t.of[code] == nil {
			t.codes, t.of[code] = append(t.codes, code), &reason{first: other.of[code].first}
		}
		t.of[code].count += other.of[code].count
	}
	t.refused += other.refused
	t.kept += other.kept
}

// message tells the exporter what was not counted.
func (t *refusals) message(signal otlp.Signal, usages, silent int) string {
	var b strings.Builder
	if t.refused > 0 {
		fmt.Fprintf(&b, "%d of %d %s with usage were refused:", t.refused, usages, signal)
		for _, code := range t.codes {
			fmt.Fprintf(&b, " %d %s (%s).", t.of[code].count, code, t.of[code].first)
		}
	}
	if t.kept > 0 {
		fmt.Fprintf(&b, " %d of them are kept for %d days, and counted as soon as what they name is registered.", t.kept, tsdb.CounterPatience/(24*time.Hour))
	}
	if silent > 0 {
		fmt.Fprintf(&b, " %d spans of inference tell no gen_ai.usage tokens: nothing was counted for them.", silent)
	}
	return strings.TrimSpace(b.String())
}
