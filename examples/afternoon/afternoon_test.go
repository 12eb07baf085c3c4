package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/server"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// hall is a server whose clock a test turns.
type hall struct {
	url, platform, support string
	now                    func() time.Time
	turn                   func(at time.Time) // ahead alone: deadlines of connections follow the clock
}

func newHall(t *testing.T, at time.Time) hall {
	t.Helper()
	var ahead atomic.Int64
	h := hall{now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }, turn: func(at time.Time) { ahead.Store(int64(time.Until(at))) }}
	h.turn(at)
	s, err := server.Open(t.Context(), server.Config{Listen: "127.0.0.1:0", DatabaseURL: tsdbtest.NewURL(t), PoolSize: 6, ChartPoolSize: 2,
		BucketRate: 100_000, Clock: h.now, Random: rand.Read, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	h.url, h.platform, h.support = "http://"+s.Addr(), newToken(t, s, auth.Platform), newToken(t, s, auth.Support)
	return h
}

func newToken(t *testing.T, s *server.Server, role auth.Role) string {
	t.Helper()
	secret, prefix, err := auth.NewSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	n := access.NewToken{Role: string(role), Name: string(role), AnyDocument: true, Prefix: prefix, Hash: auth.Hash(secret)}
	if _, err := s.Store().Access.CreateToken(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	return secret
}

// The afternoon passes: the prices change at midnight.
func TestAfternoon(t *testing.T) {
	t.Parallel()
	midnight := time.Now().UTC().Truncate(24 * time.Hour).Add(48 * time.Hour)
	h := newHall(t, midnight.Add(-9*time.Hour))
	p := platform{url: h.url, token: h.platform, support: h.support, now: h.now, waitUntil: h.turn}
	if err := p.afternoon(t.Context(), midnight); err != nil {
		t.Fatal(err)
	}
}
