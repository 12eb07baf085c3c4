package wire_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"pgregory.net/rapid"

	"github.com/usagegraph/usagegraph/server/wire"
)

func TestEncode(t *testing.T) {
	t.Parallel()
	ctx := wire.WithRequestID(t.Context(), "r1")
	for name, c := range map[string]struct {
		resp graphql.Response
		want string
	}{
		"data":     {graphql.Response{Data: []byte(`{"a":1}`)}, `{"data":{"a":1},"extensions":{"requestId":"r1"}}`},
		"null":     {graphql.Response{Data: []byte(`null`)}, `{"data":null,"extensions":{"requestId":"r1"}}`},
		"no data":  {graphql.Response{Errors: gqlerror.List{wire.Fault(wire.BadRequest, "x")}}, `{"errors":[{"message":"x","extensions":{"code":"BAD_REQUEST"}}],"extensions":{"requestId":"r1"}}`},
		"extended": {graphql.Response{Data: []byte(`{}`), Extensions: map[string]any{"cost": 1}}, `{"data":{},"extensions":{"cost":1,"requestId":"r1"}}`},
		"unencodable": {graphql.Response{Errors: gqlerror.List{{Message: "x", Extensions: map[string]any{"code": "X", "f": func() {}}}}},
			`{"errors":[{"message":"Something went wrong on our side.","extensions":{"code":"INTERNAL"}}],"extensions":{"requestId":"r1"}}`},
	} {
		if got := string(wire.Encode(ctx, &c.resp, nil)); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestSeal(t *testing.T) {
	t.Parallel()
	var heard []string
	report := func(_ context.Context, err error) { heard = append(heard, err.Error()) }
	errs := gqlerror.List{{Message: "secret", Path: ast.Path{ast.PathName("a")}}, wire.Fault(wire.Throttled, "later")}
	for range 20 {
		errs = append(errs, wire.Fault(wire.BadRequest, "x"))
	}
	got := wire.Seal(t.Context(), errs, report)
	if len(got) != wire.MaxErrors || wire.CodeOf(got[0]) != wire.Internal || got[0].Path.String() != "a" || got[1].Message != "later" {
		t.Errorf("%v", got)
	}
	if errs[0].Message != "secret" || len(heard) != 1 || !strings.Contains(heard[0], "secret") {
		t.Errorf("heard %v; the caller's list has %v", heard, errs[0])
	}
}

func TestCodesAreDistinct(t *testing.T) {
	t.Parallel()
	seen := map[wire.Code]bool{}
	for _, code := range wire.Codes() {
		if seen[code] || code == "" {
			t.Errorf("%q twice or empty", code)
		}
		seen[code] = true
	}
}

func TestAsList(t *testing.T) {
	t.Parallel()
	fault := wire.Fault(wire.Overloaded, "x")
	for _, err := range []error{fault, gqlerror.List{fault}, errors.Join(errors.New("y"), fault)} {
		if got := wire.AsList(err); len(got) != 1 || got[0] != fault {
			t.Errorf("%v", got)
		}
	}
	if got := wire.AsList(errors.New("y")); len(got) != 1 || wire.CodeOf(got[0]) != "" {
		t.Errorf("%v", got)
	}
}

func TestTally(t *testing.T) {
	t.Parallel()
	tally := &wire.Tally{Max: 2}
	if one, two, three := tally.Enter("a"), tally.Enter("a"), tally.Enter("a"); !one || !two || three || !tally.Enter("b") || !tally.Enter("") {
		t.Error("wrong count")
	}
	tally.Leave("a")
	if !tally.Enter("a") {
		t.Error("no place after one left")
	}
	var unlimited *wire.Tally
	if !unlimited.Enter("a") {
		t.Error("nil is unlimited")
	}
	unlimited.Leave("a")
}

func TestSessionExpired(t *testing.T) {
	t.Parallel()
	at := time.Unix(100, 0)
	if (wire.Session{}).Expired(at) || !(wire.Session{Expiry: at}).Expired(at) || (wire.Session{Expiry: at}).Expired(at.Add(-1)) {
		t.Error("expiry is the first instant that is refused")
	}
}

// Whatever is put and taken, the bound holds, all events come in order, the last state of each key comes, and nothing of a dropped owner
// does.
func TestOutbox(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		out := wire.Outbox{MaxBytes: rapid.IntRange(0, 2_000).Draw(t, "max")}
		var events []string
		last := map[string]string{}
		pending := 0
		take := func() bool {
			f, ok := out.Take()
			if !ok {
				return false
			}
			pending--
			if f.Key == "" {
				if len(events) == 0 || events[0] != string(f.Body) {
					t.Fatalf("event %s, want %v", f.Body, events)
				}
				events = events[1:]
			} else if last[f.Key] != string(f.Body) {
				t.Fatalf("state %s, want %s", f.Body, last[f.Key])
			} else {
				delete(last, f.Key)
			}
			return true
		}
		for i := range rapid.IntRange(1, 100).Draw(t, "steps") {
			if rapid.IntRange(0, 2).Draw(t, "step") == 0 {
				take()
				continue
			}
			body, _ := json.Marshal(strings.Repeat("x", rapid.IntRange(0, 300).Draw(t, "size")) + string(rune('a'+i%26)))
			key := rapid.SampledFrom([]string{"", "k", "l"}).Draw(t, "key")
			_, replaces := last[key]
			if !out.Put(wire.Message{Key: key, Body: body}) {
				if pending == 0 || replaces {
					t.Fatal("refused without need")
				}
				continue
			}
			switch {
			case key == "":
				events = append(events, string(body))
				pending++
			default:
				if !replaces {
					pending++
				}
				last[key] = string(body)
			}
			if out.Len() != pending {
				t.Fatalf("%d queued, want %d", out.Len(), pending)
			}
		}
		for take() { // empties it
		}
		if len(events)+len(last) > 0 || out.Len() != 0 {
			t.Fatalf("left: %v %v", events, last)
		}
	})
}

func TestOutboxDrop(t *testing.T) {
	t.Parallel()
	out := wire.Outbox{MaxBytes: 1_000}
	a, b := new(int), new(int)
	for _, owner := range []*int{a, b, a} {
		out.Put(wire.Message{Owner: owner, Body: []byte("x")})
	}
	out.Take()
	out.Drop(a)
	if f, ok := out.Take(); !ok || f.Owner != b || out.Len() != 0 || !out.Room(900) {
		t.Errorf("%+v %v", f, ok)
	}
}

// A queue that is never empty does not grow with what has passed through it.
func TestOutboxKeepsSmall(t *testing.T) { // it counts the process's allocations
	out := wire.Outbox{MaxBytes: 10_000}
	out.Put(wire.Message{})
	allocs := testing.AllocsPerRun(10_000, func() {
		out.Put(wire.Message{Body: []byte("x")})
		out.Take()
	})
	if allocs > 1 {
		t.Errorf("%v allocations a frame", allocs)
	}
}
