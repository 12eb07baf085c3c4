package charts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Dimension is what a pivot groups usage by.
type Dimension string

// The dimensions of a pivot.
const (
	ByAccount    Dimension = "ACCOUNT"
	ByPlan       Dimension = "PLAN" // that the account has now
	ByCategory   Dimension = "CATEGORY"
	ByKind       Dimension = "KIND"
	ByResource   Dimension = "RESOURCE"
	ByOwner      Dimension = "OWNER"
	ByDeployment Dimension = "DEPLOYMENT"
	ByHardware   Dimension = "HARDWARE"
	ByTime       Dimension = "TIME"
	ByHour       Dimension = "HOUR_OF_DAY"
	ByWeekday    Dimension = "DAY_OF_WEEK"
)

// pivotKey is how a dimension is read from the table of usage, and the type of its place. ZONE stands for the zone.
type pivotKey struct{ column, kind string }

const (
	hourOf    = "extract(hour FROM c.bucket AT TIME ZONE ZONE)::int"
	weekdayOf = "extract(isodow FROM c.bucket AT TIME ZONE ZONE)::int"
)

var dimensions = map[Dimension]pivotKey{
	ByAccount:    {"c.account_id", "bigint"},
	ByPlan:       {"coalesce(a.plan_id, 0)", "bigint"},
	ByCategory:   {"array_position(ARRAY['MODELS', 'GUARDRAILS', 'SCRIPTS', 'TOOLS'], c.category)", "int"},
	ByKind:       {"c.kind", "text"},
	ByResource:   {"c.resource_id", "bigint"},
	ByOwner:      {"coalesce(o.owner_name, '')", "text"},
	ByDeployment: {"c.deployment_id", "bigint"},
	ByHardware:   {"c.hardware", "text"},
	ByTime:       {"c.number", "int"},
	ByHour:       {hourOf, "int"},
	ByWeekday:    {weekdayOf, "int"},
}

// PivotFilter is which usage counts; nil is no condition, and of an empty list nothing fits.
type PivotFilter struct {
	Plans       []int64 // 0: accounts without one
	Categories  []billing.Category
	Kinds       []string
	Resources   []int64
	Owners      []string
	Deployments []int64
	Hardware    []string
	Hours       []int32 // of the day, 0 to 23
	Weekdays    []int32 // Monday is 1
}

const allAccounts = `($1::bigint[] IS NULL OR account_id = ANY($1::bigint[]))`

// byHardware reports whether hosting has to be told apart by hardware, which charts do not know and segments do.
func (p *pivotRead) byHardware() bool { return p.by(ByHardware) || p.Filter.Hardware != nil }

// keys are the columns of the dimensions.
func (p *pivotRead) keys() []pivotKey {
	keys := make([]pivotKey, len(p.GroupBy))
	for i, d := range p.GroupBy {
		keys[i] = dimensions[d]
	}
	return keys
}

// zone is the placeholder of the zone's name.
func (p *pivotRead) zone(a *pg.Arguments) string { return a.Add(p.Zone.String()) + "::text" }

// groups is the beginning of a statement: the table `groups` with the columns other, k1, k2, … a dimension, and the figures.
//
//	counted  usage of both spans, and hosting by hardware and seconds where that is wanted
//	fine     the groups, with resources apart where they are counted
//	mapped   the same where the series beyond Top are one
//	groups   their sums, with rows for buckets without usage
func (p *pivotRead) groups(a *pg.Arguments) string {
	var b strings.Builder
	b.WriteString("WITH ")
	for i := range p.reads {
		b.WriteString(p.reads[i].table(a, fmt.Sprintf("used%d", i)) + ", ")
	}
	b.WriteString("counted AS (\n  " + strings.Join(p.counted(a), "\n  UNION ALL\n  ") + "\n)")
	b.WriteString(", fine AS (\n  SELECT ")
	for i, key := range p.keys() {
		column := key.column
		if before, after, zoned := strings.Cut(column, "ZONE ZONE"); zoned {
			column = before + "ZONE " + p.zone(a) + after
		}
		fmt.Fprintf(&b, "%s AS k%d, ", column, i+1)
	}
	if p.Distinct { // what was charged and given back in full was not used
		used := "coalesce(sum(c.credits) FILTER (WHERE %[1]s), 0) <> 0 OR coalesce(sum(c.events) FILTER (WHERE %[1]s), 0) <> 0"
		fmt.Fprintf(&b, "c.resource_id AS r, "+used+" AS in_now, ", "NOT c.earlier")
		fmt.Fprintf(&b, used+" AS in_then, ", "c.earlier")
	}
	b.WriteString(p.fineSums() + "\n  FROM counted c" + p.joins() + "\n  WHERE true" + p.filter(a) + p.grouped() + "\n)")
	b.WriteString(p.mapped(a))
	other, grouped := "other", " GROUP BY other"+p.listed(", k%d")
	if len(p.GroupBy) == 0 {
		other, grouped = "false AS other", ""
	}
	fmt.Fprintf(&b, ", %s AS (\n  SELECT %s, %s%s%s\n  FROM mapped%s\n)", p.found(), other, p.listed("k%d, "),
		each(p.spanColumns(p.sums()), "coalesce(sum(%), 0)::bigint AS %"), p.distinct(), grouped)
	b.WriteString(p.filled() + "\n")
	return b.String()
}

