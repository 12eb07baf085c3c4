package main

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// codes returns the codes of a mutation's user errors, or that of a top-level error if there is one.
func (a answer) codes(field string) string {
	if a.code() != "" {
		return a.code()
	}
	var list []string
	errs, _ := a.at(field + ".userErrors").([]any)
	for _, e := range errs {
		list = append(list, fmt.Sprint(e.(map[string]any)["code"]))
	}
	return strings.Join(list, " ")
}

// The platform manages the people, roles and contacts of its accounts, but not their tokens, limits and money.
func TestPlatformManagesPeople(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	everywhere := r.token(auth.Platform, 0, nil)
	own, other := r.account(everywhere, "own"), r.account(everywhere, "other")
	key, _ := accountKey(own)
	member := func(account, user string) string {
		k, _ := accountKey(account)
		return graph.ID{Kind: graph.KindMember, Key: k, Part: user}.String()
	}
	set := `mutation($i:SetMemberInput!){setMember(input:$i){member{email role{name}} userErrors{code}}}`
	for name, token := range map[string]string{"every account": everywhere, "one account": r.token(auth.Platform, key, nil)} {
		do := func(field, want, query string, variables map[string]any) answer {
			t.Helper()
			a := r.ask(token, query, variables)
			if got := a.codes(field); got != want {
				t.Errorf("%s: %s: %q, want %q: %s", name, field, got, want, a.body)
			}
			return a
		}
		people := func(account, user, role string) map[string]any {
			return map[string]any{"i": map[string]any{"accountId": account, "userId": user, "email": user + "@acme.example", "role": role}}
		}
		beyond := "NOT_FOUND"
		if token == everywhere {
			beyond = ""
		}
		do("setMember", "", set, people(own, "max", "MEMBER"))
		do("setMember", "", set, people(own, "mia", "MASTER_ADMIN"))
		do("setMember", "", set, people(own, "mia", "MEMBER"))
		do("setMember", "LAST_MASTER_ADMIN", set, people(own, "u-own", "MEMBER"))
		do("setMember", "INVALID", set, people(own, "max", "PLATFORM"))
		do("setMember", "INVALID", set, people(own, "max", "SUPPORT"))
		do("setMember", beyond, set, people(other, "max", "MEMBER"))
		do("setRole", "", `mutation($a:ID!){setRole(input:{accountId:$a,name:"Accountant",permissions:[BILLING_MANAGE,TOKENS_MANAGE]}){role{name} userErrors{code}}}`, map[string]any{"a": own})
		do("setMember", "", set, people(own, "max", "Accountant"))
		do("removeRole", "IN_USE", `mutation($a:ID!){removeRole(input:{accountId:$a,name:"Accountant"}){userErrors{code}}}`, map[string]any{"a": own})
		do("setRole", beyond, `mutation($a:ID!){setRole(input:{accountId:$a,name:"R",permissions:[BILLING_VIEW]}){userErrors{code}}}`, map[string]any{"a": other})
		do("setBillingContacts", "", `mutation($a:ID!){setBillingContacts(input:{accountId:$a,emails:["pay@acme.example"]}){settings{billingContacts} userErrors{code}}}`, map[string]any{"a": own})
		do("setBillingContacts", beyond, `mutation($a:ID!){setBillingContacts(input:{accountId:$a,emails:[]}){userErrors{code}}}`, map[string]any{"a": other})
		do("removeMember", "", `mutation($m:ID!){removeMember(input:{memberId:$m}){userErrors{code}}}`, map[string]any{"m": member(own, "max")})
		do("removeMember", beyond, `mutation($m:ID!){removeMember(input:{memberId:$m}){userErrors{code}}}`, map[string]any{"m": member(other, "max")})
		a := do("", "", `query($a:ID!){account(id:$a){members(first:10){edges{node{email}}} roles{name} settings{billingContacts}}}`, map[string]any{"a": own})
		if !strings.Contains(a.body, "mia@acme.example") || !strings.Contains(a.body, "pay@acme.example") {
			t.Errorf("%s: %s", name, a.body)
		}
		for _, forbidden := range []string{`mutation($a:ID!){createApiToken(input:{accountId:$a,name:"t",role:"MEMBER"}){secret}}`, `query($a:ID!){account(id:$a){settings{lowCreditLimit}}}`,
			`mutation($a:ID!){setAccountLimits(input:{accountId:$a,lowCreditLimit:"1"}){userErrors{code}}}`, `query($a:ID!){account(id:$a){ledger{totalCount}}}`, `query($a:ID!){account(id:$a){auditLog{totalCount}}}`,
			`query($a:ID!){account(id:$a){apiTokens{totalCount}}}`} {
			do("", "FORBIDDEN", forbidden, map[string]any{"a": own})
		}
	}
}

