package server

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// An export accepts the filters of the contract's lists, as JSON, by the contract's own rules.
func TestExportsFilter(t *testing.T) {
	t.Parallel()
	r := withExploreRole(t, func(c *Config) { c.ExploreTimeout, c.BucketSize = 20*time.Second, 1_000_000 })
	acmeKey, acme := furnish(r, "acme")
	otherKey, other := furnish(r, "other")
	ownIDs(r, acme, "acme")
	ownIDs(r, other, "other")
	platform, support, master := r.token(auth.Platform, 0, nil), r.token(auth.Support, 0, nil), r.token(auth.MasterAdmin, acmeKey, nil)
	at := time.Now().UTC().Truncate(time.Second)
	for _, b := range []belongings{acme, other} {
		a := r.ask(platform, `mutation{recordUsage(input:{accountId:"`+b["accountId"]+`",events:[
  {source:"s",id:"1",time:"`+at.Format(time.RFC3339)+`",toolId:"`+b["toolId"]+`",runs:2,user:"ann",tags:[{key:"team",value:"red"}]},
  {source:"s",id:"2",time:"`+at.Format(time.RFC3339)+`",toolId:"`+b["toolId"]+`",runs:3,apiKey:"ci"},
  {source:"z",id:"3",time:"`+at.Format(time.RFC3339)+`",modelId:"`+b["modelId"]+`",inputTokens:1000000}]}){results{status}}}`, nil)
		if strings.Count(string(a.body), "STORED") != 3 {
			t.Fatalf("%s", a.body)
		}
	}
	if _, err := r.store.VoidEvents(t.Context(), acmeKey, []tsdb.EventID{{Source: "s", ID: "2", Time: at}}, tsdb.Actor{}); err != nil {
		t.Fatal(err)
	}
	_ = otherKey
	r.ask(platform, `mutation{updateTool(input:{toolId:"`+acme["toolId"]+`",tags:[{key:"tier",value:"gold"}]}){userErrors{message}}}`, nil)
	ask := func(token, table, query string) ([][]string, reply) {
		t.Helper()
		parts := url.Values{}
		for _, part := range strings.Split(query, "&") {
			name, value, _ := strings.Cut(part, "=")
			parts.Add(name, value)
		}
		a := r.takeOut(token, table, parts.Encode())
		all, err := csv.NewReader(bytes.NewReader(a.body)).ReadAll()
		if a.status == http.StatusOK && err != nil {
			t.Fatalf("%s: %v %s", query, err, a.body)
		}
		return all, a
	}
	for _, c := range []struct {
		token, table, query string
		rows                int
	}{
		{master, "events", `filter={"user":"ann"}`, 1},
		{master, "events", `filter={"tags":[{"key":"team","value":"red"}]}`, 1},
		{master, "events", `filter={"apiKey":"ci","status":"STORED"}`, 0},
		{master, "events", `filter={"apiKey":"ci","status":"VOIDED"}`, 1},
		{master, "events", `filter={"source":"z","kinds":["INFERENCE"]}`, 1},
		{master, "events", `filter={"source":""}`, 0},
		{master, "events", `filter={"user":"","apiKey":""}`, 1},
		{master, "events", `filter={"user":""}`, 2},
		{master, "events", `filter={"kinds":"TOOL_RUN"}`, 2}, // a single value is the list of it
		{master, "events", `filter={"kinds":[]}`, 0},
		{master, "events", `filter={"tags":[]}`, 0}, // also where all members must fit
		{master, "events", `filter={"tags":null}`, 3},
		{master, "usage", `groupBy=RESOURCE&filter={"tags":[]}`, 0},
		{master, "usage", `groupBy=RESOURCE&filter={"resourceTags":[]}`, 0},
		{master, "usage", `groupBy=RESOURCE&filter={"tags":null,"resourceTags":null}&kinds=TOOL_RUN`, 1},
		{master, "events", `filter={"user":"\ud800"}`, 0}, // half of a character is none that a user has
		{master, "events", `filter={"resourceId":"external:tool:tool-acme"}`, 2},
		{master, "events", `filter={"resourceId":"external:tool:tool-other"}`, 0},
		{support, "events", `filter={"resourceId":"` + other["toolId"] + `"}`, 2},
		{master, "ledger", `filter={"meter":"TOOL_RUNS","kinds":["CHARGE","REFUND"]}`, 2},
		{master, "ledger", `filter={"categories":["TOOLS"],"resourceId":"` + acme["toolId"] + `"}`, 2},
		{master, "grants", `filter={"kinds":["FREE"],"meter":"MODEL_CREDITS","live":true}`, 1},
		{master, "grants", `filter={"live":false}`, 0},
		{master, "audit", `filter={"actions":["RESOURCE_UPDATED"],"actor":"PLATFORM"}`, -1},
		{master, "audit", `filter={"actor":"nobody at all"}`, 0},
		{master, "tools", `filter={"status":["DEPLOYED"],"search":"T"}`, 1},
		{master, "tools", `filter={"search":"nothing"}`, 0},
		{master, "models", `filter={"type":["BASE"],"deleted":false}`, 1},
		{master, "guardrails", `filter={"status":["UNDEPLOYED"]}`, 0},
		{master, "scripts", `filter={"search":"s"}`, -1},
		{master, "usage", `groupBy=USER&filter={"kinds":["TOOL_RUN"]}`, 1},
		{master, "usage", `groupBy=RESOURCE&filter={"users":["ann"],"resourceIds":["external:tool:tool-acme"]}`, 1},
		{master, "usage", `groupBy=RESOURCE&filter={"tags":[{"key":"team","values":["red"]}]}`, 1},
		{master, "usage", `groupBy=RESOURCE&having=[{"measure":"RUNS","atLeast":"2"}]`, 1},
		{master, "usage", `groupBy=RESOURCE&having=[{"measure":"RUNS","atLeast":"3"}]`, 0},
		{master, "usage", `groupBy=RESOURCE&kinds=TOOL_RUN&filter={"zones":["OPEN"]}`, 1},
		{master, "usage", `groupBy=RESOURCE_TAG:tier&kinds=TOOL_RUN`, 1},
		{master, "usage", `groupBy=TAG:team,RESOURCE_TAG:tier,TAG:none,RESOURCE_TAG:none,USER&kinds=TOOL_RUN`, 1},
		{support, "usage", `groupBy=RESOURCE_TAG:tier&kinds=TOOL_RUN`, 2},
		{support, "usage", `kinds=TOOL_RUN`, 2},
		{support, "usage", `kinds=TOOL_RUN&filter={"accountIds":["external:account:account-other"]}`, 1},
		{support, "usage", `groupBy=KIND&kinds=TOOL_RUN&filter={"accountIds":["` + acme["accountId"] + `","` + other["accountId"] + `"]}`, 2},
		{support, "usage", `groupBy=RESOURCE&filter={"accountIds":[]}`, 0},
		{support, "focus", `currency=EUR&creditPrice=1&filter={"accountIds":[]}`, 0},
		{master, "usage", `groupBy=RESOURCE&having=[]`, 0},
		{master, "usage", `groupBy=RESOURCE&having=null&kinds=TOOL_RUN`, 1},
		{master, "usage", `groupBy=RESOURCE&filter={"tags":[{"key":"team"}]}`, 0},
		{support, "focus", `currency=EUR&creditPrice=1&filter={"accountIds":["` + acme["accountId"] + `"],"kinds":["TOOL_RUN"]}`, 1},
		{master, "usage", `kinds=TOOL_RUN&compareFrom=` + at.AddDate(0, 0, -2).Format("2006-01-02T15:04:00Z") + `&compareTo=` + at.AddDate(0, 0, -1).Format("2006-01-02T15:04:00Z"), 1},
	} {
		rows, a := ask(c.token, c.table, c.query)
		if got := len(rows) - 1; a.status != http.StatusOK || c.rows >= 0 && got != c.rows || c.rows < 0 && got < 1 {
			t.Errorf("%s?%s: %d, %d rows, want %d: %.600s", c.table, c.query, a.status, got, c.rows, a.body)
		}
		if strings.Contains(c.query, "compareFrom") && !strings.Contains(strings.Join(rows[0], ","), "runs_before") {
			t.Errorf("%s: %v", c.query, rows[0])
		}
	}
	for _, query := range []string{"kinds=%zz", "kinds=TOOL_RUN;format=csv", "filter=%7B%22kinds%22%3A[];%7D", "%"} {
		if a := r.takeOut(master, "usage", query); a.status != http.StatusBadRequest || !strings.Contains(string(a.body), "malformed") {
			t.Errorf("?%s: %d %s", query, a.status, a.body)
		}
	}
	for _, d := range model.AllUsageDimension {
		by := string(d)
		if strings.HasSuffix(by, "TAG") {
			by += ":tier"
		}
		if rows, a := ask(support, "usage", "groupBy="+by); a.status != http.StatusOK || len(rows) < 2 {
			t.Errorf("by %s: %d %s", by, a.status, a.body)
		}
	}
	for table, own := range map[string]string{"usage": "", "events": "tool-acme", "ledger": "", "grants": "", "tools": "tool-acme", "models": "model-acme", "guardrails": "guardrail-acme", "scripts": "script-acme", "audit": ""} {
		query := "format=csv"
		if table == "usage" {
			query = "groupBy=ACCOUNT"
		}
		rows, a := ask(master, table, query)
		header := strings.Join(rows[0], ",")
		if !strings.Contains(header, "account_external_id") || !strings.Contains(string(a.body), "account-acme") || !strings.Contains(string(a.body), own) {
			t.Errorf("%s lacks own ids: %s", table, a.body)
		}
	}
	for query, code := range map[string]string{
		`usage?filter={"users":1}`:                                                 "INVALID",
		`tools?filter={"status":["deployed"]}`:                                     "INVALID",
		`events?filter={"kinds":["tool_run"]}`:                                     "INVALID",
		`events?filter={"kinds":"Tool_Run"}`:                                       "INVALID",
		`events?filter={"resourceId":1.5}`:                                         "INVALID",
		`events?filter={"user":5}`:                                                 "INVALID",
		`grants?filter={"live":"true"}`:                                            "INVALID",
		`grants?filter={"kinds":["free"]}`:                                         "INVALID",
		`grants?filter={"meter":"model_credits"}`:                                  "INVALID",
		`ledger?filter={"categories":["tools"]}`:                                   "INVALID",
		`usage?filter={"zones":["open"]}`:                                          "INVALID",
		`usage?filter={"secret-":["x"]}`:                                           "INVALID",
		`usage?filter={"categories":["secret-"]}`:                                  "INVALID",
		`usage?filter={"users":["secret-\u0000"]}`:                                 "INVALID",
		`usage?filter={} secret-`:                                                  "INVALID",
		`usage?filter=secret-`:                                                     "INVALID",
		`events?kinds=TOOL_RUN`:                                                    "BAD_REQUEST",
		`events?compare=PREVIOUS_PERIOD`:                                           "BAD_REQUEST",
		`tools?groupBy=RESOURCE`:                                                   "BAD_REQUEST",
		`models?categories=MODELS`:                                                 "BAD_REQUEST",
		`ledger?granularity=DAY`:                                                   "BAD_REQUEST",
		`usage?currency=EUR`:                                                       "BAD_REQUEST",
		`usage?range=TODAY&range=YESTERDAY`:                                        "BAD_REQUEST",
		`usage?filter=`:                                                            "BAD_REQUEST",
		`usage?having=[{"measure":"RUNS","atLeast":"1e99999999"}]`:                 "INVALID",
		`usage?kinds=TOOL_RUN&filter={"kinds":["HOSTING"]}`:                        "INVALID",
		`usage?filter={"accountIds":["` + other["accountId"] + `"]}`:               "INVALID",
		`usage?compare=PREVIOUS_PERIOD&compareFrom=2026-01-01T00:00:00Z`:           "BAD_RANGE",
		`statements?filter={"kinds":[]}`:                                           "INVALID",
		`ledger?filter={"range":{"preset":"TODAY"}}`:                               "INVALID",
		`events?filter={"tags":[{"key":"a","value":"1"},{"key":"a","value":"2"}]}`: "INVALID",
		`tools?filter={"search":"` + strings.Repeat("x", 101) + `"}`:               "INVALID",
	} {
		table, entries, _ := strings.Cut(query, "?")
		if _, a := ask(master, table, entries); a.code() != code || strings.Contains(string(a.body), "secret-") {
			t.Errorf("%s: %d %s, want %s", query, a.status, a.body, code)
		}
	}
	if a := r.takeOut(support, "usage", url.Values{"filter": {`{"accountIds":["` + accountID(987_654) + `"]}`}}.Encode()); a.code() != "NOT_FOUND" {
		t.Errorf("nobody's: %s", a.body)
	}
}

