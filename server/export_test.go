package server

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// used makes an account with a tool that has a hostile name, and reports runs of it.
func used(r *running, name string, runs int) (key int64) {
	r.t.Helper()
	key = r.account(name)
	platform := r.token(auth.Platform, 0, nil)
	tool := r.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`, map[string]any{"i": map[string]any{
		"accountId": accountID(key), "name": `=cmd|"/c calc"!A1`, "ownerName": "o", "status": "DEPLOYED"}})
	id := tool.Data["registerTool"].(map[string]any)["tool"].(map[string]any)["id"]
	a := r.ask(platform, `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status} userErrors{code message}}}`, map[string]any{"i": map[string]any{
		"accountId": accountID(key), "events": []any{map[string]any{"source": "s", "id": "e", "time": time.Now().UTC().Format(time.RFC3339), "toolId": id, "runs": runs}}}})
	if !bytes.Contains(a.body, []byte("STORED")) {
		r.t.Fatalf("%s", a.body)
	}
	return key
}

func (r *running) export(token string, query url.Values) reply {
	r.t.Helper()
	return r.send(r.request(http.MethodGet, "/v1/usage?"+query.Encode(), token, "", nil))
}

// An export contains what the pivot contains, is given only to callers who may see that, and is noted in the audit log of every account
// that it covers.
func TestExports(t *testing.T) {
	t.Parallel()
	r := withExploreRole(t, func(c *Config) { c.ExploreTimeout = 20 * time.Second })
	acme, other := used(r, "acme", 7), used(r, "other", 5)
	master, member := r.token(auth.MasterAdmin, acme, nil), r.token(auth.Member, acme, nil)
	analyst, support := r.token(auth.Analyst, 0, nil), r.token(auth.Support, 0, nil)
	by := url.Values{"groupBy": {"RESOURCE,KIND"}, "range": {"LAST_24_HOURS"}}
	lines := func(a reply) [][]string {
		t.Helper()
		all, err := csv.NewReader(bytes.NewReader(a.body)).ReadAll()
		if err != nil || a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") {
			t.Fatalf("%d %v %s", a.status, err, a.body)
		}
		return all
	}
	own := lines(r.export(master, by))
	if len(own) != 2 || strings.Join(own[0], ",") != "resource_id,resource_name,kind,credits,runs,events,input_tokens,output_tokens,cache_read_tokens,cache_write_tokens,reasoning_tokens,resource_external_id" ||
		own[1][1] != `'=cmd|"/c calc"!A1` || own[1][4] != "7" {
		t.Errorf("the account's own: %q", own)
	}
	every := lines(r.export(analyst, url.Values{}))
	if len(every) != 3 || every[0][0] != "account_id" || every[1][3]+every[2][3] != "75" {
		t.Errorf("every account's: %q", every)
	}
	for name, c := range map[string]struct {
		token  string
		query  url.Values
		status int
		code   string
	}{
		"a member":                {member, by, 403, "FORBIDDEN"},
		"every account, bound":    {r.token(auth.Platform, 0, nil), by, 403, "FORBIDDEN"},
		"somebody else's":         {master, url.Values{"account": {accountID(other)}}, 404, "NOT_FOUND"},
		"nobody's":                {master, url.Values{"account": {accountID(987_654)}}, 404, "NOT_FOUND"},
		"nobody's, for who sees":  {analyst, url.Values{"account": {accountID(987_654)}}, 404, "NOT_FOUND"},
		"an unknown dimension":    {analyst, url.Values{"groupBy": {"secret-"}}, 400, "BAD_REQUEST"},
		"an unknown entry":        {analyst, url.Values{"secret-": {"x"}}, 400, "BAD_REQUEST"},
		"a dimension twice":       {analyst, url.Values{"groupBy": {"KIND,KIND"}}, 400, "INVALID"},
		"a range of nothing":      {analyst, url.Values{"from": {"2026-01-02T00:00:00Z"}, "to": {"2026-01-01T00:00:00Z"}}, 400, "BAD_RANGE"},
		"no account":              {analyst, url.Values{"account": {""}}, 400, "BAD_REQUEST"},
		"two accounts":            {analyst, url.Values{"account": {accountID(acme), accountID(other)}}, 400, "BAD_REQUEST"},
		"no account, of one":      {master, url.Values{"account": {""}}, 400, "BAD_REQUEST"},
		"an unknown format":       {analyst, url.Values{"format": {"xml"}}, 400, "BAD_REQUEST"},
		"another list's cursor":   {analyst, url.Values{"after": {"eyJlIjoibGVkZ2VyIiwiayI6W119"}}, 400, "BAD_PAGE"},
		"no token":                {"", by, 401, "UNAUTHENTICATED"},
		"a zone that is the host": {analyst, url.Values{"timeZone": {"Local"}}, 400, "BAD_REQUEST"},
	} {
		if a := r.export(c.token, c.query); a.status != c.status || a.code() != c.code || bytes.Contains(a.body, []byte("secret-")) || a.Extensions["requestId"] == nil {
			t.Errorf("%s: %d %s, want %d %s", name, a.status, a.body, c.status, c.code)
		}
	}
	if a := r.send(r.request(http.MethodPost, "/v1/usage", analyst, "application/json", strings.NewReader("{}"))); a.status != 405 || a.header.Get("Allow") != "GET" {
		t.Errorf("POST: %d %s", a.status, a.body)
	}
	const log = `query($id:ID){account(id:$id){auditLog(first:10,filter:{actions:[USAGE_EXPORTED]}){edges{node{actor{name role} address requestId after}}}}}`
	for name, c := range map[string]struct {
		token string
		key   int64
		want  []string
	}{
		"by its master admin": {master, acme, []string{"ANALYST", "MASTER_ADMIN"}}, "by SUPPORT": {support, other, []string{"ANALYST"}},
	} {
		a := r.ask(c.token, log, map[string]any{"id": accountID(c.key)})
		if n := bytes.Count(a.body, []byte(`"address":"127.0.0.1"`)); n != len(c.want) {
			t.Errorf("%s: %d entries: %s", name, n, a.body)
		}
		for _, role := range c.want {
			if !bytes.Contains(a.body, []byte(fmt.Sprintf(`"role":%q`, role))) {
				t.Errorf("%s lacks %s: %s", name, role, a.body)
			}
		}
	}
}