// From the command line, an account gets its first master admin and its first token, whoever made the account.
func TestTheFirstOfAnAccountFromTheCommandLine(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	a := r.ask(r.token(auth.Platform, 0, nil), `mutation{createAccount(input:{name:"bare",idempotencyKey:"bare"}){account{id}}}`, nil)
	id, _ := a.at("createAccount.account.id").(string)
	command := func(args ...string) (string, error) {
		var out, errs bytes.Buffer
		p := program{args: append(args, "--database-url", r.config.DatabaseURL), getenv: func(string) string { return "" }, out: &out, errs: &errs, clock: time.Now}
		err := p.run(t.Context())
		return strings.TrimSpace(out.String()), err
	}
	must := func(args ...string) string {
		t.Helper()
		out, err := command(args...)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return out
	}
	if out := must("member", "set", "--account", id, "--user", "kc|1", "--email", "mia@acme.example", "--role", "master_admin"); out != "mia@acme.example is MASTER_ADMIN" {
		t.Errorf("member set: %q", out)
	}
	secret := must("token", "create", "--role", "MASTER_ADMIN", "--account", id, "--member", "kc|1", "--any-document")
	if a := r.ask(secret, `{viewer{email kind documents} account{members{totalCount}}}`, nil); a.at("viewer.email") != "mia@acme.example" || a.at("viewer.documents") != "ANY" {
		t.Errorf("the first token: %s", a.body)
	}
	narrow := must("token", "create", "--role=ADMIN", "--account="+id, "--scopes=WIDGET", "--any-document", "--name=narrow")
	if a := r.ask(narrow, `{account{tools{totalCount}}}`, nil); a.code() != "FORBIDDEN" {
		t.Errorf("a narrow one: %s", a.body)
	}
	if out := must("member", "list", "--account", id); !strings.Contains(out, "kc|1") || !strings.Contains(out, "MASTER_ADMIN") {
		t.Errorf("member list: %q", out)
	}
	list := must("token", "list", "--account", id)
	if strings.Count(list, "valid") != 2 || !strings.Contains(list, "narrow") || strings.Count(list, "  "+id+"  ") != 2 {
		t.Errorf("token list: %q", list)
	}
	for _, args := range [][]string{
		{"token", "create", "--role", "MASTER_ADMIN"}, {"token", "create", "--account", id}, {"token", "create", "--role", "Nobody", "--account", id},
		{"token", "create", "--role", "ADMIN", "--account", id, "--member", "nobody"}, {"token", "create", "--role", "MEMBER", "--account", id, "--scopes", "BILLING_VIEW"},
		{"token", "create", "--role", "MEMBER", "--account", id, "--scopes", "Everything"}, {"token", "create", "--role", "MEMBER", "--account", id, "--scopes", ""},
		{"token", "create", "--role", "SUPPORT", "--account", id}, {"token", "create", "--role", "PLATFORM", "--scopes", "WIDGET"}, {"token", "create", "--role", "MEMBER", "--account", "x"},
		{"token", "create", "--role", "PLATFORM", "--account", ""}, {"token", "create", "--role", "PLATFORM", "--account="}, {"token", "list", "--account", ""},
		{"token", "create", "--role", "ADMIN", "--account", id, "--member", ""}, {"member", "set", "--account", id, "--user", "kc|1", "--role", "MASTER_ADMIN", "--name", ""},
		{"member", "set", "--account", id, "--user", "kc|1", "--role", "MEMBER"}, {"member", "set", "--account", id, "--user", "kc|2", "--role", "MEMBER"},
		{"member", "set", "--account", id, "--user", "kc|2", "--email", "a@b.example", "--role", "SUPPORT"}, {"member", "remove", "--account", id, "--user", "kc|1"}, {"member", "set", "--role", "MEMBER"},
	} {
		if out, err := command(args...); err == nil {
			t.Errorf("%v was done: %q", args, out)
		}
	}
	// Whatever the command, an account that does not exist is called that.
	for _, none := range []string{"external:account:nobody", "external:tool:bare", "bare", "7", graph.EncodeID(graph.KindAccount, 987_654), graph.EncodeID(graph.KindTool, 1)} {
		for _, args := range [][]string{{"token", "create", "--role", "MEMBER"}, {"token", "create", "--role", "PLATFORM"}, {"token", "list"}, {"member", "list"}, {"reconcile"},
			{"member", "set", "--user", "kc|9", "--email", "a@b.example", "--role", "MEMBER"}} {
			if _, err := command(append(args, "--account", none)...); err == nil || !strings.Contains(err.Error(), "there is no such account") {
				t.Errorf("%v of %s: %v", args, none, err)
			}
		}
	}
	must("token", "revoke", "--id", strings.Fields(list)[0])
	waitFor(t, func() bool { return r.ask(narrow, `{viewer{name}}`, nil).status == http.StatusUnauthorized })
	var help bytes.Buffer
	for _, of := range []string{"token", "member"} {
		if err := (program{args: []string{of, "--help"}, out: &help}).run(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for _, said := range []string{"--any-document", "--scopes", "member set", "USER-ID"} {
		if !strings.Contains(help.String(), said) {
			t.Errorf("help does not tell of %s", said)
		}
	}
}

// The audit log uses the contract's terms: people by e-mail address, amounts in credits, fields by their names in the API.
func TestTheAuditLogSpeaksTheContract(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	platform, support := r.token(auth.Platform, 0, nil), r.token(auth.Support, 0, nil)
	id := r.account(platform, "acme")
	key, _ := accountKey(id)
	master := r.token(auth.MasterAdmin, key, func(n *access.NewToken) { n.UserID = "u-acme" })
	for token, mutations := range map[string][]string{
		support: {`setAccountLimits(input:{accountId:$a,lowCreditLimit:"7.5"}){userErrors{code}}`, `grantCredits(input:{accountId:$a,meter:MODEL_CREDITS,amount:"225.5",reference:"invoice 1",idempotencyKey:"g"}){userErrors{code}}`,
			`adjustCredits(input:{accountId:$a,meter:TOOL_RUNS,amount:"-5",grantId:"` + graph.ID{Kind: graph.KindGrant, Key: key, Part: "2"}.String() + `",reference:"wrong",idempotencyKey:"c"}){userErrors{code}}`},
		master: {`setMember(input:{accountId:$a,userId:"kc|7",email:"max@acme.example",name:"Max",role:"ADMIN"}){userErrors{code}}`,
			`createApiToken(input:{accountId:$a,name:"t",role:"MEMBER",memberId:"` + graph.ID{Kind: graph.KindMember, Key: key, Part: "u-acme"}.String() + `",scopes:[WIDGET]}){userErrors{code}}`},
	} {
		for _, m := range mutations {
			if a := r.ask(token, `mutation($a:ID!){`+m+`}`, map[string]any{"a": id}); a.code() != "" || !strings.Contains(a.body, `"userErrors":[]`) {
				t.Errorf("%s: %s", m, a.body)
			}
		}
	}
	r.ask(support, `mutation{createPlan(input:{name:"Pro",credits:"100.25",runs:1000}){plan{id} userErrors{code}}}`, nil)
	log := r.ask(master, `{account{auditLog(first:50){edges{node{action actor{name} targetId target before after}}}}}`, nil).body
	plans := r.ask(support, `{auditLog(first:50){edges{node{action target before after}}}}`, nil).body
	log, plans = strings.NewReplacer(`": `, `":`, `, "`, `,"`).Replace(log), strings.NewReplacer(`": `, `":`, `, "`, `,"`).Replace(plans)
	for _, want := range []string{
		`"before":{"negativeLimit":"-25","lowCreditLimit":"5","fineTuningLimit":"25"}`, `"lowCreditLimit":"7.5"`, `"amount":"225.5"`, `"amount":"-5"`,
		`"target":"max@acme.example"`, `"actor":{"name":"acme@example.org"}`, `"documents":"TRUSTED"`, `"member":"acme@example.org"`, `"scopes":["WIDGET"]`,
		`"targetId":"` + graph.ID{Kind: graph.KindGrant, Key: key, Part: "2"}.String() + `"`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	if !strings.Contains(plans, `"after":{"name":"Pro","runs":1000,"active":true,"credits":"100.25"}`) {
		t.Errorf("the log of plans: %s", plans)
	}
	for _, wrong := range []string{"000000", `"Low"`, `"ID"`, `"Credits"`, "PlanEnds", "planEnds", "anyDocument", `"grant"`} {
		if strings.Contains(log+plans, wrong) {
			t.Errorf("the log says %s: %s %s", wrong, log, plans)
		}
	}
}
