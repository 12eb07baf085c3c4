package guard_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/server/guard"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/server/wire/wiretest"
)

// judge passes a document through the guard. If the guard refuses it, op is nil and body is the answer.
func judge(ctx context.Context, e *guard.Executor, params graphql.RawParams) (op *graphql.OperationContext, body string, code wire.Code) {
	op, errs := e.CreateOperationContext(ctx, &params)
	if len(errs) == 0 {
		return op, "", ""
	}
	resp := e.DispatchError(graphql.WithOperationContext(ctx, op), errs)
	return nil, string(wire.Encode(ctx, resp, nil)), wire.CodeOf(resp.Errors[0])
}

// answer sends a document through the guard and, if it lets it through, executes it.
func answer(t testing.TB, e *guard.Executor, params graphql.RawParams) (body string, code wire.Code) {
	t.Helper()
	ctx := graphql.StartOperationTrace(t.Context())
	op, body, code := judge(ctx, e, params)
	if op == nil {
		return body, code
	}
	responses, ctx := e.DispatchOperation(ctx, op)
	resp := responses(ctx)
	return string(wire.Encode(ctx, resp, nil)), ""
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func repeat(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// chain returns n fragments, each spreading the next one as often as times says; last is the content of the last one.
func chain(n, times int, last string) string {
	var b strings.Builder
	for i := range n - 1 {
		fmt.Fprintf(&b, "fragment F%d on Item{%s}", i, strings.Repeat(fmt.Sprintf("...F%d ", i+1), times))
	}
	fmt.Fprintf(&b, "fragment F%d on Item{%s}", n-1, last)
	return b.String()
}

// Hostile documents are judged within 20 ms of CPU and refused within 16 KB, with these codes. Those without a code are admitted; the cost
// of executing them is bounded by their price and not measured here.
func TestAttacks(t *testing.T) { // it measures the process
	type attack struct {
		name, query string
		code        wire.Code
	}
	attacks := []attack{
		{"field 20,000 times", "{" + strings.Repeat("hello ", 20_000) + "}", wire.DocumentTooComplex},
		{"field as often as allowed", "{item{" + strings.Repeat("name ", 3_990) + "}}", ""},
		{"same field with children", "{" + strings.Repeat("item{name} ", 19) + "}", ""},
		{"nested same field", "{item{" + strings.Repeat("parent{"+strings.Repeat("parent{name} ", 30)+"} ", 20) + "}}", ""},
		{"aliases", "{item{" + repeat(20_000, "a%d:name ") + "}}", wire.DocumentTooComplex},
		{"aliases on a batch", "{" + repeat(1_000, "a%d:item{name} ") + "}", wire.DocumentTooComplex},
		{"unknown directives", "{hello " + repeat(20_000, "@d%d ") + "}", wire.DocumentTooComplex},
		{"directives on one field", "{hello " + strings.Repeat("@skip(if:true) ", 60) + "}", wire.ValidationFailed},
		{"doubling fragments", "{item{...F0}}" + chain(23, 2, "name"), ""},
		{"doubling fragments, many", "{item{...F0}}" + chain(60, 2, "name"), ""},
		{"wide and chained fragments", "{item{...F0}}" + chain(60, 1, strings.Repeat("name ", 3_500)), wire.DocumentTooComplex},
		{"walked as often as allowed", "{item{...F0}}" + chain(2, 1, strings.Repeat("name ", 3_900)), ""},
		{"walked with errors", "{item{...F0}}" + chain(2, 1, repeat(3_900, "x%d ")), wire.ValidationFailed},
		{"doubling through fields", "{item{...F0}}" + doubling(40), wire.DocumentTooComplex},
		{"doubling through fields, in bounds", "{item{...F0}}" + doubling(14), wire.CostTooHigh},
		{"subsets", subsets(), ""},
		{"circular fragments", "{item{...A}} fragment A on Item{...B} fragment B on Item{...A}", wire.ValidationFailed},
		{"self-spreading fragment", "{item{...A}} fragment A on Item{parent{...A}}", wire.ValidationFailed},
		{"deep nesting", "{item{" + strings.Repeat("parent{", 5_000) + "name" + strings.Repeat("}", 5_002), wire.DocumentTooComplex},
		{"deep through fragments", "{item{...F0}} " + deep(20), wire.DocumentTooComplex},
		{"deep list literal", "{echo(text:" + strings.Repeat("[", 50_000) + ")}", wire.DocumentTooComplex},
		{"many fragments", "{item{name}}" + repeat(2_000, " fragment F%d on Item{name}"), wire.DocumentTooComplex},
		{"many operations", repeat(2_000, " query Q%d{hello}"), wire.DocumentTooComplex},
		{"root fields", "{" + strings.Repeat("hello ", 21) + "}", wire.DocumentTooComplex},
		{"root fields through a fragment", "{...F} fragment F on Query{" + repeat(21, "a%d:hello ") + "}", wire.DocumentTooComplex},
		{"comments", strings.Repeat("#\n", 40_000) + "{hello}", wire.DocumentTooComplex},
		{"long name", "{" + strings.Repeat("x", 90_000) + "}", wire.DocumentTooComplex},
		{"long string", `{find(filter:"` + strings.Repeat("secret-", 10_000) + `")}`, wire.ValidationFailed},
		{"misplaced string", `"` + strings.Repeat("secret-", 10_000) + `"`, wire.ParseFailed},
		{"enum from a string", `{items(colour:"` + strings.Repeat("secret-", 10_000) + `"){name}}`, wire.ValidationFailed},
		{"more than the body", "{" + strings.Repeat(" ", 200_000) + "hello}", wire.DocumentTooComplex},
		{"unknown fields", "{item{" + repeat(3_900, "x%d ") + "}}", wire.ValidationFailed},
		{"unknown arguments", "{item{size(" + repeat(1_300, "a%d:1 ") + ")}}", wire.ValidationFailed},
		{"undefined variables", "{item{" + repeat(55, "a%d:size(unit:$v) ") + "}}", wire.ValidationFailed},
		{"unused variables", "query(" + repeat(900, "$v%d:Int ") + "){hello}", wire.ValidationFailed},
		{"huge list literal", "{find(filter:{colours:[" + strings.Repeat("RED ", 3_900) + "]})}", ""},
		{"huge lists", "{items(first:2000000000){children(first:2000000000){children(first:2000000000){children(first:2000000000){name}}}}}", wire.CostTooHigh},
		{"negative lists", "{items(first:-5){children(last:-5){name}}}", ""},
		{"introspection", "{__schema{types{name}}}", wire.IntrospectionDisabled},
		{"introspection in a fragment", "{...F} fragment F on Query{__type(name:\"Item\"){name}}", wire.IntrospectionDisabled},
		{"nested introspection", "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}", wire.ValidationFailed},
		{"unterminated", `{echo(text:"` + strings.Repeat("a", 50_000), wire.ParseFailed},
		{"block strings", "{" + strings.Repeat(`""" """ `, 10_000) + "}", wire.DocumentTooComplex},
		{"not UTF-8", "{\xff\xfe}", wire.ParseFailed},
		{"nothing", "   ", wire.ValidationFailed},
		{"only fragments", "fragment F on Item{name}", wire.ValidationFailed},
	}
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			best := time.Hour
			for range 5 { // a neighbour may spoil one
				e := guard.New(wiretest.New(), guard.Config{})
				runtime.GC()
				ctx := graphql.StartOperationTrace(t.Context())
				before := cpu()
				_, body, code := judge(ctx, e, graphql.RawParams{Query: a.query})
				best = min(best, cpu()-before)
				if code != a.code {
					t.Fatalf("code %q, want %q: %.300s", code, a.code, body)
				}
				if code != "" && (len(body) > 16<<10 || strings.Contains(body, "secret-") || strings.Contains(body, "Did you mean")) {
					t.Errorf("%d bytes: %.300s", len(body), body)
				}
			}
			if best > cpuLimit {
				t.Errorf("took %v of CPU", best)
			}
			t.Log(best)
		})
	}
}

