package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// A key set may contain anything beside the key that signed: keys of unknown kinds, for other uses, without a name, with the same name, or
// broken. None of them hides the good key, and none but the good one verifies a token.
func TestKeySetsHoldOtherKeys(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk := func(k *ecdsa.PrivateKey, change map[string]any) map[string]any {
		text, err := jose.JSONWebKey{Key: k.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		for name, value := range change {
			if m[name] = value; value == nil {
				delete(m, name)
			}
		}
		return m
	}
	good, store := jwk(key, nil), access.New(tsdbtest.New(t), nil, time.Now)
	for name, c := range map[string]struct {
		keys []map[string]any
		kid  string
		open bool
	}{
		"alone":                    {[]map[string]any{good}, "k", true},
		"another of the same name": {[]map[string]any{jwk(other, nil), good}, "k", true},
		"an unknown kind":          {[]map[string]any{{"kty": "XYZ", "kid": "x"}, good}, "k", true},
		"an unknown curve":         {[]map[string]any{{"kty": "OKP", "crv": "Ed448", "kid": "x", "x": "AAAA"}, good}, "k", true},
		"a broken one":             {[]map[string]any{{"kty": "RSA", "kid": "x", "n": "!", "e": "AQAB"}, good}, "k", true},
		"a secret":                 {[]map[string]any{{"kty": "oct", "kid": "x", "k": "c2VjcmV0"}, good}, "k", true},
		"a key without a use":      {[]map[string]any{jwk(key, map[string]any{"use": nil, "alg": nil})}, "k", true},
		"a token without a name":   {[]map[string]any{jwk(other, map[string]any{"kid": "o"}), good}, "", true},
		"a key without a name":     {[]map[string]any{jwk(key, map[string]any{"kid": nil})}, "k", false},
		"a key for encryption":     {[]map[string]any{jwk(key, map[string]any{"use": "enc"}), jwk(other, nil)}, "k", false},
		"another name":             {[]map[string]any{good}, "K", false},
		"only others":              {[]map[string]any{jwk(other, nil)}, "k", false},
	} {
		var url string
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/keys" {
				_ = json.NewEncoder(w).Encode(map[string]any{"keys": c.keys})
				return
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"issuer": url, "jwks_uri": url + "/keys"})
		}))
		url = s.URL
		provider, err := auth.NewOIDC(auth.OIDCConfig{Issuer: url, Audience: "usagegraph", Clock: time.Now, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		a, err := auth.New(auth.Config{Store: store, Clock: time.Now, OIDC: provider})
		if err != nil {
			t.Fatal(err)
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: c.kid}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		token := seal(t, signer, map[string]any{"iss": url, "aud": "usagegraph", "sub": "mia", "exp": time.Now().Add(time.Hour).Unix()})
		if _, _, err := a.Authenticate(t.Context(), token); (err == nil) != c.open || err != nil && !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
		s.Close()
	}
}

// Forms of times and audiences that JSON and JWT allow, and some that they do not allow.
func TestFormsOfClaims(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var now atomic.Int64
	now.Store(1_800_000_000)
	a, _, _ := authenticatorOf(t, auth.OIDCConfig{Issuer: i.url, Leeway: -1, Clock: func() time.Time { return time.Unix(now.Load(), 0) }})
	for name, c := range map[string]struct {
		claims map[string]any
		good   bool
	}{
		"an exponent":               {map[string]any{"exp": json.RawMessage("1.9e9")}, true},
		"an exponent in the past":   {map[string]any{"exp": json.RawMessage("1.7e9")}, false},
		"a great exponent":          {map[string]any{"exp": json.RawMessage("1e400")}, false},
		"the last moment":           {map[string]any{"exp": json.RawMessage("1800000000.9")}, false},
		"a moment more":             {map[string]any{"exp": 1_800_000_001}, true},
		"null":                      {map[string]any{"exp": nil}, false},
		"begin now":                 {map[string]any{"exp": 1_900_000_000, "nbf": 1_800_000_000}, true},
		"begin later":               {map[string]any{"exp": 1_900_000_000, "nbf": 1_800_000_001}, false},
		"an audience twice":         {map[string]any{"exp": 1_900_000_000, "aud": []string{"usagegraph", "usagegraph"}}, true},
		"an audience within":        {map[string]any{"exp": 1_900_000_000, "aud": []any{"x", []string{"usagegraph"}}}, false},
		"an audience as object":     {map[string]any{"exp": 1_900_000_000, "aud": map[string]any{"usagegraph": true}}, false},
		"a number among audiences":  {map[string]any{"exp": 1_900_000_000, "aud": []any{1, "usagegraph"}}, false},
		"a prefix of the audience":  {map[string]any{"exp": 1_900_000_000, "aud": "usage"}, false},
		"another case":              {map[string]any{"exp": 1_900_000_000, "aud": "Usagegraph"}, false},
		"an audience that is none":  {map[string]any{"exp": 1_900_000_000, "aud": "other", "Aud": "usagegraph"}, false},
		"an issuer that is none":    {map[string]any{"exp": 1_900_000_000, "iss": "https://other.example", "iſs": i.url}, false},
		"an end that is none":       {map[string]any{"exp": 1_700_000_000, "Exp": 1_900_000_000}, false},
		"names that are others'":    {map[string]any{"exp": 1_900_000_000, "AUD": "other", "Typ": "Logout", "Events": 1, "NBF": 1_900_000_000}, true},
		"the issuer with its slash": {map[string]any{"exp": 1_900_000_000, "iss": i.url + "/"}, false},
	} {
		_, _, err := a.Authenticate(t.Context(), i.sign(func(claims map[string]any) {
			delete(claims, "iat")
			maps.Copy(claims, c.claims)
		}))
		if (err == nil) != c.good || err != nil && !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, opaque := range []string{"ya29.a0AfH6SMBx", "opaque", "a.b", "eyJhbGciOiJkaXIifQ..a.b.c", "..", "ug_", "a.b.c.d"} {
		if _, _, err := a.Authenticate(t.Context(), opaque); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("%s: %v", opaque, err)
		}
	}
}