// exportTables returns the names of all tables that can be exported.
func exportTables() []string {
	return []string{"usage", "events", "ledger", "statements", "grants", "tools", "models", "guardrails", "scripts", "audit"}
}

func (r *running) takeOut(token, table, query string) reply {
	r.t.Helper()
	return r.send(r.request(http.MethodGet, "/v1/export/"+table+"?"+query, token, "", nil))
}

// Every table can be exported in every format, all its pages together are the whole, and nobody exports what they may not see.
func TestExportsOfEveryTable(t *testing.T) {
	t.Parallel()
	r := withExploreRole(t, func(c *Config) { c.ExploreTimeout, c.BucketSize = 20*time.Second, 1_000_000 })
	acme, other := used(r, "acme", 7), used(r, "other", 5)
	support, member, master := r.token(auth.Support, 0, nil), r.token(auth.Member, acme, nil), r.token(auth.MasterAdmin, acme, nil)
	lines := func(a reply) [][]string {
		t.Helper()
		all, err := csv.NewReader(bytes.NewReader(a.body)).ReadAll()
		if err != nil || a.status != http.StatusOK {
			t.Fatalf("%d %v %s", a.status, err, a.body)
		}
		return all
	}
	for _, table := range exportTables() {
		asked, own := "cursors=true", ""
		switch table {
		case "usage":
			asked, own = asked+"&groupBy=RESOURCE,TIME&granularity=MINUTE&compare=PREVIOUS_PERIOD", "groupBy=ACCOUNT"
		case "tools", "models", "guardrails", "scripts":
			asked += "&compare=PREVIOUS_PERIOD"
		}
		whole := lines(r.takeOut(support, table, asked))
		if n := len(whole) - 1; n < 2 && table != "statements" && table != "models" && table != "guardrails" && table != "scripts" {
			t.Errorf("%s: %d rows", table, n)
		}
		last := len(whole[0]) - 1
		seen, after := 1, ""
		for range len(whole) {
			page := lines(r.takeOut(support, table, asked+"&limit=1&after="+after))
			if len(page) < 2 {
				break
			}
			if got, want := strings.Join(page[1][:last], "|"), strings.Join(whole[min(seen, len(whole)-1)][:last], "|"); got != want && table != "audit" {
				t.Errorf("%s, row %d: %s, want %s", table, seen, got, want)
			}
			after, seen = page[1][last], seen+1
		}
		if seen != len(whole) && table != "audit" { // whose own rows grow with each export
			t.Errorf("%s: %d of %d rows page by page", table, seen-1, len(whole)-1)
		}
		for format, begins := range map[string]string{"csv-bom": "\ufeff", "ndjson": "", "parquet": "PAR1"} {
			a := r.takeOut(support, table, "format="+format)
			if a.status != http.StatusOK || !bytes.HasPrefix(a.body, []byte(begins)) || !strings.HasPrefix(a.header.Get("Content-Disposition"), `attachment; filename="`+table+".") {
				t.Errorf("%s as %s: %d %.80q %v", table, format, a.status, a.body, a.header)
			}
		}
		if a := r.takeOut(member, table, ""); a.status != http.StatusForbidden {
			t.Errorf("%s for a member: %d", table, a.status)
		}
		if a := r.takeOut(master, table, "account="+url.QueryEscape(accountID(other))); a.status != http.StatusNotFound {
			t.Errorf("somebody else's %s: %d", table, a.status)
		}
		for _, row := range lines(r.takeOut(master, table, own))[1:] {
			if text := strings.Join(row, ","); strings.Contains(text, accountID(other)) || strings.Contains(text, ",other,") {
				t.Errorf("%s tells of another account: %s", table, text)
			}
		}
	}
	if a := r.takeOut(support, "secrets", ""); a.status != http.StatusNotFound {
		t.Errorf("no table: %d %s", a.status, a.body)
	}
	request := r.request(http.MethodGet, "/v1/export/ledger", support, "", nil)
	request.Header.Set("Accept-Encoding", "gzip")
	a := r.send(request)
	zipped, err := gzip.NewReader(bytes.NewReader(a.body))
	if err != nil || a.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("gzip: %v %v", err, a.header)
	}
	if plain, err := io.ReadAll(zipped); err != nil || !bytes.Contains(plain, []byte("account_id,")) {
		t.Errorf("gzip: %v %.100s", err, plain)
	}
}