// spanColumns are columns of each span.
func (p *pivotRead) spanColumns(columns []string) []string {
	var out []string
	for _, prefix := range p.prefixes() {
		for _, c := range columns {
			out = append(out, prefix+c)
		}
	}
	return out
}

func (p *pivotRead) fineSums() string {
	if p.Compare == nil {
		return each(p.sums(), "coalesce(sum(c.%), 0)::bigint AS %")
	}
	return each(p.sums(), "coalesce(sum(c.%) FILTER (WHERE NOT c.earlier), 0)::bigint AS %") + ", " +
		each(p.sums(), "coalesce(sum(c.%) FILTER (WHERE c.earlier), 0)::bigint AS then_%")
}

// distinct counts resources.
func (p *pivotRead) distinct() string {
	if !p.Distinct {
		return ""
	}
	sql := ", count(DISTINCT r) FILTER (WHERE in_now AND r <> 0) AS resources"
	if p.Compare != nil {
		sql += ", count(DISTINCT r) FILTER (WHERE in_then AND r <> 0) AS then_resources"
	}
	return sql
}

// listed repeats a text for each key, with its number.
func (p *pivotRead) listed(text string) string {
	var b strings.Builder
	for i := range p.GroupBy {
		fmt.Fprintf(&b, text, i+1)
	}
	return b.String()
}

// grouped groups by the keys. Without any there is one group, unless resources are apart.
func (p *pivotRead) grouped() string {
	columns := p.listed(", k%d")
	if p.Distinct {
		columns += ", c.resource_id"
	}
	if columns == "" {
		return ""
	}
	return " GROUP BY " + strings.TrimPrefix(columns, ", ")
}

// counted are the parts of the table of all usage that is looked at.
func (p *pivotRead) counted(a *pg.Arguments) []string {
	var parts []string
	charted := ""
	if p.byHardware() { // segments tell what hosting cost
		charted = " WHERE kind <> 'HOSTING'"
	}
	zeros := ""
	if p.Hosting {
		zeros = ", 0::bigint AS hosting_seconds, 0::bigint AS replica_seconds"
	}
	for i := range p.reads {
		read := &p.reads[i]
		number := "0"
		if read.starts != nil {
			number = "width_bucket(bucket, " + a.Add(read.starts) + "::timestamptz[])"
		}
		earlier := fmt.Sprintf(", ''::text AS hardware, %t AS earlier, %s AS number%s", i == 1, number, zeros)
		parts = append(parts, "SELECT "+read.columns()+earlier+fmt.Sprintf(" FROM used%d", i)+charted)
		if !p.byHardware() && !read.unposted.Empty() {
			parts = append(parts, "SELECT *"+earlier+" FROM ("+read.accrued(a)+") accrued")
		}
		if p.byHardware() || p.Hosting {
			parts = append(parts, p.hosted(a, read, i == 1))
		}
	}
	return parts
}

// accrued are the unposted charges as rows of usage.
func (s *spanRead) accrued(a *pg.Arguments) string {
	types := []string{"bigint", "timestamptz", "bigint", "bigint", "text", "text", "bigint"}
	marks := make([]string, len(types))
	for i, t := range types {
		marks[i] = a.Add(s.unposted[i]) + "::" + t + "[]"
	}
	none := strings.Count(s.columns(), ",") + 1 - len(types)
	return "SELECT u.*" + strings.Repeat(", 0::bigint", none) + " FROM unnest(" + strings.Join(marks, ", ") +
		") u (account_id, bucket, resource_id, deployment_id, kind, category, credits)"
}

