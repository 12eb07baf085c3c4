package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"google.golang.org/protobuf/encoding/protowire"
)

// post sends a body until it gets a final answer, like a client whose server is sometimes away.
func (s *installation) post(ctx context.Context, path, media, body string) (answer string, err error) {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.at+path, strings.NewReader(body))
		if err != nil {
			return "", err
		}
		r.Header.Set("Content-Type", media)
		r.Header.Set("Authorization", "Bearer "+s.platform)
		if path == "/api/v1/write" {
			r.Header.Set("Content-Encoding", "snappy")
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			continue
		}
		text, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		switch {
		case err != nil, res.StatusCode >= 500, res.StatusCode == http.StatusTooManyRequests:
			continue
		case res.StatusCode >= 300, bytes.Contains(text, []byte("REFUSED")), bytes.Contains(text, []byte("rejected")), bytes.Contains(text, []byte("CONFLICT")):
			return "", fmt.Errorf("%s: %d %.500s", path, res.StatusCode, text)
		}
		return string(text), nil
	}
	return "", errors.New(path + ": no answer")
}

// each writes each use separately.
func each(uses []use, write func(use) string) (all []string) {
	for _, u := range uses {
		all = append(all, write(u))
	}
	return all
}

// event returns a use as a CloudEvent.
func (u use) event(way string) string {
	of, data := `"type":"usagegraph.inference","modelexternalid":"gpt-5"`, fmt.Sprintf(`{"inputTokens":%d,"outputTokens":%d}`, u.in, u.out)
	if u.runs > 0 {
		of, data = `"type":"usagegraph.tool.run","toolexternalid":"search"`, fmt.Sprintf(`{"runs":%d}`, u.runs)
	}
	return fmt.Sprintf(`{"specversion":"1.0",%s,"source":%q,"id":"%d","time":%q,"accountexternalid":"acme","user":%q,"data":%s}`, of, way, u.id, u.at(), way, data)
}

func (u use) at() string { return u.time.Format(time.RFC3339Nano) }

func (s *installation) byEvents(name string) (deliver, victim) {
	return func(ctx context.Context, uses []use) error {
		body := "[" + strings.Join(each(uses, func(u use) string { return u.event(name) }), ",") + "]"
		_, err := s.post(ctx, "/v1/events", "application/cloudevents-batch+json", body)
		return err
	}, s.server
}

// byStream sends a stream again if its last line was not received.
func (s *installation) byStream(name string) (deliver, victim) {
	return func(ctx context.Context, uses []use) error {
		body := strings.Join(each(uses, func(u use) string { return u.event(name) }), "\n")
		for end := time.Now().Add(time.Minute); time.Now().Before(end); {
			if answer, err := s.post(ctx, "/v1/events", "application/x-ndjson", body); err != nil || strings.Contains(answer, `"end":true`) {
				return err
			}
		}
		return errors.New("the stream does not end")
	}, s.server
}

// byRecordUsage sends every other piece as raw events.
func (s *installation) byRecordUsage(name string) (deliver, victim) {
	turn := 0
	return func(ctx context.Context, uses []use) error {
		turn++
		events := make([]any, 0, len(uses))
		for _, u := range uses {
			e := map[string]any{"source": name, "id": fmt.Sprint(u.id), "time": u.at(), "user": name}
			if u.runs > 0 {
				e["toolId"], e["runs"] = "external:tool:search", u.runs
			} else {
				e["modelId"], e["inputTokens"], e["outputTokens"] = "external:model:gpt-5", u.in, u.out
			}
			events = append(events, e)
		}
		for part := range slices.Chunk(events, 1000) {
			input := map[string]any{"accountId": "external:account:acme", []string{"events", "rawEvents"}[turn%2]: part}
			body, err := json.Marshal(map[string]any{"query": `mutation($in:RecordUsageInput!){recordUsage(input:$in){results{status code} userErrors{message}}}`, "variables": map[string]any{"in": input}})
			if err != nil {
				return err
			}
			answer, err := s.post(ctx, "/graphql", "application/json", string(body))
			if n := strings.Count(answer, `"STORED"`) + strings.Count(answer, `"DUPLICATE"`); err != nil || n != len(part) {
				return fmt.Errorf("%w %.500s", errors.Join(err, fmt.Errorf("%d of %d", n, len(part))), answer)
			}
		}
		return nil
	}, s.server
}

