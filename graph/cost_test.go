package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/generated"
)

// The price of every field. A change in it is a change of how much callers may ask at once.
func TestPriceOfEveryField(t *testing.T) {
	t.Parallel()
	p := ReadPrices(generated.NewExecutableSchema(generated.Config{}).Schema())
	var b strings.Builder
	b.WriteString("# points of the field itself, and by what its selection is multiplied. Made by TestPriceOfEveryField.\n")
	for _, name := range slices.Sorted(maps.Keys(p.fields)) {
		price := p.fields[name]
		fmt.Fprintf(&b, "%-50s %d", name, price.own)
		if price.buckets {
			b.WriteString(" + 1 for each 100 buckets")
		}
		if price.buckets && price.rows == 0 {
			b.WriteString(", × 1 for each 10 buckets")
		} else if price.rows > 0 {
			fmt.Fprintf(&b, ", × first or last, else × %d", price.rows)
		} else if price.list {
			b.WriteString(", × 10")
		}
		b.WriteString("\n")
	}
	golden(t, "cost.golden", b.String())
}

func TestRangesArePricedByTheirPoints(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		argument    any
		granularity billing.Granularity
		want        int64
	}{
		"nothing":             {nil, "", 8},
		"a day":               {map[string]any{"preset": "LAST_24_HOURS"}, "", 25},
		"a day by minutes":    {map[string]any{"preset": "LAST_24_HOURS"}, billing.Minute, 1441},
		"a year by hours":     {map[string]any{"preset": "LAST_YEAR"}, billing.Hour, 3000},
		"its own":             {map[string]any{"from": "2026-01-01T00:00:00Z", "to": "2026-01-11T00:00:00Z"}, "", 11},
		"until now":           {map[string]any{"from": "2026-01-01T00:00:00Z"}, "", 3000},
		"what is no range":    {map[string]any{"from": "yesterday", "to": "now"}, "", 3000},
		"the wrong way round": {map[string]any{"from": "2026-01-11T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "", 3000},
	} {
		covered, got := spanAsked(c.argument), int64(maxPoints)
		if covered > 0 {
			got = min(maxPoints, int64(covered/stepAsked(c.granularity, covered))+1)
		}
		if got != c.want {
			t.Errorf("%s: %d points, want %d", name, got, c.want)
		}
	}
	if stepAsked("", 49*time.Hour) != 24*time.Hour {
		t.Error("beyond 48 hours a bucket is a day")
	}
}
