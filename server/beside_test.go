package server

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// Wherever an answer has an object's id it also has the object, and the rows of a page read their objects together.
func TestObjectsStandBesideIds(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	r := run(t, func(c *Config) {
		c.Tracing, c.BucketSize, c.BucketRate = sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)), 1<<30, 1<<30
	})
	_, own := furnish(r, "own")
	platform, support := r.token(auth.Platform, 0, nil), r.token(auth.Support, 0, nil)
	for i := range 40 {
		r.ask(platform, fmt.Sprintf(`mutation{recordUsage(input:{accountId:%q,events:[{source:"s",id:"%d",time:%q,toolId:%q},{source:"s",id:"m%d",time:%q,modelId:%q,deploymentId:%q,inputTokens:1000}]}){results{status}}}`,
			own["accountId"], i, time.Now().UTC().Format(time.RFC3339), own["toolId"], i, time.Now().UTC().Format(time.RFC3339), own["modelId"], own["deploymentId"]), nil)
	}
	const resource = `resource{__typename id name createdAt updatedAt account{id}}`
	for _, list := range []string{
		`ledger(first:40){edges{node{account{id name} resourceId ` + resource + ` deploymentId deployment{id model{id}} grantId grant{id account{id}} fineTuningJobId fineTuningJob{id baseModel{id}} lines{resourceId ` + resource + `} draws{grantId grant{id}}}}}`,
		`events(first:100){edges{node{resourceId ` + resource + ` deploymentId deployment{id}}}}`,
		`usage(groupBy:[RESOURCE,DEPLOYMENT]){edges{node{resourceId ` + resource + ` deploymentId deployment{id}}}}`,
		`reservations{edges{node{accountId account{id}}}}`,
		`apiTokens{edges{node{memberId member{id} successorId successor{id}}}}`,
		`auditLog{edges{node{targetId targetNode{__typename id}}}}`,
		`segments{edges{node{resourceId ` + resource + ` deploymentId deployment{id model{id}}}}}`,
		`deployables{edges{node{resourceId ` + resource + `}}}`,
		`creditStatus{accountId account{id}} banners{accountId account{id}}`,
	} {
		query := fmt.Sprintf("{account(id:%q){%s}}", own["accountId"], list)
		a := r.ask(support, query, nil)
		var answer any
		if a.code() != "" || json.Unmarshal(a.body, &answer) != nil {
			t.Fatalf("%s: %s", list, a.body)
		}
		if pairs := besideIDs(t, answer); pairs == 0 && !strings.HasPrefix(list, "apiTokens") {
			t.Errorf("%s: no id with an object: %s", list, a.body)
		}
		if run := statements(r, spans, support, query); len(run) > 20 {
			t.Errorf("%s: %d statements for a page: %v", list, len(run), run)
		}
	}
}

// besideIDs compares the ids in an answer with those of the objects beside them, and counts the pairs.
func besideIDs(t *testing.T, v any) (pairs int) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for _, inner := range v {
			pairs += besideIDs(t, inner)
		}
	case map[string]any:
		for name, inner := range v {
			pairs += besideIDs(t, inner)
			id, isID := inner.(string)
			object, asked := v[strings.TrimSuffix(name, "Id")]
			if name == "targetId" {
				object, asked = v["targetNode"]
			}
			if !isID || !asked || !strings.HasSuffix(name, "Id") {
				continue
			}
			pairs++
			found, ok := object.(map[string]any)
			if !ok || found["id"] != id {
				t.Errorf("%s %s stands beside %v", name, id, object)
			}
		}
	}
	return pairs
}

