package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/usagegraph/usagegraph/auth"
)

// blocks returns the examples in a language from a section of a document.
func blocks(text, section, language string) (found []string) {
	_, rest, _ := strings.Cut(text, section+"\n")
	if section != "" {
		rest, _, _ = strings.Cut(rest, "\n## ")
	} else {
		rest, _, _ = strings.Cut(text, "\n## ")
	}
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(rest, -1) {
		found = append(found, m[1])
	}
	return found
}

// newcomer types what the page "bring your usage in" says, in a separate folder with a program usagegraph that works on a separate
// database. What keeps running does so in another terminal.
type newcomer struct {
	*process
	page, dir string
}

func newNewcomer(t *testing.T) *newcomer {
	t.Helper()
	n := &newcomer{process: startProcess(t), dir: t.TempDir()}
	page := textOf(t, "../../docs/bring-your-usage-in.md")
	page = strings.ReplaceAll(page, "2026-11-24T02:30:00Z", time.Now().UTC().Add(-time.Hour).Format(time.RFC3339))
	n.page = strings.NewReplacer("localhost:8080", strings.TrimPrefix(n.url, "http://"), "DATABASE_URL=postgres://… ", "").Replace(page)
	n.write("usagegraph", fmt.Sprintf(`#!/bin/sh
run() { exec env %s=1 DATABASE_URL='%s' %s "$@"; }
case "$1" in
serve | consume) run "$@" >>%s/log 2>&1 & echo $! >>%[4]s/running ;;
*) run "$@" ;;
esac
`, asProgram, n.pool.Config().ConnString(), os.Args[0], n.dir), 0o700)
	t.Cleanup(func() {
		running, _ := os.ReadFile(filepath.Join(n.dir, "running"))
		for _, one := range strings.Fields(string(running)) {
			if id, err := strconv.Atoi(one); err == nil {
				_ = syscall.Kill(id, syscall.SIGKILL)
			}
		}
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(n.dir, "log"))
			t.Logf("%s", log)
		}
	})
	return n
}

func (n *newcomer) write(name, text string, mode os.FileMode) {
	n.t.Helper()
	if err := os.WriteFile(filepath.Join(n.dir, name), []byte(text), mode); err != nil {
		n.t.Fatal(err)
	}
}

// says returns the examples in a language from a section; "" is the part before the sections, which registers account, model and tool.
func (n *newcomer) says(section, language string) string {
	n.t.Helper()
	found := blocks(n.page, section, language)
	if len(found) == 0 {
		n.t.Fatalf("%q has nothing in %s", section, language)
	}
	return strings.Join(found, "\n")
}

// types runs a script after the registration, whose token it has.
func (n *newcomer) types(script string, environment ...string) {
	n.t.Helper()
	script = n.says("", "sh") + "\nexport TOKEN\n" + script
	c := exec.CommandContext(n.t.Context(), "bash", "-euo", "pipefail", "-c", script)
	c.Dir, c.Env = n.dir, slices.Concat(os.Environ(), environment, []string{"PATH=" + n.dir + ":" + os.Getenv("PATH")})
	out, err := c.CombinedOutput()
	if err != nil || strings.Contains(string(out), "REFUSED") || strings.Contains(string(out), `"errors"`) {
		n.t.Fatalf("%v\n%s\n%s", err, script, out)
	}
}

// stored waits until that much is stored.
func (n *newcomer) stored(events, input, runs int) {
	n.t.Helper()
	var gotEvents, gotInput, gotRuns int
	defer func() {
		if n.t.Failed() {
			n.t.Logf("%d events, %d tokens, %d runs; want %d, %d, %d", gotEvents, gotInput, gotRuns, events, input, runs)
		}
	}()
	waitFor(n.t, func() bool {
		err := n.pool.QueryRow(n.t.Context(), "SELECT count(*), coalesce(sum(input_tokens), 0), coalesce(sum(runs), 0) FROM usage_event").Scan(&gotEvents, &gotInput, &gotRuns)
		return err == nil && gotEvents == events && gotInput == input && gotRuns == runs
	})
}

// A newcomer types what the page says: the registration, an event by HTTP, files, GraphQL. Each is stored.
func TestBringYourUsageIn(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t)
	at := time.Now().UTC().Add(-2 * time.Hour).Truncate(time.Hour)
	n.write("usage.json", fmt.Sprintf(`{"object":"page","data":[{"object":"bucket","start_time":%d,"end_time":%d,"results":[{"project_id":"acme","model":"gpt-5","input_tokens":10,"output_tokens":2}]}]}`, at.Unix(), at.Unix()+3600), 0o600)
	n.write("calls.csv", "when,team,llm,prompt,completion\n"+at.Format("2006-01-02 15:04:05")+",acme,gpt-5,20,3\n", 0o600)
	n.types(n.says("## I have a service that can call HTTP", "sh") + "gzip -f calls.csv\n" + n.says("## I have files", "sh"))
	if a := n.ask(n.token(auth.Platform, 0, nil), n.says("## I speak GraphQL already", "graphql"), nil); !strings.Contains(fmt.Sprint(a.Data), "status:STORED") {
		t.Errorf("%+v", a)
	}
	n.stored(4, 374+10+20, 1)
}

