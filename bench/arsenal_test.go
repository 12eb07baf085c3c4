package bench

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/snappy"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/console"
)

// attack is what an attacker does with a token, over several connections at once.
type attack struct {
	as   auth.Role // of the attacker's token
	guns func(at, token string) []gun
	dear bool // it is answered as anybody is, so it may cost more than a refusal: as much as its points buy
}

// everyone is the role of attackers whose credential does not matter.
const everyone = auth.Member

// attacks returns what can be done, by name.
func attacks() map[string]attack {
	all := map[string]attack{}
	for _, some := range []map[string]attack{floods(), overSockets(), strangers(), bulk(), questions()} {
		for name, a := range some {
			all[name] = a
		}
	}
	return all
}

// floods are requests that come to nothing or to little.
func floods() map[string]attack {
	large, few, many := strings.Repeat("x", 250_000), slices.Repeat([]any{"x"}, 2_000), slices.Repeat([]any{"x"}, 50_000)
	const unused = `query($v:[ID!]!){viewer{name} nodes(ids:$v)@skip(if:true){id}}`
	const asked = `query($v:[ID!]!){nodes(ids:$v){id}}`
	ask := func(query string, variables map[string]any) attack {
		return attack{as: everyone, guns: requests("/graphql", "application/json", "", question(query, variables))}
	}
	body := func(body []byte) attack {
		return attack{as: everyone, guns: requests("/graphql", "application/json", "", body)}
	}
	return map[string]attack{
		"nodes, one id 2,000 ×":    ask(asked, map[string]any{"v": slices.Repeat([]any{accountID(1)}, 2_000)}),
		"nodes, one id 100 ×":      ask(asked, map[string]any{"v": slices.Repeat([]any{accountID(1)}, 100)}),
		"variables, 250 KB":        ask(unused, map[string]any{"v": []any{large}}),
		"variables, 50,000 values": ask(unused, map[string]any{"v": many}),
		"variables, 2,000 values":  ask(unused, map[string]any{"v": few}),
		"lists nested":             body([]byte(`{"query":"{__typename}","variables":{"v":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}}`)),
		"250 KB of blanks":         body(append(bytes.Repeat([]byte(" "), 250_000), question(`{__typename}`, nil)...)),
		"new documents":            ask(`query New{viewer{`+strings.Repeat("name ", 900)+`a`+anyText+`:name}}`, nil),
		"new documents of aliases": ask(`query New{viewer{`+numbered(900, "a%d:name ")+`a`+anyText+`:name}}`, nil),
		"unknown documents":        body([]byte(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + strings.Repeat("0", 56) + anyText + `"}}}`)),
		"introspection, refused":   ask(introspected, nil),
		"cheap requests":           ask(`{__typename}`, nil),
		"changes of settings":      {as: auth.MasterAdmin, dear: true, guns: requests("/graphql", "application/json", "", question(`mutation{setAccountProfile(input:{accountId:"`+accountID(1)+`",name:"`+anyText+`"}){userErrors{code}}}`, nil))},
	}
}

const introspected = `query I{__schema{types{...T} directives{name description args{...V}}}} fragment T on __Type{kind name description fields(includeDeprecated:true){name description args{...V} type{...R}}
 inputFields{...V} enumValues(includeDeprecated:true){name description} possibleTypes{name} interfaces{name}} fragment V on __InputValue{name description defaultValue type{...R}}
 fragment R on __Type{kind name ofType{kind name ofType{kind name ofType{kind name}}}}`