// A caller who may see balances but not resources sees no resource through the ledger.
func TestObjectsBesideIdsNeedTheirPermission(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account, _ := furnish(r, "own")
	master := r.token(auth.MasterAdmin, account, nil)
	r.ask(master, `mutation{setRole(input:{accountId:"`+accountID(account)+`",name:"auditor",permissions:[BALANCES_VIEW]}){userErrors{message}}}`, nil)
	auditor := r.token("auditor", account, func(n *access.NewToken) { n.Role = "auditor" })
	if a := r.ask(auditor, `{account{ledger{edges{node{resourceId resourceName grant{amount}}}}}}`, nil); a.code() != "" {
		t.Errorf("ids and grants: %s", a.body)
	}
	for _, selection := range []string{"resource{id}", "resource{... on Tool{ownerName}}", "deployment{id}", "fineTuningJob{state}", "lines{resource{name}}"} {
		if a := r.ask(auditor, `{account{ledger{edges{node{`+selection+`}}}}}`, nil); a.code() != "FORBIDDEN" {
			t.Errorf("%s: %s", selection, a.body)
		}
	}
	if a := r.ask(auditor, `{account{usage(groupBy:ZONE){totalCount}}}`, nil); a.code() != "FORBIDDEN" {
		t.Errorf("usage: %s", a.body)
	}
	if a := r.ask(master, `{account{usage(groupBy:[ZONE,RUNWAY],filter:{zones:[OPEN,NO_FINE_TUNING],runways:[BEYOND]}){edges{node{zone runway}}}}}`, nil); !strings.Contains(string(a.body), `"runway":"BEYOND"`) {
		t.Errorf("usage by zone: %s", a.body)
	}
}

// The grants, statuses and forecasts of a page of accounts are read in one statement each, not one by one.
func TestAccountsOfAPageReadTheirGrantsTogether(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	r := run(t, func(c *Config) {
		c.Tracing, c.BucketSize, c.BucketRate = sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)), 1<<30, 1<<30
	})
	for i := range 30 {
		r.account(fmt.Sprint("a", i))
	}
	support := r.token(auth.Support, 0, nil)
	query := `{accounts(first:30){edges{node{name grants(first:1){totalCount pageInfo{hasNextPage} edges{node{amount meter}}} creditStatus{zone forecast{credits{perDay}}}}}}}`
	a := r.ask(support, query, nil)
	if n := strings.Count(string(a.body), `"totalCount":2,"pageInfo":{"hasNextPage":true},"edges":[{"node":{"amount":"10000","meter":"TOOL_RUNS"}}]`); n != 30 {
		t.Errorf("%d of 30 accounts with their latest of two grants: %s", n, a.body)
	}
	run := statements(r, spans, support, query)
	lists := 0
	for _, name := range run {
		if name == "list grants of several accounts" {
			lists++
		}
	}
	if lists != 1 || len(run) > 20 {
		t.Errorf("%d lists of grants for 30 accounts: %v", lists, run)
	}
}

// The same goes for the status and the forecast of accounts that usage is grouped by, and of those beside other ids.
func TestAccountsOfUsageReadTheirStatusTogether(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	r := run(t, func(c *Config) {
		c.Tracing, c.BucketSize, c.BucketRate = sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)), 1<<30, 1<<30
	})
	for i := range 12 { // none of which hosts anything: who does is read for the usage already
		key := r.account(fmt.Sprint("a", i))
		tool, err := r.store.RegisterTool(t.Context(), tsdb.NewTool{AccountID: key, Name: "t", OwnerName: "Mia", Status: tsdb.Deployed})
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.store.Ingest(t.Context(), []tsdb.UsageEvent{{AccountID: key, Source: "s", ID: "1", Time: time.Now(), Kind: tsdb.ToolRun, ResourceID: tool.ID, Runs: 1}}, tsdb.Record)
		if err != nil {
			t.Fatal(err)
		}
	}
	support := r.token(auth.Support, 0, nil)
	query := `{usage(groupBy:[ACCOUNT],filter:{kinds:[TOOL_RUN]}){edges{node{runs account{name creditStatus{zone runs{used} forecast{runs{perDay}}} grants(first:1){totalCount}}}}}}`
	a := r.ask(support, query, nil)
	if n := strings.Count(string(a.body), `"creditStatus":{"zone":"OPEN","runs":{"used":"1"},"forecast":{"runs":{"perDay":`); n != 12 {
		t.Errorf("%d of 12 accounts with their status: %s", n, a.body)
	}
	asked := map[string]int{}
	for _, name := range statements(r, spans, support, query) {
		asked[name]++
	}
	if asked["read accounts"] != 1 || asked["usage of the last weeks"] != 1 || asked["list grants of several accounts"] != 1 || len(asked) > 15 {
		t.Errorf("statements: %v", asked)
	}
}

