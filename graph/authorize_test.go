package graph

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/usagegraph/usagegraph/auth"
)

const ownAccount, otherAccount = 7, 8

// callers returns one principal of each kind that the rules distinguish.
func callers() (names []string, list []auth.Principal) {
	for _, role := range auth.Roles() {
		if role.OfAccount() {
			list = append(list, seated(role, role.Permissions()))
		} else {
			list = append(list, auth.Principal{Kind: auth.Service, Role: role, Common: role.Permissions()})
		}
		names = append(names, string(role))
	}
	names = append(names, "PLATFORM of one", "custom BILLING_VIEW", "nobody")
	list = append(list, seated(auth.Platform, auth.Platform.Permissions()),
		seated("Accountant", auth.CustomPermissions(auth.SetOf(auth.BillingView))), auth.Principal{Common: auth.SetOf(auth.Authenticated)})
	return names, list
}

func seated(role auth.Role, held auth.Set) auth.Principal {
	return auth.Principal{Kind: auth.User, Common: auth.SetOf(auth.Authenticated), Seats: []auth.Seat{{Account: ownAccount, Role: role, Permissions: held}}}
}

// judge returns the outcome of a document: yes; FORBIDDEN; hidden, if the resolver answers that there is no such account; or by id, if the
// object's account decides, in which case an object out of reach is answered as if it did not exist.
func judge(t *testing.T, a *Authorize, p auth.Principal, document string, variables map[string]any) string {
	t.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(a.allow.schema, document, rules.NewDefaultRules())
	if len(errs) > 0 {
		t.Fatalf("%s: %v", document, errs)
	}
	op := &graphql.OperationContext{Operation: doc.Operations[0], Doc: doc, Variables: variables}
	if refused := a.MutateOperationContext(auth.WithPrincipal(context.Background(), p), op); refused != nil {
		return fmt.Sprint(refused.Extensions["code"])
	}
	hidden, byID := false, false
	w := a.allow.walk(variables, nil)
	w.eachRoot(op.Operation.SelectionSet, func(f *ast.Field) {
		account, where := w.place(f, p)
		hidden = hidden || where == inAccount && !p.Reaches(account)
		byID = where == later && f.Name != "viewer" && !p.Everywhere()
	})
	if hidden {
		return "hidden"
	}
	if byID {
		return "by id"
	}
	return "yes"
}

func authorizer(t *testing.T, schema *ast.Schema) *Authorize {
	t.Helper()
	a, err := NewAuthorize(schema)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// sample returns a literal of an input type with every required field.
func sample(schema *ast.Schema, t *ast.Type, name, account string) string {
	if t.Elem != nil {
		return "[" + sample(schema, t.Elem, name, account) + "]"
	}
	d := schema.Types[t.NamedType]
	switch {
	case t.NamedType == "ID" && (name == "accountId" || name == "id"):
		return `"` + account + `"`
	case t.NamedType == "Boolean":
		return "true"
	case t.NamedType == "Int" || t.NamedType == "Long":
		return "1"
	case d.Kind == ast.Enum:
		return d.EnumValues[0].Name
	case d.Kind == ast.InputObject:
		var fields []string
		for _, f := range d.Fields {
			if f.Type.NonNull && f.DefaultValue == nil {
				fields = append(fields, f.Name+":"+sample(schema, f.Type, f.Name, account))
			}
		}
		return "{" + strings.Join(fields, ",") + "}"
	}
	return `"1"`
}

// call returns a field with its required arguments and the smallest possible selection.
func call(schema *ast.Schema, f *ast.FieldDefinition, account string) string {
	var args []string
	for _, arg := range f.Arguments {
		if arg.Type.NonNull && arg.DefaultValue == nil || f.Name == "account" {
			args = append(args, arg.Name+":"+sample(schema, arg.Type, arg.Name, account))
		}
	}
	text := f.Name
	if len(args) > 0 {
		text += "(" + strings.Join(args, ",") + ")"
	}
	if schema.Types[f.Type.Name()].IsCompositeType() {
		text += "{__typename}"
	}
	return text
}

// The matrix covers every field and mutation, every role, and both one's own account and another. A change in it is a change of who may see
// what.
func TestAuthorizationMatrix(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	authorize := authorizer(t, schema)
	names, list := callers()
	var b strings.Builder
	fmt.Fprintf(&b, "# own account / other account; hidden: answered like an account that does not exist; by id: the object's account decides. Made by TestAuthorizationMatrix.\n")
	ways := waysTo(schema)
	write := func(field string, document func(account string) string) {
		var cells []string
		for i, p := range list {
			own := judge(t, authorize, p, document(EncodeID(KindAccount, ownAccount)), nil)
			other := judge(t, authorize, p, document(EncodeID(KindAccount, otherAccount)), nil)
			cells = append(cells, fmt.Sprintf("%s %s/%s", names[i], mark(own), mark(other)))
		}
		fmt.Fprintf(&b, "%-40s %s\n", field, strings.Join(cells, " · "))
	}
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, f := range ownFields(root) {
			write(root.Name+"."+f.Name, func(account string) string { return strings.ToLower(root.Name) + "{" + call(schema, f, account) + "}" })
		}
	}
	for _, d := range definitions(schema) {
		if d.Kind != ast.Object || slices.Contains([]*ast.Definition{schema.Query, schema.Mutation, schema.Subscription}, d) {
			continue
		}
		lead := leadTo(schema, d)
		for _, f := range ownFields(d) {
			own := permissionOf(d, f)
			if lead == "" && own == "INHERIT" {
				fmt.Fprintf(&b, "%-40s %s\n", d.Name+"."+f.Name, "like what led there")
				continue
			}
			write(d.Name+"."+f.Name, func(account string) string {
				if lead != "" {
					return fmt.Sprintf(lead, account, call(schema, f, account))
				}
				way, known := ways[d.Name]
				if !known {
					t.Fatalf("nothing leads to %s", d.Name)
				}
				return way(account, call(schema, f, account))
			})
		}
	}
	for _, f := range ownFields(schema.Mutation) {
		for _, given := range askingFields(schema, f) {
			write("Mutation."+f.Name+"("+given.Name+":)", func(account string) string { return giving(schema, f, given, account) })
		}
	}
	golden(t, "authorization.golden", b.String())
}

