package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// Who and what events were for comes in, is grouped by, filtered by, exported and read back, and refusals say why. Nobody else sees any of
// it.
func TestUsersAndTagsThroughTheAPI(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	key, b := furnish(r, "acme")
	otherKey, other := furnish(r, "other")
	platform, master, stranger := r.token(auth.Platform, 0, nil), r.token(auth.MasterAdmin, key, nil), r.token(auth.MasterAdmin, otherKey, nil)
	ask := func(token, query, want string) {
		t.Helper()
		if body := string(r.ask(token, query, nil).body); !strings.Contains(body, want) {
			t.Errorf("%s\nanswers %s\nnot %s", query, body, want)
		}
	}
	at := time.Now().UTC().Truncate(time.Second).Format(time.RFC3339)
	event := func(tool, id, more string) string {
		return `{source:"s",id:"` + id + `",time:"` + at + `",toolId:"` + tool + `",runs:2` + more + `}`
	}
	ask(platform, `mutation{recordUsage(input:{accountId:"`+b["accountId"]+`",events:[`+event(b["toolId"], "1", `,user:"ann",apiKey:"ci",tags:[{key:"team",value:"red"}]`)+
		event(b["toolId"], "2", `,user:"bob",tags:[{key:"team",value:"blue"},{key:"env",value:""}]`)+event(b["toolId"], "3", "")+
		event(b["toolId"], "4", `,tags:[{key:"",value:""}]`)+event(b["toolId"], "5", `,tags:[{key:"a",value:"1"},{key:"a",value:"2"}]`)+event(b["toolId"], "1", `,user:"bob"`)+`]}){results{status code}}}`,
		`[{"status":"STORED","code":null},{"status":"STORED","code":null},{"status":"STORED","code":null},{"status":"REFUSED","code":"BAD_ATTRIBUTION"},`+
			`{"status":"REFUSED","code":"BAD_ATTRIBUTION"},{"status":"CONFLICT","code":null}]`)
	ask(platform, `mutation{recordUsage(input:{accountId:"`+other["accountId"]+`",events:[`+event(other["toolId"], "1", `,user:"ann"`)+`]}){results{status}}}`, `"STORED"`)
	ask(platform, `mutation{updateTool(input:{toolId:"`+b["toolId"]+`",tags:[{key:"tier",value:"gold"}]}){userErrors{message}}}`, `"userErrors":[]`)

	runs := `filter:{kinds:[TOOL_RUN]`
	ask(master, `{account{usage(groupBy:[USER,TAG],tagKeys:["team"],`+runs+`},orderBy:[{dimension:USER,direction:ASC}]){totalCount beyond edges{node{user apiKey tags{key value} runs users beyond}}}}}`,
		`{"totalCount":3,"beyond":[],"edges":[{"node":{"user":null,"apiKey":null,"tags":[{"key":"team","value":null}],"runs":2,"users":0,"beyond":[]}},`+
			`{"node":{"user":"ann","apiKey":null,"tags":[{"key":"team","value":"red"}],"runs":2,"users":1,"beyond":[]}},`+
			`{"node":{"user":"bob","apiKey":null,"tags":[{"key":"team","value":"blue"}],"runs":2,"users":1,"beyond":[]}}]}`)
	ask(master, `{account{usage(`+runs+`,users:["ann",""]}){totals{runs users}}}}`, `{"totals":{"runs":4,"users":1}}`)
	ask(master, `{account{usage(`+runs+`,tags:[{key:"env",values:[""]}]}){totals{runs users}}}}`, `{"totals":{"runs":2,"users":1}}`)
	ask(master, `{account{usage(groupBy:[RESOURCE_TAG],resourceTagKeys:["tier"],`+runs+`}){edges{node{resourceTags{key value} runs}}}}}`,
		`[{"node":{"resourceTags":[{"key":"tier","value":"gold"}],"runs":6}}]`)
	ask(master, `{account{usage(groupBy:[TAG]){totalCount}}}`, `"INVALID"`)
	ask(master, `{account{usage(tagKeys:["team"]){totalCount}}}`, `"INVALID"`)
	ask(master, `{account{events(filter:{user:"bob",tags:[{key:"team",value:"blue"}]}){totalCount edges{node{id user apiKey tags{key value}}}}}}`,
		`{"totalCount":1,"edges":[{"node":{"id":"2","user":"bob","apiKey":null,"tags":[{"key":"env","value":""},{"key":"team","value":"blue"}]}}]}`)
	ask(stranger, `{account{usage(groupBy:[USER],filter:{users:["bob","ann"]}){edges{node{user runs}}} events(filter:{user:"bob"}){totalCount}}}`,
		`{"usage":{"edges":[{"node":{"user":"ann","runs":2}}]},"events":{"totalCount":0}}`)

	out := r.send(r.request(http.MethodGet, "/v1/export/usage?groupBy=USER,TAG:team&kinds=TOOL_RUN", master, "", nil))
	if text := string(out.body); !strings.Contains(text, "user,tag:team,credits") || !strings.Contains(text, "\nann,red,0,2,") || !strings.Contains(text, "\n,,0,2,") {
		t.Errorf("export: %s", text)
	}
	out = r.send(r.request(http.MethodGet, "/v1/export/events", master, "", nil))
	if text := string(out.body); !strings.Contains(text, `ann,ci,"{""team"": ""red""}"`) {
		t.Errorf("export of events: %s", text)
	}

	r.refusals.Flush(t.Context())
	ask(master, `{account{refusals{totalCount edges{node{endpoint source id time kind code message}}}}}`,
		`{"totalCount":3,"edges":[{"node":{"endpoint":"recordUsage","source":"s","id":"1","time":"`+at+`","kind":"TOOL_RUN","code":"CONFLICT","message":"another event was stored`)
	ask(master, `{account{refusals(filter:{codes:["BAD_ATTRIBUTION"],id:"4"}){totalCount}}}`, `{"totalCount":1}`)
	ask(stranger, `{account{refusals{totalCount}}}`, `{"totalCount":0}`)
	ask(r.token(auth.Admin, key, nil), `{account{refusals{totalCount}}}`, `"FORBIDDEN"`)
}