// numbered repeats a format with its number.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// overSockets are what can be done over WebSockets and event streams.
func overSockets() map[string]attack {
	const unused = `query($v:[ID!]!){viewer{name} nodes(ids:$v)@skip(if:true){id}}`
	many := slices.Repeat([]any{"x"}, 50_000)
	live := string(question(`subscription{creditStatus(accountId:"`+accountID(1)+`"){icon}}`, nil))
	churned := bytes.Repeat(append(frame(0x81, `{"type":"subscribe","id":"1","payload":`+live+`}`), frame(0x81, `{"type":"complete","id":"1"}`)...), 50)
	by := func(guns func(at, token string) []gun) attack { return attack{as: everyone, guns: guns} }
	return map[string]attack{
		"ws messages":              by(sockets(frames(499, 1, `{"type":"ping"}`), 501, 500)),
		"ws control frames":        by(sockets(frames(500, 9, ""), 501, 1)),
		"ws pings of 125 bytes":    by(sockets(frames(500, 9, strings.Repeat("x", 125)), 501, 1)),
		"ws continuations":         by(sockets(cut(500), 501, 1)),
		"ws completes":             by(sockets(frames(500, 1, `{"type":"complete","id":"1"}`), 501, 1)),
		"ws, large variables":      by(sockets(frame(0x81, `{"type":"subscribe","id":"1","payload":`+string(question(unused, map[string]any{"v": many}))+`}`), 2, 1)),
		"ws subscribe, complete":   by(sockets(churned, 101, 1)),
		"ws connections":           by(visits("", true)),
		"ws connections, no init":  by(visits("", false)),
		"ws connections, guessed":  by(visits("ug_"+strings.Repeat("x", 24)+"_"+anyText, true)),
		"sse connections":          by(hangUps(4, "GET", "/graphql?query="+escaped(`subscription{creditStatus(accountId:"`+accountID(1)+`"){icon}}`), "Accept: text/event-stream\r\n", "event: next")),
		"sse connections, refused": by(hangUps(4, "GET", "/graphql?query="+escaped(`subscription{creditStatus(accountId:"x"){icon}}`), "Accept: text/event-stream\r\n", "\r\n\r\n")),
	}
}

// strangers are what anybody can do, without a credential.
func strangers() map[string]attack {
	by := func(request string) attack { return attack{as: everyone, guns: raw(request)} }
	get := func(path, more string) attack { return by("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n") }
	served := func(path, more string) attack { // what a file is for is to be sent
		a := get(path, more)
		a.dear = true
		return a
	}
	return map[string]attack{
		"guessed tokens":      {as: everyone, guns: requests("/graphql", "application/json", "", question(`{__typename}`, nil), "ug_"+anyText+"_x")},
		"long tokens":         {as: everyone, guns: requests("/graphql", "application/json", "", question(`{__typename}`, nil), "ug_"+strings.Repeat("x", 12_000)+anyText)},
		"tokens like JWTs":    {as: everyone, guns: requests("/graphql", "application/json", "", question(`{__typename}`, nil), jwtLike())},
		"/healthz":            get("/healthz", ""),
		"/readyz":             get("/readyz", ""),
		"/metrics":            served("/metrics", ""),
		"the console's page":  served("/", ""),
		"the console's files": served("/console-config.json", ""),
		"ranges of a file":    served(largestFile(), "Range: bytes="+strings.TrimSuffix(strings.Repeat("0-0,", 3_000), ",")+"\r\n"),
		"/graphiql/":          served("/graphiql/", ""),
		"unknown paths":       get("/assets/"+anyText, ""),
		"200 headers":         get("/graphql", numbered(200, "X-H-%d: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n")),
		"preflights":          by("OPTIONS /graphql HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n"),
		"bodies, no token":    by("POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n" + strings.Repeat(" ", 200_000)),
	}
}

// largestFile returns the path of the largest file of the console; that of its settings if the console was not built.
func largestFile() string {
	path, most := "/console-config.json", int64(0)
	files, ok := console.Files()
	if !ok {
		return path
	}
	_ = fs.WalkDir(files, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if info, err := d.Info(); err == nil && info.Size() > most {
			path, most = "/"+name, info.Size()
		}
		return nil
	})
	return path
}

// jwtLike returns a text of the form of a JWT, which nobody signed.
func jwtLike() string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return part(`{"alg":"RS256","kid":"`+anyText+`"}`) + "." + part(`{"iss":"https://issuer.example","sub":"x"}`) + "." + strings.Repeat("x", 342)
}

