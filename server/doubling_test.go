package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/auth"
)

// fifty returns fifty fragments, each of which spreads the next one twice: 2^50 ways lead to the last.
func fifty(on, last string) string {
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, "fragment f%d on %s{...f%d ...f%d} ", i, on, i+1, i+1)
	}
	return b.String() + "fragment f50 on " + on + last
}

// Fragments are gone through once, whatever number of ways leads to them: in a question about an account, in one for its state alone, in
// mutations and in subscriptions. Otherwise a short document would take minutes.
func TestDoubledFragmentsAreGoneThroughOnce(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account := r.account("acme")
	token := r.token(auth.MasterAdmin, account, nil)
	for name, query := range map[string]string{
		"state":                     `{account{...f0}} ` + fifty("Account", "{name}"),
		"more than state":           `{account{...f0}} ` + fifty("Account", "{tools(first:1){totalCount}}"),
		"root":                      `{...f0} ` + fifty("Query", "{viewer{name}}"),
		"mutation":                  `mutation{...f0} ` + fifty("Mutation", `{setAccountProfile(input:{accountId:"`+accountID(account)+`",name:"acme"}){userErrors{code}}}`),
		"below a mutation":          `mutation{setAccountProfile(input:{accountId:"` + accountID(account) + `",name:"acme"}){account{...f0}}} ` + fifty("Account", "{name}"),
		"fields with other fields":  `{account{plan{...f0}}} ` + fifty("AccountPlan", "{__typename}"),
		"introspection, refused":    `{__schema{...f0}} ` + fifty("__Schema", "{queryType{name}}"),
		"subscription, not by HTTP": `subscription{...f0} ` + fifty("Subscription", `{creditStatus(accountId:"`+accountID(account)+`"){icon}}`),
		"below a subscription":      `subscription{creditStatus(accountId:"` + accountID(account) + `"){...f0}} ` + fifty("CreditStatus", `{icon}`),
	} {
		got := r.ask(token, query, nil)
		want := map[string]string{"introspection, refused": "INTROSPECTION_DISABLED", "subscription, not by HTTP": "STREAM_REQUIRED", "below a subscription": "STREAM_REQUIRED"}[name]
		if got.code() != want || want == "" && got.status != http.StatusOK {
			t.Errorf("%s: %d %.300s", name, got.status, got.body)
		}
	}
}
