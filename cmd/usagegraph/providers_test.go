package main

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/usagegraph/usagegraph/auth"
)

// provider is an issuer that answers under the path of a documented one, and issues tokens of its form.
type provider struct {
	t           *testing.T
	origin, url string // url as discovery spells it
	key         *rsa.PrivateKey
}

// newProvider starts an issuer with the path of an issuer's URL, its last slash included.
func newProvider(t *testing.T, like string) *provider {
	t.Helper()
	u, err := url.Parse(like)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t}
	if p.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc(strings.TrimSuffix(u.Path, "/")+"/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": p.url, "jwks_uri": p.url + "/keys", "token_endpoint": p.url + "/token"})
	})
	mux.HandleFunc(strings.TrimSuffix(u.Path, "/")+"/keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
			{Key: &p.key.PublicKey, KeyID: "enc", Algorithm: "RSA-OAEP", Use: "enc"}, {Key: &p.key.PublicKey, KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = strings.ReplaceAll(r.URL.Path, "//", "/") // an issuer with a last slash
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	p.origin, p.url = s.URL, s.URL+u.Path
	return p
}

// sign issues a token of a type ("": none) with the claims that every token has, and others.
func (p *provider) sign(typ string, claims map[string]any) string {
	p.t.Helper()
	all := map[string]any{"iss": p.url, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()}
	maps.Copy(all, claims)
	options := &jose.SignerOptions{}
	if typ != "" {
		options = options.WithType(jose.ContentType(typ))
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.key, KeyID: "k"}}, options)
	if err != nil {
		p.t.Fatal(err)
	}
	body, _ := json.Marshal(all)
	signed, err := signer.Sign(body)
	if err != nil {
		p.t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

var (
	recipeOf    = regexp.MustCompile("(?s)```ini\n(.*?)```") // the settings of a section of the documentation
	placeholder = regexp.MustCompile(`<(client|tenant) id[^>]*>`)
)

// documentedSettings returns the settings that docs/sign-in.md gives for a provider, with ids in the places that it leaves open.
func documentedSettings(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/sign-in.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n## "+name+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	found := recipeOf.FindStringSubmatch(section)
	if !ok || found == nil {
		t.Fatalf("%s has no recipe", name)
	}
	return placeholder.ReplaceAllString(found[1], "the-$1")
}

// Whoever sets what the documentation says for a provider can sign in people with the tokens that this provider issues, under the id that the
// documentation promises, by the claim that it names for roles; and with no token of the provider that is meant for something else.
func TestDocumentedProviders(t *testing.T) {
	t.Parallel()
	const nobody = ""
	type token struct {
		typ    string
		claims map[string]any
		person string // nobody: refused
	}
	for name, c := range map[string]struct {
		more   string // settings that the section gives in its text
		tokens map[string]token
		tells  string // what the console is told, beside issuer and client
	}{
		"Keycloak": {"oidc-role-claim = groups", map[string]token{
			"access": {"JWT", map[string]any{"jti": "onrtac:1", "aud": []string{"usagegraph", "account"}, "sub": "f3a1", "typ": "Bearer", "azp": "usagegraph-console", "sid": "s", "acr": "1", "allowed-origins": []string{"https://usage.example.com"},
				"realm_access": map[string]any{"roles": []string{"offline_access"}}, "scope": "openid email profile", "email_verified": true, "name": "Mia", "preferred_username": "mia", "email": "mia@acme.example", "groups": []string{"staff", "admins"}}, "f3a1"},
			"ID":                 {"JWT", map[string]any{"jti": "1", "aud": "usagegraph-console", "sub": "f3a1", "typ": "ID", "azp": "usagegraph-console", "nonce": "n", "at_hash": "h", "auth_time": 1, "email_verified": true, "email": "mia@acme.example", "groups": []string{"admins"}}, "f3a1"},
			"without the mapper": {"JWT", map[string]any{"aud": "account", "sub": "f3a1", "typ": "Bearer", "azp": "usagegraph-console"}, nobody},
			"refresh":            {"JWT", map[string]any{"aud": "usagegraph-console", "sub": "f3a1", "typ": "Refresh"}, nobody},
			"offline":            {"JWT", map[string]any{"aud": "usagegraph", "sub": "f3a1", "typ": "Offline"}, nobody},
			"lightweight":        {"JWT", map[string]any{"aud": "usagegraph", "typ": "Bearer", "azp": "usagegraph-console"}, nobody},
			"a sign-out":         {"logout+jwt", map[string]any{"aud": "usagegraph-console", "sub": "f3a1", "typ": "Logout", "events": map[string]any{"x": map[string]any{}}}, nobody},
		}, `"scope":"openid email profile","audience":"usagegraph","tokens":"any"`},
		"Auth0": {"oidc-role-claim = https://usage.example.com/roles", map[string]token{
			"access":              {"at+jwt", map[string]any{"sub": "auth0|65f", "aud": []string{"https://usage.example.com/api", "ISS/userinfo"}, "scope": "openid profile email", "jti": "1", "client_id": "the-client", "https://usage.example.com/roles": []string{"admins"}}, "auth0|65f"},
			"Auth0's own profile": {"JWT", map[string]any{"sub": "auth0|65f", "aud": []string{"https://usage.example.com/api", "ISS/userinfo"}, "azp": "the-client", "scope": "openid"}, nobody},
			"ID":                  {"JWT", map[string]any{"sub": "auth0|65f", "aud": "the-client", "nonce": "n", "sid": "s", "email": "mia@acme.example"}, nobody},
			"of another API":      {"at+jwt", map[string]any{"sub": "auth0|65f", "aud": "https://other.example/api", "jti": "1", "client_id": "the-client"}, nobody},
		}, `"scope":"openid email profile","audience":"https://usage.example.com/api","tokens":"access"`},
		"Microsoft Entra ID": {"oidc-role-claim = roles", map[string]token{
			"access": {"JWT", map[string]any{"aud": "the-client", "nbf": time.Now().Unix(), "aio": "x", "azp": "the-client", "azpacr": "0", "email": "mia@acme.example", "name": "Mia", "oid": "1111-2222", "preferred_username": "mia@acme.example", "rh": "0.", "roles": []string{"admins"},
				"scp": "access", "sub": "pairwise-1", "tid": "the-tenant", "uti": "u", "ver": "2.0"}, "1111-2222"},
			"ID":                {"JWT", map[string]any{"aud": "the-client", "nbf": time.Now().Unix(), "idp": "x", "nonce": "n", "oid": "1111-2222", "sub": "pairwise-2", "tid": "the-tenant", "ver": "2.0", "roles": []string{"admins"}}, "1111-2222"},
			"for Graph":         {"JWT", map[string]any{"aud": "00000003-0000-0000-c000-000000000000", "oid": "1111-2222", "sub": "pairwise-3"}, nobody},
			"version 1":         {"JWT", map[string]any{"iss": "https://sts.windows.net/the-tenant/", "aud": "api://the-client", "oid": "1111-2222", "ver": "1.0"}, nobody},
			"of another tenant": {"JWT", map[string]any{"iss": "https://login.microsoftonline.com/other/v2.0", "aud": "the-client", "oid": "1111-2222"}, nobody},
			"bound to a key":    {"JWT", map[string]any{"aud": "the-client", "oid": "1111-2222", "cnf": map[string]any{"kid": "x"}}, nobody},
		}, `"scope":"openid email profile offline_access api://the-client/access","audience":"","tokens":"any"`},
		"Google": {"oidc-role-claim = hd", map[string]token{
			"ID":                {"JWT", map[string]any{"azp": "the-client.apps.googleusercontent.com", "aud": "the-client.apps.googleusercontent.com", "sub": "110169484474386276334", "hd": "admins", "email": "mia@acme.example", "email_verified": true, "at_hash": "h", "name": "Mia", "picture": "https://x", "nbf": time.Now().Unix()}, "110169484474386276334"},
			"of another client": {"JWT", map[string]any{"azp": "other", "aud": "other.apps.googleusercontent.com", "sub": "110169484474386276334"}, nobody},
		}, `"scope":"openid email profile","audience":"","tokens":"id"`},
		"Okta": {"oidc-role-claim = groups", map[string]token{
			"access":              {"", map[string]any{"ver": 1, "jti": "AT.1", "aud": "api://default", "cid": "the-client", "uid": "00u1", "scp": []string{"openid", "email"}, "auth_time": 1, "sub": "mia@acme.example", "groups": []string{"admins"}, "email": "mia@acme.example"}, "00u1"},
			"ID":                  {"", map[string]any{"ver": 1, "jti": "ID.1", "aud": "the-client", "sub": "00u1", "amr": []string{"pwd"}, "idp": "00o", "nonce": "n", "email": "mia@acme.example", "at_hash": "h"}, nobody},
			"of the organization": {"", map[string]any{"iss": "https://acme.okta.com", "jti": "AT.2", "aud": "https://acme.okta.com", "uid": "00u1", "cid": "the-client"}, nobody},
			"of a service":        {"", map[string]any{"ver": 1, "jti": "AT.3", "aud": "api://default", "cid": "0oa", "scp": []string{"x"}, "sub": "0oa"}, nobody},
		}, `"scope":"openid email profile","audience":"api://default","tokens":"any"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := documentedSettings(t, name)
			documented := regexp.MustCompile(`oidc-issuer = (\S+)`).FindStringSubmatch(settings)[1]
			p := newProvider(t, documented)
			file := strings.Replace(settings, documented, p.url, 1) + c.more + "\noidc-roles = admins=ADMIN\noidc-account = external:account:acme\nany-document = true\n"
			read, _, _, err := readConfig(config{}, newFlags("serve"), []string{"--database-url", "postgres://u@h/d", "--config", fileOf(t, "settings", file, 0o600)}, environment(nil))
			if err != nil {
				t.Fatal(err)
			}
			r := start(t, func(to *config) {
				to.OIDC, to.oidcClient, to.oidcScope, to.AnyDocument = read.OIDC, read.oidcClient, read.oidcScope, read.AnyDocument
			})
			platform := r.token(auth.Platform, 0, nil)
			account := r.account(platform, "acme")
			if a := r.ask(platform, `mutation($a:ID!){updateAccount(input:{accountId:$a,externalId:"acme"}){userErrors{code}}}`, map[string]any{"a": account}); a.codes("updateAccount") != "" {
				t.Fatal(a.body)
			}
			if told, err := json.Marshal(consoleOptions(read, nil).OIDC); err != nil || !strings.HasPrefix(string(told), fmt.Sprintf(`{"issuer":%q,"clientId":%q`, p.url, read.oidcClient)) || !strings.Contains(string(told), c.tells) {
				t.Errorf("the console is told %s, %v", told, err)
			}
			if policy := r.get("/").header.Get("Content-Security-Policy"); !strings.Contains(policy, "connect-src 'self' "+p.origin+";") {
				t.Errorf("the page's policy: %s", policy)
			}
			for kind, of := range c.tokens {
				a := r.ask(p.sign(of.typ, of.claims), `{viewer{name} account{id} }`, nil)
				if of.person == nobody {
					if a.status != http.StatusUnauthorized {
						t.Errorf("%s signs in: %s", kind, a.body)
					}
					continue
				}
				if a.at("account.id") != account {
					t.Errorf("%s: %s", kind, a.body)
				}
			}
			members := r.ask(platform, `query($a:ID!){account(id:$a){members(search:"mia@acme.example"){edges{node{userId role{name} followsClaim}}} all: members{edges{node{userId role{name}}}}}}`, map[string]any{"a": account}).body
			for kind, of := range c.tokens {
				if of.person != nobody && !strings.Contains(members, fmt.Sprintf(`"userId":%q,"role":{"name":"ADMIN"}`, of.person)) {
					t.Errorf("%s makes nobody a member: %s", kind, members)
				}
			}
		})
	}
}
