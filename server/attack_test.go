package server

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// attack is a hostile request, and how it is answered.
type attack struct {
	name   string
	make   func() *http.Request
	status int
	code   string // of the first error; "": admitted, which it may be when it is cheap
}

// Bounds of an answer to hostile input (issue: what hostile input gets).
const (
	attackCPU   = 20 * time.Millisecond
	attackBytes = 16 << 10
)

// siege is a server with somebody to attack, somebody who does, and a customer beside them.
type siege struct {
	*running
	own, other      int64
	hostile, normal string
	foreign         *provider // an issuer that the server does not trust
	trusted         *provider
}

// besiege starts a server; bucket is the size and rate of its callers' buckets, 0 for the default.
func besiege(t *testing.T, bucket int64) *siege {
	trusted, foreign := newProvider(t), newProvider(t)
	s := &siege{trusted: trusted, foreign: foreign}
	s.running = run(t, func(c *Config) {
		c.OIDC.Issuer, c.OIDC.Audience = trusted.url, "usagegraph"
		c.Documents = []string{widget}
		c.BucketSize, c.BucketRate = bucket, bucket
	})
	s.own, s.other = s.account("attacker"), s.account("victim")
	s.hostile = s.token(auth.MasterAdmin, s.own, nil)
	s.normal = s.token(auth.Member, s.other, func(n *access.NewToken) { n.AnyDocument = false })
	return s
}

// widget is what a normal client asks again and again.
const widget = `query Widget { account { creditStatus { icon credits { remaining } runs { remaining } } } }`

// Every hostile request is answered as it should be, in under 20 ms of CPU of the process (client included) and 16 KB.
func TestAttacks(t *testing.T) { // it measures the process
	s := besiege(t, 1<<40) // so that no attack is answered with THROTTLED, which is too easy
	for _, a := range s.attacks() {
		t.Run(a.name, func(t *testing.T) { // it measures the process
			best := time.Hour
			for range 6 { // a neighbour, or a job of the server's own, may spoil some
				req := a.make()
				runtime.GC()
				before := cpu()
				got, err := s.try(req)
				best = min(best, cpu()-before)
				if err != nil {
					t.Fatal(err)
				}
				s.judge(t, a, got)
			}
			if best > attackCPU {
				t.Errorf("took %v of CPU", best)
			}
			t.Log(best)
		})
	}
}

func (s *siege) judge(t *testing.T, a attack, got reply) {
	t.Helper()
	if got.status != a.status || got.code() != a.code {
		t.Errorf("%d %q, want %d %q: %.300s", got.status, got.code(), a.status, a.code, got.body)
	}
	if len(got.body) > attackBytes {
		t.Errorf("%d bytes", len(got.body))
	}
	if a.status != http.StatusRequestHeaderFieldsTooLarge && got.header.Get("X-Request-Id") == "" {
		t.Error("no request id")
	}
	here, _ := os.Getwd()
	for _, leak := range []string{"secret-", "Did you mean", "SELECT ", "pgx", "goroutine", ".go:", filepath.Dir(here), "SQLSTATE"} {
		if bytes.Contains(got.body, []byte(leak)) {
			t.Errorf("%q in %.300s", leak, got.body)
		}
	}
}

// While an attacker, a process of its own, goes through the list as fast as it is answered, a normal client's p99 stays within
// twice what it is without. Quiet and hostile turns alternate, so that what else the machine does falls on both alike.
func TestANormalClientBesideAttackers(t *testing.T) { // it measures the process
	s := besiege(t, 0)
	attacker := s.attacker(s.ammunition())
	var report string
	for range 6 { // the machine may have other things to do
		quiet, hostile, attacks := s.takeTurns(attacker)
		report = fmt.Sprintf("p50 %v → %v, p99 %v → %v beside %d attacks", quiet.at(50), hostile.at(50), quiet.at(99), hostile.at(99), attacks)
		t.Log(report)
		if hostile.at(99) <= 2*quiet.at(99) && attacks >= fewestAttacks {
			return
		}
	}
	t.Error(report)
}

// fewestAttacks is what must have been answered beside a thousand questions for them to tell anything.
const fewestAttacks = 200

type latencies []time.Duration

func (l latencies) at(percent int) time.Duration {
	slices.Sort(l)
	return l[min(len(l)-1, len(l)*percent/100)].Round(10 * time.Microsecond)
}

// turns are the latencies of one turn after the other.
type turns []latencies

// at is a percentile of the median turn: what attacks do is in every turn, what a neighbour does in some.
func (t turns) at(percent int) time.Duration {
	of := make(latencies, len(t))
	for i, l := range t {
		of[i] = l.at(percent)
	}
	return of.at(50)
}

