package bench

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
)

const pageEvents = 200_000 // of one account in 30 days

// BenchmarkPage answers the whole Billing > Usage page in one GraphQL operation: widget, banners, overview, trend and four tabs over
// 30 days. Bare is a single statement that adds the same events up by day and model: what one chart would cost without the
// tables made for it.
func BenchmarkPage(b *testing.B) {
	d := openDoor(b, 1)
	d.history()
	d.token = d.newToken(auth.Support)
	page, err := os.ReadFile("../graph/testdata/operations/billing_page.graphql")
	d.must(err)
	body := question(string(page), map[string]any{"account": accountID(d.accounts[0]), "range": map[string]any{"preset": "LAST_30_DAYS"}, "zone": "Asia/Kathmandu"})
	versus(b, "pages", d.addUp, func() (int, func()) {
		return 1, func() {
			if answer := d.post("/graphql", "application/json", body); !strings.Contains(answer, `"usageTrend"`) || strings.Contains(answer, `"errors"`) {
				b.Errorf("%.500s", answer)
			}
		}
	})
}

// history spreads events over 30 days, in an account with things that run, and rolls them up.
func (d *door) history() {
	ctx, id := d.b.Context(), d.accounts[0]
	_, err := d.store.DeployModel(ctx, tsdb.ModelDeployment{AccountID: id, ModelID: d.models[0], Name: "eu", Hardware: "g6.xlarge", Replicas: 1})
	d.must(err)
	_, err = d.store.DeployGuardrail(ctx, tsdb.NewGuardrail{AccountID: id, Name: "toxic", Scanner: "TOXICITY", CPUType: "GENERAL_PURPOSE", Replicas: 1})
	d.must(err)
	step, now := 30*24*time.Hour/pageEvents, time.Now()
	for n := range pageEvents / 5000 {
		events := d.events(5000)
		for i := range events {
			events[i].Time = now.Add(-time.Duration(n*5000+i+1) * step)
		}
		_, err := d.store.Ingest(ctx, events, tsdb.Record)
		d.must(err)
	}
	_, err = d.store.RollUp(ctx, 1_000_000)
	d.must(err)
	d.exec(`ANALYZE`)
}

func (d *door) addUp() (int, func()) {
	return 1, func() {
		d.exec(`SELECT time_bucket('1 day', time, 'Asia/Kathmandu'), resource_id, sum(charge), sum(runs), count(*) FROM usage_event
WHERE account_id = $1 AND time >= $2 GROUP BY 1, 2`, d.accounts[0], time.Now().Add(-30*24*time.Hour))
	}
}
