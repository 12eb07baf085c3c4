package charts

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// ColumnType is the type of the values in an export's column. By it the writer of a format knows how to write a value.
type ColumnType int

// The types of columns, and their Go values; nil is none.
const (
	TextColumn    ColumnType = iota // string
	NumberColumn                    // int64
	DecimalColumn                   // string: an exact number of at most 6 decimals
	TimeColumn                      // time.Time
	BoolColumn                      // bool
	IDColumn                        // string: kind and key, such as "Account:17", of which the contract makes an id
)

// Column is a column of an export.
type Column struct {
	Name string
	Type ColumnType
}

// ExportTable is a table that is exported row by row as it is stored.
type ExportTable string

// The tables that can be exported.
const (
	ExportEvents     ExportTable = "events"
	ExportLedger     ExportTable = "ledger"
	ExportStatements ExportTable = "statements"
	ExportGrants     ExportTable = "grants"
	ExportAudit      ExportTable = "audit"
)

// ExportQuery asks for the rows of a table within a span, in the order of their keys, which never change. The span
// bounds the time of each table: for events, when they happened; for the ledger, when an entry takes effect.
type ExportQuery struct {
	Table    ExportTable
	Accounts []int64 // nil: all
	From, To time.Time
	Filter   ExportFilter
	After    []string // the keys of a row; nil: from the beginning
	Limit    int      // 0: all
}

// exported is a column with the SQL that reads it. A cast is part of that SQL, so that a value comes as the type of its
// column whatever the table stores.
type exported struct {
	Column
	sql string
}

// exportKey is a column that rows are ordered by, and its type.
type exportKey struct{ sql, kind string }

// exportSource says how a table is read. Its keys are those of the table's primary key, so that what comes in meanwhile
// never moves a row.
type exportSource struct {
	columns []exported
	from    string
	time    string // the column that must lie within the span
	keys    []exportKey
}

// id reads a key as kind and number; NULL and 0, which means none, become nil.
func id(name, kind, sql string) exported {
	return exported{Column{name, IDColumn}, "'" + kind + ":' || nullif(" + sql + ", 0)"}
}
func text(name, sql string) exported   { return exported{Column{name, TextColumn}, sql} }
func number(name, sql string) exported { return exported{Column{name, NumberColumn}, sql} }
func instant(name, sql string) exported {
	return exported{Column{name, TimeColumn}, sql}
}

// credits shows micro-credits as credits. The database computes them, exactly: a division in Go would take a decimal
// for each of a million rows.
func credits(name, sql string) exported {
	return exported{Column{name, DecimalColumn}, "trim_scale((" + sql + ") * 0.000001)::text"}
}

// metered shows an amount of the row's meter: credits, or runs.
func metered(name, sql string) exported {
	return exported{Column{name, DecimalColumn}, "trim_scale((" + sql + ") * CASE x.meter WHEN 'MODEL_CREDITS' THEN 0.000001 ELSE 1 END)::text"}
}

// resourceID is the id of a resource; its kind gives the contract's name: Tool, Model …
const resourceID = "initcap(r.kind) || ':' || r.resource_id"

