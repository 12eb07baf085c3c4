package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// A platform that knows only its own ids can create, read, change and charge everything by them.
func TestAPlatformNeedsNoIDsOfOurs(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	platform := r.token(auth.Platform, 0, nil)
	ask := func(query, want string) string {
		t.Helper()
		body := string(r.ask(platform, query, nil).body)
		if !strings.Contains(body, want) || strings.Contains(body, `"errors"`) {
			t.Errorf("%s\nanswers %s\nnot %s", query, body, want)
		}
		return body
	}
	const account = `accountId:"external:account:acme"`
	sync := `mutation{
  upsertAccount(input:{externalId:"acme",name:"Acme",tags:[{key:"tier",value:"gold"}]}){outcome account{externalId tags{key value}} userErrors{code message}}
  tool:upsertTool(input:{` + account + `,externalId:"search",name:"Search",ownerName:"Mia",status:DEPLOYED}){outcome userErrors{code message}}
  model:upsertModel(input:{` + account + `,externalId:"llama",name:"Llama"}){outcome userErrors{code message}}
}`
	// An operation looks its own ids up before it begins: what it makes itself is known to the next one.
	ask(`mutation{upsertAccount(input:{externalId:"acme",name:"Acme",tags:[{key:"tier",value:"gold"}]}){outcome account{externalId} userErrors{code}}}`, `"CREATED"`)
	ask(sync, `"tool":{"outcome":"CREATED"`)
	ask(sync, `"tool":{"outcome":"UNCHANGED"`)
	ask(`mutation{upsertDeployment(input:{`+account+`,modelId:"external:model:llama",externalId:"prod",name:"P",hardware:"g5.xlarge"}){outcome userErrors{code message}}}`, `"CREATED"`)
	ask(`mutation{scaleDeployment(input:{`+account+`,id:"external:deployment:prod",replicas:2}){deployable{... on Deployment{externalId replicas}} userErrors{code message}}}`, `{"externalId":"prod","replicas":2}`)
	ask(`mutation{updateTool(input:{`+account+`,toolId:"external:tool:search",name:"Find"}){tool{name externalId} userErrors{code}}}`, `{"name":"Find","externalId":"search"}`)
	ask(`mutation{updateAccount(input:{`+account+`,timeZone:"Asia/Kathmandu"}){account{externalId} userErrors{code}}}`, `{"externalId":"acme"}`)
	now := time.Now().UTC().Format(time.RFC3339)
	ask(`mutation{recordUsage(input:{`+account+`,events:[
  {source:"s",id:"1",time:"`+now+`",toolId:"external:tool:search"},
  {source:"s",id:"2",time:"`+now+`",modelId:"external:model:llama",deploymentId:"external:deployment:prod",inputTokens:1000}]}){results{status code} userErrors{code}}}`,
		`[{"status":"STORED","code":null},{"status":"STORED","code":null}]`)
	ask(`{node(id:"external:account:acme"){... on Account{name}}
  account(id:"external:account:acme"){tool(id:"external:tool:search"){name} model(id:"external:model:llama"){name} deployment(id:"external:deployment:prod"){name} guardrail(id:"external:guardrail:no"){name}}}`,
		`"tool":{"name":"Find"},"model":{"name":"Llama"},"deployment":{"name":"P"},"guardrail":null`)
	ask(`mutation{setMember(input:{`+account+`,userId:"u-1",email:"eve@acme.example",role:"MEMBER",externalId:"eve"}){member{externalId} userErrors{code}}}`, `{"externalId":"eve"}`)
	ask(`mutation{setMember(input:{`+account+`,userId:"u-2",email:"max@acme.example",role:"MEMBER",externalId:"eve"}){member{externalId} userErrors{code}}}`, `"NAME_TAKEN"`)
	ask(`mutation{setMember(input:{`+account+`,userId:"u-1",role:"ADMIN"}){member{externalId} userErrors{code}}}`, `{"externalId":"eve"}`)
	ask(`{account(id:"external:account:acme"){member(id:"external:member:eve"){userId}}}`, `{"userId":"u-1"}`)
	ask(`mutation{removeMember(input:{memberId:"external:member:eve"}){userErrors{code}}}`, `"NOT_FOUND"`)
	ask(`mutation{removeMember(input:{`+account+`,memberId:"external:member:eve"}){userErrors{code}}}`, `"userErrors":[]`)
	csv := r.send(r.request(http.MethodGet, "/v1/usage?account=external:account:acme&groupBy=ACCOUNT,RESOURCE", r.token(auth.Support, 0, nil), "", nil))
	if body := string(csv.body); !strings.Contains(body, "reasoning_tokens,account_external_id,resource_external_id\n") || !strings.Contains(body, ",acme,search\n") {
		t.Errorf("the export is\n%s", body)
	}
	events := func(attributes string) string {
		body := `[{"specversion":"1.0","type":"usagegraph.tool.run","source":"s","id":"e` + strconv.Itoa(len(attributes)) + `","time":"` + now + `",` + attributes + `}]`
		a := r.send(r.request(http.MethodPost, "/v1/events", platform, "application/cloudevents-batch+json", strings.NewReader(body)))
		return string(a.body)
	}
	for attributes, want := range map[string]string{
		`"account":"external:account:acme","subject":"external:tool:search"`:                     `"STORED"`,
		`"accountexternalid":"acme","toolexternalid":"search"`:                                   `"STORED"`,
		`"toolexternalid":"search","accountexternalid":"acme","account":"external:account:acme"`: `"MALFORMED"`,
		`"subject":"external:tool:other","accountexternalid":"acme"`:                             `"UNKNOWN_TOOL"`,
		`"modelexternalid":"llama","account":"external:account:acme"`:                            `"UNKNOWN_TOOL"`,
		`"data":{"runs":1},"account":"external:account:nobody","subject":"external:tool:search"`: `"UNKNOWN_ACCOUNT"`,
	} {
		if got := events(strings.ReplaceAll(attributes, `\`, ``)); !strings.Contains(got, want) {
			t.Errorf("%s: %s", attributes, got)
		}
	}
}

// Own ids of another account are answered like own ids that do not exist: in the same words, at every place.
func TestOwnIDsOfOthersAreUnknown(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	platform := r.token(auth.Platform, 0, nil)
	for _, name := range []string{"mine", "theirs"} {
		of := `accountId:"external:account:` + name + `"`
		r.ask(platform, `mutation{upsertAccount(input:{externalId:"`+name+`",name:"`+name+`"}){outcome}}`, nil)
		made := r.ask(platform, `mutation{upsertTool(input:{`+of+`,externalId:"tool-`+name+`",name:"t",ownerName:"o",status:DEPLOYED}){outcome}
  upsertModel(input:{`+of+`,externalId:"model-`+name+`",name:"m"}){outcome}}`, nil)
		if made.code() != "" {
			t.Fatalf("%s", made.body)
		}
	}
	mine, err := r.store.ExternalAccounts(t.Context(), nil, []string{"mine"})
	if err != nil {
		t.Fatal(err)
	}
	admin, bound := r.token(auth.MasterAdmin, mine["mine"], nil), r.token(auth.Platform, mine["mine"], nil)
	questions := []string{
		`{account(id:"external:account:%s"){id name}}`,
		`{node(id:"external:account:%s"){id}}`,
		`{account{tool(id:"external:tool:tool-%s"){id} usageTrend(resourceId:"external:tool:tool-%[1]s"){asOf}}}`,
		`mutation{updateTool(input:{toolId:"external:tool:tool-%s",name:"x"}){tool{id} userErrors{code message field}}}`,
		`mutation{updateTool(input:{accountId:"external:account:%s",toolId:"external:tool:tool-%[1]s",name:"x"}){tool{id} userErrors{code message field}}}`,
		`mutation{deployModel(input:{modelId:"external:model:model-%s",name:"d",hardware:"g5.xlarge"}){deployment{id} userErrors{code message field}}}`,
		`mutation{upsertTool(input:{accountId:"external:account:%s",externalId:"x",name:"x",ownerName:"x"}){outcome userErrors{code message field}}}`,
		`mutation{recordUsage(input:{accountId:"external:account:%s",events:[{source:"s",id:"1",time:"2026-01-01T00:00:00Z",toolId:"external:tool:tool-%[1]s"}]}){results{status code message} userErrors{code message field}}}`,
	}
	plain := func(body []byte) string {
		var a struct {
			Data   any `json:"data"`
			Errors []struct {
				Message string `json:"message"`
				Path    []any  `json:"path"`
			} `json:"errors"`
		}
		if err := json.Unmarshal(body, &a); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%v %v", a.Data, a.Errors)
	}
	for _, token := range []string{admin, bound} {
		for _, q := range questions {
			theirs, nobodys := r.ask(token, fmt.Sprintf(q, "theirs"), nil), r.ask(token, fmt.Sprintf(q, "nobodys"), nil)
			if plain(theirs.body) != plain(nobodys.body) {
				t.Errorf("%s\ntheirs:  %s\nnobodys: %s", q, theirs.body, nobodys.body)
			}
		}
	}
	event := func(name string) []byte {
		body := `[{"specversion":"1.0","type":"usagegraph.tool.run","source":"s","id":"1","time":"` + time.Now().UTC().Format(time.RFC3339) +
			`","accountexternalid":"` + name + `","toolexternalid":"tool-` + name + `"}]`
		a := r.send(r.request(http.MethodPost, "/v1/events", bound, "application/cloudevents-batch+json", strings.NewReader(body)))
		return bytes.SplitAfter(a.body, []byte(`"results":`))[1][:100]
	}
	if theirs, nobodys := event("theirs"), event("nobodys"); !bytes.Equal(theirs, nobodys) {
		t.Errorf("events\ntheirs:  %s\nnobodys: %s", theirs, nobodys)
	}
}