// asApplication makes this test binary an application instrumented by OpenTelemetry's SDK, and asStream one that makes a NATS stream.
const asApplication, asStream = "USAGEGRAPH_TEST_AS_APPLICATION", "USAGEGRAPH_TEST_AS_STREAM"

// An instrumented application needs only the variables that the page names.
func TestBringYourUsageInByOpenTelemetry(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t)
	n.types(n.says("## I have OpenTelemetry in my application", "sh")+"\nexec "+os.Args[0]+" -test.run '^TestInstrumentedApplication$'", asApplication+"=1")
	n.stored(1, 374, 0)
}

// TestInstrumentedApplication is that application.
func TestInstrumentedApplication(t *testing.T) {
	if os.Getenv(asApplication) == "" {
		return
	}
	exporter, err := otlptracehttp.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	_, span := provider.Tracer("application").Start(t.Context(), "chat gpt-5")
	span.SetAttributes(attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "gpt-5"), attribute.Int("gen_ai.usage.input_tokens", 374),
		attribute.Int("gen_ai.usage.output_tokens", 44))
	span.End()
	if err := errors.Join(provider.ForceFlush(t.Context()), provider.Shutdown(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// The messages with the page's event become usage by what the page says about NATS and Kafka. A stand-in for NATS's command line makes the
// stream.
func TestBringYourUsageInByBrokers(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t)
	s := &installation{process: n.process}
	s.openNATS()
	s.openKafka()
	_, err := s.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "USAGE", Subjects: []string{"usage.>"}, Storage: jetstream.MemoryStorage})
	s.must(err)
	n.write("nats", "#!/bin/sh\nexec env "+asStream+"=\"$*\" "+os.Args[0]+" -test.run '^TestStreamAdd$'\n", 0o700)
	n.page = strings.NewReplacer("nats://localhost:4222", s.natsServer, "localhost:9092", s.kafkaServer).Replace(n.page)
	n.types(n.says("## I have NATS", "sh")+"\n"+n.says("## I have Kafka", "sh"), "NATS_URL="+s.natsServer)
	_, event, _ := strings.Cut(n.says("## I have a service that can call HTTP", "sh"), "-d '")
	event, _, _ = strings.Cut(event, "'")
	_, err = s.js.Publish(t.Context(), "usage.eu", []byte(event))
	s.must(err)
	event = strings.Replace(event, `"7d1c"`, `"7d1d"`, 1)
	s.must(s.stream.ProduceSync(t.Context(), &kgo.Record{Topic: "usage", Value: []byte(event)}).FirstErr())
	n.stored(2, 2*374, 0)
}

// TestStreamAdd is `nats stream add NAME --subjects SUBJECT --defaults`.
func TestStreamAdd(t *testing.T) {
	words := strings.Fields(os.Getenv(asStream))
	if len(words) == 0 {
		return
	}
	if len(words) != 6 || strings.Join(words[:2], " ") != "stream add" || words[3] != "--subjects" || words[5] != "--defaults" {
		t.Fatalf("nats %v", words)
	}
	conn, err := nats.Connect(os.Getenv("NATS_URL"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: words[2], Subjects: []string{words[4]}}); err != nil {
		t.Fatal(err)
	}
}

// A program made of the page's lines in Go sends by the client.
func TestBringYourUsageInByGo(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t)
	client, err := filepath.Abs("../../clients/go")
	if err != nil {
		t.Fatal(err)
	}
	_, install, found := strings.Cut(textOf(t, "../../clients/go/README.md"), "beside your module here:\n")
	if install, _, _ = strings.Cut(install, "\n"); !found || !strings.Contains(install, "=../usagegraph/clients/go") {
		t.Fatalf("the client's page does not say how to use a checkout: %s", install)
	}
	n.write("main.go", "package main\n\nimport (\n\t\"context\"\n\t\"log\"\n\t\"os\"\n\n\tusagegraph \"github.com/usagegraph/usagegraph/clients/go\"\n)\n\nfunc main() {\n\tctx := context.Background()\n"+
		n.says("## I write Go or TypeScript", "go")+"}\n", 0o600)
	n.types("export GOFLAGS=\ngo mod init newcomer\n" + strings.ReplaceAll(install, "../usagegraph/clients/go", client) + "\ngo run .")
	n.stored(1, 374, 0)
}
