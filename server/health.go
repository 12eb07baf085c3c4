package server

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// healthz says that the process is alive, and its version. It asks nobody else.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"status": "ok", "version": s.build.Version, "revision": s.build.Revision, "timescaledb": s.edition})
}

// readiness is the answer of /readyz.
type readiness struct {
	Status   string   `json:"status"` // ready, not ready, draining
	Problems []string `json:"problems"`
	// Warnings say what an operator should look at although no answer is wrong, such as lag: every answer includes what has accrued and is
	// not posted, and what is not rolled up. So they do not take a process out of service.
	Warnings  []string     `json:"warnings"`
	MeterLag  *int64       `json:"meterLagSeconds"`  // how far posting of hosting is behind; null: unknown
	RollUpLag *int64       `json:"rollUpLagSeconds"` // since the roll-up last completed; null: unknown
	Edition   tsdb.Edition `json:"timescaledb"`
}

// lagLimit is the lag above which readyz warns. The metering job and the roll-up run every minute.
const lagLimit = 5 * time.Minute

// readyz says whether requests can be answered: the database can be reached and is migrated, and the process is not shutting down.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	answer := readiness{Status: "ready", Problems: s.problems(ctx), Warnings: []string{}, Edition: s.edition}
	if len(answer.Problems) == 0 {
		s.addLag(&answer)
	}
	status := http.StatusOK
	if len(answer.Problems) > 0 {
		answer.Status, status = "not ready", http.StatusServiceUnavailable
	}
	if s.draining.Load() {
		answer.Status, status = "draining", http.StatusServiceUnavailable
	}
	writeJSON(w, status, answer)
}

// addLag adds how far the jobs are behind.
func (s *Server) addLag(answer *readiness) {
	v, ok := s.vitals.read()
	if !ok {
		answer.Warnings = append(answer.Warnings, "the lag cannot be read")
		return
	}
	tell := func(what string, lag time.Duration, field **int64) {
		seconds := int64(lag / time.Second)
		*field = &seconds
		if lag > lagLimit {
			answer.Warnings = append(answer.Warnings, what+" is behind")
		}
	}
	tell("the meter", v.MeterLag, &answer.MeterLag)
	if done, known := v.JobsDone["rollup"]; known {
		tell("the roll-up", s.cfg.Clock().Sub(done), &answer.RollUpLag)
	}
}

// problems returns the reasons why the server is not ready. They contain nothing secret.
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
