package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// An account whose questions are under way gets half of the snapshots, whatever number of tokens it asks with; the charts of others are
// answered meanwhile.
func TestChartsOfOneAccountDoNotKeepOutOthers(t *testing.T) {
	t.Parallel()
	s := run(t, func(c *Config) { c.ChartPoolSize = 3 }) // two snapshots
	own, other := s.account("own"), s.account("other")
	const chart = `{account{usageTrend{points{credits}}}}`
	held := charts.Read(s.store)
	if _, err := held.Account(pg.ForCaller(t.Context(), sharer(auth.Principal{Seats: []auth.Seat{{Account: own}}})), own); err != nil {
		t.Fatal(err)
	}
	answered := make(chan reply, 8)
	for i := range cap(answered) {
		token := s.token(auth.MasterAdmin, own, func(n *access.NewToken) { n.Name = fmt.Sprint("token ", i) })
		go func() {
			got, _ := s.try(s.request(http.MethodPost, "/graphql", token, "application/json", strings.NewReader(`{"query":"`+chart+`"}`)))
			answered <- got
		}()
	}
	normal := s.token(auth.MasterAdmin, other, nil)
	for range 20 {
		if got := s.ask(normal, chart, nil); got.status != http.StatusOK || got.code() != "" {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	select {
	case got := <-answered:
		t.Errorf("the account has more than its share: %d %s", got.status, got.body)
	default:
	}
	held.Close(t.Context())
	for range cap(answered) {
		if got := <-answered; got.status != http.StatusOK || got.code() != "" {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
}

// visit opens a WebSocket, sends a token, and returns what comes back.
func (r *running) visit(token string) (answer string, code websocket.StatusCode) {
	r.t.Helper()
	ws, _, err := websocket.Dial(r.t.Context(), r.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	_ = ws.Write(r.t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"type":"connection_init","payload":{"token":%q}}`, token))
	_, text, err := ws.Read(r.t.Context())
	return string(text), websocket.CloseStatus(err)
}

// Tokens are not guessed faster over WebSockets than over HTTP: each guess is paid for by the address, and answered late when it has had too
// many. Whoever has a token is not held up by that.
func TestGuessingOverSocketsIsSlow(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	token := r.token(auth.Member, r.account("acme"), nil)
	started := time.Now()
	const guesses = 150 // 100 are free, and 10 more a second
	for i := range guesses {
		if text, code := r.visit(fmt.Sprintf("ug_aaaaaaaa_%043d", i)); code != 4403 {
			t.Fatalf("%d %s", code, text)
		}
	}
	if took := time.Since(started); took < 8*pause {
		t.Errorf("%d guesses took %v", guesses, took)
	}
	if text, code := r.visit(token); !strings.Contains(text, "connection_ack") {
		t.Errorf("%d %s", code, text)
	}
}

// Opening a WebSocket costs as much as the cheapest operation.
func TestSocketsArePaidFor(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate = 1000, 1 })
	token := r.token(auth.Member, r.account("acme"), nil)
	before := r.left(token)
	const times = 20
	for range times {
		if text, code := r.visit(token); !strings.Contains(text, "connection_ack") {
			t.Fatalf("%d %s", code, text)
		}
	}
	if paid := before - r.left(token); paid < times*(socketPoints-1) {
		t.Errorf("%d sockets cost %g points", times, paid)
	}
}

// left returns how many points the bucket of a token holds.
func (r *running) left(token string) float64 {
	r.t.Helper()
	cost, _ := r.ask(token, "{__typename}", nil).Extensions["cost"].(map[string]any)
	state, _ := cost["throttleStatus"].(map[string]any)
	points, known := state["currentlyAvailable"].(float64)
	if !known {
		r.t.Error("no answer says what is left")
	}
	return points
}
