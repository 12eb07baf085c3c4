package ingest

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Bounds of a request.
const (
	MaxBody   = 8 << 20   // bytes of an unpacked body; a stream has no such bound
	MaxEvents = 10_000    // events of a batch
	maxMemory = 128 << 20 // bytes of bodies in memory at once
	inTime    = 30 * time.Second
	queueTime = 5 * time.Second
)

// Config configures the endpoint. All fields but Counters, Log, Noted and Refusals are required.
type Config struct {
	// Batcher stores events.
	Batcher *tsdb.Batcher
	// Refusals remembers refused events; nil: nothing does.
	Refusals *tsdb.RefusalLog
	// KeyOf decodes opaque ids.
	KeyOf KeyOf
	// Authorize reports whether the caller may report usage of an account. An account that it denies is answered as if it did not exist.
	Authorize func(ctx context.Context, account int64) bool
	// Accounts finds accounts by their own ids among those that the caller may know of; unknown ones are missing from the result.
	Accounts func(ctx context.Context, externalIDs []string) (map[string]int64, error)
	// Void voids events of an account, at most tsdb.MaxVoids, as tsdb.Store.VoidEvents does.
	Void func(ctx context.Context, account int64, ids []tsdb.EventID) ([]tsdb.VoidResult, error)
	// Counters keep the last values of cumulative metrics, as tsdb.Store does; nil: there are no metrics.
	Counters Counters
	// Charge charges the caller for a number of refused events, which may be 0, and reports whether the caller may send more.
	Charge func(ctx context.Context, refused int) bool
	// RequestID returns the id that errors carry.
	RequestID func(ctx context.Context) string
	// Noted is told of each request that is refused or fails as a whole: the code that the caller is shown, and the fault, if it was one, which
	// is in the log already; may be nil.
	Noted func(ctx context.Context, code string, fault error)
	// Clock sets the deadlines of slow clients.
	Clock func() time.Time
	// Log receives faults; nil: slog.Default.
	Log *slog.Logger
}

// Events is the endpoint POST /v1/events. Whether a caller may use it at all was decided before.
type Events struct {
	cfg    Config
	memory *semaphore.Weighted
}

// NewEvents makes the endpoint. All required fields of the Config must be set.
func NewEvents(cfg Config) (*Events, error) {
	if cfg.Batcher == nil || cfg.KeyOf == nil || cfg.Authorize == nil || cfg.Accounts == nil || cfg.Void == nil || cfg.Charge == nil || cfg.RequestID == nil || cfg.Clock == nil {
		return nil, errors.New("ingest: Config needs Batcher, KeyOf, Authorize, Accounts, Void, Charge, RequestID and Clock")
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Events{cfg: cfg, memory: semaphore.NewWeighted(maxMemory)}, nil
}

// The media types that the endpoint accepts. Any other JSON type with ce-specversion means binary mode.
const (
	singleType = "application/cloudevents+json"
	batchType  = "application/cloudevents-batch+json"
	streamType = "application/x-ndjson"
	jsonType   = "application/json"
)

// ServeHTTP accepts events in the mode given by the Content-Type (CloudEvents HTTP binding, section 3) and answers each.
func (h *Events) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	err := throttled()
	if h.cfg.Charge(r.Context(), 0) {
		err = h.serve(w, r)
	}
	if err != nil {
		h.cfg.Charge(r.Context(), priceOf(err))
		h.refuse(w, r, err)
	}
}

func (h *Events) serve(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return &problem{status: http.StatusMethodNotAllowed, code: "METHOD_NOT_ALLOWED", message: "Send events by POST."}
	}
	mode, err := modeOf(r)
	if err != nil {
		return err
	}
	if r.ContentLength == 0 && r.Header.Get("Content-Type") == "" && r.Header.Get("Ce-Specversion") != "" {
		return h.serveBinary(w, r, mode) // an event without data has no media type
	}
	media, err := mediaOf(r)
	if err != nil {
		return err
	}
	switch {
	case media == streamType:
		return h.serveStream(w, r, mode)
	case media == batchType:
		return h.serveBatch(w, r, mode)
	case media == singleType:
		return h.serveSingle(w, r, mode)
	case isJSONType(media) && r.Header.Get("Ce-Specversion") != "":
		return h.serveBinary(w, r, mode)
	}
	w.Header().Set("Accept-Post", singleType+", "+batchType+", "+streamType)
	return &problem{status: http.StatusUnsupportedMediaType, code: "UNSUPPORTED_MEDIA_TYPE", message: "Content-Type must be " + singleType + ", " +
		batchType + " or " + streamType + ", or " + jsonType + " with the attributes in ce- headers."}
}

