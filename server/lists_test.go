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

// In every list of the contract that is filtered, nothing fits an empty list of a filter, whatever the filter has besides.
func TestAnEmptyListInAnyFilterFitsNothing(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account, own := furnish(r, "nothing")
	master, support := r.token(auth.MasterAdmin, account, nil), r.token(auth.Support, 0, nil)
	if a := r.ask(r.token(auth.Platform, 0, nil), fmt.Sprintf(`mutation{recordUsage(input:{accountId:%q,events:[{source:"s",id:"1",time:%q,toolId:%q}]}){results{status}}}`,
		own["accountId"], time.Now().UTC().Format(time.RFC3339), own["toolId"]), nil); !strings.Contains(string(a.body), "STORED") {
		t.Fatalf("%s", a.body)
	}
	schema, filters := contract(t), 0
	for of, place := range map[string][2]string{"Account": {master, `{account{%s}}`}, "Query": {support, `{%s}`}, "Model": {master, `{node(id:"` + own["modelId"] + `"){...on Model{%s}}}`}} {
		for _, f := range schema.Types[of].Fields {
			if f.Arguments.ForName("after") == nil {
				continue
			}
			var empty []string // arguments that hold an empty list
			for _, arg := range f.Arguments {
				switch d := schema.Types[arg.Type.Name()]; {
				case arg.Type.Elem != nil && arg.Name != "groupBy" && arg.Name != "orderBy" && !strings.HasSuffix(arg.Name, "Keys"):
					empty = append(empty, arg.Name+":[]")
				case arg.Name == "filter":
					for _, part := range d.Fields {
						if part.Type.Elem != nil && (of != "Account" || part.Name != "accountIds") {
							empty = append(empty, "filter:{"+part.Name+":[]}")
						}
					}
				}
			}
			by := ""
			if f.Arguments.ForName("groupBy") != nil {
				by = "groupBy:KIND "
			}
			ask := func(args string) string {
				return string(r.ask(place[0], fmt.Sprintf(place[1], f.Name+"("+by+args+"){totalCount edges{cursor}}"), nil).body)
			}
			if all := ask("first:1"); len(empty) > 0 && !strings.Contains(all, `"cursor":"`) && f.Name != "emails" && f.Name != "emailMessages" && f.Name != "refusals" {
				t.Errorf("%s.%s has no rows that could be left out: %s", of, f.Name, all)
			}
			for _, args := range empty {
				filters++
				if none := ask(args); !strings.Contains(none, `"totalCount":0`) || !strings.Contains(none, `"edges":[]`) {
					t.Errorf("%s.%s(%s): %s", of, f.Name, args, none)
				}
			}
		}
	}
	if filters < 40 {
		t.Errorf("%d filters were found", filters)
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
	lists := map[string][2]string{
		`node(id:"%s"){...on Model{deployments(%s)%s}}`:   {ofOne["modelId"], ofOther["modelId"]},
		`nodes(ids:"%s"){...on Model{deployments(%s)%s}}`: {ofOne["modelId"], ofOther["modelId"]},
	}
	for _, list := range []string{"tools", "models", "guardrails", "scripts", "ledger", "grants", "members", "auditLog", "reservations", "fineTuningJobs", "statements", "apiTokens", "deployables"} {
		lists[`account(id:"%s"){`+list+`(%s)%s}`] = [2]string{accountID(one), accountID(other)}
		lists[`nodes(ids:["%s"]){...on Account{`+list+`(%s)%s}}`] = [2]string{accountID(one), accountID(other)}
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

// Every list of the contract is at the root, or belongs to an object with an id, by which its cursors are told from those of the same list of
// another object.
func TestEveryListHasAnOwner(t *testing.T) {
	t.Parallel()
	for _, d := range contract(t).Types {
		for _, f := range d.Fields {
			if f.Arguments.ForName("after") == nil || d.Name == "Query" || d.Name == "Subscription" {
				continue
			}
			if id := d.Fields.ForName("id"); id == nil || id.Type.String() != "ID!" {
				t.Errorf("%s.%s is a list of an object without an id", d.Name, f.Name)
			}
		}
	}
}

// The events of one entry of the ledger and those of another are different lists of the same account.
func TestACursorBelongsToItsEntry(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	key, own := furnish(r, "entries")
	master, platform := r.token(auth.MasterAdmin, key, nil), r.token(auth.Platform, 0, nil)
	at := time.Now().UTC().Truncate(time.Second)
	for i := range 3 {
		for j := range 3 { // later entries have earlier events
			a := r.ask(platform, fmt.Sprintf(`mutation{recordUsage(input:{accountId:%q,events:[{source:"s",id:"%d-%d",time:%q,toolId:%q}]}){results{status}}}`,
				own["accountId"], i, j, at.Add(-time.Duration(10*i+j)*time.Minute).Format(time.RFC3339), own["toolId"]), nil)
			if !strings.Contains(string(a.body), "STORED") {
				t.Fatalf("%s", a.body)
			}
		}
	}
	const query = `query($after:Cursor,$n:Int!){account{ledger(filter:{kinds:CHARGE,meter:TOOL_RUNS},%s:$n){edges{node{events(after:$after){edges{cursor}}}}}}}`
	first := r.ask(master, fmt.Sprintf(query, "first"), map[string]any{"n": 1})
	found := regexp.MustCompile(`"cursor":"([^"]+)"`).FindStringSubmatch(string(first.body))
	if found == nil {
		t.Fatalf("%s", first.body)
	}
	for way, code := range map[string]string{"first": "", "last": "BAD_PAGE"} {
		if a := r.ask(master, fmt.Sprintf(query, way), map[string]any{"n": 1, "after": found[1]}); a.code() != code {
			t.Errorf("%s: %s", way, a.body)
		}
	}
}

// An order by figures is another one in another range or time zone.
func TestACursorByFiguresBelongsToItsRange(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account, own := furnish(r, "figures")
	master := r.token(auth.MasterAdmin, account, nil)
	for list, field := range map[string]string{
		"account{tools(%s)%s}": "RUNS", "account{models(%s)%s}": "CREDITS_USED", "account{guardrails(%s)%s}": "CREDITS", "account{x:guardrails(%s)%s}": "TIME", "account{scripts(%s)%s}": "CREDITS_USED",
		"account{deployables(%s)%s}": "CREDITS_USED", `node(id:"` + own["modelId"] + `"){...on Model{deployments(%s)%s}}`: "CREDITS_USED",
	} {
		ask := func(args string) reply {
			return r.ask(master, "{"+fmt.Sprintf(list, "sort:{field:"+field+"} "+args, "{edges{cursor}}")+"}", nil)
		}
		const week = `range:{preset:LAST_7_DAYS,timeZone:"Asia/Kathmandu"}`
		first := ask(week + " first:1")
		found := regexp.MustCompile(`"cursor":"([^"]+)"`).FindStringSubmatch(string(first.body))
		if found == nil {
			t.Errorf("%s: %s", list, first.body)
			continue
		}
		for args, code := range map[string]string{week: "", "": "BAD_PAGE", "range:{preset:LAST_24_HOURS}": "BAD_PAGE", `range:{preset:LAST_7_DAYS}`: "BAD_PAGE"} {
			if a := ask(args + ` after:"` + found[1] + `"`); a.code() != code {
				t.Errorf("%s with %s: %s", list, args, a.body)
			}
		}
	}
}

// A time zone within a filter is part of the filter.
func TestACursorBelongsToTheZoneOfItsFilter(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account, _ := furnish(r, "zones")
	master := r.token(auth.MasterAdmin, account, nil)
	for _, list := range []string{"ledger", "auditLog"} {
		ask := func(zone, args string) reply {
			return r.ask(master, `{account{`+list+`(filter:{range:{preset:LAST_7_DAYS,timeZone:"`+zone+`"}}`+args+`){edges{cursor}}}}`, nil)
		}
		found := regexp.MustCompile(`"cursor":"([^"]+)"`).FindStringSubmatch(string(ask("UTC", " first:1").body))
		if found == nil {
			t.Errorf("%s is empty", list)
			continue
		}
		for zone, code := range map[string]string{"UTC": "", "Asia/Tokyo": "BAD_PAGE"} {
			if a := ask(zone, ` after:"`+found[1]+`"`); a.code() != code {
				t.Errorf("%s in %s: %s", list, zone, a.body)
			}
		}
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
