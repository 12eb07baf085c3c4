package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb"
)

// wires carry connections to a database. They can be made to carry nothing, as if the host hung, or be cut.
type wires struct {
	t      testing.TB
	at     net.Listener
	target string

	mu     sync.Mutex
	moved  *sync.Cond
	hang   bool
	cut    bool
	ends   map[net.Conn]struct{}
	copies sync.WaitGroup
}

// wireTo listens for connections to the database of a URL and returns a URL that leads through the wires.
func wireTo(t testing.TB, database string) (*wires, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wires{t: t, at: at, target: u.Host, ends: map[net.Conn]struct{}{}}
	w.moved = sync.NewCond(&w.mu)
	w.copies.Go(w.accept)
	t.Cleanup(func() {
		_ = at.Close()
		w.set(false, true)
		w.copies.Wait()
	})
	u.Host = at.Addr().String()
	return w, u.String()
}

func (w *wires) accept() {
	for {
		near, err := w.at.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", w.target)
		if err != nil {
			_ = near.Close()
			continue
		}
		w.mu.Lock()
		w.ends[near], w.ends[far] = struct{}{}, struct{}{}
		down := w.cut
		w.mu.Unlock()
		if down {
			_, _ = near.Close(), far.Close()
			continue
		}
		w.copies.Go(func() { w.carry(near, far) })
		w.copies.Go(func() { w.carry(far, near) })
	}
}

