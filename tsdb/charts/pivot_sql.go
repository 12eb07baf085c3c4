package charts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

const allAccounts = `($1::bigint[] IS NULL OR account_id = ANY($1::bigint[]))`

// byHardware reports whether hosting is told apart by hardware, which segments know and charts do not.
func (p *pivotRead) byHardware() bool { return p.by(ByHardware) || p.Filter.Hardware != nil }

// keys are the columns of the dimensions.
func (p *pivotRead) keys() []pivotKey {
	keys := make([]pivotKey, len(p.GroupBy))
	for i, d := range p.GroupBy {
		keys[i], _ = d.key()
	}
	return keys
}

// groups is the beginning of a statement: the table `groups` with the columns other, k1, k2, … per dimension, and the figures.
//
//	counted  usage of both spans, and hosting by hardware and seconds if that is wanted
//	fine     the groups, with resources and users apart if they are counted
//	mapped   the same, with the series beyond Top as one
//	groups   their sums, with rows for buckets without usage
//
// The page and the totals both begin with it, so that they are about the same groups.
func (p *pivotRead) groups(a *pg.Arguments) string {
	var b strings.Builder
	b.WriteString("WITH ")
	for i := range p.reads {
		if !p.onlyAttributed() {
			b.WriteString(p.reads[i].table(a, fmt.Sprintf("used%d", i)) + ", ")
		}
		if p.attributed() {
			b.WriteString(p.reads[i].attributedTable(a, fmt.Sprintf("attributed%d", i)) + ", ")
		}
	}
	b.WriteString("counted AS (\n  " + strings.Join(p.counted(a), "\n  UNION ALL\n  ") + "\n)")
	b.WriteString(", " + p.fineName() + " AS (\n  SELECT ")
	for i, d := range p.GroupBy {
		fmt.Fprintf(&b, "%s AS k%d, ", p.column(a, d), i+1)
	}
	b.WriteString(p.apart(a))
	if p.Distinct || p.Users { // what was charged and given back in full was not used
		used := "coalesce(sum(c.credits) FILTER (WHERE %[1]s), 0) <> 0 OR coalesce(sum(c.events) FILTER (WHERE %[1]s), 0) <> 0"
		fmt.Fprintf(&b, used+" AS in_now, ", "NOT c.earlier")
		fmt.Fprintf(&b, used+" AS in_then, ", "c.earlier")
	}
	b.WriteString(p.fineSums() + "\n  FROM counted c" + p.joins() + "\n  WHERE true" + p.filter(a) + p.attributedFilter(a) + p.grouped() + "\n)" + p.nonZero())
	b.WriteString(p.mapped(a))
	other, grouped := "other", " GROUP BY other"+p.listed(", k%d")
	if len(p.GroupBy) == 0 {
		other, grouped = "false AS other", ""
	}
	// If the fine groups are the groups, they are not grouped again, as in exports of many rows (engine.md).
	if p.Top == 0 && !p.Distinct && !p.Users {
		b.WriteString(", " + p.found() + " AS (SELECT * FROM mapped)")
	} else {
		fmt.Fprintf(&b, ", %s AS (\n  SELECT %s, %s%s%s\n  FROM mapped%s\n)", p.found(), other, p.listed("k%d, "),
			each(p.spanColumns(p.sums()), "coalesce(sum(%), 0)::bigint AS %"), p.distinct(), grouped)
	}
	b.WriteString(p.filled() + "\n")
	return b.String()
}

// spanColumns returns the columns for each span.
func (p *pivotRead) spanColumns(columns []string) []string {
	var out []string
	for _, prefix := range p.prefixes() {
		for _, c := range columns {
			out = append(out, prefix+c)
		}
	}
	return out
}

// fineSums adds up the figures, separately for the compared span. One statement reads both, so that a group of either
// is a row.
func (p *pivotRead) fineSums() string {
	if p.Compare == nil {
		return each(p.sums(), "coalesce(sum(c.%), 0)::bigint AS %")
	}
	return each(p.sums(), "coalesce(sum(c.%) FILTER (WHERE NOT c.earlier), 0)::bigint AS %") + ", " +
		each(p.sums(), "coalesce(sum(c.%) FILTER (WHERE c.earlier), 0)::bigint AS then_%")
}

