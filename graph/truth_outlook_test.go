package graph

import (
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// simulated is what becomes of the account second by second, told from what the API says about grants, segments and plan.
func (a *answered) simulated(seconds int64, extra map[string]any) map[string]string {
	now, _ := time.Parse(time.RFC3339, textAt(a.account, "creditStatus", "asOf"))
	micro := func(d decimal.Decimal) int64 { return d.Shift(6).IntPart() }
	type lot struct{ ends, left int64 }
	var lots []lot
	for _, row := range rows(a.account, "grants") {
		g := row["node"].(map[string]any)
		if meterOf(g) != 0 || !numberAt(g, "remaining").IsPositive() {
			continue
		}
		ends := int64(1 << 60)
		if t, err := time.Parse(time.RFC3339, textAt(g, "expiresAt")); err == nil {
			ends = t.Unix()
		}
		lots = append(lots, lot{ends, micro(numberAt(g, "remaining"))})
	}
	b := micro(a.n("creditStatus", "credits", "remaining"))
	type run struct{ start, rate, replicas int64 }
	var list []run
	for _, row := range append(rows(a.account, "open"), extra) {
		s, _ := row["node"].(map[string]any)
		if s == nil || s["end"] != nil {
			continue
		}
		t, _ := time.Parse(time.RFC3339, textAt(s, "start"))
		list = append(list, run{t.Unix(), micro(numberAt(s, "ratePerHour")), numberAt(s, "replicas").IntPart()})
	}
	cost := func(r run, at int64) int64 { return (r.rate*r.replicas*(at-r.start)*2 + 3600) / 7200 }
	cycleEnd, _ := time.Parse(time.RFC3339, textAt(a.account, "plan", "cycleEnd"))
	limits := map[string]int64{"lowAt": micro(a.n("settings", "lowCreditLimit")) - 1, "exhaustedAt": 0, "stopAt": micro(a.n("settings", "negativeLimit"))}
	found := map[string]string{}
	for name, limit := range limits {
		if b <= limit {
			delete(limits, name)
		}
	}
	if b <= micro(a.n("settings", "negativeLimit")) || len(list) == 0 {
		return found
	}
	brings := a.nextPlan()
	stopped := false
	for at := now.Unix() + 1; at <= now.Unix()+seconds; at++ {
		if !stopped {
			for _, r := range list {
				c := cost(r, at) - cost(r, at-1)
				b -= c
				for c > 0 && len(lots) > 0 {
					first := 0
					for i := range lots {
						if lots[i].ends < lots[first].ends {
							first = i
						}
					}
					part := min(c, lots[first].left)
					lots[first].left -= part
					c -= part
					if lots[first].left == 0 {
						lots = slices.Delete(lots, first, first+1)
					}
				}
			}
		}
		// The stop by hosting stands, whatever falls due at the end of the second.
		if !stopped && b <= micro(a.n("settings", "negativeLimit")) {
			stopped = true
			found["stopAt"] = time.Unix(at, 0).UTC().Format(time.RFC3339)
		}
		for i := 0; i < len(lots); i++ {
			if lots[i].ends <= at {
				b -= lots[i].left
				lots = slices.Delete(lots, i, i+1)
				i--
			}
		}
		if at == cycleEnd.Unix() {
			b += brings
			if left := min(b, brings); left > 0 {
				lots = append(lots, lot{at + 28*24*3600, left}) // no later than this is looked
			}
		}
		for name, limit := range limits {
			if name != "stopAt" && found[name] == "" && b <= limit {
				found[name] = time.Unix(at, 0).UTC().Format(time.RFC3339)
			}
		}
		if !stopped && b <= micro(a.n("settings", "negativeLimit")) { // an end brought it there: the next second is charged
			for _, r := range list {
				b -= cost(r, at+1) - cost(r, at)
			}
			stopped = true
			found["stopAt"] = time.Unix(at+1, 0).UTC().Format(time.RFC3339)
		}
	}
	return found
}

// nextPlan is what the next cycle brings in micro-credits.
func (a *answered) nextPlan() int64 {
	pending := part(a.account, "plan", "pending")
	if pending == nil {
		return a.n("plan", "credits").Shift(6).IntPart()
	}
	name := textAt(pending, "name")
	if name == "" {
		return 0
	}
	credits, _, _ := strings.Cut(strings.Trim(name, "[]"), " ")
	return decimal.RequireFromString(credits).Shift(6).IntPart()
}

// outlooks compares what is foretold with what is simulated.
func (a *answered) outlooks() {
	const ahead = 3 * 3600
	asOf, _ := time.Parse(time.RFC3339, textAt(a.account, "creditStatus", "asOf"))
	last := asOf.Add(ahead * time.Second).Format(time.RFC3339)
	more := map[string]any{"node": map[string]any{"start": textAt(a.account, "creditStatus", "asOf"), "ratePerHour": "1.509", "replicas": float64(2)}}
	for name, extra := range map[string]map[string]any{"creditStatus": nil, "more": more} {
		outlook := part(a.account, name, "outlook")
		if outlook == nil {
			continue
		}
		if extra != nil && !a.n("creditStatus", "credits", "remaining").GreaterThan(a.n("settings", "negativeLimit")) {
			continue
		}
		want := a.simulated(ahead, extra)
		for _, mark := range []string{"lowAt", "exhaustedAt", "stopAt"} {
			got := textAt(outlook, mark)
			if got > last {
				got = ""
			}
			if got != want[mark] {
				a.fail("outlook of %s: %s %s, simulated %s", name, mark, got, want[mark])
			}
		}
	}
}
