// Package generated is made from schema.graphqls, but for this file: what writes long lists at once. The functions that gqlgen generates
// make some Marshalers, contexts and goroutines for each element; graph/lists puts a call of what is here in front of them.
package generated

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/graph/scalar"
)

type stockKey struct{}

// Stock makes lists of an operation be written the way gqlgen writes them, for comparison.
func Stock(ctx context.Context) context.Context { return context.WithValue(ctx, stockKey{}, true) }

func isStock(ctx context.Context) bool { return ctx.Value(stockKey{}) != nil }

// scalarsAtOnce is a list of scalars; nil: gqlgen is to write it.
func scalarsAtOnce[T any](ctx context.Context, v []T, add func([]byte, T) []byte) graphql.Marshaler {
	if isStock(ctx) {
		return nil
	}
	return scalar.List(v, add)
}

// pointColumn is a selected field of points: its key, and what writes its value.
type pointColumn struct {
	key   []byte
	value func([]byte, *model.TrendPoint) []byte
}

// pointsAtOnce is a list of points; nil: gqlgen is to write it, because something is selected that is more than a scalar that is always there.
func (ec *executionContext) pointsAtOnce(ctx context.Context, sel ast.SelectionSet, v []model.TrendPoint) graphql.Marshaler {
	if isStock(ctx) {
		return nil
	}
	fields := graphql.CollectFields(ec.OperationContext, sel, trendPointImplementors)
	columns := make([]pointColumn, len(fields))
	for i, f := range fields {
		value := pointValue(f.Name)
		if value == nil || f.Deferrables != nil {
			return nil
		}
		columns[i] = pointColumn{[]byte(`,"` + f.Alias + `":`), value}
	}
	if len(columns) == 0 {
		return nil
	}
	columns[0].key[0] = '{'
	text := append(make([]byte, 0, 2+len(v)*24*len(columns)), '[')
	for i := range v {
		if i > 0 {
			text = append(text, ',')
		}
		for _, c := range columns {
			text = c.value(append(text, c.key...), &v[i])
		}
		text = append(text, '}')
	}
	return scalar.Raw(append(text, ']'))
}

// pointValue is what writes a field of a point; nil: it is no scalar, or may be null.
func pointValue(name string) func([]byte, *model.TrendPoint) []byte {
	switch name {
	case "__typename":
		return func(b []byte, _ *model.TrendPoint) []byte { return append(b, `"TrendPoint"`...) }
	case "start":
		return func(b []byte, p *model.TrendPoint) []byte { return scalar.AppendDateTime(b, p.Start) }
	case "end":
		return func(b []byte, p *model.TrendPoint) []byte { return scalar.AppendDateTime(b, p.End) }
	case "partial":
		return func(b []byte, p *model.TrendPoint) []byte {
			if p.Partial {
				return append(b, "true"...)
			}
			return append(b, "false"...)
		}
	case "credits":
		return func(b []byte, p *model.TrendPoint) []byte { return scalar.AppendDecimal(b, p.Credits) }
	case "runs":
		return func(b []byte, p *model.TrendPoint) []byte { return scalar.AppendLong(b, p.Runs) }
	case "models":
		return func(b []byte, p *model.TrendPoint) []byte { return scalar.AppendDecimal(b, p.Models) }
	case "guardrails":
		return func(b []byte, p *model.TrendPoint) []byte { return scalar.AppendDecimal(b, p.Guardrails) }
	case "scripts":
		return func(b []byte, p *model.TrendPoint) []byte { return scalar.AppendDecimal(b, p.Scripts) }
	}
	return nil
}