// ANALYST reads and exports every account's balances, grants and plan, but nobody's address.
func TestAnalystReadsBalances(t *testing.T) {
	t.Parallel()
	r := withExploreRole(t, func(c *Config) { c.ExploreTimeout = 20 * time.Second })
	acme := used(r, "acme", 7)
	analyst := r.token(auth.Analyst, 0, nil)
	a := r.ask(analyst, `query($id:ID){account(id:$id){creditStatus{credits{remaining} runs{remaining}} grants{totalCount} statements{totalCount} ledger{totalCount} plan{name cycleEnd}} plans{name}}`,
		map[string]any{"id": accountID(acme)})
	if a.status != http.StatusOK || len(a.Errors) > 0 || !bytes.Contains(a.body, []byte(`"remaining":"9993"`)) || !bytes.Contains(a.body, []byte(`"grants":{"totalCount":2}`)) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := r.ask(analyst, `query($id:ID){account(id:$id){emails{totalCount}}}`, map[string]any{"id": accountID(acme)}); a.code() != "FORBIDDEN" {
		t.Errorf("e-mails: %s", a.body)
	}
	if a := r.takeOut(analyst, "grants", ""); a.status != http.StatusOK || bytes.Count(a.body, []byte("\n")) < 3 {
		t.Errorf("grants: %d %s", a.status, a.body)
	}
	for _, table := range exportTables() {
		want := http.StatusOK
		if table == "events" || table == "audit" {
			want = http.StatusForbidden
		}
		if a := r.takeOut(analyst, table, ""); a.status != want {
			t.Errorf("%s: %d %s", table, a.status, a.body)
		}
	}
}