// A cursor belongs to the accounts and the filter of its export: keys begin with the account, so under another one rows would silently be left
// out. A cursor of the last release, which names the table alone, is accepted.
func TestACursorBelongsToItsExport(t *testing.T) {
	t.Parallel()
	r := withExploreRole(t, func(c *Config) { c.ExploreTimeout, c.BucketSize = 20*time.Second, 1_000_000 })
	acme, other := accountID(used(r, "acme", 7)), accountID(used(r, "other", 5))
	support := r.token(auth.Support, 0, nil)
	for table, filter := range map[string]string{
		"events": `{"source":"s"}`, "ledger": `{"meter":"TOOL_RUNS"}`, "grants": `{"live":true}`, "audit": `{"actor":"t"}`, "tools": `{"search":"t"}`, "usage": `{"kinds":["TOOL_RUN"]}`,
	} {
		ask := func(account, filter, after string) reply {
			q := url.Values{"cursors": {"true"}}
			for name, value := range map[string]string{"account": account, "filter": filter, "after": after} {
				if value != "" {
					q.Set(name, value)
				}
			}
			if table == "usage" {
				q.Set("groupBy", "RESOURCE")
			}
			return r.takeOut(support, table, q.Encode())
		}
		for _, account := range []string{"", acme} {
			all, err := csv.NewReader(bytes.NewReader(ask(account, "", "").body)).ReadAll()
			if err != nil || len(all) < 2 {
				t.Errorf("%s of %q: %v %v", table, account, err, all)
				continue
			}
			cursor := all[1][len(all[1])-1]
			if a := ask(account, "", cursor); a.status != http.StatusOK {
				t.Errorf("%s of %q: %s", table, account, a.body)
			}
			for _, c := range [][2]string{{other, ""}, {account, filter}} {
				if a := ask(c[0], c[1], cursor); a.code() != "BAD_PAGE" {
					t.Errorf("%s of %q, under %q: %d %s", table, account, c, a.status, a.body)
				}
			}
			if table == "usage" {
				continue
			}
			if a := ask(account, "{}", cursor); a.status != http.StatusOK { // no condition
				t.Errorf("%s of %q, {}: %s", table, account, a.body)
			}
		}
	}
	last := base64.RawURLEncoding.EncodeToString([]byte(`{"e":"ledger","k":["1","1"]}`))
	if a := r.takeOut(support, "ledger", "after="+last); a.status != http.StatusOK {
		t.Errorf("a cursor of the last release: %s", a.body)
	}
}

// A refusal says what the entry takes where that is easily mistaken: a plus sign that a query string takes for a blank, an empty value.
func TestEntriesThatAreEasilyMistaken(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account := r.account("entries")
	master := r.token(auth.MasterAdmin, account, nil)
	for query, want := range map[string]string{
		"from=2026-11-30T00:00:00+05:45": "a plus sign is written %2B", "compareFrom=yesterday": "an RFC 3339 instant", "timeZone=CET+1": "such as Asia/Kathmandu",
		"kinds=": "it is empty; leave it out instead", "groupBy=": "it is empty",
	} {
		if a := r.send(r.request(http.MethodGet, "/v1/export/usage?"+query, master, "", nil)); a.status != http.StatusBadRequest || !strings.Contains(string(a.body), want) {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	tags := make([]map[string]string, 11)
	for i := range tags {
		tags[i] = map[string]string{"key": fmt.Sprint("k", i), "value": "v"}
	}
	filter, _ := json.Marshal(map[string]any{"tags": tags})
	if a := r.send(r.request(http.MethodGet, "/v1/export/events?filter="+url.QueryEscape(string(filter)), master, "", nil)); !strings.Contains(string(a.body), "INVALID") {
		t.Errorf("11 tags: %s", a.body)
	}
}
