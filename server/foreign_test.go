package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// belongings are the ids of an account's objects by the names that inputs have for them.
type belongings map[string]string

// furnish makes an account with an object of each kind.
func furnish(r *running, name string) (int64, belongings) {
	r.t.Helper()
	key := r.account(name)
	id := accountID(key)
	platform, support := r.token(auth.Platform, 0, nil), r.token(auth.Support, 0, nil)
	master := r.token(auth.MasterAdmin, key, nil)
	made := func(token, field, selection, input string) string {
		a := r.ask(token, "mutation{"+field+"(input:{"+input+"}){"+selection+" userErrors{code message}}}", nil)
		found := regexp.MustCompile(`"id":"([^"]+)"`).FindSubmatch(a.body)
		if found == nil {
			r.t.Fatalf("%s: %s", field, a.body)
		}
		return string(found[1])
	}
	of := `accountId:"` + id + `",`
	b := belongings{"accountId": id}
	b["toolId"] = made(platform, "registerTool", "tool{id}", of+`name:"t",ownerName:"o",status:DEPLOYED`)
	b["modelId"] = made(platform, "registerModel", "model{id}", of+`name:"m",parametersBillions:"7"`)
	b["deploymentId"] = made(platform, "deployModel", "deployment{id}", `modelId:"`+b["modelId"]+`",name:"d",hardware:"g5.xlarge"`)
	b["guardrailId"] = made(platform, "deployGuardrail", "guardrail{id}", of+`name:"g",scanner:TOXICITY`)
	b["scriptId"] = made(platform, "createScript", "script{id}", of+`name:"s",language:PYTHON`)
	b["jobId"] = made(platform, "startFineTuning", "job{id}", `modelId:"`+b["modelId"]+`",name:"f",trainingTokens:1000000,epochs:1,method:QLORA,hardware:T4,idempotencyKey:"k"`)
	b["reservationId"] = made(platform, "reserveUsage", "reservation{id}", of+`meter:TOOL_RUNS,amount:"1",idempotencyKey:"r"`)
	b["grantId"] = made(support, "grantCredits", "grant{id}", of+`meter:TOOL_RUNS,amount:"5",reference:"r",idempotencyKey:"g"`)
	b["apiTokenId"] = made(master, "createApiToken", "apiToken{id}", of+`name:"t",role:"MEMBER"`)
	b["memberId"] = graph.ID{Kind: graph.KindMember, Key: key, Part: "u-" + name}.String()
	b["statementId"] = graph.ID{Kind: graph.KindStatement, Key: key, Part: "1"}.String()
	entry := r.ask(master, `{account{auditLog(first:1){edges{node{id}}} emails(first:1){edges{node{id}}}}}`, nil)
	b["auditEntryId"] = regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(string(entry.body))[1]
	b["id"], b["resourceId"], b["resourceIds"], b["accountIds"] = b["deploymentId"], b["toolId"], b["toolId"], id
	return key, b
}

// nobodys are ids of the same kinds for which there is nothing.
func (b belongings) nobodys(t *testing.T) belongings {
	none := belongings{}
	for name, id := range b {
		v, ok := graph.DecodeID(id)
		if !ok {
			t.Fatalf("%s is no id", name)
		}
		v.Key = 987_654
		none[name] = v.String()
	}
	return none
}

// asking writes the operations that name ids: every mutation, node, and every field that takes one.
type asking struct {
	schema *ast.Schema
	ids    belongings // the ids to name
	own    string     // where not "", the account to name
}

// value is a literal of an input type, with all ids that it can hold and everything that is required.
func (q asking) value(t *ast.Type, name string) string {
	if t.Elem != nil {
		return "[" + q.value(t.Elem, name) + "]"
	}
	d := q.schema.Types[t.NamedType]
	switch {
	case t.NamedType == "ID" && name == "accountId" && q.own != "":
		return fmt.Sprintf("%q", q.own)
	case t.NamedType == "ID":
		return fmt.Sprintf("%q", q.ids[name])
	case d.Kind == ast.InputObject:
		return q.object(d)
	case d.Kind == ast.Enum:
		return d.EnumValues[0].Name
	}
	return map[string]string{"Boolean": "true", "Int": "1", "Long": "1", "Decimal": `"1"`, "DateTime": `"` + time.Now().UTC().Format(time.RFC3339) + `"`,
		"Cursor": `"x"`, "TimeZone": `"UTC"`, "String": `"u-x@example.org"`}[t.NamedType]
}