// otlpText returns an attribute in OpenTelemetry's JSON.
func otlpText(key, value string) string {
	return fmt.Sprintf(`{"key":%q,"value":{"stringValue":%q}}`, key, value)
}

const otlpResource = `{"resource":{"attributes":[{"key":"usagegraph.account.external_id","value":{"stringValue":"acme"}}]},`

func (s *installation) byTraces(name string) (deliver, victim) {
	span := func(u use) string {
		of := otlpText("gen_ai.operation.name", "chat") + "," + otlpText("gen_ai.request.model", "gpt-5") + fmt.Sprintf(`,{"key":"gen_ai.usage.input_tokens","value":{"intValue":"%d"}},`+
			`{"key":"gen_ai.usage.output_tokens","value":{"intValue":"%d"}}`, u.in, u.out)
		if u.runs > 0 {
			of = otlpText("gen_ai.operation.name", "execute_tool") + "," + otlpText("gen_ai.tool.name", "search")
		}
		var spans []string
		for i := range max(1, u.runs) { // a span is one run
			spans = append(spans, fmt.Sprintf(`{"traceId":"%032x","spanId":"%016x","endTimeUnixNano":"%d","attributes":[%s,%s]}`, u.id+1, u.id*8+i+1, u.time.UnixNano(), of, otlpText("usagegraph.user", name)))
		}
		return strings.Join(spans, ",")
	}
	return func(ctx context.Context, uses []use) error {
		_, err := s.post(ctx, "/v1/traces", "application/json", `{"resourceSpans":[`+otlpResource+`"scopeSpans":[{"spans":[`+strings.Join(each(uses, span), ",")+`]}]}]}`)
		return err
	}, s.server
}

// byMetrics sends sums of each interval (temporality 1), or since the beginning (2).
func (s *installation) byMetrics(name string, temporality int) (deliver, victim) {
	var begin time.Time
	point := func(u use) string {
		from, in, out := u.time.Add(-50*time.Millisecond), u.in, u.out
		if temporality == 2 {
			from, in, out = begin, u.totalIn, u.totalOut
		}
		one := func(kind string, n int) string {
			return fmt.Sprintf(`{"attributes":[%s,%s,%s],"startTimeUnixNano":"%d","timeUnixNano":"%d","count":"1","sum":%d}`, otlpText("gen_ai.request.model", "gpt-5"), otlpText("gen_ai.token.type", kind),
				otlpText("usagegraph.user", name), from.UnixNano(), u.time.UnixNano(), n)
		}
		return one("input", in) + "," + one("output", out)
	}
	return func(ctx context.Context, uses []use) error {
		if begin.IsZero() {
			begin = uses[0].time.Add(-time.Second)
		}
		_, err := s.post(ctx, "/v1/metrics", "application/json", `{"resourceMetrics":[`+otlpResource+`"scopeMetrics":[{"metrics":[{"name":"gen_ai.client.token.usage","histogram":{"aggregationTemporality":`+
			fmt.Sprint(temporality)+`,"dataPoints":[`+strings.Join(each(uses, point), ",")+`]}}]}]}]}`)
		return err
	}, s.server
}

// counter is a series of remote write: labels in pairs, and its value.
type counter struct {
	labels []string
	of     func(use) int
}

