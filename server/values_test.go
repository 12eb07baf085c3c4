package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// A value that its variable's type does not allow is refused before anything is executed, through every endpoint and for registered
// documents.
func TestVariablesAreReadExactly(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account, own := furnish(r, "exact")
	platform, master := r.token(auth.Platform, 0, nil), r.token(auth.MasterAdmin, account, nil)
	settle := `mutation($f:Boolean!=true){settleReservation(input:{reservationId:"` + own["reservationId"] + `",events:[],final:$f}){reservation{state} userErrors{code}}}`
	for name, c := range map[string]struct {
		token, query string
		variables    map[string]any
	}{
		"an enum in lower case":         {platform, `query($a:Action!){account(id:"` + own["accountId"] + `"){access(action:$a){allowed}}}`, map[string]any{"a": "tool_run"}},
		"a preset in lower case":        {master, `query($p:Preset){account{usageTrend(range:{preset:$p}){granularity}}}`, map[string]any{"p": "this_month"}},
		"a preset in an input":          {master, `query($r:RangeInput){account{usageTrend(range:$r){granularity}}}`, map[string]any{"r": map[string]any{"preset": "This_Month"}}},
		"null for a default":            {platform, settle, map[string]any{"f": nil}},
		"null for a place's default":    {platform, strings.Replace(settle, "Boolean!=true", "Boolean", 1), map[string]any{"f": nil}},
		"null for a list's default":     {master, `query($g:[UsageDimension!]){account{usage(groupBy:$g){totalCount}}}`, map[string]any{"g": nil}},
		"null for fold":                 {master, `query($f:LedgerFold){account{ledger(fold:$f){totalCount}}}`, map[string]any{"f": nil}},
		"null in an input":              {master, `query($s:ToolSort){account{tools(sort:$s){totalCount}}}`, map[string]any{"s": map[string]any{"field": nil}}},
		"a fraction for an id":          {master, `query($i:ID!){node(id:$i){id}}`, map[string]any{"i": 1.5}},
		"true for an id":                {master, `query($i:ID){account(id:$i){id}}`, map[string]any{"i": true}},
		"text for an Int":               {master, `query($n:Int){account{tools(first:$n){totalCount}}}`, map[string]any{"n": "5"}},
		"33 bits for an Int":            {master, `query($n:Int){account{tools(first:$n){totalCount}}}`, map[string]any{"n": 3_000_000_000}},
		"33 bits in the text":           {master, `{account{tools(first:3000000000){totalCount}}}`, nil},
		"an unknown field":              {master, `query($f:ToolFilter){account{tools(filter:$f){totalCount}}}`, map[string]any{"f": map[string]any{"Status": []any{}}}},
		"a name of no field":            {master, `query($f:ToolFilter){account{tools(filter:$f){totalCount}}}`, map[string]any{"f": map[string]any{"__typename": "ToolFilter"}}},
		"a status in lower case":        {master, `query($f:ToolFilter){account{tools(filter:$f){totalCount}}}`, map[string]any{"f": map[string]any{"status": []any{"deployed"}}}},
		"the same, alone":               {master, `query($s:[ToolStatus!]){account{tools(filter:{status:$s}){totalCount}}}`, map[string]any{"s": "deployed"}},
		"null in a list":                {master, `query($s:[ToolStatus!]){account{tools(filter:{status:$s}){totalCount}}}`, map[string]any{"s": []any{nil}}},
		"a list in a list":              {master, `query($s:[ToolStatus!]){account{tools(filter:{status:$s}){totalCount}}}`, map[string]any{"s": []any{[]any{"DEPLOYED"}}}},
		"a list for an object":          {master, `query($f:ToolFilter){account{tools(filter:$f){totalCount}}}`, map[string]any{"f": []any{}}},
		"a number for a text":           {master, `query($f:ToolFilter){account{tools(filter:$f){totalCount}}}`, map[string]any{"f": map[string]any{"search": 5}}},
		"an object in place of an enum": {master, `{account{ledger(fold:{}){totalCount}}}`, nil},
		"an object for a text":          {master, `{account{tools(filter:{search:{}}){totalCount}}}`, nil},
		"no condition":                  {master, `query($i:Boolean=true){account{id @include(if:$i)}}`, map[string]any{"i": nil}},
		"a decimal that is none":        {platform, `mutation($a:Decimal!){reserveUsage(input:{accountId:"` + own["accountId"] + `",meter:TOOL_RUNS,amount:$a,idempotencyKey:"z"}){userErrors{code}}}`, map[string]any{"a": "1,5"}},
		"the second of two":             {platform, `mutation($a:Decimal!){a:reserveUsage(input:{accountId:"` + own["accountId"] + `",meter:TOOL_RUNS,amount:"3",idempotencyKey:"y"}){userErrors{code}} b:reserveUsage(input:{accountId:"` + own["accountId"] + `",meter:TOOL_RUNS,amount:$a,idempotencyKey:"z"}){userErrors{code}}}`, map[string]any{"a": "x"}},
	} {
		for endpoint, answer := range r.everyWay(c.token, c.query, c.variables) {
			if !strings.Contains(answer, "GRAPHQL_VALIDATION_FAILED") || strings.Contains(answer, "INTERNAL") || strings.Contains(answer, `"data":{`) {
				t.Errorf("%s, %s: %s", name, endpoint, answer)
			}
		}
	}
	row := r.ask(platform, `{node(id:"`+own["reservationId"]+`"){...on Reservation{state}} account(id:"`+own["accountId"]+`"){reservations(first:10){totalCount}}}`, nil)
	if held := string(row.body); !strings.Contains(held, `"totalCount":1`) || !strings.Contains(held, `"OPEN"`) {
		t.Errorf("something was executed: %s", held)
	}
}

