package auth_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// byClaims returns an authenticator whose issuer's claims make members of one account, and a clock that is moved by hand.
func byClaims(t *testing.T, i *issuer, change func(*auth.Claims)) (*auth.Authenticator, *pgxpool.Pool, int64, *atomic.Int64) {
	t.Helper()
	var now atomic.Int64
	now.Store(time.Now().Unix())
	c := auth.Claims{Roles: "groups", Accounts: "accounts", Map: []auth.RoleOfValue{{"bosses", "master_admin"}, {"devs", "ADMIN"}, {"*", "MEMBER"}}}
	if change != nil {
		change(&c)
	}
	a, pool, _ := authenticatorOf(t, auth.OIDCConfig{Issuer: i.url, Claims: c, Clock: func() time.Time { return time.Unix(now.Load(), 0) }})
	account := tsdbtest.NewAccount(t, pool, "Acme")
	if _, err := pool.Exec(t.Context(), `UPDATE account SET external_id = 'acme'`); err != nil {
		t.Fatal(err)
	}
	store := access.New(pool, nil, time.Now)
	email := "boss@acme.example"
	if _, err := store.SetMember(t.Context(), access.MemberChange{AccountID: account, UserID: "boss", Email: &email, Role: access.RoleMasterAdmin}); err != nil {
		t.Fatal(err)
	}
	return a, pool, account, &now
}

// Whatever an issuer writes into the claims, a person's role is what the newest token says, or stays what it was if that token says
// nothing.
func TestRolesFollowAClaim(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a, _, account, now := byClaims(t, i, nil)
	for n, step := range []struct {
		name   string
		claims map[string]any
		want   auth.Role
	}{
		{"first sign-in", map[string]any{"groups": []string{"x", "devs"}, "accounts": "acme"}, auth.Admin},
		{"the first value of the map counts", map[string]any{"groups": []string{"devs", "bosses"}, "accounts": []string{"other", "acme"}}, auth.MasterAdmin},
		{"a text", map[string]any{"groups": "devs", "accounts": "acme"}, auth.Admin},
		{"another case is another value", map[string]any{"groups": "Devs", "accounts": "acme"}, auth.Member},
		{"no groups", map[string]any{"groups": []string{}, "accounts": "acme"}, auth.Member},
		{"no claim", map[string]any{"accounts": "acme"}, auth.Member},
		{"a number says nothing", map[string]any{"groups": 5, "accounts": []string{}}, auth.Member},
		{"a list of others says nothing", map[string]any{"groups": []any{"devs", 1}, "accounts": "acme"}, auth.Member},
		{"Entra, too many", map[string]any{"_claim_names": map[string]any{"groups": "src1"}, "accounts": []string{}}, auth.Member},
		{"Entra, too many, implicit", map[string]any{"hasgroups": true, "accounts": []string{}}, auth.Member},
		{"no such account", map[string]any{"groups": "devs", "accounts": "acme2"}, ""},
		{"back", map[string]any{"groups": "devs", "accounts": "acme"}, auth.Admin},
		{"too many accounts say nothing", map[string]any{"groups": "devs", "accounts": slices.Repeat([]string{"x"}, 101)}, auth.Admin},
		{"no account", map[string]any{"groups": "devs"}, ""},
		{"null", map[string]any{"groups": nil, "accounts": nil}, ""},
	} {
		token := i.sign(func(c map[string]any) {
			c["iat"] = now.Load() + int64(n) - 40
			for k, v := range step.claims {
				c[k] = v
			}
		})
		p, _, err := a.Authenticate(t.Context(), token)
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := p.RoleIn(account); got != step.want {
			t.Errorf("%s: %q, want %q", step.name, got, step.want)
		}
	}
}

