package charts

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// placed is a column that rows are ordered by. kind is the type that a cursor's text is read as.
type placed struct {
	column, kind string
	desc         bool
}

// expression returns the value that a row is ordered by. Rows without a value come last in either direction.
func (o *PivotOrder) expression(prefix string) string {
	value, _ := o.Measure.expression(prefix)
	if o.Change {
		then, _ := o.Measure.expression(prefix + "then_")
		value = "(" + value + " - " + then + ")"
	}
	last := noValue
	if o.Desc {
		last = noValueFirst
	}
	return "coalesce(" + value + ", " + last + ")"
}

// places are the columns that rows are ordered by: what was asked for, with the row of the others last, and then the
// keys. With the keys no two rows have the same place; otherwise a page would leave out rows that equal its last one.
func (p *pivotRead) places() []placed {
	var out []placed
	for i := range p.OrderBy {
		if o := &p.OrderBy[i]; o.Dimension != "" {
			key, _ := o.Dimension.key()
			out = append(out, placed{fmt.Sprintf("k%d", p.at(o.Dimension)), key.kind, o.Desc})
		} else {
			out = append(out, placed{o.expression(""), "numeric", o.Desc})
		}
	}
	if p.Top > 0 {
		out = slices.Insert(out, 0, placed{"other", "boolean", false})
	}
	for i, key := range p.keys() {
		out = append(out, placed{fmt.Sprintf("k%d", i+1), key.kind, false})
	}
	return out
}

// having is the condition of the bounds. It also leaves out buckets that only the compared span has. The database
// compares places and bounds, exactly.
func (p *pivotRead) having(a *pg.Arguments) string {
	where := ""
	if at := p.at(ByTime); at > 0 && p.Compare != nil && !p.fills() {
		where = fmt.Sprintf(" AND k%d <= %d", at, len(p.buckets))
	}
	if p.Having != nil && len(p.Having) == 0 { // nothing fits an empty list (rules.md §9)
		where += " AND false"
	}
	for _, b := range p.Having {
		value, _ := b.Measure.expression("")
		if b.AtLeast != nil {
			where += " AND " + value + " >= " + a.Add(*b.AtLeast) + "::bigint"
		}
		if b.AtMost != nil {
			where += " AND " + value + " <= " + a.Add(*b.AtMost) + "::bigint"
		}
	}
	return where
}

// page is the rest of the statement that reads a page: the table `listed` of all rows with their places, then
// conditions, order and limit.
func (p *pivotRead) page(a *pg.Arguments) (string, error) {
	places := p.places()
	columns, order, running := make([]string, len(places)), make([]string, len(places)), make([]string, len(places))
	for i, at := range places {
		columns[i], running[i] = fmt.Sprintf("listed.p%d", i+1), at.column
		order[i] = columns[i]
		if at.desc {
			running[i] += " DESC"
		}
		// Backward, the last rows come first; CutPage turns them around.
		if at.desc != p.Backward {
			order[i] += " DESC"
		}
	}
	var b strings.Builder
	b.WriteString(", listed AS (\n  SELECT *")
	for i, at := range places {
		fmt.Fprintf(&b, ", (%s)::%s AS p%d", at.column, at.kind, i+1)
	}
	if p.Cumulative {
		b.WriteString(", " + each([]string{"credits", "runs", "events"}, "sum(%) OVER ("+p.window(running)+")::bigint AS sum_%"))
	}
	b.WriteString("\n  FROM groups WHERE true" + p.having(a) + "\n)\nSELECT " + p.kindsCounted() + ", listed.other, " + each(p.figures(), "listed.%"))
	if p.Cumulative {
		b.WriteString(", sum_credits, sum_runs, sum_events")
	}
	for i := range p.GroupBy {
		fmt.Fprintf(&b, ", listed.k%d", i+1)
		if !p.numbered(i) {
			b.WriteString("::text")
		}
	}
	if p.placesApart() {
		b.WriteString(strings.Join(append([]string{""}, casts(columns)...), ", "))
	}
	b.WriteString(p.nameColumns() + "\nFROM listed" + p.nameTables() + " WHERE true")
	for _, e := range []struct {
		place []string
		after bool
	}{{p.After, true}, {p.Before, false}} {
		if e.place == nil {
			continue
		}
		marks, err := placeMarks(a, e.place, places)
		if err != nil {
			return "", err
		}
		b.WriteString(" AND (" + beyond(places, columns, marks, e.after) + ")")
	}
	if len(order) > 0 {
		b.WriteString("\nORDER BY " + strings.Join(order, ", "))
	}
	fmt.Fprintf(&b, " LIMIT %d", p.Limit+1)
	return b.String(), nil
}

