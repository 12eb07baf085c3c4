package tsdb

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// mostPacked is the largest number of segments in a row of usage_delta_hosting. With more, the row would not fit in its
// page and would be compressed or kept elsewhere.
const mostPacked = 64

// packedHosting is a row of usage_delta_hosting: what segments of an account and category cost within a minute.
type packedHosting struct {
	account int64
	of      []hostingOf // of the same minute and category
}

// hostingOf is what a segment cost within a minute.
type hostingOf struct {
	key useKey
	use *use
}

// The columns are in the order of packedHosting.copy and of queuePacked.
const copyHostingDeltas = `-- name: add hosting to the charts
COPY usage_delta_hosting (account_id, bucket, category, resource_ids, deployment_ids, credits) FROM STDIN (FORMAT binary)`

const insertHostingDeltas = `-- name: add a little hosting to the charts
INSERT INTO usage_delta_hosting (account_id, bucket, category, resource_ids, deployment_ids, credits)
SELECT account_id, bucket, category, resource_ids::bigint[], deployment_ids::bigint[], credits::bigint[]
FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[]) AS h (account_id, bucket, category, resource_ids, deployment_ids, credits)`

// writeHosting adds rows of hosting to what the charts show, by b if they are few.
func writeHosting(ctx context.Context, tx pgx.Tx, b *pgx.Batch, rows []packedHosting) error {
	switch {
	case len(rows) == 0:
		return nil
	case len(rows) <= pg.Few:
		queuePacked(b, rows)
		return nil
	}
	err := pg.CopyInto(ctx, tx, "usage_delta_hosting", copyHostingDeltas, len(rows), func(c *pg.CopyRows) {
		rows[0].copy(c)
		rows = rows[1:]
	})
	if err != nil {
		return fmt.Errorf("add hosting to the charts: %w", err)
	}
	return nil
}

// packHosting moves hosting from what the change used to rows. Hosting that would be alone in its row stays.
func (c *change) packHosting(rows []packedHosting) []packedHosting {
	if len(c.used) < 2 {
		return rows
	}
	all := make([]hostingOf, 0, len(c.used))
	for k, u := range c.used {
		if k.isHosting(u) {
			all = append(all, hostingOf{k, u})
		}
	}
	slices.SortFunc(all, func(a, b hostingOf) int {
		return cmp.Or(cmp.Compare(a.key.minute, b.key.minute), cmp.Compare(a.use.category, b.use.category), cmp.Compare(a.key.deployment, b.key.deployment))
	})
	for from, i := 0, 1; i <= len(all); i++ {
		if i < len(all) && i-from < mostPacked && all[i].key.minute == all[from].key.minute && all[i].use.category == all[from].use.category {
			continue
		}
		if i-from > 1 {
			rows = append(rows, packedHosting{c.ID, all[from:i]})
			for _, h := range all[from:i] {
				delete(c.used, h.key)
			}
		}
		from = i
	}
	return rows
}

// isHosting reports whether a use is nothing but what hosting costs, so that usage_delta_hosting has a place for all of
// it.
func (k useKey) isHosting(u *use) bool {
	return k.kind == kindHosting && k.attribution == 0 && u.runs == 0 && u.events == 0 && u.tokens == (billing.Tokens{})
}

func (r packedHosting) copy(c *pg.CopyRows) {
	c.Row(6)
	c.Bigint(r.account)
	c.Timestamp(r.of[0].key.minute.Time())
	c.Text(string(r.of[0].use.category))
	c.Bigints(len(r.of), func(i int) int64 { return r.of[i].key.resource })
	c.Bigints(len(r.of), func(i int) int64 { return r.of[i].key.deployment })
	c.Bigints(len(r.of), func(i int) int64 { return int64(r.of[i].use.credits) })
}

func queuePacked(b *pgx.Batch, rows []packedHosting) {
	columns := pg.NewColumns(6)
	for _, r := range rows {
		resources, deployments, credits := make([]int64, len(r.of)), make([]int64, len(r.of)), make([]int64, len(r.of))
		for i, h := range r.of {
			resources[i], deployments[i], credits[i] = h.key.resource, h.key.deployment, int64(h.use.credits)
		}
		columns.Add(r.account, r.of[0].key.minute.Time(), string(r.of[0].use.category), pg.Array(resources...), pg.Array(deployments...), pg.Array(credits...))
	}
	b.Queue(insertHostingDeltas, columns.Args()...)
}
