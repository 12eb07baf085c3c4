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

// The official SDK's client gets its events in, in both modes, and reads what became of them off the status.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	server := httptest.NewServer(f.door)
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
