package graph

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph/scalar"
	"github.com/usagegraph/usagegraph/tsdb"
)

// ownPatience is how long looking up an operation's own ids may take.
const ownPatience = 10 * time.Second

// OwnIDs is the gqlgen extension that looks up the own ids in an operation, before Authorize. It takes at most two statements however many
// ids there are, and none if there are none. An own id that is not found stays as it is and names nothing.
type OwnIDs struct{ Store *tsdb.Store }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = OwnIDs{}

// ExtensionName names the extension.
func (OwnIDs) ExtensionName() string { return "OwnIDs" }

// Validate has nothing to check in a schema.
func (OwnIDs) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext stores what was found in the operation.
func (o OwnIDs) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	p, signedIn := auth.FromContext(ctx)
	if !signedIn || !strings.Contains(op.RawQuery, "external:") && !holdsOwn(op.Variables) {
		return nil
	}
	asked := ownIDsIn(op)
	if len(asked) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, ownPatience)
	defer cancel()
	found, err := o.find(ctx, p, asked)
	if err != nil {
		return gqlerror.Wrap(fmt.Errorf("look up own ids: %w", err))
	}
	scalar.SetOwnIDs(op, found)
	return nil
}

// holdsOwn reports whether a value contains a text that may be an own id.
func holdsOwn(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.HasPrefix(v, "external:")
	case map[string]any:
		for _, child := range v {
			if holdsOwn(child) {
				return true
			}
		}
	case []any:
		for _, child := range v {
			if holdsOwn(child) {
				return true
			}
		}
	}
	return false
}

// ownAsked holds the own ids below one root field, and the id of the account in which to look them up; "": no argument names it.
type ownAsked struct {
	root    string
	account string
	ids     map[string]bool // as written
}

// ownIDsIn collects the own ids in the arguments of an operation, by root field.
func ownIDsIn(op *graphql.OperationContext) (asked []ownAsked) {
	w := (&allow{}).walk(op.Variables, nil)
	w.eachRoot(op.Operation.SelectionSet, func(f *ast.Field) {
		a := ownAsked{root: f.Alias, ids: map[string]bool{}}
		args := f.ArgumentMap(op.Variables)
		a.account, _ = idIn(accountIn(f.Name, args))
		clear(w.seen)
		w.ownBelow(f, a.ids)
		if len(a.ids) > 0 {
			asked = append(asked, a)
		}
	})
	return asked
}

// accountIn returns the argument that names the account of a root field, or nil.
func accountIn(name string, args map[string]any) any {
	input, _ := args["input"].(map[string]any)
	filter, _ := args["filter"].(map[string]any)
	switch accounts := listed(filter["accountIds"]); {
	case name == "account":
		return args["id"]
	case args["accountId"] != nil:
		return args["accountId"]
	case input["accountId"] != nil:
		return input["accountId"]
	case len(accounts) == 1:
		return accounts[0]
	}
	return nil
}

// ownBelow collects the own ids in the arguments of a field and of everything selected below it.
func (w *walk) ownBelow(f *ast.Field, ids map[string]bool) {
	if len(f.Arguments) > 0 {
		collectOwn(f.ArgumentMap(w.variables), ids)
	}
	w.ownSelected(f.SelectionSet, ids)
}

func (w *walk) ownSelected(list ast.SelectionSet, ids map[string]bool) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.Field:
			w.ownBelow(s, ids)
		case *ast.InlineFragment:
			w.ownSelected(s.SelectionSet, ids)
		case *ast.FragmentSpread:
			if key := (seenFragment{name: s.Name}); !w.seen[key] {
				w.seen[key] = true
				w.ownSelected(s.Definition.SelectionSet, ids)
			}
		}
	}
}

func collectOwn(v any, ids map[string]bool) {
	switch v := v.(type) {
	case string:
		if _, _, ok := tsdb.ParseExternal(v); ok {
			ids[v] = true
		}
	case map[string]any:
		for _, child := range v {
			collectOwn(child, ids)
		}
	case []any:
		for _, child := range v {
			collectOwn(child, ids)
		}
	}
}

