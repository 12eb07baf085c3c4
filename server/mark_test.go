package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/usagegraph/usagegraph/auth"
)

// A byte order mark at the start of a body or message is ignored, once and only there (RFC 8259 §8.1).
func TestAByteOrderMarkIsLeftOut(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	token := r.token(auth.MasterAdmin, r.account("marked"), nil)
	const mark, query = "\ufeff", `{"query":"{viewer{name}}"}`
	for body, code := range map[string]string{
		mark + query: "", mark + " \r\n\t" + query: "", query: "", " " + query: "", `{"query":"\ufeff{viewer{name}}"}`: "", mark + `{"query":"` + mark + `{viewer{name}}"}`: "",
		mark + mark + query: "BAD_REQUEST", " " + mark + query: "BAD_REQUEST", query + mark: "BAD_REQUEST", mark: "BAD_REQUEST", mark + " ": "BAD_REQUEST", mark + "[]": "BAD_REQUEST",
		"\xff\xfe{": "BAD_REQUEST", "\xef\xbb" + query: "BAD_REQUEST", mark + "null": "BAD_REQUEST",
	} {
		for _, accept := range []string{"application/json", "application/graphql-response+json", "text/event-stream"} {
			req := r.request(http.MethodPost, "/graphql", token, "application/json", strings.NewReader(body))
			req.Header.Set("Accept", accept)
			a := string(r.send(req).body)
			if code == "" && !strings.Contains(a, `"name"`) || code != "" && !strings.Contains(a, `"code":"`+code) {
				t.Errorf("%q as %s: %s", body, accept, a)
			}
		}
	}
	ws, _, err := websocket.Dial(t.Context(), r.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	say := func(text, want string) {
		t.Helper()
		_ = ws.Write(t.Context(), websocket.MessageText, []byte(text))
		if _, got, err := ws.Read(t.Context()); err != nil || !strings.Contains(string(got), want) {
			t.Errorf("%q: %s %v", text, got, err)
		}
	}
	say(mark+`{"type":"connection_init","payload":{"token":"`+token+`"}}`, "connection_ack")
	say(mark+` {"type":"ping"}`, "pong")
	say(mark+`{"type":"subscribe","id":"1","payload":`+query+`}`, `"name"`)
	if _, got, err := ws.Read(t.Context()); err != nil || !strings.Contains(string(got), "complete") {
		t.Errorf("the end of the operation: %s %v", got, err)
	}
	_ = ws.Write(t.Context(), websocket.MessageText, nil)
	if _, _, err := ws.Read(t.Context()); websocket.CloseStatus(err) != 4400 {
		t.Errorf("an empty message: %v", err)
	}
}