// takeTurns measures a normal client, alone and beside an attacker.
func (s *siege) takeTurns(a *attacker) (quiet, hostile turns, attacks int) {
	const times, each = 11, 100
	for range times {
		quiet = append(quiet, s.measure(each))
		a.begin()
		hostile = append(hostile, s.measure(each))
		attacks += a.end()
	}
	return quiet, hostile, attacks
}

// pace is how often the normal client asks; nobody asks without a pause.
const pace = 5 * time.Millisecond

func (s *siege) measure(n int) latencies {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	var took latencies
	for range n {
		<-tick.C
		started := time.Now()
		if got := s.ask(s.normal, widget, nil); got.status != http.StatusOK || got.code() != "" {
			s.t.Errorf("a normal client is answered %d %s", got.status, got.body)
		}
		took = append(took, time.Since(started))
	}
	return took
}

// attacks is the list.
func (s *siege) attacks() []attack {
	return slices.Concat(s.floods(), s.bodies(), s.credentials(), s.guesses())
}

// floods are documents.
func (s *siege) floods() (list []attack) {
	for _, d := range []struct{ name, query, code string }{
		{"a field 20,000 times", "{" + strings.Repeat("hello ", 16_000) + "}", "DOCUMENT_TOO_COMPLEX"},
		{"a field 20,000 times in one object", "{viewer{" + strings.Repeat("name ", 19_000) + "}}", "DOCUMENT_TOO_COMPLEX"},
		{"a field as often as allowed", "{viewer{" + strings.Repeat("name ", 3_990) + "}}", ""},
		{"aliases", "{viewer{" + numbered(7_500, "a%d:name ") + "}}", "DOCUMENT_TOO_COMPLEX"},
		{"aliases as many as allowed", "{account{" + numbered(60, "a%d:creditStatus{icon credits{remaining}} ") + "}}", ""},
		{"aliases of charts", "{account{" + numbered(60, "a%d:usageTrend(range:{preset:LAST_24_HOURS},granularity:MINUTE){points{credits}} ") + "}}", "COST_TOO_HIGH"},
		{"aliases of lists", "{account{" + numbered(60, "a%d:ledger(first:100){edges{node{amount draws{amount}}}} ") + "}}", "COST_TOO_HIGH"},
		{"directives", "{viewer{name " + numbered(9_000, "@d%d ") + "}}", "DOCUMENT_TOO_COMPLEX"},
		{"directives, few enough to be looked at", "{viewer{name " + strings.Repeat("@secret ", 60) + "}}", "GRAPHQL_VALIDATION_FAILED"},
		{"fragments", "{viewer{name}}" + numbered(2_500, " fragment F%d on Viewer{name}"), "DOCUMENT_TOO_COMPLEX"},
		{"doubling fragments", "{viewer{...F0}}" + doubled(23), ""},
		{"doubling fragments, as many as allowed", "{viewer{...F0}}" + doubled(60), ""},
		{"doubling fragments of lists", "{account{...F0}}" + doubledLists(14), ""},
		{"doubling fragments of lists, as many as allowed", "{account{...F0}}" + doubledLists(29), ""},
		{"deep nesting", "{account" + strings.Repeat("{tools{edges{node", 5_000), "DOCUMENT_TOO_COMPLEX"},
		{"deep literal", "{node(id:" + strings.Repeat("[", 90_000) + ")}", "DOCUMENT_TOO_COMPLEX"},
		{"circular fragments", "{viewer{...A}} fragment A on Viewer{...B} fragment B on Viewer{...A}", "GRAPHQL_VALIDATION_FAILED"},
		{"circular fragment through a field", "{viewer{...A}} fragment A on Viewer{accounts{account{id}} ...A}", "GRAPHQL_VALIDATION_FAILED"},
		{"unknown fields", "{viewer{" + numbered(3_900, "secret%d ") + "}}", "GRAPHQL_VALIDATION_FAILED"},
		{"root fields", "{" + numbered(30, "a%d:viewer{name} ") + "}", "DOCUMENT_TOO_COMPLEX"},
		{"operations", numbered(3_000, "query Q%d{viewer{name}} "), "DOCUMENT_TOO_COMPLEX"},
		{"a long string", `{node(id:"secret-` + strings.Repeat("x", 90_000) + `"){id}}`, ""},
		{"a string in the place of a name", `{"` + strings.Repeat("secret-", 10_000) + `"}`, "GRAPHQL_PARSE_FAILED"},
		{"a number that nothing holds", "{account{" + numbered(60, "a%d:access(action:TOOL_RUN,amount:1e999999999){allowed} ") + "}}", "GRAPHQL_VALIDATION_FAILED"},
		{"texts that cannot be stored", `{nodes(ids:["` + strings.Repeat(`\u0000`, 15_000) + `"]){id}}`, "GRAPHQL_VALIDATION_FAILED"},
		{"@defer", "{account{... @defer{ledger(first:100){edges{node{amount}}}}}}", "GRAPHQL_VALIDATION_FAILED"},
		{"introspection", "{__schema{types{name fields{name type{name}}}}}", "INTROSPECTION_DISABLED"},
		{"ids by the thousand", `{nodes(ids:[` + strings.Repeat(`"x",`, 3_900) + `]){id}}`, "COST_TOO_HIGH"},
	} {
		sent := 0
		list = append(list, attack{d.name, func() *http.Request {
			sent++ // a document that nobody has sent before, so that nothing is kept of it
			return s.post(s.hostile, question(fmt.Sprintf("%s#%d", d.query, sent), nil))()
		}, http.StatusOK, d.code})
	}
	return list
}

