package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/console"
	"github.com/usagegraph/usagegraph/jobs"
	"github.com/usagegraph/usagegraph/server"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// A known load appears in /metrics, exactly.
func TestMetricsCountExactly(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	platform := r.token(auth.Platform, 0, nil)
	id := r.account(platform, "acme")
	tool := r.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`,
		map[string]any{"i": map[string]any{"accountId": id, "name": "t", "ownerName": "o", "status": "DEPLOYED"}}).at("registerTool.tool.id")
	var events []any
	at := time.Now().UTC().Format(time.RFC3339)
	for i := range 30 {
		events = append(events, map[string]any{"source": "m", "id": fmt.Sprint(i), "time": at, "toolId": tool, "runs": 1})
	}
	events = append(events, map[string]any{"source": "m", "id": "x", "time": at, "toolId": "bm90aGluZw", "runs": 1})
	record := `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status}}}`
	for range 2 {
		if a := r.ask(platform, record, map[string]any{"i": map[string]any{"accountId": id, "events": events}}); len(a.Errors) > 0 {
			t.Fatal(a.body)
		}
	}
	r.ask(platform, `{plans{id}}`, nil)
	r.ask(platform, `{nothing}`, nil)
	_ = r.post("/v1/events", platform, "application/cloudevents+json", []byte(cloudEvent(id, fmt.Sprint(tool), "endpoint")))
	r.listen(id)
	var got string
	waitFor(t, func() bool { // a busy machine may take longer for the figures of the database than a scrape waits for them
		got = r.get("/metrics").body
		return strings.Contains(got, "usagegraph_meter_lag_seconds ")
	})
	for _, want := range []string{
		`usagegraph_events_total{status="STORED"} 31`,
		`usagegraph_events_total{status="DUPLICATE"} 30`,
		`usagegraph_events_total{status="REFUSED"} 2`,
		`usagegraph_events_refused_total{code="UNKNOWN_TOOL"} 2`,
		`usagegraph_operation_seconds_count{operation="other",type="mutation"} 4`,
		`usagegraph_errors_total{code="FORBIDDEN"} 1`,
		`usagegraph_errors_total{code="GRAPHQL_VALIDATION_FAILED"} 1`,
		`usagegraph_http_request_seconds_count{route="/graphql",status="200"} 6`,
		`usagegraph_reconciliation_difference 0`,
		`usagegraph_hub_listening 1`,
		`usagegraph_batch_events_sum 63`,
		`usagegraph_batch_events_count 3`,
		`usagegraph_batch_seconds_count 3`,
		`usagegraph_batch_age_seconds_count 3`,
		`usagegraph_http_request_seconds_count{route="/v1/events",status="200"} 1`,
		`usagegraph_emails{state="STORED"} 0`,
		`usagegraph_emails{state="DEAD"} 0`,
		`usagegraph_faults_total 0`,
		`usagegraph_pool_size{pool="charts"} 2`,
		`usagegraph_pool_size{pool="explore"} 4`,
		`usagegraph_batches_failed_total 0`,
		`usagegraph_connections{transport="websocket"} 1`,
		`usagegraph_connections{transport="sse"} 0`,
		`usagegraph_clients_cut_total{transport="websocket"} 0`,
		`usagegraph_clients_cut_total{transport="sse"} 0`,
		`usagegraph_subscriptions 1`,
		`usagegraph_hub_frames_total 1`,
		`usagegraph_outbox_age_seconds 0`,
		`usagegraph_meter_lag_seconds 0`,
		`usagegraph_retention_overdue_chunks{table="usage_event"} 0`,
		`usagegraph_pool_size{pool="books"} 6`,
	} {
		if !strings.Contains(got, want+"\n") {
			name, _, _ := strings.Cut(want, "{")
			t.Errorf("no %s among\n%s", want, lines(got, name))
		}
	}
	for _, name := range []string{"usagegraph_build_info{", "usagegraph_timescaledb_info{", "go_goroutines "} {
		if lines(got, name) == "" {
			t.Errorf("no %s", name)
		}
	}
	waitFor(t, func() bool {
		return strings.Contains(r.get("/metrics").body, `usagegraph_job_seconds_count{name="reconcile",outcome="done"}`)
	})
}

// Only registered documents give latencies a name. Callers who use the same name for another document, or a name of their own, are counted
// under "other".
func TestLatencyByRegisteredOperation(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	support := r.token(auth.Support, 0, nil)
	documents, err := console.Documents()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range documents {
		if strings.HasPrefix(text, "query DeployChoices ") {
			r.ask(support, text, nil)
			r.ask(support, text, nil)
		}
	}
	for i := range 50 {
		r.ask(support, fmt.Sprintf("query mine%d{viewer{name}}", i), nil)
	}
	r.ask(support, `query DeployChoices{viewer{name}}`, nil)
	want := "usagegraph_operation_seconds_count{operation=\"DeployChoices\",type=\"query\"} 2\nusagegraph_operation_seconds_count{operation=\"other\",type=\"query\"} 51\n"
	if got := lines(r.get("/metrics").body, "usagegraph_operation_seconds_count"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// listen subscribes to an account over a WebSocket that stays open until the test ends, and waits for the first frame.
func (r *running) listen(account string) {
	r.t.Helper()
	p := process{running: *r}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.t.Context()))
	ready, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = p.socket(ctx, r.token(auth.Support, 0, nil), account, sync.OnceFunc(func() { close(ready) }))
	}()
	r.t.Cleanup(func() { cancel(); <-ended })
	<-ready
}

// Every series that an alert, a dashboard or a runbook uses exists, because a rule over a name that nobody publishes never fires. And every
// published series is explained.
func TestAlertsAskForWhatIsPublished(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	r.ask(r.token(auth.Platform, 0, nil), `{nothing}`, nil)
	waitFor(t, func() bool { return strings.Contains(r.get("/metrics").body, `usagegraph_job_seconds_count`) })
	published := r.get("/metrics").body
	operations := "../../docs/operations.md"
	paths := append(runbooks(t), operations, "../../deploy/prometheus/rules/usagegraph.yml", "../../deploy/grafana/dashboards/usagegraph.json")
	for _, path := range paths {
		for _, name := range regexp.MustCompile(`\busagegraph_[a-z_]+`).FindAllString(textOf(t, path), -1) {
			if !strings.Contains(published, "# TYPE "+base(name)+" ") && !lazy[base(name)] && !notSeries[name] {
				t.Errorf("%s asks for %s", path, name)
			}
		}
	}
	explained := textOf(t, operations)
	for _, m := range regexp.MustCompile(`(?m)^# TYPE usagegraph(_[a-z_]+) `).FindAllStringSubmatch(published, -1) {
		if !strings.Contains(explained, "`"+m[1]) && !strings.Contains(explained, "`usagegraph"+m[1]) {
			t.Errorf("%s does not explain usagegraph%s", operations, m[1])
		}
	}
}