func (q asking) object(d *ast.Definition) string {
	var fields []string
	for _, f := range d.Fields {
		required := f.Type.NonNull && f.DefaultValue == nil
		usage := d.Name == "UsageEventInput" && slices.Contains([]string{"source", "id", "time", "runs"}, f.Name)
		if required || usage || holdsID(q.schema, f.Type) && f.Name != "memberId" && f.Name != "planId" {
			if d.Name == "UsageEventInput" && f.Name == "id" {
				fields = append(fields, `id:"e"`)
				continue
			}
			if d.Name == "UsageEventInput" && (f.Name == "modelId" || f.Name == "deploymentId") {
				continue // an event is of a tool or of a model
			}
			fields = append(fields, f.Name+":"+q.value(f.Type, f.Name))
		}
	}
	return "{" + strings.Join(fields, ",") + "}"
}

// holdsID reports whether a value of the type names an object.
func holdsID(schema *ast.Schema, t *ast.Type) bool {
	d := schema.Types[t.Name()]
	return t.Name() == "ID" || d.Kind == ast.InputObject && slices.ContainsFunc(d.Fields, func(f *ast.FieldDefinition) bool { return f.Type.Name() == "ID" })
}

func (q asking) mutation(f *ast.FieldDefinition) string {
	return "mutation{" + f.Name + "(input:" + q.value(f.Arguments[0].Type, "input") + "){userErrors{code message field}}}"
}

// Ids of another account answer exactly like ids that do not exist, in every mutation and every field that takes one, and
// nothing happens to what they name. A member's own account named beside a stranger's object changes nothing about that.
func TestForeignIdsDoNotExist(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate = 1<<30, 1<<30 })
	ownKey, _ := furnish(r, "own")
	_, theirs := furnish(r, "other")
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: string(text)})
	before := state(r, theirs["accountId"])
	none := theirs.nobodys(t)
	asked := 0
	for _, token := range []string{r.token(auth.MasterAdmin, ownKey, nil), r.token(auth.Platform, ownKey, nil)} {
		for _, own := range []string{"", accountID(ownKey)} {
			hers, nobodys := operations(schema, theirs, own), operations(schema, none, own)
			for i := range hers {
				asked++
				got, want := shorn(r.ask(token, hers[i], nil)), shorn(r.ask(token, nobodys[i], nil))
				if got != want || strings.Contains(got, "GRAPHQL_") { // the question itself must be in order
					t.Errorf("%.200s\nsomebody else's: %s\nnobody's:        %s", hers[i], got, want)
				}
			}
		}
	}
	for _, token := range []string{r.token(auth.MasterAdmin, ownKey, nil), r.token(auth.Platform, ownKey, nil)} {
		for _, f := range schema.Subscription.Fields {
			asked++
			if got, want := watched(r, token, f.Name, theirs), watched(r, token, f.Name, none); got != want {
				t.Errorf("%s\nsomebody else's: %s\nnobody's:        %s", f.Name, got, want)
			}
		}
	}
	reporter := r.token(auth.Platform, ownKey, nil)
	for _, named := range [][2]string{{theirs["accountId"], none["accountId"]}, {accountID(ownKey), accountID(ownKey)}} {
		asked++
		got, want := reportedBy(r, reporter, named[0], theirs), reportedBy(r, reporter, named[1], none)
		if got != want || !strings.Contains(got, "REFUSED") {
			t.Errorf("/v1/events\nsomebody else's: %s\nnobody's:        %s", got, want)
		}
	}
	if asked < 150 {
		t.Errorf("only %d questions were asked", asked)
	}
	if after := state(r, theirs["accountId"]); after != before {
		t.Errorf("the other account was\n%s\nand is\n%s", before, after)
	}
}

