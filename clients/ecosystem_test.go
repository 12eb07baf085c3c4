//go:build clients

package clients_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

// register gives the account acme a model and a tool, by names that everybody's programs use.
func (p *platform) register() {
	p.t.Helper()
	p.ask(`mutation { upsertAccount(input: {externalId: "acme", name: "Acme"}) { outcome } }`)
	p.ask(`mutation { upsertModel(input: {accountId: "external:account:acme", externalId: "gpt-5", name: "GPT-5"}) { outcome }
		upsertTool(input: {accountId: "external:account:acme", externalId: "search", name: "Search", ownerName: "Mia", status: DEPLOYED}) { outcome } }`)
}

// ask sends an operation, which must succeed.
func (p *platform) ask(query string) {
	p.t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, "http://"+p.address+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+p.token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct{ Errors []json.RawMessage }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || len(answer.Errors) > 0 {
		p.t.Fatalf("%s: %v %s", query, err, answer.Errors)
	}
}

// sums are what is stored of all usage.
type sums struct{ Events, Input, Output, Runs int }

// books reads the database beside the server.
func (p *platform) books() (pool *pgxpool.Pool, read func() sums) {
	p.t.Helper()
	pool, err := pgxpool.New(context.Background(), p.database)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(pool.Close)
	return pool, func() (s sums) {
		p.t.Helper()
		if err := pool.QueryRow(p.t.Context(), `SELECT count(*), coalesce(sum(input_tokens), 0)::bigint, coalesce(sum(output_tokens), 0)::bigint, coalesce(sum(runs), 0)::bigint
			FROM usage_event`).Scan(&s.Events, &s.Input, &s.Output, &s.Runs); err != nil {
			p.t.Fatal(err)
		}
		return s
	}
}

// The official SDK of CloudEvents for JavaScript sends in all three modes.
func TestCloudEventsOfJavaScript(t *testing.T) {
	p := newPlatform(t)
	p.register()
	p.run("ecosystem", "node", "cloudevents.mjs")
	if _, read := p.books(); read() != (sums{Events: 5, Input: 50, Output: 10}) {
		t.Errorf("%+v", read())
	}
}

// The official SDK of OpenTelemetry for JavaScript sends spans and metrics.
func TestOpenTelemetryOfJavaScript(t *testing.T) {
	p := newPlatform(t)
	p.register()
	p.run("ecosystem", "node", "telemetry.mjs")
	_, read := p.books()
	got := read()
	if got.Events = 0; got != (sums{Input: 5*100 + 2*3*1000, Output: 5*7 + 2*3*44, Runs: 5}) {
		t.Errorf("%+v", got)
	}
}

// The examples of docs/opentelemetry.md, in Go and in JavaScript, send a span as they stand there.
func TestExamplesOfOpenTelemetry(t *testing.T) {
	p := newPlatform(t)
	p.register()
	page, err := os.ReadFile("../docs/opentelemetry.md")
	if err != nil {
		t.Fatal(err)
	}
	example := func(language string) string {
		_, rest, _ := strings.Cut(string(page), "```"+language+"\n")
		code, _, found := strings.Cut(rest, "```")
		if !found || !strings.Contains(code, "https://usage.example.com") {
			t.Fatalf("no example in %s", language)
		}
		return strings.ReplaceAll(code, "https://usage.example.com", "http://"+p.address)
	}
	dir := t.TempDir()
	modules, err := filepath.Abs("ecosystem/node_modules")
	if err == nil {
		err = os.Symlink(modules, filepath.Join(dir, "node_modules"))
	}
	for name, text := range map[string]string{"main.go": fmt.Sprintf(exampleInGo, example("go")), "main.mjs": fmt.Sprintf(exampleInJavaScript, example("js"))} {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	p.run("..", "go", "run", filepath.Join(dir, "main.go"))
	p.run(dir, "node", "main.mjs")
	if _, read := p.books(); read() != (sums{Events: 2, Input: 2 * 374}) {
		t.Errorf("%+v", read())
	}
}

const exampleInGo = `package main

import (
	"context"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	if err := run(context.Background(), os.Getenv("USAGEGRAPH_TOKEN")); err != nil {
		panic(err)
	}
}

func run(ctx context.Context, token string) error {
	%s
	_, span := provider.Tracer("example").Start(ctx, "chat gpt-5")
	span.SetAttributes(attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "gpt-5"), attribute.Int("gen_ai.usage.input_tokens", 374))
	span.End()
	return provider.Shutdown(ctx)
}
`

const exampleInJavaScript = `import { trace } from '@opentelemetry/api';
const token = process.env.USAGEGRAPH_TOKEN;
%s
const span = trace.getTracer('example').startSpan('chat gpt-5');
span.setAttributes({ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5', 'gen_ai.usage.input_tokens': 374 });
span.end();
await provider.shutdown();
`
