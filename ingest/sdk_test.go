package ingest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
)

// The official SDK makes a batch of events, which is stored as a whole.
func TestOfficialBatch(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	server := httptest.NewServer(f.endpoint)
	t.Cleanup(server.Close)
	var events []cloudevents.Event
	for i := range 5 {
		e := cloudevents.NewEvent()
		e.SetType(TypeToolRun)
		e.SetSource("agents")
		e.SetID(fmt.Sprint(i))
		e.SetTime(time.Now())
		e.SetSubject(fmt.Sprintf("Tool:%d", f.tool))
		e.SetExtension("account", fmt.Sprintf("Account:%d", f.account))
		f.must(e.SetData(cloudevents.ApplicationJSON, map[string]int{"runs": 2}))
		events = append(events, e)
	}
	for range 2 {
		r, err := cehttp.NewHTTPRequestFromEvents(t.Context(), server.URL, events)
		f.must(err)
		answer, err := http.DefaultClient.Do(r)
		f.must(err)
		if _ = answer.Body.Close(); answer.StatusCode != http.StatusOK || f.events() != 5 {
			t.Errorf("%d, %d events", answer.StatusCode, f.events())
		}
	}
}

// The official SDK's client delivers its events in both modes, and reads their outcome from the status.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	server := httptest.NewServer(f.endpoint)
	t.Cleanup(server.Close)
	client, err := cloudevents.NewClientHTTP(cloudevents.WithTarget(server.URL))
	f.must(err)
	for mode, encoded := range map[string]func(context.Context) context.Context{"structured": cloudevents.WithEncodingStructured, "binary": cloudevents.WithEncodingBinary} {
		e := cloudevents.NewEvent()
		e.SetType(TypeInference)
		e.SetSource("https://gateway.example/eu 1")
		e.SetID(mode)
		e.SetTime(time.Now())
		e.SetSubject(fmt.Sprintf("Model:%d", f.model))
		e.SetExtension("account", fmt.Sprintf("Account:%d", f.account))
		f.must(e.SetData(cloudevents.ApplicationJSON, map[string]int{"inputTokens": 10, "outputTokens": 2}))
		ctx := encoded(t.Context())
		if result := client.Send(ctx, e); !cloudevents.IsACK(result) {
			t.Errorf("%s: %v", mode, result)
		}
		f.must(e.SetData(cloudevents.ApplicationJSON, map[string]int{"inputTokens": 11}))
		var status *cehttp.Result
		if result := client.Send(ctx, e); cloudevents.IsACK(result) || !cloudevents.ResultAs(result, &status) || status.StatusCode != http.StatusConflict {
			t.Errorf("%s with other content: %v", mode, result)
		}
	}
	if f.events() != 2 {
		t.Errorf("%d events", f.events())
	}
}
