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

// door is a fleet behind a running server, and a client of it that may do everything the platform may.
type door struct {
	*fleet
	at     string
	token  string
	client *http.Client
}

// openDoor starts a server as operators do, but for its rate limits and without jobs.
func openDoor(b *testing.B, accounts int) *door {
	b.Helper()
	return openDoorOn(b, newFleet(b, accounts), false)
}

// openDoorWithJobs is openDoor with the meter, the roll-up and all else that works by the clock.
func openDoorWithJobs(b *testing.B, accounts int) *door {
	b.Helper()
	return openDoorOn(b, newFleet(b, accounts), true)
}

func openDoorOn(b *testing.B, f *fleet, withJobs bool) *door {
	b.Helper()
	d := &door{fleet: f, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}}
	config := server.Config{Listen: "127.0.0.1:0", DatabaseURL: d.url, BucketSize: 1 << 50, BucketRate: 1 << 50, TelemetryMetrics: true, RemoteWrite: remote.Mapping{Tokens: []string{"llm_tokens_total"}},
		Clock: time.Now, Random: rand.Read, Log: slog.New(slog.DiscardHandler), Documents: []string{askStatus, askYear, askTools, askBalance}, PaceCollector: true}
	if withJobs {
		d.must(jobs.Migrate(b.Context(), d.pool))
		config.Parts.Jobs = func(store *tsdb.Store, log *slog.Logger, _ func(context.Context, string, time.Duration, error)) (server.Jobs, error) {
			return jobs.New(jobs.Config{Store: store, Log: log})
		}
	}
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

func (d *door) newToken(role auth.Role) string {
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

// post sends a body and returns the answer; anything but 200 fails the benchmark.
func (d *door) post(path, contentType string, body []byte) string {
	return d.postTo(d.at+path, contentType, body)
}

func (d *door) postTo(at, contentType string, body []byte) string {
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

// question is the body of a GraphQL request.
func question(query string, variables map[string]any) []byte {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		panic(err)
	}
	return body
}

func accountID(key int64) string { return graph.EncodeID(graph.KindAccount, key) }
func modelID(key int64) string   { return graph.EncodeID(graph.KindModel, key) }
