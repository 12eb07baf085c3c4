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

// document is a text that passed everything that does not depend on the request.
type document struct {
	doc   *ast.QueryDocument
	bare  *ast.QueryDocument // doc without the definitions of variables
	plans []*plan            // in the order of doc.Operations
	// conditions are the variables that @skip and @include ask.
	conditions map[string]bool
	// nullable are the variables that stand where no null may be.
	nullable map[string]bool
}

// Check tells what keeps a document from ever being answered, whoever sends it: limits, syntax, validation. nil: nothing.
func Check(schema *ast.Schema, text string) gqlerror.List {
	_, errs := prepare(coerce.Reader{Schema: WithoutDefer(schema)}, text, Limits{}.withDefaults())
	return errs
}

// prepare takes a text through the lexer pass, the parser and validation, and its literals into the form of coerced values.
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
	if fault := reader.Literals(doc); fault != nil { // after the plan, which compares arguments as they are written
		return nil, gqlerror.List{fault}
	}
	d.nullable = coerce.Nullable(doc)
	return d, nil
}

// bareOf is a document whose operations define no variables.
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

// parseFault keeps the parser's words and place, but not the text of the token it stumbled over.
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

// checkReach bounds the validator's work, which enters every fragment again for each definition that
// reaches it, and refuses cycles, on which that has no end.
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

// weigh is the size of all that an outline reaches, each fragment once.
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

// rulesInForce are all of gqlparser's but the quadratic one, which planner replaces, in the variants
// that suggest nothing, so that nobody spells out the schema by guessing.
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
		rules.SingleFieldSubscriptionsRule,
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

// unconditionalSubscriptions refuses @skip and @include on the root of a subscription, as the specification of September 2025
// does: with nothing left there is nothing to subscribe to.
func unconditionalSubscriptions() core.Rule {
	return core.Rule{Name: "UnconditionalSubscriptions", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
		observers.OnOperation(func(_ *core.Walker, op *ast.OperationDefinition) {
			if op.Operation == ast.Subscription && conditional(op.SelectionSet) {
				addError(core.Message("The root field of a subscription takes neither @skip nor @include."), core.At(op.Position))
			}
		})
	}}
}

// conditional reports whether a selection stands under a condition, also by fragments, but not below a field.
func conditional(set ast.SelectionSet) bool {
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
			if s.Definition != nil {
				inner = s.Definition.SelectionSet
			}
		}
		if directives.ForName("skip") != nil || directives.ForName("include") != nil || conditional(inner) {
			return true
		}
	}
	return false
}

// numbersInRange refuses literals that no number of the machine holds. gqlparser leaves those of scalars that it does not
// know alone, and panics when it reads them for execution.
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

// tame gives a validation error its code and takes the caller's values out of its message.
func tame(err *gqlerror.Error) *gqlerror.Error {
	fault := wire.Fault(wire.ValidationFailed, err.Message)
	fault.Locations, fault.Rule = err.Locations, err.Rule
	if strings.HasPrefix(err.Rule, "ValuesOfCorrectType") {
		fault.Message = withoutValue(err.Message)
	}
	return fault
}

// withoutValue cuts the value from the messages of ValuesOfCorrectType, which end in or begin with it.
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
