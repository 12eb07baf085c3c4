package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/live"
	"github.com/usagegraph/usagegraph/server/guard"
	"github.com/usagegraph/usagegraph/server/sse"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/server/ws"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Server is one running process: connections to the database, the endpoints, and what runs in the background.
type Server struct {
	cfg       Config
	log       *slog.Logger
	build     Build
	pools     pools
	edition   tsdb.Edition
	vitals    *vitals
	store     *tsdb.Store
	exploring *tsdb.Store // reads ad-hoc questions
	batcher   *tsdb.Batcher
	refusals  *tsdb.RefusalLog
	jobs      Jobs // nil: none
	hub       *live.Hub
	auth      *auth.Authenticator
	issuer    *auth.OIDC // nil: only API tokens
	trusted   *documents
	buckets   *guard.Buckets
	refused   *guard.Buckets // limits the cost of refused events at /v1/events
	nobodies  *guard.Buckets // limits how fast an address that does not sign in is answered
	places    limited        // for ad-hoc questions and exports
	exports   *exportPlaces  // of places, those for exports
	sockets   *ws.Transport
	streams   *sse.Transport
	metrics   *metrics
	http      *http.Server
	listener  net.Listener
	watching  watching
	draining  atomic.Bool
	unsure    atomic.Bool // a live session could not be reviewed
	intake    intake
	loops     sync.WaitGroup
	endLoops  context.CancelFunc
}

// Run starts a server and serves until ctx ends; then it drains and returns. The error says why it could not start or serve.
func Run(ctx context.Context, cfg Config) error {
	s, err := Open(ctx, cfg)
	if err != nil {
		return unlessTold(ctx, err)
	}
	return s.Serve(ctx)
}

