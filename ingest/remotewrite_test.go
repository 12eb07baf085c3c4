package ingest

import (
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/usagegraph/usagegraph/ingest/remote"
	"github.com/usagegraph/usagegraph/tsdb"
)

// series is a series as a test writes it: labels, and values by seconds ago.
type series struct {
	labels  map[string]string
	samples map[int]float64
	created int // seconds ago; 0: not told
}

func field(b []byte, number protowire.Number, inner []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), inner)
}

// samplesOf writes samples, latest last. They have the same form in both versions.
func samplesOf(b []byte, s series, now time.Time) []byte {
	for _, ago := range slices.Backward(slices.Sorted(maps.Keys(s.samples))) {
		inner := protowire.AppendFixed64(protowire.AppendTag(nil, 1, protowire.Fixed64Type), math.Float64bits(s.samples[ago]))
		inner = protowire.AppendVarint(protowire.AppendTag(inner, 2, protowire.VarintType), uint64(now.UnixMilli()-int64(ago)*1000))
		b = field(b, 2, inner)
	}
	return b
}

func first(now time.Time, all ...series) (b []byte) {
	for _, s := range all {
		var inner []byte
		for name, value := range s.labels {
			inner = field(inner, 1, field(field(nil, 1, []byte(name)), 2, []byte(value)))
		}
		b = field(b, 1, samplesOf(inner, s, now))
	}
	return b
}

func second(now time.Time, all ...series) (b []byte) {
	b = field(b, 4, nil)
	symbols := 1
	for _, s := range all {
		var refs, inner []byte
		for name, value := range s.labels {
			b = field(field(b, 4, []byte(name)), 4, []byte(value))
			refs = protowire.AppendVarint(protowire.AppendVarint(refs, uint64(symbols)), uint64(symbols+1))
			symbols += 2
		}
		inner = samplesOf(field(inner, 1, refs), s, now)
		if s.created > 0 {
			inner = protowire.AppendVarint(protowire.AppendTag(inner, 6, protowire.VarintType), uint64(now.UnixMilli()-int64(s.created)*1000))
		}
		b = field(b, 5, field(inner, 5, nil))
	}
	return b
}

// written is an endpoint that Prometheus writes to.
type written struct {
	*traced
	endpoint *RemoteWrite
}

func newWritten(t *testing.T) *written {
	f := newTraced(t)
	return &written{f, NewRemoteWrite(f.metrics, remote.Mapping{Tokens: []string{"llm_tokens_total", "llm_prompt_tokens_total:input"}, Runs: []string{"tool_runs_total"}})}
}

const v2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request"

func (w *written) write(media string, message []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "/api/v1/write", strings.NewReader(string(snappy.Encode(nil, message))))
	r.Header.Set("Content-Type", media)
	r.Header.Set("Content-Encoding", "snappy")
	answer := httptest.NewRecorder()
	w.endpoint.ServeHTTP(answer, r)
	return answer
}

func (w *written) sums() (input, output, runs int64) {
	w.t.Helper()
	w.must(w.pool.QueryRow(w.t.Context(), "SELECT coalesce(sum(input_tokens), 0)::bigint, coalesce(sum(output_tokens), 0)::bigint, coalesce(sum(runs), 0)::bigint FROM usage_event").Scan(&input, &output, &runs))
	return input, output, runs
}

func labels(name string, more ...string) map[string]string {
	l := map[string]string{"__name__": name, "account": "acme", "instance": "a:1"}
	for i := 0; i < len(more); i += 2 {
		l[more[i]] = more[i+1]
	}
	return l
}

// Counters of tokens and runs in both versions, with restarts, ends of series, late samples, a pair of Prometheuses, and everything sent
// twice.
func TestRemoteWrite(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]struct {
		media string
		of    func(time.Time, ...series) []byte
	}{"1.0": {"application/x-protobuf", first}, "2.0": {v2, second}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, now := newWritten(t), time.Now()
			stale := math.Float64frombits(0x7ff0000000000002)
			input := labels("llm_tokens_total", "model", "gpt-5", "type", "input")
			pair := func(replica string) map[string]string {
				return labels("llm_prompt_tokens_total", "model", "gpt-5", "prometheus_replica", replica)
			}
			messages := [][]byte{
				write.of(now, series{input, map[int]float64{60: 100, 45: 150}, 0}, series{labels("llm_tokens_total", "model", "gpt-5", "type", "output"), map[int]float64{60: 0, 45: 7}, 0},
					series{labels("tool_runs_total", "tool", "search"), map[int]float64{60: 5, 45: 8, 30: 2}, 0}, series{labels("up"), map[int]float64{60: 1}, 0}),
				write.of(now, series{input, map[int]float64{30: 160, 20: stale}, 0}, series{input, map[int]float64{50: 120}, 0}), // the last one is late
				write.of(now, series{pair("a"), map[int]float64{60: 10, 30: 20}, 0}),
				write.of(now, series{pair("b"), map[int]float64{58: 10, 28: 19}, 0}),
				write.of(now, series{pair("a"), map[int]float64{10: 30}, 0}),
			}
			for range 2 {
				for i, m := range messages {
					if a := w.write(write.media, m); a.Code != http.StatusNoContent {
						t.Fatalf("message %d: %d %s", i, a.Code, a.Body)
					}
				}
			}
			if in, out, runs := w.sums(); in != 60+20 || out != 7 || runs != 5 {
				t.Errorf("%d in, %d out, %d runs", in, out, runs)
			}
		})
	}
}

