package server

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// What was sent can be read back: as a list, by its identity, from the ledger and to it, and by nobody else.
func TestEventsAreReadBackByThoseWhoMay(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	key, b := furnish(r, "acme")
	otherKey, other := furnish(r, "other")
	platform, master := r.token(auth.Platform, key, nil), r.token(auth.MasterAdmin, key, nil)
	support, admin, stranger := r.token(auth.Support, 0, nil), r.token(auth.Admin, key, nil), r.token(auth.MasterAdmin, otherKey, nil)
	ask := func(token, query, want string) string {
		t.Helper()
		body := string(r.ask(token, query, nil).body)
		if !strings.Contains(body, want) {
			t.Errorf("%s\nanswers %s\nnot %s", query, body, want)
		}
		return body
	}
	now := time.Now().UTC().Truncate(time.Second)
	at := now.Format(time.RFC3339)
	ask(platform, `mutation{recordUsage(input:{accountId:"`+b["accountId"]+`",events:[
{source:"s",id:"1",time:"`+at+`",toolId:"`+b["toolId"]+`",runs:2},
{source:"s",id:"2",time:"`+at+`",modelId:"`+b["modelId"]+`",deploymentId:"`+b["deploymentId"]+`",inputTokens:1000,cacheReadTokens:400,outputTokens:100,reasoningTokens:10}]}){
results{status}}}`, `[{"status":"STORED"},{"status":"STORED"}]`)
	ask(platform, `mutation{voidEvents(input:{accountId:"`+b["accountId"]+`",events:[{source:"s",id:"1",time:"`+at+`"}]}){results{status}}}`, `"VOIDED"`)

	list := ask(master, `{account{events(first:1){totalCount pageInfo{hasNextPage endCursor} edges{node{id kind status resourceId resourceName deploymentId inputTokens
cacheReadTokens outputTokens reasoningTokens charge history voidedAt ledgerEntry{amount cause events{edges{node{id}}}} refundEntry{id}}}}}}`,
		`{"id":"2","kind":"INFERENCE","status":"STORED","resourceId":"`+b["modelId"]+`","resourceName":"m","deploymentId":"`+b["deploymentId"]+
			`","inputTokens":1000,"cacheReadTokens":400,"outputTokens":100,"reasoningTokens":10,"charge":"0.00065","history":false,"voidedAt":null,`+
			`"ledgerEntry":{"amount":"-0.00065","cause":"EVENTS","events":{"edges":[{"node":{"id":"2"}}]}},"refundEntry":null}`)
	if !strings.Contains(list, `"totalCount":2,"pageInfo":{"hasNextPage":true`) {
		t.Error(list)
	}
	cursor := regexp.MustCompile(`"endCursor":"([^"]+)"`).FindStringSubmatch(list)[1]
	ask(master, `{account{events(first:1,after:"`+cursor+`"){pageInfo{hasNextPage hasPreviousPage} edges{node{id runs refundEntry{cause amount events{edges{node{id}}}}}}}}}`,
		`{"pageInfo":{"hasNextPage":false,"hasPreviousPage":true},"edges":[{"node":{"id":"1","runs":2,"refundEntry":{"cause":"VOID","amount":"2","events":{"edges":[{"node":{"id":"1"}}]}}}}]}`)
	one := `event(source:"s",id:"1",time:"` + at + `"){id status charge voidedAt}`
	ask(master, "{account{"+one+"}}", `{"id":"1","status":"VOIDED","charge":"2","voidedAt":"`)
	ask(support, `{account(id:"`+b["accountId"]+`"){`+one+`}}`, `"VOIDED"`)
	for filter, count := range map[string]int{`{status:VOIDED}`: 1, `{kinds:[INFERENCE]}`: 1, `{kinds:[]}`: 0, `{source:"t"}`: 0, `{resourceId:"` + b["toolId"] + `"}`: 1,
		`{resourceId:"` + other["toolId"] + `"}`: 0, `{resourceId:"x"}`: 0} {
		ask(master, `{account{events(filter:`+filter+`){totalCount}}}`, fmt.Sprintf(`{"totalCount":%d}`, count))
	}
	// Of others.
	ask(stranger, "{account{"+one+" events{totalCount}}}", `{"event":null,"events":{"totalCount":0}}`)
	ask(stranger, `{account(id:"`+b["accountId"]+`"){`+one+`}}`, `"account":null`)
	ask(admin, "{account{"+one+"}}", `"FORBIDDEN"`)
	ask(platform, "{account{events{totalCount}}}", `"FORBIDDEN"`)
	// What is out of bounds.
	ask(master, `{account{events(from:"2026-01-01T00:00:00Z",to:"2026-02-01T00:00:00Z"){totalCount}}}`, `"BAD_RANGE"`)
	ask(master, `{account{events(filter:{status:VOIDED},after:"`+cursor+`"){totalCount}}}`, `"BAD_PAGE"`)
	ask(master, `{account{events(first:101){totalCount}}}`, `"BAD_PAGE"`)
	ask(master, `{account{event(source:"",id:"1",time:"`+at+`"){id}}}`, `{"event":null}`)
}
