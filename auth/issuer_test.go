package auth_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// An issuer that is down prevents only those from signing in who use it, and they are told to come back, not that their token is bad. When
// it is up again they can sign in.
func TestAnIssuerThatIsDown(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	i.set(true)
	a, _, provider := authenticatorOf(t, auth.OIDCConfig{Issuer: i.url})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		provider.Run(ctx)
	}()
	for range 10 { // more than it is asked for
		if _, _, err := a.Authenticate(t.Context(), i.sign(nil)); !errors.Is(err, auth.ErrIssuer) || errors.Is(err, auth.ErrUnauthenticated) {
			t.Fatalf("while the issuer is down: %v", err)
		}
	}
	if provider.Endpoints() != nil {
		t.Errorf("endpoints %v", provider.Endpoints())
	}
	i.set(false)
	for end := time.Now().Add(30 * time.Second); ; { // nothing but Run may ask any more: the tokens above used up the limit
		_, _, err := a.Authenticate(t.Context(), i.sign(nil))
		if err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("once it is up: %v", err)
		}
	}
	if got, want := provider.Endpoints(), []string{i.url, "https://token.issuer.example"}; !slices.Equal(got, want) {
		t.Errorf("endpoints %v, want %v", got, want)
	}
	i.set(true)
	a.Forget()
	if _, _, err := a.Authenticate(t.Context(), i.sign(nil)); err != nil {
		t.Errorf("its keys are known, and it is down again: %v", err)
	}
	cancel()
	<-ended
}

// A key that the issuer has withdrawn is trusted no longer than until the next reading, even if nobody uses the new one.
func TestKeysAreReadAgain(t *testing.T) {
	t.Parallel()
	if auth.KeysEvery > 10*time.Minute {
		t.Errorf("keys are read every %v", auth.KeysEvery)
	}
	i := newIssuer(t)
	a, _, provider := authenticatorOf(t, auth.OIDCConfig{Issuer: i.url})
	old := i.sign(nil)
	if _, _, err := a.Authenticate(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	i.rotate("second")
	if err := provider.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.Forget()
	if _, _, err := a.Authenticate(t.Context(), old); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("a key that is withdrawn: %v", err)
	}
}

// Clocks differ: a token is valid a leeway before its beginning and after its end, and not a second longer.
func TestLeewayCountsAtBothEnds(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var now atomic.Int64
	clock := func() time.Time { return time.Unix(now.Load(), 0) }
	const begin, end = 1_900_000_000, 1_900_003_600
	token := i.sign(func(c map[string]any) { c["nbf"], c["exp"] = begin, end })
	for leeway, seconds := range map[time.Duration]int64{0: 60, 90 * time.Second: 90, -1: 0} {
		a, _, _ := authenticatorOf(t, auth.OIDCConfig{Issuer: i.url, Clock: clock, Leeway: leeway})
		for at, want := range map[int64]bool{begin - seconds - 1: false, begin - seconds: true, begin: true, end - 1: true, end + seconds - 1: true, end + seconds: false} {
			now.Store(at)
			a.Forget()
			p, _, err := a.Authenticate(t.Context(), token)
			if (err == nil) != want {
				t.Errorf("leeway %v, at %d: %v", leeway, at, err)
			}
			if err == nil && p.ExpiresAt.Unix() != end+seconds {
				t.Errorf("leeway %v: it ends at %v", leeway, p.ExpiresAt)
			}
		}
	}
}

