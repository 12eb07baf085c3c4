package server

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// An empty list matches nothing, and null is not a condition, in every filter of the contract.
func TestAnEmptyFilterLetsNothingThrough(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account, _ := furnish(r, "empty")
	master, support := r.token(auth.MasterAdmin, account, nil), r.token(auth.Support, 0, nil)
	for _, c := range []struct{ token, query string }{
		{master, `{account{%s:tools(filter:{status:%s}){totalCount edges{cursor}}}}`},
		{master, `{account{%s:models(filter:{type:%s}){totalCount edges{cursor}}}}`},
		{master, `{account{%s:guardrails(filter:{status:%s}){totalCount edges{cursor}}}}`},
		{master, `{account{%s:scripts(filter:{status:%s}){totalCount edges{cursor}}}}`},
		{master, `{account{%s:grants(filter:{kinds:%s}){totalCount edges{cursor}}}}`},
		{master, `{account{%s:ledger(filter:{kinds:%s}){totalCount edges{cursor}}}}`},
		{master, `{account{%s:ledger(filter:{categories:%s}){totalCount edges{cursor}}}}`},
		{master, `{account{%s:ledger(fold:DAY,filter:{kinds:%s}){totalCount edges{cursor}}}}`},
		{master, `{account{%s:auditLog(filter:{actions:%s}){totalCount edges{cursor}}}}`},
		{master, `{account{%s:reservations(states:%s){totalCount edges{cursor}}}}`},
		{master, `{account{%s:fineTuningJobs(states:%s){totalCount edges{cursor}}}}`},
		{master, `{account{%s:usage(groupBy:KIND,filter:{kinds:%s}){totalCount edges{cursor}}}}`},
		{master, `{account{%s:usage(groupBy:KIND,filter:{categories:%s}){totalCount edges{cursor}}}}`},
		{master, `{account{%s:usage(groupBy:KIND,filter:{resourceIds:%s}){totalCount edges{cursor}}}}`},
		{master, `{account{%s:usage(groupBy:KIND,having:%s){totalCount edges{cursor}}}}`},
		{master, `{account{%s:usage(having:%s){totalCount totals{events} edges{cursor}}}}`},
		{master, `{account{%s:usage(groupBy:[KIND,TIME],having:%s){totalCount edges{cursor}}}}`},
		{support, `{%s:usage(groupBy:ACCOUNT,filter:{accountIds:%s}){totalCount edges{cursor}}}`},
		{support, `{%s:usage(groupBy:ACCOUNT,having:%s){totalCount edges{cursor}}}`},
	} {
		none, all := r.ask(c.token, fmt.Sprintf(c.query, "x", "[]"), nil), r.ask(c.token, fmt.Sprintf(c.query, "x", "null"), nil)
		if none.code() != "" || strings.Contains(string(none.body), "cursor\"") || !strings.Contains(string(none.body), `"totalCount":0`) {
			t.Errorf("%s of []: %s", c.query, none.body)
		}
		if all.code() != "" || !strings.Contains(string(all.body), "cursor\"") {
			t.Errorf("%s of null: %s", c.query, all.body)
		}
	}
	for _, part := range []string{"kinds", "states"} {
		if a := r.ask(master, `{account{emails(filter:{`+part+`:[]}){totalCount edges{cursor}}}}`, nil); !strings.Contains(string(a.body), `"totalCount":0`) {
			t.Errorf("emails by %s: %s", part, a.body)
		}
	}
}

