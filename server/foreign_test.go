package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
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
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// belongings are the ids of an account's objects, by the names that inputs have for them.
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
	b["id"], b["resourceId"], b["resourceIds"], b["accountIds"], b["deploymentIds"] = b["deploymentId"], b["toolId"], b["toolId"], id, b["deploymentId"]
	return key, b
}

// nobodys returns ids of the same kinds that do not exist.
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

// asking writes the operations that name ids: every mutation, node, and every field that takes an id.
type asking struct {
	schema *ast.Schema
	ids    belongings // the ids to name
	own    string     // if not "", the account to name
}

// value returns a literal of an input type, with all ids that it can hold and all required fields.
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

// Ids of another account are answered exactly like ids that do not exist, in every mutation and every field that takes one, and nothing
// happens to the objects that they name. Naming a member's own account beside a stranger's object changes nothing about that.
func TestForeignIdsDoNotExist(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate = 1<<30, 1<<30 })
	ownKey, _ := furnish(r, "own")
	_, theirs := furnish(r, "other")
	schema := contract(t)
	own := ownIDs(r, theirs, "other")
	before := state(r, theirs["accountId"])
	for _, names := range [][2]belongings{{theirs, theirs.nobodys(t)}, {own, ownIDs(r, nil, "nobody")}} {
		foreign(r, schema, ownKey, names[0], names[1])
	}
	if after := state(r, theirs["accountId"]); after != before {
		t.Errorf("the other account was\n%s\nand is\n%s", before, after)
	}
}

// foreign asks everything that takes an id, once with the ids of another account and once with ids that do not exist.
func foreign(r *running, schema *ast.Schema, ownKey int64, theirs, none belongings) {
	t, asked := r.t, 0
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
	if err := r.store.SetProvisioning(t.Context(), ownKey, false, false, tsdb.Actor{}); err != nil { // which was asked too
		t.Fatal(err)
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
	for _, path := range []string{"/v1/export/usage?account=", "/v1/export/events?account=", "/v1/export/tools?account="} {
		got, want := r.send(r.request(http.MethodGet, path+theirs["accountId"], reporter, "", nil)), r.send(r.request(http.MethodGet, path+none["accountId"], reporter, "", nil))
		if shorn(got) != shorn(want) {
			t.Errorf("%s\nsomebody else's: %s\nnobody's:        %s", path, got.body, want.body)
		}
	}
}

// ownIDs gives belongings own ids and returns these. For objects that do not exist it only makes ids up.
func ownIDs(r *running, of belongings, name string) belongings {
	r.t.Helper()
	own := belongings{}
	for _, kind := range []string{"account", "tool", "model", "deployment", "guardrail", "script"} {
		own[kind+"Id"] = "external:" + kind + ":" + kind + "-" + name
		if of != nil {
			mutation := "update" + strings.ToUpper(kind[:1]) + kind[1:]
			a := r.ask(r.token(auth.Platform, 0, nil), fmt.Sprintf(`mutation{%s(input:{%sId:%q,externalId:%q}){userErrors{message}}}`, mutation, kind, of[kind+"Id"], kind+"-"+name), nil)
			if !strings.Contains(string(a.body), `"userErrors":[]`) {
				r.t.Fatalf("%s: %s", mutation, a.body)
			}
		}
	}
	own["memberId"] = "external:member:member-" + name
	if of != nil {
		a := r.ask(r.token(auth.Platform, 0, nil), fmt.Sprintf(`mutation{setMember(input:{accountId:%q,userId:"u-own",email:"own@example.org",role:"MEMBER",externalId:"member-%s"}){userErrors{message}}}`, of["accountId"], name), nil)
		if !strings.Contains(string(a.body), `"userErrors":[]`) {
			r.t.Fatalf("setMember: %s", a.body)
		}
	}
	own["id"], own["resourceId"], own["resourceIds"], own["accountIds"], own["deploymentIds"] = own["deploymentId"], own["toolId"], own["toolId"], own["accountId"], own["deploymentId"]
	return own
}

// watched returns the answer to a subscription to a field of an account.
func watched(r *running, token, field string, ids belongings) string {
	req := r.request(http.MethodPost, "/graphql", token, "application/json", bytes.NewReader(question(
		"subscription($id:ID!){"+field+"(accountId:$id){__typename}}", map[string]any{"id": ids["accountId"]})))
	req.Header.Set("Accept", "text/event-stream")
	a := r.send(req) // a refusal ends the stream
	return fmt.Sprint(a.status, requestID.ReplaceAllString(string(a.body), ""))
}

// reportedBy returns the answer to a report of a tool run by CloudEvents.
func reportedBy(r *running, token, account string, ids belongings) string {
	event := fmt.Sprintf(`{"specversion":"1.0","type":"usagegraph.tool.run","id":"e","source":"s","time":%q,"account":%q,"subject":%q,"data":{"runs":1}}`,
		time.Now().UTC().Truncate(time.Hour).Format(time.RFC3339), account, ids["toolId"])
	a := r.send(r.request(http.MethodPost, "/v1/events", token, "application/cloudevents+json", strings.NewReader(event)))
	return fmt.Sprint(a.status, requestID.ReplaceAllString(string(a.body), ""))
}

// requestID is different in every answer.
var requestID = regexp.MustCompile(`"requestId":"[0-9a-f]+"`)

// operations returns all operations that name ids.
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
	return append(list, q.questions()...)
}

