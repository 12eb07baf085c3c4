package guard

import (
	"context"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// Bounds on a body before it is decoded.
const (
	freeBody  = 16 << 10 // bytes that cost nothing beyond their values: a document and its blanks
	besides   = 64       // values beside those of the variables: the entries of the request and of its extensions
	maxNested = 200      // nested lists and objects
)

var _ wire.Admitter = (*Executor)(nil)

type admissionKey struct{}

// Admit charges the caller's allowance for decoding a body, or refuses the body. The context that it returns holds the bill.
func (e *Executor) Admit(ctx context.Context, w wire.Weight) (context.Context, *gqlerror.Error) {
	b := &bill{weighed: true}
	ctx = context.WithValue(ctx, admissionKey{}, b)
	most := e.cfg.MaxVariables
	if e.cfg.MaxValues != nil {
		most = e.cfg.MaxValues(ctx)
	}
	fee := pointsOfBody(w)
	var fault *gqlerror.Error
	switch {
	case w.Values > most+besides:
		fault = wire.Fault(wire.DocumentTooComplex, "The request has too many values.")
	case w.Depth > maxNested:
		fault = wire.Fault(wire.DocumentTooComplex, "The request has too many values within each other.")
	default:
		return ctx, e.enter(ctx, b, fee)
	}
	if e.cfg.Budget != nil {
		b.fee = fee / triedPart // counting was work too
		state := e.cfg.Budget.Settle(ctx, 0, b.fee)
		b.throttle = &state
	}
	return ctx, fault
}

// pointsOfBody returns the cost of decoding a body. Many or long values are work, and so are blanks, whatever the document does with them.
func pointsOfBody(w wire.Weight) int64 {
	return int64(w.Values/valuesAPoint + max(w.Text, w.Bytes-freeBody)/textAPoint)
}

// begun returns the bill that Admit has opened for an operation, or a new one.
func begun(ctx context.Context) *bill {
	if b, ok := ctx.Value(admissionKey{}).(*bill); ok {
		return b
	}
	return &bill{}
}