// carry copies until one end closes. While the wires hang, it holds what it has read.
func (w *wires) carry(to, from net.Conn) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		w.mu.Lock()
		for w.hang && !w.cut {
			w.moved.Wait()
		}
		w.mu.Unlock()
		if err != nil {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// set makes the wires hang, cuts them and refuses new ones, or restores them.
func (w *wires) set(hang, cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hang, w.cut = hang, cut
	if cut {
		for end := range w.ends {
			_ = end.Close()
		}
		clear(w.ends)
	}
	w.moved.Broadcast()
}

// outage is a server whose database is about to be away, and its callers.
type outage struct {
	*running
	wires                    *wires
	account                  int64
	tool                     string
	platform, admin, analyst string
	n                        int
}

func beforeOutage(t *testing.T) *outage {
	o := &outage{}
	o.running = run(t, func(c *Config) {
		o.wires, c.DatabaseURL = wireTo(t, c.DatabaseURL)
		c.StatementTimeout, c.ChartTimeout, c.ExploreTimeout = 4*time.Second, time.Second, time.Second
	})
	t.Cleanup(func() { o.wires.set(false, false) }) // before the server ends
	o.account = o.running.account("acme")
	tool, err := o.store.RegisterTool(t.Context(), tsdb.NewTool{AccountID: o.account, Name: "tool", OwnerName: "Mia", Status: tsdb.Deployed, Own: tsdb.Own{ExternalID: "search"}})
	if err != nil {
		t.Fatal(err)
	}
	o.tool = graph.EncodeID(graph.KindTool, tool.ID)
	o.platform, o.admin, o.analyst = o.token(auth.Platform, 0, nil), o.token(auth.MasterAdmin, o.account, nil), o.token(auth.Analyst, 0, nil)
	return o
}

// errands returns requests of every kind, separating those that only read.
func (o *outage) errands() (writes, reads map[string]func() *http.Request) {
	o.n++
	id := accountID(o.account)
	ask := func(token, query string, variables map[string]any) func() *http.Request {
		return func() *http.Request {
			return o.request(http.MethodPost, "/graphql", token, "application/json", bytes.NewReader(question(query, variables)))
		}
	}
	event := map[string]any{"source": "test", "id": fmt.Sprint(o.n), "time": time.Now().UTC(), "toolId": o.tool}
	cloud := fmt.Sprintf(`{"specversion":"1.0","type":"usagegraph.tool.run","source":"endpoint","id":"%d","time":%q,"subject":%q,"account":%q}`,
		o.n, time.Now().UTC().Format(time.RFC3339), o.tool, id)
	writes = map[string]func() *http.Request{
		"recordUsage":  ask(o.platform, `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status} userErrors{code}}}`, map[string]any{"i": map[string]any{"accountId": id, "events": []any{event}}}),
		"registerTool": ask(o.platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id} userErrors{code}}}`, map[string]any{"i": map[string]any{"accountId": id, "name": fmt.Sprint("t", o.n), "ownerName": "Mia", "status": "DEPLOYED"}}),
		"reserveUsage": ask(o.platform, `mutation($i:ReserveUsageInput!){reserveUsage(input:$i){reservation{id} userErrors{code}}}`, map[string]any{"i": map[string]any{"accountId": id, "meter": "TOOL_RUNS", "amount": "1", "idempotencyKey": fmt.Sprint("k", o.n)}}),
		"setMember":    ask(o.admin, `mutation($i:SetMemberInput!){setMember(input:$i){member{userId} userErrors{code}}}`, map[string]any{"i": map[string]any{"accountId": id, "userId": fmt.Sprint("u", o.n), "role": "MEMBER", "email": "m@acme.example", "name": "M"}}),
		"/v1/events": func() *http.Request {
			return o.request(http.MethodPost, "/v1/events", o.platform, "application/cloudevents+json", strings.NewReader(cloud))
		},
		"/v1/traces": func() *http.Request {
			return o.request(http.MethodPost, "/v1/traces", o.platform, "application/json", strings.NewReader(spanOf(fmt.Sprint(o.n), "usagegraph.account", id, "search")))
		},
		"/v1/usage, which is audited": func() *http.Request {
			return o.request(http.MethodGet, "/v1/usage?range=LAST_7_DAYS&groupBy=KIND", o.analyst, "", nil)
		},
	}
	reads = map[string]func() *http.Request{
		"access":  ask(o.admin, `{account{access(action:TOOL_RUN){allowed}}}`, nil),
		"status":  ask(o.admin, `{account{creditStatus{icon} overview{credits{used}} ledger(first:1){totalCount}}}`, nil),
		"balance": ask(o.admin, `query($i:ID!){node(id:$i){id}}`, map[string]any{"i": o.tool}),
	}
	return writes, reads
}

// sendAll sends all requests at once.
func (o *outage) sendAll(errands map[string]func() *http.Request, judge func(name string, a reply)) {
	o.t.Helper()
	var all sync.WaitGroup
	for name, make := range errands {
		req := make()
		all.Go(func() {
			a, err := o.try(req)
			if err != nil {
				o.t.Errorf("%s: %v", name, err)
				return
			}
			judge(name, a)
		})
	}
	all.Wait()
}

// away checks that an answer says when to come back.
func (o *outage) away(name string, a reply) {
	o.t.Helper()
	seconds, _ := strconv.Atoi(a.header.Get("Retry-After"))
	if strings.HasPrefix(name, "/v1/events") {
		var endpoint struct {
			Error struct {
				Code       string
				RetryAfter int
			}
		}
		err := json.Unmarshal(a.body, &endpoint)
		if err != nil || a.status != 503 || endpoint.Error.Code != "UNAVAILABLE" && endpoint.Error.Code != "OVERLOADED" || endpoint.Error.RetryAfter < 1 || seconds < 1 {
			o.t.Errorf("%s: %d %v %s", name, a.status, a.header, a.body)
		}
		return
	}
	if name == "/v1/traces" {
		if a.status != 503 || seconds < 1 || !bytes.Contains(a.body, []byte("UNAVAILABLE: ")) && !bytes.Contains(a.body, []byte("OVERLOADED: ")) {
			o.t.Errorf("%s: %d %v %s", name, a.status, a.header, a.body)
		}
		return
	}
	if len(a.Errors) == 0 {
		o.t.Errorf("%s: %d %s", name, a.status, a.body)
		return
	}
	for _, e := range a.Errors {
		if after, _ := e.Extensions["retryAfter"].(float64); after < 1 || e.Extensions["code"] != "UNAVAILABLE" && e.Extensions["code"] != "OVERLOADED" {
			o.t.Errorf("%s: %s", name, a.body)
		}
	}
	if nothing := len(a.Data) == 0; nothing && (a.status != 503 || seconds < 1) {
		o.t.Errorf("%s: %d, Retry-After %q: %s", name, a.status, a.header.Get("Retry-After"), a.body)
	}
}

func (o *outage) well(name string, a reply) {
	o.t.Helper()
	if a.status != 200 || len(a.Errors) > 0 || bytes.Contains(a.body, []byte("REFUSED")) || bytes.Contains(a.body, []byte("rejected")) {
		o.t.Errorf("%s: %d %s", name, a.status, a.body)
	}
}

// counted returns the value of a metric without labels.
func (o *outage) counted(name string) string {
	o.t.Helper()
	text := o.send(o.request(http.MethodGet, "/metrics", "", "", nil)).body
	found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindSubmatch(text)
	if found == nil {
		o.t.Fatalf("no metric %s", name)
	}
	return string(found[1])
}

func (o *outage) exec(sql string) {
	o.t.Helper()
	if _, err := o.pools.books.Exec(o.t.Context(), sql); err != nil {
		o.t.Fatal(err)
	}
}

// However the database is away, callers are told to come back by code, header and status. Nothing counts as a fault of the program, and
// everything is answered when the database is back.
func TestADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	refuseTo := func(state string) func(*outage) {
		return func(o *outage) {
			o.exec(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '` + state + `'; END $$;
DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['usage_event', 'ledger_entry', 'resource', 'member', 'reservation', 'audit_log'] LOOP
EXECUTE format('CREATE TRIGGER full_disk BEFORE INSERT ON %I FOR EACH ROW EXECUTE FUNCTION full_disk()', t); END LOOP; END $$`)
		}
	}
	heal := func(o *outage) { o.exec(`DROP FUNCTION full_disk() CASCADE`) }
	database := func(o *outage, setting string) {
		o.exec(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I ` + setting + `', current_database()); END $$`)
		o.pools.books.Reset()
	}
	for name, c := range map[string]struct {
		begin, end func(*outage)
		reads      bool // are not answered either
	}{
		"it hangs":   {func(o *outage) { o.wires.set(true, false) }, func(o *outage) { o.wires.set(false, false) }, true},
		"it is gone": {func(o *outage) { o.wires.set(false, true) }, func(o *outage) { o.wires.set(false, false) }, true},
		"it only reads": {func(o *outage) { database(o, "SET default_transaction_read_only = on") }, func(o *outage) {
			o.exec(`SET default_transaction_read_only = off`)
			database(o, "RESET default_transaction_read_only")
		}, false},
		"its disk is full": {refuseTo("53100"), heal, false},
		"it goes down":     {refuseTo("57P01"), heal, false},
		"it is in the way": {refuseTo("55P03"), heal, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := beforeOutage(t)
			o.t = t
			writes, reads := o.errands()
			o.sendAll(writes, o.well)
			o.sendAll(reads, o.well)
			c.begin(o)
			writes, reads = o.errands()
			judge := o.well
			if c.reads {
				judge = o.away
			}
			o.sendAll(writes, o.away)
			o.sendAll(reads, judge)
			if faults, failed := o.counted("usagegraph_faults_total"), o.counted("usagegraph_batches_failed_total"); faults != "0" || failed != "0" {
				t.Errorf("%s faults, %s failed batches", faults, failed)
			}
			if o.counted("usagegraph_unavailable_total") == "0" {
				t.Error("no outage is counted")
			}
			c.end(o)
			o.until("all is well again", func() bool { return o.tries(writes) })
		})
	}
}

