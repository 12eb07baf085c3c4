package guard

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/guard/coerce"
	"github.com/usagegraph/usagegraph/server/wire"
)

// Config sets an Executor. Everything has a default.
type Config struct {
	// Limits bound documents.
	Limits Limits
	// MaxVariables is the largest number of values, including nested ones, in the variables; default 20,000.
	MaxVariables int
	// MaxValues returns the largest number of values in a body of this caller, counted before it is decoded; nil: MaxVariables and a little
	// more.
	MaxValues func(ctx context.Context) int
	// Store holds the trusted documents; nil: there are none.
	Store Store
	// AnyDocument reports whether the caller may send documents that are not trusted; nil: everybody may.
	AnyDocument func(ctx context.Context) bool
	// Explore reports whether the caller may introspect the schema; nil: nobody may.
	Explore func(ctx context.Context) bool
	// Scalars check the values of custom scalars, by name. Every value of a scalar that is left out is valid.
	Scalars map[string]func(any) error
	// Weigh prices fields; default DefaultWeigh.
	Weigh Weigh
	// MaxCost is the highest cost of one operation; default 10,000.
	MaxCost int64
	// Budget takes an operation's cost from its caller's allowance; nil: nothing is taken.
	Budget Budget
	// TrustedCache and OtherCache are about how many bytes of prepared documents of either kind are kept, so that one kind cannot push out
	// the other; default 32 MiB each.
	TrustedCache, OtherCache int
}

// Budget is a caller's allowance.
type Budget interface {
	// Reserve takes cost. If it refuses, ok is false and wait says how long to wait; a wait below 0 means forever.
	Reserve(ctx context.Context, cost int64) (state Throttle, wait time.Duration, ok bool)
	// Settle gives back what was reserved beyond the actual cost.
	Settle(ctx context.Context, reserved, actual int64) Throttle
}

// Throttle is the state of an allowance, as answers show it.
type Throttle struct {
	MaximumAvailable   int64 `json:"maximumAvailable"`
	CurrentlyAvailable int64 `json:"currentlyAvailable"`
	RestoreRate        int64 `json:"restoreRate"` // per second
}

// Executor is the guarded graphql.GraphExecutor over an executable schema.
type Executor struct {
	*executor.Executor // for Use, SetErrorPresenter, SetRecoverFunc, Around…; its query cache is in use

	reader  coerce.Reader
	cfg     Config
	trusted *documents
	other   *documents
}

var _ graphql.GraphExecutor = (*Executor)(nil)

// New makes an Executor.
func New(es graphql.ExecutableSchema, cfg Config) *Executor {
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.MaxVariables <= 0 {
		cfg.MaxVariables = 20_000
	}
	if cfg.Weigh == nil {
		cfg.Weigh = DefaultWeigh
	}
	if cfg.MaxCost <= 0 {
		cfg.MaxCost = 10_000
	}
	if cfg.TrustedCache <= 0 {
		cfg.TrustedCache = 32 << 20
	}
	if cfg.OtherCache <= 0 {
		cfg.OtherCache = 32 << 20
	}
	e := &Executor{
		Executor: executor.New(es), reader: coerce.Reader{Schema: WithoutDefer(es.Schema()), Scalars: cfg.Scalars}, cfg: cfg,
		trusted: newDocuments(cfg.TrustedCache), other: newDocuments(cfg.OtherCache),
	}
	e.SetQueryCache(handOver{})
	e.Use(spending{e})
	return e
}

// handOver is gqlgen's query cache. It returns the document that the guard has put into the context, so that gqlgen neither parses nor
// validates it again.
type handOver struct{}

type handOverKey struct{}

// handedOver is what the guard has found out about a request.
type handedOver struct {
	doc       *document
	op        *ast.OperationDefinition
	variables map[string]any // coerced
}

// Get returns the document without the definitions of its variables, because gqlgen would otherwise check and copy variables that are
// already coerced. spending.MutateOperationContext restores the definitions before anything else looks at the operation.
func (handOver) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	h, ok := ctx.Value(handOverKey{}).(*handedOver)
	if !ok {
		return nil, false
	}
	return h.doc.bare, true
}

func (handOver) Add(context.Context, string, *ast.QueryDocument) {}

// take gives the operation what was handed over.
func (h *handedOver) take(op *graphql.OperationContext) {
	op.Doc, op.Operation, op.Variables = h.doc.doc, h.op, h.variables
}

// CreateOperationContext passes a request through the guard. The operation context is not nil even if there are errors.
func (e *Executor) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	b := begun(ctx)
	op, errs := e.admit(ctx, params, b)
	if op == nil {
		op = &graphql.OperationContext{OperationName: params.OperationName}
	}
	op.Stats.SetExtension(billKey, b)
	return op, errs
}