// counters are what is counted once, however often it occurs: how, and as which figure. SPAN stands for the span. Usage
// without a user, or by one beyond what is told apart, is not counted.
func (q *PivotQuery) counters() (sql, names []string) {
	if q.Distinct {
		sql, names = append(sql, "count(DISTINCT r) FILTER (WHERE SPAN AND r <> 0)"), append(names, "resources")
	}
	if q.Users {
		sql, names = append(sql, "count(DISTINCT u) FILTER (WHERE SPAN AND starts_with(u, '"+valuePlace+"'))"), append(names, "users")
	}
	return sql, names
}

// distinct counts resources and users.
func (p *pivotRead) distinct() string {
	var b strings.Builder
	sql, names := p.counters()
	for _, prefix := range p.prefixes() {
		for i := range sql {
			b.WriteString(", " + strings.Replace(sql[i], "SPAN", inSpan(prefix), 1) + " AS " + prefix + names[i])
		}
	}
	return b.String()
}

// inSpan is the column that says whether something was used in a span.
func inSpan(prefix string) string {
	if prefix == "" {
		return "in_now"
	}
	return "in_then"
}

// apart are the columns of what is counted once. Fine groups are grouped by them, too: sums of finer groups add up, but
// counts of different things do not.
func (p *pivotRead) apart(a *pg.Arguments) (sql string) {
	if p.Distinct {
		sql += "c.resource_id AS r, "
	}
	if p.Users {
		sql += p.column(a, ByUser) + " AS u, "
	}
	return sql
}

// fineName is the name of the table of fine groups, before those without a figure are left out.
func (p *pivotRead) fineName() string {
	if p.emptyLeftOut() {
		return "all_fine"
	}
	return "fine"
}

// emptyLeftOut reports whether groups without a figure are left out before they are ranked: the group that carries
// nothing if everything carries something; and what was charged and given back in full, which would take a place among
// the first series and not be shown.
func (p *pivotRead) emptyLeftOut() bool { return p.attributed() || p.Top > 0 }

// nonZero leaves out groups without a figure.
func (p *pivotRead) nonZero() string {
	if !p.emptyLeftOut() {
		return ""
	}
	return ", fine AS (SELECT * FROM all_fine WHERE " + strings.ReplaceAll(each(p.spanColumns(p.sums()), "% <> 0"), ", ", " OR ") + ")"
}

// listed repeats a text for each key, with its number.
func (p *pivotRead) listed(text string) string {
	var b strings.Builder
	for i := range p.GroupBy {
		fmt.Fprintf(&b, text, i+1)
	}
	return b.String()
}