// find looks up the own ids asked for, within the caller's reach.
func (o OwnIDs) find(ctx context.Context, p auth.Principal, asked []ownAsked) (scalar.OwnIDs, error) {
	accounts, err := o.accounts(ctx, p, asked)
	if err != nil {
		return nil, err
	}
	found := scalar.OwnIDs{}
	var rest []tsdb.External
	for _, a := range asked {
		found[a.root] = map[string]string{}
		account := accountOf(p, a.account, accounts)
		for text := range a.ids {
			kind, id, _ := tsdb.ParseExternal(text)
			switch key := accounts[text]; {
			case kind == tsdb.ExternalAccount && key != 0:
				found[a.root][text] = EncodeID(KindAccount, key)
			case kind != tsdb.ExternalAccount && account != 0:
				rest = append(rest, tsdb.External{AccountID: account, Kind: kind, ID: id})
			}
		}
	}
	if len(rest) == 0 {
		return found, nil
	}
	things, err := o.Store.Externals(ctx, rest)
	if err != nil {
		return nil, err
	}
	for _, a := range asked {
		account := accountOf(p, a.account, accounts)
		for text := range a.ids {
			kind, id, _ := tsdb.ParseExternal(text)
			if thing, ok := things[tsdb.External{AccountID: account, Kind: kind, ID: id}]; ok {
				found[a.root][text] = ownID(kind, thing)
			}
		}
	}
	return found, nil
}

// ownID returns our id of the object that has an own id.
func ownID(kind tsdb.ExternalKind, f tsdb.ExternalFound) string {
	id := ID{Kind: Kind(strings.ToUpper(string(kind[:1])) + string(kind[1:])), Key: f.Key, Part: f.UserID}
	return id.String()
}

// accounts finds the accounts that own ids name; the keys of the result are the texts as written.
func (o OwnIDs) accounts(ctx context.Context, p auth.Principal, asked []ownAsked) (map[string]int64, error) {
	var ids []string
	texts := map[string]string{}
	note := func(text string) {
		if kind, id, ok := tsdb.ParseExternal(text); ok && kind == tsdb.ExternalAccount && texts[id] == "" {
			texts[id], ids = text, append(ids, id)
		}
	}
	for _, a := range asked {
		note(a.account)
		for text := range a.ids {
			note(text)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := o.Store.ExternalAccounts(ctx, p.Bound(), ids)
	if err != nil {
		return nil, err
	}
	accounts := make(map[string]int64, len(found))
	for id, key := range found {
		accounts[texts[id]] = key
	}
	return accounts, nil
}

// accountOf returns the account that a text names or, if there is no text, the only account of the caller; 0 if it is out of reach.
func accountOf(p auth.Principal, text string, accounts map[string]int64) int64 {
	key, _ := p.Only()
	if text != "" {
		if key = accounts[text]; key == 0 {
			key, _ = KeyOf(KindAccount, text)
		}
	}
	if !p.Reaches(key) {
		return 0
	}
	return key
}

// OwnOr returns our id for an argument of a root field.
func OwnOr(op *graphql.OperationContext, root, text string) string {
	return scalar.OwnIDsOf(op).Of(root, text)
}

// AccountByText returns the key of the account that a text names by its id or own id, among the accounts of within (nil: all); 0 for none.
func AccountByText(ctx context.Context, store *tsdb.Store, within []int64, text string) (int64, error) {
	kind, id, own := tsdb.ParseExternal(text)
	if !own || kind != tsdb.ExternalAccount {
		key, _ := KeyOf(KindAccount, text)
		return key, nil
	}
	found, err := store.ExternalAccounts(ctx, within, []string{id})
	return found[id], err
}

// ResourceByText returns the key of the resource of a kind that a text names by its id or own id, in an account; 0 for none.
func ResourceByText(ctx context.Context, store *tsdb.Store, account int64, kind Kind, text string) (int64, error) {
	of, id, own := tsdb.ParseExternal(text)
	if !own || !strings.EqualFold(string(of), string(kind)) {
		key, _ := KeyOf(kind, text)
		return key, nil
	}
	asked := tsdb.External{AccountID: account, Kind: of, ID: id}
	found, err := store.Externals(ctx, []tsdb.External{asked})
	return found[asked].Key, err
}