// permissionOf returns the permission that a field requires: its own, or its type's.
func permissionOf(d *ast.Definition, f *ast.FieldDefinition) string {
	if own := permission(f.Directives); own != "" {
		return own
	}
	return permission(d.Directives)
}

// way writes a document that selects a field of a type that does not implement Node.
type way func(account, field string) string

// waysTo finds a shortest way from a root field to every object type. Fields on the way require their permissions too.
func waysTo(schema *ast.Schema) map[string]way {
	ways := map[string]way{}
	var next []string
	reach := func(of string, w way) {
		if of == "Node" {
			return // the id decides what is reached
		}
		for _, possible := range schema.GetPossibleTypes(schema.Types[of]) {
			name := possible.Name
			if ways[name] != nil {
				continue
			}
			ways[name] = func(account, field string) string { return w(account, "...on "+name+"{"+field+"}") }
			next = append(next, name)
		}
	}
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, f := range ownFields(root) {
			reach(f.Type.Name(), func(account, field string) string {
				return strings.ToLower(root.Name) + "{" + selecting(schema, f, account, field) + "}"
			})
		}
		for ; len(next) > 0; next = next[1:] { // first everything that queries lead to, then what only mutations lead to
			before := ways[next[0]]
			for _, f := range ownFields(schema.Types[next[0]]) {
				reach(f.Type.Name(), func(account, field string) string { return before(account, selecting(schema, f, account, field)) })
			}
		}
	}
	return ways
}

// selecting returns a field with its required arguments, and one field of its answer.
func selecting(schema *ast.Schema, f *ast.FieldDefinition, account, field string) string {
	return strings.TrimSuffix(call(schema, f, account), "{__typename}") + "{" + field + "}"
}

// askingFields returns the optional fields of a mutation's input that require permissions of their own.
func askingFields(schema *ast.Schema, f *ast.FieldDefinition) (list []*ast.FieldDefinition) {
	for _, given := range schema.Types[f.Arguments[0].Type.Name()].Fields {
		if permission(given.Directives) != "" {
			list = append(list, given)
		}
	}
	return list
}

// giving returns a mutation with one optional field given.
func giving(schema *ast.Schema, f *ast.FieldDefinition, given *ast.FieldDefinition, account string) string {
	with := given.Name + ":" + sample(schema, given.Type, given.Name, account) + "})"
	return "mutation{" + strings.Replace(call(schema, f, account), "})", ","+with, 1) + "}"
}

// leadTo returns a document that reaches a type; "" for a type that requires no permission of its own.
func leadTo(schema *ast.Schema, d *ast.Definition) string {
	switch {
	case d.Name == "Account":
		return `query{account(id:"%s"){%s}}`
	case permission(d.Directives) == "INHERIT":
		return ""
	case slices.Contains(d.Interfaces, "Node"):
		// The resolver finds the object's account and calls admit.
		return `query{node(id:"` + EncodeID(Kind(d.Name), 1) + `"){...on ` + d.Name + `{%[2]s}} a:account(id:"%[1]s"){__typename}}`
	}
	return ""
}

func mark(answer string) string {
	if answer == "FORBIDDEN" {
		return "no"
	}
	return answer
}

