package server

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// used makes an account with a tool of a hostile name and reports runs of it.
func used(r *running, name string, runs int) (key int64) {
	r.t.Helper()
	key = r.account(name)
	platform := r.token(auth.Platform, 0, nil)
	tool := r.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`, map[string]any{"i": map[string]any{
		"accountId": accountID(key), "name": `=cmd|"/c calc"!A1`, "ownerName": "o", "status": "DEPLOYED"}})
	id := tool.Data["registerTool"].(map[string]any)["tool"].(map[string]any)["id"]
	a := r.ask(platform, `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status} userErrors{code message}}}`, map[string]any{"i": map[string]any{
		"accountId": accountID(key), "events": []any{map[string]any{"source": "s", "id": "e", "time": time.Now().UTC().Format(time.RFC3339), "toolId": id, "runs": runs}}}})
	if !bytes.Contains(a.body, []byte("STORED")) {
		r.t.Fatalf("%s", a.body)
	}
	return key
}

func (r *running) export(token string, query url.Values) reply {
	r.t.Helper()
	return r.send(r.request(http.MethodGet, "/v1/usage?"+query.Encode(), token, "", nil))
}

// An export holds what the pivot holds, is for those who may see that, and stands in the log of every account that it tells of.
func TestExports(t *testing.T) {
	t.Parallel()
	r := withExploreRole(t, func(c *Config) { c.ExploreTimeout = 20 * time.Second })
	acme, other := used(r, "acme", 7), used(r, "other", 5)
	master, member := r.token(auth.MasterAdmin, acme, nil), r.token(auth.Member, acme, nil)
	analyst, support := r.token(auth.Analyst, 0, nil), r.token(auth.Support, 0, nil)
	by := url.Values{"groupBy": {"RESOURCE,KIND"}, "range": {"LAST_24_HOURS"}}
	lines := func(a reply) [][]string {
		t.Helper()
		all, err := csv.NewReader(bytes.NewReader(a.body)).ReadAll()
		if err != nil || a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") {
			t.Fatalf("%d %v %s", a.status, err, a.body)
		}
		return all
	}
	own := lines(r.export(master, by))
	if len(own) != 2 || strings.Join(own[0], ",") != "resource_id,resource_name,kind,credits,runs,events,input_tokens,output_tokens,cache_read_tokens,cache_write_tokens,reasoning_tokens,resource_external_id" ||
		own[1][1] != `'=cmd|"/c calc"!A1` || own[1][4] != "7" {
		t.Errorf("the account's own: %q", own)
	}
	every := lines(r.export(analyst, url.Values{}))
	if len(every) != 3 || every[0][0] != "account_id" || every[1][3]+every[2][3] != "75" {
		t.Errorf("every account's: %q", every)
	}
	for name, c := range map[string]struct {
		token  string
		query  url.Values
		status int
		code   string
	}{
		"a member":                {member, by, 403, "FORBIDDEN"},
		"every account, bound":    {r.token(auth.Platform, 0, nil), by, 403, "FORBIDDEN"},
		"somebody else's":         {master, url.Values{"account": {accountID(other)}}, 404, "NOT_FOUND"},
		"nobody's":                {master, url.Values{"account": {accountID(987_654)}}, 404, "NOT_FOUND"},
		"nobody's, for who sees":  {analyst, url.Values{"account": {accountID(987_654)}}, 404, "NOT_FOUND"},
		"an unknown dimension":    {analyst, url.Values{"groupBy": {"secret-"}}, 400, "BAD_REQUEST"},
		"an unknown entry":        {analyst, url.Values{"secret-": {"x"}}, 400, "BAD_REQUEST"},
		"a dimension twice":       {analyst, url.Values{"groupBy": {"KIND,KIND"}}, 400, "INVALID"},
		"a range of nothing":      {analyst, url.Values{"from": {"2026-01-02T00:00:00Z"}, "to": {"2026-01-01T00:00:00Z"}}, 400, "BAD_RANGE"},
		"too many points":         {analyst, url.Values{"groupBy": {"TIME"}, "granularity": {"MINUTE"}, "range": {"LAST_90_DAYS"}}, 400, "RANGE_TOO_FINE"},
		"no token":                {"", by, 401, "UNAUTHENTICATED"},
		"a zone that is the host": {analyst, url.Values{"timeZone": {"Local"}}, 400, "BAD_REQUEST"},
	} {
		if a := r.export(c.token, c.query); a.status != c.status || a.code() != c.code || bytes.Contains(a.body, []byte("secret-")) || a.Extensions["requestId"] == nil {
			t.Errorf("%s: %d %s, want %d %s", name, a.status, a.body, c.status, c.code)
		}
	}
	if a := r.send(r.request(http.MethodPost, "/v1/usage", analyst, "application/json", strings.NewReader("{}"))); a.status != 405 || a.header.Get("Allow") != "GET" {
		t.Errorf("POST: %d %s", a.status, a.body)
	}
	const log = `query($id:ID){account(id:$id){auditLog(first:10,filter:{actions:[USAGE_EXPORTED]}){edges{node{actor{name role} address requestId after}}}}}`
	for name, c := range map[string]struct {
		token string
		key   int64
		want  []string
	}{
		"by its master admin": {master, acme, []string{"ANALYST", "MASTER_ADMIN"}}, "by SUPPORT": {support, other, []string{"ANALYST"}},
	} {
		a := r.ask(c.token, log, map[string]any{"id": accountID(c.key)})
		if n := bytes.Count(a.body, []byte(`"address":"127.0.0.1"`)); n != len(c.want) {
			t.Errorf("%s: %d entries: %s", name, n, a.body)
		}
		for _, role := range c.want {
			if !bytes.Contains(a.body, []byte(fmt.Sprintf(`"role":%q`, role))) {
				t.Errorf("%s lacks %s: %s", name, role, a.body)
			}
		}
	}
}
