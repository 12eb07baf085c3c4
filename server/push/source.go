package push

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/live"
	"github.com/usagegraph/usagegraph/server/wire"
)

// Config is what a Source works with. All fields except Report are required.
type Config struct {
	Hub      *live.Hub
	Resolver *graph.Resolver
	Schema   graphql.ExecutableSchema
	// Report receives errors that clients are not shown; may be nil.
	Report wire.Report
}

// Source answers subscriptions from the hub.
type Source struct {
	cfg      Config
	snapshot graph.Snapshot
}

var _ wire.Source = (*Source)(nil)

// New makes a Source.
func New(cfg Config) (*Source, error) {
	if cfg.Hub == nil || cfg.Resolver == nil || cfg.Resolver.Store == nil || cfg.Schema == nil {
		return nil, errors.New("push: Config needs Hub, Resolver and Schema")
	}
	return &Source{cfg, graph.Snapshot{Store: cfg.Resolver.Store}}, nil
}

// Subscribe begins to push; see wire.Source. Whether the caller may subscribe is decided before: op has passed the guard and the permission
// checks. A document that does not consist of one of our fields is left to gqlgen.
func (s *Source) Subscribe(ctx context.Context, op *graphql.OperationContext, sink wire.Sink) (cancel func(), handled bool, err error) {
	fields := graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Subscription"})
	if len(fields) != 1 {
		return nil, false, nil
	}
	args := fields[0].ArgumentMap(op.Variables)
	account, _ := args["accountId"].(string)
	account = graph.OwnOr(op, fields[0].Alias, account)
	topic, after, ok, err := s.cfg.Resolver.Topic(ctx, fields[0].Name, account, text(args["after"]))
	if err != nil || !ok {
		return nil, ok, err
	}
	principal, _ := auth.FromContext(ctx)
	if topic.Form, err = formOf(op, topic, principal); err != nil {
		return nil, true, err
	}
	topic.Encode = s.encoder(op, principal, topic.Kind)
	return s.cfg.Hub.Watch(topic, after, &end{sink: sink, state: !topic.Kind.IsEvents(), field: fields[0].Alias}), true, nil
}

// text returns an argument that is a string; nil if it is null or not given.
func text(v any) *string {
	if s, ok := v.(string); ok {
		return &s
	}
	return nil
}

// formOf distinguishes documents, variables and scopes. Only streams of deployments lead to fields whose answers depend on the caller.
func formOf(op *graphql.OperationContext, t live.Topic, p auth.Principal) (live.Form, error) {
	variables, err := json.Marshal(op.Variables)
	if err != nil {
		return live.Form{}, fmt.Errorf("encode variables: %w", err)
	}
	who := ""
	if t.Kind == live.Deployments {
		held, _ := p.In(t.Account)
		who = fmt.Sprint(p.Kind, p.UserID, p.TokenID, held)
	}
	hash := sha256.New()
	for _, part := range []string{op.RawQuery, op.OperationName, string(variables), who} {
		fmt.Fprintf(hash, "%d:%s", len(part), part)
	}
	return live.Form(hash.Sum(nil)[:len(live.Form{})]), nil
}

// encoder returns a function that executes the operation on frames of a kind. It keeps nothing of the original request, because others share
// its bytes.
func (s *Source) encoder(op *graphql.OperationContext, p auth.Principal, kind live.Kind) func(live.Frame) []byte {
	shared := &graphql.OperationContext{
		RawQuery: op.RawQuery, Variables: op.Variables, OperationName: op.OperationName, Doc: op.Doc, Operation: op.Operation,
		DisableIntrospection: op.DisableIntrospection, RecoverFunc: op.RecoverFunc, ResolverMiddleware: op.ResolverMiddleware,
		RootResolverMiddleware: op.RootResolverMiddleware, Stats: op.Stats,
	}
	ctx := graphql.WithOperationContext(auth.WithPrincipal(context.Background(), p), shared)
	return func(f live.Frame) []byte {
		if kind == live.Status {
			if data := graph.StatusFrame(shared, f); data != nil {
				return wire.Encode(ctx, &graphql.Response{Data: data}, s.cfg.Report)
			}
		}
		ctx := graphql.WithResponseContext(graph.WithFrame(ctx, f), graphql.DefaultErrorPresenter, shared.RecoverFunc)
		return wire.Encode(ctx, s.snapshot.InterceptResponse(ctx, s.execute), s.cfg.Report)
	}
}

// execute executes the operation with the frame in the context.
func (s *Source) execute(ctx context.Context) *graphql.Response {
	next := s.cfg.Schema.Exec(ctx)
	if errs := graphql.GetErrors(ctx); errs != nil {
		return &graphql.Response{Errors: errs}
	}
	response := next(ctx)
	if response == nil {
		return &graphql.Response{Errors: gqlerror.List{gqlerror.Errorf("the subscription gave no answer to its frame")}}
	}
	response.Errors = append(response.Errors, graphql.GetErrors(ctx)...)
	return response
}
