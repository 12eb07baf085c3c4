package server

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// In rawEvents, a value of the wrong type is a fault of its event only, whether the events come as a variable, within one, or as literals.
// In events, it is a fault of the operation.
func TestRawEventsAreRefusedOneByOne(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	key, b := furnish(r, "acme")
	platform := r.token(auth.Platform, 0, nil)
	at := time.Now().UTC().Truncate(time.Second).Format(time.RFC3339)
	event := func(id string, more ...any) map[string]any {
		e := map[string]any{"source": "s", "id": id, "time": at, "toolId": b["toolId"]}
		for i := 0; i < len(more); i += 2 {
			e[more[i].(string)] = more[i+1]
		}
		return e
	}
	events := []any{event("1", "runs", 2, "user", "ann", "tags", map[string]any{"team": "red"}), event("2", "runs", 1.5), event("3", "time", "yesterday"), event("4", "run", 1), "none", nil,
		event("5", "runs", "2"), event("6", "source", 7), event("7", "tags", []any{map[string]any{"key": "team", "value": "blue"}}, "runs", nil), event("8", "tags", []any{"team"}),
		event("9", "runs", json.Number("9999999999999999999")), event("10", "toolId", map[string]any{}), event("12", "runs", -1), event("1", "runs", 3)}
	want := "STORED, MALFORMED, MALFORMED, MALFORMED, MALFORMED, MALFORMED, MALFORMED, MALFORMED, STORED, MALFORMED, MALFORMED, MALFORMED, QUANTITY_NEGATIVE, CONFLICT"
	codes := func(got reply) string {
		var a struct {
			Data struct {
				RecordUsage struct {
					Results    []struct{ Status, Code string }
					UserErrors []struct{ Code string }
				}
			}
		}
		if err := json.Unmarshal(got.body, &a); err != nil {
			t.Fatalf("%v in %s", err, got.body)
		}
		var said []string
		for _, one := range a.Data.RecordUsage.Results {
			if one.Code == "" {
				one.Code = one.Status
			}
			said = append(said, one.Code)
		}
		for _, one := range a.Data.RecordUsage.UserErrors {
			said = append(said, one.Code)
		}
		return strings.Join(said, ", ")
	}
	const fields = `{results{status code message} userErrors{code}}}`
	if got := r.ask(platform, recordUsage, map[string]any{"in": map[string]any{"accountId": b["accountId"], "rawEvents": events}}); codes(got) != want {
		t.Errorf("%s\n%s", codes(got), got.body)
	}
	got := r.ask(platform, `mutation($a:ID!,$e:[JSON]){recordUsage(input:{accountId:$a,rawEvents:$e})`+fields, map[string]any{"a": b["accountId"], "e": append(events[:5:5], events[6:]...)})
	if again := strings.Replace(strings.Replace(want, "STORED", "DUPLICATE", 2), "MALFORMED, ", "", 1); codes(got) != again {
		t.Errorf("%s\n%s", codes(got), got.body)
	}
	literal := `{source:"s",id:"1",time:"` + at + `",toolId:"` + b["toolId"] + `",runs:2,user:"ann",tags:{team:"red"}}`
	if got := r.ask(platform, `mutation{recordUsage(input:{accountId:"`+b["accountId"]+`",rawEvents:[`+literal+`,{runs:1.5},{runs:ONE},7]})`+fields, nil); codes(got) != "DUPLICATE, MALFORMED, MALFORMED, MALFORMED" {
		t.Errorf("%s\n%s", codes(got), got.body)
	}
	if got := r.ask(platform, recordUsage, map[string]any{"in": map[string]any{"accountId": b["accountId"], "rawEvents": events, "events": []any{}}}); codes(got) != "INVALID" {
		t.Errorf("both: %s", got.body)
	}
	if got := r.ask(platform, recordUsage, map[string]any{"in": map[string]any{"accountId": b["accountId"]}}); codes(got) != "INVALID" {
		t.Errorf("none: %s", got.body)
	}
	if got := r.ask(platform, recordUsage, map[string]any{"in": map[string]any{"accountId": b["accountId"], "events": events[1:2]}}); got.code() != "GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("strict: %s", got.body)
	}
	r.refusals.Flush(t.Context())
	if got := r.ask(r.token(auth.MasterAdmin, key, nil), `{account{refusals(filter:{codes:["MALFORMED"],id:"2"}){edges{node{source id kind message}}}}}`, nil); !strings.Contains(string(got.body), `{"source":"s","id":"2","kind":"TOOL_RUN","message":"runs: `) {
		t.Errorf("%s", got.body)
	}
}