// byRemoteWrite writes three counters by version 1 or 2 of the protocol. In version 1 a zero shows where they began, in version 2 a field.
func (s *installation) byRemoteWrite(name string, version int) (deliver, victim) {
	labels := func(more ...string) []string {
		return append([]string{"account", "acme", "instance", name, "usagegraph_user", name}, more...)
	}
	counters := []counter{
		{labels("__name__", "llm_tokens_total", "model", "gpt-5", "type", "input"), func(u use) int { return u.totalIn }},
		{labels("__name__", "llm_tokens_total", "model", "gpt-5", "type", "output"), func(u use) int { return u.totalOut }},
		{labels("__name__", "tool_runs_total", "tool", "search"), func(u use) int { return u.totRuns }}}
	media := map[int]string{1: "application/x-protobuf", 2: "application/x-protobuf;proto=io.prometheus.write.v2.Request"}[version]
	var begin time.Time
	return func(ctx context.Context, uses []use) error {
		if begin.IsZero() {
			begin = uses[0].time.Add(-time.Second)
		}
		_, err := s.post(ctx, "/api/v1/write", media, string(snappy.Encode(nil, writeRequest(counters, uses, begin, version))))
		return err
	}, s.server
}

func writeRequest(counters []counter, uses []use, begin time.Time, version int) (request []byte) {
	inner := func(b []byte, number protowire.Number, message []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), message)
	}
	varint := func(b []byte, number protowire.Number, n int64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), uint64(n))
	}
	sample := func(b []byte, at time.Time, value int) []byte {
		return inner(b, 2, varint(protowire.AppendFixed64(protowire.AppendTag(nil, 1, protowire.Fixed64Type), math.Float64bits(float64(value))), 2, at.UnixMilli()))
	}
	symbols := 1
	if version == 2 {
		request = inner(request, 4, nil)
		for _, c := range counters {
			for _, text := range c.labels {
				request = inner(request, 4, []byte(text))
			}
		}
	}
	for _, c := range counters {
		var series, refs []byte
		for i := 0; i < len(c.labels); i += 2 {
			if version == 1 {
				series = inner(series, 1, inner(inner(nil, 1, []byte(c.labels[i])), 2, []byte(c.labels[i+1])))
			}
			refs = protowire.AppendVarint(protowire.AppendVarint(refs, uint64(symbols)), uint64(symbols+1))
			symbols += 2
		}
		if version == 1 {
			series = sample(series, begin, 0)
		} else {
			series = inner(series, 1, refs)
		}
		for _, u := range uses {
			series = sample(series, u.time, c.of(u))
		}
		if version == 1 {
			request = inner(request, 1, series)
		} else {
			request = inner(request, 5, varint(series, 6, begin.UnixMilli()))
		}
	}
	return request
}

func (s *installation) byNATS(name string) (deliver, victim) {
	s.openNATS()
	return func(ctx context.Context, uses []use) error {
		for _, u := range uses {
			if _, err := s.js.Publish(ctx, "usage", []byte(u.event(name))); err != nil {
				return err
			}
		}
		return nil
	}, s.consumer("nats", "--server", s.natsServer, "--stream", "usage", "--durable", "books", "--dead-letter", "dead")
}

func (s *installation) byKafka(name string) (deliver, victim) {
	s.openKafka()
	return func(ctx context.Context, uses []use) error {
		var records []*kgo.Record
		for _, u := range uses {
			records = append(records, &kgo.Record{Topic: "usage", Key: fmt.Append(nil, u.id), Value: []byte(u.event(name))})
		}
		return s.stream.ProduceSync(ctx, records...).FirstErr()
	}, &kafkaConsumer{child: s.consumer("kafka", "--server", s.kafkaServer, "--topic", "usage", "--group", "books", "--dead-letter", "dead"), s: s}
}

// kafkaConsumer is the only process of the group "books".
type kafkaConsumer struct {
	*child
	s *installation
}

// kill kills the process and, once its session is over, removes it from the group. A real broker does that by itself. The broker of these
// tests never does if the connection breaks while the member waits for its share of the partitions.
func (c *kafkaConsumer) kill() {
	c.child.kill()
	time.Sleep(100 * time.Millisecond) // the broker reads what was sent before
	asked := kmsg.NewPtrDescribeGroupsRequest()
	asked.Groups = []string{"books"}
	answer, err := asked.RequestWith(c.s.t.Context(), c.s.stream)
	if err != nil {
		c.s.t.Error(err)
		return
	}
	leave := kmsg.NewPtrLeaveGroupRequest()
	leave.Group = "books"
	for _, m := range answer.Groups[0].Members {
		dead := kmsg.NewLeaveGroupRequestMember()
		dead.MemberID = m.MemberID
		leave.Members = append(leave.Members, dead)
	}
	time.AfterFunc(2*time.Second, func() { // twice the session; those that are gone by then are unknown to the broker
		_, _ = leave.RequestWith(c.s.t.Context(), c.s.stream)
	})
}

