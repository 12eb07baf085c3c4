package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// A settlement is of the reservation that it names: events that name another one are refused, and nothing is stored or freed.
func TestASettlementIsOfOneReservation(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	_, own := furnish(r, "settled")
	platform := r.token(auth.Platform, 0, nil)
	other := firstID(r, r.ask(platform, `mutation{reserveUsage(input:{accountId:"`+own["accountId"]+`",meter:TOOL_RUNS,amount:"3",idempotencyKey:"o"}){reservation{id} userErrors{message}}}`, nil))
	settle := func(named string) string {
		return string(r.ask(platform, fmt.Sprintf(`mutation{settleReservation(input:{reservationId:%q,events:[{source:"s",id:"1",time:%q,toolId:%q%s}]}){reservation{state} results{status} userErrors{code field message}}}`,
			own["reservationId"], time.Now().UTC().Truncate(time.Hour).Format(time.RFC3339), own["toolId"], named), nil).body)
	}
	for _, named := range []string{other, "nonsense"} {
		if a := settle(`,reservationId:"` + named + `"`); !strings.Contains(a, "Event 1 names another reservation") || strings.Contains(a, "STORED") {
			t.Errorf("%s: %s", named, a)
		}
	}
	if a := string(r.ask(platform, `{node(id:"`+own["reservationId"]+`"){...on Reservation{state settled}}}`, nil).body); !strings.Contains(a, `"state":"OPEN","settled":"0"`) {
		t.Errorf("afterwards: %s", a)
	}
	if a := settle(`,reservationId:"` + own["reservationId"] + `"`); !strings.Contains(a, "STORED") || !strings.Contains(a, "SETTLED") {
		t.Errorf("its own: %s", a)
	}
}
