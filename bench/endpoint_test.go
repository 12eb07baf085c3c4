package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/ingest/remote"
	"github.com/usagegraph/usagegraph/jobs"
	"github.com/usagegraph/usagegraph/server"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// endpoint is a fleet behind a running server, with a client that may do everything that the platform may.
type endpoint struct {
	*fleet
	at     string
	token  string
	client *http.Client
}

// openEndpoint starts a server as operators do, but without rate limits and jobs.
func openEndpoint(b *testing.B, accounts int) *endpoint {
	b.Helper()
	return openEndpointOn(b, newFleet(b, accounts), false)
}

// openEndpointWithJobs is openEndpoint with metering, the roll-up and all other jobs.
func openEndpointWithJobs(b *testing.B, accounts int) *endpoint {
	b.Helper()
	return openEndpointOn(b, newFleet(b, accounts), true)
}

func openEndpointOn(b *testing.B, f *fleet, withJobs bool) *endpoint {
	b.Helper()
	d := &endpoint{fleet: f, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}}
	config := server.Config{Listen: "127.0.0.1:0", DatabaseURL: d.url, BucketSize: 1 << 50, BucketRate: 1 << 50, TelemetryMetrics: true, RemoteWrite: remote.Mapping{Tokens: []string{"llm_tokens_total"}},
		Clock: time.Now, Random: rand.Read, Log: slog.New(slog.DiscardHandler), Documents: []string{askStatus, askYear, askTools, askBalance}, PaceCollector: true}
	if withJobs {
		d.must(jobs.Migrate(b.Context(), d.pool))
		config.Parts.Jobs = func(store *tsdb.Store, log *slog.Logger, _ func(context.Context, string, time.Duration, error)) (server.Jobs, error) {
			return jobs.New(jobs.Config{Store: store, Log: log})
		}
	}
	config.PaceCollector = true // as the binary does
	s, err := server.Open(b.Context(), config)
	d.must(err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	b.Cleanup(func() {
		d.client.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	d.at = "http://" + s.Addr()
	d.token = d.newToken(auth.Platform)
	return d
}

func (d *endpoint) newToken(role auth.Role) string {
	return d.newTokenOf(access.NewToken{Role: string(role), Name: "bench " + string(role), AnyDocument: true})
}

func (f *fleet) newTokenOf(n access.NewToken) string {
	secret, prefix, err := auth.NewSecret(rand.Reader)
	f.must(err)
	n.Prefix, n.Hash = prefix, auth.Hash(secret)
	_, err = f.store.Access.CreateToken(f.b.Context(), n)
	f.must(err)
	return secret
}

// post sends a body and returns the answer. Any status but 200 fails the benchmark.
func (d *endpoint) post(path, contentType string, body []byte) string {
	return d.postTo(d.at+path, contentType, body)
}

func (d *endpoint) postTo(at, contentType string, body []byte) string {
	request, err := http.NewRequestWithContext(d.b.Context(), http.MethodPost, at, bytes.NewReader(body))
	if err != nil {
		d.b.Error(err)
		return ""
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Authorization", "Bearer "+d.token)
	response, err := d.client.Do(request)
	if err != nil {
		d.b.Error(err)
		return ""
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		d.b.Errorf("%d %.300s %v", response.StatusCode, answer, err)
	}
	return string(answer)
}

// question returns the body of a GraphQL request.
func question(query string, variables map[string]any) []byte {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		panic(err)
	}
	return body
}

func accountID(key int64) string { return graph.EncodeID(graph.KindAccount, key) }
func modelID(key int64) string   { return graph.EncodeID(graph.KindModel, key) }