// notSeries are names in documents that only look like series.
var notSeries = map[string]bool{"usagegraph_app": true, "usagegraph_explore": true, "usagegraph_analyst": true, "usagegraph_event": true, "usagegraph_code": true, "usagegraph_reason": true}

// The statements in runbooks fit the present database. They are planned, not executed.
func TestStatementsOfRunbooks(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	count := 0
	for _, path := range append(runbooks(t), "../../docs/operations.md") {
		for _, m := range regexp.MustCompile("`((?:SELECT|UPDATE) [^`]+)`").FindAllStringSubmatch(textOf(t, path), -1) {
			statement := strings.NewReplacer("account_id = …", "account_id = 1", "AND …", "AND true").Replace(m[1])
			if strings.Contains(statement, "decompress_chunk") {
				continue // the Community edition has it
			}
			count++
			if _, err := r.store.Pool().Exec(t.Context(), "EXPLAIN "+statement); err != nil {
				t.Errorf("%s: %s: %v", filepath.Base(path), statement, err)
			}
		}
	}
	if count < 10 {
		t.Errorf("%d statements were found", count)
	}
}

func runbooks(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("../../docs/runbooks/*.md")
	if err != nil || len(paths) == 0 {
		t.Fatal("there are no runbooks", err)
	}
	return paths
}

func textOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// lazy are series that are only published once there is something to count, or only by `usagegraph consume`, which TestConsumeCommand
// covers.
var lazy = map[string]bool{"usagegraph_events_total": true, "usagegraph_events_refused_total": true, "usagegraph_provisioned_total": true, "usagegraph_operation_seconds": true,
	"usagegraph_job_age_seconds": true, "usagegraph_consumer_lag": true, "usagegraph_consumer_messages_total": true, "usagegraph_consumer_dead_letters_total": true,
	"usagegraph_consumer_failures_total": true}

