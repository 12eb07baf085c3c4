package guard_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/server/guard"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/server/wire/wiretest"
)

func TestScan(t *testing.T) {
	t.Parallel()
	limits := guard.Limits{
		Bytes: 1e9, Tokens: 1e9, Depth: 1e9, Nesting: 1e9, Aliases: 1e9, Directives: 1e9,
		RootFields: 1e9, Fragments: 1e9, Operations: 1e9, Name: 1e9,
	}
	for src, want := range map[string]guard.Counts{
		"{a b}": {Tokens: 4, Depth: 1, Nesting: 1, RootFields: 2, Operations: 1, Name: 1},
		"query fragment($on: [Int!] = [1 -2.5e3]) @d { x: a(b: {c: [\"}\"]}) ... on T @e { d } ...F ... @g { h } }": {
			Tokens: 50, Depth: 2, Nesting: 4, Aliases: 1, Directives: 3, RootFields: 4, Operations: 1, Name: 8},
		"fragment query on T { a b c } {on: fragment}":         {Tokens: 14, Depth: 1, Nesting: 1, Aliases: 1, RootFields: 1, Fragments: 1, Operations: 1, Name: 8},
		"\"\"\"a \\\"\"\" { \"\"\" query A{a} mutation B{b c}": {Tokens: 12, Depth: 1, Nesting: 1, RootFields: 2, Operations: 2, Name: 8},
		"# { } @ : \n{a,,,\ufeffb \"unterminated":              {Tokens: 5, Depth: 1, Nesting: 1, RootFields: 2, Operations: 1, Name: 1},
		"}}}) ] {a}": {Tokens: 8, Depth: 1, Nesting: 1, RootFields: 1, Operations: 1, Name: 1},
	} {
		if got, over := guard.Scan(src, limits); got != want || over != "" {
			t.Errorf("%s:\ngot  %+v %s\nwant %+v", src, got, over, want)
		}
	}
}

func costOf(t *testing.T, query string, vars map[string]any) string {
	t.Helper()
	e := guard.New(wiretest.New(), guard.Config{MaxCost: math.MaxInt64, Explore: func(context.Context) bool { return true }})
	params := graphql.RawParams{Query: query, Variables: vars}
	body, code := answer(t, e, params)
	_, cost, _ := strings.Cut(body, `"cost":`)
	return string(code) + strings.TrimSuffix(cost, "}}")
}

func TestCost(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"{hello}":                                        `{"requestedQueryCost":1,"actualQueryCost":1}`,
		"{item{name}}":                                   `{"requestedQueryCost":1,"actualQueryCost":1}`,
		"{item{parent{parent{name}}}}":                   `{"requestedQueryCost":3,"actualQueryCost":3}`,
		"{items{parent{name}}}":                          `{"requestedQueryCost":11,"actualQueryCost":3}`, // 10 expected, 2 came
		"{items(first:3){parent{id}}}":                   `{"requestedQueryCost":4,"actualQueryCost":4}`,
		"query($n:Int=5){items(first:$n){parent{id}}}":   `{"requestedQueryCost":6,"actualQueryCost":6}`,
		"{items(first:3){children(last:4){parent{id}}}}": `{"requestedQueryCost":16,"actualQueryCost":10}`,
		"{item{...F ...F} item{parent{name}}} fragment F on Item{parent{id}}": `{"requestedQueryCost":2,"actualQueryCost":2}`,
		"{a:item{...F} b:item{...F}} fragment F on Item{parent{id}}":          `{"requestedQueryCost":4,"actualQueryCost":4}`,
		"{thing{... on Item{x:parent{id}} ... on Box{x:content{id}}}}":        `{"requestedQueryCost":2,"actualQueryCost":2}`,
		"{thing{... on Box{items{id}}}}":                                      `{"requestedQueryCost":2,"actualQueryCost":1}`,
		"{__typename}":                                                        `{"requestedQueryCost":1,"actualQueryCost":1}`,
		"{items(first:0){parent{id}}}":                                        `{"requestedQueryCost":1,"actualQueryCost":1}`,
	} {
		if got := costOf(t, query, nil); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	e := guard.New(wiretest.New(), guard.Config{MaxCost: 100})
	if _, code := answer(t, e, graphql.RawParams{Query: "{items(first:101){parent{id}}}"}); code != wire.CostTooHigh {
		t.Errorf("code %q", code)
	}
}

type store map[string]string

func (s store) Document(_ context.Context, hash string) (string, bool) {
	text, ok := s[hash]
	return text, ok
}

