package graph

import (
	"context"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph/scalar"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Forbidden is the code of an operation that asks for more than its caller may do in the account.
const Forbidden tsdb.Code = "FORBIDDEN"

// Authorize is the gqlgen extension that refuses an operation, before any of it is executed, unless the caller holds every
// permission that the contract's @allow asks for. Nothing is permitted that the contract does not permit (rules.md §11).
//
// What a root field asks for is one set: its own permission, those of all that is selected below it, and those of the input
// fields given. It is compared with what the caller may do in the field's account. Where only the resolver finds out which
// account that is, a caller with several accounts must hold the set in one of them here, and admit compares again.
type Authorize struct{ allow *allow }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = (*Authorize)(nil)

// NewAuthorize reads the permissions from the schema. It fails where a field carries none.
func NewAuthorize(schema *ast.Schema) (*Authorize, error) {
	a, err := readAllow(schema)
	if err != nil {
		return nil, err
	}
	return &Authorize{a}, nil
}

// ExtensionName names the extension.
func (*Authorize) ExtensionName() string { return "Authorize" }

// Validate has nothing more to check than NewAuthorize did.
func (*Authorize) Validate(graphql.ExecutableSchema) error { return nil }

// allowKey is where an operation keeps the permissions for admit.
const allowKey = "usagegraph.allow"

// MutateOperationContext refuses what the caller may not do.
func (a *Authorize) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	op.Stats.SetExtension(allowKey, a.allow)
	p, ok := auth.FromContext(ctx)
	if !ok {
		return &gqlerror.Error{Message: "A valid token is needed.", Extensions: map[string]any{"code": "UNAUTHENTICATED"}}
	}
	w := a.allow.walk(op.Variables, scalar.OwnIDsOf(op))
	var refused *gqlerror.Error
	w.eachRoot(op.Operation.SelectionSet, func(f *ast.Field) {
		if missing := w.missing(f, p); missing != 0 && refused == nil {
			refused = forbidden(ast.Path{ast.PathName(f.Alias)}, missing)
		}
	})
	return refused
}

func forbidden(path ast.Path, missing auth.Set) *gqlerror.Error {
	return &gqlerror.Error{Message: fmt.Sprintf("You may not do this: it needs %s.", strings.Join(missing.Names(), ", ")), Path: path,
		Extensions: map[string]any{"code": string(Forbidden)}}
}

// missing is what the caller lacks for a root field; 0 where it may go on. An account out of reach is let through: the
// resolver answers it like one that does not exist, before any permission is looked at.
func (w *walk) missing(f *ast.Field, p auth.Principal) auth.Set {
	demand := w.root(f)
	account, where := w.place(f, p)
	switch where {
	case inAccount:
		if held, reach := p.In(account); reach {
			return held.Missing(demand)
		}
		return 0
	case everywhere:
		return p.Common.Missing(demand)
	case unclear:
		return everything
	}
	if len(p.Seats) == 0 {
		if f.Name == "viewer" && !p.Everywhere() {
			return 0 // there is no account below it whose fields could be seen
		}
		return p.Common.Missing(demand)
	}
	var least auth.Set
	for i, s := range p.Seats {
		missing := (p.Common | s.Permissions).Missing(demand)
		if missing == 0 {
			return 0
		}
		if i == 0 {
			least = missing
		}
	}
	return least
}

// place says how the account of a root field is found.
type place int

const (
	inAccount  place = iota // named by an argument
	everywhere              // the field is about no account, or about all of them
	later                   // the resolver finds it out and calls admit
	unclear                 // what should name the account is no id
)

// ofNoAccount reports whether a root field is about no account, or about all of them.
func ofNoAccount(name string) bool {
	switch name {
	case "accounts", "usage", "plans", "rateCard", "rateCards", "rateChanges", "previewRateCard", "publishRateCard", "withdrawRateCard", "rateLimit", "auditLog", "createAccount", "upsertAccount", "createPlan", "updatePlan":
		return true
	}
	return false
}

// place finds the account that a root field is about. Account 0 is one that is out of everybody's reach.
func (w *walk) place(f *ast.Field, p auth.Principal) (account int64, where place) {
	if ofNoAccount(f.Name) {
		return 0, everywhere
	}
	if f.Name == "account" {
		id := argumentOf(f, "id", w.variables)
		if id == nil {
			account, _ = p.Only()
			return account, inAccount
		}
		return w.placeOf(f, id)
	}
	if id := argumentOf(f, "accountId", w.variables); id != nil {
		return w.placeOf(f, id)
	}
	given := argumentOf(f, "input", w.variables)
	input, ok := given.(map[string]any)
	switch {
	case given == nil:
		return 0, later
	case !ok:
		return 0, unclear
	case input["accountId"] != nil:
		return w.placeOf(f, input["accountId"])
	}
	return 0, later
}

// placeOf is the account that an id names; account 0 where it names none.
func (w *walk) placeOf(f *ast.Field, id any) (account int64, where place) {
	text, ok := idIn(id)
	if !ok {
		return 0, unclear
	}
	account, _ = KeyOf(KindAccount, w.own.Of(f.Alias, text))
	return account, inAccount
}

// admit reports by an error that the caller may not go on with the root field under way in an account, once it is known which
// one that is. Every resolver that learns of an account from an id calls it before it does anything. An account out of reach
// is answered like one that does not exist.
func admit(ctx context.Context, account int64) error {
	p := principalOf(ctx)
	held, reach := p.In(account)
	if !reach {
		return notFound(ctx)
	}
	if len(p.Seats) < 2 {
		return nil // Authorize knew all there is to know
	}
	return holds(ctx, held, (*walk).root)
}

// admitObject reports by an error that the caller may not see an object that node or nodes has found. It is asked by the type
// that the object has, whatever the ids looked like before; account 0 is none in particular.
func admitObject(ctx context.Context, account int64, kind Kind) error {
	held := principalOf(ctx).Common
	if account != 0 {
		held, _ = principalOf(ctx).In(account)
	}
	return holds(ctx, held, func(w *walk, f *ast.Field) auth.Set { return w.object(f, kind) })
}

// holds compares what is held with what the root field under way demands.
func holds(ctx context.Context, held auth.Set, demand func(*walk, *ast.Field) auth.Set) error {
	op := graphql.GetOperationContext(ctx)
	a, _ := op.Stats.GetExtension(allowKey).(*allow)
	root := rootField(ctx)
	if a == nil || root == nil {
		return errNoSnapshot
	}
	if missing := held.Missing(demand(a.walk(op.Variables, scalar.OwnIDsOf(op)), root)); missing != 0 {
		return forbidden(graphql.GetPath(ctx), missing)
	}
	return nil
}

// rootField is the root field under which ctx is.
func rootField(ctx context.Context) *ast.Field {
	var root *ast.Field
	for fc := graphql.GetFieldContext(ctx); fc != nil; fc = fc.Parent {
		if fc.Field.Field != nil {
			root = fc.Field.Field
		}
	}
	return root
}
