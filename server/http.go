package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/graph/scalar"
	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/server/graphiql"
	"github.com/usagegraph/usagegraph/server/guard"
	"github.com/usagegraph/usagegraph/server/httpgql"
	"github.com/usagegraph/usagegraph/server/push"
	"github.com/usagegraph/usagegraph/server/sse"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/server/ws"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// openHTTP makes the endpoints.
func (s *Server) openHTTP() error {
	endpoint, err := s.openGraphQL()
	if err != nil {
		return err
	}
	handler, err := s.routes(endpoint)
	if err != nil {
		return err
	}
	s.http = &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return nil
}

// routes maps paths to handlers.
func (s *Server) routes(endpoint http.Handler) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	if s.cfg.MetricsListen == "" {
		mux.Handle("GET /metrics", s.metrics.handler())
	}
	mux.Handle("/graphql", endpoint)
	if err := s.openUsage(mux); err != nil {
		return nil, err
	}
	mux.Handle("/v1/usage", s.requireSignIn(rateLimit(s.buckets, http.HandlerFunc(s.exportUsage))))
	mux.Handle("/v1/export/", s.requireSignIn(rateLimit(s.buckets, http.HandlerFunc(s.exportAny))))
	if err := s.openGraphiQL(mux); err != nil {
		return nil, err
	}
	if s.cfg.Parts.Console != nil {
		mux.Handle("/", s.cfg.Parts.Console(s.issuerEndpoints))
	}
	guarded, err := s.crossOriginProtection(mux)
	if err != nil {
		return nil, err
	}
	return s.bodyTimeout(securityHeaders(s.slowed(s.requestID(s.trace(s.accessLog(s.recovered(s.cors(guarded)))))))), nil
}

// openGraphiQL adds the GraphiQL page for those who may explore.
func (s *Server) openGraphiQL(mux *http.ServeMux) error {
	page, err := graphiql.Handler(s.cfg.Random)
	if err != nil {
		return err
	}
	mux.Handle(graphiql.Path, page)
	mux.Handle("GET /graphiql", http.RedirectHandler(graphiql.Path, http.StatusPermanentRedirect))
	return nil
}

// openGraphQL makes the GraphQL endpoint with its three transports behind the guard. A WebSocket signs in with its first message,
// everything else with its header.
func (s *Server) openGraphQL() (http.Handler, error) {
	s.buckets = &guard.Buckets{Now: s.cfg.Clock, Principal: payer, Size: s.cfg.BucketSize, Rate: s.cfg.BucketRate}
	s.refused = &guard.Buckets{Now: s.cfg.Clock, Principal: payer, Size: s.cfg.BucketSize, Rate: s.cfg.BucketRate}
	exec, source, err := s.executor()
	if err != nil {
		return nil, err
	}
	tally := &wire.Tally{Max: maxConnections}
	if s.sockets, err = ws.New(ws.Config{Now: s.cfg.Clock, Init: s.signInSocket, Source: source, Origins: s.cfg.Origins, NewID: s.newID, Report: s.report, Tally: tally, Pace: s.pace, Timeout: s.operationTimeout()}); err != nil {
		return nil, err
	}
	if s.streams, err = sse.New(sse.Config{Now: s.cfg.Clock, Session: sessionOf, Source: source, NewID: s.newID, Report: s.report, Tally: tally, MaxBody: maxBody, Timeout: s.operationTimeout()}); err != nil {
		return nil, err
	}
	plain, err := httpgql.New(httpgql.Config{Now: s.cfg.Clock, NewID: s.newID, Report: s.report, MaxBody: maxBody, LargeBody: largeBody, Timeout: s.operationTimeout()})
	if err != nil {
		return nil, err
	}
	s.metrics.live(s)
	sockets := &httpgql.Endpoint{Exec: exec, Transports: []graphql.Transport{s.sockets}}
	others := maxContentLength(s.requireSignIn(rateLimit(s.buckets, &httpgql.Endpoint{Exec: exec, Transports: []graphql.Transport{s.streams, plain}})))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.sockets.Supports(r) {
			sockets.ServeHTTP(w, withUpgrade(r))
			return
		}
		others.ServeHTTP(w, r)
	}), nil
}

// operationTimeout returns how long a query or mutation may take: as long as the slowest statement may, because a database that hangs ends
// no statement.
func (s *Server) operationTimeout() time.Duration {
	return max(s.cfg.StatementTimeout, s.cfg.ChartTimeout, s.cfg.ExploreTimeout)
}

// maxBody is the largest GraphQL request body in bytes, unless largeBody allows more.
const maxBody = 256 << 10

// largeBody returns how many bytes a caller's body may have. A caller who may report usage may send as much as at /v1/events, because a
// thousand events with long ids need megabytes; others ask questions, which are short.
func largeBody(ctx context.Context) int64 {
	if p, _ := auth.FromContext(ctx); p.Somewhere().Has(auth.UsageWrite) {
		return ingest.MaxBody
	}
	return 0
}

// maxValues returns how many values a body may hold: a thousand events with ten tags each are some 50,000, while questions need few.
func maxValues(ctx context.Context) int {
	if p, _ := auth.FromContext(ctx); p.Somewhere().Has(auth.UsageWrite) {
		return 64_000
	}
	return 5_000
}

// maxConnections is the largest number of sockets and streams of one principal.
const maxConnections = 1_000

