package server

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// credentials returns attacks with invalid credentials, which all get the same answer.
func (s *siege) credentials() (list []attack) {
	ended := time.Now().Add(-time.Minute).Unix()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	forged := func() string {
		secret, _, err := auth.NewSecret(rand.Reader)
		if err != nil {
			s.t.Fatal(err)
		}
		return secret
	}
	short := s.token(auth.Support, 0, func(n *access.NewToken) { n.ExpiresAt = time.Now().Add(time.Millisecond) })
	for name, credential := range map[string]func() string{
		"no token":                     func() string { return "" },
		"a forged token":               forged,
		"a token with one bit changed": func() string { return s.hostile[:len(s.hostile)-1] + string(s.hostile[len(s.hostile)-1]^1) },
		"an expired token":             func() string { return short },
		"a development token":          always(s.token(auth.Support, 0, func(n *access.NewToken) { n.Development = true })),
		"a long token":                 always("ug_" + strings.Repeat("x", 12_000)),
		"a JWT of another issuer":      always(s.foreign.sign(s.t, nil)),
		"a JWT in the name of ours":    always(s.foreign.sign(s.t, func(c map[string]any) { c["iss"] = s.trusted.url })),
		"an expired JWT":               always(s.trusted.sign(s.t, func(c map[string]any) { c["exp"] = ended })),
		"a JWT for another audience":   always(s.trusted.sign(s.t, func(c map[string]any) { c["aud"] = "somebody else" })),
		"a JWT without signature":      always(unsigned(s.trusted.url)),
		"a JWT signed with a secret":   always(signWith(s.t, jose.HS256, []byte(s.trusted.url+strings.Repeat("x", 32)), "first", s.trusted.claims())),
		"JWTs of unknown keys":         func() string { return signWith(s.t, jose.ES256, key, forged(), s.trusted.claims()) },
	} {
		list = append(list, attack{name, func() *http.Request {
			return s.request("POST", "/graphql", credential(), "application/json", bytes.NewReader(question("{viewer{name}}", nil)))
		}, http.StatusUnauthorized, "UNAUTHENTICATED"})
	}
	slices.SortFunc(list, func(x, y attack) int { return cmp.Compare(x.name, y.name) })
	return list
}

func always(text string) func() string { return func() string { return text } }

// guesses ask for objects that belong to somebody else or do not exist.
func (s *siege) guesses() []attack {
	find := func(id string) func() *http.Request {
		return s.post(s.hostile, question(`query($id:ID!){account(id:$id){name creditStatus{icon}} node(id:$id){id}}`, map[string]any{"id": id}))
	}
	many := make([]any, 100)
	for i := range many {
		many[i] = graph.EncodeID(graph.KindTool, int64(i))
	}
	return []attack{
		{"somebody else's account", find(accountID(s.other)), 200, ""},
		{"an account that does not exist", find(accountID(999_999)), 200, ""},
		{"an id that is none", find("secret-../../etc/passwd"), 200, ""},
		{"a hundred guesses", s.post(s.hostile, question(`query($i:[ID!]!){nodes(ids:$i){id}}`, map[string]any{"i": many})), 200, ""},
		{"a change of somebody else's", s.post(s.hostile, question(`mutation($id:ID!){setRole(input:{accountId:$id,name:"x",permissions:[BILLING_VIEW]}){userErrors{code}}}`,
			map[string]any{"id": accountID(s.other)})), 200, ""},
	}
}

// provider is a minimal OpenID provider.
type provider struct {
	url string
	key *ecdsa.PrivateKey
}

func newProvider(t *testing.T) *provider {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": p.url, "jwks_uri": p.url + "/keys", "authorization_endpoint": p.url + "/a",
			"token_endpoint": p.url + "/t", "id_token_signing_alg_values_supported": []string{"ES256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "first", Algorithm: "ES256", Use: "sig"}}})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

func (p *provider) claims() map[string]any {
	return map[string]any{"iss": p.url, "aud": "usagegraph", "sub": "u-victim", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix()}
}

// sign makes a token; change may spoil its claims.
func (p *provider) sign(t testing.TB, change func(map[string]any)) string {
	claims := p.claims()
	if change != nil {
		change(claims)
	}
	return signWith(t, jose.ES256, p.key, "first", claims)
}

func signWith(t testing.TB, algorithm jose.SignatureAlgorithm, key any, id string, claims any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: id}}, nil)
	if err != nil {
		t.Fatal(err)
	}
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

// unsigned returns a JWT that claims to need no signature.
func unsigned(issuer string) string {
	part := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]any{"alg": "none", "typ": "JWT"}) + "." + part(map[string]any{"iss": issuer, "aud": "usagegraph", "sub": "u-victim", "exp": time.Now().Add(time.Hour).Unix()}) + "."
}