// exportSources says how each table is read. Amounts are exact; what the tables refer to by number is named as well.
func exportSources(table ExportTable) (exportSource, bool) {
	// Columns that several tables share, so that one name means one thing.
	account := []exported{id("account_id", "Account", "x.account_id"), text("account_name", "a.name")}
	named := " LEFT JOIN account a ON a.account_id = x.account_id"
	resource := []exported{{Column{"resource_id", IDColumn}, resourceID}, text("resource_name", "r.name"), id("deployment_id", "Deployment", "x.deployment_id")}
	resources := named + " LEFT JOIN resource r ON r.resource_id = x.resource_id LEFT JOIN deployment d ON d.deployment_id = x.deployment_id AND d.account_id = x.account_id"
	own := []exported{text("account_external_id", "a.external_id")} // last, so that whoever reads by place finds the others where they were
	owns := append(slices.Clip(own), text("resource_external_id", "r.external_id"), text("deployment_external_id", "d.external_id"))
	switch table {
	case ExportEvents:
		return exportSource{from: "usage_event x" + resources, time: "x.time",
			keys: []exportKey{{"x.account_id", "bigint"}, {"x.time", "timestamptz"}, {"x.source", "text"}, {"x.event_id", "text"}},
			columns: slices.Concat(account, []exported{instant("time", "x.time"), text("source", "x.source"), text("event_id", "x.event_id"), text("kind", "x.kind")}, resource,
				[]exported{credits("credits", "x.charge"), number("runs", "x.runs"), number("input_tokens", "x.input_tokens"), number("output_tokens", "x.output_tokens"),
					number("cache_read_tokens", "coalesce(x.cache_read_tokens, 0)"), number("cache_write_tokens", "coalesce(x.cache_write_tokens, 0)"),
					number("reasoning_tokens", "coalesce(x.reasoning_tokens, 0)"), {Column{"history", BoolColumn}, "x.history"}, instant("posted_at", "x.posted_at"),
					text("user", "x.user_id"), text("api_key", "x.api_key"), text("tags", "x.tags::text")}, owns)}, true
	case ExportLedger:
		return exportSource{from: "ledger_entry x" + resources, time: "x.effective_at", keys: []exportKey{{"x.account_id", "bigint"}, {"x.entry_no", "bigint"}},
			columns: slices.Concat(account, []exported{number("entry_no", "x.entry_no"), instant("posted_at", "x.posted_at"), instant("effective_at", "x.effective_at"),
				text("meter", "x.meter"), text("kind", "x.kind"), text("category", "x.category"), text("cause", "x.cause"), metered("amount", "x.amount"),
				metered("balance_after", "x.balance_after"), metered("debt", "x.debt"), number("cycle_no", "x.cycle_no::bigint")}, resource, []exported{text("note", "x.note")}, owns)}, true
	case ExportStatements:
		sums := []exported{}
		for _, name := range []string{"opening", "granted", "charged", "refunded", "expired", "adjusted", "closing"} {
			sums = append(sums, metered(name, "x."+name))
		}
		return exportSource{from: "statement x" + named, time: "x.ends_at", keys: []exportKey{{"x.account_id", "bigint"}, {"x.cycle_no", "int"}, {"x.meter", "text"}},
			columns: slices.Concat(account, []exported{number("cycle_no", "x.cycle_no::bigint"), text("meter", "x.meter"), instant("starts_at", "x.starts_at"), instant("ends_at", "x.ends_at")}, sums, own)}, true
	case ExportGrants:
		given := "x.given[1] + x.given[2] + x.given[3] + x.given[4]"
		return exportSource{from: "credit_grant x" + named, time: "x.granted_at", keys: []exportKey{{"x.account_id", "bigint"}, {"x.grant_no", "int"}},
			columns: slices.Concat(account, []exported{number("grant_no", "x.grant_no::bigint"), text("meter", "x.meter"), text("kind", "x.kind"), metered("amount", "x.amount"),
				metered("used", given), metered("expired", "x.expired"), metered("taken_back", "x.taken_back"), metered("left_over", "x.amount - x.expired - x.taken_back - ("+given+")"),
				instant("granted_at", "x.granted_at"), instant("expires_at", "x.expires_at"), instant("retired_at", "x.retired_at"), text("reference", "x.reference"), text("created_by", "x.created_by")}, own)}, true
	case ExportAudit:
		return exportSource{from: "audit_log x" + named, time: "x.at", keys: []exportKey{{"x.audit_id", "bigint"}},
			columns: slices.Concat([]exported{number("audit_id", "x.audit_id"), instant("at", "x.at")}, account, []exported{text("action", "x.action"), text("actor_kind", "x.kind"),
				text("actor", "x.actor"), text("role", "x.role"), text("address", "x.address"), text("request_id", "x.request_id"), text("target", "x.target"),
				text("target_id", "x.target_id"), text("before", "x.before::text"), text("after", "x.after::text")}, own)}, true
	}
	return exportSource{}, false
}

// ExportColumns returns the columns of a table; none for an unknown table.
func ExportColumns(table ExportTable) []Column {
	source, _ := exportSources(table)
	out := make([]Column, len(source.columns))
	for i, c := range source.columns {
		out[i] = c.Column
	}
	return out
}

// Export calls row with the rows of a table one by one, and with the keys of each, as they come from the database:
// nothing is gathered on the way. values and keys are the same slices each time. It returns BadPage if After is no
// row's. An error that row returns ends the export and is returned.
func (r *Reader) Export(ctx context.Context, q ExportQuery, row func(values []any, keys []string) error) error {
	// The table is one of ours: no text of a caller becomes SQL.
	source, ok := exportSources(q.Table)
	if !ok {
		return pg.Refuse(pg.Invalid, "table", "there is no such table")
	}
	sql, args, err := source.statement(q)
	if err != nil {
		return err
	}
	// Scanned into the same places for each row, so that an export of a million rows allocates nothing but what pgx
	// does.
	values, keys := make([]any, len(source.columns)), make([]string, len(source.keys))
	to := make([]any, 0, len(values)+len(keys))
	for i := range values {
		to = append(to, &values[i])
	}
	for i := range keys {
		to = append(to, &keys[i])
	}
	if err := r.Ask(ctx, sql, args, to, func() error { return row(values, keys) }); err != nil {
		return fmt.Errorf("export %s: %w", q.Table, err)
	}
	return nil
}

