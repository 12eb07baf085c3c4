package charts

import (
	"fmt"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// ExportFilter says which rows of a table to export; the zero filter leaves all. The lists of these rows filter by the
// same.
type ExportFilter struct{ conditions []exportCondition }

// exportCondition is a condition on the rows x of a table, with a verb for its argument.
type exportCondition struct {
	sql string
	arg any
}

// add adds a condition if one is given; null and left out are no condition (rules.md §9).
func (f *ExportFilter) add(given bool, sql string, arg any) {
	if given {
		f.conditions = append(f.conditions, exportCondition{sql, arg})
	}
}

// where returns the filter as conditions, and adds their arguments.
func (f *ExportFilter) where(a *pg.Arguments) (sql string) {
	for _, c := range f.conditions {
		sql += " AND " + fmt.Sprintf(c.sql, a.Add(c.arg))
	}
	return sql
}

// EventRows returns the filter of events as one of an export, which has its own range.
func EventRows(f tsdb.EventFilter) (out ExportFilter) {
	out.add(f.ResourceID != 0, "x.resource_id = %s::bigint", f.ResourceID)
	out.add(f.Source != nil, "x.source = %s::text", f.Source)
	out.add(f.Kinds != nil, "x.kind = ANY(%s::text[])", f.Kinds)
	// "" means that an event carries none.
	out.add(f.User != nil, "coalesce(x.user_id, '') = %s::text", f.User)
	out.add(f.APIKey != nil, "coalesce(x.api_key, '') = %s::text", f.APIKey)
	out.add(len(f.Tags) > 0, "x.tags @> %s::jsonb", f.Tags)
	if f.Voided != nil {
		out.add(true, `EXISTS (SELECT FROM usage_void v WHERE v.account_id = x.account_id AND v.time = x.time AND v.source = x.source AND v.event_id = x.event_id) = %s::boolean`, *f.Voided)
	}
	return out
}

// LedgerRows returns the filter of ledger entries as one of an export, which has its own range.
func LedgerRows(f tsdb.LedgerFilter) (out ExportFilter) {
	out.add(f.Meter != "", "x.meter = %s::text", string(f.Meter))
	out.add(f.Kinds != nil, "x.kind = ANY(%s::text[])", f.Kinds)
	out.add(f.Categories != nil, "x.category = ANY(%s::text[])", f.Categories)
	out.add(f.ResourceID != 0, "(x.resource_id = %[1]s::bigint OR x.line_resources @> ARRAY[%[1]s::bigint])", f.ResourceID)
	return out
}

// GrantRows returns the filter of grants as one of an export, whose rows are as posted.
func GrantRows(f tsdb.GrantFilter) (out ExportFilter) {
	out.add(f.Meter != "", "x.meter = %s::text", string(f.Meter))
	out.add(f.Kinds != nil, "x.kind = ANY(%s::text[])", f.Kinds)
	if f.Live != nil {
		out.add(true, "(x.retired_at IS NULL) = %s::boolean", *f.Live)
	}
	return out
}

// AuditRows returns the filter of audit entries as one of an export, which has its own range.
func AuditRows(f access.AuditFilter) (out ExportFilter) {
	out.add(f.Actions != nil, "x.action = ANY(%s::text[])", f.Actions)
	out.add(f.Actor != "", "position(lower(%s::text"+pg.Letters+") IN lower(x.actor"+pg.Letters+")) > 0", f.Actor)
	return out
}