// The same goes for the roles of the members of several accounts.
func TestMembersOfAPageReadTheirRolesTogether(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	r := run(t, func(c *Config) {
		c.Tracing, c.BucketSize, c.BucketRate = sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)), 1<<30, 1<<30
	})
	for i := range 12 {
		account := r.account(fmt.Sprint("a", i))
		master := r.token(auth.MasterAdmin, account, nil)
		r.ask(master, fmt.Sprintf(`mutation{setRole(input:{accountId:%q,name:"auditor %d",permissions:[BALANCES_VIEW]}){userErrors{message}}}`, accountID(account), i), nil)
		r.ask(master, fmt.Sprintf(`mutation{setMember(input:{accountId:%q,userId:"u%d",name:"N",email:"u%[2]d@example.com",role:"auditor %[2]d"}){userErrors{message}}}`, accountID(account), i), nil)
	}
	support := r.token(auth.Support, 0, nil)
	query := `{accounts(first:12){edges{node{members(first:5){edges{node{role{name permissions createdAt updatedAt}}}}}}}}`
	a := r.ask(support, query, nil)
	for i := range 12 {
		if !regexp.MustCompile(fmt.Sprintf(`"name":"auditor %d","permissions":\[[^]]*"BALANCES_VIEW"[^]]*\],"createdAt":"[^"]+"`, i)).Match(a.body) {
			t.Fatalf("no role %d: %s", i, a.body)
		}
	}
	asked := map[string]int{}
	for _, name := range statements(r, spans, support, query) {
		asked[name]++
	}
	if asked["list roles"] != 1 {
		t.Errorf("statements: %v", asked)
	}
}