// bulk are what a caller can do who may report usage.
func bulk() map[string]attack {
	at := func(path, kind, encoding string, body []byte) attack {
		return attack{as: auth.Platform, guns: requests(path, kind, encoding, body)}
	}
	const stream = "application/x-ndjson"
	repeated := []byte("[" + strings.TrimSuffix(numbered(100, `{"specversion":"1.0","type":"usagegraph.inference","source":"s","id":"r%d","time":"`+time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)+`","subject":"`+modelID(1)+`","account":"`+accountID(1)+`","data":{"inputTokens":1}},`), ",") + "]")
	again := at("/v1/events", "application/cloudevents-batch+json", "", repeated)
	again.dear = true
	spans := otherSpans(2_000)
	return map[string]attack{
		"events, gzip bomb":        at("/v1/events", stream, "gzip", packed(bytes.Repeat([]byte("\n"), 64<<20))),
		"events, refused lines":    at("/v1/events", stream, "", bytes.Repeat([]byte("{}\n"), 20_000)),
		"events, refused, gzip":    at("/v1/events", stream, "gzip", packed(bytes.Repeat([]byte("{}\n"), 500_000))),
		"events, zstd":             at("/v1/events", stream, "zstd", bytes.Repeat([]byte("x"), 10_000)),
		"events, chunks of a byte": {as: auth.Platform, guns: chunked("/v1/events", stream, strings.Repeat("{}\n", 200))},
		"events, 100 repeats":      again,
		"spans that are not usage": at("/v1/traces", "application/x-protobuf", "", spans),
		"such spans, gzip":         at("/v1/traces", "application/x-protobuf", "gzip", packed(otherSpans(20_000))),
		"samples, not usage":       {as: auth.Platform, guns: requests("/api/v1/write", "application/x-protobuf", "snappy", snappy.Encode(nil, otherSamples(20_000)))},
		"samples, snappy bomb":     {as: auth.Platform, guns: requests("/api/v1/write", "application/x-protobuf", "snappy", snappy.Encode(nil, make([]byte, 7<<20)))},
		"recordUsage, refused":     at("/graphql", "application/json", "", question(`mutation{recordUsage(input:{accountId:"`+accountID(1)+`",events:[`+numbered(100, `{source:"s",id:"x%d",toolId:"x"} `)+`]}){results{code}}}`, nil)),
	}
}

// otherSpans returns spans as any program sends them, of which none is usage.
func otherSpans(n int) []byte {
	var all []byte
	for i := range n {
		span := inner(inner(nil, 1, fmt.Appendf(nil, "%016d", i)), 2, []byte("12345678"))
		span = inner(span, 5, []byte("GET /users/{id}"))
		for _, key := range []string{"http.request.method", "url.path", "server.address", "user_agent.original"} {
			span = inner(span, 9, inner(inner(nil, 1, []byte(key)), 2, inner(nil, 1, []byte("a value of usual length"))))
		}
		all = inner(all, 2, span)
	}
	return inner(nil, 1, inner(inner(nil, 1, nil), 2, all))
}

// otherSamples returns series of which none is usage, with a sample each.
func otherSamples(n int) []byte {
	var all []byte
	for i := range n {
		series := inner(nil, 1, inner(inner(nil, 1, []byte("__name__")), 2, []byte("http_requests_total")))
		series = inner(series, 1, inner(inner(nil, 1, []byte("instance")), 2, fmt.Append(nil, "host-", i)))
		all = inner(all, 1, inner(series, 2, sampleAt(i, time.Now())))
	}
	return all
}

