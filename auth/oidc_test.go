package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// issuer is a minimal OpenID provider.
type issuer struct {
	t   *testing.T
	url string

	mu    sync.Mutex
	kid   string
	key   *ecdsa.PrivateKey
	asked int // how often the keys were fetched
	down  bool
}

// set takes the issuer down or up.
func (i *issuer) set(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

func (i *issuer) isDown() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.down
}

func newIssuer(t *testing.T) *issuer {
	i := &issuer{t: t}
	i.rotate("first")
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": i.url, "jwks_uri": i.url + "/keys", "authorization_endpoint": i.url + "/a",
			"token_endpoint": "https://token.issuer.example/t", "userinfo_endpoint": "https://x;script-src *", "revocation_endpoint": i.url + "/r", "id_token_signing_alg_values_supported": []string{"ES256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.asked++
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: i.kid, Algorithm: "ES256", Use: "sig"}}})
	})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i.isDown() {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	i.url = s.URL
	return i
}

// rotate replaces the key.
func (i *issuer) rotate(kid string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.kid, i.key = kid, key
}

// sign makes a token; change may spoil its claims.
func (i *issuer) sign(change func(map[string]any)) string { return i.signAs("", change) }

// signAs makes a token of a type; "" names none.
func (i *issuer) signAs(typ string, change func(map[string]any)) string {
	i.t.Helper()
	claims := map[string]any{"iss": i.url, "aud": "usagegraph", "sub": "mia", "email": "mia@acme.example", "name": "Mia",
		"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix()}
	if change != nil {
		change(claims)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: i.key, KeyID: i.kid}}, headOf(typ))
	if err != nil {
		i.t.Fatal(err)
	}
	return seal(i.t, signer, claims)
}

func headOf(typ string) *jose.SignerOptions {
	if typ == "" {
		return nil
	}
	return (&jose.SignerOptions{}).WithType(jose.ContentType(typ))
}