// watched is what somebody is answered who subscribes to a field of an account.
func watched(r *running, token, field string, ids belongings) string {
	req := r.request(http.MethodPost, "/graphql", token, "application/json", bytes.NewReader(question(
		"subscription($id:ID!){"+field+"(accountId:$id){__typename}}", map[string]any{"id": ids["accountId"]})))
	req.Header.Set("Accept", "text/event-stream")
	a := r.send(req) // a refusal ends the stream
	return fmt.Sprint(a.status, requestID.ReplaceAllString(string(a.body), ""))
}

// reported is what somebody is answered who reports a run of a tool by CloudEvents.
func reportedBy(r *running, token, account string, ids belongings) string {
	event := fmt.Sprintf(`{"specversion":"1.0","type":"usagegraph.tool.run","id":"e","source":"s","time":%q,"account":%q,"subject":%q,"data":{"runs":1}}`,
		time.Now().UTC().Truncate(time.Hour).Format(time.RFC3339), account, ids["toolId"])
	a := r.send(r.request(http.MethodPost, "/v1/events", token, "application/cloudevents+json", strings.NewReader(event)))
	return fmt.Sprint(a.status, requestID.ReplaceAllString(string(a.body), ""))
}

// requestID is what no two answers share.
var requestID = regexp.MustCompile(`"requestId":"[0-9a-f]+"`)

// operations are all operations that name ids.
func operations(schema *ast.Schema, ids belongings, own string) (list []string) {
	q := asking{schema: schema, ids: ids, own: own}
	for _, f := range schema.Mutation.Fields {
		if f.Name != "createAccount" && f.Name != "createPlan" && f.Name != "updatePlan" {
			list = append(list, q.mutation(f))
		}
	}
	names := make([]string, 0, len(ids))
	for name := range ids {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		list = append(list, fmt.Sprintf("{node(id:%q){id __typename}}", ids[name]), fmt.Sprintf("{nodes(ids:[%q]){id __typename}}", ids[name]),
			fmt.Sprintf("{account(id:%q){id name}}", ids[name]))
	}
	for _, f := range []string{
		`usageTrend(resourceId:%q){granularity points{credits runs}}`, `ledger(filter:{resourceId:%q}){totalCount}`, `access(action:DEPLOY_MODEL,resourceId:%q){allowed}`,
		`fineTuningEstimate(modelId:%q,trainingTokens:1000,epochs:1,method:QLORA,hardware:T4){__typename}`, `usage(filter:{resourceIds:[%q]}){totals{credits runs}}`,
	} {
		for _, kind := range []string{"toolId", "modelId", "scriptId", "guardrailId"} {
			list = append(list, "{account{"+fmt.Sprintf(f, ids[kind])+"}}")
		}
	}
	return list
}

// shorn is an answer without what is its own: the request's id, the price, the time.
func shorn(a reply) string {
	var v map[string]any
	if json.Unmarshal(a.body, &v) != nil {
		return string(a.body)
	}
	delete(v, "extensions")
	text, _ := json.Marshal(v)
	return fmt.Sprint(a.status, string(text))
}

// state is what can be seen of an account, but for what runs on by itself.
func state(r *running, id string) string {
	a := r.ask(r.token(auth.Support, 0, func(n *access.NewToken) { n.Name = "looks" }), `query($id:ID!){account(id:$id){
creditStatus{runs{used remaining allocation}} grants(first:50){totalCount} members(first:50){totalCount edges{node{id email role{name}}}} roles{name} auditLog(first:50){totalCount}
apiTokens(first:50){edges{node{id revokedAt}}} reservations(first:50){edges{node{id state}}} fineTuningJobs(first:50){edges{node{id state}}}
tools(first:50){edges{node{id name status}}} models(first:50){edges{node{id deployments(first:9){edges{node{id status replicas}}}}}}
guardrails(first:50){edges{node{id status}}} scripts(first:50){edges{node{id status}}} settings{negativeLimit billingContacts} plan{name}}}`, map[string]any{"id": id})
	if len(a.Errors) > 0 {
		r.t.Fatalf("%s", a.body)
	}
	return shorn(a)
}
