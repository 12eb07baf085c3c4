package guard_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/server/guard"
	"github.com/usagegraph/usagegraph/server/guard/coerce"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/server/wire/wiretest"
)

// onlySchema is an executable schema that is never executed.
type onlySchema struct {
	graphql.ExecutableSchema
	schema *ast.Schema
}

func (s onlySchema) Schema() *ast.Schema { return s.schema }

// question is a schema with a document over it and variables.
type question struct {
	Schema    string `json:"schema"`
	Query     string `json:"query"`
	Variables string `json:"variables"`
}

// verdict is the outcome: the arguments of the field f, or a refusal.
type verdict struct {
	Args    map[string]any `json:"args"`
	Refused string         `json:"refused"`
}

// For random schemas, documents and variables, the guard accepts what graphql-js accepts, and the arguments are the same.
func TestValuesAreThoseOfGraphQLJS(t *testing.T) {
	t.Parallel()
	seed := uint64(20_250_903)
	rnd := rand.New(rand.NewPCG(seed, seed))
	var list []question
	for range 60 {
		d := newDice(rnd)
		for range 60 {
			list = append(list, d.question())
		}
	}
	theirs := askGraphQLJS(t, list)
	taken := 0
	for i, q := range list {
		ours := askGuard(t, q)
		if (ours.Refused == "") != (theirs[i].Refused == "") || ours.Refused == "" && !reflect.DeepEqual(ours.Args, theirs[i].Args) {
			t.Errorf("%s\n%s\n%s\nours: %+v\ngraphql-js: %+v", q.Schema, q.Query, q.Variables, ours, theirs[i])
		}
		if ours.Refused == "" {
			taken++
		}
	}
	if taken < len(list)/10 || taken > len(list)*9/10 {
		t.Errorf("%d of %d were taken: the questions are not worth asking", taken, len(list))
	}
}

func askGraphQLJS(t *testing.T, list []question) []verdict {
	t.Helper()
	var lines bytes.Buffer
	e := json.NewEncoder(&lines)
	for _, q := range list {
		if err := e.Encode(q); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "questions.jsonl")
	if err := os.WriteFile(file, lines.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var answers []verdict
	d := json.NewDecoder(bytes.NewReader(wiretest.Node(t, "graphqljs", "values.mjs", file)))
	for range list {
		var v verdict
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, v)
	}
	return answers
}

// askGuard passes a question through the guard and reads the arguments as execution does.
func askGuard(t *testing.T, q question) verdict {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: q.Schema})
	if err != nil {
		t.Fatalf("%s: %v", q.Schema, err)
	}
	variables, fault := wire.ParseObject("variables", []byte(q.Variables))
	if fault != nil {
		t.Fatal(fault)
	}
	ctx := graphql.StartOperationTrace(context.Background())
	op, errs := guard.New(onlySchema{schema: schema}, guard.Config{}).CreateOperationContext(ctx, &graphql.RawParams{Query: q.Query, Variables: variables})
	if len(errs) > 0 {
		if code := wire.CodeOf(errs[0]); code != wire.ValidationFailed {
			t.Errorf("%s %s: %s %v", q.Query, q.Variables, code, errs)
		}
		return verdict{Refused: errs.Error()}
	}
	field, _ := op.Operation.SelectionSet[0].(*ast.Field)
	args := map[string]any{}
	for name, raw := range field.ArgumentMap(op.Variables) {
		value, wrong := coerce.Reader{Schema: schema}.Value(field.Definition.Arguments.ForName(name).Type, raw)
		if wrong != nil {
			t.Errorf("%s\n%s\n%s: %s got through: %s", q.Schema, q.Query, q.Variables, name, wrong.Message)
		}
		args[name] = value
	}
	return verdict{Args: asJSON(t, args)}
}

// asJSON reads arguments back from their JSON, so that numbers compare as in JavaScript.
func asJSON(t *testing.T, args map[string]any) (out map[string]any) {
	t.Helper()
	text, err := json.Marshal(args)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}
