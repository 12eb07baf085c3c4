package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// An hour of wrong events is counted and voided, and cannot be voided by callers without the permission or from another account.
func TestVoidEvents(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	key, b := furnish(r, "acme")
	_, theirs := furnish(r, "other")
	platform, admin := r.token(auth.Platform, key, nil), r.token(auth.MasterAdmin, key, nil)
	ask := func(token, query, want string) {
		t.Helper()
		if body := string(r.ask(token, query, nil).body); !strings.Contains(body, want) {
			t.Errorf("%s\nanswers %s\nnot %s", query, body, want)
		}
	}
	of, now := `accountId:"`+b["accountId"]+`"`, time.Now().UTC().Truncate(time.Second)
	at := now.Format(time.RFC3339)
	event := `{source:"s",id:"%s",time:"` + at + `",toolId:"` + b["toolId"] + `",runs:2}`
	ask(platform, `mutation{recordUsage(input:{`+of+`,events:[`+fmt.Sprintf(event, "1")+","+fmt.Sprintf(event, "2")+`]}){results{status}}}`, `STORED`)
	one := `mutation{voidEvents(input:{%s,events:[{source:"s",id:"1",time:"` + at + `"},{source:"s",id:"9",time:"` + at + `"},{id:"9"}]}){
  results{status code refund} creditStatus{runs{used}} userErrors{code message}}}`
	ask(admin, fmt.Sprintf(one, of), `"FORBIDDEN"`)
	ask(platform, fmt.Sprintf(one, `accountId:"`+theirs["accountId"]+`"`), `"NOT_FOUND"`)
	ask(platform, fmt.Sprintf(one, of), `"results":[{"status":"VOIDED","code":null,"refund":"2"},{"status":"REFUSED","code":"UNKNOWN_EVENT","refund":null},{"status":"REFUSED","code":"SOURCE_REQUIRED","refund":null}],"creditStatus":{"runs":{"used":"2"}}`)
	ask(platform, fmt.Sprintf(one, of), `"ALREADY_VOIDED"`)
	ask(platform, `mutation{recordUsage(input:{`+of+`,events:[`+fmt.Sprintf(event, "1")+`]}){results{status code charge}}}`, `{"status":"VOIDED","code":null,"charge":null}`)
	filter := `filter:{from:"` + now.Add(-time.Hour).Format(time.RFC3339) + `",to:"` + now.Add(time.Second).Format(time.RFC3339) + `",source:"s",resourceId:"` + b["toolId"] + `"}`
	ask(platform, `{account{voidPreview(`+filter+`){events credits runs}}}`, `{"events":1,"credits":"0","runs":2}`)
	ask(platform, `mutation{voidEvents(input:{`+of+`,`+filter+`}){voided{events} userErrors{code field}}}`, `["input","expectedCount"]`)
	ask(platform, `mutation{voidEvents(input:{`+of+`,`+filter+`,expectedCount:2}){voided{events} userErrors{code}}}`, `"CONFLICT"`)
	ask(platform, `mutation{voidEvents(input:{`+of+`,`+filter+`,expectedCount:1,idempotencyKey:"wrong hour"}){voided{events runs} userErrors{code}}}`, `{"events":1,"runs":2}`)
	ask(platform, `mutation{voidEvents(input:{`+of+`,`+filter+`,expectedCount:1,idempotencyKey:"wrong hour"}){voided{events runs} userErrors{code}}}`, `{"events":1,"runs":2}`)
	ask(admin, `{account{ledger(first:1){edges{node{kind cause}}} creditStatus{runs{used}}}}`, `{"kind":"REFUND","cause":"VOID"}`)
}