// casts reads columns as text: a place travels to the client and back in the form in which it is compared.
func casts(columns []string) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c + "::text"
	}
	return out
}

// window is what running sums run over: each series by its time, or all rows in their order.
func (p *pivotRead) window(order []string) string {
	rows := " ROWS UNBOUNDED PRECEDING"
	if !p.by(ByTime) {
		if len(order) == 0 {
			return "ROWS UNBOUNDED PRECEDING"
		}
		return "ORDER BY " + strings.Join(order, ", ") + rows
	}
	series := "PARTITION BY other"
	for i, d := range p.GroupBy {
		if d != ByTime {
			series += fmt.Sprintf(", k%d", i+1)
		}
	}
	return series + fmt.Sprintf(" ORDER BY k%d", p.at(ByTime)) + rows
}

// beyond is the condition that a row lies after, or before, a place. Comparing whole rows would not work, as each
// column has a direction of its own.
func beyond(places []placed, columns, marks []string, after bool) string {
	var ways []string
	same := ""
	for i, at := range places {
		op := "<"
		if at.desc != after {
			op = ">"
		}
		ways = append(ways, "("+same+columns[i]+" "+op+" "+marks[i]+")")
		same += columns[i] + " = " + marks[i] + " AND "
	}
	return strings.Join(ways, " OR ")
}

// placeMarks adds a place as arguments. It refuses a place of another list.
func placeMarks(a *pg.Arguments, place []string, places []placed) ([]string, error) {
	bad := pg.Refuse(BadPage, "after", "the cursor is not one of this list")
	if len(place) != len(places) || len(places) == 0 {
		return nil, bad
	}
	marks := make([]string, len(places))
	for i, at := range places {
		// A cursor comes from outside: what its column cannot hold would make the statement fail, but a client's mistake
		// is not a failure.
		ok := true
		switch at.kind {
		case "int", "bigint":
			_, err := strconv.ParseInt(place[i], 10, map[string]int{"int": 32, "bigint": 64}[at.kind])
			ok = err == nil
		case "numeric":
			_, ok = new(big.Int).SetString(place[i], 10)
		case "boolean":
			ok = place[i] == "true" || place[i] == "false"
		default:
			ok = isText(place[i])
		}
		if !ok {
			return nil, bad
		}
		// As text: otherwise the driver wants a value of the column's Go type.
		marks[i] = a.Add(place[i]) + "::text::" + at.kind
	}
	return marks, nil
}

// isText reports whether the database can hold a text: a cursor from outside may hold what no row does, which would
// make the statement fail.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// pivotKeys are the keys of a row, each as text or as a number, and its place.
type pivotKeys struct {
	texts   []string
	numbers []int64
	place   []string
}

// destinations returns where a row is scanned to: its figures, its keys, its place and its names.
func (p *pivotRead) destinations(kinds *int, row *PivotRow, keys *pivotKeys) []any {
	to := append([]any{kinds, &row.Other}, row.of(p.PivotQuery)...)
	if p.Compare != nil {
		to = append(to, row.Then.of(p.PivotQuery)...)
	}
	if p.Cumulative {
		to = append(to, &row.Cumulative.Credits, &row.Cumulative.Runs, &row.Cumulative.Events)
	}
	for i := range p.GroupBy {
		if p.numbered(i) {
			to = append(to, &keys.numbers[i])
		} else {
			to = append(to, &sameText{text: &keys.texts[i]})
		}
	}
	if p.placesApart() {
		for i := range keys.place {
			to = append(to, &sameText{text: &keys.place[i]})
		}
	}
	for _, t := range p.joined() {
		to = append(to, row.joinedNames(t.d)...)
	}
	return to
}

// pivotRows reads the page. One row more than asked for shows whether there are more.
func (r *Reader) pivotRows(ctx context.Context, p *pivotRead, out *Pivot) error {
	var rows []PivotRow
	err := r.eachPivotRow(ctx, p, func(row *PivotRow) error {
		rows = append(rows, *row)
		last := &rows[len(rows)-1]
		last.Key, last.Tags = slices.Clone(row.Key), slices.Clone(row.Tags)
		return nil
	})
	if err != nil {
		return err
	}
	out.Paged = pg.CutPage(pg.Page{Limit: p.Limit, Backward: p.Backward, After: edge(p.After), Before: edge(p.Before)}, rows)
	return nil
}