// A cursor belongs to its list, order and filter. Under another one it is BAD_PAGE; under the same one written differently it is accepted.
func TestACursorBelongsToItsOrder(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account, _ := furnish(r, "orders")
	master, support := r.token(auth.MasterAdmin, account, nil), r.token(auth.Support, 0, nil)
	for _, c := range []struct {
		token, list string // its two blanks are for arguments and selection
		from        string
		same, other []string
	}{
		{master, `{account{tools(%s)%s}}`, `sort:{field:NAME}`, []string{``, `sort:null`, `sort:{direction:ASC}`, `filter:{}`, `filter:{status:null}`, `range:{preset:LAST_24_HOURS}`, `last:1`},
			[]string{`sort:{field:RUNS,direction:DESC}`, `sort:{field:NAME,direction:DESC}`, `filter:{status:DEPLOYED}`, `filter:{status:[]}`, `filter:{search:"t"}`}},
		{master, `{account{models(%s)%s}}`, ``, []string{`sort:{field:NAME}`}, []string{`sort:{field:CREDITS_USED}`, `filter:{deleted:false}`}},
		{master, `{account{guardrails(%s)%s}}`, `sort:{field:CREDITS}`, nil, []string{``, `sort:{field:TIME}`}},
		{master, `{account{scripts(%s)%s}}`, ``, nil, []string{`sort:{field:STATUS}`, `filter:{search:"s"}`}},
		{master, `{account{models(filter:{search:"m"}){edges{node{deployments(%s)%s}}}}}`, ``, []string{`sort:{}`, `sort:{field:LAST_UPDATED_ON,direction:DESC}`}, []string{`sort:{field:NAME}`, `filter:{status:DEPLOYED}`}},
		{master, `{account{ledger(%s)%s}}`, ``, []string{`fold:NONE`, `filter:{}`}, []string{`fold:DAY`, `filter:{meter:TOOL_RUNS}`, `filter:{kinds:[GRANT]}`}},
		{master, `{account{grants(%s)%s}}`, ``, []string{`filter:{live:null}`}, []string{`filter:{live:true}`}},
		{master, `{account{members(%s)%s}}`, ``, []string{`search:null`}, []string{`search:"M"`}},
		{master, `{account{auditLog(%s)%s}}`, ``, nil, []string{`filter:{actor:"t"}`}},
		{master, `{account{reservations(%s)%s}}`, ``, nil, []string{`states:[OPEN]`}},
		{master, `{account{fineTuningJobs(%s)%s}}`, ``, nil, []string{`states:[]`}},
		{master, `{account{usage(%s)%s}}`, `groupBy:KIND`, []string{`groupBy:[KIND]`}, []string{`groupBy:[CATEGORY]`, `groupBy:[KIND],filter:{categories:MODELS}`}},
		{support, `{accounts(%s)%s}`, ``, nil, []string{`search:"o"`}},
	} {
		first := r.ask(c.token, fmt.Sprintf(c.list, c.from+" first:1", `{edges{cursor} pageInfo{endCursor}}`), nil)
		found := regexp.MustCompile(`"cursor":"([^"]+)".*"endCursor":"([^"]+)"`).FindStringSubmatch(string(first.body))
		if found == nil || found[1] != found[2] {
			t.Errorf("%s: %s", c.list, first.body)
			continue
		}
		for _, args := range append(c.same, c.from) {
			for _, place := range []string{"after", "before"} {
				if a := r.ask(c.token, fmt.Sprintf(c.list, args+" "+place+`:"`+found[1]+`"`, `{edges{cursor}}`), nil); a.code() != "" {
					t.Errorf("%s with %s %s: %s", c.list, args, place, a.body)
				}
			}
		}
		for _, args := range c.other {
			if a := r.ask(c.token, fmt.Sprintf(c.list, args+` after:"`+found[1]+`"`, `{edges{cursor}}`), nil); a.code() != "BAD_PAGE" {
				t.Errorf("%s with %s: %s", c.list, args, a.body)
			}
		}
		place, _, _ := strings.Cut(found[1], ".")
		for _, cursor := range []string{place, place + ".", found[1] + "x", "." + found[1], "x"} {
			if a := r.ask(c.token, fmt.Sprintf(c.list, c.from+` after:"`+cursor+`"`, `{edges{cursor}}`), nil); a.code() != "BAD_PAGE" {
				t.Errorf("%s after %s: %s", c.list, cursor, a.body)
			}
		}
	}
}

