package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/graph/scalar"
	"github.com/usagegraph/usagegraph/live"
	"github.com/usagegraph/usagegraph/tsdb"
)

// States is an executable schema that answers the questions which platforms ask before every action, about the state of one account,
// without gqlgen's execution. That makes contexts, closures and Marshalers for each field, which are two fifths of everything that such a
// request allocates. States calls the same functions and writes the same bytes. Whatever it does not know, or fails to do, it leaves to
// gqlgen, which then asks again.
type States struct {
	graphql.ExecutableSchema
	Resolver *Resolver
	// Spend is told which fields were executed, as an interceptor of fields would be.
	Spend func(op *graphql.OperationContext, executed []*ast.Field)
}

// Exec executes the operation in the context.
func (s States) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	if !AsksStateOnly(op) || !plain(op.Operation.SelectionSet) {
		return s.ExecutableSchema.Exec(ctx)
	}
	next := func(context.Context) *graphql.Response { return nil }
	begun := false
	return func(ctx context.Context) *graphql.Response {
		if begun {
			return next(ctx)
		}
		begun = true
		w := stateWriter{op: op, resolver: s.Resolver}
		if w.query(ctx) {
			s.Spend(op, w.executed)
			return &graphql.Response{Data: w.text}
		}
		next = s.ExecutableSchema.Exec(ctx)
		return next(ctx)
	}
}

// StatusFrame returns the data of a frame of a subscription to creditStatus, as gqlgen would write it. It returns nil for what only gqlgen
// can answer.
func StatusFrame(op *graphql.OperationContext, f live.Frame) (data []byte) {
	if !plain(op.Operation.SelectionSet) {
		return nil
	}
	defer func() {
		if recover() != nil { // gqlgen knows how to report a panic
			data = nil
		}
	}()
	w := stateWriter{op: op, text: make([]byte, 0, 512), executed: make([]*ast.Field, 0, maxPlain)}
	status := CreditStatus(f.Account)
	done := w.object("Subscription", op.Operation.SelectionSet, func(f *ast.Field) bool {
		return f.Name == watchStatus && w.object("CreditStatus", f.SelectionSet, func(f *ast.Field) bool { return w.ofStatus(f, status) })
	})
	if !done {
		return nil
	}
	return w.text
}

// maxPlain is the largest number of fields in a plain selection; more would make comparing each name with all others expensive.
const maxPlain = 32

// plain reports whether a selection has only fields, each once and unconditionally.
func plain(set ast.SelectionSet) bool {
	if len(set) > maxPlain {
		return false
	}
	for i, s := range set {
		f, is := s.(*ast.Field)
		if !is || len(f.Directives) > 0 || !plain(f.SelectionSet) {
			return false
		}
		for _, other := range set[:i] {
			if other.(*ast.Field).Alias == f.Alias {
				return false
			}
		}
	}
	return true
}

// stateWriter writes an answer. Its methods report whether they could.
type stateWriter struct {
	op       *graphql.OperationContext
	resolver *Resolver
	text     []byte
	executed []*ast.Field
}

// query answers the only root field. If it panics, gqlgen takes over, which knows how to report a panic.
func (w *stateWriter) query(ctx context.Context) (done bool) {
	defer func() {
		if recover() != nil {
			done = false
		}
	}()
	w.text, w.executed = make([]byte, 0, 512), make([]*ast.Field, 0, maxPlain)
	return w.object("Query", w.op.Operation.SelectionSet, func(f *ast.Field) bool {
		key, ok := w.account(ctx, f)
		if !ok {
			return false
		}
		reader, err := readerOf(ctx)
		if err != nil {
			return false
		}
		a, err := reader.Account(ctx, key)
		return err == nil && w.object("Account", f.SelectionSet, func(f *ast.Field) bool { return w.ofAccount(ctx, f, a) })
	})
}

// account returns the account that the root field names.
func (w *stateWriter) account(ctx context.Context, f *ast.Field) (key int64, ok bool) {
	id := argumentOf(f, "id", w.op.Variables)
	if id == nil {
		return principalOf(ctx).Only()
	}
	text, is := id.(string)
	if !is {
		return 0, false
	}
	return accountKey(ctx, scalar.OwnIDsOf(w.op).Of(f.Alias, text))
}

// object writes an object of the selected fields.
func (w *stateWriter) object(of string, set ast.SelectionSet, field func(*ast.Field) bool) bool {
	w.text = append(w.text, '{')
	for i, s := range set {
		f := s.(*ast.Field)
		if i > 0 {
			w.text = append(w.text, ',')
		}
		w.text = append(append(append(w.text, '"'), f.Alias...), `":`...)
		if f.Name == "__typename" {
			w.name(of)
			continue
		}
		w.executed = append(w.executed, f)
		if !field(f) {
			return false
		}
	}
	w.text = append(w.text, '}')
	return true
}

func (w *stateWriter) ofAccount(ctx context.Context, f *ast.Field, a *tsdb.Account) bool {
	switch f.Name {
	case "id":
		return w.name(EncodeID(KindAccount, a.ID))
	case "name":
		return w.words(a.Name)
	case "createdAt":
		return w.at(a.Created.Time())
	case "booksFrom":
		return w.atOrNull(timePtr(a.BooksFrom.Time()))
	case "creditStatus":
		status := CreditStatus(a)
		return w.object("CreditStatus", f.SelectionSet, func(f *ast.Field) bool { return w.ofStatus(f, status) })
	case "access":
		d := w.decision(ctx, f, a.ID)
		return d != nil && w.object("Decision", f.SelectionSet, func(f *ast.Field) bool { return w.ofDecision(f, d) })
	}
	return false
}

// decision returns the answer of access if no guardrail or resource is named, and nil otherwise: those need more to be read.
func (w *stateWriter) decision(ctx context.Context, f *ast.Field, account int64) *model.Decision {
	for _, a := range f.Arguments {
		if a.Name != "action" && a.Name != "amount" {
			return nil
		}
	}
	action, is := argumentOf(f, "action", w.op.Variables).(string)
	if !is {
		return nil
	}
	var amount *decimal.Decimal
	if v := argumentOf(f, "amount", w.op.Variables); v != nil {
		read, err := scalar.UnmarshalDecimal(v)
		if err != nil {
			return nil
		}
		amount = &read
	}
	d, err := w.resolver.access(ctx, account, billing.Action(action), amount, nil, nil)
	if err != nil {
		return nil
	}
	return d
}