// bodies are requests that are no good before anything is looked at.
func (s *siege) bodies() []attack {
	huge := bytes.Repeat([]byte("x"), 20<<20)
	colours := make([]any, 50_000)
	for i := range colours {
		colours[i] = "secret-" + fmt.Sprint(i%10)
	}
	const byVariable = `query($i:[ID!]!){nodes(ids:$i){id}}`
	form := url.Values{"query": {"mutation{__typename}"}}.Encode()
	of := func(method, contentType string, body func() io.Reader) func() *http.Request {
		return func() *http.Request { return s.request(method, "/graphql", s.hostile, contentType, body()) }
	}
	text := func(body string) func() io.Reader { return func() io.Reader { return strings.NewReader(body) } }
	return []attack{
		{"20 MB, announced", of("POST", "application/json", func() io.Reader { return bytes.NewReader(huge) }), 413, "BODY_TOO_LARGE"},
		{"20 MB, announced by nobody", func() *http.Request {
			return s.request("POST", "/graphql", "", "application/json", bytes.NewReader(huge))
		}, 413, "BODY_TOO_LARGE"},
		{"20 MB, in chunks", of("POST", "application/json", func() io.Reader { return io.MultiReader(bytes.NewReader(huge)) }), 413, "BODY_TOO_LARGE"},
		{"20 MB of events", func() *http.Request {
			return s.request("POST", "/v1/events", s.hostile, "application/cloudevents-batch+json", bytes.NewReader(huge))
		}, 403, "FORBIDDEN"},
		{"20 MB of spans", func() *http.Request {
			return s.request("POST", "/v1/traces", s.hostile, "application/x-protobuf", bytes.NewReader(huge))
		}, 403, "FORBIDDEN"},
		{"variables by the thousand", s.post(s.hostile, question(byVariable, map[string]any{"i": colours[:20_500]})), 200, "DOCUMENT_TOO_COMPLEX"},
		{"variables larger than a body", s.post(s.hostile, question(byVariable, map[string]any{"i": colours})), 413, "BODY_TOO_LARGE"},
		{"variables, nested", s.post(s.hostile, []byte(`{"query":"query($i:ID!){node(id:$i){id}}","variables":{"i":`+strings.Repeat("[", 9_000)+strings.Repeat("]", 9_000)+`}}`)), 200, "DOCUMENT_TOO_COMPLEX"},
		{"JSON nested beyond sense", s.post(s.hostile, []byte(`{"query":"{viewer{name}}","variables":`+strings.Repeat(`{"a":`, 30_000)+"1"+strings.Repeat("}", 30_000)+`}`)), 200, "DOCUMENT_TOO_COMPLEX"},
		{"null for a condition", s.post(s.hostile, question("query($v:Boolean=true){viewer @skip(if:$v){name}}", map[string]any{"v": nil})), 200, "GRAPHQL_VALIDATION_FAILED"},
		{"malformed JSON", s.post(s.hostile, []byte(`{"query":"secret-`)), 400, "BAD_REQUEST"},
		{"names by the thousand", s.post(s.hostile, []byte(`{`+strings.Repeat(`"query":"secret-",`, 10_000)+`"query":"{viewer{name}}"}`)), 200, "DOCUMENT_TOO_COMPLEX"},
		{"a long number", s.post(s.hostile, []byte(`{"query":"query($a:Decimal){account{access(action:TOOL_RUN,amount:$a){allowed}}}","variables":{"a":`+strings.Repeat("9", 200_000)+`}}`)), 200, "GRAPHQL_VALIDATION_FAILED"},
		{"text that is no UTF-8", s.post(s.hostile, []byte("{\"query\":\"{viewer{name}} #"+strings.Repeat("\xff", 90_000)+"\"}")), 200, "DOCUMENT_TOO_COMPLEX"},
		{"a batch", s.post(s.hostile, []byte("["+strings.Repeat(`{"query":"{viewer{name}}"},`, 1_000)+"{}]")), 400, "BAD_REQUEST"},
		{"text/plain", of("POST", "text/plain", text(`{"query":"mutation{__typename}"}`)), 415, "UNSUPPORTED_MEDIA_TYPE"},
		{"a form", of("POST", "application/x-www-form-urlencoded", text(form)), 415, "UNSUPPORTED_MEDIA_TYPE"},
		{"a form with files", of("POST", "multipart/form-data; boundary=x", text("--x\r\n\r\n--x--")), 415, "UNSUPPORTED_MEDIA_TYPE"},
		{"no type", of("POST", "", text(`{"query":"{viewer{name}}"}`)), 415, "UNSUPPORTED_MEDIA_TYPE"},
		{"a mutation by GET", func() *http.Request {
			return s.request("GET", "/graphql?query="+url.QueryEscape("mutation{dismissBanner(input:{accountId:\"x\",bannerId:\"x\"}){userErrors{code}}}"), s.hostile, "", nil)
		}, 405, "METHOD_NOT_ALLOWED"},
		{"a long URL", func() *http.Request {
			return s.request("GET", "/graphql?query="+strings.Repeat("x", 15<<10)+"&y="+strings.Repeat("z", 1_100), s.hostile, "", nil)
		}, 414, "BODY_TOO_LARGE"},
		{"a header that is too long", func() *http.Request {
			req := s.request("GET", "/graphql?query={viewer{name}}", s.hostile, "", nil)
			req.Header.Set("Accept", strings.Repeat("a/b,", 8_000))
			return req
		}, 431, ""},
		{"a post from another site's page", func() *http.Request {
			req := s.post(s.hostile, question("{viewer{name}}", nil))()
			req.Header.Set("Origin", "https://evil.example")
			req.Header.Set("Sec-Fetch-Site", "cross-site")
			return req
		}, 403, "BAD_REQUEST"},
		{"an unknown path", func() *http.Request { return s.request("GET", "/.git/config", "", "", nil) }, 404, ""},
	}
}

