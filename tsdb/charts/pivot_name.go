package charts

import (
	"context"
	"fmt"

	"github.com/usagegraph/usagegraph/tsdb"
)

// namedKey is a dimension whose keys have names in another table.
// The table has an alias of its own, because listed has columns of the same names.
type namedKey struct {
	d                    Dimension
	table, name, columns string
	account              string // the column of the account; "": the table belongs to none
}

// Groups are by id and get their names afterwards: two resources of the same name are two groups.
var namedKeys = []namedKey{
	{ByAccount, "account na", "na.account_id", "coalesce(na.name, ''), coalesce(na.external_id, '')", "na.account_id"},
	{ByPlan, "plan np", "np.plan_id", "coalesce(np.name, '')", ""},
	{ByResource, "resource nr", "nr.resource_id", "coalesce(nr.name, ''), coalesce(nr.kind, ''), coalesce(nr.external_id, '')", "nr.account_id"},
	{ByDeployment, "deployment nd", "nd.deployment_id", "coalesce(nd.name, ''), coalesce(nd.external_id, '')", "nd.account_id"},
}

// named returns the dimensions of the query whose keys have names.
func (p *pivotRead) named() []namedKey {
	var out []namedKey
	for _, t := range namedKeys {
		if p.by(t.d) {
			out = append(out, t)
		}
	}
	return out
}

// joined returns those whose names come with each row.
func (p *pivotRead) joined() []namedKey {
	if p.names != nil {
		return nil
	}
	return p.named()
}

func (p *pivotRead) nameColumns() (sql string) {
	for _, t := range p.joined() {
		sql += ", " + t.columns
	}
	return sql
}

func (p *pivotRead) nameTables() (sql string) {
	for _, t := range p.joined() {
		sql += fmt.Sprintf(" LEFT JOIN %s ON %s = listed.k%d", t.table, t.name, p.at(t.d))
	}
	return sql
}

// pivotNames are the names of a key. Those that its dimension does not have are "".
type pivotNames struct{ name, kind, own string }

// of returns where the columns of a dimension are scanned to.
func (n *pivotNames) of(d Dimension) []any {
	switch d {
	case ByPlan:
		return []any{&n.name}
	case ByResource:
		return []any{&n.name, &n.kind, &n.own}
	}
	return []any{&n.name, &n.own}
}

// maxNames bounds how many names are read before the rows, to some megabytes.
const maxNames = 20_000

// readNames reads the names of all keys that rows may have, so that the database need not carry them through the
// sorting of many rows. If there are more than maxNames, it leaves p.names nil, and names are joined to the rows.
func (r *Reader) readNames(ctx context.Context, p *pivotRead) error {
	names, room := map[Dimension]map[int64]pivotNames{}, maxNames
	for _, t := range p.named() {
		sql, args := "-- name: names of a pivot\nSELECT "+t.name+", "+t.columns+" FROM "+t.table, []any{}
		if t.account != "" {
			sql, args = sql+" WHERE $1::bigint[] IS NULL OR "+t.account+" = ANY($1::bigint[])", []any{p.Accounts}
		}
		known := map[int64]pivotNames{}
		var id int64
		var n pivotNames
		if err := r.Ask(ctx, fmt.Sprintf("%s LIMIT %d", sql, maxNames+1), args, append([]any{&id}, n.of(t.d)...), func() error { known[id] = n; return nil }); err != nil {
			return err
		}
		if room -= len(known); room < 0 {
			return nil
		}
		names[t.d] = known
	}
	p.names = names
	return nil
}

// joinedNames returns where the columns of joined names are scanned to.
func (row *PivotRow) joinedNames(d Dimension) []any {
	switch d {
	case ByAccount:
		return []any{&sameText{text: &row.AccountName}, &sameText{text: &row.AccountOwn}}
	case ByPlan:
		return []any{&row.PlanName}
	case ByResource:
		return []any{&sameText{text: &row.ResourceName}, &sameText{text: (*string)(&row.ResourceKind)}, &sameText{text: &row.ResourceOwn}}
	}
	return []any{&row.DeploymentName, &row.DeploymentOwn}
}

// name sets the names of a dimension's key.
func (row *PivotRow) name(d Dimension, n pivotNames) {
	switch d {
	case ByAccount:
		row.AccountName, row.AccountOwn = n.name, n.own
	case ByPlan:
		row.PlanName = n.name
	case ByResource:
		row.ResourceName, row.ResourceKind, row.ResourceOwn = n.name, tsdb.ResourceKind(n.kind), n.own
	case ByDeployment:
		row.DeploymentName, row.DeploymentOwn = n.name, n.own
	}
}