// admit goes through the steps of the guard. Their cost is on the bill even if one of them refuses.
func (e *Executor) admit(ctx context.Context, params *graphql.RawParams, b *bill) (*graphql.OperationContext, gqlerror.List) {
	if fault := e.enter(ctx, b, entryFee); fault != nil {
		return nil, gqlerror.List{fault}
	}
	if !b.weighed {
		if fault := e.enter(ctx, b, pointsOfValues(params.Variables)); fault != nil {
			return nil, gqlerror.List{fault}
		}
	}
	trusted, fault := e.resolve(ctx, params)
	if fault != nil {
		return nil, gqlerror.List{fault}
	}
	doc, errs := e.document(ctx, params.Query, trusted, b)
	if len(errs) > 0 {
		return nil, errs
	}
	p, fault := e.choose(ctx, doc, params)
	if fault != nil {
		return nil, gqlerror.List{fault}
	}
	h, fault := e.variables(doc, params)
	if fault != nil {
		return nil, gqlerror.List{fault}
	}
	op, errs := e.Executor.CreateOperationContext(context.WithValue(ctx, handOverKey{}, h), params)
	if len(errs) > 0 {
		return nil, tameVariables(errs)
	}
	op.DisableIntrospection = !p.introspects // otherwise it would have been refused
	if fault := e.charge(ctx, op, p, b); fault != nil {
		return op, gqlerror.List{fault}
	}
	return op, nil
}

// variables coerces the variables of the requested operation. The result is used instead of what was sent.
func (e *Executor) variables(d *document, params *graphql.RawParams) (*handedOver, *gqlerror.Error) {
	op := d.doc.Operations.ForName(params.OperationName)
	values, fault := e.reader.Variables(op, params.Variables)
	if fault == nil {
		fault = d.checkConditions(values)
	}
	if fault == nil {
		fault = coerce.Nulls(op, d.nullable, values)
	}
	if fault == nil && holdsNUL(params.Variables) { // even if nothing reads it
		fault = noNUL()
	}
	return &handedOver{d, op, values}, fault
}

// document prepares a text for a fee, or takes it from the cache.
func (e *Executor) document(ctx context.Context, text string, trusted bool, b *bill) (*document, gqlerror.List) {
	h := hashOf(text)
	cache := e.other
	if trusted {
		cache = e.trusted
	}
	if doc := cache.get(h); doc != nil {
		return doc, nil
	}
	if !trusted {
		if fault := e.enter(ctx, b, int64(len(text)/bytesAPoint)); fault != nil {
			return nil, gqlerror.List{fault}
		}
	}
	doc, errs := prepare(e.reader, text, e.cfg.Limits)
	if len(errs) > 0 {
		return nil, errs
	}
	cache.put(h, doc, weightOf(text))
	return doc, nil
}

// choose finds the operation's plan and refuses what this caller may not ask.
func (e *Executor) choose(ctx context.Context, d *document, params *graphql.RawParams) (*plan, *gqlerror.Error) {
	op := d.doc.Operations.ForName(params.OperationName)
	if op == nil {
		return nil, noOperation(params.OperationName)
	}
	if countValues(params.Variables, e.cfg.MaxVariables) > e.cfg.MaxVariables {
		return nil, tooComplex("values in variables")
	}
	for i, other := range d.doc.Operations {
		if other != op {
			continue
		}
		if d.plans[i].introspects && (e.cfg.Explore == nil || !e.cfg.Explore(ctx)) {
			return nil, wire.Fault(wire.IntrospectionDisabled, "Introspection is not permitted.")
		}
		return d.plans[i], nil
	}
	return nil, wire.Fault(wire.Internal, "The operation has no plan.")
}

// noOperation says why the operation was not found in the document.
func noOperation(name string) *gqlerror.Error {
	if name == "" {
		return wire.Fault(wire.ValidationFailed, `The document has several operations; "operationName" must say which.`)
	}
	return wire.Fault(wire.ValidationFailed, "The document has no operation of this name.")
}

// countValues counts the values within v, but stops soon after exceeding most.
func countValues(v any, most int) int {
	n := 1
	switch v := v.(type) {
	case map[string]any:
		for _, child := range v {
			if n += countValues(child, most-n); n > most {
				return n
			}
		}
	case []any:
		for _, child := range v {
			if n += countValues(child, most-n); n > most {
				return n
			}
		}
	}
	return n
}

// tameVariables removes the caller's values from errors about variables.
func tameVariables(errs gqlerror.List) gqlerror.List {
	out := make(gqlerror.List, len(errs))
	for i, err := range errs {
		fault := *err
		fault.Message = withoutVariable(err.Message)
		fault.Path = shortPath(err.Path)
		if wire.CodeOf(err) == "" {
			fault.Extensions = map[string]any{"code": string(wire.ValidationFailed)}
		}
		out[i] = &fault
	}
	return out
}

// withoutVariable removes the value from messages about variables that quote it.
func withoutVariable(message string) string {
	if at := strings.LastIndex(message, " is not a valid "); at > 0 {
		return "value" + message[at:]
	}
	if at := strings.LastIndex(message, " as "); at > 0 && strings.HasPrefix(message, "cannot use ") {
		return "cannot use this value" + message[at:]
	}
	return message
}

// shortPath cuts a path before a name that is longer than any in the schema, because such a name comes from the caller.
func shortPath(path ast.Path) ast.Path {
	for i, element := range path {
		if name, ok := element.(ast.PathName); ok && len(name) > 64 {
			return path[:i]
		}
	}
	return path
}

// DispatchError answers errors from before execution, even if there is no operation.
func (e *Executor) DispatchError(ctx context.Context, errs gqlerror.List) *graphql.Response {
	if !graphql.HasOperationContext(ctx) {
		op := &graphql.OperationContext{}
		op.Stats.SetExtension(billKey, begun(ctx))
		ctx = graphql.WithOperationContext(ctx, op)
	}
	return e.Executor.DispatchError(ctx, errs)
}

// errNoSchema is returned by spending.Validate if there is no schema.
var errNoSchema = errors.New("guard: no schema") // a sentinel
