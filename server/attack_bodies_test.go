package server

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// bodies are requests that are wrong before their content matters.
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
