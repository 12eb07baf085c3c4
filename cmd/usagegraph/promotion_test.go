package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// After a promotion that lost commits, already the first answer has a higher revision than the last one before it, whatever is asked and however soon: clients ignore what seems older
// than what they have.
func TestRevisionsRightAfterAPromotion(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]struct{ query, at string }{
		"state":    {`query($a:ID!){account(id:$a){creditStatus{revision runs{used}}}}`, "account.creditStatus"},
		"snapshot": {`query($a:ID!){account(id:$a){name creditStatus{revision runs{used}} usageTrend{points{runs}}}}`, "account.creditStatus"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, nil)
			platform, support := r.token(auth.Platform, 0, nil), r.token(auth.Support, 0, nil)
			id := r.account(platform, "acme")
			tool := r.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`,
				map[string]any{"i": map[string]any{"accountId": id, "name": "t", "ownerName": "o", "status": "DEPLOYED"}}).at("registerTool.tool.id")
			status := func() (revision int64, used string) {
				a := r.ask(support, ask.query, map[string]any{"a": id})
				if a.status != 200 || len(a.Errors) > 0 {
					return 0, ""
				}
				used, _ = a.at(ask.at + ".runs.used").(string)
				n, _ := a.at(ask.at + ".revision").(float64)
				return int64(n), used
			}
			promote := tsdbtest.Standby(t, r.config.DatabaseURL)
			for n := range 3 {
				recorded := func() bool {
					return r.ask(platform, `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status}}}`, map[string]any{"i": map[string]any{"accountId": id,
						"events": []any{map[string]any{"source": "p", "id": fmt.Sprint(n), "time": time.Now().UTC().Format(time.RFC3339), "toolId": tool, "runs": 1}}}}).status == 200
				}
				waitFor(t, recorded) // the copy cut all connections
			}
			var before int64
			var lost string
			waitFor(t, func() bool { before, lost = status(); return before != 0 })
			if lost != "3" {
				t.Fatalf("%s runs before it", lost)
			}
			promote()
			var after int64
			var used string
			waitFor(t, func() bool { after, used = status(); return after != 0 })
			if after <= before || used != "0" {
				t.Errorf("revision %d after %d, %s runs", after, before, used)
			}
		})
	}
}

// Behind a pooler that shares connections, a promotion breaks none that the process would see. Already the next answer has a higher revision nevertheless.
func TestRevisionsOverConnectionsThatStay(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	revisionsRise(t, r, r.config.DatabaseURL)
}

// revisionsRise lets the database at direct become another one under an open server, time and again, as behind a pooler: its epoch names a server of the past,
// and the last changes are missing.
func revisionsRise(t *testing.T, r *running, direct string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), direct)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	platform, support := r.token(auth.Platform, 0, nil), r.token(auth.Support, 0, nil)
	id := r.account(platform, "acme")
	revision := func(query string) int64 {
		t.Helper()
		a := r.ask(support, query, map[string]any{"a": id})
		n, _ := a.at("account.creditStatus.revision").(float64)
		if n == 0 {
			t.Fatal(a.body)
		}
		return int64(n)
	}
	const state, snapshot = `query($a:ID!){account(id:$a){creditStatus{revision}}}`, `query($a:ID!){account(id:$a){name creditStatus{revision} usageTrend{points{runs}}}}`
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`UPDATE balance SET seq = 100`)
	last := max(revision(state), revision(snapshot))
	for n := range 4 { // the hub looks every two seconds, and may be first in one of them
		exec(`BEGIN; UPDATE epoch SET identity = $1 || identity, run = 'another'; UPDATE balance SET seq = seq - 10; COMMIT`, fmt.Sprint(n))
		for i, query := range []string{state, snapshot, state} {
			now := revision(query)
			if i == 0 && now <= last || now < last || now >= 1<<53 {
				t.Errorf("round %d, question %d: revision %d after %d", n, i, now, last)
			}
			last = now
		}
		if _, err := r.store.NoticeEpoch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
