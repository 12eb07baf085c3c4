package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// What a body contains is paid for, or refused, before it is decoded, over HTTP as over a stream, and the answer shows the state of the
// bucket, whatever the document does with the variables. Callers who report usage may send more than those who ask questions.
func TestBodiesAreWeighedBeforeTheyAreDecoded(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate = 10_000, 1 }) // what flows back is next to nothing
	account := r.account("weighed")
	const ignores = `query($v:[ID!]!){viewer{name} nodes(ids:$v)@skip(if:true){id}}`
	values := func(n int) []byte {
		return question(ignores, map[string]any{"v": slices.Repeat([]any{"x"}, n)})
	}
	const flowed = 3 // points that the bucket may regain until it is looked at
	blank := append(question(ignores, map[string]any{"v": []any{}}), strings.Repeat(" ", 200_000)...)
	for i, c := range []struct {
		role   auth.Role
		body   []byte
		points int64 // that are taken
		code   string
	}{
		{auth.Member, values(10), 5, ""},
		{auth.Member, values(4_900), 5 + 245, "COST_TOO_HIGH"},
		{auth.Member, values(5_100), 25, "DOCUMENT_TOO_COMPLEX"},
		{auth.Platform, values(5_100), 5 + 255, "COST_TOO_HIGH"},
		{auth.Member, blank, 5 + (200_000-(16<<10))/(2<<10), ""},
		{auth.Member, question(ignores, map[string]any{"v": []any{strings.Repeat("x", 200_000)}}), 5 + 97, ""},
	} {
		token := r.token(c.role, account, func(n *access.NewToken) { n.Name, n.AnyDocument = fmt.Sprint(i), true })
		for _, accept := range []string{"application/json", "text/event-stream"} {
			if accept == "text/event-stream" && c.code != "DOCUMENT_TOO_COMPLEX" {
				continue
			}
			req := r.request("POST", "/graphql", token, "application/json", bytes.NewReader(c.body))
			req.Header.Set("Accept", accept)
			got := r.send(req)
			var a struct {
				Extensions struct {
					Cost struct {
						ThrottleStatus struct{ CurrentlyAvailable, MaximumAvailable int64 }
					}
				}
			}
			_ = json.Unmarshal(got.body, &a)
			taken := a.Extensions.Cost.ThrottleStatus.MaximumAvailable - a.Extensions.Cost.ThrottleStatus.CurrentlyAvailable
			if got.code() != c.code || accept == "application/json" && (got.status != http.StatusOK || taken < c.points-flowed || taken > c.points+2) {
				t.Errorf("%d, %s: %d %q, %d points, want %d: %.300s", i, accept, got.status, got.code(), taken, c.points, got.body)
			}
		}
	}
	token := r.token(auth.Member, account, func(n *access.NewToken) { n.AnyDocument = true })
	if got := r.overWebSocket(token, ignores, `{"v":["`+strings.Repeat(`x","`, 5_100)+`"]}`); !strings.Contains(got, "DOCUMENT_TOO_COMPLEX") {
		t.Errorf("over a WebSocket: %.300s", got)
	}
}
