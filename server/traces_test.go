package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/ingest/otlp"
)

// spanOf returns a request with the span of one tool run, whose resource names the account in an attribute; "": none.
func spanOf(id, attribute, account, tool string) string {
	var of string
	if attribute != "" {
		of = `{"key":"` + attribute + `","value":{"stringValue":"` + account + `"}}`
	}
	return fmt.Sprintf(`{"resourceSpans":[{"resource":{"attributes":[%s]},"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b63381%06s","spanId":"eee19b7ec3c1b174","endTimeUnixNano":"%d",
"attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"execute_tool"}},{"key":"gen_ai.tool.name","value":{"stringValue":"%s"}}]}]}]}]}`,
		of, id, time.Now().UnixNano(), tool)
}

// Spans come in by the rules of events: who may report usage, for which accounts, and whose spans they are if they do not say.
func TestWhoseSpansAreTaken(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.Mapping = otlp.Mapping{Account: []string{"tenant.id"}} })
	platform := r.token(auth.Platform, 0, nil)
	for _, name := range []string{"mine", "theirs"} {
		r.ask(platform, `mutation{upsertAccount(input:{externalId:"`+name+`",name:"`+name+`"}){outcome}}`, nil)
		r.ask(platform, `mutation{upsertTool(input:{accountId:"external:account:`+name+`",externalId:"search",name:"t",ownerName:"o",status:DEPLOYED}){outcome}}`, nil)
	}
	found, err := r.store.ExternalAccounts(t.Context(), nil, []string{"mine"})
	if err != nil {
		t.Fatal(err)
	}
	bound, admin := r.token(auth.Platform, found["mine"], nil), r.token(auth.MasterAdmin, found["mine"], nil)
	for i, c := range []struct {
		token, attribute, account string
		status                    int
		want                      string
	}{
		{platform, "tenant.id", "mine", 200, "{}"},
		{platform, "usagegraph.account", accountID(found["mine"]), 200, "{}"},
		{platform, "", "", 200, "UNKNOWN_ACCOUNT (neither it nor its resource names an account"},
		{bound, "", "", 200, "{}"},
		{bound, "tenant.id", "mine", 200, "{}"},
		{bound, "tenant.id", "theirs", 200, "UNKNOWN_ACCOUNT (there is no such account;"},
		{bound, "tenant.id", "nobodys", 200, "UNKNOWN_ACCOUNT (there is no such account;"},
		{admin, "", "", 403, "USAGE_WRITE"},
		{"", "tenant.id", "mine", 401, "UNAUTHENTICATED"},
	} {
		a := r.send(r.request(http.MethodPost, "/v1/traces", c.token, "application/json", strings.NewReader(spanOf(fmt.Sprint(i), c.attribute, c.account, "search"))))
		if a.status != c.status || !strings.Contains(string(a.body), c.want) {
			t.Errorf("%d %+v: %d %s", i, c, a.status, a.body)
		}
	}
	if a := r.send(r.request(http.MethodGet, "/v1/traces", platform, "", nil)); a.status != 405 || a.header.Get("Allow") != "POST" {
		t.Errorf("GET: %d %s", a.status, a.body)
	}
}

// Metrics are accepted only if the setting says so, because spans of the same use would count twice.
func TestMetricsAreTakenWhereThatIsSet(t *testing.T) {
	t.Parallel()
	for _, open := range []bool{false, true} {
		r := run(t, func(c *Config) { c.TelemetryMetrics = open })
		a := r.send(r.request(http.MethodPost, "/v1/metrics", r.token(auth.Platform, 0, nil), "application/json", strings.NewReader(`{}`)))
		if (a.status == 200) != open {
			t.Errorf("open %v: %d %s", open, a.status, a.body)
		}
	}
}