func seal(t *testing.T, signer jose.Signer, claims any) string {
	t.Helper()
	body, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func newAuthenticator(t *testing.T, i *issuer) (*auth.Authenticator, *pgxpool.Pool) {
	t.Helper()
	a, pool, _ := authenticatorOf(t, auth.OIDCConfig{Issuer: i.url})
	return a, pool
}

// authenticatorOf makes an authenticator for an issuer, and its database; audience and clock may be left out of c.
func authenticatorOf(t *testing.T, c auth.OIDCConfig) (*auth.Authenticator, *pgxpool.Pool, *auth.OIDC) {
	t.Helper()
	c.Audience, c.Log = "usagegraph", slog.New(slog.DiscardHandler)
	if c.Clock == nil {
		c.Clock = time.Now
	}
	pool := tsdbtest.New(t)
	provider, err := auth.NewOIDC(c)
	if err != nil {
		t.Fatal(err)
	}
	a, err := auth.New(auth.Config{Store: access.New(pool, nil, c.Clock), Clock: c.Clock, OIDC: provider})
	if err != nil {
		t.Fatal(err)
	}
	return a, pool, provider
}

func TestPeopleSignInByOIDC(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a, pool := newAuthenticator(t, i)
	account, name, email := tsdbtest.NewAccount(t, pool, "Acme"), "Mia", "mia@acme.example"
	mia := access.MemberChange{AccountID: account, UserID: "mia", Name: &name, Email: &email, Role: access.RoleMasterAdmin}
	if _, err := access.New(pool, nil, time.Now).SetMember(t.Context(), mia); err != nil {
		t.Fatal(err)
	}
	p, session, err := a.Authenticate(t.Context(), i.sign(nil))
	if err != nil {
		t.Fatal(err)
	}
	if p.Kind != auth.User || p.UserID != "mia" || p.Email != "mia@acme.example" || session != "user:mia" || p.ExpiresAt.IsZero() || p.AnyDocument {
		t.Errorf("%+v", p)
	}
	if !p.May(account, auth.BillingManage) || p.Everywhere() || p.Reaches(account+1) {
		t.Errorf("seats %+v", p.Seats)
	}
	unproven, _, err := a.Authenticate(t.Context(), i.sign(func(c map[string]any) { c["email_verified"], c["name"] = false, "Support" }))
	if err != nil || unproven.Email != "" || unproven.Name != "mia" {
		t.Errorf("an address that the issuer has not looked at: %+v, %v", unproven, err)
	}
	stranger, _, err := a.Authenticate(t.Context(), i.sign(func(c map[string]any) { c["sub"] = "eve" }))
	if err != nil || len(stranger.Seats) != 0 || stranger.Common != auth.SetOf(auth.Authenticated) {
		t.Errorf("somebody who is no member: %+v, %v", stranger, err)
	}
}

func TestKeysOfTheIssuerRotate(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a, _ := newAuthenticator(t, i)
	old := i.sign(nil)
	if _, _, err := a.Authenticate(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	i.rotate("second")
	if _, _, err := a.Authenticate(t.Context(), i.sign(nil)); err != nil {
		t.Errorf("signed by the new key: %v", err)
	}
	a.Forget()
	if _, _, err := a.Authenticate(t.Context(), old); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("signed by the key that is gone: %v", err)
	}
}

func TestOtherJWTsAreRefused(t *testing.T) {
	t.Parallel()
	i, other := newIssuer(t), newIssuer(t)
	a, _ := newAuthenticator(t, i)
	hmac, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: elliptic.MarshalCompressed(i.key.Curve, i.key.X, i.key.Y)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	fine := i.sign(nil)
	parts := strings.Split(fine, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + "."
	for name, token := range map[string]string{
		"another audience":      i.sign(func(c map[string]any) { c["aud"] = "other" }),
		"another issuer":        other.sign(nil),
		"another issuer's key":  other.sign(func(c map[string]any) { c["iss"] = i.url }),
		"expired":               i.sign(func(c map[string]any) { c["exp"] = time.Now().Add(-time.Minute).Unix() }),
		"not yet":               i.sign(func(c map[string]any) { c["nbf"] = time.Now().Add(time.Hour).Unix() }),
		"without a subject":     i.sign(func(c map[string]any) { c["sub"] = "" }),
		"without an end":        i.sign(func(c map[string]any) { delete(c, "exp") }),
		"unsigned":              none,
		"signed by a password":  seal(t, hmac, map[string]any{"iss": i.url, "aud": "usagegraph", "sub": "mia", "exp": time.Now().Add(time.Hour).Unix()}),
		"another body":          parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"root"}`)) + "." + parts[2],
		"garbage":               "a.b.c",
		"longer than is parsed": fine + strings.Repeat("x", 20_000),
	} {
		if p, _, err := a.Authenticate(t.Context(), token); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func TestOIDCIsSetUpWithCare(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	for name, c := range map[string]auth.OIDCConfig{
		"no audience":  {Issuer: i.url, Clock: time.Now},
		"no algorithm": {Issuer: i.url, Audience: "a", Clock: time.Now, Algorithms: []string{"none"}},
		"a password":   {Issuer: i.url, Audience: "a", Clock: time.Now, Algorithms: []string{"HS256"}},
		"no kind":      {Issuer: i.url, Audience: "a", Clock: time.Now, Tokens: "refresh"},
		"no clock":     {Issuer: i.url, Audience: "a", Clock: time.Now, Leeway: time.Hour},
	} {
		if _, err := auth.NewOIDC(c); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// Tokens with unknown keys, of which there may be any number, make us ask the issuer only a few times. A new key is nevertheless known
// after some time.
func TestUnknownKeysDoNotFloodTheIssuer(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var now atomic.Int64
	now.Store(time.Now().UnixNano())
	clock := func() time.Time { return time.Unix(0, now.Load()) }
	a, _, _ := authenticatorOf(t, auth.OIDCConfig{Issuer: i.url, Clock: clock})
	var err error
	forger := newIssuer(t)
	for n := range 50 {
		forger.rotate(fmt.Sprintf("forged %d", n))
		forged := forger.sign(func(claims map[string]any) { claims["iss"] = i.url })
		if _, _, err = a.Authenticate(t.Context(), forged); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Fatal(err)
		}
	}
	i.mu.Lock()
	asked := i.asked
	i.mu.Unlock()
	if asked == 0 || asked > 6 {
		t.Errorf("the issuer was asked %d times", asked)
	}
	i.rotate("second")
	for range 5 { // go-oidc may still return the answer given for the last forged token
		now.Add(int64(11 * time.Second))
		if _, _, err = a.Authenticate(t.Context(), i.sign(nil)); err == nil {
			break
		}
	}
	if err != nil {
		t.Errorf("a new key: %v", err)
	}
}