// mediaOf returns the media type of a body in UTF-8, which is JSON's only encoding.
func mediaOf(r *http.Request) (string, error) {
	text, refuse := r.Header.Get("Content-Type"), func(message string) (string, error) {
		return "", &problem{status: http.StatusUnsupportedMediaType, code: "UNSUPPORTED_MEDIA_TYPE", message: message}
	}
	media, params, err := mime.ParseMediaType(text)
	charset, given := params["charset"]
	switch {
	case text == "":
		return refuse("Content-Type is missing.")
	case err != nil:
		return refuse("Content-Type is no media type, or its parameters are malformed.")
	case given && !strings.EqualFold(charset, "utf-8"):
		return refuse("The charset in Content-Type is not utf-8.")
	}
	return media, nil
}

// body opens the request's body, unpacked if it is gzip.
func body(r *http.Request) (io.Reader, error) {
	switch encoding := r.Header.Get("Content-Encoding"); {
	case encoding == "" || strings.EqualFold(encoding, "identity"):
		return r.Body, nil
	case !strings.EqualFold(encoding, "gzip"):
		return nil, &problem{status: http.StatusUnsupportedMediaType, code: "UNSUPPORTED_MEDIA_TYPE", message: "Content-Encoding may be gzip or identity."}
	}
	sent := &counting{in: r.Body}
	unpacked, err := gzip.NewReader(sent)
	if err != nil {
		return nil, unreadable(err)
	}
	return &unpacking{in: unpacked, sent: sent}, nil
}

// maxRatio is how many bytes a compressed byte may unpack to, beyond the first maxLine. A byte of gzipped events unpacks to 5 to 30 bytes;
// 1,000 only come from an attacker.
const maxRatio = 100

// counting counts the bytes read.
type counting struct {
	in io.Reader
	n  int64
}

// Read implements io.Reader.
func (c *counting) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

// unpacking is a body that must not unpack to far more than was sent.
type unpacking struct {
	in   io.Reader
	sent *counting
	n    int64
}

// Read implements io.Reader.
func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	if u.n += int64(n); u.n > maxLine+maxRatio*u.sent.n {
		return 0, &problem{status: http.StatusRequestEntityTooLarge, code: "BODY_TOO_LARGE", message: "The body unpacks to more than 100 times its size."}
	}
	return n, err
}

// ErrSignedOut is the error of reading a request's body after its credential has ended.
var ErrSignedOut = errors.New("ingest: the credential has ended")

// unreadable returns the problem of a body that could not be read to its end.
func unreadable(err error) error {
	if errors.Is(err, tsdb.ErrStopped) || errors.Is(err, ErrSignedOut) {
		return err // the server stops reading streams when it shuts down, and when their credential ends
	}
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	if isTimeout(err) {
		return &problem{status: http.StatusRequestTimeout, code: "REQUEST_TIMEOUT", message: "The body did not arrive in time."}
	}
	return &problem{status: http.StatusBadRequest, code: "BAD_REQUEST", message: "The body could not be read."}
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

func tooLarge() error {
	return &problem{status: http.StatusRequestEntityTooLarge, code: "BODY_TOO_LARGE",
		message: "A body has at most 8 MiB. Send more as several requests, or as a stream of " + streamType + "."}
}

// readAll reads a whole body of at most MaxBody bytes. release returns its memory.
func (h *Events) readAll(w http.ResponseWriter, r *http.Request) (text string, release func(), err error) {
	if r.ContentLength > MaxBody {
		return "", nil, tooLarge()
	}
	size := r.ContentLength
	if size < 0 || r.Header.Get("Content-Encoding") != "" {
		size = MaxBody
	}
	if release, err = h.reserve(r.Context(), size); err != nil {
		return "", nil, err
	}
	if text, err = h.readText(w, r, size); err != nil {
		release()
		return "", nil, err
	}
	return text, release, nil
}

// reserve waits a short time for memory.
func (h *Events) reserve(ctx context.Context, size int64) (release func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, queueTime)
	defer cancel()
	if err := h.memory.Acquire(ctx, size); err != nil {
		return nil, overloaded()
	}
	return func() { h.memory.Release(size) }, nil
}