// imports runs `usagegraph import` until it succeeds. Killing it kills the current run.
type imports struct {
	s       *installation
	mu      sync.Mutex
	running *exec.Cmd
}

func (i *imports) start() {}

func (i *imports) kill() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.running != nil {
		_ = i.running.Process.Kill()
	}
}

func (i *imports) run(args ...string) error {
	for range 50 {
		var out bytes.Buffer
		c := exec.Command(os.Args[0], append([]string{"import"}, args...)...) // this binary
		c.Env, c.Stdout, c.Stderr = append(os.Environ(), asProgram+"=1", "DATABASE_URL="+i.s.url), &out, &out
		i.mu.Lock()
		err := c.Start()
		i.running = c
		i.mu.Unlock()
		if err == nil {
			err = c.Wait()
		}
		i.mu.Lock()
		i.running = nil
		i.mu.Unlock()
		var exit *exec.ExitError
		if err == nil || !errors.As(err, &exit) || exit.ExitCode() != -1 { // -1: by a signal
			if err != nil {
				err = fmt.Errorf("%w\n%s", err, &out)
			}
			return err
		}
	}
	return errors.New("it is killed again and again")
}

// ofKind separates uses by kind.
func ofKind(uses []use) (inference, runs []use) {
	for _, u := range uses {
		if u.runs > 0 {
			runs = append(runs, u)
		} else {
			inference = append(inference, u)
		}
	}
	return inference, runs
}

// byFiles imports files with our own columns.
func (s *installation) byFiles(name string) (deliver, victim) {
	im := &imports{s: s}
	return func(_ context.Context, uses []use) error {
		inference, runs := ofKind(uses)
		of := func(u use) string { return fmt.Sprintf("%s,%d,%d,%d,%s", u.at(), u.in, u.out, u.id, name) }
		err := im.run(s.written("usage.csv", "time,inputTokens,outputTokens,id,user\n"+strings.Join(each(inference, of), "\n")), "--account", s.account, "--model", s.model, "--source", name)
		if err != nil || len(runs) == 0 {
			return err
		}
		ran := func(u use) string { return fmt.Sprintf("%s,%d,%d,%s", u.at(), u.runs, u.id, name) }
		return im.run(s.written("runs.csv", "time,runs,id,user\n"+strings.Join(each(runs, ran), "\n")), "--account", s.account, "--tool", s.tool, "--source", name)
	}, im
}

// byMappedFiles imports files whose columns are named by --map.
func (s *installation) byMappedFiles(name string) (deliver, victim) {
	im := &imports{s: s}
	by := []string{"--source", name, "--map", "time=when", "--map", "account=team", "--map", "id=no", "--map", "user=who"}
	return func(_ context.Context, uses []use) error {
		inference, runs := ofKind(uses)
		of := func(u use) string {
			return fmt.Sprintf(`{"when":%q,"team":"acme","no":"%d","who":%q,"llm":"gpt-5","prompt":%d,"completion":%d}`, u.at(), u.id, name, u.in, u.out)
		}
		err := im.run(append([]string{s.written("usage.ndjson", strings.Join(each(inference, of), "\n")), "--map", "model=llm,inputTokens=prompt,outputTokens=completion"}, by...)...)
		if err != nil || len(runs) == 0 {
			return err
		}
		ran := func(u use) string {
			return fmt.Sprintf(`{"when":%q,"team":"acme","no":"%d","who":%q,"fn":"search","n":%d}`, u.at(), u.id, name, u.runs)
		}
		return im.run(append([]string{s.written("runs.ndjson", strings.Join(each(runs, ran), "\n")), "--map", "tool=fn,runs=n"}, by...)...)
	}, im
}