// Which tokens of an issuer sign somebody in, according to what they say about themselves.
func TestKindsOfTokens(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	access := func(c map[string]any) { c["jti"], c["client_id"] = "1", "console" }
	with := func(more map[string]any) func(map[string]any) {
		return func(c map[string]any) {
			access(c)
			for k, v := range more {
				c[k] = v
			}
		}
	}
	tokens := map[string]struct {
		token           string
		any, access, id bool
	}{
		"RFC 9068":             {i.signAs("at+jwt", access), true, true, false},
		"RFC 9068, long":       {i.signAs("application/AT+JWT", access), true, true, false},
		"without a client":     {i.signAs("at+jwt", func(c map[string]any) { c["jti"] = "1" }), true, false, false},
		"without an id":        {i.signAs("at+jwt", func(c map[string]any) { c["client_id"] = "console" }), true, false, false},
		"without iat":          {i.signAs("at+jwt", func(c map[string]any) { access(c); delete(c, "iat") }), true, false, false},
		"plain":                {i.sign(access), true, false, true},
		"JWT":                  {i.signAs("JWT", access), true, false, true},
		"Keycloak's access":    {i.signAs("JWT", with(map[string]any{"typ": "Bearer"})), true, false, false},
		"Keycloak's ID":        {i.signAs("JWT", with(map[string]any{"typ": "ID"})), true, false, true},
		"Keycloak's refresh":   {i.signAs("JWT", with(map[string]any{"typ": "Refresh"})), false, false, false},
		"a sign-out":           {i.signAs("logout+jwt", access), false, false, false},
		"a sign-out, untyped":  {i.sign(with(map[string]any{"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}})), false, false, false},
		"an event":             {i.signAs("secevent+jwt", access), false, false, false},
		"bound to a key":       {i.signAs("at+jwt", with(map[string]any{"cnf": map[string]any{"jkt": "x"}})), false, false, false},
		"the console's ID":     {i.sign(with(map[string]any{"aud": "console"})), true, false, true},
		"among others":         {i.signAs("at+jwt", with(map[string]any{"aud": []string{"other", "usagegraph"}})), true, true, false},
		"for others":           {i.signAs("at+jwt", with(map[string]any{"aud": []string{"other", "usagegraph2"}})), false, false, false},
		"for nobody":           {i.signAs("at+jwt", with(map[string]any{"aud": []string{}})), false, false, false},
		"an end of nonsense":   {i.signAs("at+jwt", with(map[string]any{"exp": 9e99})), false, false, false},
		"an end as text":       {i.signAs("at+jwt", with(map[string]any{"exp": "soon"})), false, false, false},
		"a begin of nonsense":  {i.signAs("at+jwt", with(map[string]any{"nbf": -5})), false, false, false},
		"a fraction":           {i.signAs("at+jwt", with(map[string]any{"exp": float64(time.Now().Unix()) + 3600.5})), true, true, false},
		"a subject with a NUL": {i.signAs("at+jwt", with(map[string]any{"sub": "a\x00b"})), false, false, false},
		"a number as subject":  {i.signAs("at+jwt", with(map[string]any{"sub": 5})), false, false, false},
	}
	for _, kind := range []auth.TokenKind{"", auth.AnyToken, auth.AccessTokens, auth.IDTokens} {
		a, _, _ := authenticatorOf(t, auth.OIDCConfig{Issuer: i.url, ClientID: "console", Tokens: kind})
		for name, c := range tokens {
			want := map[auth.TokenKind]bool{"": c.any, auth.AnyToken: c.any, auth.AccessTokens: c.access, auth.IDTokens: c.id}[kind]
			if _, _, err := a.Authenticate(t.Context(), c.token); (err == nil) != want || err != nil && !errors.Is(err, auth.ErrUnauthenticated) {
				t.Errorf("%q takes %s: %v", kind, name, err)
			}
		}
	}
}

// The person's id may be in another claim than sub.
func TestTheClaimOfAPerson(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a, _, _ := authenticatorOf(t, auth.OIDCConfig{Issuer: i.url, UserClaim: "oid"})
	p, session, err := a.Authenticate(t.Context(), i.sign(func(c map[string]any) { c["oid"] = "object" }))
	if err != nil || p.UserID != "object" || session != "user:object" {
		t.Errorf("%+v %q %v", p, session, err)
	}
	if _, _, err := a.Authenticate(t.Context(), i.sign(nil)); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("without the claim: %v", err)
	}
}
