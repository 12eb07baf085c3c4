package server

import (
	"context"
	"net/http"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/tsdb"
)

// openUsage adds the bulk endpoints POST /v1/events, /v1/traces, /v1/metrics and /api/v1/write, for callers who may report usage.
func (s *Server) openUsage(mux *http.ServeMux) error {
	events, err := ingest.NewEvents(ingest.Config{
		Batcher: s.batcher, Refusals: s.refusals, KeyOf: eventKey, Charge: s.chargeRefused, RequestID: wire.RequestID, Clock: s.cfg.Clock, Log: s.log,
		Counters: s.store, Noted: s.noteBulk,
		Void: func(ctx context.Context, account int64, ids []tsdb.EventID) ([]tsdb.VoidResult, error) {
			return s.store.VoidEvents(ctx, account, ids, graph.Actor(ctx, account))
		},
		Accounts: func(ctx context.Context, ids []string) (map[string]int64, error) {
			p, _ := auth.FromContext(ctx)
			return s.store.ExternalAccounts(ctx, p.Bound(), ids)
		},
		Authorize: func(ctx context.Context, account int64) bool {
			p, _ := auth.FromContext(ctx)
			return p.May(account, auth.UsageWrite)
		},
	})
	if err != nil {
		return err
	}
	mux.Handle("/v1/events", ingest.WebHook(s.requireSignInOr(s.intake.ending(s.cfg.Clock, requireUsageWrite(events)), events.RefuseUnchecked)))
	traces, metrics := ingest.NewTelemetry(events, s.cfg.Mapping, onlyAccount)
	mux.Handle("/v1/traces", s.requireSignInOr(requireUsageWrite(traces), traces.RefuseUnchecked))
	if s.cfg.TelemetryMetrics {
		mux.Handle("/v1/metrics", s.requireSignInOr(requireUsageWrite(metrics), metrics.RefuseUnchecked))
	}
	if !s.cfg.RemoteWrite.IsZero() {
		written := ingest.NewRemoteWrite(metrics, s.cfg.RemoteWrite)
		mux.Handle("/api/v1/write", s.requireSignInOr(requireUsageWrite(written), written.RefuseUnchecked))
	}
	return nil
}

// noteBulk counts a request at a bulk endpoint that was refused or failed as a whole, and notes it on its span.
func (s *Server) noteBulk(ctx context.Context, code string, fault error) {
	s.metrics.errors.WithLabelValues(code).Inc()
	wire.NoteRefusal(ctx, wire.Code(code))
	if fault != nil {
		s.noteFault(ctx, fault)
	}
}

func requireUsageWrite(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p, _ := auth.FromContext(r.Context()); !p.Somewhere().Has(auth.UsageWrite) {
			refuse(w, r, http.StatusForbidden, wire.Fault("FORBIDDEN", "You may not do this: it needs USAGE_WRITE."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// onlyAccount returns the one account that the caller is bound to; 0 if there are none, several, or all.
func onlyAccount(ctx context.Context) int64 {
	p, _ := auth.FromContext(ctx)
	account, _ := p.Only()
	return account
}

// chargeRefused charges for refused events: from the caller's bucket, and from a second one for refused events only. Only the second one
// can close the endpoint, so that what a caller asks elsewhere never blocks usage. A caller who has used it up is answered late.
func (s *Server) chargeRefused(ctx context.Context, refused int) bool {
	points := int64(refused+refusedAPoint-1) / refusedAPoint
	s.buckets.Settle(ctx, 0, points)
	if s.refused.Settle(ctx, 0, points).CurrentlyAvailable >= 1 {
		return true
	}
	wait(ctx, pause)
	return false
}

// eventKey decodes the opaque ids in events.
func eventKey(kind ingest.IDKind, opaque string) (int64, bool) {
	return graph.KeyOf(graph.Kind(kind), opaque)
}
