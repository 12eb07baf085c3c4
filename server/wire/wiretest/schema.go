// Package wiretest provides a small executable GraphQL schema for the tests of the transports and of the guard. It is written by hand, so
// that those tests need neither the product's schema nor generated code.
package wiretest

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

const sdl = `
interface Node { id: ID! }
enum Colour { RED GREEN }
input Filter { name: String, colours: [Colour!], and: [Filter!] }
type Item implements Node { id: ID! name: String! size(unit: String): Int! parent: Item children(first: Int, last: Int): [Item!]! }
type Box implements Node { id: ID! name: String size: String! label: String! content: Item items(first: Int = 10): [Item!]! }
union Thing = Item | Box
type Query {
  hello: String!
  echo(text: String, number: Int): String
  find(filter: Filter): String
  item: Item
  items(first: Int, last: Int, colour: Colour): [Item!]!
  node(id: ID!): Node
  thing: Thing
  things: [Thing!]!
  fail: String
  crash: String
  wait: String
}
type Mutation { bump: Int! }
type Subscription {
  count(to: Int!): Int!
  state(account: ID): Int!
  events: Int!
  forever: Int!
}`

// Schema is a graphql.ExecutableSchema whose resolvers answer with fixed or small computed values.
type Schema struct {
	schema *ast.Schema
	// Wait blocks Query.wait until it is closed or the context ends.
	Wait chan struct{}
	// Bumped counts executions of Mutation.bump; read it only after an answer.
	Bumped int
	// Started is told about every subscription that is pulled; may be nil.
	Started func(ctx context.Context)
	// Payload is what Subscription.forever repeats; nil: it stays silent.
	Payload []byte
}

var _ graphql.ExecutableSchema = (*Schema)(nil)

// New makes a Schema.
func New() *Schema {
	return &Schema{
		schema: gqlparser.MustLoadSchema(&ast.Source{Input: sdl}),
		Wait:   make(chan struct{}),
	}
}

// Schema returns the parsed schema.
func (s *Schema) Schema() *ast.Schema { return s.schema }

// Complexity is not used.
func (s *Schema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

// Exec runs the operation of the context.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	switch op.Operation.Operation {
	case ast.Subscription:
		return s.subscribe(ctx, op)
	case ast.Mutation:
		return once(func(ctx context.Context) *graphql.Response {
			s.Bumped++
			return s.object(ctx, op, s.schema.Mutation)
		})
	}
	return once(func(ctx context.Context) *graphql.Response { return s.object(ctx, op, s.schema.Query) })
}

func once(f graphql.ResponseHandler) graphql.ResponseHandler {
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		return f(ctx)
	}
}

func (s *Schema) object(ctx context.Context, op *graphql.OperationContext, def *ast.Definition) *graphql.Response {
	value := s.value(ctx, op, def, op.Operation.SelectionSet)
	data, err := json.Marshal(value)
	if err != nil {
		graphql.AddError(ctx, err)
		return &graphql.Response{Data: []byte("null")}
	}
	return &graphql.Response{Data: data}
}

func (s *Schema) value(ctx context.Context, op *graphql.OperationContext, def *ast.Definition, set ast.SelectionSet) map[string]any {
	satisfies := append([]string{def.Name}, def.Interfaces...)
	for _, union := range s.schema.Implements[def.Name] {
		satisfies = append(satisfies, union.Name)
	}
	out := map[string]any{}
	for _, f := range graphql.CollectFields(op, set, satisfies) {
		fctx := graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: def.Name, Field: f})
		v, err := op.ResolverMiddleware(fctx, func(ctx context.Context) (any, error) {
			return s.field(ctx, op, def, f)
		})
		if err != nil {
			graphql.AddError(fctx, err)
		}
		out[f.Alias] = v
	}
	return out
}

func (s *Schema) field(ctx context.Context, op *graphql.OperationContext, def *ast.Definition, f graphql.CollectedField) (any, error) {
	args := f.ArgumentMap(op.Variables)
	switch f.Name {
	case "__typename":
		return def.Name, nil
	case "echo":
		return args["text"], nil
	case "fail":
		return nil, errors.New("pq: relation \"secret\" does not exist at /srv/app/db.go:12")
	case "crash":
		panic("crash in /srv/app/crash.go")
	case "wait":
		select {
		case <-s.Wait:
		case <-ctx.Done():
		}
		return "waited", nil
	case "bump":
		return s.Bumped, nil
	}
	return s.complete(ctx, op, f.Definition.Type, f, args), nil
}

func (s *Schema) complete(ctx context.Context, op *graphql.OperationContext, t *ast.Type, f graphql.CollectedField, args map[string]any) any {
	if t.Elem != nil {
		var out []any
		for range listSize(args) {
			out = append(out, s.complete(ctx, op, t.Elem, f, args))
		}
		return out
	}
	switch def := s.schema.Types[t.NamedType]; {
	case def.Kind == ast.Interface, def.Kind == ast.Union:
		return s.value(ctx, op, s.schema.Types["Item"], f.Selections)
	case def.Kind == ast.Object:
		return s.value(ctx, op, def, f.Selections)
	case def.Name == "Int":
		return 1
	default:
		return f.Name
	}
}

func listSize(args map[string]any) int {
	if n, ok := args["first"].(int64); ok {
		return int(n)
	}
	return 2
}

func (s *Schema) subscribe(ctx context.Context, op *graphql.OperationContext) graphql.ResponseHandler {
	if s.Started != nil {
		s.Started(ctx)
	}
	field := op.Operation.SelectionSet[0].(*ast.Field)
	n, limit := 0, int64(-1)
	if to, ok := field.ArgumentMap(op.Variables)["to"]; ok {
		limit = asInt(to)
	}
	return func(context.Context) *graphql.Response {
		if limit >= 0 && int64(n) >= limit || ctx.Err() != nil {
			return nil
		}
		n++
		if limit < 0 && s.Payload == nil {
			<-ctx.Done()
			return nil
		}
		if limit < 0 {
			return &graphql.Response{Data: s.Payload}
		}
		return &graphql.Response{Data: []byte(`{"` + field.Alias + `":` + strconv.Itoa(n) + `}`)}
	}
}

func asInt(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case int:
		return int64(v)
	case json.Number:
		n, _ := v.Int64()
		return n
	}
	return 0
}
