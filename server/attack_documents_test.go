package server

import (
	"fmt"
	"net/http"
	"strings"
)

// floods are attacks by documents.
func (s *siege) floods() (list []attack) {
	for _, d := range []struct{ name, query, code string }{
		{"a field 20,000 times", "{" + strings.Repeat("hello ", 16_000) + "}", "DOCUMENT_TOO_COMPLEX"},
		{"a field 20,000 times in one object", "{viewer{" + strings.Repeat("name ", 19_000) + "}}", "DOCUMENT_TOO_COMPLEX"},
		{"a field as often as allowed", "{viewer{" + strings.Repeat("name ", 3_990) + "}}", ""},
		{"aliases", "{viewer{" + numbered(7_500, "a%d:name ") + "}}", "DOCUMENT_TOO_COMPLEX"},
		{"aliases as many as allowed", "{account{" + numbered(60, "a%d:creditStatus{icon credits{remaining}} ") + "}}", ""},
		{"aliases of charts", "{account{" + numbered(60, "a%d:usageTrend(range:{preset:LAST_24_HOURS},granularity:MINUTE){points{credits}} ") + "}}", "COST_TOO_HIGH"},
		{"aliases of lists", "{account{" + numbered(60, "a%d:ledger(first:100){edges{node{amount draws{amount}}}} ") + "}}", "COST_TOO_HIGH"},
		{"directives", "{viewer{name " + numbered(9_000, "@d%d ") + "}}", "DOCUMENT_TOO_COMPLEX"},
		{"directives, few enough to be looked at", "{viewer{name " + strings.Repeat("@secret ", 60) + "}}", "GRAPHQL_VALIDATION_FAILED"},
		{"fragments", "{viewer{name}}" + numbered(2_500, " fragment F%d on Viewer{name}"), "DOCUMENT_TOO_COMPLEX"},
		{"doubling fragments", "{viewer{...F0}}" + doubled(23), ""},
		{"doubling fragments, as many as allowed", "{viewer{...F0}}" + doubled(60), ""},
		{"doubling fragments of lists", "{account{...F0}}" + doubledLists(14), ""},
		{"doubling fragments of lists, as many as allowed", "{account{...F0}}" + doubledLists(29), ""},
		{"deep nesting", "{account" + strings.Repeat("{tools{edges{node", 5_000), "DOCUMENT_TOO_COMPLEX"},
		{"deep literal", "{node(id:" + strings.Repeat("[", 90_000) + ")}", "DOCUMENT_TOO_COMPLEX"},
		{"circular fragments", "{viewer{...A}} fragment A on Viewer{...B} fragment B on Viewer{...A}", "GRAPHQL_VALIDATION_FAILED"},
		{"circular fragment through a field", "{viewer{...A}} fragment A on Viewer{accounts{account{id}} ...A}", "GRAPHQL_VALIDATION_FAILED"},
		{"unknown fields", "{viewer{" + numbered(3_900, "secret%d ") + "}}", "GRAPHQL_VALIDATION_FAILED"},
		{"root fields", "{" + numbered(30, "a%d:viewer{name} ") + "}", "DOCUMENT_TOO_COMPLEX"},
		{"operations", numbered(3_000, "query Q%d{viewer{name}} "), "DOCUMENT_TOO_COMPLEX"},
		{"a long string", `{node(id:"secret-` + strings.Repeat("x", 90_000) + `"){id}}`, ""},
		{"a string in the place of a name", `{"` + strings.Repeat("secret-", 10_000) + `"}`, "GRAPHQL_PARSE_FAILED"},
		{"a number that nothing holds", "{account{" + numbered(60, "a%d:access(action:TOOL_RUN,amount:1e999999999){allowed} ") + "}}", "GRAPHQL_VALIDATION_FAILED"},
		{"texts that cannot be stored", `{nodes(ids:["` + strings.Repeat(`\u0000`, 15_000) + `"]){id}}`, "GRAPHQL_VALIDATION_FAILED"},
		{"@defer", "{account{... @defer{ledger(first:100){edges{node{amount}}}}}}", "GRAPHQL_VALIDATION_FAILED"},
		{"introspection", "{__schema{types{name fields{name type{name}}}}}", "INTROSPECTION_DISABLED"},
		{"ids by the thousand", `{nodes(ids:[` + strings.Repeat(`"x",`, 3_900) + `]){id}}`, "COST_TOO_HIGH"},
	} {
		sent := 0
		list = append(list, attack{d.name, func() *http.Request {
			sent++ // a document that nobody has sent before, so that nothing is kept of it
			return s.post(s.hostile, question(fmt.Sprintf("%s#%d", d.query, sent), nil))()
		}, http.StatusOK, d.code})
	}
	return list
}

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// doubled returns n fragments that each spread the next one twice.
func doubled(n int) string {
	var b strings.Builder
	for i := range n - 1 {
		fmt.Fprintf(&b, " fragment F%d on Viewer{...F%d ...F%d}", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on Viewer{name}", n-1)
	return b.String()
}

// doubledLists returns n fragments that each ask for two lists and spread the next one twice.
func doubledLists(n int) string {
	var b strings.Builder
	for i := range n - 1 {
		fmt.Fprintf(&b, " fragment F%d on Account{a:tools{edges{node{id}}} b:models{edges{node{id}}} ...F%d ...F%d}", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on Account{x:ledger(first:100){edges{node{draws{amount}}}}}", n-1)
	return b.String()
}
