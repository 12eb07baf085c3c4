//go:build clients

package clients_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// watched is a proxy before a server that keeps the bodies of requests.
type watched struct {
	mu     sync.Mutex
	bodies bytes.Buffer
}

func (w *watched) before(t *testing.T, address string) (at string) {
	t.Helper()
	behind := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: address})
	behind.ErrorHandler = func(rw http.ResponseWriter, _ *http.Request, _ error) { rw.WriteHeader(http.StatusServiceUnavailable) }
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if packed, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			w.mu.Lock()
			_, _ = io.Copy(&w.bodies, packed)
			w.mu.Unlock()
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		behind.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func (w *watched) has(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Contains(w.bodies.Bytes(), []byte(text))
}

// collector is an OpenTelemetry Collector with the configuration of docs/opentelemetry.md, whose addresses and folder are others.
type collector struct {
	t               *testing.T
	program, config string
	token           string
	receives        string
	log             bytes.Buffer
	child           *exec.Cmd
}

func newCollector(p *platform, sendsTo string) *collector {
	p.t.Helper()
	dir := p.t.TempDir()
	c := &collector{t: p.t, program: filepath.Join(dir, "otel"), config: filepath.Join(dir, "config.yaml"), token: p.token, receives: freeAddress(p.t)}
	build := exec.Command("go", "build", "-o", c.program, ".")
	build.Dir = "otel"
	if out, err := build.CombinedOutput(); err != nil {
		p.t.Fatalf("%v\n%s", err, out)
	}
	page, err := os.ReadFile("../docs/opentelemetry.md")
	if err != nil {
		p.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "## From a Collector\n")
	_, rest, _ = strings.Cut(rest, "```yaml\n")
	config, _, _ := strings.Cut(rest, "```")
	for from, to := range map[string]string{"https://usage.example.com": sendsTo, "/var/lib/otelcol": p.t.TempDir(), "0.0.0.0:4318": c.receives, "0.0.0.0:4317": freeAddress(p.t)} {
		if !strings.Contains(config, from) {
			p.t.Fatalf("the configuration does not have %s:\n%s", from, config)
		}
		config = strings.ReplaceAll(config, from, to)
	}
	if err := os.WriteFile(c.config, []byte(config), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(c.kill)
	c.start()
	return c
}

func (c *collector) start() {
	c.t.Helper()
	c.child = exec.Command(c.program, "--config="+c.config)
	c.child.Env, c.child.Stdout, c.child.Stderr = append(os.Environ(), "USAGEGRAPH_TOKEN="+c.token), &c.log, &c.log
	if err := c.child.Start(); err != nil {
		c.t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		conn, err := net.Dial("tcp", c.receives)
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(end) {
			c.kill()
			c.t.Fatalf("the Collector does not listen: %s", c.log.String())
		}
	}
}

func (c *collector) kill() {
	_ = c.child.Process.Kill()
	_ = c.child.Wait()
}

// spans are n calls of a model with prompts in them, n runs of a tool, and n spans that have nothing to do with usage.
func spans(first, n int, model string) (list tracetest.SpanStubs) {
	of := resource.NewSchemaless(attribute.String("usagegraph.account.external_id", "acme"))
	add := func(name string, attributes ...attribute.KeyValue) {
		var id trace.SpanID
		binary.BigEndian.PutUint64(id[:], uint64(10*first+len(list)+1))
		now := time.Now()
		list = append(list, tracetest.SpanStub{Name: name, SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{7}, SpanID: id, TraceFlags: trace.FlagsSampled}),
			StartTime: now.Add(-time.Second), EndTime: now, Attributes: attributes, Resource: of})
	}
	for range n {
		add("chat", attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", model), attribute.Int("gen_ai.usage.input_tokens", 100),
			attribute.Int("gen_ai.usage.output_tokens", 7), attribute.String("gen_ai.input.messages", "a secret question"), attribute.String("gen_ai.system_instructions", "a secret instruction"),
			attribute.String("gen_ai.prompt.0.content", "a secret of older conventions"), attribute.String("traceloop.entity.input", "a secret of others"))
		list[len(list)-1].Events = []sdktrace.Event{{Name: "gen_ai.content.prompt", Time: list[len(list)-1].EndTime, Attributes: []attribute.KeyValue{attribute.String("gen_ai.prompt", "a secret of an event")}}}
		add("execute_tool search", attribute.String("gen_ai.operation.name", "execute_tool"), attribute.String("gen_ai.tool.name", "search"), attribute.String("gen_ai.tool.call.arguments", "a secret argument"))
		add("a secret path")
	}
	return list
}

// A real Collector takes spans of the official SDK, keeps them on disk while the server is away and it is itself killed, and sends what may be usage,
// without prompts: all of it counts once. What is refused stands in its log.
func TestCollector(t *testing.T) {
	p, seen := newPlatform(t), &watched{}
	p.register()
	_, read := p.books()
	c := newCollector(p, seen.before(t, p.address))
	exporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL("http://"+c.receives+"/v1/traces"), otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exporter.Shutdown(context.Background()) })
	want := sums{}
	send := func(first, n int) {
		t.Helper()
		list := spans(first, n, "gpt-5").Snapshots()
		for range 2 { // each span twice
			if err := exporter.ExportSpans(t.Context(), list); err != nil {
				t.Fatal(err)
			}
		}
		want = sums{want.Events + 2*n, want.Input + 100*n, want.Output + 7*n, want.Runs + n}
	}
	wait := func(what string, done func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !done(); time.Sleep(100 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: %+v, want %+v\n%s", what, read(), want, c.log.String())
			}
		}
	}
	counted := func() bool { return read() == want }
	send(0, 20)
	wait("spans", counted)
	p.kill()
	send(100, 20)
	c.kill()
	c.start()
	send(200, 20)
	c.kill()
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	c.start()
	wait("after both were killed", counted)
	if err := exporter.ExportSpans(t.Context(), spans(300, 1, "unknown").Snapshots()[:1]); err != nil {
		t.Fatal(err)
	}
	wait("the log", func() bool { return strings.Contains(c.log.String(), "UNKNOWN_MODEL") })
	if seen.has("secret") || !seen.has("gen_ai.request.model") {
		t.Error("what was sent has texts of prompts or spans that are not usage, or is not usage")
	}
	if read() != want {
		t.Errorf("%+v, want %+v", read(), want)
	}
}