// joins are the tables of what usage does not say itself.
func (p *pivotRead) joins() string {
	sql := ""
	if p.by(ByPlan) || p.Filter.Plans != nil {
		sql += " JOIN account a ON a.account_id = c.account_id"
	}
	if p.by(ByOwner) || p.Filter.Owners != nil {
		sql += " LEFT JOIN resource o ON o.resource_id = c.resource_id"
	}
	return sql
}

// filter is the condition of the filter's parts.
func (p *pivotRead) filter(a *pg.Arguments) string {
	f, where := &p.Filter, ""
	add := func(column, kind string, given bool, values any) {
		if given {
			where += " AND " + column + " = ANY(" + a.Add(values) + "::" + kind + "[])"
		}
	}
	add("coalesce(a.plan_id, 0)", "bigint", f.Plans != nil, f.Plans)
	add("c.category", "text", f.Categories != nil, f.Categories)
	add("c.kind", "text", f.Kinds != nil, f.Kinds)
	add("c.resource_id", "bigint", f.Resources != nil, f.Resources)
	add("coalesce(o.owner_name, '')", "text", f.Owners != nil, f.Owners)
	add("c.deployment_id", "bigint", f.Deployments != nil, f.Deployments)
	add("c.hardware", "text", f.Hardware != nil, f.Hardware)
	if f.Hours != nil {
		add(strings.Replace(hourOf, "ZONE ZONE", "ZONE "+p.zone(a), 1), "int", true, f.Hours)
	}
	if f.Weekdays != nil {
		add(strings.Replace(weekdayOf, "ZONE ZONE", "ZONE "+p.zone(a), 1), "int", true, f.Weekdays)
	}
	return where
}

// mapped is the table of groups in which the series beyond Top are one: those of whatever is grouped by beside time, ranked by the first
// measure that the rows are ordered by.
func (p *pivotRead) mapped(a *pg.Arguments) string {
	series := p.series()
	if p.Top == 0 || len(series) == 0 {
		return ", mapped AS (SELECT false AS other, * FROM fine)"
	}
	rank, direction := "credits", " DESC"
	for _, o := range p.OrderBy {
		if o.Dimension == "" {
			rank, direction = o.expression(""), map[bool]string{true: " DESC", false: ""}[o.Desc]
			break
		}
	}
	names := make([]string, len(series))
	same := make([]string, len(series))
	for i, n := range series {
		names[i], same[i] = fmt.Sprintf("k%d", n), fmt.Sprintf("s.k%d = f.k%d", n, n)
	}
	keys := strings.Join(names, ", ")
	beyond := "s.place > " + a.Add(p.Top) + "::int"
	var columns strings.Builder
	for i, key := range p.keys() {
		if !slices.Contains(series, i+1) {
			fmt.Fprintf(&columns, "f.k%d, ", i+1)
			continue
		}
		none := map[string]string{"text": "''", "int": "0", "bigint": "0::bigint"}[key.kind]
		fmt.Fprintf(&columns, "CASE WHEN %s THEN %s ELSE f.k%d END AS k%d, ", beyond, none, i+1, i+1)
	}
	rest := p.spanColumns(p.sums())
	if p.Distinct {
		rest = append(rest, "r", "in_now", "in_then")
	}
	return fmt.Sprintf(`, series AS (
  SELECT %s, row_number() OVER (ORDER BY coalesce(%s, 0)%s, %s) AS place FROM (
    SELECT %s, %s%s FROM fine GROUP BY %s) of_series
), mapped AS (
  SELECT %s AS other, %s%s FROM fine f JOIN series s ON %s
)`, keys, rank, direction, keys, keys, each(p.spanColumns(p.sums()), "sum(%)::bigint AS %"), p.distinct(), keys,
		beyond, columns.String(), each(rest, "f.%"), strings.Join(same, " AND "))
}

// series are the numbers of the keys beside those of time.
func (p *pivotRead) series() []int {
	var out []int
	for i, d := range p.GroupBy {
		if d != ByTime && d != ByHour && d != ByWeekday {
			out = append(out, i+1)
		}
	}
	return out
}