// doubling returns n fragments, each with two fields that both lead to the next one.
func doubling(n int) string {
	var b strings.Builder
	for i := range n - 1 {
		fmt.Fprintf(&b, "fragment F%d on Item{a:parent{...F%d}b:parent{...F%d}}", i, i+1, i+1)
	}
	fmt.Fprintf(&b, "fragment F%d on Item{name}", n-1)
	return b.String()
}

func deep(n int) string {
	var b strings.Builder
	for i := range n - 1 {
		fmt.Fprintf(&b, "fragment F%d on Item{parent{...F%d}}", i, i+1)
	}
	fmt.Fprintf(&b, "fragment F%d on Item{name}", n-1)
	return b.String()
}

// subsets makes response paths whose merged sets are all subsets of its fragments: the worst case of planning by merged sets.
func subsets() string {
	var b strings.Builder
	b.WriteString("{item{...F0}}")
	const n = 13
	for i := range n - 1 {
		fmt.Fprintf(&b, "fragment F%d on Item{parent{...F%d}", i, i+1)
		if i == 0 {
			b.WriteString("x:parent{...F1 ...G1}")
		}
		b.WriteString("}")
		if i > 0 {
			fmt.Fprintf(&b, "fragment G%d on Item{parent{...G%d}x:parent{...F%d ...G%d}}", i, i+1, i+1, i+1)
		}
	}
	fmt.Fprintf(&b, "fragment F%d on Item{name} fragment G%d on Item{name}", n-1, n-1)
	return b.String()
}

