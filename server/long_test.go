package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// Sums above 2^53 − 1 keep all their digits as numbers, and are also given as strings for clients whose numbers are doubles. Incoming
// numbers beyond that bound are refused.
func TestSumsBeyondWhatADoubleHolds(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account, own := furnish(r, "huge")
	platform, master := r.token(auth.Platform, 0, nil), r.token(auth.MasterAdmin, account, nil)
	now := time.Now().UTC().Format(time.RFC3339)
	if _, err := r.pools.books.Exec(t.Context(), "UPDATE resource SET input_rate = 0, output_rate = 0 WHERE name = 'm'"); err != nil {
		t.Fatal(err)
	}
	const events, most = 9_008, 1_000_000_000_000
	for from := 0; from < events; from += 1_000 {
		var list []any
		for i := from; i < min(from+1_000, events); i++ {
			input := most
			if i == 0 {
				input = most - 7 // an odd sum, which a double would round
			}
			list = append(list, map[string]any{"source": "s", "id": fmt.Sprint(i), "time": now, "modelId": own["modelId"], "inputTokens": input, "cacheReadTokens": input, "outputTokens": 1})
		}
		if a := r.ask(platform, `mutation($e:[UsageEventInput!]!){recordUsage(input:{accountId:"`+own["accountId"]+`",events:$e}){results{status} userErrors{message}}}`, map[string]any{"e": list}); strings.Count(string(a.body), "STORED") != len(list) {
			t.Fatalf("%.300s", a.body)
		}
	}
	a := r.ask(master, `{account{usage(groupBy:KIND){totals{inputTokens inputTokensExact outputTokens outputTokensExact runs runsExact cacheReadTokens cacheReadTokensExact reasoningTokensExact}}}}`, nil)
	for _, want := range []string{`"inputTokens":9007999999999993`, `"inputTokensExact":"9007999999999993"`, `"outputTokens":9008,`, `"outputTokensExact":"9008"`, `"runsExact":"0"`,
		`"cacheReadTokens":9007999999999993`, `"cacheReadTokensExact":"9007999999999993"`, `"reasoningTokensExact":"0"`} {
		if !strings.Contains(string(a.body), want) {
			t.Errorf("%s is not in %s", want, a.body)
		}
	}
	for number, code := range map[string]string{"9007199254740991": "", "9007199254740992": "GRAPHQL_VALIDATION_FAILED", "-9007199254740992": "GRAPHQL_VALIDATION_FAILED", "1.5": "GRAPHQL_VALIDATION_FAILED"} {
		if a := r.ask(platform, `mutation{recordUsage(input:{accountId:"`+own["accountId"]+`",events:[{source:"s",id:"x",time:"`+now+`",toolId:"`+own["toolId"]+`",runs:`+number+`}]}){results{code} userErrors{message}}}`, nil); a.code() != code {
			t.Errorf("%s: %s", number, a.body)
		}
	}
}
