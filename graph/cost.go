package graph

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/billing"
)

// Prices are the costs of the contract's fields, by @cost or by its default.
type Prices struct{ fields map[string]fieldPrice }

// fieldPrice is what a field costs by itself, and the factors by which the cost of its selection is multiplied.
type fieldPrice struct {
	own     int64
	buckets bool  // one more point for each hundred buckets
	rows    int64 // rows if neither first nor last is given; 0: the field is not a page
	list    bool  // a list of unknown length
}

// ReadPrices reads every @cost of a schema.
func ReadPrices(schema *ast.Schema) Prices {
	p := Prices{map[string]fieldPrice{}}
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
		price.rows = defaultPage
	} else {
		price.list = composite && f.Type.Elem != nil && !strings.HasSuffix(of.Name, "Connection")
	}
	return price
}

// Weigh returns what a field, such as "Account.tools", costs by itself, and the factor for its selection; known is false for fields of
// interfaces and of introspection. arg returns an argument's value, nil if there is none.
func (p Prices) Weigh(name string, arg func(name string) any) (own, times int64, known bool) {
	price, known := p.fields[name]
	if !known {
		return 0, 0, false
	}
	own, times = price.own, 1
	if price.buckets {
		own += (points(arg) + 99) / 100
	}
	if arg("compare") != nil {
		own *= 2 // the same is read for another range
	}
	switch {
	case price.buckets && price.rows == 0:
		times = (points(arg) + 9) / 10 // measured: ten points of a chart cost as much CPU as a row of a list
	case price.rows > 0:
		times = rowsAsked(arg, price.rows)
	case name == "Query.nodes":
		ids, _ := arg("ids").([]any)
		times = max(1, int64(len(ids)))
		own = times
	case price.list:
		times = unknownLength
	}
	return own, times, true
}

// unknownLength is the number of rows assumed for a list if nothing says how long it is.
const unknownLength = 10

// rowsAsked returns how many rows a page may have.
func rowsAsked(arg func(string) any, otherwise int64) int64 {
	for _, name := range []string{"first", "last"} {
		if v := arg(name); v != nil {
			n, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
			if err != nil {
				return maxPage // refused later
			}
			return max(n, 0)
		}
	}
	return otherwise
}

// maxPoints is the largest number of points that a chart may have (rules.md §9).
const maxPoints = 3000

// points estimates how many buckets a chart will have; it assumes the maximum if the arguments do not tell.
func points(arg func(string) any) int64 {
	covered := spanAsked(arg("range"))
	if covered <= 0 {
		return maxPoints
	}
	granularity, _ := arg("granularity").(string)
	return min(maxPoints, int64(covered/stepAsked(billing.Granularity(granularity), covered))+1)
}

// spanAsked returns the time that a range argument covers; 0 if that depends on the present time.
func spanAsked(argument any) time.Duration {
	const day = 24 * time.Hour
	in, given := argument.(map[string]any)
	if !given {
		return 7 * day
	}
	preset, _ := in["preset"].(string)
	switch billing.Preset(preset) {
	case billing.Last24Hours, billing.Today, billing.Yesterday:
		return day
	case billing.Last7Days, billing.ThisWeek, billing.LastWeek:
		return 7 * day
	case billing.Last30Days, billing.ThisMonth, billing.LastMonth, billing.MonthToDate:
		return 31 * day
	case billing.Last90Days, billing.ThisQuarter, billing.LastQuarter:
		return 92 * day
	case billing.ThisYear, billing.LastYear, billing.YearToDate:
		return 366 * day
	}
	from, err1 := instantAsked(in["from"])
	to, err2 := instantAsked(in["to"])
	if err1 != nil || err2 != nil {
		return 0
	}
	return to.Sub(from)
}

func instantAsked(v any) (time.Time, error) {
	text, _ := v.(string)
	return billing.ParseInstant(text)
}

// stepAsked returns the width of a bucket. The default is hours for ranges up to 48 hours, and days beyond.
func stepAsked(g billing.Granularity, covered time.Duration) time.Duration {
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
	case billing.Quarter:
		return 90 * 24 * time.Hour
	case billing.Year:
		return 365 * 24 * time.Hour
	}
	if covered <= 48*time.Hour {
		return time.Hour
	}
	return 24 * time.Hour
}