// questions returns all fields of a query and of an account that take an id, each with an id of every kind that the argument's name can
// mean.
func (q asking) questions() (list []string) {
	for _, t := range []string{"Query", "Account"} {
		for _, f := range q.schema.Types[t].Fields {
			if !slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return holdsID(q.schema, a.Type) }) {
				continue
			}
			for _, kind := range []string{"toolId", "modelId", "scriptId", "guardrailId", "deploymentId", "memberId"} {
				of := q
				of.ids = maps.Clone(q.ids)
				for _, name := range []string{"resourceId", "resourceIds", "id", "ids"} {
					of.ids[name] = q.ids[kind]
				}
				text := f.Name + of.arguments(f.Arguments) + selection(q.schema, f.Type)
				if t == "Account" {
					text = "account{" + text + "}"
				}
				list = append(list, "{"+text+"}")
			}
		}
	}
	return list
}

// arguments returns the required arguments and those that hold an id.
func (q asking) arguments(list ast.ArgumentDefinitionList) string {
	var said []string
	for _, a := range list {
		if a.Type.NonNull && a.DefaultValue == nil || holdsID(q.schema, a.Type) {
			said = append(said, a.Name+":"+q.value(a.Type, a.Name))
		}
	}
	return "(" + strings.Join(said, ",") + ")"
}

// selection selects the count of a list, and the id of an object that has one.
func selection(schema *ast.Schema, t *ast.Type) string {
	d := schema.Types[t.Name()]
	for _, name := range []string{"totalCount", "id"} {
		if d.Fields.ForName(name) != nil && len(d.Fields.ForName(name).Arguments) == 0 {
			return "{" + name + "}"
		}
	}
	return "{__typename}"
}

// No other fields than those asked here take an id, neither fields of other types nor those of an account's objects.
func TestIdsStandWhereTheyAreAsked(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	for _, d := range schema.Types {
		if d.Kind != ast.Object || slices.Contains([]string{"Query", "Account", "Mutation", "Subscription"}, d.Name) {
			continue
		}
		for _, f := range d.Fields {
			for _, a := range f.Arguments {
				if holdsID(schema, a.Type) {
					t.Errorf("%s.%s(%s) takes an id: ask it in questions", d.Name, f.Name, a.Name)
				}
			}
		}
	}
}

func contract(t *testing.T) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	return gqlparser.MustLoadSchema(&ast.Source{Input: string(text)})
}

// shorn returns an answer without what differs each time: the request's id, the price, the time.
func shorn(a reply) string {
	var v map[string]any
	if json.Unmarshal(a.body, &v) != nil {
		return string(a.body)
	}
	delete(v, "extensions")
	text, _ := json.Marshal(v)
	return fmt.Sprint(a.status, string(text))
}

// state returns what can be seen of an account, without what changes by itself.
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