func TestHugeVariables(t *testing.T) {
	t.Parallel()
	e := guard.New(wiretest.New(), guard.Config{})
	var colours []any
	for range 50_000 {
		colours = append(colours, "RED")
	}
	const query = "query($f:Filter){find(filter:$f)}"
	_, code := answer(t, e, graphql.RawParams{Query: query, Variables: map[string]any{"f": map[string]any{"colours": colours}}})
	if code != wire.DocumentTooComplex {
		t.Errorf("code %q", code)
	}
	deep := map[string]any{}
	for range 5_000 {
		deep = map[string]any{"and": []any{deep}}
	}
	if body, code := answer(t, e, graphql.RawParams{Query: query, Variables: map[string]any{"f": deep}}); code != "" {
		t.Errorf("%s", body)
	}
	for _, variables := range []map[string]any{
		{"f": map[string]any{"secret-" + strings.Repeat("x", 1_000): 1}},
		{"f": map[string]any{"colours": []any{"secret-colour"}}},
		{"f": "secret-" + strings.Repeat("x", 1_000)},
	} {
		body, code := answer(t, e, graphql.RawParams{Query: query, Variables: variables})
		if code != wire.ValidationFailed || strings.Contains(body, "secret-") {
			t.Errorf("%q %.300s", code, body)
		}
	}
}

// FuzzGuard looks for texts that crash the guard, pass its scan but take too much, or leak through.
func FuzzGuard(f *testing.F) {
	for _, seed := range []string{
		"{hello}", `query A($f:Filter){find(filter:$f) a:item{...F}} fragment F on Item{name @skip(if:true)}`,
		`{item{... on Node{id} parent{size(unit:"x")}}}`, `subscription{count(to:1)}`, `"""doc""" query{things{... on Box{label}}}`,
		"{__schema{types{name}}}", subsets(), doubling(10), "#c\n{echo(number:1e9,text:\"\\u00e4\")}",
	} {
		f.Add(seed)
	}
	e := guard.New(wiretest.New(), guard.Config{Explore: func(context.Context) bool { return true }})
	f.Fuzz(func(t *testing.T, query string) {
		params := graphql.RawParams{Query: query, Variables: map[string]any{}}
		if query == "" {
			return
		}
		_, errs := e.CreateOperationContext(graphql.StartOperationTrace(t.Context()), &params)
		if len(errs) > wire.MaxErrors {
			t.Errorf("%d errors", len(errs))
		}
		for _, err := range errs {
			if wire.CodeOf(err) == "" {
				t.Errorf("no code: %v", err)
			}
		}
	})
}
