package broker

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/ingest/otlp"
	"github.com/usagegraph/usagegraph/tsdb"
)

// use is one inference in an hour.
type use struct {
	id, in, out int
	time        time.Time
}

// hour returns what was used, and its cost by rules.md §7, computed independently of the code under test.
func hour(n int) (uses []use, micros int) {
	random := rand.New(rand.NewPCG(1, 2))
	begin := time.Now().UTC().Truncate(time.Hour).Add(-time.Hour)
	for i := range n {
		u := use{i, random.IntN(5_000), random.IntN(2_000), begin.Add(time.Duration(random.IntN(3_600)) * time.Second)}
		uses, micros = append(uses, u), micros+(u.in+3*u.out+1)/2
	}
	return uses, micros
}

func (u use) event() string {
	return fmt.Sprintf(`{"specversion":"1.0","type":"usagegraph.inference","source":"way","id":"%d","time":"%s","accountexternalid":"acme","modelexternalid":"gpt-5","data":{"inputTokens":%d,"outputTokens":%d}}`,
		u.id, u.time.Format(time.RFC3339), u.in, u.out)
}

func (u use) span() string {
	return fmt.Sprintf(`{"traceId":"%032x","spanId":"%016x","endTimeUnixNano":"%d","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.request.model","value":{"stringValue":"gpt-5"}},
		{"key":"gen_ai.usage.input_tokens","value":{"intValue":"%d"}},{"key":"gen_ai.usage.output_tokens","value":{"intValue":"%d"}}]}`, u.id+1, u.id+1, u.time.UnixNano(), u.in, u.out)
}

func texts(uses []use, of func(use) string) (all []string) {
	for _, u := range uses {
		all = append(all, of(u))
	}
	return all
}

// An hour's usage comes in by every way at once, each bringing a part of it, and everything twice. The books equal the independent sum.
func TestEveryWayAtOnce(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	model, err := b.store.RegisterModel(t.Context(), tsdb.NewModel{Own: tsdb.Own{ExternalID: "gpt-5"}, AccountID: b.account, Name: "GPT"})
	b.must(err)
	const each = 150
	uses, micros := hour(5 * each)
	part := func(i int) []use { return uses[i*each : (i+1)*each] }
	js, kafka := newNATS(t), newKafka(t)
	traces, _ := ingest.NewTelemetry(b.events, otlp.Mapping{}, func(context.Context) int64 { return 0 })
	post := func(to http.Handler, media, body string) error {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", media)
		w := httptest.NewRecorder()
		if to.ServeHTTP(w, r); w.Code != 200 || strings.Contains(w.Body.String(), "rejected") || strings.Contains(w.Body.String(), "REFUSED") {
			return fmt.Errorf("%d %s", w.Code, w.Body)
		}
		return nil
	}
	consume := func(r rig, from []use) func() error {
		c := b.consumer(r.open(), 40)
		return func() error {
			for _, u := range from {
				r.publish(message{body: u.event()})
			}
			b.take(c, len(from))
			return nil
		}
	}
	ways := []func() error{
		func() error {
			return post(b.events, "application/cloudevents-batch+json", "["+strings.Join(texts(part(0), use.event), ",")+"]")
		},
		func() error {
			return post(traces, "application/json", `{"resourceSpans":[{"resource":{"attributes":[{"key":"usagegraph.account.external_id","value":{"stringValue":"acme"}}]},"scopeSpans":[{"spans":[`+
				strings.Join(texts(part(1), use.span), ",")+`]}]}]}`)
		},
		func() error {
			im := ingest.Importer{Batcher: b.batcher, Kind: tsdb.Inference, Source: "import", Account: b.account, Resource: model.ID}
			line := func(u use) string {
				return fmt.Sprintf("%s,%d,%d,%d", u.time.Format(time.RFC3339), u.in, u.out, u.id)
			}
			_, err := im.Run(t.Context(), strings.NewReader("time,inputTokens,outputTokens,id\n"+strings.Join(texts(part(2), line), "\n")))
			return err
		},
		consume(js, part(3)), consume(kafka, part(4)),
	}
	for range 2 {
		var all sync.WaitGroup
		for i, way := range ways {
			all.Go(func() {
				if err := way(); err != nil {
					t.Errorf("way %d: %v", i, err)
				}
			})
		}
		all.Wait()
		a, err := b.store.Account(t.Context(), b.account)
		b.must(err)
		if n, _, _ := b.stored(); n != 5*each || int(a.Credits.Used()) != micros {
			t.Errorf("%d events, %v used, want %d µ", n, a.Credits.Used(), micros)
		}
	}
}
