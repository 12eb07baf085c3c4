package server

import (
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/server/guard"
)

// prices are what the fields of the contract cost, by @cost or by its default.
type prices struct{ fields map[string]fieldPrice }

// fieldPrice is what a field costs by itself, and by what its selection is multiplied.
type fieldPrice struct {
	own     int64
	buckets bool  // and a point for each hundred buckets
	rows    int64 // rows where neither first nor last is given; 0: the field is no page
	list    bool  // a list of unknown length
}

// defaultRows is what a connection has where neither first nor last is given.
const defaultRows = 25

// readPrices reads every @cost of a schema.
func readPrices(schema *ast.Schema) prices {
	p := prices{map[string]fieldPrice{}}
	for _, d := range schema.Types {
		if d.Kind != ast.Object || strings.HasPrefix(d.Name, "__") {
			continue
		}
		for _, f := range d.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				p.fields[d.Name+"."+f.Name] = priceOf(schema, d, f)
			}
		}
	}
	return p
}

func priceOf(schema *ast.Schema, of *ast.Definition, f *ast.FieldDefinition) fieldPrice {
	composite := schema.Types[f.Type.Name()].IsCompositeType()
	price := fieldPrice{}
	if composite {
		price.own = 1
	}
	if cost := f.Directives.ForName("cost"); cost != nil {
		price.own, _ = strconv.ParseInt(cost.Arguments.ForName("weight").Value.Raw, 10, 64)
		if buckets := cost.Arguments.ForName("buckets"); buckets != nil {
			price.buckets = buckets.Value.Raw == "true"
		}
	}
	if f.Arguments.ForName("first") != nil {
		price.rows = defaultRows
	} else {
		price.list = composite && f.Type.Elem != nil && !strings.HasSuffix(of.Name, "Connection")
	}
	return price
}

// weigh prices a field of an operation for the guard.
func (p prices) weigh(f guard.Field) guard.Weight {
	price, known := p.fields[f.Name()]
	if !known {
		return guard.DefaultWeigh(f) // interfaces and introspection
	}
	w := guard.Weight{Own: price.own, Times: 1}
	if price.buckets {
		w.Own += (points(f) + 99) / 100
	}
	switch {
	case price.rows > 0:
		w.Times = rows(f, price.rows)
	case f.Name() == "Query.nodes":
		ids, _ := f.Arg("ids").([]any)
		w.Times = max(1, int64(len(ids)))
		w.Own = w.Times
	case price.list:
		w.Times = guard.DefaultListSize
	}
	return w
}

// rows is how many rows a page may have.
func rows(f guard.Field, otherwise int64) int64 {
	for _, name := range []string{"first", "last"} {
		if n, given := f.Int(name); given {
			return max(n, 0)
		}
	}
	return otherwise
}

// maxPoints is how many points a chart has at most (rules.md §9).
const maxPoints = 3000

// points is about how many buckets a chart will have; the most there can be where that is not to be seen.
func points(f guard.Field) int64 {
	covered := span(f.Arg("range"))
	if covered <= 0 {
		return maxPoints
	}
	granularity, _ := f.Arg("granularity").(string)
	return min(maxPoints, int64(covered/step(billing.Granularity(granularity), covered))+1)
}

// span is the time that a range argument covers; 0 where only the clock could tell.
func span(argument any) time.Duration {
	const day = 24 * time.Hour
	in, given := argument.(map[string]any)
	if !given {
		return 7 * day
	}
	preset, _ := in["preset"].(string)
	switch billing.Preset(preset) {
	case billing.Last24Hours:
		return day
	case billing.Last7Days:
		return 7 * day
	case billing.Last30Days, billing.ThisMonth, billing.LastMonth:
		return 31 * day
	case billing.Last90Days:
		return 90 * day
	case billing.ThisYear, billing.LastYear:
		return 366 * day
	}
	from, err1 := instant(in["from"])
	to, err2 := instant(in["to"])
	if err1 != nil || err2 != nil {
		return 0
	}
	return to.Sub(from)
}

func instant(v any) (time.Time, error) {
	text, _ := v.(string)
	return time.Parse(time.RFC3339Nano, text)
}

// step is the width of a bucket; where none is named, hours up to 48 hours and days beyond.
func step(g billing.Granularity, covered time.Duration) time.Duration {
	switch g {
	case billing.Minute:
		return time.Minute
	case billing.Hour:
		return time.Hour
	case billing.Day:
		return 24 * time.Hour
	case billing.Week:
		return 7 * 24 * time.Hour
	case billing.Month:
		return 28 * 24 * time.Hour
	}
	if covered <= 48*time.Hour {
		return time.Hour
	}
	return 24 * time.Hour
}
