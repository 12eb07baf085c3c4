package server

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// Every action in the contract's list is written by the operation that it is named after, with who did it, from where, and the state after
// or before. Entries about an account are read by its master admin, and entries about no account only by SUPPORT.
func TestEveryActionIsAudited(t *testing.T) {
	t.Parallel()
	r := withExploreRole(t, func(c *Config) { c.ExploreTimeout = 20 * time.Second })
	key := r.account("acme")
	master, support := r.token(auth.MasterAdmin, key, nil), r.token(auth.Support, 0, nil)
	of := `accountId:"` + accountID(key) + `",`
	do := func(token, mutation string) map[string]any {
		t.Helper()
		a := r.ask(token, "mutation{x:"+mutation+"}", nil)
		x, _ := a.Data["x"].(map[string]any)
		if errs, _ := x["userErrors"].([]any); len(a.Errors) > 0 || len(errs) > 0 {
			t.Fatalf("%s: %s", mutation, a.body)
		}
		return x
	}
	plan := do(support, `createPlan(input:{name:"P",credits:"1",runs:1}){plan{id} userErrors{code message}}`)["plan"].(map[string]any)["id"]
	do(support, fmt.Sprintf(`updatePlan(input:{planId:%q,credits:"2"}){userErrors{code message}}`, plan))
	do(support, fmt.Sprintf(`changePlan(input:{%splanId:%q,idempotencyKey:"a"}){userErrors{code message}}`, of, plan))
	do(support, `grantCredits(input:{`+of+`meter:TOOL_RUNS,amount:"5",reference:"r",idempotencyKey:"b"}){userErrors{code message}}`)
	do(support, `adjustCredits(input:{`+of+`meter:TOOL_RUNS,amount:"5",reference:"r",idempotencyKey:"c"}){userErrors{code message}}`)
	do(support, `setAccountLimits(input:{`+of+`lowCreditLimit:"6"}){userErrors{code message}}`)
	do(master, `setRole(input:{`+of+`name:"R",permissions:[BILLING_VIEW]}){userErrors{code message}}`)
	do(master, `removeRole(input:{`+of+`name:"R"}){userErrors{code message}}`)
	do(master, `setMember(input:{`+of+`userId:"eve",email:"eve@acme.example",role:"MEMBER"}){userErrors{code message}}`)
	do(master, fmt.Sprintf(`removeMember(input:{memberId:%q}){userErrors{code message}}`, graph.ID{Kind: graph.KindMember, Key: key, Part: "eve"}))
	do(master, `setBillingContacts(input:{`+of+`emails:["bill@acme.example"]}){userErrors{code message}}`)
	token := do(master, `createApiToken(input:{`+of+`name:"t",role:"MEMBER"}){apiToken{id} userErrors{code message}}`)["apiToken"].(map[string]any)["id"]
	do(master, fmt.Sprintf(`rotateApiToken(input:{apiTokenId:%q}){userErrors{code message}}`, token))
	do(master, fmt.Sprintf(`revokeApiToken(input:{apiTokenId:%q}){userErrors{code message}}`, token))
	runs := do(master, `registerTool(input:{`+of+`name:"r",ownerName:"o",status:DEPLOYED}){tool{id} userErrors{code message}}`)["tool"].(map[string]any)["id"]
	platform, at := r.token(auth.Platform, 0, nil), time.Now().UTC().Format(time.RFC3339)
	do(platform, fmt.Sprintf(`recordUsage(input:{%sevents:[{source:"s",id:"1",time:%q,toolId:%q}]}){userErrors{code message}}`, of, at, runs))
	do(platform, fmt.Sprintf(`voidEvents(input:{%sevents:[{source:"s",id:"1",time:%q}]}){userErrors{code message}}`, of, at))
	do(support, `setProvisioning(input:{`+of+`tools:true,models:false}){userErrors{code message}}`)
	do(platform, fmt.Sprintf(`recordUsage(input:{%sevents:[{source:"s",id:"2",time:%q,toolId:"external:tool:new"}]}){userErrors{code message}}`, of, at))
	do(support, `updateAccount(input:{`+of+`name:"Acme"}){userErrors{code message}}`)
	tool := do(master, `registerTool(input:{`+of+`name:"t",ownerName:"o"}){tool{id} userErrors{code message}}`)["tool"].(map[string]any)["id"]
	do(master, fmt.Sprintf(`updateTool(input:{toolId:%q,name:"u",externalId:"t-1",tags:[{key:"team",value:"a"}]}){userErrors{code message}}`, tool))
	of2 := func(id, kind string) string {
		return fmt.Sprintf(`%sexternalId:"x-%s",tags:[{key:"team",value:"a"}],name:"%s"`, id, kind, kind)
	}
	made := func(token, mutation, kind string) string {
		return do(token, mutation)[kind].(map[string]any)["id"].(string)
	}
	model := made(platform, `registerModel(input:{`+of+`name:"m"}){model{id} userErrors{code message}}`, "model")
	deployment := made(platform, `deployModel(input:{modelId:"`+model+`",name:"d",hardware:"g5.xlarge"}){deployment{id} userErrors{code message}}`, "deployment")
	guardrail := made(platform, `deployGuardrail(input:{`+of+`name:"g",scanner:TOXICITY}){guardrail{id} userErrors{code message}}`, "guardrail")
	script := made(platform, `createScript(input:{`+of+`name:"s",language:PYTHON}){script{id} userErrors{code message}}`, "script")
	do(platform, `updateModel(input:{`+of2(`modelId:"`+model+`",`, "model")+`}){userErrors{code message}}`)
	do(platform, `updateDeployment(input:{`+of2(`deploymentId:"`+deployment+`",`, "deployment")+`,endpoint:"https://d.example"}){userErrors{code message}}`)
	do(platform, `updateGuardrail(input:{`+of2(`guardrailId:"`+guardrail+`",`, "guardrail")+`}){userErrors{code message}}`)
	do(platform, `updateScript(input:{`+of2(`scriptId:"`+script+`",`, "script")+`}){userErrors{code message}}`)
	do(platform, `updateAccount(input:{`+of2(of, "account")+`,timeZone:"Asia/Kathmandu"}){userErrors{code message}}`)
	do(platform, `updateAccount(input:{`+of+`externalId:null,tags:[]}){userErrors{code message}}`)
	do(master, `setAccountProfile(input:{`+of+`name:"Acme",timeZone:"UTC"}){userErrors{code message}}`)
	do(support, `setAccountLimits(input:{`+of+`lowCreditLimit:null,fineTuningLimit:"30.5",negativeLimit:"-1"}){userErrors{code message}}`)
	do(support, fmt.Sprintf(`setRates(input:{%smodelId:%q,tokens:{outputRate:"2.5",reasoningRate:"3"}}){userErrors{code message}}`, of, model))
	do(support, `grantCredits(input:{`+of+`meter:MODEL_CREDITS,amount:"5.5",kind:FREE,expiresAt:"2099-01-01T00:00:00Z",reference:"r",idempotencyKey:"f"}){userErrors{code message}}`)
	down := made(support, `grantCredits(input:{`+of+`meter:MODEL_CREDITS,amount:"5",kind:ADJUSTMENT,reference:"r",idempotencyKey:"a2"}){grant{id} userErrors{code message}}`, "grant")
	do(support, `adjustCredits(input:{`+of+`meter:MODEL_CREDITS,amount:"-1.25",grantId:"`+down+`",reference:"r",idempotencyKey:"d"}){userErrors{code message}}`)
	do(support, `changePlan(input:{`+of+`planId:null,idempotencyKey:"p"}){userErrors{code message}}`)
	do(master, `setMember(input:{`+of+`userId:"zoe",email:"zoe@acme.example",role:"ADMIN",externalId:"z-1"}){userErrors{code message}}`)
	zoe := graph.MemberID(key, "zoe")
	do(master, fmt.Sprintf(`createApiToken(input:{%sname:"zoe",role:"ADMIN",memberId:%q,scopes:[RESOURCE_VIEW],expiresAt:"2099-01-01T00:00:00Z"}){apiToken{id} userErrors{code message}}`, of, zoe))
	do(r.token(auth.Admin, key, func(n *access.NewToken) { n.UserID = "zoe" }), `setMailPreferences(input:{`+of+`muted:[GRANT_EXPIRED]}){userErrors{code message}}`)
	do(platform, fmt.Sprintf(`recordUsage(input:{%sevents:[{source:"s",id:"3",time:%q,modelId:%q,inputTokens:10}]}){userErrors{code message}}`, of, at, model))
	do(platform, fmt.Sprintf(`voidEvents(input:{%sfilter:{from:%q,to:"2099-01-01T00:00:00Z",source:"s",resourceId:%q},expectedCount:1}){userErrors{code message}}`, of, at, model))
	r.export(master, url.Values{})
	from := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	do(support, fmt.Sprintf(`publishRateCard(input:{effectiveFrom:%q,idempotencyKey:"c",card:{models:[],scripts:[{name:"1vcpu-2gb",vcpus:1,memoryGb:2,ratePerHour:"0.08"}],guardrails:[],scanners:[],
		inference:{inputRate:"0.4",outputRate:"1.5"},fineTuning:{sizes:[],methods:[],hardware:[]}}}){userErrors{code message}}`, from))
	do(support, `withdrawRateCard(input:{version:2}){userErrors{code message}}`)
	do(support, `setRates(input:{`+of+`tokens:{inputRate:"0.3",cacheReadRate:"0.1"},hosting:[{category:MODELS,name:"g5.xlarge",rate:"1.25"}]}){userErrors{code message}}`)

	const entries = `(first:100){totalCount edges{node{action actor{name role} address requestId before after}}}`
	own := r.ask(master, "{account{auditLog"+entries+"}}", nil)
	shared := r.ask(support, "{auditLog"+entries+"}", nil)
	if a := r.ask(master, "{auditLog(first:1){totalCount}}", nil); a.code() != "FORBIDDEN" {
		t.Errorf("what concerns no account, for a master admin: %s", a.body)
	}
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: string(text)})
	for _, v := range schema.Types["AuditAction"].EnumValues {
		log := own
		if strings.HasPrefix(v.Name, "PLAN_") && v.Name != "PLAN_CHANGED" || strings.HasPrefix(v.Name, "RATE_CARD_") {
			log = shared
		}
		if !bytes.Contains(log.body, []byte(`"action":"`+v.Name+`"`)) {
			t.Errorf("%s is nowhere in %s", v.Name, log.body)
		}
	}
	for _, log := range []reply{own, shared} {
		spokenAsTheContract(t, schema, log)
		if bytes.Contains(log.body, []byte(`"before":null,"after":null`)) || bytes.Contains(log.body, []byte("ug_")) && bytes.Contains(log.body, []byte(master)) {
			t.Errorf("an entry that tells nothing, or too much: %s", log.body)
		}
	}
	if !bytes.Contains(shared.body, []byte(`"action":"TOKEN_CREATED"`)) || bytes.Contains(shared.body, []byte("acme")) {
		t.Errorf("what concerns no account: %s", shared.body)
	}
}