// grouped groups by the keys. Without any there is one group, unless resources or users are apart.
func (p *pivotRead) grouped() string {
	columns := p.listed(", k%d")
	if p.Distinct {
		columns += ", r"
	}
	if p.Users {
		columns += ", u"
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
	if p.byHardware() { // segments say what hosting cost
		charted = " WHERE kind <> 'HOSTING'"
	}
	// All parts have the same columns; charts do not know seconds of hosting.
	zeros := ""
	if p.Hosting {
		zeros = ", 0::bigint AS hosting_seconds, 0::bigint AS replica_seconds"
	}
	none := ""
	if p.attributed() {
		none = ", 0::bigint AS attribution_no"
	}
	for i := range p.reads {
		read := &p.reads[i]
		// Buckets are numbered, so that those of the compared span meet those of the span at the same position.
		number := "0"
		if read.starts != nil {
			number = "width_bucket(bucket, " + a.Add(read.starts) + "::timestamptz[])"
		}
		earlier := fmt.Sprintf(", ''::text AS hardware, %t AS earlier, %s AS number%s", i == 1, number, zeros)
		if p.attributed() {
			parts = append(parts, p.attributedParts(read, fmt.Sprintf("attributed%d", i), earlier)...)
		}
		if p.onlyAttributed() {
			continue
		}
		earlier += none
		parts = append(parts, "SELECT "+read.columns()+earlier+fmt.Sprintf(" FROM used%d", i)+charted)
		if !p.byHardware() && !read.unposted.Empty() {
			parts = append(parts, "SELECT *"+earlier+" FROM ("+read.accrued(a)+") accrued")
		}
		if p.byHardware() || p.Hosting {
			parts = append(parts, p.hosting(a, read, i == 1, none))
		}
	}
	return parts
}

// accrued are the unposted charges as rows of usage. Only hosting accrues, so all of their figures but credits are 0.
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

// joins are the tables of what usage does not say itself, only those that the query needs.
func (p *pivotRead) joins() string {
	sql := ""
	f := &p.Filter
	byZone, byRunway := p.by(ByZone) || f.Zones != nil, p.by(ByRunway) || f.Runways != nil
	if p.by(ByPlan) || f.Plans != nil || byZone {
		sql += " JOIN account a ON a.account_id = c.account_id"
	}
	if byZone || byRunway {
		sql += " JOIN balance b ON b.account_id = c.account_id"
	}
	// An account without a forecast stays among the groups.
	if byRunway {
		sql += " LEFT JOIN forecast fc ON fc.account_id = c.account_id"
	}
	if p.by(ByOwner) || f.Owners != nil || p.byResourceTag() {
		sql += " LEFT JOIN resource o ON o.resource_id = c.resource_id"
	}
	return sql + p.attributedJoin()
}

// filter returns the conditions of the filter's parts.
func (p *pivotRead) filter(a *pg.Arguments) string {
	f, where := &p.Filter, ""
	// Values are always bound, never part of the text: names and owners come from customers.
	add := func(column, kind string, given bool, values any) {
		if given {
			where += " AND " + column + " = ANY(" + a.Add(values) + "::" + kind + "[])"
		}
	}
	add("coalesce(a.plan_id, 0)", "bigint", f.Plans != nil, f.Plans)
	add(tsdb.ZoneOf, "text", f.Zones != nil, f.Zones)
	add("(ARRAY['USED_UP', 'WITHIN_7_DAYS', 'WITHIN_30_DAYS', 'WITHIN_90_DAYS', 'BEYOND'])["+runwayOf+"]", "text", f.Runways != nil, f.Runways)
	add("c.category", "text", f.Categories != nil, f.Categories)
	add("c.kind", "text", f.Kinds != nil, f.Kinds)
	add("c.resource_id", "bigint", f.Resources != nil, f.Resources)
	add("coalesce(o.owner_name, '')", "text", f.Owners != nil, f.Owners)
	add("c.deployment_id", "bigint", f.Deployments != nil, f.Deployments)
	add("c.hardware", "text", f.Hardware != nil, f.Hardware)
	if f.Hours != nil {
		add(p.hourOf(a), "int", true, f.Hours)
	}
	if f.Weekdays != nil {
		add(p.weekdayOf(a), "int", true, f.Weekdays)
	}
	return where
}

// mapped is the table of groups in which the series beyond Top are one. A series is a combination of whatever is
// grouped by besides time; they are ranked by the first measure that rows are ordered by.
func (p *pivotRead) mapped(a *pg.Arguments) string {
	series := p.series()
	if p.Top == 0 || len(series) == 0 {
		return ", mapped AS (SELECT false AS other, * FROM fine)"
	}
	// Ranked over the whole span, as otherwise a series that leads in one bucket would come and go along the chart.
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
	// Ties are ranked by their keys, so that the page and the totals keep the same series.
	keys := strings.Join(names, ", ")
	beyond := "s.place > " + a.Add(p.Top) + "::int"
	var columns strings.Builder
	for i, key := range p.keys() {
		if !slices.Contains(series, i+1) {
			fmt.Fprintf(&columns, "f.k%d, ", i+1)
			continue
		}
		// The rest has empty keys. `other` tells it from what has an empty key of its own, such as usage without an
		// owner.
		none := map[string]string{"text": "''", "int": "0", "bigint": "0::bigint"}[key.kind]
		fmt.Fprintf(&columns, "CASE WHEN %s THEN %s ELSE f.k%d END AS k%d, ", beyond, none, i+1, i+1)
	}
	rest := p.spanColumns(p.sums())
	if p.Distinct {
		rest = append(rest, "r")
	}
	if p.Users {
		rest = append(rest, "u")
	}
	if p.Distinct || p.Users {
		rest = append(rest, "in_now", "in_then")
	}
	return fmt.Sprintf(`, series AS (
  SELECT %s, row_number() OVER (ORDER BY coalesce(%s, 0)%s, %s) AS place FROM (
    SELECT %s, %s%s FROM fine GROUP BY %s) of_series
), mapped AS (
  SELECT %s AS other, %s%s FROM fine f JOIN series s ON %s
)`, keys, rank, direction, keys, keys, each(p.spanColumns(p.sums()), "sum(%)::bigint AS %"), p.distinct(), keys,
		beyond, columns.String(), each(rest, "f.%"), strings.Join(same, " AND "))
}

// series are the numbers of the keys other than those of time: a series runs along time, so time is never cut to the
// first few.
func (q *PivotQuery) series() []int {
	var out []int
	for i, d := range q.GroupBy {
		if d != ByTime && d != ByHour && d != ByWeekday {
			out = append(out, i+1)
		}
	}
	return out
}