// resolver makes the resolver behind the guard.
func (s *Server) resolver(store *tsdb.Store) *graph.Resolver {
	return &graph.Resolver{
		Lately: charts.NewLatelyKept(),
		Store:  store, Batcher: s.batcher, Refusals: s.refusals, RenderMail: s.renderMail, Live: s.hub,
		NewSecret: func() (string, string, error) { return auth.NewSecret(reader(s.cfg.Random)) },
		Budget: func(ctx context.Context) (maximum, now, rate int64) {
			state := s.buckets.State(ctx)
			return state.MaximumAvailable, state.CurrentlyAvailable, state.RestoreRate
		},
	}
}

// renderMail renders an e-mail as it is sent.
func (s *Server) renderMail(e tsdb.Email) (graph.MailText, error) {
	if s.cfg.Parts.RenderMail == nil {
		return graph.MailText{}, errNoRender
	}
	return s.cfg.Parts.RenderMail(e, s.cfg.Settings)
}

// errNoRender reports a mistake in the wiring.
var errNoRender = errors.New("server: nothing renders mails")

// reader makes an io.Reader from a function.
type reader func([]byte) (int, error)

// Read implements io.Reader.
func (r reader) Read(p []byte) (int, error) { return r(p) }

// executor returns the guard in front of the resolvers, and the source that pushes what subscriptions watch.
func (s *Server) executor() (*executorPools, *push.Source, error) {
	first, resolver, err := s.openPool(s.store)
	if err != nil {
		return nil, nil, err
	}
	explore, _, err := s.openPool(s.exploring)
	if err != nil {
		return nil, nil, err
	}
	// As many places as the pool has snapshots, which leave one connection free (tsdb): an operation that has a place must not wait for the
	// snapshot of another one, which an export may hold for hours.
	places := max(1, s.cfg.ExplorePoolSize-1)
	s.places = limited{pg.NewTurns(places, places), explorePatience}
	s.exports = &exportPlaces{limited: limited{pg.NewTurns(places-1, 1), explorePatience}}
	explore.Use(s.places)
	schema := executable(resolver)
	source, err := push.New(push.Config{Hub: s.hub, Resolver: resolver, Schema: schema, Report: s.report})
	return &executorPools{first, explore, s.trusted, s.metrics, s.tracer()}, source, err
}

// executable returns the contract with its resolvers, as it is executed and introspected, without what the guard refuses.
func executable(resolver *graph.Resolver) graphql.ExecutableSchema {
	contract := generated.NewExecutableSchema(generated.Config{}).Schema()
	whole := generated.NewExecutableSchema(generated.Config{Schema: guard.WithoutDefer(contract), Resolvers: resolver})
	return graph.States{ExecutableSchema: whole, Resolver: resolver, Spend: guard.Spend}
}

// explorePatience is how long an ad-hoc question waits for a place.
const explorePatience = 2 * time.Second

// openPool makes a guard, and what it guards, over a store.
func (s *Server) openPool(store *tsdb.Store) (*guard.Executor, *graph.Resolver, error) {
	resolver := s.resolver(store)
	schema := executable(resolver)
	authorize, err := graph.NewAuthorize(schema.Schema())
	if err != nil {
		return nil, nil, err
	}
	exec := guard.New(schema, guard.Config{
		Store:       s.trusted,
		AnyDocument: func(ctx context.Context) bool { p, _ := auth.FromContext(ctx); return p.AnyDocument },
		Explore:     func(ctx context.Context) bool { p, _ := auth.FromContext(ctx); return p.Somewhere().Has(auth.Explore) },
		Scalars:     scalars(),
		Weigh:       weighBy(graph.ReadPrices(schema.Schema())),
		Budget:      s.buckets,
		MaxCost:     maxCost,
		MaxValues:   maxValues, MaxVariables: 64_000,
	})
	exec.SetErrorPresenter(present)
	exec.SetRecoverFunc(panicked)
	exec.Use(graph.OwnIDs{Store: store})
	exec.Use(authorize)
	exec.Use(observed{s.metrics, s.cfg.Clock, s.trusted, s.tracer()})
	exec.Use(graph.Snapshot{Store: store})
	return exec, resolver, nil
}

// scalars returns functions that check values of the contract's scalars before anything is executed.
func scalars() map[string]func(any) error {
	return map[string]func(any) error{
		"Cursor":   reads(func(v any) (string, error) { return scalar.UnmarshalCursor(context.Background(), v) }),
		"Decimal":  reads(scalar.UnmarshalDecimal),
		"DateTime": reads(scalar.UnmarshalDateTime),
		"Long":     reads(scalar.UnmarshalLong),
		"TimeZone": reads(scalar.UnmarshalTimeZone),
	}
}

func reads[T any](read func(any) (T, error)) func(any) error {
	return func(v any) error {
		_, err := read(v)
		return err
	}
}

// panicked turns a resolver's panic into an ordinary error, which is reported once and not also printed beside the log.
func panicked(_ context.Context, what any) error {
	return fmt.Errorf("panic: %v\n%s", what, debug.Stack())
}

// present tells callers about values that a scalar does not accept, which gqlgen notices only during execution.
func present(ctx context.Context, err error) *gqlerror.Error {
	shown := graphql.DefaultErrorPresenter(ctx, err)
	if bad := (*scalar.Error)(nil); errors.As(err, &bad) {
		fault := wire.Fault(wire.ValidationFailed, bad.Error()+".")
		fault.Path, fault.Locations = shown.Path, shown.Locations
		return fault
	}
	return shown
}

// maxCost is the largest cost of one operation in points: a little above all tabs of the page at once (2,632).
const maxCost = 3_000

// weighBy makes the guard price fields as the contract says.
func weighBy(p graph.Prices) guard.Weigh {
	return func(f guard.Field) guard.Weight {
		own, times, known := p.Weigh(f.Name(), f.Arg)
		if !known {
			return guard.DefaultWeigh(f)
		}
		return guard.Weight{Own: own, Times: times}
	}
}