// A cursor belongs to the object whose list it came from. Under another object, whose list has other rows at that place, it is BAD_PAGE. A
// cursor of the last release, which did not name the object, is accepted.
func TestACursorBelongsToItsObject(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	one, ofOne := furnish(r, "one")
	other, ofOther := furnish(r, "other")
	support := r.token(auth.Support, 0, nil)
	lists := map[string][2]string{`node(id:"%s"){...on Model{deployments(%s)%s}}`: {ofOne["modelId"], ofOther["modelId"]}}
	for _, list := range []string{"tools", "models", "guardrails", "scripts", "ledger", "grants", "members", "auditLog", "reservations", "fineTuningJobs", "statements", "apiTokens", "deployables"} {
		lists[`account(id:"%s"){`+list+`(%s)%s}`] = [2]string{accountID(one), accountID(other)}
	}
	for list, ids := range lists {
		ask := func(id, args string) reply {
			return r.ask(support, "{"+fmt.Sprintf(list, id, args, "{edges{cursor}}")+"}", nil)
		}
		first := ask(ids[0], "first:1")
		found := regexp.MustCompile(`"cursor":"([^"]+)"`).FindStringSubmatch(string(first.body))
		if found == nil {
			t.Errorf("%s: %s", list, first.body)
			continue
		}
		for _, place := range []string{"after", "before"} {
			args := place + `:"` + found[1] + `"`
			if a := ask(ids[0], args); a.code() != "" {
				t.Errorf("%s %s: %s", list, place, a.body)
			}
			if a := ask(ids[1], args); a.code() != "BAD_PAGE" {
				t.Errorf("%s of another %s: %s", list, place, a.body)
			}
		}
	}
	place := base64.RawURLEncoding.EncodeToString([]byte("1"))
	sum := sha256.Sum256([]byte(`["Account","reservations",null]`))
	last := place + "." + base64.RawURLEncoding.EncodeToString(sum[:6])
	if a := r.ask(support, `{account(id:"`+accountID(one)+`"){reservations(before:"`+last+`"){edges{cursor}}}}`, nil); a.code() != "" {
		t.Errorf("a cursor of the last release: %s", a.body)
	}
}

// Lists by name go by the alphabet, whatever the case of letters and the locale of the database. Plans that are no longer on offer come last.
func TestListsByName(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account, own := furnish(r, "names")
	master, support, platform := r.token(auth.MasterAdmin, account, nil), r.token(auth.Support, 0, nil), r.token(auth.Platform, 0, nil)
	for _, name := range []string{"beta", "Gamma", "alpha", "Aardvark", "Überall"} {
		made := r.ask(support, fmt.Sprintf(`mutation{createPlan(input:{name:%q,credits:"1",runs:1}){plan{id}}}`, name), nil)
		if name == "Aardvark" {
			id := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(string(made.body))[1]
			r.ask(support, `mutation{updatePlan(input:{planId:"`+id+`",active:false}){plan{id}}}`, nil)
		}
		r.ask(master, fmt.Sprintf(`mutation{setRole(input:{accountId:%q,name:%q,permissions:[USAGE_VIEW]}){role{name}}}`, own["accountId"], name), nil)
		r.ask(platform, fmt.Sprintf(`mutation{recordUsage(input:{accountId:%q,events:[{source:"s",id:%q,time:%q,toolId:%q,tags:[{key:%q,value:"v"}]}]}){results{status}}}`,
			own["accountId"], name, time.Now().UTC().Format(time.RFC3339), own["toolId"], name), nil)
	}
	for _, c := range []struct{ token, query, want string }{
		{support, `{plans{name}}`, `[{"name":"alpha"},{"name":"beta"},{"name":"Gamma"},{"name":"Überall"},{"name":"Aardvark"}]`},
		{master, `{account{roles{name}}}`, `{"name":"Aardvark"},{"name":"alpha"},{"name":"beta"},{"name":"Gamma"},{"name":"Überall"}]`},
		{master, `{account{tagKeys}}`, `["Aardvark","alpha","beta","Gamma","Überall"]`},
	} {
		if a := r.ask(c.token, c.query, nil); !strings.Contains(string(a.body), c.want) {
			t.Errorf("%s: %s", c.query, a.body)
		}
	}
}
