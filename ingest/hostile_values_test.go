package ingest

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// says posts OTLP's JSON.
func (f *traced) says(path string, endpoint http.Handler, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(f.t.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	a := httptest.NewRecorder()
	endpoint.ServeHTTP(a, r)
	return a
}

const ofAcme = `"resource":{"attributes":[{"key":"usagegraph.account.external_id","value":{"stringValue":"acme"}}]}`

// A value that is not a quantity or not a time is refused beside valid ones, whoever sends it. Nothing of it is stored, and nothing ends in
// a fault.
func TestHostileSpansAndMetrics(t *testing.T) {
	t.Parallel()
	f, now := newTraced(t), time.Now().Add(-time.Minute).UnixNano()
	span := func(id int, at, tokens string) string {
		return fmt.Sprintf(`{"traceId":"%032x","spanId":"%016x","endTimeUnixNano":%s,"attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},
			{"key":"gen_ai.request.model","value":{"stringValue":"gpt-5"}},{"key":"gen_ai.usage.input_tokens","value":%s}]}`, id, id, at, tokens)
	}
	point := func(id int, from, to, sum string) string {
		return fmt.Sprintf(`{"attributes":[{"key":"gen_ai.request.model","value":{"stringValue":"gpt-5"}},{"key":"gen_ai.token.type","value":{"stringValue":"input"}},{"key":"n","value":{"intValue":"%d"}}],
			"startTimeUnixNano":%s,"timeUnixNano":%s,"count":"1","sum":%s}`, id, from, to, sum)
	}
	good, id := fmt.Sprintf(`"%d"`, now), 10
	numbers := []string{`"NaN"`, `"Infinity"`, `"-Infinity"`, `-1`, `0.5`, `1e300`, `-1e300`}
	times := []string{`"0"`, `"18446744073709551615"`, `"9223372036854775807"`, `"1"`}
	var spans, deltas, sums []string
	for _, n := range numbers {
		id++
		spans = append(spans, span(id, good, `{"doubleValue":`+n+`}`))
		deltas, sums = append(deltas, point(id, good, good, n)), append(sums, point(100+id, good, good, n))
	}
	for _, n := range []string{`"-1"`, `"9223372036854775807"`, `"-9223372036854775808"`} {
		id++
		spans = append(spans, span(id, good, `{"intValue":`+n+`}`))
	}
	for _, at := range times {
		id++
		spans = append(spans, span(id, at, `{"intValue":"5"}`))
		deltas = append(deltas, point(id, at, at, "5"))
		if at != times[3] { // a sum from 1970 is an old one: it may begin there
			sums = append(sums, point(100+id, at, at, "5"))
		}
	}
	metrics := func(temporality int, points []string) string {
		return fmt.Sprintf(`{"resourceMetrics":[{%s,"scopeMetrics":[{"metrics":[{"name":"gen_ai.client.token.usage","histogram":{"aggregationTemporality":%d,"dataPoints":[%s]}}]}]}]}`, ofAcme, temporality,
			strings.Join(points, ","))
	}
	for name, c := range map[string]struct {
		path     string
		endpoint http.Handler
		body     string
		refused  int
	}{
		"spans":  {"/v1/traces", f.traces, `{"resourceSpans":[{` + ofAcme + `,"scopeSpans":[{"spans":[` + strings.Join(append(spans, span(1, good, `{"intValue":"7"}`)), ",") + `]}]}]}`, len(spans)},
		"deltas": {"/v1/metrics", f.metrics, metrics(1, append(deltas, point(1, good, good, "7"))), len(deltas)},
		"sums":   {"/v1/metrics", f.metrics, metrics(2, append(sums, point(2, good, good, "7"))), len(sums)},
	} {
		a := f.says(c.path, c.endpoint, c.body)
		if a.Code != http.StatusOK || !strings.Contains(a.Body.String(), fmt.Sprintf(`"%d"`, c.refused)) {
			t.Errorf("%s: %d of them are no usage: %d %s", name, c.refused, a.Code, a.Body)
		}
	}
	var input int
	f.must(f.pool.QueryRow(t.Context(), "SELECT sum(input_tokens) FROM usage_event").Scan(&input))
	if input != 3*7 {
		t.Errorf("%d tokens are stored", input)
	}
}

// The same holds for remote write's samples.
func TestHostileSamples(t *testing.T) {
	t.Parallel()
	w, now := newWritten(t), time.Now()
	sample := func(value float64, at int64) []byte {
		inner := protowire.AppendFixed64(protowire.AppendTag(nil, 1, protowire.Fixed64Type), math.Float64bits(value))
		return field(nil, 2, protowire.AppendVarint(protowire.AppendTag(inner, 2, protowire.VarintType), uint64(at)))
	}
	n := 0
	counter := func(samples ...[]byte) []byte {
		n++
		s := first(now, series{labels("llm_tokens_total", "model", "gpt-5", "type", "input", "n", strconv.Itoa(n)), nil, 0})
		inner, _ := protowire.ConsumeBytes(s[protowire.SizeTag(1):])
		for _, one := range samples {
			inner = append(inner, one...)
		}
		return field(nil, 1, inner)
	}
	at := now.Add(-time.Minute).UnixMilli()
	zero := sample(0, at)
	for name, hostile := range map[string][]byte{
		"NaN": sample(math.NaN(), at+1), "infinity": sample(math.Inf(1), at+1), "below infinity": sample(math.Inf(-1), at+1), "below zero": sample(-1, at+1), "a part": sample(0.5, at+1),
		"beyond what floats count": sample(1e300, at+1), "a time without end": sample(5, math.MaxInt64), "a time before all": sample(5, math.MinInt64), "a time ahead": sample(5, now.Add(time.Hour).UnixMilli()),
	} {
		if a := w.write("application/x-protobuf", counter(zero, hostile)); a.Code != http.StatusBadRequest && a.Code != http.StatusNoContent {
			t.Errorf("%s: %d %s", name, a.Code, a.Body)
		}
	}
	if a := w.write("application/x-protobuf", counter(zero, sample(7, at+1))); a.Code != http.StatusNoContent {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	if in, _, _ := w.sums(); in != 7 {
		t.Errorf("%d tokens are stored", in)
	}
}
