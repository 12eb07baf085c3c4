package guard

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/usagegraph/usagegraph/server/guard/coerce"
	"github.com/usagegraph/usagegraph/server/wire"
)

// document is a text that has passed all checks which do not depend on the request.
type document struct {
	doc   *ast.QueryDocument
	bare  *ast.QueryDocument // doc without the definitions of variables
	plans []*plan            // in the order of doc.Operations
	// conditions are the variables that @skip and @include use.
	conditions map[string]bool
	// nullable are the variables used where null is not allowed.
	nullable map[string]bool
}

// Check returns what keeps a document from ever being answered, whoever sends it: limits, syntax, validation. nil: nothing does.
func Check(schema *ast.Schema, text string) gqlerror.List {
	_, errs := prepare(coerce.Reader{Schema: WithoutDefer(schema)}, text, Limits{}.withDefaults())
	return errs
}

// prepare passes a text through the lexer pass, the parser and validation, and converts its literals to their coerced form.
func prepare(reader coerce.Reader, text string, limits Limits) (*document, gqlerror.List) {
	if _, over := Scan(text, limits); over != "" {
		return nil, gqlerror.List{tooComplex(over)}
	}
	doc, fault := parse(text, limits)
	if fault != nil {
		return nil, gqlerror.List{fault}
	}
	if fault := checkText(text); fault != nil {
		return nil, gqlerror.List{fault}
	}
	if fault := checkReach(doc, limits); fault != nil {
		return nil, gqlerror.List{fault}
	}
	if errs := validate(reader.Schema, doc); len(errs) > 0 {
		return nil, errs
	}
	d := &document{doc: doc, bare: bareOf(doc), conditions: conditionsOf(doc)}
	if fault := d.plan(reader.Schema, limits); fault != nil {
		return nil, gqlerror.List{fault}
	}
	if fault := reader.Literals(doc); fault != nil { // after the plan, which compares arguments as written
		return nil, gqlerror.List{fault}
	}
	d.nullable = coerce.Nullable(doc)
	return d, nil
}

// bareOf returns a document whose operations define no variables.
func bareOf(doc *ast.QueryDocument) *ast.QueryDocument {
	bare := *doc
	bare.Operations = make(ast.OperationList, len(doc.Operations))
	for i, op := range doc.Operations {
		without := *op
		without.VariableDefinitions = nil
		bare.Operations[i] = &without
	}
	return &bare
}

// plan makes the plan of each operation.
func (d *document) plan(schema *ast.Schema, limits Limits) *gqlerror.Error {
	for _, op := range d.doc.Operations {
		p, fault := planOf(schema, op, limits)
		if fault != nil {
			return fault
		}
		d.plans = append(d.plans, p)
	}
	return nil
}

func parse(text string, limits Limits) (*ast.QueryDocument, *gqlerror.Error) {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, limits.Tokens+1)
	if err != nil {
		return nil, parseFault(err)
	}
	if doc == nil || len(doc.Operations) == 0 {
		return nil, wire.Fault(wire.ValidationFailed, "The document contains no operation.")
	}
	return doc, nil
}

// parseFault keeps the parser's message and position, but not the text of the offending token.
func parseFault(err error) *gqlerror.Error {
	fault := wire.Fault(wire.ParseFailed, "The document is not valid GraphQL.")
	if parsed, ok := err.(*gqlerror.Error); ok { // the parser returns it unwrapped
		message, _, _ := strings.Cut(parsed.Message, ` "`)
		if strings.HasPrefix(message, "Expected ") || strings.HasPrefix(message, "Unexpected ") {
			fault.Message = message
		}
		fault.Locations = parsed.Locations
	}
	return fault
}

// checkReach bounds the work of the validator, which enters every fragment again for each definition that reaches it. It refuses cycles, on
// which that would never end.
func checkReach(doc *ast.QueryDocument, limits Limits) *gqlerror.Error {
	r := reach{fragments: map[string]*outline{}}
	for _, f := range doc.Fragments {
		if r.fragments[f.Name] == nil {
			r.fragments[f.Name] = outlineOf(f.SelectionSet)
		}
	}
	total := 0
	for _, op := range doc.Operations {
		total += r.weigh(outlineOf(op.SelectionSet))
	}
	for _, f := range r.fragments {
		total += r.weigh(f)
	}
	switch {
	case r.cyclic:
		return wire.Fault(wire.ValidationFailed, "Fragments must not spread themselves.")
	case total > reachFactor*limits.Tokens:
		return tooComplex("fragments that spread each other")
	}
	return nil
}

