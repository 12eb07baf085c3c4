package server

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/snappy"
	"google.golang.org/protobuf/encoding/protowire"
)

// endpoints are requests at the endpoints that take usage, from a caller who may report it.
func (s *siege) endpoints() []attack {
	var list []attack
	for _, of := range [][]attack{s.eventEndpoint(), s.telemetryEndpoints(), s.writeEndpoint(), s.recordEndpoint()} {
		list = append(list, of...)
	}
	return list
}

// to makes a request to an endpoint; headers are pairs.
func (s *siege) to(method, path, contentType string, body []byte, headers ...string) func() *http.Request {
	return func() *http.Request {
		r := s.request(method, path, s.gateway, contentType, bytes.NewReader(body))
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return r
	}
}

// bomb returns a gzip that decompresses to far more than its own size.
func bomb(size int) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.Copy(w, io.LimitReader(zeros{}, int64(size)))
	_ = w.Close()
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// nested returns a protobuf message nested in a field of itself n times.
func nested(field protowire.Number, n int) []byte {
	var b []byte
	for range n {
		b = protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), b)
	}
	return b
}

func (s *siege) eventEndpoint() []attack {
	const batch, single, stream = "application/cloudevents-batch+json", "application/cloudevents+json", "application/x-ndjson"
	event := func(more string) []byte {
		return []byte(`{"specversion":"1.0","type":"usagegraph.inference","source":"secret-","id":"x","time":"2026-11-24T02:30:00Z","subject":"x","account":"` + accountID(s.own) + `"` + more + `}`)
	}
	of := func(name, media string, body []byte, status int, says string, headers ...string) attack {
		return attack{name: "events: " + name, make: s.to("POST", "/v1/events", media, body, headers...), status: status, code: says}
	}
	return []attack{
		of("text/plain", "text/plain", event(""), 415, "UNSUPPORTED_MEDIA_TYPE"),
		of("another charset", batch+"; charset=utf-7", []byte("[]"), 415, "UNSUPPORTED_MEDIA_TYPE"),
		of("an unknown packing", batch, []byte("[]"), 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Encoding", "br"),
		of("a gzip bomb", batch, bomb(64<<20), 413, "BODY_TOO_LARGE", "Content-Encoding", "gzip"),
		of("a gzip bomb as a stream", stream, bomb(64<<20), 200, "REFUSED", "Content-Encoding", "gzip"),
		of("half a gzip", batch, bomb(1 << 20)[:500], 413, "BODY_TOO_LARGE", "Content-Encoding", "gzip"),
		of("JSON nested beyond sense", batch, []byte("["+strings.Repeat(`{"a":[`, 50_000)), 400, "MALFORMED"),
		of("data nested beyond sense", single, event(`,"data":{"tags":`+strings.Repeat(`{"a":`, 50_000)), 400, "MALFORMED"),
		of("a long id", single, bytes.Replace(event(""), []byte(`"id":"x"`), []byte(`"id":"`+strings.Repeat("secret-", 100_000)+`"`), 1), 422, "REFUSED"),
		of("an attribute of megabytes", single, event(`,"more":"`+strings.Repeat("x", 4<<20)+`"`), 422, "REFUSED"),
		of("attributes by the thousand", single, event(strings.Repeat(`,"a":"b"`, 50_000)), 422, "REFUSED"),
		of("tags by the thousand", single, event(`,"data":{"inputTokens":1,"tags":{`+strings.TrimSuffix(numbered(20_000, `"t%d":"x",`), ",")+`}}`), 422, "REFUSED"),
		of("base64 that is none", single, event(`,"data_base64":"`+strings.Repeat("!", 1<<20)+`"`), 422, "REFUSED"),
		of("a number of a megabyte", single, event(`,"data":{"inputTokens":`+strings.Repeat("9", 1<<20)+`}`), 422, "REFUSED"),
		of("a line without end", stream, bytes.Repeat([]byte("x"), 2<<20), 200, "REFUSED"),
		{name: "events: a handshake of a long name", make: s.to("OPTIONS", "/v1/events", "", nil, "WebHook-Request-Origin", strings.Repeat("a", 8<<10)), status: 400},
	}
}

// keyValue returns an attribute of OpenTelemetry, in protobuf.
func keyValue(key, value string) []byte {
	inner := func(b []byte, number protowire.Number, text []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), text)
	}
	return inner(inner(nil, 1, []byte(key)), 2, inner(nil, 1, []byte(value)))
}

