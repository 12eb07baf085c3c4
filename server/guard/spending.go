package guard

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Cost is extensions.cost of an answer.
type Cost struct {
	Requested int64     `json:"requestedQueryCost"`
	Actual    *int64    `json:"actualQueryCost,omitempty"` // only if executed
	Throttle  *Throttle `json:"throttleStatus,omitempty"`  // only with a Budget
}

// AppendJSON writes a cost as its tags say.
func (c Cost) AppendJSON(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"requestedQueryCost":`...), c.Requested, 10)
	if c.Actual != nil {
		b = strconv.AppendInt(append(b, `,"actualQueryCost":`...), *c.Actual, 10)
	}
	if t := c.Throttle; t != nil {
		b = strconv.AppendInt(append(b, `,"throttleStatus":{"maximumAvailable":`...), t.MaximumAvailable, 10)
		b = strconv.AppendInt(append(b, `,"currentlyAvailable":`...), t.CurrentlyAvailable, 10)
		b = strconv.AppendInt(append(b, `,"restoreRate":`...), t.RestoreRate, 10)
		b = append(b, '}')
	}
	return append(b, '}')
}

// What is paid before anything is known about an operation, so that nobody gets work for nothing: an entry fee, which counts towards the
// operation's cost, and the preparation of a document that is not cached.
const (
	entryFee     = 5 // reading, authenticating and answering cost more than one point of a query
	bytesAPoint  = 100
	valuesAPoint = 20
	textAPoint   = 2 << 10 // bytes of strings among the values
	triedPart    = 10      // the part of a fee that is taken if the allowance does not cover the fee
	rowsAPoint   = 100     // rows that the database reads; what fields cost pays for as many
	answerAPoint = 512     // bytes of an answer; what fields cost pays for as many
	rowsPart     = 2       // the part of a full allowance that an operation pays for rows at most
)

// pointsOfValues returns the cost of coercing variables. Many or long values are work, whatever the document does with them; a handful
// costs nothing.
func pointsOfValues(variables map[string]any) int64 {
	values, text := 0, 0
	sizeOf(variables, &values, &text)
	return int64(values/valuesAPoint + text/textAPoint)
}

// sizeOf adds the number of values within v, and the bytes of their strings and names.
func sizeOf(v any, values, text *int) {
	*values++
	switch v := v.(type) {
	case string:
		*text += len(v)
	case json.Number:
		*text += len(v)
	case map[string]any:
		for name, child := range v {
			*text += len(name)
			sizeOf(child, values, text)
		}
	case []any:
		for _, child := range v {
			sizeOf(child, values, text)
		}
	}
}

// bill is the cost of one operation in progress.
type bill struct {
	weighed   bool  // the body was weighed, and its values are paid for
	fee       int64 // already paid, whatever happens
	requested int64
	priced    bool
	own       map[*ast.Field]int64
	actual    atomic.Int64
	throttle  *Throttle
	settled   atomic.Bool

	mu   sync.Mutex
	held int64 // points taken for the operation itself, to be settled
	rows int64 // that were read, or are about to be
}

const billKey = "guard.bill"

func billOf(op *graphql.OperationContext) *bill {
	b, _ := op.Stats.GetExtension(billKey).(*bill)
	return b
}

// enter takes a fee from the caller's allowance before the work that it pays for.
func (e *Executor) enter(ctx context.Context, b *bill, fee int64) *gqlerror.Error {
	if e.cfg.Budget == nil || fee == 0 {
		return nil
	}
	state, wait, ok := e.cfg.Budget.Reserve(ctx, fee)
	if !ok { // what led up to this was work too, and a caller who retries at once shall run out of points
		e.cfg.Budget.Settle(ctx, 0, fee/triedPart)
		state, wait, ok = e.cfg.Budget.Reserve(ctx, fee)
	}
	b.throttle = &state
	if !ok {
		return refusal(wait)
	}
	b.fee += fee
	return nil
}

// charge prices the operation and reserves its cost.
func (e *Executor) charge(ctx context.Context, op *graphql.OperationContext, p *plan, b *bill) *gqlerror.Error {
	b.requested, b.own = price(p, e.cfg.Weigh, op.Variables)
	b.priced = true
	if b.requested > e.cfg.MaxCost {
		return wire.Fault(wire.CostTooHigh, fmt.Sprintf("The operation would cost %d points, and one may cost %d; ask for less at once.", b.requested, e.cfg.MaxCost))
	}
	if e.cfg.Budget == nil {
		return nil
	}
	b.held = entryFee
	if b.requested <= entryFee { // the fee covers the price
		return nil
	}
	e.cfg.Budget.Settle(ctx, entryFee, 0) // the fee counts towards the price
	b.fee, b.held = b.fee-entryFee, 0
	state, wait, ok := e.cfg.Budget.Reserve(ctx, b.requested)
	b.throttle = &state
	if ok {
		b.held = b.requested
		return nil
	}
	return refusal(wait)
}

// pay reserves what rows cost beyond what the operation has reserved, before they are read. It refuses them if the allowance
// does not cover that.
func (e *Executor) pay(ctx context.Context, b *bill, rows int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	more := pointsOfRows(b.rows+rows, b.throttle) - b.held
	if more > 0 {
		state, wait, ok := e.cfg.Budget.Reserve(ctx, more)
		b.throttle = &state
		if !ok {
			return refusal(wait)
		}
		b.held += more
	}
	b.rows += rows
	return nil
}

// pointsOfRows returns what rows cost. An operation never costs more by its rows than a part of a full allowance, or whoever
// asks about everybody could never be answered.
func pointsOfRows(rows int64, state *Throttle) int64 {
	points := rows / rowsAPoint
	if state != nil {
		points = min(points, state.MaximumAvailable/rowsPart)
	}
	return points
}

// refusal returns the fault for an allowance that is too small; a wait below 0 means that it always will be.
func refusal(wait time.Duration) *gqlerror.Error {
	if wait < 0 {
		return wire.Fault(wire.CostTooHigh, "The operation costs more than this token may ever spend at once.")
	}
	return throttled(wait)
}

func throttled(wait time.Duration) *gqlerror.Error {
	fault := wire.Fault(wire.Throttled, "Too much was asked; try again later.")
	fault.Extensions["retryAfter"] = int64(math.Ceil(wait.Seconds())) // in seconds
	return fault
}

// spending counts what operations really cost and shows it in extensions.cost.
type spending struct{ e *Executor }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
	graphql.FieldInterceptor
	graphql.ResponseInterceptor
} = spending{}

func (spending) ExtensionName() string { return "Cost" }

func (spending) Validate(es graphql.ExecutableSchema) error {
	if es.Schema() == nil {
		return errNoSchema
	}
	return nil
}

// MutateOperationContext gives the operation the guard's findings. It runs before all others, because New uses it first.
func (spending) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	if h, ok := ctx.Value(handOverKey{}).(*handedOver); ok {
		h.take(op)
	}
	return nil
}

// Spend adds the weights of fields that were executed by other means than gqlgen's.
func Spend(op *graphql.OperationContext, executed []*ast.Field) {
	b := billOf(op)
	if b == nil {
		return
	}
	for _, f := range executed {
		if own := b.own[f]; own > 0 {
			b.actual.Add(own)
		}
	}
}

// InterceptField adds the weight of a field that is executed.
func (spending) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	if b := billOf(graphql.GetOperationContext(ctx)); b != nil {
		if own := b.own[graphql.GetFieldContext(ctx).Field.Field]; own > 0 {
			b.actual.Add(own)
		}
	}
	return next(ctx)
}

// InterceptResponse settles after a query or mutation, and shows the cost of a refusal. A subscription keeps what it reserved, and its many
// answers do not repeat the cost.
func (m spending) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	op := graphql.GetOperationContext(ctx)
	b := billOf(op)
	if b == nil || op.Operation != nil && op.Operation.Operation == ast.Subscription {
		return next(ctx)
	}
	if m.e.cfg.Budget != nil && b.held > 0 {
		ctx = pg.PaidBy(ctx, func(rows int64) error { return m.e.pay(ctx, b, rows) })
	}
	resp := next(ctx)
	if resp == nil {
		return resp
	}
	if resp.Extensions == nil {
		resp.Extensions = make(map[string]any, 1)
	}
	resp.Extensions["cost"] = m.settle(ctx, b, len(resp.Data))
	return resp
}

// settle pays for an operation: what its fields cost or, if that is more, what the rows cost that it read, or its answer of so many bytes.
func (m spending) settle(ctx context.Context, b *bill, size int) Cost {
	b.mu.Lock()
	defer b.mu.Unlock()
	cost := Cost{Requested: b.requested, Throttle: b.throttle}
	if !b.priced {
		cost.Requested = b.fee // there was nothing else to price
	}
	actual := int64(0)
	if size > 0 { // it was executed
		actual = max(1, b.actual.Load(), pointsOfRows(b.rows, b.throttle), min(b.held, int64(size/answerAPoint)))
		cost.Actual = &actual
	}
	if b.held > entryFee && b.settled.CompareAndSwap(false, true) {
		state := m.e.cfg.Budget.Settle(ctx, b.held, max(entryFee, actual))
		cost.Throttle = &state
	}
	return cost
}
