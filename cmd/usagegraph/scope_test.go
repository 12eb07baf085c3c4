package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/usagegraph/usagegraph/auth"
)

// A list of permissions means exactly what it contains: an empty one permits nothing, and one that could not mean what it says is refused.
func TestScopesMeanWhatTheySay(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	id := r.account(r.token(auth.Platform, 0, nil), "acme")
	key, _ := accountKey(id)
	master := r.token(auth.MasterAdmin, key, nil)
	if a := r.ask(master, `mutation($i:SetRoleInput!){setRole(input:$i){userErrors{code}}}`, map[string]any{"i": map[string]any{"accountId": id, "name": "Clerk", "permissions": []string{"BILLING_VIEW"}}}); len(a.at("setRole.userErrors").([]any)) != 0 {
		t.Fatal(a.body)
	}
	whole := func(role auth.Role) []string { return role.Permissions().Names() }
	for name, c := range map[string]struct {
		role, scopes string
		want         []string // nil: refused as INVALID
	}{
		"null":                    {"ADMIN", `null`, whole(auth.Admin)},
		"empty":                   {"MASTER_ADMIN", `[]`, []string{"AUTHENTICATED"}},
		"empty, of a custom role": {"Clerk", `[]`, []string{"AUTHENTICATED"}},
		"one":                     {"MASTER_ADMIN", `[WIDGET]`, []string{"AUTHENTICATED", "ACCOUNT_VIEW", "WIDGET"}},
		"one, no list":            {"MASTER_ADMIN", `WIDGET`, []string{"AUTHENTICATED", "ACCOUNT_VIEW", "WIDGET"}},
		"twice the same":          {"MEMBER", `[WIDGET,WIDGET]`, []string{"AUTHENTICATED", "ACCOUNT_VIEW", "WIDGET"}},
		"implied":                 {"Clerk", `[USAGE_VIEW]`, []string{"AUTHENTICATED", "ACCOUNT_VIEW", "RESOURCE_VIEW", "USAGE_VIEW"}},
		"AUTHENTICATED":           {"MEMBER", `[AUTHENTICATED]`, []string{"AUTHENTICATED", "ACCOUNT_VIEW"}},
		"INHERIT":                 {"MASTER_ADMIN", `[INHERIT]`, nil},
		"INHERIT beside another":  {"MASTER_ADMIN", `[INHERIT,WIDGET]`, nil},
		"beyond MEMBER":           {"MEMBER", `[BILLING_VIEW]`, nil},
		"beyond ADMIN, beside":    {"ADMIN", `[RESOURCE_MANAGE,RESOURCE_DELETE]`, nil},
		"beyond a custom role":    {"Clerk", `[BILLING_MANAGE]`, nil},
		"of Support":              {"MASTER_ADMIN", `[GRANT_CREDITS]`, nil},
		"of the platform":         {"MASTER_ADMIN", `[USAGE_WRITE,WIDGET]`, nil},
		"of an operator's token":  {"MASTER_ADMIN", `[EXPLORE]`, nil},
	} {
		a := r.ask(master, fmt.Sprintf(`mutation{createApiToken(input:{accountId:%q,name:"t",role:%q,documents:ANY,scopes:%s}){apiToken{permissions} secret userErrors{code field}}}`, id, c.role, c.scopes), nil)
		if c.want == nil {
			if e, _ := a.at("createApiToken.userErrors").([]any); len(e) != 1 || fmt.Sprint(e[0]) != "map[code:INVALID field:[input scopes]]" || a.at("createApiToken.secret") != nil {
				t.Errorf("%s: %s", name, a.body)
			}
			continue
		}
		secret, _ := a.at("createApiToken.secret").(string)
		if got := texts(a.at("createApiToken.apiToken.permissions")); !slices.Equal(got, c.want) {
			t.Errorf("%s: the token says %v, want %v: %s", name, got, c.want, a.body)
		}
		if secret == "" || r.ask(secret, `{account{ledger{totalCount}}}`, nil).code() != "FORBIDDEN" {
			t.Errorf("%s: the token may read the ledger", name)
		}
	}
}

// A role that could do nothing beyond MEMBER, or that names something no role of an account can hold, is refused as a whole.
func TestRolesMeanWhatTheySay(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	id := r.account(r.token(auth.Platform, 0, nil), "acme")
	key, _ := accountKey(id)
	master := r.token(auth.MasterAdmin, key, nil)
	for _, permissions := range []string{`[]`, `[INHERIT]`, `[INHERIT,BILLING_VIEW]`, `[AUTHENTICATED]`, `[WIDGET]`, `[BILLING_VIEW,USAGE_WRITE]`, `GRANT_CREDITS`, `[EXPLORE]`} {
		a := r.ask(master, fmt.Sprintf(`mutation{setRole(input:{accountId:%q,name:"R",permissions:%s}){role{name} userErrors{code field}}}`, id, permissions), nil)
		if e, _ := a.at("setRole.userErrors").([]any); len(e) != 1 || fmt.Sprint(e[0]) != "map[code:INVALID field:[input permissions]]" {
			t.Errorf("%s: %s", permissions, a.body)
		}
	}
	for _, documents := range []string{`[]`, `[ANY]`, `null`, `""`} {
		a := r.ask(master, fmt.Sprintf(`mutation{createApiToken(input:{accountId:%q,name:"t",role:"MEMBER",documents:%s}){apiToken{documents} secret}}`, id, documents), nil)
		if a.code() != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("documents %s by literal: %s", documents, a.body)
		}
	}
	for _, documents := range []any{[]string{}, []string{"ANY"}, nil, "", "any"} {
		a := r.ask(master, `mutation($i:CreateApiTokenInput!){createApiToken(input:$i){apiToken{documents} secret}}`,
			map[string]any{"i": map[string]any{"accountId": id, "name": "t", "role": "MEMBER", "documents": documents}})
		if a.at("createApiToken.apiToken.documents") == "ANY" {
			t.Errorf("documents %v by variable: %s", documents, a.body)
		}
	}
}

// texts returns the elements of a list of strings.
func texts(v any) (list []string) {
	elements, _ := v.([]any)
	for _, e := range elements {
		text, _ := e.(string)
		list = append(list, text)
	}
	return list
}