func overloaded() error {
	return &problem{status: http.StatusServiceUnavailable, code: "OVERLOADED", message: "Too much is coming in at once. Nothing was stored; try again.", retryAfter: "1"}
}

const copiedAtOnce = 32 << 10 // bytes

// parts are the buffers of readText. A new one for each request would be more than half of the garbage of a request with one event.
var parts = sync.Pool{New: func() any { return new([copiedAtOnce]byte) }}

func (h *Events) readText(w http.ResponseWriter, r *http.Request, size int64) (string, error) {
	deadlines := http.NewResponseController(w)
	_ = deadlines.SetReadDeadline(h.cfg.Clock().Add(inTime)) // a writer that cannot do this has no connection to hold
	in, err := body(r)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if r.ContentLength >= 0 {
		b.Grow(int(min(size, r.ContentLength)))
	}
	part := parts.Get().(*[copiedAtOnce]byte)
	n, err := io.CopyBuffer(&b, io.LimitReader(in, MaxBody+1), part[:])
	parts.Put(part)
	switch {
	case err != nil:
		return "", unreadable(err)
	case n > MaxBody:
		return "", tooLarge()
	}
	_ = deadlines.SetReadDeadline(time.Time{}) // after a failure the deadline keeps net/http from waiting for the rest
	return withoutMark(b.String()), nil
}

// refuse answers a request with its problem. If a part of the answer was already sent, the problem ends it.
func (h *Events) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := h.problemOf(r.Context(), err)
	if p.retryAfter != "" {
		w.Header().Set("Retry-After", p.retryAfter)
	}
	if p.status == http.StatusRequestTimeout {
		w.Header().Set("Connection", "close") // the rest would be taken for the next request
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(p.status)
	_, _ = w.Write(p.document(h.cfg.RequestID(r.Context())))
}

// decoder makes a decoder for one caller.
func (h *Events) decoder(ctx context.Context) *decoder {
	return newDecoder(h.cfg.KeyOf, func(account int64) bool { return h.cfg.Authorize(ctx, account) })
}

// findAccounts replaces own ids of accounts by keys, looked up in one statement. An account that the caller may not report for is answered
// as if it did not exist.
func (h *Events) findAccounts(ctx context.Context, items []item) error {
	var asked []string
	seen := map[string]int64{}
	for i := range items {
		if own := items[i].account; own != "" {
			if _, met := seen[own]; !met {
				seen[own], asked = 0, append(asked, own)
			}
		}
	}
	if len(asked) == 0 {
		return nil
	}
	found, err := h.cfg.Accounts(ctx, asked)
	if err != nil {
		return fmt.Errorf("find accounts of events: %w", err)
	}
	for own := range seen {
		if key := found[own]; key != 0 && h.cfg.Authorize(ctx, key) {
			seen[own] = key
		}
	}
	for i := range items {
		if own := items[i].account; own != "" {
			if items[i].event.AccountID = seen[own]; seen[own] == 0 {
				items[i].refuse(tsdb.UnknownAccount, "there is no such account")
			}
		}
	}
	return nil
}

// eventsPath is the endpoint of CloudEvents.
const eventsPath = "/v1/events"

// submit stores the items without fault and returns a result for each item, in order. Refusals are remembered with the endpoint.
func (h *Events) submit(ctx context.Context, endpoint string, items []item, mode tsdb.UsageMode) ([]tsdb.UsageResult, error) {
	if err := h.findAccounts(ctx, items); err != nil {
		return nil, err
	}
	events := make([]tsdb.UsageEvent, 0, len(items))
	for i := range items {
		if items[i].isUsage() {
			events = append(events, items[i].event)
		}
	}
	results := make([]tsdb.UsageResult, len(items))
	var stored []tsdb.UsageResult
	if len(events) > 0 {
		var err error
		if stored, err = h.cfg.Batcher.Submit(ctx, events, mode); err != nil {
			return nil, fmt.Errorf("submit %d events: %w", len(events), err)
		}
	}
	for i := range items {
		if results[i] = items[i].fault; items[i].isUsage() {
			results[i], stored = stored[0], stored[1:]
		}
	}
	err := h.void(ctx, items, results)
	for i := range items {
		h.noteRefusal(endpoint, &items[i].event, &results[i])
	}
	return results, err
}