// In version 2.0 a series says when its counter began, so its first sample counts.
func TestRemoteWriteOfABeginning(t *testing.T) {
	t.Parallel()
	w, now := newWritten(t), time.Now()
	for range 2 {
		a := w.write(v2, second(now, series{labels("llm_tokens_total", "model", "gpt-5", "type", "input"), map[int]float64{60: 100, 30: 110}, 90}, series{labels("up"), map[int]float64{60: 1}, 0}))
		if a.Code != http.StatusNoContent || a.Header().Get("X-Prometheus-Remote-Write-Samples-Written") != "3" || a.Header().Get("X-Prometheus-Remote-Write-Histograms-Written") != "0" {
			t.Errorf("%d %v %s", a.Code, a.Header(), a.Body)
		}
	}
	if in, _, _ := w.sums(); in != 110 {
		t.Error(in)
	}
}

// Whether a start time is given may change while a counter runs: with the version of the protocol, or from one Prometheus of a pair to the
// other. It stays one counter.
func TestRemoteWriteWithAndWithoutABeginning(t *testing.T) {
	t.Parallel()
	w, now := newWritten(t), time.Now()
	is := func(created int, samples map[int]float64) series {
		return series{labels("llm_tokens_total", "model", "gpt-5", "type", "input"), samples, created}
	}
	for i, c := range []struct {
		media   string
		message []byte
		want    int64 // of all of it
	}{
		{"application/x-protobuf", first(now, is(0, map[int]float64{60: 100, 50: 150})), 50},
		{v2, second(now, is(600, map[int]float64{45: 160})), 60},
		{"application/x-protobuf", first(now, is(0, map[int]float64{40: 170})), 70},
		{v2, second(now, is(600, map[int]float64{35: 175})), 75},
		{v2, second(now, is(30, map[int]float64{20: 200})), 275}, // it began again, and has passed its old value
		{v2, second(now, is(29, map[int]float64{10: 205})), 280}, // a start time that is computed anew each time
	} {
		for range 2 {
			if a := w.write(c.media, c.message); a.Code != http.StatusNoContent {
				t.Errorf("%d: %d %s", i, a.Code, a.Body)
			}
		}
		if in, _, _ := w.sums(); in != c.want {
			t.Errorf("%d: %d, want %d", i, in, c.want)
		}
	}
}

func TestRemoteWriteRefuses(t *testing.T) {
	t.Parallel()
	w, now := newWritten(t), time.Now()
	good := series{labels("llm_tokens_total", "model", "gpt-5", "type", "input"), map[int]float64{60: 100, 30: 110}, 90}
	a := w.write(v2, second(now, good,
		series{labels("llm_tokens_total", "model", "gpt-5", "type", "thought"), map[int]float64{60: 1}, 0}, series{labels("llm_tokens_total", "model", "gpt-5", "type", "input", "account", "nobody"), map[int]float64{60: 1}, 0},
		series{labels("tool_runs_total", "tool", "search"), map[int]float64{60: 1.5}, 0}, series{labels("tool_runs_total", "tool", "search", "x", "y"), map[int]float64{-3600: 5}, 0}))
	if a.Code != http.StatusBadRequest || a.Header().Get("X-Prometheus-Remote-Write-Samples-Written") != "2" || !strings.Contains(a.Body.String(), "UNKNOWN_ACCOUNT") || !strings.Contains(a.Body.String(), "TIME_AHEAD") {
		t.Errorf("%d %v %s", a.Code, a.Header(), a.Body)
	}
	if in, _, _ := w.sums(); in != 110 {
		t.Error(in)
	}
	many := series{labels: labels("llm_tokens_total", "model", "gpt-5", "type", "input"), samples: map[int]float64{}}
	for i := range 20_001 {
		many.samples[i] = 1
	}
	for name, c := range map[string]struct {
		media, encoding, body string
		status                int
	}{
		"media": {"application/json", "snappy", "", 415}, "proto": {"application/x-protobuf;proto=other", "snappy", "", 415}, "encoding": {v2, "gzip", "", 415}, "framed": {v2, "snappy", "\xff\x06\x00\x00sNaPpY", 400},
		"no message": {v2, "snappy", string(snappy.Encode(nil, []byte("hello"))), 400}, "symbols": {v2, "snappy", string(snappy.Encode(nil, field(nil, 5, field(nil, 1, []byte{9, 9})))), 400},
		"bomb": {v2, "snappy", string(snappy.Encode(nil, make([]byte, 7<<20))), 400}, "claims to be large": {v2, "snappy", string(protowire.AppendVarint(nil, 7<<20)) + "x", 413},
		"too large": {v2, "snappy", string(snappy.Encode(nil, make([]byte, 9<<20))), 413}, "many": {"application/x-protobuf", "snappy", string(snappy.Encode(nil, first(now, many))), 413},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/write", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.media)
		r.Header.Set("Content-Encoding", c.encoding)
		answer := httptest.NewRecorder()
		before := w.refused.Load()
		if w.endpoint.ServeHTTP(answer, r); answer.Code != c.status || w.refused.Load() == before {
			t.Errorf("%s: %d %s, charged %d", name, answer.Code, answer.Body, w.refused.Load()-before)
		}
	}
	w.mayRefuse = 0
	if a := w.write(v2, second(now, good)); a.Code != http.StatusTooManyRequests || a.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v", a.Code, a.Header())
	}
}

