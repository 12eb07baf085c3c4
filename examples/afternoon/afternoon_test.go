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

// The afternoon passes against a server whose clock the test turns: the prices change at midnight.
func TestAfternoon(t *testing.T) {
	t.Parallel()
	midnight := time.Now().UTC().Truncate(24 * time.Hour).Add(48 * time.Hour)
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	turn := func(at time.Time) { ahead.Store(int64(time.Until(at))) } // ahead alone: deadlines of connections follow the clock
	turn(midnight.Add(-9 * time.Hour))
	s, err := server.Open(t.Context(), server.Config{Listen: "127.0.0.1:0", DatabaseURL: tsdbtest.NewURL(t), PoolSize: 6, ChartPoolSize: 2,
		Clock: now, Random: rand.Read, Log: slog.New(slog.DiscardHandler)})
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
	token := func(role auth.Role) string {
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
	p := platform{url: "http://" + s.Addr(), token: token(auth.Platform), support: token(auth.Support), now: now, waitUntil: turn}
	if err := p.afternoon(t.Context(), midnight); err != nil {
		t.Fatal(err)
	}
}