// statement returns a statement that reads the rows in the order of their keys. A cursor says where to go on, not how
// many rows were before it, so the last page is read as fast as the first.
func (s *exportSource) statement(q ExportQuery) (string, []any, error) {
	a := pg.Arguments{Values: []any{q.Accounts, q.From, q.To}}
	columns, order := []string{}, []string{}
	for _, c := range s.columns {
		columns = append(columns, c.sql)
	}
	for _, k := range s.keys {
		columns, order = append(columns, exportKeyText(k)), append(order, k.sql)
	}
	// Half open, so that spans that follow one another take every row once.
	where := "($1::bigint[] IS NULL OR x.account_id = ANY($1::bigint[])) AND " + s.time + " >= $2::timestamptz AND " + s.time + " < $3::timestamptz" + q.Filter.where(&a)
	// A row comparison over all keys: the index of the primary key yields the rows in that order, so the next page begins where the last one
	// ended, whatever was added before it.
	if q.After != nil {
		marks, ok := s.marks(&a, q.After)
		if !ok {
			return "", nil, pg.Refuse(BadPage, "after", "the cursor is not one of this export")
		}
		where += " AND (" + strings.Join(order, ", ") + ") > (" + strings.Join(marks, ", ") + ")"
	}
	sql := "-- name: export " + string(q.Table) + "\nSELECT " + strings.Join(columns, ", ") + "\nFROM " + s.from + "\nWHERE " + where + "\nORDER BY " + strings.Join(order, ", ")
	if q.Limit > 0 {
		sql += " LIMIT " + strconv.Itoa(q.Limit)
	}
	return sql, a.Values, nil
}

// exportKeyText returns a key as a cursor holds it: times as microseconds, so that no session's zone or style changes
// them.
func exportKeyText(k exportKey) string {
	if k.kind == "timestamptz" {
		return "(extract(epoch FROM " + k.sql + ") * 1000000)::bigint::text"
	}
	return k.sql + "::text"
}

// marks adds a row's keys as arguments; ok is false if no row can have them. They come from outside, so each is read as
// its key's type before it goes into a statement.
func (s *exportSource) marks(a *pg.Arguments, after []string) (marks []string, ok bool) {
	if len(after) != len(s.keys) {
		return nil, false
	}
	for i, k := range s.keys {
		bits := 64
		if k.kind == "int" {
			bits = 32
		}
		n, err := strconv.ParseInt(after[i], 10, bits)
		switch {
		// The database could not hold it, and would say so in its own words.
		case k.kind == "text" && !isText(after[i]):
			return nil, false
		case k.kind == "text":
			marks = append(marks, a.Add(after[i])+"::text")
		case err != nil:
			return nil, false
		case k.kind == "timestamptz" && (time.UnixMicro(n).UTC().Year() < 1 || time.UnixMicro(n).UTC().Year() > 9999):
			return nil, false // an instant that no row has, and that PostgreSQL may not even hold
		case k.kind == "timestamptz":
			marks = append(marks, a.Add(time.UnixMicro(n).UTC())+"::timestamptz")
		default:
			marks = append(marks, a.Add(n)+"::"+k.kind)
		}
	}
	return marks, true
}

// ExportUsage calls row with the rows of a pivot one by one, in its order, without a bound on their number. It returns
// the span that the rows cover. There are no pages; rows have a Key only if places is set.
func (r *Reader) ExportUsage(ctx context.Context, q PivotQuery, places bool, row func(*PivotRow) error) (shown Span, err error) {
	p, err := r.openPivot(ctx, &q)
	if err != nil {
		return shown, err
	}
	shown.Range, p.placeless = p.shown, !places
	if err := r.readNames(ctx, p); err != nil {
		return shown, fmt.Errorf("read names: %w", err)
	}
	if p.manyGroups() {
		if err := r.sortGroups(ctx); err != nil {
			return shown, fmt.Errorf("sort groups: %w", err)
		}
	}
	if err := r.eachPivotRow(ctx, p, row); err != nil {
		return shown, fmt.Errorf("export usage: %w", err)
	}
	return shown, nil
}

// manyGroups reports whether the groups, in the order of their keys, are about as many as the rows that they are made
// of.
func (p *pivotRead) manyGroups() bool {
	return p.by(ByTime) && (p.by(ByResource) || p.by(ByDeployment)) && p.byKeys() && p.Top == 0 && !p.Distinct && !p.Users
}

// sortGroups makes the statements of this snapshot that follow group by sorting. Many groups do not fit into a hash
// table and would be sorted afterwards anyway. If they are sorted first, the first group is sent before the last one is
// added up.
func (r *Reader) sortGroups(ctx context.Context) error {
	var none string
	return r.Ask(ctx, "-- name: sort groups\nSELECT set_config('enable_hashagg', 'off', true)", nil, []any{&none}, func() error { return nil })
}

// TakeTime lets the statements of this snapshot that follow run for d, because an export is read at the pace of whoever
// takes it. They may also sort more in memory. Both settings end with the snapshot.
func (r *Reader) TakeTime(ctx context.Context, d time.Duration) error {
	var none string
	return r.Ask(ctx, "-- name: take time\nSELECT set_config('statement_timeout', $1, true) || set_config('work_mem', '64MB', true)", []any{strconv.FormatInt(d.Milliseconds(), 10)}, []any{&none}, func() error { return nil })
}

// AccountIDs returns the keys of all accounts, in order, for exports of all accounts that go account by account.
func (r *Reader) AccountIDs(ctx context.Context) ([]int64, error) {
	var id int64
	ids := []int64{}
	err := r.Ask(ctx, "-- name: list all accounts\nSELECT account_id FROM account ORDER BY account_id", nil, []any{&id}, func() error { ids = append(ids, id); return nil })
	if err != nil {
		return nil, fmt.Errorf("list all accounts: %w", err)
	}
	return ids, nil
}
