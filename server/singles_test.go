package server

import (
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/auth"
)

// A single id given for a list is a list of one, for the permission check as for the resolver: in whatever form it is written, it reveals
// no more than `node` does.
func TestASingleIDOpensNoMoreThanNode(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account, own := furnish(r, "single")
	_, other := furnish(r, "neighbour")
	member, platform := r.token(auth.Member, account, nil), r.token(auth.Platform, 0, nil)
	secrets := `{__typename
		... on Account{ledger(first:1){edges{node{amount}}} members(first:1){edges{node{email}}} overview{credits{used}}}
		... on Grant{amount} ... on Member{email} ... on ApiToken{prefix} ... on AuditEntry{before} ... on Statement{id} ... on Reservation{id}
		... on Tool{name} ... on Deployment{name}}`
	for name, id := range own {
		for form, a := range nodesInEveryForm(r, member, id, secrets) {
			if a.code() != "FORBIDDEN" || a.Data != nil && a.Data["nodes"] != nil {
				t.Errorf("%s, %s: %s", name, form, a.body)
			}
		}
	}
	for form, a := range nodesInEveryForm(r, platform, own["toolId"], `{... on Tool{name}}`) {
		if a.code() == "" && !strings.Contains(string(a.body), `"name":"t"`) || a.code() != "" && a.code() != "FORBIDDEN" {
			t.Errorf("PLATFORM, %s: %s", form, a.body)
		}
	}
	admin := r.token(auth.Admin, account, nil)
	for form, a := range nodesInEveryForm(r, admin, other["toolId"], `{... on Tool{name}}`) {
		if strings.Contains(string(a.body), `"name"`) {
			t.Errorf("another account's, %s: %s", form, a.body)
		}
	}
}

// nodesInEveryForm asks for one object by nodes, writing its id in every possible way.
func nodesInEveryForm(r *running, token, id, selection string) map[string]reply {
	q := `"` + id + `"`
	return map[string]reply{
		"list":              r.ask(token, `{nodes(ids:[`+q+`])`+selection+`}`, nil),
		"literal":           r.ask(token, `{nodes(ids:`+q+`)`+selection+`}`, nil),
		"block string":      r.ask(token, `{nodes(ids:"""`+id+`""")`+selection+`}`, nil),
		"variable":          r.ask(token, `query($i:[ID!]!){nodes(ids:$i)`+selection+`}`, map[string]any{"i": id}),
		"variable, list":    r.ask(token, `query($i:[ID!]!){nodes(ids:$i)`+selection+`}`, map[string]any{"i": []any{id}}),
		"variable in list":  r.ask(token, `query($i:ID!){nodes(ids:[$i])`+selection+`}`, map[string]any{"i": id}),
		"default":           r.ask(token, `query($i:[ID!]!=`+q+`){nodes(ids:$i)`+selection+`}`, nil),
		"default in list":   r.ask(token, `query($i:ID!=`+q+`){nodes(ids:[$i])`+selection+`}`, nil),
		"nullable variable": r.ask(token, `query($i:[ID!]=`+q+`){nodes(ids:$i)`+selection+`}`, nil),
		"in a fragment":     r.ask(token, `query($i:[ID!]!){...f} fragment f on Query{nodes(ids:$i)`+selection+`}`, map[string]any{"i": id}),
	}
}

// What an entry of the audit log was done to is shown to whoever may see such objects, by whatever type its fields are asked for.
func TestTheLogOpensNoObject(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account, own := furnish(r, "logged")
	master := r.token(auth.MasterAdmin, account, nil)
	if a := r.ask(r.token(auth.Platform, 0, nil), `mutation{updateTool(input:{toolId:"`+own["toolId"]+`",tags:[{key:"secret",value:"plan"}]}){userErrors{message}}}`, nil); a.code() != "" {
		t.Fatalf("%s", a.body)
	}
	if a := r.ask(master, `mutation{setRole(input:{accountId:"`+own["accountId"]+`",name:"Auditor",permissions:[AUDIT_READ]}){userErrors{message}}}`, nil); strings.Contains(string(a.body), "message") {
		t.Fatalf("%s", a.body)
	}
	auditor := r.token("Auditor", account, nil)
	const log = `{account{auditLog(filter:{actions:RESOURCE_UPDATED}){edges{node{targetNode{__typename id %s}}}}}}`
	for _, fields := range []string{`...on Resource{name}`, `...on Resource{tags{key value}}`, `...on Resource{externalId}`, `...on Node{...on Resource{createdAt}}`, `...f`, `...on Tool{ownerName}`} {
		query := strings.Replace(log, "%s", fields, 1)
		if fields == "...f" {
			query += ` fragment f on Resource{tags{value}}`
		}
		if a := r.ask(auditor, query, nil); a.code() != "FORBIDDEN" || strings.Contains(string(a.body), "plan") {
			t.Errorf("%s: %s", fields, a.body)
		}
		if a := r.ask(master, query, nil); a.code() != "" || !strings.Contains(string(a.body), own["toolId"]) {
			t.Errorf("%s for who may see it: %s", fields, a.body)
		}
	}
	if a := r.ask(auditor, strings.Replace(log, "%s", "", 1), nil); a.code() != "" || !strings.Contains(string(a.body), own["toolId"]) {
		t.Errorf("ids alone: %s", a.body)
	}
}