// questions are what is answered, and dear to answer for an account that holds much.
func questions() map[string]attack {
	ask := func(as auth.Role, query string) attack {
		return attack{as: as, dear: true, guns: requests("/graphql", "application/json", "", question(query, nil))}
	}
	own := func(query string) attack { return ask(auth.MasterAdmin, `{account{`+query+`}}`) }
	const row = `{totals{credits users resources} totalCount edges{node{credits share{credits} cumulative{credits}}}}`
	month := `range:{preset:LAST_30_DAYS}`
	twenty := func(query string) string { return numbered(20, "a%d:account{"+query+"} ") }
	return map[string]attack{
		"pivot by 5 dimensions":       own(`usage(` + month + ` first:1 groupBy:[RESOURCE,USER,API_KEY,TAG,DAY_OF_WEEK] tagKeys:["team","env"])` + row),
		"pivot by hours, compared":    own(`usage(` + month + ` compare:{period:PREVIOUS_PERIOD} granularity:HOUR first:1 groupBy:[TIME,USER] orderBy:[{measure:CREDITS}])` + row),
		"pivot by minutes":            own(`usage(range:{preset:LAST_24_HOURS} granularity:MINUTE first:1 groupBy:[TIME,USER])` + row),
		"pivot, top and bounds":       own(`usage(` + month + ` top:1 first:1 groupBy:[USER,TAG] tagKeys:["team"] having:[{measure:CREDITS,atLeast:"0.000001"}])` + row),
		"users, counted":              own(`usage(` + month + `){totals{users resources}}`),
		"20 pivots":                   ask(auth.MasterAdmin, `{`+twenty(`usage(`+month+` first:1 groupBy:[USER]){edges{node{credits}}}`)+`}`),
		"trend of a day's minutes":    own(`usageTrend(range:{preset:LAST_24_HOURS} granularity:MINUTE){points{credits}}`),
		"tools by runs":               own(`tools(first:1 sort:{field:RUNS,direction:DESC}){totalCount edges{node{name}}}`),
		"tools by last use, compared": own(`tools(` + month + ` compare:{period:PREVIOUS_PERIOD} first:1 sort:{field:LAST_ACTIVE_ON,direction:DESC}){edges{node{name}}}`),
		"tools by a text":             own(`tools(first:1 filter:{search:"` + strings.Repeat("%_", 49) + `"}){totalCount edges{node{name}}}`),
		"20 lists of tools":           ask(auth.MasterAdmin, `{`+twenty(`tools(first:1 sort:{field:RUNS}){edges{node{name}}}`)+`}`),
		"deployables by idle days":    own(`deployables(first:1 sort:{field:IDLE_DAYS,direction:DESC}){edges{node{idleDays}}}`),
		"hints":                       own(`hints{savingPerDay}`),
		"forecast":                    own(`creditStatus{forecast{credits{perDay}}}`),
		"overview, compared":          own(`overview(` + month + ` compare:{period:PREVIOUS_PERIOD}){inRange{credits}}`),
		"events by a tag":             own(`events(first:1 filter:{tags:[{key:"team",value:"none"}]}){totalCount edges{node{id}}}`),
		"ledger, folded":              own(`ledger(first:1 fold:DAY){totalCount edges{node{amount}}}`),
		"balance at an instant":       own(`balanceAt(time:"` + time.Now().UTC().Add(-72*time.Hour).Format(time.RFC3339) + `"){credits}`),
		"introspection":               ask(auth.Support, introspected),
		"accounts by a text":          ask(operator, `{accounts(first:1 search:"`+strings.Repeat("%_", 49)+`"){totalCount edges{node{name}}}}`),
		"accounts by credits":         ask(auth.Support, `{accounts(first:1 sort:{field:CREDITS}){totalCount edges{node{name}}}}`),
		"20 lists of accounts":        ask(operator, `{`+numbered(20, `a%d:accounts(first:1 search:"zzz"){totalCount edges{node{name}}} `)+`}`),
		"usage of all accounts":       ask(auth.Analyst, `{usage(`+month+` first:1 groupBy:[ACCOUNT,RESOURCE,USER])`+row+`}`),
		"rate card, previewed":        ask(auth.Support, `{previewRateCard(version:1 range:{preset:LAST_30_DAYS} accountId:"`+accountID(1)+`"){events}}`),
		"what a void would take":      ask(auth.Platform, `{account(id:"`+accountID(1)+`"){voidPreview(filter:{from:"`+time.Now().UTC().AddDate(0, 0, -29).Format(time.RFC3339)+`",to:"`+time.Now().UTC().Format(time.RFC3339)+`"}){events}}}`),
		"exports, broken off":         {as: auth.MasterAdmin, dear: true, guns: hangUps(4, "GET", "/v1/export/events?range=LAST_30_DAYS", "", "\r\n\r\n")},
		"exports of pivots":           {as: auth.MasterAdmin, dear: true, guns: hangUps(4, "GET", "/v1/export/usage?range=LAST_30_DAYS&granularity=HOUR&groupBy=TIME,USER", "", "\r\n\r\n")},
	}
}

