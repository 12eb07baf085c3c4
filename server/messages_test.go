package server

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/auth"
)

// A refusal names the field at fault, and what is wrong with what was sent rather than with something else.
func TestMessagesNameTheCause(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account, own := furnish(r, "messages")
	platform, master, support := r.token(auth.Platform, 0, nil), r.token(auth.MasterAdmin, account, nil), r.token(auth.Support, 0, nil)
	of := `accountId:"` + own["accountId"] + `",`
	grant := "grantCredits(input:{" + of + `meter:MODEL_CREDITS,amount:"1",reference:"r",idempotencyKey:"new",`
	with := func(input, field, value string) string { // a field in place of the one that is there
		at := strings.Index(input, field+":")
		if at < 0 {
			return input + field + ":" + value + "})"
		}
		return input[:at] + field + ":" + value + input[at+strings.Index(input[at:]+",", ","):] + "})"
	}
	for _, c := range []struct{ token, call, field, message string }{
		{support, with(grant, "reference", `"a\nb"`), "reference", "none of them a control character"},
		{support, with(grant, "reference", `""`), "reference", "1 to 200 characters"},
		{support, with(grant, "idempotencyKey", `"a\tb"`), "idempotencyKey", "none of them a control character"},
		{support, with(grant, "idempotencyKey", `"`+strings.Repeat("k", 129)+`"`), "idempotencyKey", "1 to 128 characters"},
		{support, with(grant, "amount", `"-1"`), "amount", "above 0 and at most 1,000,000,000 credits"},
		{support, with(strings.Replace(grant, "MODEL_CREDITS", "TOOL_RUNS", 1), "amount", `"0"`), "amount", "at most 1,000,000,000,000,000 runs"},
		{support, with(grant, "expiresAt", `"2020-01-01T00:00:00Z"`), "expiresAt", "in the past"},
		{platform, "reserveUsage(input:{" + of + `meter:TOOL_RUNS,amount:"0",idempotencyKey:"h"})`, "amount", " runs"},
		{platform, "reserveUsage(input:{" + of + `meter:MODEL_CREDITS,amount:"0",idempotencyKey:"h"})`, "amount", " credits"},
		{platform, "reserveUsage(input:{" + of + `meter:TOOL_RUNS,amount:"1",idempotencyKey:"h",reference:"a\nb"})`, "reference", "none of them a control character"},
		{support, "setAccountLimits(input:{" + of + `lowCreditLimit:"-1"})`, "lowCreditLimit", "must not be below 0"},
		{support, "setAccountLimits(input:{" + of + `fineTuningLimit:"-1"})`, "fineTuningLimit", "must not be below 0"},
		{support, "setAccountLimits(input:{" + of + `negativeLimit:"1"})`, "negativeLimit", "not above 0"},
		{support, "setAccountLimits(input:{" + of + `lowCreditLimit:"2000000000000"})`, "lowCreditLimit", "within 1,000,000,000,000 credits"},
		{support, `createPlan(input:{name:"p",credits:"1",runs:-1})`, "runs", "0 to 1,000,000,000,000,000 runs"},
		{support, `createPlan(input:{name:"p",credits:"1",runs:9007199254740991})`, "runs", "0 to 1,000,000,000,000,000 runs"},
		{support, `createPlan(input:{name:"p",credits:"-1",runs:1})`, "credits", "0 to 1,000,000,000 credits"},
		{support, `createAccount(input:{name:"a",idempotencyKey:"a\nb"})`, "idempotencyKey", "none of them a control character"},
		{support, `createAccount(input:{name:"a\u200bb",idempotencyKey:"k2"})`, "name", "invisible"},
		{support, with(grant, "reference", `"a\u0085b"`), "reference", "holds the control character U+0085"},
		{support, with(grant, "reference", `"a\ufffdb"`), "reference", "holds U+FFFD, which stands for what was no UTF-8"},
		{support, with(grant, "reference", `"a\u202eb"`), "reference", "turns the direction of text"},
		{support, with(grant, "reference", `" "`), "reference", "shows nothing"},
		{support, with(grant, "reference", `"`+strings.Repeat("k", 201)+`"`), "reference", "this one is longer"},
		{support, "adjustCredits(input:{" + of + `meter:MODEL_CREDITS,amount:"0",reference:"r",idempotencyKey:"a0"})`, "amount", "is not 0"},
		{support, `createAccount(input:{name:"a",idempotencyKey:"k3",masterAdmin:{userId:"",email:"a@example.org"}})`, `masterAdmin","userId`, "this one is empty"},
		{support, `createAccount(input:{name:"a",idempotencyKey:"k4",masterAdmin:{userId:"a\nb",email:"a@example.org"}})`, `masterAdmin","userId`, "holds the control character U+000A"},
		{support, `createAccount(input:{name:"a",idempotencyKey:"k5",masterAdmin:{userId:"u",email:"a@example.org\nBcc: b@example.org"}})`, `masterAdmin","email`, "is not an e-mail address"},
		{support, `createAccount(input:{name:"a",idempotencyKey:"k6",masterAdmin:{userId:"u",email:"zzz"}})`, `masterAdmin","email`, "is not an e-mail address"},
		{support, `createAccount(input:{name:"a",idempotencyKey:"k7",masterAdmin:{userId:"u",email:"a@example.org",name:"\u202e"}})`, `masterAdmin","name`, "this one shows nothing"},
		{platform, "registerTool(input:{" + of + `name:"t",ownerName:"o",externalId:"a\nb"})`, "externalId", "holds the control character U+000A"},
		{platform, "registerTool(input:{" + of + `name:"t",ownerName:"o",externalId:"a\u200b"})`, "externalId", "An own id can be read"},
		{platform, "upsertTool(input:{" + of + `name:"t",ownerName:"o",externalId:"\u202ea"})`, "externalId", "An own id can be read"},
		{platform, "upsertAccount(input:{" + `name:"t",externalId:"\u00a0"})`, "externalId", "An own id can be read: this one shows nothing"},
		{platform, "reserveUsage(input:{" + of + `meter:TOOL_RUNS,amount:"1",idempotencyKey:"h",reference:"a\u202eb"})`, "reference", "turns the direction of text"},
		{platform, "deployModel(input:{modelId:\"" + own["modelId"] + `",name:"e",hardware:"g5.xlarge",endpoint:" "})`, "endpoint", "this one shows nothing"},
		{master, "setMember(input:{" + of + `userId:"u-new",role:"MEMBER",email:"x@example.org",externalId:"a\u2066b"})`, "externalId", "An own id can be read"},
		{platform, "registerTool(input:{" + of + `name:"t",ownerName:"o",tags:[{key:" ",value:""}]})`, "tags", "A tag's key can be read: this one shows nothing"},
		{platform, "registerTool(input:{" + of + `name:"t",ownerName:"o",tags:[{key:"k",value:"a\u202eb"}]})`, "tags", "A tag's value can be read"},
		{platform, "registerTool(input:{" + of + `name:"t",ownerName:"o",tags:[{key:"k",value:"` + strings.Repeat("v", 257) + `"}]})`, "tags", "at most 256 characters"},
		{master, "setMember(input:{" + of + `userId:"u-new",role:"MEMBER"})`, "email", "needs an e-mail address"},
		{master, "setMember(input:{" + of + `userId:"u-new",role:"MEMBER",email:"x"})`, "email", "is not an e-mail address"},
		{master, "setMember(input:{" + of + `userId:"a\nb",role:"MEMBER",email:"x@example.org"})`, "userId", "control character"},
		{master, "setMember(input:{" + of + `userId:"u-new",role:"nobody",email:"x@example.org"})`, "role", "no role of this name"},
		{platform, `startFineTuning(input:{modelId:"` + own["modelId"] + `",name:"f",trainingTokens:1,epochs:1,method:QLORA,gpu:"<b>",idempotencyKey:"f1"})`, "gpu", "does not run on this hardware.\""},
		{platform, `startFineTuning(input:{modelId:"` + own["modelId"] + `",name:"f",trainingTokens:1,epochs:1,method:QLORA,idempotencyKey:"f2"})`, "gpu", "needs a GPU"},
		{support, "setRates(input:{" + of + `hosting:[{category:MODELS,name:"<b>",rate:"1"}]})`, "hosting", "No version of the rate card has hardware of one of these names."},
		{master, "setRole(input:{" + of + `name:"R",permissions:[USAGE_VIEW,USAGE_WRITE]})`, "permissions", "may permit USAGE_WRITE:"},
		{master, "setRole(input:{" + of + `name:"R",permissions:[]})`, "permissions", "at least one thing"},
		{master, "setRole(input:{" + of + `name:"R",permissions:INHERIT})`, "permissions", "INHERIT cannot be held"},
	} {
		answer := string(r.ask(c.token, "mutation{"+c.call+"{userErrors{code field message}}}", nil).body)
		if !strings.Contains(answer, `"field":["input","`+c.field+`"]`) || !strings.Contains(answer, c.message) {
			t.Errorf("%s: %s", c.call, answer)
		}
	}
}

