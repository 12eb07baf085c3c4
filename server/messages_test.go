package server

import (
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/auth"
)

// A refusal names the field that is at fault, and what is wrong with what was sent rather than with something else.
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
		{support, `createAccount(input:{name:"\u200b",idempotencyKey:"k2"})`, "name", "invisible"},
		{master, "setMember(input:{" + of + `userId:"u-new",role:"MEMBER"})`, "email", "needs an e-mail address"},
		{master, "setMember(input:{" + of + `userId:"u-new",role:"MEMBER",email:"x"})`, "email", "is no e-mail address"},
		{master, "setMember(input:{" + of + `userId:"a\nb",role:"MEMBER",email:"x@example.org"})`, "userId", "control character"},
		{master, "setMember(input:{" + of + `userId:"u-new",role:"nobody",email:"x@example.org"})`, "role", "no role of this name"},
	} {
		answer := string(r.ask(c.token, "mutation{"+c.call+"{userErrors{code field message}}}", nil).body)
		if !strings.Contains(answer, `"field":["input","`+c.field+`"]`) || !strings.Contains(answer, c.message) {
			t.Errorf("%s: %s", c.call, answer)
		}
	}
}