// Open migrates the database, opens everything and listens, but does not answer yet. Call Serve to go on, or Close to give everything up.
func Open(ctx context.Context, cfg Config) (_ *Server, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg.withDefaults(), log: cfg.Log, build: ReadBuild(), metrics: newMetrics(), endLoops: func() {}}
	or(&s.build.Revision, cfg.Revision)
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if err := s.openDatabase(ctx); err != nil {
		return nil, err
	}
	if err := s.openStore(ctx); err != nil {
		return nil, err
	}
	s.trusted = documentsOf(s.cfg.Documents)
	if err := s.loadDocuments(ctx); err != nil {
		return nil, err
	}
	if err := s.openHTTP(); err != nil {
		return nil, err
	}
	var config net.ListenConfig
	if s.listener, err = config.Listen(ctx, "tcp", s.cfg.Listen); err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if err = s.openWatching(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// openDatabase checks whether the database can work before it changes anything in it, and checks the result afterwards.
func (s *Server) openDatabase(ctx context.Context) (err error) {
	if s.pools, err = openPools(ctx, s.cfg); err != nil {
		return err
	}
	s.metrics.pool("books", s.pools.books)
	s.metrics.pool("charts", s.pools.charts)
	if s.edition, err = tsdb.ProbeEdition(ctx, s.pools.books, s.cfg.Settings.Compress); err != nil {
		return err
	}
	if s.cfg.Parts.Migrate != nil {
		steps, err := s.cfg.Parts.Migrate(ctx)
		if err != nil {
			return err
		}
		s.log.Info("database is migrated", "steps", steps)
		if s.edition, err = tsdb.ProbeEdition(ctx, s.pools.books, s.cfg.Settings.Compress); err != nil {
			return err
		}
	}
	if s.pools.explore, err = s.pools.openExplore(ctx, s.cfg); err != nil {
		return err
	}
	s.metrics.pool("explore", s.pools.explore)
	s.metrics.about(s.build, s.edition)
	s.log.Info("database is there", "timescaledb", s.edition.Version, "license", s.edition.License, "postgresql", s.edition.PostgreSQL,
		"compression", s.cfg.Settings.Compress)
	return nil
}

func (s *Server) openStore(ctx context.Context) (err error) {
	var mailer tsdb.Mailer
	if s.cfg.Parts.Mailer != nil {
		if mailer, err = s.cfg.Parts.Mailer(s.pools.books); err != nil {
			return err
		}
	}
	s.store, err = tsdb.New(tsdb.Config{Pool: s.pools.books, Charts: s.pools.charts, Listen: s.pools.listener(s.cfg), Clock: s.cfg.Clock, Mailer: mailer,
		Log: s.log, Settings: s.cfg.Settings})
	if err != nil {
		return err
	}
	if _, err := s.store.RateCards(ctx); err != nil { // writes the first version, which read-only connections cannot
		return err
	}
	if _, err := s.store.NoticeEpoch(ctx); err != nil { // before anything is done in a restored database
		return err
	}
	s.pools.compares.Store(true)
	s.exploring, err = tsdb.New(tsdb.Config{Pool: s.pools.explore, Charts: s.pools.explore, Clock: s.cfg.Clock, Log: s.log, Settings: s.cfg.Settings, Beside: s.store})
	if err != nil {
		return err
	}
	s.vitals = &vitals{store: s.store, clock: s.cfg.Clock, told: s.tellVitals}
	s.metrics.registry.MustRegister(s.vitals)
	batching := s.cfg.Batcher
	batching.Observe = s.metrics.batch
	if batching.Timeout == 0 {
		batching.Timeout = s.operationTimeout()
	}
	s.batcher, s.refusals = tsdb.NewBatcher(s.store, batching), tsdb.NewRefusalLog(s.store)
	s.metrics.counter("usagegraph_refusals_lost_total", "Refused events that Account.refusals does not remember, for want of room or time.", nil,
		func() float64 { return float64(s.refusals.Lost()) })
	if s.hub, err = live.New(live.Config{Store: s.store, Log: s.log}); err != nil {
		return err
	}
	if s.cfg.Parts.Jobs != nil {
		if s.jobs, err = s.cfg.Parts.Jobs(s.store, s.log, s.metrics.job); err != nil {
			return err
		}
	}
	return s.openAuth()
}

// openAuth makes what signs in callers.
func (s *Server) openAuth() (err error) {
	if s.cfg.OIDC.Issuer != "" {
		if s.issuer, err = auth.NewOIDC(s.cfg.OIDC); err != nil {
			return err
		}
	}
	s.auth, err = auth.New(auth.Config{Store: s.store.Access, Clock: s.cfg.Clock, OIDC: s.issuer, MemberID: graph.MemberID, AnyDocument: s.cfg.AnyDocument, Development: s.cfg.Development})
	return err
}

// issuerEndpoints returns the origins that the console's page calls to sign somebody in; none without an issuer.
func (s *Server) issuerEndpoints() []string {
	if s.issuer == nil {
		return nil
	}
	return s.issuer.Endpoints()
}

// Addr returns the address that the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Store returns the server's store, for programs that start a server in their own process.
func (s *Server) Store() *tsdb.Store { return s.store }

// Serve answers until ctx ends, then drains within DrainTimeout and closes everything.
func (s *Server) Serve(ctx context.Context) error {
	defer s.Close()
	if err := s.start(ctx); err != nil {
		return unlessTold(ctx, err)
	}
	if s.cfg.PaceCollector {
		paceCollector()
	}
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(s.listener) }()
	s.watching.serve(s.log)
	s.log.Info("listening", "address", s.Addr(), "version", s.build.Version, "revision", s.build.Revision)
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	return s.drain(context.WithoutCancel(ctx))
}

