package coerce

import (
	"math"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// Literals converts the literals of a valid document to their coerced form, in place: a single value becomes the list that its type
// requires, and a number that stands for an ID becomes a string. It returns a fault for the first literal that does not fit its type
// although gqlparser accepted it. A document is prepared once, and only then shared.
func (r Reader) Literals(doc *ast.QueryDocument) *gqlerror.Error {
	l := literals{Reader: r}
	for _, op := range doc.Operations {
		for _, v := range op.VariableDefinitions {
			l.variable(v)
		}
		l.directives(op.Directives)
		l.selection(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		l.directives(f.Directives)
		l.selection(f.SelectionSet)
	}
	return l.fault
}

// literals walks through a document.
type literals struct {
	Reader
	fault *gqlerror.Error
}

func (l *literals) variable(v *ast.VariableDefinition) {
	l.directives(v.Directives)
	if v.DefaultValue != nil {
		l.value(v.Type, v.DefaultValue)
	}
}

func (l *literals) selection(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if s.Definition != nil {
				l.arguments(s.Definition.Arguments, s.Arguments)
			}
			l.directives(s.Directives)
			l.selection(s.SelectionSet)
		case *ast.InlineFragment:
			l.directives(s.Directives)
			l.selection(s.SelectionSet)
		case *ast.FragmentSpread:
			l.directives(s.Directives)
		}
	}
}

func (l *literals) directives(list ast.DirectiveList) {
	for _, d := range list {
		if d.Definition != nil {
			l.arguments(d.Definition.Arguments, d.Arguments)
		}
	}
}

func (l *literals) arguments(defs ast.ArgumentDefinitionList, args ast.ArgumentList) {
	for _, a := range args {
		if def := defs.ForName(a.Name); def != nil {
			l.value(def.Type, a.Value)
		}
	}
}

// refuse records the first literal that does not fit.
func (l *literals) refuse(v *ast.Value, message string) {
	if l.fault != nil {
		return
	}
	l.fault = wire.Fault(wire.ValidationFailed, "A value "+message+".")
	if v.Position != nil {
		l.fault.Locations = []gqlerror.Location{{Line: v.Position.Line, Column: v.Position.Column}}
	}
}

// value converts one literal.
func (l *literals) value(t *ast.Type, v *ast.Value) {
	v.ExpectedType = t
	switch {
	case v.Kind == ast.Variable:
		// A fragment serves several operations, each with its own variable of this name. The variable's value decides.
		v.VariableDefinition = nil
	case v.Kind == ast.NullValue:
		if t.NonNull {
			l.refuse(v, "must not be null")
		}
	case t.Elem != nil:
		l.list(t, v)
	default:
		l.named(l.Schema.Types[t.NamedType], v)
	}
}

// list converts a list. A single literal becomes a list of one.
func (l *literals) list(t *ast.Type, v *ast.Value) {
	if v.Kind != ast.ListValue {
		single := *v
		*v = ast.Value{Kind: ast.ListValue, Position: v.Position, Definition: v.Definition, ExpectedType: t,
			Children: ast.ChildValueList{{Value: &single, Position: v.Position}}}
	}
	for _, child := range v.Children {
		l.value(t.Elem, child.Value)
	}
}

func (l *literals) named(def *ast.Definition, v *ast.Value) {
	switch {
	case def == nil:
		l.refuse(v, "has no known type")
	case def.Kind == ast.InputObject:
		l.object(def, v)
	case def.Kind == ast.Enum:
		if v.Kind != ast.EnumValue || def.EnumValues.ForName(v.Raw) == nil {
			l.refuse(v, "must be a value of the enum "+def.Name+", spelled as in the schema")
		}
	default:
		l.scalar(def.Name, v)
	}
}

// object converts an input object. It does not fill in defaults, because a field may be given by a variable that has no value.
func (l *literals) object(def *ast.Definition, v *ast.Value) {
	if v.Kind != ast.ObjectValue {
		l.refuse(v, "must be an object of "+def.Name)
		return
	}
	for _, child := range v.Children {
		f := def.Fields.ForName(child.Name)
		if f == nil {
			l.refuse(v, "has a field that "+def.Name+" does not have")
			return
		}
		l.value(f.Type, child.Value)
	}
	if def.Directives.ForName("oneOf") != nil && (len(v.Children) != 1 || v.Children[0].Value.Kind == ast.NullValue) {
		l.refuse(v, "must have exactly one field, which is not null")
	}
}

// scalar checks a literal's kind, not only its text: "5" is not an Int.
func (l *literals) scalar(name string, v *ast.Value) {
	text := v.Kind == ast.StringValue || v.Kind == ast.BlockValue
	fits := true
	switch name {
	case "Int":
		n, err := strconv.ParseInt(v.Raw, 10, 64)
		fits = v.Kind == ast.IntValue && err == nil && n >= math.MinInt32 && n <= math.MaxInt32
	case "Float":
		_, err := strconv.ParseFloat(v.Raw, 64)
		fits = (v.Kind == ast.IntValue || v.Kind == ast.FloatValue) && err == nil
		v.Kind = ast.FloatValue
	case "String":
		fits = text
	case "Boolean":
		fits = v.Kind == ast.BooleanValue
	case "ID":
		fits = text || v.Kind == ast.IntValue
		v.Kind = ast.StringValue
	default:
		l.custom(name, v)
	}
	if !fits {
		l.refuse(v, wanted(name))
	}
}

// custom checks the literal of a custom scalar, unless it contains a variable.
func (l *literals) custom(name string, v *ast.Value) {
	if holdsVariable(v) {
		return
	}
	raw, err := v.Value(nil)
	if err != nil {
		l.refuse(v, "is a number out of range")
		return
	}
	if _, wrong := l.Reader.custom(name, raw); wrong != nil {
		l.refuse(v, wrong.Message)
	}
}

func holdsVariable(v *ast.Value) bool {
	if v.Kind == ast.Variable {
		return true
	}
	for _, child := range v.Children {
		if holdsVariable(child.Value) {
			return true
		}
	}
	return false
}