// tries reports whether all requests are answered.
func (o *outage) tries(errands map[string]func() *http.Request) bool {
	well := true
	for _, make := range errands {
		a, err := o.try(make())
		well = well && err == nil && a.status == 200 && len(a.Errors) == 0
	}
	return well
}

// A request that fails before it comes to a batch, because accounts are looked up by their own ids, is counted as well: it may be all that a platform sends.
func TestAnOutageBeforeABatch(t *testing.T) {
	t.Parallel()
	o := beforeOutage(t)
	send := func() reply {
		return o.send(o.request(http.MethodPost, "/v1/events", o.platform, "application/cloudevents+json", strings.NewReader(
			fmt.Sprintf(`{"specversion":"1.0","type":"usagegraph.tool.run","source":"endpoint","id":"1","time":%q,"subject":%q,"accountexternalid":"nobody"}`, time.Now().UTC().Format(time.RFC3339), o.tool))))
	}
	if a := send(); a.status != 422 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	o.wires.set(false, true)
	o.away("/v1/events", send())
	if n := o.counted("usagegraph_unavailable_total"); n == "0" {
		t.Error("no outage is counted")
	}
}

// A socket that signs in while the database hangs is told to come back, not that it was too late. A socket that is already signed in stays
// open, and its requests are told meanwhile when to ask again.
func TestSocketsWhileTheDatabaseHangs(t *testing.T) {
	t.Parallel()
	o := beforeOutage(t)
	in := o.socket(t, o.admin)
	in.hears("connection_ack")
	o.auth.Forget()
	o.wires.set(true, false)
	in.say(map[string]any{"type": "subscribe", "id": "q", "payload": map[string]any{"query": "{account{access(action:TOOL_RUN){allowed}}}"}})
	late := o.socket(t, o.admin)
	in.hears(`"id":"q"`, "UNAVAILABLE", `"retryAfter":5`)
	late.ends(1013, "Credentials cannot be checked right now")
	o.wires.set(false, false)
	in.say(map[string]any{"type": "subscribe", "id": "r", "payload": map[string]any{"query": "{account{access(action:TOOL_RUN){allowed}}}"}})
	in.hears(`"id":"r"`, `"allowed":true`)
}