func hexHash(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

func TestTrustedDocuments(t *testing.T) {
	t.Parallel()
	const known, unknown = "{hello}", "{item{name}}"
	type anyPool struct{}
	e := guard.New(wiretest.New(), guard.Config{
		Store:       store{hexHash(known): known},
		AnyDocument: func(ctx context.Context) bool { return ctx.Value(anyPool{}) != nil },
	})
	persisted := func(hash string) map[string]any {
		return map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}
	}
	byID := func(id any) map[string]any { return map[string]any{wire.DocumentIDKey: id} }
	twice := func(id, hash string) map[string]any {
		both := persisted(hash)
		both[wire.DocumentIDKey] = id
		return both
	}
	for _, c := range []struct {
		name, query string
		extensions  map[string]any
		trusted     wire.Code // the answer in the trusted pool
		other       wire.Code // and in the other
	}{
		{"text of a trusted document", known, nil, "", ""},
		{"other text", unknown, nil, wire.DocumentNotTrusted, ""},
		{"hash", "", persisted(hexHash(known)), "", ""},
		{"unknown hash", "", persisted(hexHash(unknown)), wire.DocumentNotFound, wire.DocumentNotFound},
		{"unknown hash with its text", unknown, persisted(hexHash(unknown)), wire.DocumentNotTrusted, ""},
		{"hash of another text", unknown, persisted(hexHash(known)), wire.BadRequest, wire.BadRequest},
		{"document id", "", byID("sha256:" + hexHash(known)), "", ""},
		{"not a hash", "", byID("../../etc/passwd"), wire.BadRequest, wire.BadRequest},
		{"not even text", "", byID(1), wire.BadRequest, wire.BadRequest},
		{"nothing", "", nil, wire.BadRequest, wire.BadRequest},
		{"no object", known, map[string]any{wire.PersistedKey: "x"}, wire.BadRequest, wire.BadRequest},
		{"null beside a text", known, map[string]any{wire.PersistedKey: nil}, "", ""},
		{"null alone", "", map[string]any{wire.PersistedKey: nil}, wire.BadRequest, wire.BadRequest},
		{"no hash", "", map[string]any{wire.PersistedKey: map[string]any{"version": 1}}, wire.BadRequest, wire.BadRequest},
		{"no hash beside a text", known, map[string]any{wire.PersistedKey: map[string]any{"version": 1}}, "", ""},
		{"the same twice", "", twice(hexHash(known), "sha256:"+hexHash(known)), "", ""},
		{"two documents", "", twice(hexHash(known), hexHash(unknown)), wire.BadRequest, wire.BadRequest},
	} {
		for pool, want := range map[any]wire.Code{nil: c.trusted, true: c.other} {
			ctx := graphql.StartOperationTrace(context.WithValue(t.Context(), anyPool{}, pool))
			_, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: c.query, Extensions: c.extensions})
			got := wire.Code("")
			if len(errs) > 0 {
				got = wire.CodeOf(errs[0])
			}
			if got != want {
				t.Errorf("%s, any pool %v: %q, want %q", c.name, pool, got, want)
			}
		}
	}
}

func TestIntrospection(t *testing.T) {
	t.Parallel()
	for _, may := range []bool{true, false} {
		e := guard.New(wiretest.New(), guard.Config{Explore: func(context.Context) bool { return may }})
		ctx := graphql.StartOperationTrace(t.Context())
		op, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: introspection})
		if (len(errs) == 0) != may || may && op.DisableIntrospection {
			t.Errorf("may %v: %v", may, errs)
		}
		if _, code := answer(t, e, graphql.RawParams{Query: "{__typename}"}); code != "" {
			t.Errorf("__typename: %s", code)
		}
	}
}

// introspection has the shape of GraphiQL's query, and its depth.
const introspection = `query IntrospectionQuery{__schema{queryType{name}types{...FullType}directives{name args{...InputValue}}}}
fragment FullType on __Type{kind name fields(includeDeprecated:true){name args{...InputValue}type{...TypeRef}}inputFields{...InputValue}
interfaces{...TypeRef}enumValues{name}possibleTypes{...TypeRef}}
fragment InputValue on __InputValue{name type{...TypeRef}defaultValue}
fragment TypeRef on __Type{kind name ofType{kind name ofType{kind name ofType{kind name ofType{kind name ofType{kind name
ofType{kind name ofType{kind name ofType{kind name ofType{kind name}}}}}}}}}}`

func TestBudget(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000, 0)
	buckets := &guard.Buckets{
		Now: func() time.Time { return now }, Principal: func(context.Context) string { return "p" }, Size: 50, Rate: 10,
	}
	e := guard.New(wiretest.New(), guard.Config{Budget: buckets})
	const query = "{items(first:39){parent{id}}}" // costs 40
	body, _ := answer(t, e, graphql.RawParams{Query: query})
	if want := `"throttleStatus":{"maximumAvailable":50,"currentlyAvailable":10,"restoreRate":10}`; !strings.Contains(body, want) {
		t.Error(body)
	}
	body, code := answer(t, e, graphql.RawParams{Query: query})
	if code != wire.Throttled || !strings.Contains(body, `"retryAfter":3`) || !strings.Contains(body, `"currentlyAvailable":10`) {
		t.Error(body)
	}
	now = now.Add(3 * time.Second)
	if body, code := answer(t, e, graphql.RawParams{Query: query}); code != "" {
		t.Error(body)
	}
	now = now.Add(time.Hour)
	answer(t, e, graphql.RawParams{Query: "{items{parent{id}}}"}) // asks 11, comes to 3, and no less than the entry fee
	if got := buckets.State(t.Context()).CurrentlyAvailable; got != 45 {
		t.Errorf("%d left after the refund", got)
	}
	if _, code := answer(t, e, graphql.RawParams{Query: "{items(first:60){parent{id}}}"}); code != wire.CostTooHigh {
		t.Errorf("code %q", code)
	}
}

