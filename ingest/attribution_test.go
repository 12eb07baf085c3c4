package ingest

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

const forMany = `"user":"ann","apiKey":"ci","tags":{"team":"red","env":""}`

// User, API key and tags come in by extension attributes and data of CloudEvents, and are refused if they have the wrong form.
func TestAttributionOfCloudEvents(t *testing.T) {
	t.Parallel()
	event := func(attributes, data string) string {
		return `{"specversion":"1.0","type":"usagegraph.tool.run","source":"s","id":"i","time":"2026-11-25T10:00:00Z","subject":"Tool:7","account":"Account:3"` +
			attributes + `,"data":{` + data + `}}`
	}
	all := tsdb.Attribution{User: "ann", APIKey: "ci", Tags: tsdb.Tags{"team": "red", "env": ""}}
	for text, want := range map[string]tsdb.Attribution{
		event("", forMany): all,
		event(`,"user":"ann","apikey":"ci"`, `"tags":{"team":"red","env":""}`):                all,
		event(`,"user":null`, `"runs":1,"tags":null,"user":null`):                             {},
		event(`,"user":"Zo\u00eb \"x\""`, `"tags":{}`):                                        {User: `Zoë "x"`, Tags: tsdb.Tags{}},
		strings.Replace(event(`,"user":"ann"`, ""), `,"data":{}`, ``, 1):                      {User: "ann"},
		event("", `"tags":{"a":"1","b":"2","c":"3","d":"4","e":"5","f":"6","g":"7","h":"8"}`): {Tags: tsdb.Tags{"a": "1", "b": "2", "c": "3", "d": "4", "e": "5", "f": "6", "g": "7", "h": "8"}},
	} {
		it, err := decode(text)
		if err != nil || it.fault.Code != "" || !reflect.DeepEqual(it.event.Attribution, want) {
			t.Errorf("%s: %+v %+v %v", text, it.event.Attribution, it.fault, err)
		}
	}
	for text, code := range map[string]tsdb.UsageCode{
		event(`,"user":"ann"`, `"user":"ann"`):         Malformed,
		event(`,"apikey":7`, ``):                       Malformed,
		event("", `"user":["ann"]`):                    Malformed,
		event("", `"tags":["team"]`):                   Malformed,
		event("", `"tags":{"team":7,"env":{"a":[1]}}`): Malformed,
		event("", `"tags":{"team":"a","team":"b"}`):    tsdb.BadAttribution,
		event("", `"user":"a","user":"b"`):             Malformed,
		event("", `"tags":{},"tags":{}`):               Malformed,
	} {
		it, err := decode(text)
		if err != nil || it.fault.Code != code {
			t.Errorf("%s: %+v %v", text, it.fault, err)
		}
	}
}

// Rows of files say the same by columns, and tags also as an object. Own ids in them name what they used.
func TestAttributionOfRows(t *testing.T) {
	t.Parallel()
	const z = "2026-11-25T10:00:00Z"
	all := row{time: time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC), runs: 374, target: "search",
		of: tsdb.Attribution{User: "ann", APIKey: "ci", Tags: tsdb.Tags{"Team.A": "red", "env": "x"}}}
	none := row{time: all.time, runs: 374}
	deployed := row{time: all.time, input: 374, output: 44, target: "gpt-5", deployment: "eu"}
	for _, c := range []struct {
		headerCase
		want row
	}{
		{headerCase{"time,runs,user,api_key,tag.Team.A,tag:env,tool_external_id", z + ",374,ann,ci,red,x,search", tsdb.ToolRun}, all},
		{headerCase{"Tag.env,TAG.Team.A,enduser.id,toolExternalId,apiKey,runs,time,id", "x,red,ann,search,ci,374," + z, tsdb.ToolRun}, all},
		{headerCase{"time,runs,user,apiKey,tag.env,toolExternalId", z + ",374,,,,", tsdb.ToolRun}, none},
		{headerCase{"time,inputTokens,outputTokens,modelExternalId,deployment_external_id", z + ",374,44,gpt-5,eu", tsdb.Inference}, deployed},
		{headerCase{"", `{"time":"` + z + `","runs":374,"user":"ann","apiKey":"ci","tags":{"Team.A":"red"},"tag.env":"x","toolExternalId":"search"}`, tsdb.ToolRun}, all},
		{headerCase{"", `{"time":"` + z + `","runs":374,"tags":{}}`, tsdb.ToolRun}, none},
	} {
		if r, err := readOne(c.headerCase); err != nil || !reflect.DeepEqual(r, c.want) {
			t.Errorf("%q %q: %+v %v", c.header, c.row, r, err)
		}
	}
	for _, bad := range []headerCase{
		{"time,runs,tag.", z + ",374,x", tsdb.ToolRun},
		{"time,runs,tag.a,tag.a", z + ",374,x,y", tsdb.ToolRun},
		{"time,runs,modelExternalId", z + ",374,x", tsdb.ToolRun},
		{"", `{"time":"` + z + `","runs":374,"tags":{"a":1}}`, tsdb.ToolRun},
		{"", `{"time":"` + z + `","runs":374,"tags":{"a":"1","a":"2"}}`, tsdb.ToolRun},
		{"", `{"time":"` + z + `","runs":374,"user":7}`, tsdb.ToolRun},
	} {
		if r, err := readOne(bad); err == nil {
			t.Errorf("%+v: %+v", bad, r)
		}
	}
}

