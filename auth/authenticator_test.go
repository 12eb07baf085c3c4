package auth_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

func TestSecretsLookTheSameAndAreNot(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		secret, prefix, err := auth.NewSecret(rand.Reader)
		if err != nil || !auth.IsToken(secret) || !strings.HasPrefix(secret, prefix+"_") || seen[secret] {
			t.Fatalf("%q %q %v", secret, prefix, err)
		}
		seen[secret] = true
	}
	if _, _, err := auth.NewSecret(strings.NewReader("too short")); err == nil {
		t.Error("a token was made without randomness")
	}
}

// A credential is trusted for at most TokenTTL without asking again, never beyond its own end, and not at all once forgotten.
func TestCredentialsAreRememberedForAShortTime(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	now.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	clock := func() time.Time { return time.Unix(0, now.Load()).UTC() }
	store := access.New(tsdbtest.New(t), nil, clock)
	a, err := auth.New(auth.Config{Store: store, Clock: clock, MaxCached: 2})
	if err != nil {
		t.Fatal(err)
	}
	secret, prefix, err := auth.NewSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	made, err := store.CreateToken(t.Context(), access.NewToken{Role: "SUPPORT", Name: "s", Prefix: prefix, Hash: auth.Hash(secret), ExpiresAt: clock().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	enters := func() bool {
		_, _, err := a.Authenticate(t.Context(), secret)
		if err != nil && !errors.Is(err, auth.ErrUnauthenticated) {
			t.Fatal(err)
		}
		return err == nil
	}
	if !enters() {
		t.Fatal("a new token is refused")
	}
	if err := a.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _ := store.Token(t.Context(), made.ID); !got.LastUsedAt.Equal(clock()) {
		t.Errorf("last used %v", got.LastUsedAt)
	}
	if _, err := store.RevokeToken(t.Context(), 0, made.ID, "", access.Actor{}); err != nil {
		t.Fatal(err)
	}
	if !enters() {
		t.Error("nothing was remembered")
	}
	now.Add(int64(auth.TokenTTL))
	if enters() {
		t.Error("a revoked token is believed longer than TokenTTL")
	}
}

func TestAnExpiredTokenIsRefusedThoughRemembered(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	now.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	clock := func() time.Time { return time.Unix(0, now.Load()).UTC() }
	store := access.New(tsdbtest.New(t), nil, clock)
	a, err := auth.New(auth.Config{Store: store, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	secret, prefix, _ := auth.NewSecret(rand.Reader)
	if _, err := store.CreateToken(t.Context(), access.NewToken{Role: "ANALYST", Name: "a", Prefix: prefix, Hash: auth.Hash(secret), ExpiresAt: clock().Add(time.Second)}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Authenticate(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	now.Add(int64(time.Second))
	if _, _, err := a.Authenticate(t.Context(), secret); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("at its end: %v", err)
	}
}
