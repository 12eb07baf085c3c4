package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// The documents of the subscriptions, by the ids used in the tests.
const (
	statusFields = `{ accountId asOf revision icon zone credits { allocation used remaining usedPercent } runs { allocation used remaining usedPercent } outlook { ratePerHour stopAt } }`
	bannerFields = `{ accountId asOf revision banners { id kind meters percent text action removable raisedAt } }`

	statusDocument     = `subscription($id: ID!) { creditStatus(accountId: $id) ` + statusFields + ` }`
	bannersDocument    = `subscription($id: ID!) { banners(accountId: $id) ` + bannerFields + ` }`
	crossingsDocument  = `subscription($id: ID!, $after: Cursor) { thresholdCrossings(accountId: $id, after: $after) { __typename ... on ThresholdCrossing { cursor revision } ... on ThresholdSnapshot { cursor } } }`
	deploymentDocument = `subscription($id: ID!) { deploymentChanges(accountId: $id) { __typename ... on DeploymentChange { cursor revision } ... on DeploymentSnapshot { cursor } } }`
)

// frame is the answer to any of the documents above.
type frame struct {
	Typename string `json:"__typename"`
	Cursor   string
	Revision int64
	AsOf     time.Time
	raw      json.RawMessage
}

// frames are the frames of one subscription so far.
type frames struct {
	mu   sync.Mutex
	list []frame
	err  error // why no more come
}

func (f *frames) add(x frame) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, x)
}

func (f *frames) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *frames) all() ([]frame, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]frame(nil), f.list...), f.err
}

// revisions returns the revisions of the events; a snapshot in the middle is −1.
func revisions(list []frame) []int64 {
	out := []int64{}
	for i, f := range list {
		switch {
		case !strings.HasSuffix(f.Typename, "Snapshot"):
			out = append(out, f.Revision)
		case i > 0:
			out = append(out, -1)
		}
	}
	return out
}

// socket is a WebSocket that was accepted.
type socket struct{ *websocket.Conn }

func (p *process) open(ctx context.Context, token string) (socket, error) {
	ws, _, err := websocket.Dial(ctx, strings.Replace(p.url, "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		return socket{}, err
	}
	s := socket{ws}
	if err = s.say(ctx, map[string]any{"type": "connection_init", "payload": map[string]any{"token": token}}); err == nil {
		_, _, err = ws.Read(ctx)
	}
	return s, err
}

func (s socket) say(ctx context.Context, message any) error {
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	return s.Write(ctx, websocket.MessageText, text)
}

func (s socket) subscribe(ctx context.Context, id, document string, variables map[string]any) error {
	return s.say(ctx, map[string]any{"type": "subscribe", "id": id, "payload": map[string]any{"query": document, "variables": variables}})
}

// next returns the next frame and the subscription that it belongs to.
func (s socket) next(ctx context.Context) (id string, f frame, err error) {
	_, text, err := s.Read(ctx)
	if err != nil {
		return "", f, err
	}
	var m struct {
		ID, Type string
		Payload  json.RawMessage
	}
	if err := json.Unmarshal(text, &m); err != nil || m.Type != "next" {
		return m.ID, f, fmt.Errorf("%s: %w", text, err)
	}
	f, err = frameOf(m.Payload)
	return m.ID, f, err
}

// frameOf reads an execution result with one field.
func frameOf(result []byte) (f frame, err error) {
	var payload struct {
		Data   map[string]json.RawMessage
		Errors json.RawMessage
	}
	if err := json.Unmarshal(result, &payload); err != nil || payload.Errors != nil || len(payload.Data) != 1 {
		return f, fmt.Errorf("%s: %w", result, err)
	}
	for _, field := range payload.Data {
		err = json.Unmarshal(field, &f)
		f.raw = field
	}
	return f, err
}