// Work before the price is known is paid for too: what is refused, and documents that nobody has sent before.
func TestRefusalsCost(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000, 0)
	buckets := &guard.Buckets{Now: func() time.Time { return now }, Principal: func(context.Context) string { return "p" }, Size: 100, Rate: 1}
	const known = "query Known{hello}"
	e := guard.New(wiretest.New(), guard.Config{Budget: buckets, Store: store{hexHash(known): known}})
	left := func() int64 { return buckets.State(t.Context()).CurrentlyAvailable }
	long := "{hello #" + strings.Repeat("x", 2_990) + "\n}"
	for _, c := range []struct {
		query string
		code  wire.Code
		costs int64
	}{
		{"{hello}", "", 5},
		{known, "", 5},
		{"{", wire.ParseFailed, 5},
		{"{nothing}", wire.ValidationFailed, 5},
		{"{" + strings.Repeat("hello ", 30) + "}", wire.DocumentTooComplex, 6},
		{long, "", 35}, // prepared, and executed for the entry fee
		{long, "", 5},  // it is kept
	} {
		before := left()
		body, code := answer(t, e, graphql.RawParams{Query: c.query})
		if code != c.code || before-left() != c.costs || !strings.Contains(body, `"cost":{"requestedQueryCost":`) || !strings.Contains(body, fmt.Sprintf(`"currentlyAvailable":%d`, left())) {
			t.Errorf("%.40q: %q, took %d: %s", c.query, code, before-left(), body)
		}
	}
	for range 200 {
		answer(t, e, graphql.RawParams{Query: "{"})
	}
	if body, code := answer(t, e, graphql.RawParams{Query: "{"}); code != wire.Throttled || !strings.Contains(body, `"retryAfter":1`) {
		t.Errorf("an empty bucket: %q %s", code, body)
	}
}

func TestOperationName(t *testing.T) {
	t.Parallel()
	e := guard.New(wiretest.New(), guard.Config{})
	const query = "query A{hello} query B{item{name}}"
	for name, want := range map[string]wire.Code{"A": "", "B": "", "": wire.ValidationFailed, "secret-C": wire.ValidationFailed} {
		body, code := answer(t, e, graphql.RawParams{Query: query, OperationName: name})
		if code != want || strings.Contains(body, "secret") {
			t.Errorf("%q: %s", name, body)
		}
	}
}

// Concurrent requests share prepared documents; small caches only make that rarer.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	e := guard.New(wiretest.New(), guard.Config{OtherCache: 20_000})
	for g := range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for i := range 200 {
				query := fmt.Sprintf("query($n:Int){items(first:$n){a%d:name ...F}} fragment F on Item{parent{id}}", i%5)
				if body, code := answer(t, e, graphql.RawParams{Query: query, Variables: map[string]any{"n": g}}); code != "" {
					t.Fatal(body)
				}
			}
		})
	}
}

func BenchmarkCached(b *testing.B) {
	e := guard.New(wiretest.New(), guard.Config{})
	ctx := graphql.StartOperationTrace(b.Context())
	const query = "query($n:Int){items(first:$n){name ...F}} fragment F on Item{parent{id} children(first:3){name}}"
	b.ReportAllocs()
	for b.Loop() {
		if _, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: map[string]any{"n": 3}}); errs != nil {
			b.Fatal(errs)
		}
	}
}

func BenchmarkFresh(b *testing.B) {
	e := guard.New(wiretest.New(), guard.Config{OtherCache: 1})
	ctx := graphql.StartOperationTrace(b.Context())
	const query = "query($n:Int){items(first:$n){name ...F}} fragment F on Item{parent{id} children(first:3){name}}"
	b.ReportAllocs()
	for b.Loop() {
		if _, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: map[string]any{"n": 3}}); errs != nil {
			b.Fatal(errs)
		}
	}
}

// Variables are paid for by their size, before it is known what the document does with them.
func TestVariablesCost(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000, 0)
	buckets := &guard.Buckets{Now: func() time.Time { return now }, Principal: func(context.Context) string { return "p" }, Size: 1_000, Rate: 1}
	e := guard.New(wiretest.New(), guard.Config{Budget: buckets})
	for name, c := range map[string]struct {
		value any
		costs int64
	}{
		"many values":  {make([]any, 5_000), 5 + 250},
		"a long text":  {strings.Repeat("x", 40<<10), 5 + 20},
		"many entries": {map[string]any{"a": make([]any, 2_000), "b": strings.Repeat("y", 8<<10)}, 5 + 100 + 4},
		"one value":    {"x", 5},
	} {
		before := buckets.State(t.Context()).CurrentlyAvailable
		answer(t, e, graphql.RawParams{Query: "{hello}", Variables: map[string]any{"unused": c.value}})
		if took := before - buckets.State(t.Context()).CurrentlyAvailable; took != c.costs {
			t.Errorf("%s: took %d, want %d", name, took, c.costs)
		}
	}
}