// What is unpacked is paid for before it is examined, whatever it turns out to be.
func TestRemoteWriteIsPaidByItsSize(t *testing.T) {
	t.Parallel()
	w := newWritten(t)
	var others []series
	for i := range 5_000 {
		others = append(others, series{labels: labels("http_requests_total", "path", strings.Repeat("/x", 100)+strconv.Itoa(i)), samples: map[int]float64{1: 1}})
	}
	message := first(time.Now(), others...)
	if a := w.write("application/x-protobuf", message); a.Code != http.StatusNoContent || w.refused.Load() != int64(len(message)/sizeAPoint) || w.refused.Load() < 30 {
		t.Errorf("%d, charged %d for %d bytes", a.Code, w.refused.Load(), len(message))
	}
}

// Growth for a model that is not registered is kept: the sender is told once a minute, the refusals list it once, and it is counted when the
// model exists.
func TestRemoteWriteOfAnUnknownModel(t *testing.T) {
	t.Parallel()
	w, now := newWritten(t), time.Now()
	unknown := func(ago int, value float64) series {
		return series{labels("llm_tokens_total", "model", "gpt-6", "type", "input"), map[int]float64{ago: value}, 90}
	}
	a := w.write(v2, second(now, unknown(60, 100)))
	if a.Code != http.StatusBadRequest || a.Header().Get("X-Prometheus-Remote-Write-Samples-Written") != "1" || !strings.Contains(a.Body.String(), "1 of them are kept for 30 days") {
		t.Errorf("%d %v %s", a.Code, a.Header(), a.Body)
	}
	if a = w.write(v2, second(now, unknown(30, 110))); a.Code != http.StatusNoContent {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	w.refusals.Flush(t.Context())
	listed, err := w.Refusals(t.Context(), w.account, tsdb.RefusalFilter{Endpoint: new("/api/v1/write")}, tsdb.Page{Limit: 10}, false)
	w.must(err)
	if len(listed.Rows) != 1 || listed.Rows[0].Code != tsdb.UnknownModel || listed.Rows[0].Source != remote.Source {
		t.Errorf("%+v", listed.Rows)
	}
	_, err = w.RegisterModel(t.Context(), tsdb.NewModel{Own: tsdb.Own{ExternalID: "gpt-6"}, AccountID: w.account, Name: "GPT"})
	w.must(err)
	for range 2 {
		_, err = w.pool.Exec(t.Context(), "UPDATE counter_delta SET noted_at = noted_at - interval '2 minutes'")
		w.must(err)
		_, err = w.SweepCounters(t.Context(), 1000)
		w.must(err)
	}
	if in, _, _ := w.sums(); in != 110 {
		t.Error(in)
	}
}

// Labels say who and what a counter is for.
func TestRemoteWriteSaysForWhom(t *testing.T) {
	t.Parallel()
	w, now := newWritten(t), time.Now()
	w.endpoint = NewRemoteWrite(w.metrics, remote.Mapping{Runs: []string{"tool_runs_total"}, Tags: []string{"env"}})
	for range 2 {
		a := w.write(v2, second(now, series{labels("tool_runs_total", "tool", "search", "user_id", "ann", "usagegraph_api_key", "ci", "usagegraph_tag_team", "search", "env", "prod", "api_key", "secret"), map[int]float64{30: 3}, 90}))
		if a.Code != http.StatusNoContent {
			t.Fatalf("%d %s", a.Code, a.Body)
		}
	}
	var said string
	w.must(w.pool.QueryRow(t.Context(), `SELECT runs || ' ' || user_id || ' ' || api_key || ' ' || tags FROM usage_event`).Scan(&said))
	if said != `3 ann ci {"env": "prod", "team": "search"}` {
		t.Error(said)
	}
}