// base returns the name of a histogram for any of its series.
func base(name string) string {
	for _, suffix := range []string{"_bucket", "_count", "_sum"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return name
}

// Each alert has a runbook, each runbook an alert, and each alert tests of when it fires and when it does not.
func TestEveryAlertHasARunbook(t *testing.T) {
	t.Parallel()
	text := textOf(t, "../../deploy/prometheus/rules/usagegraph.yml")
	tests := textOf(t, "../../deploy/prometheus/tests/usagegraph.yml")
	var alerts, books []string
	for _, m := range regexp.MustCompile(`(?m)- alert: (\w+)$`).FindAllStringSubmatch(text, -1) {
		alerts = append(alerts, m[1])
		if !strings.Contains(text, "docs/runbooks/"+m[1]+".md") {
			t.Errorf("%s does not name its runbook", m[1])
		}
		if !strings.Contains(tests, "{alertname: "+m[1]+",") || !strings.Contains(tests, "- alertname: "+m[1]+"\n") {
			t.Errorf("promtool is not asked when %s fires and when it does not", m[1])
		}
	}
	for _, path := range runbooks(t) {
		if name := strings.TrimSuffix(filepath.Base(path), ".md"); name != "README" {
			books = append(books, name)
		}
	}
	slices.Sort(alerts)
	slices.Sort(books)
	if len(alerts) == 0 || !slices.Equal(alerts, books) {
		t.Errorf("alerts   %v\nrunbooks %v", alerts, books)
	}
}

// UsagegraphJobsLate names every job, also the ones that were added after it.
func TestTheAlertOfLateJobsKnowsThemAll(t *testing.T) {
	t.Parallel()
	store, err := tsdb.New(tsdb.Config{Pool: tsdbtest.New(t), Clock: time.Now, Settings: tsdb.Settings{Compress: true}})
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, m := range regexp.MustCompile(`usagegraph_job_age_seconds\{name=~"([^"]+)"\}`).FindAllStringSubmatch(textOf(t, "../../deploy/prometheus/rules/usagegraph.yml"), -1) {
		known = append(known, strings.Split(m[1], "|")...)
	}
	for _, j := range jobs.Standard(store) {
		if !slices.Contains(known, j.Name) {
			t.Errorf("nobody is told when the job %s is late", j.Name)
		}
	}
}

// lines returns the lines of a text that begin with something.
func lines(text, begin string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, begin) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// A trace shows which operation ran which statements, and repeats no value of either.
func TestTracesOfOperationsAndStatements(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	r := start(t, func(c *config) { c.Tracing = trace.NewTracerProvider(trace.WithSpanProcessor(spans)) })
	id := r.account(r.token(auth.Platform, 0, nil), "secret name")
	if a := r.ask(r.token(auth.Support, 0, nil), `query($id:ID!){account(id:$id){creditStatus{icon}}}`, map[string]any{"id": id}); len(a.Errors) > 0 {
		t.Fatal(a.body)
	}
	operations := map[string]string{}
	for _, s := range spans.Ended() {
		if strings.HasPrefix(s.Name(), "query ") {
			operations[s.SpanContext().SpanID().String()] = s.Name()
		}
	}
	below := 0
	for _, s := range spans.Ended() {
		if operations[s.Parent().SpanID().String()] != "" {
			below++
		}
		for _, a := range s.Attributes() {
			if strings.Contains(a.Value.String(), "secret name") {
				t.Errorf("%s holds a value: %s", s.Name(), a.Key)
			}
		}
	}
	if len(operations) != 1 || below == 0 {
		t.Errorf("%d operations with %d statements below", len(operations), below)
	}
}

// The standard variables switch traces on.
func TestTracesFollowTheStandardVariables(t *testing.T) {
	t.Parallel()
	sent := make(chan string, 100)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent <- r.URL.Path }))
	t.Cleanup(collector.Close)
	p := startProcess(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL, "OTEL_BSP_SCHEDULE_DELAY=10")
	p.ask(p.token(auth.Support, 0, nil), `{viewer{name}}`, nil)
	if path := <-sent; path != "/v1/traces" {
		t.Errorf("spans were sent to %s", path)
	}
	off := program{getenv: environment(map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL, "OTEL_SDK_DISABLED": "true"})}
	var c server.Config
	if _, err := off.trace(t.Context(), &c); err != nil || c.Tracing != nil {
		t.Errorf("switched off: %v, %v", c.Tracing, err)
	}
}

// A collector that is away is reported in the log, which remains JSON, line by line.
func TestTracesThatCannotBeSent(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_BSP_SCHEDULE_DELAY=10")
	p.ask(p.token(auth.Support, 0, nil), `{viewer{name}}`, nil)
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.logged
	if err := p.command.Wait(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(p.log.String(), `"msg":"traces could not be sent"`) {
		t.Errorf("nothing is said of the collector:\n%s", p.log)
	}
	for line := range strings.Lines(p.log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}
