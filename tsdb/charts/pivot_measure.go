package charts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// BadPage refuses a cursor that is not one of this list.
const BadPage pg.Code = "BAD_PAGE"

// Measure is a figure of a group. Measures are part of the contract. need says which columns each one requires.
type Measure string

// The measures of a pivot.
const (
	OfCredits             Measure = "CREDITS" // micro-credits
	OfRuns                Measure = "RUNS"
	OfEvents              Measure = "EVENTS"
	OfTokens              Measure = "TOKENS" // input and output
	OfInputTokens         Measure = "INPUT_TOKENS"
	OfOutputTokens        Measure = "OUTPUT_TOKENS"
	OfCacheReadTokens     Measure = "CACHE_READ_TOKENS"
	OfCacheWriteTokens    Measure = "CACHE_WRITE_TOKENS"
	OfReasoningTokens     Measure = "REASONING_TOKENS"
	OfHostingSeconds      Measure = "HOSTING_SECONDS" // deployed time, added up over deployments
	OfReplicaSeconds      Measure = "REPLICA_SECONDS" // times replicas: what was metered
	OfResources           Measure = "RESOURCES"       // how many different ones were used
	OfUsers               Measure = "USERS"           // how many different ones usage carries
	OfCreditsPerThousand  Measure = "CREDITS_PER_1000_TOKENS"
	OfCreditsPerRun       Measure = "CREDITS_PER_RUN"
	noValueFirst, noValue         = "-9000000000000000000", "9000000000000000000"
)

// expression returns a measure as SQL, null where it has no value. prefix names the compared span, or a table. A
// quotient is rounded half up once, from exact sums.
func (m Measure) expression(prefix string) (string, bool) {
	switch m {
	case OfTokens:
		return "(" + prefix + "input_tokens + " + prefix + "output_tokens)", true
	case OfCreditsPerThousand:
		return fmt.Sprintf("round(%scredits::numeric * 1000 / nullif(%sinput_tokens + %soutput_tokens, 0))", prefix, prefix, prefix), true
	case OfCreditsPerRun:
		return fmt.Sprintf("round(%scredits::numeric / nullif(%sruns, 0))", prefix, prefix), true
	case OfCredits, OfRuns, OfEvents, OfInputTokens, OfOutputTokens, OfCacheReadTokens, OfCacheWriteTokens, OfReasoningTokens,
		OfHostingSeconds, OfReplicaSeconds, OfResources, OfUsers:
		return prefix + strings.ToLower(string(m)), true
	}
	return "", false
}

// Amounts reports whether a measure is an amount of credits, so that its unit is a micro-credit.
func (m Measure) Amounts() bool {
	return m == OfCredits || m == OfCreditsPerThousand || m == OfCreditsPerRun
}

// PivotBound is what a measure of a row must lie within; nil is no bound. A row for which the measure has no value is
// left out. Bounds are on whole groups, so they apply after adding up: for example, accounts by their usage in a month.
type PivotBound struct {
	Measure         Measure
	AtLeast, AtMost *int64
}

// PivotOrder is what rows are ordered by: a measure, its change from the compared span, or a dimension that is grouped
// by. Ties are ordered by the keys, so that the order is total and a cursor means one place.
type PivotOrder struct {
	Measure   Measure
	Change    bool
	Dimension Dimension
	Desc      bool
}

// PivotFigures are the sums of a group. They are added up over resources of different kinds, too: credits are credits.
type PivotFigures struct {
	Credits                                            billing.Amount
	Runs, Events, InputTokens, OutputTokens            int64
	CacheReadTokens, CacheWriteTokens, ReasoningTokens int64 // if PivotQuery.Classes asks for them
	HostingSeconds, ReplicaSeconds                     int64 // with PivotQuery.Hosting
	Resources                                          int64 // with PivotQuery.Distinct
	Users                                              int64 // with PivotQuery.Users
}

// Tokens returns input and output tokens.
func (f *PivotFigures) Tokens() int64 { return f.InputTokens + f.OutputTokens }

