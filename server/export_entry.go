package server

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/graph/scalar"
	"github.com/usagegraph/usagegraph/server/sheet"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

const exportEntries = "The query string may have account, range, from, to, timeZone, granularity, groupBy, compare, compareFrom, compareTo, filter, having, categories, kinds, currency, creditPrice, runPrice, provider, format, after, limit, cursors."

// readExport reads the query string. A refusal names the entry and does not repeat its value.
func readExport(q url.Values, e *graph.Export) (format sheet.Format, fault *gqlerror.Error) {
	in := &model.RangeInput{}
	format, _ = sheet.Of("csv")
	for name, values := range q {
		ok := true
		if len(values) > 1 {
			return format, wire.Fault(wire.BadRequest, "An entry is given twice.")
		}
		if !belongs(e.Table, name) {
			return format, wire.Fault(wire.BadRequest, "The table "+e.Table+" has no entry "+name+".")
		}
		switch value := values[0]; name {
		case "account": // an empty value, as from an unset variable, must not mean every account
			e.Account, ok = value, value != ""
		case "range":
			in.Preset, ok = graph.PresetOf(value)
		case "from":
			in.From, ok = readTime(value)
		case "to":
			in.To, ok = readTime(value)
		case "timeZone":
			in.TimeZone, ok = text.Zone(value)
		case "format":
			format, ok = sheet.Of(value)
		case "after":
			e.After, ok = value, len(value) <= 4000
		case "limit":
			n, err := strconv.Atoi(value)
			e.Limit, ok = n, err == nil && n > 0 && n < 1<<31
		case "cursors":
			e.Cursors, ok = value == "true", value == "true" || value == "false"
		default:
			if known, valid := readGroups(e, name, value); !known {
				return format, wire.Fault(wire.BadRequest, exportEntries)
			} else {
				ok = valid
			}
		}
		if !ok {
			return format, wire.Fault(wire.BadRequest, "The entry "+name+" is not valid"+wantedEntry(name, values[0])+".")
		}
	}
	if in.Preset != nil || in.From != nil || in.To != nil {
		e.Range = in
	}
	e.TimeZone = in.TimeZone
	return format, nil
}

// belongs reports whether a table uses a parameter. One that it does not use is refused, because otherwise the caller would get rows that
// were not asked for. Unknown parameters and unknown tables are refused elsewhere.
func belongs(table, entry string) bool {
	heeded := map[string][]string{
		"usage":  {"compare", "compareFrom", "compareTo", "groupBy", "granularity", "having", "categories", "kinds"},
		"focus":  {"granularity", "categories", "kinds", "currency", "creditPrice", "runPrice", "provider"},
		"tools":  {"compare", "compareFrom", "compareTo"},
		"events": {},
	}
	for same, as := range map[string]string{"models": "tools", "guardrails": "tools", "scripts": "tools", "ledger": "events", "statements": "events", "grants": "events", "audit": "events"} {
		heeded[same] = heeded[as]
	}
	of, known := heeded[table]
	special := slices.Contains(heeded["usage"], entry) || slices.Contains(heeded["focus"], entry)
	return !known || !special || slices.Contains(of, entry)
}

// readGroups reads the entries that say what usage is grouped by, what it is compared with, and what counts.
func readGroups(e *graph.Export, name, value string) (known, ok bool) {
	switch name {
	case "granularity":
		e.Granularity, ok = graph.GranularityOf(value)
	case "groupBy":
		e.GroupBy, ok = readDimensions(value)
	case "compare":
		e.Compare, ok = graph.ComparisonOf(value)
	case "compareFrom", "compareTo":
		at, fits := readTime(value)
		if e.Against == nil {
			e.Against = &model.RangeInput{}
		}
		if ok = fits; name == "compareFrom" {
			e.Against.From = at
		} else {
			e.Against.To = at
		}
	case "filter":
		e.Filter, ok = value, value != ""
	case "having":
		e.Having, ok = value, value != ""
	case "categories":
		e.Categories, ok = readNames(value, graph.Categories())
	case "kinds":
		e.Kinds, ok = readNames(value, model.AllUsageKind)
	default:
		return readPrices(&e.Focus, name, value)
	}
	return true, ok
}

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

// readPrices reads the entries that turn usage into money.
func readPrices(p *graph.FocusPrices, name, value string) (known, ok bool) {
	switch name {
	case "currency":
		p.Currency, ok = value, currencyCode.MatchString(value)
	case "creditPrice":
		p.Credit, ok = graph.PriceOf(value)
	case "runPrice":
		p.Run, ok = graph.PriceOf(value)
	case "provider":
		p.Provider, ok = value, text.Fault(value, 1, 200) == ""
	default:
		return false, false
	}
	return true, ok
}

// wantedEntry says what an entry takes, as the end of a sentence, where that is easily mistaken.
func wantedEntry(name, value string) string {
	switch {
	case value == "":
		return ": it is empty; leave it out instead"
	case strings.HasPrefix(name, "compare") && name != "compare" || name == "from" || name == "to":
		return ": it takes an RFC 3339 instant, such as 2026-03-01T00:00:00Z, where a plus sign is written %2B"
	case name == "timeZone":
		return ": it takes the name of a zone of the IANA database, such as Asia/Kathmandu"
	}
	return ""
}

func readTime(text string) (*time.Time, bool) {
	t, err := scalar.UnmarshalDateTime(text)
	return &t, err == nil
}

// readDimensions reads what usage is grouped by: a comma-separated list of names, TAG:KEY and RESOURCE_TAG:KEY.
func readDimensions(text string) (list []charts.Dimension, ok bool) {
	for name := range strings.SplitSeq(text, ",") {
		d := charts.Dimension(name)
		if _, _, isTag := d.TagKey(); !isTag || len(name) > maxTagDimension {
			if _, known := readNames(name, []charts.Dimension{charts.ByAccount, charts.ByPlan, charts.ByZone, charts.ByRunway, charts.ByCategory, charts.ByKind, charts.ByResource, charts.ByOwner,
				charts.ByDeployment, charts.ByHardware, charts.ByTime, charts.ByHour, charts.ByWeekday, charts.ByUser, charts.ByAPIKey}); !known {
				return nil, false
			}
		}
		list = append(list, d)
	}
	return list, len(list) <= maxDimensions
}

// Bounds on the dimensions that an export groups usage by: their number, and the bytes of one.
const (
	maxDimensions   = 16
	maxTagDimension = 300
)

// readNames reads a comma-separated list of known names.
func readNames[T ~string](text string, known []T) (list []T, ok bool) {
	for name := range strings.SplitSeq(text, ",") {
		if !slices.Contains(known, T(name)) {
			return nil, false
		}
		list = append(list, T(name))
	}
	return list, true
}