// reachFactor is how often, on average, a document's selections may be walked.
const reachFactor = 3

// outline is a definition's own selections and the fragments that it spreads.
type outline struct {
	size    int
	spreads map[string]bool
	visit   int
	open    bool
}

func outlineOf(set ast.SelectionSet) *outline {
	o := &outline{spreads: map[string]bool{}}
	o.add(set)
	return o
}

func (o *outline) add(set ast.SelectionSet) {
	o.size += len(set)
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			o.size += len(s.Arguments) + len(s.Directives)
			o.add(s.SelectionSet)
		case *ast.InlineFragment:
			o.add(s.SelectionSet)
		case *ast.FragmentSpread:
			o.spreads[s.Name] = true
		}
	}
}

type reach struct {
	fragments map[string]*outline
	visits    int
	cyclic    bool
}

// weigh returns the size of everything that an outline reaches, counting each fragment once.
func (r *reach) weigh(o *outline) int {
	r.visits++
	return r.visit(o)
}

func (r *reach) visit(o *outline) int {
	o.visit, o.open = r.visits, true
	total := o.size
	for name := range o.spreads {
		switch f := r.fragments[name]; {
		case f == nil:
		case f.visit != r.visits:
			total += r.visit(f)
		case f.open:
			r.cyclic = true
		}
	}
	o.open = false
	return total
}

// rulesInForce returns all of gqlparser's rules except the quadratic one, which planner replaces. It uses the variants without suggestions,
// so that nobody can spell out the schema by guessing.
func rulesInForce() []core.Rule {
	return []core.Rule{
		rules.FieldsOnCorrectTypeRuleWithoutSuggestions,
		rules.FragmentsOnCompositeTypesRule,
		rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownDirectivesRule,
		rules.KnownFragmentNamesRule,
		rules.KnownRootTypeRule,
		rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.LoneAnonymousOperationRule,
		rules.MaxIntrospectionDepth,
		rules.NoFragmentCyclesRule,
		rules.NoUndefinedVariablesRule,
		rules.NoUnusedFragmentsRule,
		rules.NoUnusedVariablesRule,
		rules.PossibleFragmentSpreadsRule,
		rules.ProvidedRequiredArgumentsRule,
		rules.ScalarLeafsRuleWithoutSuggestions,
		singleSubscriptions(),
		unconditionalSubscriptions(),
		rules.UniqueArgumentNamesRule,
		rules.UniqueDirectivesPerLocationRule,
		rules.UniqueFragmentNamesRule,
		rules.UniqueInputFieldNamesRule,
		rules.UniqueOperationNamesRule,
		rules.UniqueVariableNamesRule,
		rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
		rules.VariablesAreInputTypesRule,
		rules.VariablesInAllowedPositionRule,
		numbersInRange(),
	}
}

// singleSubscriptions refuses a subscription to anything but one field of ours. gqlparser's rule compares the names of fields and not their
// response names, so it accepts one field under two aliases, which then fails during execution.
func singleSubscriptions() core.Rule {
	return core.Rule{Name: "SingleFieldSubscriptions", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
		observers.OnOperation(func(_ *core.Walker, op *ast.OperationDefinition) {
			if op.Operation != ast.Subscription {
				return
			}
			first := ""
			for _, f := range fieldsOf(op.SelectionSet, map[*ast.FragmentDefinition]bool{}) {
				if strings.HasPrefix(f.Name, "__") {
					addError(core.Message("A subscription does not ask for a field of introspection at its root."), core.At(f.Position))
				}
				if first == "" {
					first = f.Alias
				}
				if f.Alias != first {
					addError(core.Message("A subscription asks for one field at its root."), core.At(f.Position))
					return
				}
			}
		})
	}}
}