// The log of a new account says what it begins with, and who may manage it from then on.
func TestTheFirstEntriesOfAnAccount(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	support := r.token(auth.Support, 0, nil)
	plan := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(string(r.ask(support, `mutation{createPlan(input:{name:"Pro",credits:"1",runs:1}){plan{id}}}`, nil).body))[1]
	made := r.ask(support, `mutation{createAccount(input:{name:"Acme",idempotencyKey:"k",externalId:"a-1",planId:"`+plan+`",timeZone:"Europe/Vienna",booksFrom:"2026-01-01T00:00:00.5Z",
  tags:[{key:"tier",value:"gold"}],masterAdmin:{userId:"mia",email:"mia@acme.example",name:"Mia"}}){account{id} userErrors{message}}}`, nil)
	id := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(string(made.body))
	if id == nil {
		t.Fatalf("%s", made.body)
	}
	log := r.ask(support, `query($id:ID){account(id:$id){auditLog(last:2){edges{node{action target targetId after}}}}}`, map[string]any{"id": id[1]})
	key, _ := graph.KeyOf(graph.KindAccount, id[1])
	said := strings.NewReplacer(`": `, `":`, `, "`, `,"`).Replace(string(log.body))
	for _, want := range []string{`"action":"ACCOUNT_CREATED"`, `"externalId":"a-1"`, `"timeZone":"Europe/Vienna"`, `"booksFrom":"2026-01-01T00:00:00Z"`, `"tags":{"tier":"gold"}`, `"plan":{"name":"Pro"}`,
		`"action":"MEMBER_SET","target":"mia@acme.example","targetId":"` + graph.MemberID(key, "mia") + `"`, `"role":"MASTER_ADMIN"`} {
		if !strings.Contains(said, want) {
			t.Errorf("the log lacks %s: %s", want, said)
		}
	}
	if a := r.ask(support, `mutation{createAccount(input:{name:"Acme",idempotencyKey:"k",externalId:"a-1",planId:"`+plan+`",timeZone:"Europe/Vienna",booksFrom:"2026-01-01T00:00:00.5Z",
  tags:[{key:"tier",value:"gold"}],masterAdmin:{userId:"mia",email:"mia@acme.example",name:"Mia"}}){account{id auditLog{totalCount}} userErrors{message}}}`, nil); !bytes.Contains(a.body, []byte(`"totalCount":2`)) {
		t.Errorf("a repeat: %s", a.body)
	}
}

