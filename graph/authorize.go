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

// Forbidden is the code of an operation that needs permissions which its caller does not have in the account.
const Forbidden tsdb.Code = "FORBIDDEN"

// Authorize is the gqlgen extension that refuses an operation, before any of it is executed, unless the caller holds every permission that
// the contract's @allow requires. Nothing is permitted that the contract does not permit (rules.md §11).
//
// A root field requires one set of permissions: its own, those of everything selected below it, and those of the input fields given. The
// set is compared with what the caller may do in the field's account. If only the resolver can find out which account that is, a caller
// with several accounts must hold the set in one of them here, and admit compares again.
type Authorize struct{ allow *allow }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = (*Authorize)(nil)

// NewAuthorize reads the permissions from the schema. It fails if a field has none.
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

// allowKey is the key under which an operation keeps the permissions for admit.
const allowKey = "usagegraph.allow"

// MutateOperationContext refuses the operation if the caller lacks a permission that it requires.
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

// missing returns the permissions that the caller lacks for a root field; 0 if it may go on. An account out of reach is let through: the
// resolver answers as if it did not exist, before it looks at any permission.
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
	later                   // the resolver finds the account and calls admit
	unclear                 // the argument that should name the account is not an id
)

// ofNoAccount reports whether a root field is about no account, or about all of them.
func ofNoAccount(name string) bool {
	switch name {
	case "accounts", "usage", "plans", "rateCard", "rateCards", "rateChanges", "previewRateCard", "publishRateCard", "withdrawRateCard", "rateLimit", "auditLog", "createAccount", "upsertAccount", "createPlan", "updatePlan":
		return true
	}
	return false
}

// place finds the account that a root field is about. Account 0 is out of everybody's reach.
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

// placeOf returns the account that an id names; account 0 if it names no account.
func (w *walk) placeOf(f *ast.Field, id any) (account int64, where place) {
	text, ok := idIn(id)
	if !ok {
		return 0, unclear
	}
	account, _ = KeyOf(KindAccount, w.own.Of(f.Alias, text))
	return account, inAccount
}

// admit returns an error if the caller may not go on with the current root field in an account. Every resolver that learns an account from
// an id calls it before it does anything else. An account out of reach is answered as if it did not exist.
func admit(ctx context.Context, account int64) error {
	p := principalOf(ctx)
	held, reach := p.In(account)
	if !reach {
		return notFound(ctx)
	}
	if len(p.Seats) < 2 {
		return nil // Authorize has already decided
	}
	return holds(ctx, held, (*walk).root)
}

// admitObject returns an error if the caller may not see an object that node or nodes has found. It checks the actual type of the object,
// whatever the ids claimed; account 0 is no account in particular.
func admitObject(ctx context.Context, account int64, kind Kind) error {
	held := principalOf(ctx).Common
	if account != 0 {
		held, _ = principalOf(ctx).In(account)
	}
	return holds(ctx, held, func(w *walk, f *ast.Field) auth.Set { return w.object(f, kind) })
}

// holds compares the permissions held with those that the current root field requires.
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

// rootField returns the root field that ctx is below.
func rootField(ctx context.Context) *ast.Field {
	var root *ast.Field
	for fc := graphql.GetFieldContext(ctx); fc != nil; fc = fc.Parent {
		if fc.Field.Field != nil {
			root = fc.Field.Field
		}
	}
	return root
}