// A fault within a list or an object is named by its place, and an event's refusal names the field.
func TestMessagesNameThePlace(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account, own := furnish(r, "places")
	platform := r.token(auth.Platform, account, nil)
	const mutation = `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status code message} userErrors{code field message}}}`
	good := map[string]any{"source": "s", "id": "i", "time": "2026-01-01T00:00:00Z", "toolId": own["toolId"]}
	model := map[string]any{"toolId": nil, "modelId": own["modelId"], "inputTokens": 1, "outputTokens": 1}
	for i, c := range []struct {
		change map[string]any
		want   string
	}{
		{map[string]any{"id": "a\x00b"}, `Variable $i at events[1].id holds the character U+0000`},
		{map[string]any{"toolId": "a\x00b"}, `Variable $i at events[1].toolId holds the character U+0000`},
		{map[string]any{"time": "yesterday"}, `Variable $i at events[1].time does not fit: DateTime takes an RFC 3339 instant`},
		{map[string]any{"runs": 1.5}, `Variable $i at events[1].runs does not fit: Long takes`},
		{map[string]any{"inputToken": 5}, `Variable $i at events[1] has a field inputToken that UsageEventInput does not have`},
		{map[string]any{"in put": 5}, `Variable $i at events[1] has a field that UsageEventInput does not have`},
		{map[string]any{"id": "a\u0085b"}, `id holds the control character U+0085`},
		{map[string]any{"source": strings.Repeat("s", 201)}, `source is longer`},
		{map[string]any{"source": "\ufffd"}, `source holds U+FFFD`},
		{map[string]any{"runs": 0}, `runs must be at least 1`},
		{map[string]any{"runs": 1_000_000_001}, `runs: an event has at most`},
		{map[string]any{"inputTokens": -1}, `inputTokens must not be negative`},
		{map[string]any{"reasoningTokens": -1}, `reasoningTokens must not be negative`},
		{map[string]any{"cacheReadTokens": 1_000_000_000_001}, `cacheReadTokens: an event has at most`},
		{map[string]any{"cacheWriteTokens": 2}, `cacheReadTokens and cacheWriteTokens are parts of inputTokens`},
		{map[string]any{"reasoningTokens": 2}, `reasoningTokens are part of outputTokens`},
	} {
		bad := maps.Clone(good)
		if strings.Contains(strings.Join(slices.Collect(maps.Keys(c.change)), " "), "Tokens") {
			maps.Copy(bad, model)
		}
		maps.Copy(bad, c.change)
		answer := string(r.ask(platform, mutation, map[string]any{"i": map[string]any{"accountId": accountID(account), "events": []any{good, bad}}}).body)
		if !strings.Contains(answer, c.want) {
			t.Errorf("%d %v: %s", i, c.change, answer)
		}
	}
}