// golden compares with a file under testdata; -update writes it again.
func golden(t *testing.T, name, got string) {
	t.Helper()
	goldenAt(t, filepath.Join("testdata", name), got)
}

// goldenAt is golden with a file in another place.
func goldenAt(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s has changed; if that is meant, run the test with -update", path)
	}
}

func TestAuthorizeLooksEverywhere(t *testing.T) {
	t.Parallel()
	authorize := authorizer(t, contract(t))
	own := EncodeID(KindAccount, ownAccount)
	tool := EncodeID(KindTool, 1)
	member, admin := seated(auth.Member, auth.Member.Permissions()), seated(auth.Admin, auth.Admin.Permissions())
	for name, c := range map[string]struct {
		p         auth.Principal
		document  string
		variables map[string]any
		want      string
	}{
		"in a fragment":         {member, `query{account{...f}} fragment f on Account{overview{__typename}}`, nil, "FORBIDDEN"},
		"in a nested fragment":  {member, `query{account{...f}} fragment f on Account{...g} fragment g on Account{...on Account{ledger{totalCount}}}`, nil, "FORBIDDEN"},
		"in a root fragment":    {member, `query{...f} fragment f on Query{account{overview{__typename}}}`, nil, "FORBIDDEN"},
		"under an alias":        {member, `query{creditStatus:account{creditStatus:overview{__typename}}}`, nil, "FORBIDDEN"},
		"by variable":           {member, `query($id:ID!){account(id:$id){overview{__typename}}}`, map[string]any{"id": own}, "FORBIDDEN"},
		"figures in a list":     {admin, `query{account{tools{edges{runs}}}}`, nil, "FORBIDDEN"},
		"no figures in it":      {admin, `query{account{tools{edges{node{name}}}}}`, nil, "yes"},
		"node of a kind":        {member, `query{node(id:"` + tool + `"){id}}`, nil, "FORBIDDEN"},
		"node, other fragment":  {admin, `query{node(id:"` + tool + `"){...on Tool{name}...on Grant{id}}}`, nil, "by id"},
		"nodes of two kinds":    {admin, `query{nodes(ids:["` + tool + `","` + EncodeID(KindGrant, 1) + `"]){id}}`, nil, "FORBIDDEN"},
		"skipped":               {member, `query($s:Boolean!){account{id overview @skip(if:$s){__typename}}}`, map[string]any{"s": true}, "yes"},
		"not skipped":           {member, `query($s:Boolean!){account{id overview @skip(if:$s){__typename}}}`, map[string]any{"s": false}, "FORBIDDEN"},
		"included":              {member, `query{account{id overview @include(if:true){__typename}}}`, nil, "FORBIDDEN"},
		"an input field":        {admin, `mutation{deployScript(input:{scriptId:"` + tool + `",hardware:"x",at:"2026-01-01T00:00:00Z"}){__typename}}`, nil, "FORBIDDEN"},
		"an input field, null":  {admin, `mutation{deployScript(input:{scriptId:"` + tool + `",hardware:"x",at:null}){__typename}}`, nil, "by id"},
		"input by variable":     {admin, `mutation($i:DeployScriptInput!){deployScript(input:$i){__typename}}`, map[string]any{"i": map[string]any{"scriptId": tool, "hardware": "x", "at": "2026-01-01T00:00:00Z"}}, "FORBIDDEN"},
		"a payload":             {seated(auth.Platform, auth.Platform.Permissions()), `mutation{recordUsage(input:{accountId:"` + own + `",events:[]}){results{status} creditStatus{icon}}}`, nil, "yes"},
		"viewer without seat":   {auth.Principal{Common: auth.SetOf(auth.Authenticated)}, `query{viewer{name accounts{account{name}}}}`, nil, "yes"},
		"one id for a list":     {member, `query{nodes(ids:"` + own + `"){...on Account{ledger{totalCount}}}}`, nil, "FORBIDDEN"},
		"one id, a tool":        {member, `query{nodes(ids:"` + tool + `"){__typename}}`, nil, "FORBIDDEN"},
		"one id, allowed":       {admin, `query{nodes(ids:"` + tool + `"){...on Tool{name}}}`, nil, "by id"},
		"one id by variable":    {member, `query($i:[ID!]!){nodes(ids:$i){...on Account{ledger{totalCount}}}}`, map[string]any{"i": own}, "FORBIDDEN"},
		"a list of another Go":  {admin, `query($i:[ID!]!){nodes(ids:$i){...on Tool{name}}}`, map[string]any{"i": []string{tool}}, "FORBIDDEN"},
		"a list in the list":    {admin, `query($i:[ID!]!){nodes(ids:$i){...on Tool{name}}}`, map[string]any{"i": []any{[]any{tool}}}, "FORBIDDEN"},
		"a number for an id":    {admin, `query{nodes(ids:5){...on Tool{name}}}`, nil, "by id"},
		"a half for an id":      {admin, `query($i:ID!){node(id:$i){...on Tool{name}}}`, map[string]any{"i": 1.5}, "FORBIDDEN"},
		"true for an account":   {admin, `query($i:ID){account(id:$i){name}}`, map[string]any{"i": true}, "FORBIDDEN"},
		"a list for an account": {member, `query($i:ID){account(id:$i){name}}`, map[string]any{"i": []any{own}}, "FORBIDDEN"},
		"no object for input":   {admin, `mutation($i:DeployScriptInput!){deployScript(input:$i){__typename}}`, map[string]any{"i": []any{map[string]any{"at": "x"}}}, "FORBIDDEN"},
		"text for input":        {admin, `mutation($i:DeployScriptInput!){deployScript(input:$i){__typename}}`, map[string]any{"i": "x"}, "FORBIDDEN"},
		"unknown in input":      {admin, `mutation($i:DeployScriptInput!){deployScript(input:$i){__typename}}`, map[string]any{"i": map[string]any{"At": "x"}}, "FORBIDDEN"},
		"one event for a list":  {seated(auth.Platform, auth.Platform.Permissions()), `mutation($e:[UsageEventInput!]!){recordUsage(input:{accountId:"` + own + `",events:$e}){__typename}}`, map[string]any{"e": map[string]any{"id": "e"}}, "yes"},
		"second of two fields":  {member, `query{account{id} plans{id}}`, nil, "FORBIDDEN"},
		"introspection and own": {member, `query{__schema{types{name}} account{id}}`, nil, "yes"},
	} {
		if got := judge(t, authorize, c.p, c.document, c.variables); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// A person with two accounts may do in each of them what the role there permits, even if only the resolver finds out the account.
func TestAPersonWithTwoAccounts(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	authorize := authorizer(t, schema)
	p := auth.Principal{Kind: auth.User, Common: auth.SetOf(auth.Authenticated), Seats: []auth.Seat{
		{Account: ownAccount, Role: auth.MasterAdmin, Permissions: auth.MasterAdmin.Permissions()},
		{Account: otherAccount, Role: auth.Member, Permissions: auth.Member.Permissions()},
	}}
	if got := judge(t, authorize, p, `query{account(id:"`+EncodeID(KindAccount, otherAccount)+`"){overview{__typename}}}`, nil); got != "FORBIDDEN" {
		t.Errorf("overview as MEMBER: %s", got)
	}
	document := `mutation{removeMember(input:{memberId:"x"}){__typename}}`
	if got := judge(t, authorize, p, document, nil); got != "by id" {
		t.Fatalf("before the account is known: %s", got)
	}
	doc, _ := gqlparser.LoadQueryWithRules(schema, document, rules.NewDefaultRules())
	op := &graphql.OperationContext{Operation: doc.Operations[0]}
	ctx := graphql.WithOperationContext(auth.WithPrincipal(t.Context(), p), op)
	if refused := authorize.MutateOperationContext(ctx, op); refused != nil {
		t.Fatal(refused)
	}
	ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Field: graphql.CollectedField{Field: doc.Operations[0].SelectionSet[0].(*ast.Field)}})
	if err := admit(ctx, ownAccount); err != nil {
		t.Errorf("as MASTER_ADMIN: %v", err)
	}
	if err := admit(ctx, otherAccount); err == nil || !strings.Contains(err.Error(), "MEMBERS_MANAGE") {
		t.Errorf("as MEMBER: %v", err)
	}
	if err := admit(ctx, 9); err == nil || strings.Contains(err.Error(), "MEMBERS_MANAGE") {
		t.Errorf("out of reach: %v", err)
	}
}

// The account of every root field is found: the field is about no account, an argument names it, or an id leads the resolver to it.
func TestEveryRootFieldHasItsPlace(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, f := range ownFields(root) {
			ids := ofNoAccount(f.Name) || f.Name == "viewer"
			args := f.Arguments
			if input := f.Arguments.ForName("input"); input != nil {
				args = nil
				for _, field := range schema.Types[input.Type.Name()].Fields {
					args = append(args, &ast.ArgumentDefinition{Name: field.Name, Type: field.Type})
				}
			}
			for _, arg := range args {
				ids = ids || arg.Type.Name() == "ID" && (arg.Type.NonNull || f.Name == "account")
			}
			if !ids {
				t.Errorf("%s.%s: nothing tells its account", root.Name, f.Name)
			}
		}
	}
}

func TestFieldsWithoutPermissionAreRefused(t *testing.T) {
	t.Parallel()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: `type Query { open: Int }`})
	if _, err := NewAuthorize(schema); err == nil {
		t.Error("a field without @allow was taken")
	}
}