// credentials are those that are no good. All are answered alike.
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

// guesses ask for what is somebody else's, or nobody's.
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

func (s *siege) post(token string, body []byte) func() *http.Request {
	return func() *http.Request {
		return s.request("POST", "/graphql", token, "application/json", bytes.NewReader(body))
	}
}

// A body that does not come is waited for no longer than ten seconds, a header no longer than five; both cost nothing meanwhile.
func TestSlowRequests(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	token := r.token(auth.Support, 0, nil)
	for name, c := range map[string]struct {
		sent, want string
		within     time.Duration
	}{
		"body":   {"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"query\":", "REQUEST_TIMEOUT", 12 * time.Second},
		"events": {"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{", "FORBIDDEN", time.Second},
		"header": {"POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: ", "", 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			started := time.Now()
			_ = conn.SetDeadline(started.Add(30 * time.Second))
			if _, err := io.WriteString(conn, c.sent); err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				_, err = io.Copy(io.Discard, conn)
			} else {
				var res *http.Response
				if res, err = http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
					body, _ := io.ReadAll(res.Body)
					if !bytes.Contains(body, []byte(c.want)) || len(body) > attackBytes {
						t.Errorf("%d %s", res.StatusCode, body)
					}
				}
			}
			if took := time.Since(started); err != nil || took > c.within {
				t.Errorf("after %v: %v", took, err)
			}
		})
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// doubled is n fragments that each spread the next one twice.
func doubled(n int) string {
	var b strings.Builder
	for i := range n - 1 {
		fmt.Fprintf(&b, " fragment F%d on Viewer{...F%d ...F%d}", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on Viewer{name}", n-1)
	return b.String()
}

// doubledLists is n fragments that each ask for two lists and spread the next one twice.
func doubledLists(n int) string {
	var b strings.Builder
	for i := range n - 1 {
		fmt.Fprintf(&b, " fragment F%d on Account{a:tools{edges{node{id}}} b:models{edges{node{id}}} ...F%d ...F%d}", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on Account{x:ledger(first:100){edges{node{draws{amount}}}}}", n-1)
	return b.String()
}

// provider is an OpenID provider as small as one can be.
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

// unsigned is a JWT that says of itself that it needs no signature.
func unsigned(issuer string) string {
	part := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]any{"alg": "none", "typ": "JWT"}) + "." + part(map[string]any{"iss": issuer, "aud": "usagegraph", "sub": "u-victim", "exp": time.Now().Add(time.Hour).Unix()}) + "."
}