// eachPivotRow calls fn with the rows of the page in order; a row is valid until the next one.
func (r *Reader) eachPivotRow(ctx context.Context, p *pivotRead, fn func(*PivotRow) error) error {
	a := pg.Arguments{Values: []any{p.Accounts}}
	sql := p.groups(&a)
	tail, err := p.page(&a)
	if err != nil {
		return err
	}
	var row PivotRow
	var kinds int
	keys := pivotKeys{make([]string, len(p.GroupBy)), make([]int64, len(p.GroupBy)), make([]string, len(p.places()))}
	if p.byKeys() {
		keys.place = keys.texts
	}
	return r.Ask(ctx, "-- name: pivot of usage\n"+sql+tail, a.Values, p.destinations(&kinds, &row, &keys), func() error {
		if kinds > p.mostKinds() {
			return p.tooFine()
		}
		if !p.placeless {
			row.Key = keys.place
		}
		p.fill(&row, &keys)
		return fn(&row)
	})
}

// numbered reports whether a key is read as a number. That is faster than as the text that a cursor holds, but leaves
// the row without a place.
func (p *pivotRead) numbered(i int) bool {
	key, ok := p.GroupBy[i].key()
	return p.placeless && ok && (key.kind == "int" || key.kind == "bigint")
}

// byKeys reports whether the keys of a row are also its place, so that they are read once and not twice.
func (p *pivotRead) byKeys() bool {
	return len(p.OrderBy) == 0 && p.Top == 0 && len(p.keys()) == len(p.GroupBy)
}

// placesApart reports whether places are read in addition to the keys.
func (p *pivotRead) placesApart() bool { return !p.placeless && !p.byKeys() }

// edge returns a non-nil list if there is a place: CutPage needs to know only that, as the statement has compared the
// place.
func edge(place []string) []int64 {
	if place == nil {
		return nil
	}
	return []int64{}
}

// fill sets the keys of a row.
func (p *pivotRead) fill(row *PivotRow, read *pivotKeys) {
	row.Bucket, row.Tags = nil, nil
	keys := read.texts
	for i, d := range p.GroupBy {
		number := read.numbers[i]
		if !p.numbered(i) {
			number, _ = strconv.ParseInt(keys[i], 10, 64) // the database made it; of a text the number is not used
		}
		if known := p.names[d]; known != nil {
			row.name(d, known[number])
		}
		switch d {
		case ByAccount:
			row.AccountID = number
		case ByPlan:
			row.PlanID = number
		case ByZone:
			row.Zone = nth(zones(), number)
		case ByRunway:
			row.Runway = nth(Runways(), number)
		case ByCategory:
			row.Category = ""
			if number > 0 {
				row.Category = billing.Categories()[number-1]
			}
		case ByKind:
			row.Kind = keys[i]
		case ByResource:
			row.ResourceID = number
		case ByOwner:
			row.OwnerName = keys[i]
		case ByDeployment:
			row.DeploymentID = number
		case ByHardware:
			row.Hardware = keys[i]
		case ByTime:
			row.Bucket = &p.buckets[number-1]
		case ByHour:
			row.Hour = number
		case ByWeekday:
			row.Weekday = number
		case ByUser:
			row.User = valueOf(keys[i])
		case ByAPIKey:
			row.APIKey = valueOf(keys[i])
		default:
			row.Tags = append(row.Tags, valueOf(keys[i]))
		}
	}
}

// nth returns an item of a list, counted from 1, or the zero T if there is no such item.
func nth[T any](list []T, number int64) (none T) {
	if number < 1 || number > int64(len(list)) {
		return none
	}
	return list[number-1]
}

// pivotTotals counts the groups and adds them up.
func (r *Reader) pivotTotals(ctx context.Context, p *pivotRead, out *Pivot) error {
	a := pg.Arguments{Values: []any{p.Accounts}}
	sql := p.groups(&a)
	kinds := 0
	to := append([]any{&kinds, &out.Total}, out.Totals.of(p.PivotQuery)...)
	if p.Compare != nil {
		to = append(to, out.Then.of(p.PivotQuery)...)
	}
	from, where := "mapped", ""
	where = p.having(&a)
	// Of the finer rows that the groups are made of, since what is counted once per group may occur in several; bounds
	// leave out whole groups.
	if p.Having != nil {
		from = "mapped NATURAL JOIN (SELECT other" + p.listed(", k%d") + " FROM groups WHERE true" + where + ") fitting"
	}
	var columns []string
	for _, prefix := range p.prefixes() {
		columns = append(columns, each(p.sums(), "coalesce(sum("+prefix+"%), 0)::bigint"))
		counters, _ := p.counters()
		for _, counter := range counters {
			columns = append(columns, strings.Replace(counter, "SPAN", inSpan(prefix), 1))
		}
	}
	return r.Ask(ctx, "-- name: totals of a pivot\n"+sql+"SELECT "+p.kindsCounted()+", (SELECT count(*) FROM groups WHERE true"+where+"), "+
		strings.Join(columns, ", ")+" FROM "+from, a.Values, to, func() error {
		if kinds > p.mostKinds() {
			return p.tooFine()
		}
		return nil
	})
}
