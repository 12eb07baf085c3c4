package server

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// healthz says that the process lives; it asks nobody else.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"status": "ok", "version": s.build.Version, "revision": s.build.Revision})
}

// readiness is what /readyz answers.
type readiness struct {
	Status   string   `json:"status"` // ready, not ready, draining
	Problems []string `json:"problems"`
	Edition  edition  `json:"timescaledb"`
}

// readyz says whether requests can be answered: the database is there, migrated, and the process is not on its way out.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	answer := readiness{Status: "ready", Problems: s.problems(ctx), Edition: s.edition}
	status := http.StatusOK
	if len(answer.Problems) > 0 {
		answer.Status, status = "not ready", http.StatusServiceUnavailable
	}
	if s.draining.Load() {
		answer.Status, status = "draining", http.StatusServiceUnavailable
	}
	writeJSON(w, status, answer)
}

// problems are the reasons why the server is not ready, without anything secret.
func (s *Server) problems(ctx context.Context) []string {
	problems := []string{}
	if err := s.pools.books.Ping(ctx); err != nil {
		s.log.Warn("readiness: database does not answer", "error", err)
		return append(problems, "the database does not answer")
	}
	if s.cfg.Parts.Migrated == nil {
		return problems
	}
	migrated, err := s.cfg.Parts.Migrated(ctx, s.pools.books)
	switch {
	case err != nil:
		s.log.Warn("readiness: migrations cannot be read", "error", err)
		problems = append(problems, "the migrations cannot be read")
	case !migrated:
		problems = append(problems, "the database lacks migrations; run usagegraph migrate")
	}
	return problems
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