// Everything that can be changed says when it was created and when it last changed.
func TestChangesMoveUpdatedAt(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	r := run(t, func(c *Config) { c.Clock = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) } })
	account, own := furnish(r, "own")
	platform, support, master := r.token(auth.Platform, 0, nil), r.token(auth.Support, 0, nil), r.token(auth.MasterAdmin, account, nil)
	r.ask(master, `mutation{setRole(input:{accountId:"`+own["accountId"]+`",name:"auditor",permissions:[BALANCES_VIEW]}){userErrors{message}}}`, nil)
	for _, c := range []struct{ token, name, read, change string }{
		{platform, "tool", `account(id:$a){tool(id:"` + own["toolId"] + `"){createdAt updatedAt}}`, `updateTool(input:{accountId:$a,toolId:"` + own["toolId"] + `",name:"n"})`},
		{platform, "status of a tool", `account(id:$a){tool(id:"` + own["toolId"] + `"){createdAt updatedAt}}`, `setToolStatus(input:{accountId:$a,toolId:"` + own["toolId"] + `",status:UNDEPLOYED})`},
		{platform, "model", `account(id:$a){model(id:"` + own["modelId"] + `"){createdAt updatedAt}}`, `updateModel(input:{accountId:$a,modelId:"` + own["modelId"] + `",name:"n"})`},
		{platform, "deployment", `account(id:$a){deployment(id:"` + own["deploymentId"] + `"){createdAt updatedAt}}`, `updateDeployment(input:{accountId:$a,deploymentId:"` + own["deploymentId"] + `",name:"n"})`},
		{platform, "guardrail", `account(id:$a){guardrail(id:"` + own["guardrailId"] + `"){createdAt updatedAt}}`, `scaleDeployment(input:{accountId:$a,id:"` + own["guardrailId"] + `",replicas:2})`},
		{platform, "script", `account(id:$a){script(id:"` + own["scriptId"] + `"){createdAt updatedAt}}`, `updateScript(input:{accountId:$a,scriptId:"` + own["scriptId"] + `",name:"n"})`},
		{master, "member", `account(id:$a){member(id:"` + own["memberId"] + `"){createdAt updatedAt}}`, `setMember(input:{accountId:$a,userId:"u-own",name:"N",role:"MASTER_ADMIN"})`},
		{master, "role", `account(id:$a){roles{createdAt updatedAt}}`, `setRole(input:{accountId:$a,name:"auditor",permissions:[BILLING_VIEW]})`},
		{master, "token", `account(id:$a){id} node(id:"` + own["apiTokenId"] + `"){... on ApiToken{createdAt updatedAt}}`, `revokeApiToken(input:{apiTokenId:"` + own["apiTokenId"] + `"})`},
		{support, "grant", `account(id:$a){id} node(id:"` + own["grantId"] + `"){... on Grant{createdAt updatedAt}}`, `adjustCredits(input:{accountId:"` + own["accountId"] + `",meter:TOOL_RUNS,amount:"-2",grantId:"` + own["grantId"] + `",reference:"r",idempotencyKey:"c"})`},
		{platform, "settled reservation", `account(id:$a){id} node(id:"` + own["reservationId"] + `"){... on Reservation{createdAt updatedAt}}`, `settleReservation(input:{reservationId:"` + own["reservationId"] + `",events:[{source:"s",id:"1",time:"` + time.Now().UTC().Format(time.RFC3339) + `",toolId:"` + own["toolId"] + `"}],final:false})`},
		{platform, "released reservation", `account(id:$a){id} node(id:"` + own["reservationId"] + `"){... on Reservation{createdAt updatedAt}}`, `releaseReservation(input:{reservationId:"` + own["reservationId"] + `"})`},
		{support, "limits of the account", `account(id:$a){createdAt updatedAt}`, `setAccountLimits(input:{accountId:$a,lowCreditLimit:"3"})`},
		{platform, "name of the account", `account(id:$a){createdAt updatedAt}`, `updateAccount(input:{accountId:$a,name:"N"})`},
	} {
		vars := map[string]any{"a": own["accountId"]}
		read := func() []string {
			a := r.ask(c.token, "query($a:ID!){"+c.read+"}", vars)
			found := regexp.MustCompile(`"createdAt":"([^"]+)","updatedAt":"([^"]+)"`).FindStringSubmatch(string(a.body))
			if found == nil {
				t.Fatalf("%s: %s", c.name, a.body)
			}
			return found[1:]
		}
		before := read()
		ahead.Add(int64(2 * time.Second)) // changes count whole seconds
		change := "mutation($a:ID!){" + c.change + "{userErrors{code message}}}"
		if !strings.Contains(c.change, "$a") {
			change = strings.Replace(change, "($a:ID!)", "", 1)
		}
		if a := r.ask(c.token, change, vars); !strings.Contains(string(a.body), `"userErrors":[]`) {
			t.Fatalf("%s: %s", c.name, a.body)
		}
		if after := read(); after[1] <= before[1] || after[0] != before[0] {
			t.Errorf("%s: made and changed %v, then %v", c.name, before, after)
		}
	}
}

// A mutation shows the state after its commit, even of objects that an earlier mutation of the same request has shown.
func TestMutationsOfARequestShowWhatTheyChanged(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	_, own := furnish(r, "own")
	rename := func(alias, name string) string {
		return alias + `:updateAccount(input:{accountId:"` + own["accountId"] + `",name:"` + name + `"}){userErrors{code}} `
	}
	show := func(alias string) string {
		return alias + `:updateTool(input:{accountId:"` + own["accountId"] + `",toolId:"` + own["toolId"] + `",name:"` + alias + `"}){tool{account{name}}} `
	}
	a := r.ask(r.token(auth.Platform, 0, nil), "mutation{"+rename("a", "first")+show("b")+rename("c", "second")+show("d")+"}", nil)
	for _, want := range []string{`"b":{"tool":{"account":{"name":"first"}}}`, `"d":{"tool":{"account":{"name":"second"}}}`} {
		if !strings.Contains(string(a.body), want) {
			t.Errorf("%s is not in %s", want, a.body)
		}
	}
}
