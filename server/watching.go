package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
)

// watching is the separate listener for metrics and profiles, if there is one. It belongs on the operator's network only: profiles reveal
// what the process does, and cost time.
type watching struct {
	http     *http.Server
	listener net.Listener
}

// openWatching listens at the configured address. Without one it opens nothing.
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

// close ends the listener at once: figures are wanted until the very end of a drain, and half a scrape is no loss.
func (w *watching) close() {
	if w.listener != nil {
		_ = w.http.Close()
		_ = w.listener.Close()
	}
}

// MetricsAddr returns the address of the listener for metrics and profiles; "" if there is none.
func (s *Server) MetricsAddr() string {
	if s.watching.listener == nil {
		return ""
	}
	return s.watching.listener.Addr().String()
}