// raw returns four callers that send a request as it is written.
func raw(request string) func(at, token string) []gun {
	return func(at, token string) []gun {
		guns := make([]gun, 4)
		for i := range guns {
			text := []byte(request)
			guns[i] = &caller{at: at, request: text, changes: bytes.Index(text, []byte(anyText)), turn: i * 10_000_000}
		}
		return guns
	}
}

// chunked returns callers that send a body byte by byte, each in a chunk of its own.
func chunked(path, kind, body string) func(at, token string) []gun {
	return func(at, token string) []gun {
		var b strings.Builder
		fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n", path, token, kind)
		for _, c := range []byte(body) {
			fmt.Fprintf(&b, "1\r\n%c\r\n", c)
		}
		return raw(b.String()+"0\r\n\r\n")(at, token)
	}
}

// hangUp sends a request over a new connection each time, and breaks it off once the answer holds a text.
type hangUp struct{ at, request, until string }

// hangUps returns n such callers.
func hangUps(n int, method, path, headers, until string) func(at, token string) []gun {
	return func(at, token string) (guns []gun) {
		request := method + " " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n" + headers + "\r\n"
		for range n {
			guns = append(guns, hangUp{at, request, until})
		}
		return guns
	}
}

func (h hangUp) fire() (n, size int) {
	conn, err := net.Dial("tcp", h.at)
	if err != nil {
		return 0, 0
	}
	defer reset(conn)
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, h.request); err != nil {
		return 0, 0
	}
	var got []byte
	for part := make([]byte, 4<<10); !bytes.Contains(got, []byte(h.until)); {
		n, err := conn.Read(part)
		if err != nil {
			return 0, len(got)
		}
		got = append(got, part[:n]...)
	}
	return 1, len(got)
}

// reset closes a connection at once: thousands of them would use up the ports of this machine if each waited for its end.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// visit opens a WebSocket, signs in, and goes.
type visit struct {
	at, token string
	init      bool
	turn      int
}

// visits returns four of them, with their own credential or the attacker's token.
func visits(credential string, init bool) func(at, token string) []gun {
	return func(at, token string) (guns []gun) {
		if credential != "" {
			token = credential
		}
		for i := range 4 {
			guns = append(guns, &visit{at, token, init, i * 10_000_000})
		}
		return guns
	}
}

func (v *visit) fire() (n, size int) {
	conn, err := net.Dial("tcp", v.at)
	if err != nil {
		return 0, 0
	}
	defer reset(conn)
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	s := &socket{in: bufio.NewReader(conn)}
	_, _ = io.WriteString(conn, upgrade)
	res, err := http.ReadResponse(s.in, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		return 0, 0
	}
	if !v.init {
		return 1, 0
	}
	v.turn++
	token := strings.Replace(v.token, anyText, fmt.Sprintf("%08d", v.turn), 1)
	_, _ = conn.Write(frame(0x81, `{"type":"connection_init","payload":{"authorization":"Bearer `+token+`"}}`))
	_, size, err = s.hear()
	if err != nil {
		return 0, 0
	}
	return 1, size
}

// escaped returns a text as part of a URL.
func escaped(text string) string {
	return strings.NewReplacer("{", "%7B", "}", "%7D", `"`, "%22", " ", "%20").Replace(text)
}
