package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
)

// watching is the listener for those who watch the process, where it has one of its own. It is for the operator's network alone: profiles tell
// what the process does, and cost time.
type watching struct {
	http     *http.Server
	listener net.Listener
}

// openWatching listens where the setting says; without one nothing is opened.
func (s *Server) openWatching(ctx context.Context) (err error) {
	if s.cfg.MetricsListen == "" {
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.handler())
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", http.NotFound) // flags may hold secrets
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	s.watching.http = &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
	var config net.ListenConfig
	if s.watching.listener, err = config.Listen(ctx, "tcp", s.cfg.MetricsListen); err != nil {
		return fmt.Errorf("listen for metrics: %w", err)
	}
	return nil
}

// serve answers until close.
func (w *watching) serve(log *slog.Logger) {
	if w.listener == nil {
		return
	}
	log.Info("listening for metrics and profiles", "address", w.listener.Addr().String())
	go func() { _ = w.http.Serve(w.listener) }()
}

// close ends it at once: figures are wanted until the very end of a drain, and nobody misses half a scrape.
func (w *watching) close() {
	if w.listener != nil {
		_ = w.http.Close()
		_ = w.listener.Close()
	}
}

// MetricsAddr is the address of the listener for metrics and profiles; "" without one.
func (s *Server) MetricsAddr() string {
	if s.watching.listener == nil {
		return ""
	}
	return s.watching.listener.Addr().String()
}