// A caller who cannot be signed in because the credential cannot be checked is told so in the shape of the endpoint, with a time to come
// back after.
func TestCredentialsThatCannotBeChecked(t *testing.T) {
	t.Parallel()
	o := beforeOutage(t)
	writes, reads := o.errands()
	o.auth.Forget()
	o.wires.set(false, true)
	for name, make := range reads {
		writes[name] = make
	}
	o.sendAll(writes, func(name string, a reply) {
		o.away(name, a)
		if a.status != 503 || !bytes.Contains(a.body, []byte("OVERLOADED")) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	})
	if faults := o.counted("usagegraph_faults_total"); faults != "0" {
		t.Errorf("%s faults", faults)
	}
}

// What is asked of a snapshot after something took too long gets the same error, and not that a transaction has failed.
func TestSiblingsOfWhatTookTooLong(t *testing.T) {
	t.Parallel()
	o := beforeOutage(t)
	const query = `{account{a:usage(groupBy:[KIND]){totals{credits}} ledger(first:1){totalCount} grants(first:1){totalCount} statements(first:1){totalCount} members(first:1){totalCount}}}`
	tx, err := o.pools.books.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	if _, err := tx.Exec(t.Context(), "LOCK TABLE usage_day, usage_quarter, usage_minute, usage_dirty IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	support := o.token(auth.Support, 0, nil)
	for token, code := range map[string]string{o.admin: "UNAVAILABLE", support: "COST_TOO_HIGH"} {
		a := o.ask(token, strings.Replace(query, "account{", fmt.Sprintf("account(id:%q){", accountID(o.account)), 1), nil)
		if len(a.Errors) == 0 {
			t.Errorf("nothing took too long: %s", a.body)
		}
		for _, e := range a.Errors {
			if e.Extensions["code"] != code {
				t.Errorf("want %s: %s", code, a.body)
			}
		}
	}
	if faults := o.counted("usagegraph_faults_total"); faults != "0" {
		t.Errorf("%s faults", faults)
	}
}
