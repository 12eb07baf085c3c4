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

// openEvents makes the bulk endpoint POST /v1/events, for those who may report usage.
func (s *Server) openEvents() (http.Handler, error) {
	events, err := ingest.NewEvents(ingest.Config{
		Batcher: s.batcher, KeyOf: eventKey, Charge: s.chargeRefused, RequestID: wire.RequestID, Clock: s.cfg.Clock, Log: s.log,
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
		return nil, err
	}
	return s.requireSignInOr(s.intake.ending(s.cfg.Clock, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p, _ := auth.FromContext(r.Context()); !p.Somewhere().Has(auth.UsageWrite) {
			refuse(w, r, http.StatusForbidden, wire.Fault("FORBIDDEN", "You may not do this: it needs USAGE_WRITE."))
			return
		}
		events.ServeHTTP(w, r)
	})), events.RefuseUnchecked), nil
}

// chargeRefused takes points for refused events. Only they can close the endpoint: what a caller asked elsewhere keeps no usage out. Who has nothing left is
// answered late.
func (s *Server) chargeRefused(ctx context.Context, refused int) bool {
	points := int64(refused+refusedAPoint-1) / refusedAPoint
	s.buckets.Settle(ctx, 0, points)
	if s.refused.Settle(ctx, 0, points).CurrentlyAvailable >= 1 {
		return true
	}
	wait(ctx, pause)
	return false
}

// eventKey reads the opaque ids of events.
func eventKey(kind ingest.IDKind, opaque string) (int64, bool) {
	return graph.KeyOf(graph.Kind(kind), opaque)
}
