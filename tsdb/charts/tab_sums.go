package charts

import (
	"context"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// usageSums are figures of usage that are shown beside listed rows. If they are not wanted, the statement does not read
// usage. The texts are constants; values from callers are arguments.
type usageSums struct {
	wanted   bool
	by       string // the column that identifies the row: resource_id or deployment_id
	category string
	where    string // further conditions
	figures  string // aggregates with their names
}

// join joins the sums to rows by their key.
func (s *usageSums) join(key string) string {
	if !s.wanted {
		return ""
	}
	return " LEFT JOIN sums ON sums." + s.by + " = " + key
}

// column is a figure of the row's sums, 0 if nothing was used.
func (s *usageSums) column(name string) string {
	if !s.wanted {
		return "0"
	}
	return "coalesce(sums." + name + ", 0)"
}

// with is the beginning of a statement: the table `sums`. It is empty if figures are not wanted: then the list is a
// plain read of its own table.
func (s *usageSums) with(read *chartRead, a *pg.Arguments) string {
	if !s.wanted {
		return ""
	}
	return read.with(a, oneAccount) + ", sums AS (\n  SELECT " + s.by + ", " + s.figures + "\n  FROM used WHERE category = '" + s.category + "'" +
		s.where + " GROUP BY 1\n)\n"
}

// queryListed reads an account's rows with their sums, in one statement: list is what follows the table `sums`. Callers
// add what is not posted, as they know which rows it belongs to.
func (r *Reader) queryListed(
	ctx context.Context, account int64, name string, read chartRead, sums usageSums, list func(*pg.Arguments) string, columns []any, scan func() error,
) (*tsdb.Account, error) {
	if err := r.PayThings(ctx, account); err != nil {
		return nil, err
	}
	if sums.wanted {
		if err := r.pay(ctx, []int64{account}, &read, 1); err != nil {
			return nil, err
		}
	}
	a := pg.Arguments{Values: []any{account}}
	sql := "-- name: " + name + "\n" + sums.with(&read, &a)
	sql += list(&a)
	return r.Query(ctx, account, sql, a.Values, columns, scan)
}
