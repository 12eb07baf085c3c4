package graph

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// snapshot is shared by the fields of one operation: one snapshot of the database at one instant, and the caller.
type snapshot struct {
	reader    *charts.Reader
	principal auth.Principal
	objects   gather[ID, model.Node]
	grants    gather[grantsAsked, *tsdb.Paged[tsdb.GrantRow]]
	roles     gather[int64, map[string]access.CustomRole]
	states    gather[int64, *tsdb.Account]
	lately    gather[int64, *charts.Lately]

	mu       sync.Mutex
	accounts [][]int64 // for each list whose rows are accounts, or belong to accounts
}

// list announces the accounts of a list's rows: what one row asks about its account, the other rows will ask about theirs.
func (sc *snapshot) list(accounts []int64) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.accounts = append(sc.accounts, accounts)
}

// listed returns a function that finds the accounts of the list which contains an account; none if no list does.
func (sc *snapshot) listed(account int64) func() []int64 {
	return func() []int64 {
		sc.mu.Lock()
		defer sc.mu.Unlock()
		for _, list := range sc.accounts {
			if slices.Contains(list, account) {
				return list
			}
		}
		return nil
	}
}

// besides returns a function that finds the objects of the list which contains an account.
func (sc *snapshot) besides(id ID) func() []ID {
	return func() (all []ID) {
		if id.Kind == KindAccount {
			for _, account := range sc.listed(id.Key)() {
				all = append(all, ID{Kind: KindAccount, Key: account})
			}
		}
		return all
	}
}

type snapshotKey struct{}

// errNoSnapshot reports a mistake in the wiring: an operation ran without Snapshot.
var errNoSnapshot = errors.New("graph: operation without a snapshot")

// Snapshot is the gqlgen extension that opens a snapshot for each query and mutation, and closes it afterwards. Mutations answer from a
// snapshot taken after their commit; subscriptions take one per frame.
type Snapshot struct{ Store *tsdb.Store }

var _ interface {
	graphql.HandlerExtension
	graphql.ResponseInterceptor
	graphql.RootFieldInterceptor
} = Snapshot{}

// ExtensionName names the extension.
func (Snapshot) ExtensionName() string { return "Snapshot" }

// Validate has nothing to check in a schema.
func (Snapshot) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse opens the snapshot before the response is computed and closes it after.
func (s Snapshot) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	principal, _ := auth.FromContext(ctx)
	sc := &snapshot{reader: charts.Read(s.Store), principal: principal}
	defer sc.reader.Close(ctx)
	if AsksStateOnly(graphql.GetOperationContext(ctx)) {
		sc.reader.Alone()
	}
	return next(context.WithValue(ctx, snapshotKey{}, sc))
}

// InterceptRootField lets each mutation of an operation answer from a snapshot of its own, taken after its commit.
func (Snapshot) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	if sc, err := snapshotOf(ctx); err == nil && graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
		sc.reader.Renew(ctx)
		ctx = context.WithValue(ctx, snapshotKey{}, &snapshot{reader: sc.reader, principal: sc.principal}) // and nothing read before the commit is kept
	}
	return next(ctx)
}

// AsksStateOnly reports whether an operation is a query for nothing but the present state of one account. Such a query needs no snapshot.
func AsksStateOnly(op *graphql.OperationContext) bool {
	if op.Operation == nil || op.Operation.Operation != ast.Query || len(op.Operation.SelectionSet) != 1 {
		return false
	}
	root, ok := op.Operation.SelectionSet[0].(*ast.Field)
	return ok && root.Name == "account" && isState(root.SelectionSet, map[*ast.FragmentDefinition]bool{})
}

// isState reports whether every field selected of an account can be answered from its state.
func isState(set ast.SelectionSet, seen map[*ast.FragmentDefinition]bool) bool {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			switch s.Name {
			case "id", "name", "createdAt", "booksFrom", "access", "creditStatus", "__typename":
			default:
				return false
			}
		case *ast.InlineFragment:
			if !isState(s.SelectionSet, seen) {
				return false
			}
		case *ast.FragmentSpread:
			if seen[s.Definition] { // or fragments that spread another one twice each would double the work
				continue
			}
			seen[s.Definition] = true
			if !isState(s.Definition.SelectionSet, seen) {
				return false
			}
		}
	}
	return true
}

// snapshotOf returns the snapshot that the fields of the operation share.
func snapshotOf(ctx context.Context) (*snapshot, error) {
	if sc, ok := ctx.Value(snapshotKey{}).(*snapshot); ok {
		return sc, nil
	}
	return nil, errNoSnapshot
}

// readerOf returns the reader of the operation's snapshot.
func readerOf(ctx context.Context) (*charts.Reader, error) {
	sc, err := snapshotOf(ctx)
	if err != nil {
		return nil, err
	}
	return sc.reader, nil
}

// principalOf returns the caller; the zero Principal has no permissions.
func principalOf(ctx context.Context) auth.Principal {
	principal, _ := auth.FromContext(ctx)
	return principal
}

// timePtr returns a pointer to t; nil for the zero time.
func timePtr(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// textPtr returns a pointer to s; nil for "".
func textPtr(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// accountKey returns the key of an account within the caller's reach. ok is false for malformed ids, unknown accounts and other people's
// accounts, which all get the same answer (rules.md §11). Whether an account within reach exists, only the database can tell.
func accountKey(ctx context.Context, opaque string) (key int64, ok bool) {
	key, ok = KeyOf(KindAccount, opaque)
	return key, ok && principalOf(ctx).Reaches(key)
}