// fieldsOf returns the fields of a selection, including those of fragments, but not the fields below them. Each fragment is gone through
// once: fragments that spread another one twice each would otherwise double the work.
func fieldsOf(set ast.SelectionSet, seen map[*ast.FragmentDefinition]bool) (fields []*ast.Field) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			fields = append(fields, s)
		case *ast.InlineFragment:
			fields = append(fields, fieldsOf(s.SelectionSet, seen)...)
		case *ast.FragmentSpread:
			if s.Definition != nil && !seen[s.Definition] {
				seen[s.Definition] = true
				fields = append(fields, fieldsOf(s.Definition.SelectionSet, seen)...)
			}
		}
	}
	return fields
}

// unconditionalSubscriptions refuses @skip and @include on the root of a subscription, as the specification of September 2025 does: if
// nothing were left, there would be nothing to subscribe to.
func unconditionalSubscriptions() core.Rule {
	return core.Rule{Name: "UnconditionalSubscriptions", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
		observers.OnOperation(func(_ *core.Walker, op *ast.OperationDefinition) {
			if op.Operation == ast.Subscription && conditional(op.SelectionSet, map[*ast.FragmentDefinition]bool{}) {
				addError(core.Message("The root field of a subscription takes neither @skip nor @include."), core.At(op.Position))
			}
		})
	}}
}

// conditional reports whether a selection is under a condition, directly or through fragments, but not below a field.
func conditional(set ast.SelectionSet, seen map[*ast.FragmentDefinition]bool) bool {
	for _, selection := range set {
		var directives ast.DirectiveList
		var inner ast.SelectionSet
		switch s := selection.(type) {
		case *ast.Field:
			directives = s.Directives
		case *ast.InlineFragment:
			directives, inner = s.Directives, s.SelectionSet
		case *ast.FragmentSpread:
			directives = s.Directives
			if s.Definition != nil && !seen[s.Definition] {
				seen[s.Definition] = true
				inner = s.Definition.SelectionSet
			}
		}
		if directives.ForName("skip") != nil || directives.ForName("include") != nil || conditional(inner, seen) {
			return true
		}
	}
	return false
}

// numbersInRange refuses literals that do not fit into any machine number. gqlparser does not check the literals of scalars that it does
// not know, and panics when it reads them for execution.
func numbersInRange() core.Rule {
	return core.Rule{Name: "NumbersInRange", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
		observers.OnValue(func(_ *core.Walker, value *ast.Value) {
			if value.Kind != ast.IntValue && value.Kind != ast.FloatValue {
				return
			}
			if _, err := value.Value(nil); err != nil {
				addError(core.Message("A number is out of range."), core.At(value.Position))
			}
		})
	}}
}

// validate applies the rules and returns the first few errors, without the values that they quote.
func validate(schema *ast.Schema, doc *ast.QueryDocument) gqlerror.List {
	var errs gqlerror.List
	observers := &core.Events{}
	for _, rule := range rulesInForce() {
		rule.RuleFunc(observers, func(options ...core.ErrorOption) {
			if len(errs) >= wire.MaxErrors {
				return
			}
			err := &gqlerror.Error{Rule: rule.Name}
			for _, option := range options {
				option(err)
			}
			errs = append(errs, tame(err))
		})
	}
	core.Walk(schema, doc, observers)
	return errs
}

// tame gives a validation error its code and removes the caller's values from its message.
func tame(err *gqlerror.Error) *gqlerror.Error {
	fault := wire.Fault(wire.ValidationFailed, err.Message)
	fault.Locations, fault.Rule = err.Locations, err.Rule
	if strings.HasPrefix(err.Rule, "ValuesOfCorrectType") {
		fault.Message = withoutValue(err.Message)
	}
	return fault
}

// withoutValue removes the value from the messages of ValuesOfCorrectType, which begin or end with it.
func withoutValue(message string) string {
	if strings.HasPrefix(message, `Value "`) {
		at := strings.LastIndex(message, ` does not exist in "`)
		return "Value" + message[max(at, len(`Value`)):]
	}
	for _, mark := range []string{", found ", " value: "} {
		if head, _, cut := strings.Cut(message, mark); cut {
			return head + "."
		}
	}
	return message
}