// A token that is too old, from the future, or without a time makes and changes no members. An older one acts with the permissions of the
// newest.
func TestTokensOutOfOrder(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a, _, account, now := byClaims(t, i, nil)
	token := func(group string, issued any) string {
		return i.sign(func(c map[string]any) {
			c["groups"], c["accounts"], c["iat"] = group, "acme", issued
			if issued == nil {
				delete(c, "iat")
			}
		})
	}
	at := now.Load()
	for _, step := range []struct {
		group  string
		issued any
		want   auth.Role
	}{
		{"devs", nil, ""},
		{"devs", at + 61, ""}, // beyond the leeway
		{"devs", at - 20, auth.Admin},
		{"none", at - 10, auth.Member},
		{"devs", at - 20, auth.Member},
		{"bosses", at - 11, auth.Member},
		{"bosses", at + 60, auth.MasterAdmin}, // the issuer's clock may be ahead by the leeway
	} {
		a.Forget()
		p, _, err := a.Authenticate(t.Context(), token(step.group, step.issued))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.RoleIn(account); got != step.want {
			t.Errorf("%+v: %q", step, got)
		}
	}
}

// Claims are found if everybody has the same account, if they are nested or have dots in their names, and if the
// address has another name.
func TestPlacesOfClaims(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	for name, c := range map[string]struct {
		claim, email string
		groups       any
	}{
		"Keycloak": {claim: "realm_access.roles", groups: map[string]any{"realm_access": map[string]any{"roles": []string{"devs"}}}},
		"client":   {claim: "resource_access.my.app.roles", groups: map[string]any{"resource_access": map[string]any{"my.app": map[string]any{"roles": []string{"devs"}}}}},
		"Auth0":    {claim: "https://acme.example/roles", email: "https://acme.example/email", groups: map[string]any{"https://acme.example/roles": []string{"devs"}, "https://acme.example/email": "other@acme.example"}},
	} {
		a, pool, account, now := byClaims(t, i, func(claims *auth.Claims) {
			claims.Roles, claims.Email, claims.Accounts, claims.AccountExternal, claims.Map = c.claim, c.email, "", "acme", claims.Map[:2]
		})
		p, _, err := a.Authenticate(t.Context(), i.sign(func(claims map[string]any) {
			claims["iat"] = now.Load()
			for k, v := range c.groups.(map[string]any) {
				claims[k] = v
			}
		}))
		if err != nil || p.RoleIn(account) != auth.Admin {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		m, err := access.New(pool, nil, time.Now).Member(t.Context(), account, "mia")
		if want := map[bool]string{true: "mia@acme.example", false: "other@acme.example"}[c.email == ""]; err != nil || m.Email != want {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

func TestRoleMaps(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a=ADMIN":                    "[{a ADMIN}]",
		" b = MEMBER , a=ADMIN":      "[{b MEMBER} {a ADMIN}]",
		"cn=x=ADMIN":                 "[{cn=x ADMIN}]",
		`{"cn=a,ou=b":"ADMIN"}`:      "[{cn=a,ou=b ADMIN}]",
		`{"z":"MEMBER","a":"ADMIN"}`: "[{z MEMBER} {a ADMIN}]",
		"a":                          "error", "a=ADMIN,": "error", "{": "error", `{"a":1}`: "error", `{"a":"ADMIN"} x`: "error", "": "error",
	} {
		list, err := auth.ParseRoleMap(text)
		got := fmt.Sprint(list)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	fine := auth.Claims{Roles: "groups", Account: 1, Map: []auth.RoleOfValue{{"a", "ADMIN"}, {"b", "Painter"}}}
	if err := fine.Validate(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*auth.Claims){
		"no claim":     func(c *auth.Claims) { c.Roles = "" },
		"no map":       func(c *auth.Claims) { c.Map = nil },
		"no account":   func(c *auth.Claims) { c.Account = 0 },
		"two accounts": func(c *auth.Claims) { c.Accounts = "x" },
		"platform":     func(c *auth.Claims) { c.Map = []auth.RoleOfValue{{"a", "platform"}} },
		"no value":     func(c *auth.Claims) { c.Map = []auth.RoleOfValue{{"", "ADMIN"}} },
		"no role":      func(c *auth.Claims) { c.Map = []auth.RoleOfValue{{"a", ""}} },
	} {
		c := fine
		spoil(&c)
		if c.Validate() == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// While the database is away, nobody signs in by what was true before. The error is not a refusal.
func TestFollowingFailsWithTheDatabase(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a, pool, _, now := byClaims(t, i, nil)
	token := i.sign(func(c map[string]any) { c["iat"], c["groups"], c["accounts"] = now.Load(), "devs", "acme" })
	pool.Close()
	if _, _, err := a.Authenticate(t.Context(), token); err == nil || errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("%v", err)
	}
}