// A row without attribution has the id that it always had. Attribution, and own ids of what it used, change the id.
func TestIDsOfAttributedRows(t *testing.T) {
	t.Parallel()
	im := &Importer{Kind: tsdb.ToolRun, Resource: 7}
	r := row{time: time.Unix(1, 0), runs: 2}
	ids := map[string]bool{}
	for range 2 {
		ids = map[string]bool{im.idOf(&r): true}
		for _, of := range []row{{of: tsdb.Attribution{User: "ann"}}, {of: tsdb.Attribution{APIKey: "ann"}}, {of: tsdb.Attribution{Tags: tsdb.Tags{"a": ""}}},
			{target: "ann"}, {deployment: "ann"}} {
			of.time, of.runs = r.time, r.runs
			ids[im.idOf(&of)] = true
		}
	}
	if len(ids) != 6 || !ids["7-1000000000-2"] {
		t.Errorf("%v", ids)
	}
	for id := range ids {
		if len(id) > tsdb.MaxIDLen {
			t.Errorf("%s is too long", id)
		}
	}
}

// A file whose rows name their tools by own ids is stored under those tools. Unknown own ids are refused row by row.
func TestImportByOwnIDs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.RegisterTool(t.Context(), tsdb.NewTool{Own: tsdb.Own{ExternalID: "search"}, AccountID: f.account, Name: "S", OwnerName: "Mia", Status: tsdb.Deployed})
	f.must(err)
	at := time.Now().UTC().Add(-time.Hour).Truncate(time.Minute).Format(time.RFC3339)
	text := strings.ReplaceAll("time,runs,toolExternalId,user\nAT,2,search,ann\nAT,2,search,bob\nAT,2,other,ann\nAT,2,,ann\n", "AT", at)
	for round, want := range []int{2, 0} {
		codes := ""
		im := &Importer{Batcher: f.batcher, Account: f.account, Kind: tsdb.ToolRun, Source: "file", Bad: func(r BadRow) { codes += string(r.Code) + " " }}
		got, err := im.Run(t.Context(), strings.NewReader(text))
		if err != nil || got.Stored != want || got.Duplicate != 2-want || codes != "UNKNOWN_TOOL UNKNOWN_TOOL " {
			t.Errorf("round %d: %+v %s %v", round, got, codes, err)
		}
	}
}

// The endpoint's refusals for an account are remembered with the endpoint's name.
func TestRefusalsOfTheEndpoint(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	log := tsdb.NewRefusalLog(f.Store)
	defer log.Stop()
	f.endpoint.cfg.Refusals = log
	at := time.Now().UTC().Format(time.RFC3339)
	for _, c := range [][2]string{{"tool.run", `{"runs":1}`}, {"tool.run", `{"runs":"1"}`}, {"tool.run", `{"runs":0}`}, {"void", `{"id":"none","time":"` + at + `"}`}} {
		items := make([]item, 1)
		s := scanner{text: `{"specversion":"1.0","type":"usagegraph.` + c[0] + `","source":"s","id":"i","time":"` + at + `","subject":"Tool:1","account":"Account:1","data":` + c[1] + `}`}
		f.must(newDecoder(testKey, anyAccount).event(&s, &items[0]))
		items[0].event.AccountID, items[0].event.ResourceID = f.account, f.tool
		_, err := f.endpoint.submit(t.Context(), eventsPath, items, tsdb.Record)
		f.must(err)
	}
	log.Flush(t.Context())
	page, err := f.Refusals(t.Context(), f.account, tsdb.RefusalFilter{}, tsdb.Page{Limit: 10}, false)
	f.must(err)
	codes := ""
	for _, r := range page.Rows {
		codes += string(r.Code) + r.Endpoint + r.ID + " "
	}
	if codes != "UNKNOWN_EVENT/v1/eventsi QUANTITY_NEGATIVE/v1/eventsi MALFORMED/v1/eventsi " {
		t.Errorf("%+v", page.Rows)
	}
}