// flooded returns a request of spans under a resource, each with one attribute repeated. They are runs of a tool that does not exist.
func flooded(ofResource, spans, ofSpan int, one []byte) []byte {
	inner := func(b []byte, number protowire.Number, text []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), text)
	}
	var resource, all []byte
	for range ofResource {
		resource = inner(resource, 1, one)
	}
	for i := range spans {
		span := inner(inner(nil, 1, fmt.Appendf(nil, "%016d", i)), 2, []byte("12345678"))
		span = inner(span, 9, keyValue("gen_ai.operation.name", "execute_tool"))
		for range ofSpan {
			span = inner(span, 9, one)
		}
		span = inner(span, 9, keyValue("gen_ai.tool.name", "nothing"))
		all = inner(all, 2, span)
	}
	return inner(nil, 1, inner(inner(nil, 1, resource), 2, all))
}

func (s *siege) telemetryEndpoints() (list []attack) {
	const binary = "application/x-protobuf"
	for _, path := range []string{"/v1/traces", "/v1/metrics"} {
		for _, a := range []struct {
			name, media string
			body        []byte
			status      int
			says        string
			packed      bool
		}{
			{"text/plain", "text/plain", []byte("x"), 415, "UNSUPPORTED_MEDIA_TYPE", false},
			{"a gzip bomb", binary, bomb(64 << 20), 413, "BODY_TOO_LARGE", true},
			{"no protobuf", binary, []byte("secret-secret-"), 400, "MALFORMED", false},
			{"protobuf nested beyond sense", binary, nested(1, 30_000), 400, "MALFORMED", false},
			{"lists nested beyond sense", binary, nested(5, 30_000), 200, "", false},
			{"empty messages", binary, bytes.Repeat([]byte{0x0a, 0}, 1<<20), 400, "MALFORMED", false},
			{"JSON nested beyond sense", "application/json", []byte(strings.Repeat(`{"resourceSpans":[`, 50_000)), 400, "MALFORMED", false},
			{"JSON that is none", "application/json", bytes.Repeat([]byte("["), 1<<20), 400, "MALFORMED", false},
		} {
			var headers []string
			if a.packed {
				headers = []string{"Content-Encoding", "gzip"}
			}
			list = append(list, attack{name: path + ": " + a.name, make: s.to("POST", path, a.media, a.body, headers...), status: a.status, code: a.says})
		}
	}
	long := strings.Repeat("secret-", 10)
	for name, flood := range map[string][]byte{
		"a span of attributes":      flooded(1, 1, 10_000, keyValue(long, long)),
		"a resource of attributes":  flooded(10_000, 1, 1, keyValue(long, long)),
		"an attribute of megabytes": flooded(1, 1, 1, keyValue("gen_ai.tool.name", strings.Repeat("secret-", 150_000))),
		"spans of no account":       flooded(1, 1_000, 1, keyValue("usagegraph.account", long)),
		"attributes of nothing":     flooded(1, 1, 20_000, keyValue("k", "")),
	} {
		list = append(list, attack{name: "/v1/traces: " + name, make: s.to("POST", "/v1/traces", binary, flood), status: 200})
	}
	nothing := append([]byte("\x0a\x01k\x12\x84\x80\x08\x2a\x80\x80\x08"), bytes.Repeat([]byte{0x0a, 0}, 1<<16)...) // a list of values that are empty messages
	return append(list, attack{name: "/v1/traces: values of nothing", make: s.to("POST", "/v1/traces", binary, flooded(1, 1, 1, nothing)), status: 400, code: "MALFORMED"})
}

// labelled returns a message of version 1.0 with one series.
func labelled(labels int, value string, samples int) []byte {
	inner := func(b []byte, number protowire.Number, text []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), text)
	}
	series := inner(nil, 1, inner(inner(nil, 1, []byte("__name__")), 2, []byte("llm_tokens_total")))
	for i := range labels {
		series = inner(series, 1, inner(inner(nil, 1, fmt.Append(nil, "l", i)), 2, []byte(value)))
	}
	sample := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), 1)
	for range samples {
		series = inner(series, 2, sample)
	}
	return inner(nil, 1, series)
}