// spokenAsTheContract checks the states in audit entries: they have the contract's names, and whole numbers only for runs, tokens and
// counts, because credits and rates are decimal strings there.
func spokenAsTheContract(t *testing.T, schema *ast.Schema, log reply) {
	t.Helper()
	names := map[string]bool{"pending": true, "table": true, "everyAccount": true, "eventId": true, "follows": true} // of the log alone
	for _, d := range schema.Types {
		for _, f := range d.Fields {
			names[f.Name] = true
		}
	}
	var look func(entry, key string, v any)
	look = func(entry, key string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, of := range v {
				if !names[name] && key != "tags" {
					t.Errorf("%s says %q, which the contract does not know", entry, name)
				}
				look(entry, name, of)
			}
		case []any:
			for _, of := range v {
				look(entry, key, of)
			}
		case float64:
			if strings.Contains(strings.ToLower(key), "credit") || strings.HasSuffix(strings.ToLower(key), "rate") || key == "amount" {
				t.Errorf("%s says %s: %v, which is not a decimal string", entry, key, v)
			}
		case string:
			if key == "externalId" && v == "" {
				t.Errorf("%s says an own id that is empty; the contract says null", entry)
			}
		}
	}
	of := log.Data
	if account, _ := of["account"].(map[string]any); account != nil {
		of = account
	}
	for _, edge := range of["auditLog"].(map[string]any)["edges"].([]any) {
		node := edge.(map[string]any)["node"].(map[string]any)
		for _, state := range []any{node["before"], node["after"]} {
			look(node["action"].(string), "", state)
		}
	}
}
