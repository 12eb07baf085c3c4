package guard_test

import (
	"context"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/server/guard"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/server/wire/wiretest"
)

// Documents that gqlgen and the database would answer with a fault, or with less than was asked for, do not reach them. No refusal repeats
// a value.
func TestWhatNeverReachesAResolver(t *testing.T) {
	t.Parallel()
	e := guard.New(wiretest.New(), guard.Config{})
	for name, c := range map[string]struct {
		query     string
		variables map[string]any
		want      wire.Code
	}{
		"@defer on a fragment":             {`{item{... @defer{name}}}`, nil, wire.ValidationFailed},
		"@defer on a spread":               {`{item{...f @defer(label:"x")}} fragment f on Item{name}`, nil, wire.ValidationFailed},
		"null for @skip":                   {`query($v:Boolean=true){hello @skip(if:$v)}`, map[string]any{"v": nil}, wire.ValidationFailed},
		"null for @include":                {`query($v:Boolean=true){item{...on Item@include(if:$v){name}}}`, map[string]any{"v": nil}, wire.ValidationFailed},
		"null for @include, in a fragment": {`query($v:Boolean=true){item{...f}} fragment f on Item{name @include(if:$v)}`, map[string]any{"v": nil}, wire.ValidationFailed},
		"the default of @skip":             {`query($v:Boolean=true){hello @skip(if:$v)}`, nil, ""},
		"null where it means nothing":      {`query($t:String="x"){echo(text:$t)}`, map[string]any{"t": nil}, ""},
		"U+0000 in a variable":             {`query($t:String){echo(text:$t)}`, map[string]any{"t": "secret\x00"}, wire.ValidationFailed},
		"U+0000 within variables":          {`query($f:Filter){find(filter:$f)}`, map[string]any{"f": map[string]any{"a": []any{"secret\x00"}}}, wire.ValidationFailed},
		"U+0000 in a literal":              {`{echo(text:"secret\u0000")}`, nil, wire.ValidationFailed},
		"a number that is no string":       {`query($n:Int){echo(number:$n)}`, map[string]any{"n": "secret"}, wire.ValidationFailed},
		"a text that is no number":         {`query($t:String){echo(text:$t)}`, map[string]any{"t": []any{"secret"}}, wire.ValidationFailed},
		"an id that is a number":           {`query($i:ID!){node(id:$i){id}}`, map[string]any{"i": 12345.678}, wire.ValidationFailed},
	} {
		body, code := answer(t, e, graphql.RawParams{Query: c.query, Variables: c.variables})
		if code != c.want || code != "" && (strings.Contains(body, "secret") || strings.Contains(body, "12345")) {
			t.Errorf("%s: %q, want %q: %s", name, code, c.want, body)
		}
	}
	if errs := guard.Check(wiretest.New().Schema(), `{item{... @defer{name}}}`); len(errs) == 0 {
		t.Error("a document with @defer can be registered")
	}
}

// Only callers who may explore see what the schema contains, however they ask.
func TestIntrospectionByAnyWay(t *testing.T) {
	t.Parallel()
	e := guard.New(wiretest.New(), guard.Config{Explore: func(context.Context) bool { return false }})
	for _, query := range []string{
		`{__schema{types{name}}}`, `{__type(name:"Query"){name}}`, `{a:__type(name:"Query"){name}}`, `{...f} fragment f on Query{__schema{types{name}}}`,
		`{...on Query{b:__schema{types{name}}}}`, `query($v:Boolean=false){__schema @skip(if:$v){types{name}}}`, `{hello ...f} fragment f on Query{...g} fragment g on Query{x:__type(name:"Query"){name}}`,
	} {
		if body, code := answer(t, e, graphql.RawParams{Query: query}); code != wire.IntrospectionDisabled {
			t.Errorf("%s: %s", query, body)
		}
	}
	if body, code := answer(t, e, graphql.RawParams{Query: `{__typename item{__typename}}`}); code != "" {
		t.Errorf("__typename: %s", body)
	}
}

// A subscription is one field of ours. Two are refused before anything runs, even if they differ only in their aliases or come from
// fragments.
func TestASubscriptionIsOneField(t *testing.T) {
	t.Parallel()
	schema := wiretest.New().Schema()
	for text, sound := range map[string]bool{
		`subscription{count(to:1)}`:                                                                          true,
		`subscription{a:count(to:1)}`:                                                                        true,
		`subscription{count(to:1) count(to:1)}`:                                                              true, // one field, written twice
		`subscription{...A ...A} fragment A on Subscription{state}`:                                          true,
		`subscription{count(to:1) state}`:                                                                    false,
		`subscription{a:count(to:1) b:count(to:1)}`:                                                          false,
		`subscription{a:count(to:1) count(to:1)}`:                                                            false,
		`subscription{...A b:state} fragment A on Subscription{state}`:                                       false,
		`subscription{...on Subscription{...A} state} fragment A on Subscription{...{b:state}}`:              false,
		`subscription{__typename}`:                                                                           false,
		`subscription{a:__typename}`:                                                                         false,
		`subscription{state ...A} fragment A on Subscription{__typename}`:                                    false,
		`query A{hello} subscription B{a:state b:state}`:                                                     false,
		`subscription A{state} subscription B{count(to:1)}`:                                                  true,
		`subscription{state @skip(if:false)}`:                                                                false,
		`subscription{...A} fragment A on Subscription{... @include(if:true){state}}`:                        false,
		`query{a:hello b:hello} subscription{state}`:                                                         false, // one without a name stands alone
		`query A{a:hello b:hello} subscription B{state}`:                                                     true,
		`subscription{state} fragment A on Query{a:hello b:hello} fragment B on Subscription{x:state state}`: false, // unused
	} {
		if errs := guard.Check(schema, text); (len(errs) == 0) != sound || !sound && errs[0].Extensions["code"] != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("%s: %v", text, errs)
		}
	}
}

// What a document has too much of is said with its limit, in words that can be read after "too many".
func TestWhatIsTooMuchIsSaid(t *testing.T) {
	t.Parallel()
	schema := wiretest.New().Schema()
	for text, want := range map[string]string{
		strings.Repeat("{item", 20) + strings.Repeat("}", 20):    "too many levels of fields, more than 15.",
		"{hello(a:" + strings.Repeat("[", 40):                    "too many brackets within each other, more than 30.",
		"{" + strings.Repeat("a", 101) + "}":                     "too many characters in a name, more than 100.",
		"{item{" + strings.Repeat("a:name ", 61) + "}}":          "too many aliases, more than 60.",
		"{" + strings.Repeat("hello ", 21) + "}":                 "too many root fields, more than 20.",
		strings.Repeat("query A{hello} ", 21):                    "too many operations, more than 20.",
		"{hello" + strings.Repeat("@include(if:true)", 61) + "}": "too many directives, more than 60.",
	} {
		if errs := guard.Check(schema, text); len(errs) != 1 || !strings.HasSuffix(errs[0].Message, want) {
			t.Errorf("%.40s: %v, want %s", text, errs, want)
		}
	}
}