// everyWay sends an operation as text and as a registered document, by POST and by WebSocket.
func (r *running) everyWay(token, query string, variables map[string]any) map[string]string {
	body := string(question(query, variables))
	r.trusts(query)
	byHash, _ := json.Marshal(map[string]any{"documentId": fmt.Sprintf("%x", sha256.Sum256([]byte(query))), "variables": variables})
	return map[string]string{
		"registered": string(r.send(r.request("POST", "/graphql", token, "application/json", bytes.NewReader(byHash))).body),
		"POST":       string(r.ask(token, query, variables).body),
		"WebSocket":  r.overWebSocket(token, query, body[strings.Index(body, `"variables":`)+len(`"variables":`):len(body)-1]),
	}
}

// A single value given for a list is answered like a list of one, for every list in the contract.
func TestSingleValuesAreListsOfOne(t *testing.T) {
	t.Parallel()
	at := time.Now().Add(time.Minute)
	r := run(t, func(c *Config) { c.Clock = func() time.Time { return at } }) // hosting does not go on between two answers
	account, own := furnish(r, "ones")
	platform, master, support := r.token(auth.Platform, 0, nil), r.token(auth.MasterAdmin, account, nil), r.token(auth.Support, 0, nil)
	for _, c := range []struct {
		token, of, query, single string
	}{
		{master, "[ToolStatus!]", `{account{tools(filter:{status:%s}){totalCount edges{node{name}}}}}`, "DEPLOYED"},
		{master, "[ModelType!]", `{account{models(filter:{type:%s}){totalCount}}}`, "BASE"},
		{master, "[GuardrailStatus!]", `{account{guardrails(filter:{status:%s}){totalCount}}}`, "DEPLOYED"},
		{master, "[ScriptStatus!]", `{account{scripts(filter:{status:%s}){totalCount}}}`, "DRAFT"},
		{master, "[GrantKind!]", `{account{grants(filter:{kinds:%s}){totalCount}}}`, "FREE"},
		{master, "[LedgerKind!]", `{account{ledger(filter:{kinds:%s}){totalCount}}}`, "GRANT"},
		{master, "[Category!]", `{account{ledger(filter:{categories:%s}){totalCount}}}`, "MODELS"},
		{master, "[EmailKind!]", `{account{emails(filter:{kinds:%s}){totalCount}}}`, "STEP"},
		{master, "[AuditAction!]", `{account{auditLog(filter:{actions:%s}){totalCount}}}`, "MEMBER_SET"},
		{master, "[UsageDimension!]", `{account{usage(groupBy:%s){totalCount}}}`, "CATEGORY"},
		{support, "[ID!]", `{usage(groupBy:[],filter:{accountIds:%s}){totalCount}}`, `"` + own["accountId"] + `"`},
		{platform, "[UsageEventInput!]", `mutation{recordUsage(input:{accountId:"` + own["accountId"] + `",mode:ENFORCE,events:%s}){results{status} userErrors{code}}}`, `{source:"s",id:"none",time:"2026-01-01T00:00:00Z"}`},
	} {
		list, alone := r.ask(c.token, fmt.Sprintf(c.query, "["+c.single+"]"), nil), r.ask(c.token, fmt.Sprintf(c.query, c.single), nil)
		if fmt.Sprint(list.Data) != fmt.Sprint(alone.Data) || list.code() != alone.code() || list.Data == nil {
			t.Errorf("%s: %s and %s", c.query, list.body, alone.body)
		}
		byDefault := "query($v:" + c.of + "=" + c.single + ")" + strings.TrimPrefix(fmt.Sprintf(c.query, "$v"), "mutation")
		if strings.HasPrefix(c.query, "mutation") {
			byDefault = strings.Replace(byDefault, "query", "mutation", 1)
			byDefault = strings.Replace(byDefault, c.of+"=", c.of+"!=", 1)
		}
		if got := r.ask(c.token, byDefault, nil); fmt.Sprint(list.Data) != fmt.Sprint(got.Data) {
			t.Errorf("%s: %s and %s", byDefault, list.body, got.body)
		}
	}
}