// unlessTold returns the error of a failed start. It returns nil if the start failed because ctx ended, which is not a fault: nothing was
// begun, so there is nothing to drain.
func unlessTold(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// start starts what runs in the background.
func (s *Server) start(ctx context.Context) error {
	if s.jobs != nil {
		if err := s.jobs.Start(ctx); err != nil {
			return err
		}
	}
	s.hub.Start()
	ctx, s.endLoops = context.WithCancel(context.WithoutCancel(ctx))
	s.loops.Go(func() { s.watchAccess(ctx) })
	s.loops.Go(func() { s.flushUse(ctx) })
	if s.issuer != nil {
		s.loops.Go(func() { s.issuer.Run(ctx) })
	}
	return nil
}

// drain lets everything end that was begun: newcomers are refused, sockets and streams are closed so that clients reconnect to another
// process, requests are answered, and batches are committed. Nothing acknowledged is lost.
func (s *Server) drain(ctx context.Context) error {
	started := s.cfg.Clock()
	s.draining.Store(true)
	ctx, cancel := context.WithTimeout(ctx, s.cfg.DrainTimeout*9/10) // the rest is for what follows: connections, traces
	defer cancel()
	s.log.Info("draining")
	s.intake.stop()
	var ends sync.WaitGroup
	var errs [4]error
	ends.Go(func() { errs[0] = s.sockets.Drain(ctx) })
	ends.Go(func() { errs[1] = s.streams.Drain(ctx) })
	ends.Go(func() { errs[2] = s.http.Shutdown(ctx) })
	ends.Go(func() {
		if s.jobs != nil {
			errs[3] = s.jobs.Stop(ctx)
		}
	})
	ends.Wait()
	s.batcher.Drain(ctx)
	last, end := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.DrainTimeout/20)
	defer end()
	_ = s.http.Shutdown(last) // tells those just cut off before their connections are closed
	s.refusals.Stop()
	if err := s.auth.Flush(ctx); err != nil {
		s.log.Warn("use of tokens was not noted", "error", err)
	}
	err := errors.Join(errs[:]...)
	s.log.Info("drained", "milliseconds", s.cfg.Clock().Sub(started).Milliseconds(), "error", err)
	if err != nil {
		return fmt.Errorf("drain: %w", err)
	}
	return nil
}

// Close gives up everything at once. After Serve there is nothing left for it to do.
func (s *Server) Close() {
	s.endLoops()
	if s.hub != nil {
		s.hub.Stop()
	}
	if s.http != nil {
		_ = s.http.Close()
	}
	if s.listener != nil {
		_ = s.listener.Close()
	}
	s.watching.close()
	if s.batcher != nil {
		s.batcher.Stop()
	}
	s.refusals.Stop()
	s.loops.Wait()
	if s.pools.books != nil {
		s.pools.close()
	}
}

// tellVitals logs when the database's figures cannot be read, and when they can be read again, which shows when an outage began and ended.
func (s *Server) tellVitals(err error) {
	if err != nil {
		s.log.Warn("vitals cannot be read", "error", err)
		return
	}
	s.log.Info("vitals can be read again")
}

// report receives the errors that callers are not shown. It is the only place where they are logged, but for those of the bulk endpoints. An
// outage of the database is not a fault of the program; it is counted and reported separately.
func (s *Server) report(ctx context.Context, err error) {
	switch {
	case isNobodysFault(err):
		return
	case pg.Unavailable(err):
		s.log.WarnContext(ctx, "the database cannot be asked", "requestId", wire.RequestID(ctx), "error", err)
	default:
		s.log.ErrorContext(ctx, "fault", "requestId", wire.RequestID(ctx), "error", err)
	}
	s.noteFault(ctx, err)
}

// noteFault counts an error that callers are not shown, and records it on the span in which it occurred.
func (s *Server) noteFault(ctx context.Context, err error) {
	switch {
	case isNobodysFault(err):
		return
	case pg.Unavailable(err):
		s.metrics.unavailable.Inc()
	default:
		s.metrics.faults.Inc()
	}
	recordFault(ctx, err)
}

// isNobodysFault reports whether the caller has gone, or is told to come back.
func isNobodysFault(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, tsdb.ErrStopped)
}

// Times that bound what a client may do with a connection.
const (
	headerTimeout = 5 * time.Second
	bodyTimeout   = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 16 << 10
)