// of returns where the figures are scanned to, in the order of PivotQuery.figures. What was not asked for stays 0.
func (f *PivotFigures) of(q *PivotQuery) []any {
	to := []any{&f.Credits, &f.Runs, &f.Events, &f.InputTokens, &f.OutputTokens}
	if q.Classes {
		to = append(to, &f.CacheReadTokens, &f.CacheWriteTokens, &f.ReasoningTokens)
	}
	if q.Hosting {
		to = append(to, &f.HostingSeconds, &f.ReplicaSeconds)
	}
	if q.Distinct {
		to = append(to, &f.Resources)
	}
	if q.Users {
		to = append(to, &f.Users)
	}
	return to
}

// sums are the columns that are added up. Counts of different resources or users are not among them, as they do not add
// up.
func (q *PivotQuery) sums() []string {
	columns := []string{"credits", "runs", "events", "input_tokens", "output_tokens"}
	if q.Classes {
		columns = append(columns, "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
	}
	if q.Hosting {
		columns = append(columns, "hosting_seconds", "replica_seconds")
	}
	return columns
}

// prefixes are those of the columns of figures: of the span, and of the compared one.
func (q *PivotQuery) prefixes() []string {
	if q.Compare != nil {
		return []string{"", "then_"}
	}
	return []string{""}
}

// figures are all columns of figures. Those of the compared span follow in the same order.
func (q *PivotQuery) figures() []string {
	var out []string
	for _, prefix := range q.prefixes() {
		for _, name := range q.sums() {
			out = append(out, prefix+name)
		}
		_, names := q.counters()
		for _, name := range names {
			out = append(out, prefix+name)
		}
	}
	return out
}

// each repeats a text for each column, with its name for %. It keeps a statement and the places of its columns in the
// same order.
func each(columns []string, text string) string {
	parts := make([]string, len(columns))
	for i, name := range columns {
		parts[i] = strings.ReplaceAll(text, "%", name)
	}
	return strings.Join(parts, ", ")
}

// check refuses what a pivot does not know, and asks for the columns that its order and bounds need. It also sets a
// default order for Top.
func (q *PivotQuery) check() error {
	// A dimension named twice would make two columns of the same name.
	for i, d := range q.GroupBy {
		if _, ok := d.key(); !ok || slices.Contains(q.GroupBy[:i], d) {
			return pg.Refuse(pg.Invalid, "groupBy", "each dimension can be named once")
		}
	}
	for i := range q.OrderBy {
		o := &q.OrderBy[i]
		_, known := o.Measure.expression("")
		switch {
		case o.Dimension != "" && (o.Measure != "" || !slices.Contains(q.GroupBy, o.Dimension)):
			return pg.Refuse(pg.Invalid, "orderBy", "order by a measure, or by a dimension that is grouped by")
		case o.Dimension == "" && !known:
			return pg.Refuse(pg.Invalid, "orderBy", "order by a measure, or by a dimension that is grouped by")
		case o.Change && q.Compare == nil:
			return pg.Refuse(pg.Invalid, "orderBy", "a change is known only where something is compared")
		}
		q.need(o.Measure)
	}
	for _, b := range q.Having {
		if _, known := b.Measure.expression(""); !known {
			return pg.Refuse(pg.Invalid, "having", "bounds are of measures")
		}
		q.need(b.Measure)
	}
	if q.Top > 0 && len(q.series()) == 0 {
		return pg.Refuse(pg.Invalid, "top", "the first of what? group by a dimension beside time")
	}
	// Without an order, the first are those that cost most; but rows by time stay in the order of time, as a chart shows
	// them.
	if q.Top > 0 && len(q.OrderBy) == 0 && len(q.GroupBy) == len(q.series()) {
		q.OrderBy = []PivotOrder{{Measure: OfCredits, Desc: true}}
	}
	return nil
}

// need asks for the columns of a measure, so that a caller that orders by it need not.
func (q *PivotQuery) need(m Measure) {
	switch m {
	case OfCacheReadTokens, OfCacheWriteTokens, OfReasoningTokens:
		q.Classes = true
	case OfHostingSeconds, OfReplicaSeconds:
		q.Hosting = true
	case OfResources:
		q.Distinct = true
	case OfUsers:
		q.Users = true
	}
}