// What would be refused when used is not offered, and a client's mistake is named as such.
func TestIntrospectionOffersWhatIsTaken(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account, _ := furnish(r, "offered")
	support, master := r.token(auth.Support, 0, nil), r.token(auth.MasterAdmin, account, nil)
	if a := r.ask(support, `{__schema{directives{name}}}`, nil); a.code() != "" || strings.Contains(string(a.body), "defer") {
		t.Errorf("directives: %s", a.body)
	}
	for _, query := range []string{
		`subscription{creditStatus(accountId:"` + accountID(account) + `")@include(if:false){icon}}`,
		`subscription($i:Boolean!=false){creditStatus(accountId:"` + accountID(account) + `")@include(if:$i){icon}}`,
		`subscription{...on Subscription@skip(if:true){creditStatus(accountId:"` + accountID(account) + `"){icon}}}`,
		`subscription{...f@skip(if:true)} fragment f on Subscription{creditStatus(accountId:"` + accountID(account) + `"){icon}}`,
	} {
		for endpoint, answer := range r.everyWay(master, query, nil) {
			if !strings.Contains(answer, "neither @skip nor @include") || strings.Contains(answer, "INTERNAL") {
				t.Errorf("%s over %s: %s", query, endpoint, answer)
			}
		}
	}
	if a := r.ask(master, `query A{viewer{name}} query B{viewer{name}}`, nil); a.code() != "GRAPHQL_VALIDATION_FAILED" || !strings.Contains(string(a.body), "several operations") {
		t.Errorf("no operationName: %s", a.body)
	}
	if a := r.ask(master, `query($s:String){account{tools(filter:{search:$s}){totalCount}}}`, map[string]any{"s": 5}); strings.Contains(string(a.body), "U+0000") {
		t.Errorf("a number for a text: %s", a.body)
	}
}