func (s *siege) writeEndpoint() []attack {
	const first, second = "application/x-protobuf", "application/x-protobuf;proto=io.prometheus.write.v2.Request"
	of := func(name, media string, packed []byte, status int, says string) attack {
		return attack{name: "remote write: " + name, make: s.to("POST", "/api/v1/write", media, packed, "Content-Encoding", "snappy"), status: status, code: says}
	}
	pack := func(text []byte) []byte { return snappy.Encode(nil, text) }
	return []attack{
		of("JSON", "application/json", []byte("{}"), 415, "UNSUPPORTED_MEDIA_TYPE"),
		of("not packed", first, []byte("secret-"), 400, "MALFORMED"),
		of("a claim of 7 MB", first, append(protowire.AppendVarint(nil, 7<<20), 'x'), 413, "BODY_TOO_LARGE"),
		of("a claim of 4 GB", first, []byte("\xff\xff\xff\xff\x0f"), 413, "BODY_TOO_LARGE"),
		of("a bomb", first, pack(make([]byte, 7<<20)), 400, "MALFORMED"),
		of("no message", first, pack(bytes.Repeat([]byte("secret-"), 10_000)), 400, "MALFORMED"),
		of("labels by the thousand", first, pack(labelled(20_000, "x", 1)), 400, "MALFORMED"),
		of("a label of a megabyte", first, pack(labelled(1, strings.Repeat("secret-", 150_000), 1)), 400, "MALFORMED"),
		of("more samples than are taken", first, pack(labelled(1, "x", 20_001)), 413, "TOO_MANY_EVENTS"),
		of("symbols by the million", second, pack(bytes.Repeat([]byte{0x22, 0}, 200_001)), 400, "MALFORMED"),
		of("symbols that are not there", second, pack([]byte("\x2a\x04\x0a\x02\x09\x09")), 400, "MALFORMED"),
		of("protobuf nested beyond sense", first, pack(nested(1, 30_000)), 204, ""),
	}
}

// recordEndpoint returns calls of the mutation recordUsage, whose raw events may be any JSON. What is not an event is refused by itself, so
// the operation is answered.
func (s *siege) recordEndpoint() []attack {
	const document = `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status} userErrors{code}}}`
	of := func(name, kind, events string, says string) attack {
		body := fmt.Sprintf(`{"query":%q,"variables":{"i":{"accountId":%q,%q:%s}}}`, document, accountID(s.own), kind, events)
		return attack{name: "recordUsage: " + name, make: s.post(s.gateway, []byte(body)), status: 200, code: says}
	}
	raw := func(name, event string, times int) attack {
		return of(name, "rawEvents", "["+strings.TrimSuffix(strings.Repeat(event+",", times), ",")+"]", "")
	}
	return []attack{
		raw("numbers for events", "7", 500),
		raw("events of other members", `{"secret-":"secret-"}`, 500),
		raw("an event of members by the thousand", `{`+strings.TrimSuffix(numbered(10_000, `"secret-%d":1,`), ",")+`}`, 1),
		raw("an id of 200 KB", `{"source":"s","id":"`+strings.Repeat("secret-", 28_000)+`","time":"2026-11-24T02:30:00Z","toolId":"x"}`, 1),
		raw("a number of 200 KB", `{"source":"s","id":"i","time":"2026-11-24T02:30:00Z","toolId":"x","runs":`+strings.Repeat("9", 200_000)+`}`, 1),
		raw("tags by the thousand", `{"source":"s","id":"i","time":"2026-11-24T02:30:00Z","toolId":"x","tags":{`+strings.TrimSuffix(numbered(10_000, `"t%d":"x",`), ",")+`}}`, 1),
		raw("more than are taken", "{}", 20_000),
		of("an event nested beyond sense", "rawEvents", "["+strings.Repeat(`{"a":[`, 10_000)+strings.Repeat("]}", 10_000)+"]", "DOCUMENT_TOO_COMPLEX"),
		of("typed events that are none", "events", "["+strings.Repeat(`{"source":7},`, 500)+"{}]", "GRAPHQL_VALIDATION_FAILED"),
	}
}
