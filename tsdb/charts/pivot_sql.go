package charts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// pivotKey is how a dimension is read from the table of usage, and the type of its place.
type pivotKey struct{ column, kind string }

func (d Dimension) key(starts string) (pivotKey, bool) {
	switch d {
	case ByAccount:
		return pivotKey{"account_id", "bigint"}, true
	case ByCategory:
		return pivotKey{"array_position(ARRAY['MODELS', 'GUARDRAILS', 'SCRIPTS', 'TOOLS'], category)", "int"}, true
	case ByKind:
		return pivotKey{"kind", "text"}, true
	case ByResource:
		return pivotKey{"resource_id", "bigint"}, true
	case ByDeployment:
		return pivotKey{"deployment_id", "bigint"}, true
	case ByTime:
		return pivotKey{"width_bucket(bucket, " + starts + "::timestamptz[])", "int"}, true
	}
	return pivotKey{}, false
}

const allAccounts = `($1::bigint[] IS NULL OR account_id = ANY($1::bigint[]))`

// groups is the beginning of a statement: the table `groups` with a column k1, k2, … a dimension and the figures.
func (p *pivotRead) groups(a *pg.Arguments) (sql string, keys []pivotKey) {
	starts := ""
	if len(p.buckets) > 0 {
		times := make([]time.Time, len(p.buckets))
		for i, b := range p.buckets {
			times[i] = b.Start
		}
		starts = a.Add(times)
	}
	var b strings.Builder
	b.WriteString(p.read.with(a, allAccounts) + ", counted AS (\n  SELECT " + p.read.columns() + " FROM used\n  UNION ALL\n  " + p.accrued(a) + "\n), " + p.found() + " AS (\n  SELECT ")
	for i, d := range p.GroupBy {
		key, _ := d.key(starts)
		keys = append(keys, key)
		fmt.Fprintf(&b, "%s AS k%d, ", key.column, i+1)
	}
	b.WriteString(p.eachSum("coalesce(sum(%), 0)::bigint AS %") + "\n  FROM counted WHERE true" + p.filter(a))
	for i := range p.GroupBy {
		b.WriteString(map[bool]string{true: " GROUP BY ", false: ", "}[i == 0] + fmt.Sprintf("k%d", i+1))
	}
	b.WriteString("\n)" + p.filled(keys) + "\n")
	return b.String(), keys
}

// accrued are the unposted charges as rows of usage.
func (p *pivotRead) accrued(a *pg.Arguments) string {
	types := []string{"bigint", "timestamptz", "bigint", "bigint", "text", "text", "bigint"}
	marks := make([]string, len(types))
	for i, t := range types {
		marks[i] = a.Add(p.unposted[i]) + "::" + t + "[]"
	}
	return "SELECT *" + strings.Repeat(", 0", len(p.sums())-1) + " FROM unnest(" + strings.Join(marks, ", ") + ")"
}

func (p *pivotRead) filter(a *pg.Arguments) string {
	var where string
	if p.Categories != nil {
		where += " AND category = ANY(" + a.Add(p.Categories) + "::text[])"
	}
	if p.Kinds != nil {
		where += " AND kind = ANY(" + a.Add(p.Kinds) + "::text[])"
	}
	if p.Resources != nil {
		where += " AND resource_id = ANY(" + a.Add(p.Resources) + "::bigint[])"
	}
	return where
}

// page is the rest of the statement that reads a page: the keys as texts, names, conditions, order and limit.
func (p *pivotRead) page(a *pg.Arguments, keys []pivotKey) (string, error) {
	columns, order := make([]string, len(keys)), make([]string, len(keys))
	direction := ""
	if p.Backward {
		direction = " DESC"
	}
	for i := range keys {
		columns[i] = fmt.Sprintf("groups.k%d", i+1)
		order[i] = columns[i] + direction
	}
	var b strings.Builder
	b.WriteString("SELECT " + p.kindsCounted() + ", " + p.eachSum("%"))
	for _, c := range columns {
		b.WriteString(", " + c + "::text")
	}
	b.WriteString(p.nameColumns() + "\nFROM groups" + p.nameTables() + " WHERE true")
	for _, e := range []struct {
		place []string
		op    string
	}{{p.After, ">"}, {p.Before, "<"}} {
		if e.place == nil {
			continue
		}
		marks, err := placeMarks(a, e.place, keys)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, " AND (%s) %s (%s)", strings.Join(columns, ", "), e.op, strings.Join(marks, ", "))
	}
	if len(keys) > 0 {
		b.WriteString("\nORDER BY " + strings.Join(order, ", "))
	}
	fmt.Fprintf(&b, " LIMIT %d", p.Limit+1)
	return b.String(), nil
}

// placeMarks adds a place's keys as arguments. A place that another list made is refused.
func placeMarks(a *pg.Arguments, place []string, keys []pivotKey) ([]string, error) {
	if len(place) != len(keys) || len(keys) == 0 {
		return nil, pg.Refuse(BadPage, "after", "the cursor is not one of this list")
	}
	marks := make([]string, len(keys))
	for i, k := range keys {
		bits := map[string]int{"int": 32, "bigint": 64}[k.kind]
		if _, err := strconv.ParseInt(place[i], 10, bits); bits > 0 && err != nil {
			return nil, pg.Refuse(BadPage, "after", "the cursor is not one of this list")
		}
		marks[i] = a.Add(place[i]) + "::text::" + k.kind
	}
	return marks, nil
}

// at is the number of a dimension's column, from 1; 0 where it is not grouped by.
func (p *pivotRead) at(d Dimension) int { return slices.Index(p.GroupBy, d) + 1 }

// nameColumns and nameTables add the names of accounts, resources and deployments that are grouped by.
func (p *pivotRead) nameColumns() string {
	var sql string
	if p.at(ByAccount) > 0 {
		sql += ", coalesce(na.name, '')"
	}
	if p.at(ByResource) > 0 {
		sql += ", coalesce(nr.name, ''), coalesce(nr.kind, '')"
	}
	if p.at(ByDeployment) > 0 {
		sql += ", coalesce(nd.name, '')"
	}
	return sql
}

func (p *pivotRead) nameTables() string {
	var sql string
	for _, t := range []struct {
		d           Dimension
		table, name string
	}{{ByAccount, "account na", "na.account_id"}, {ByResource, "resource nr", "nr.resource_id"}, {ByDeployment, "deployment nd", "nd.deployment_id"}} {
		if at := p.at(t.d); at > 0 {
			sql += fmt.Sprintf(" LEFT JOIN %s ON %s = k%d", t.table, t.name, at)
		}
	}
	return sql
}
