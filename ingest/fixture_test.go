package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// fixture is an endpoint on a database of its own, with an account that has a tool and a model.
type fixture struct {
	*tsdb.Store
	t           testing.TB
	pool        *pgxpool.Pool
	batcher     *tsdb.Batcher
	endpoint    *Events
	account     int64
	tool, model int64
	log         bytes.Buffer
	refusals    *tsdb.RefusalLog
	refused     atomic.Int64 // events that the endpoint has charged for
	mayRefuse   int64        // after this many it is closed
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{t: t, pool: tsdbtest.New(t), mayRefuse: 1 << 40}
	var err error
	f.Store, err = tsdb.New(tsdb.Config{Pool: f.pool, Clock: time.Now, Log: slog.New(slog.NewTextHandler(&f.log, nil))})
	f.must(err)
	f.batcher = tsdb.NewBatcher(f.Store, tsdb.BatcherConfig{})
	t.Cleanup(f.batcher.Stop)
	f.account = f.newAccount("Acme")
	tool, err := f.RegisterTool(t.Context(), tsdb.NewTool{AccountID: f.account, Name: "Search", OwnerName: "Mia", Status: tsdb.Deployed})
	f.must(err)
	f.tool = tool.ID
	f.model = f.newModel("Llama")
	f.refusals = tsdb.NewRefusalLog(f.Store)
	t.Cleanup(f.refusals.Stop)
	f.endpoint, err = NewEvents(Config{Batcher: f.batcher, Refusals: f.refusals, KeyOf: testKey, Counters: f.Store, Clock: time.Now, Log: slog.New(slog.NewTextHandler(&f.log, nil)),
		Void: func(ctx context.Context, account int64, ids []tsdb.EventID) ([]tsdb.VoidResult, error) {
			return f.VoidEvents(ctx, account, ids, tsdb.Actor{})
		},
		Accounts: func(ctx context.Context, ids []string) (map[string]int64, error) {
			return f.ExternalAccounts(ctx, nil, ids)
		},
		Authorize: func(_ context.Context, account int64) bool { return account <= f.account },
		Charge:    func(_ context.Context, refused int) bool { return f.refused.Add(int64(refused)) <= f.mayRefuse },
		RequestID: func(context.Context) string { return "req-1" }})
	f.must(err)
	return f
}

func (f *fixture) newAccount(name string) int64 {
	f.t.Helper()
	id, err := f.CreateAccount(f.t.Context(), tsdb.NewAccount{Name: name, IdempotencyKey: name}, tsdb.Actor{})
	f.must(err)
	return id
}

func (f *fixture) newModel(name string) int64 {
	f.t.Helper()
	m, err := f.RegisterModel(f.t.Context(), tsdb.NewModel{AccountID: f.account, Name: name})
	f.must(err)
	return m.ID
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// run returns a tool run as an event; replace are pairs of old and new text.
func (f *fixture) run(id string, replace ...string) string {
	event := fmt.Sprintf(`{"specversion":"1.0","type":"usagegraph.tool.run","source":"gateway","id":"%s","time":"%s","subject":"Tool:%d","account":"Account:%d","data":{"runs":2}}`,
		id, time.Now().UTC().Truncate(time.Hour).Format(time.RFC3339), f.tool, f.account)
	return strings.NewReplacer(replace...).Replace(event)
}

// inference returns an inference as an event.
func (f *fixture) inference(id string, in, out int) string {
	return f.run(id, "tool.run", "inference", fmt.Sprintf("Tool:%d", f.tool), fmt.Sprintf("Model:%d", f.model), `"runs":2`, fmt.Sprintf(`"inputTokens":%d,"outputTokens":%d`, in, out))
}

// post sends a body and returns the answer.
func (f *fixture) post(query, contentType string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	f.t.Helper()
	r := httptest.NewRequestWithContext(f.t.Context(), http.MethodPost, "/v1/events"+query, body)
	r.Header.Set("Content-Type", contentType)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	f.endpoint.ServeHTTP(w, r)
	return w
}

// result is one result as a client reads it.
type result struct {
	Index, Line                                 *int
	ID, Status, Code, Message, Charge, PostedAt string
	Refusal                                     *struct{ Meter, Balance, Limit, Missing string }
}

// answer is an answer as a client reads it.
type answer struct {
	Results                                []result
	Stored, Duplicates, Conflicts, Refused int
	RequestID                              string
	Error                                  *struct{ Code, Message, RequestID string }
	End                                    bool
}

func (f *fixture) read(w *httptest.ResponseRecorder) (a answer) {
	f.t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		f.t.Fatalf("%v in %s", err, w.Body)
	}
	return a
}

// readLines reads the answer to a stream: the results, and the last line.
func (f *fixture) readLines(in io.Reader) (results []result, last answer) {
	f.t.Helper()
	d := json.NewDecoder(in)
	for {
		var line json.RawMessage
		if err := d.Decode(&line); err == io.EOF {
			return results, last
		} else {
			f.must(err)
		}
		var r result
		f.must(json.Unmarshal(line, &r))
		if r.Line == nil {
			f.must(json.Unmarshal(line, &last))
			continue
		}
		results = append(results, r)
	}
}

// events counts the stored events.
func (f *fixture) events() (n int) {
	f.t.Helper()
	f.must(f.pool.QueryRow(f.t.Context(), `SELECT count(*) FROM usage_event`).Scan(&n))
	return n
}
