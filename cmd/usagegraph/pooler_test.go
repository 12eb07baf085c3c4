//go:build pgbouncer

package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/server"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// Behind PgBouncer in session mode everything works as without it, including migrations.
func TestPgBouncerInSessionMode(t *testing.T) {
	t.Parallel()
	c := ofTest(tsdbtest.PgBouncer(t, tsdbtest.NewEmptyURL(t), "session"))
	usePooled(t, c)
}

// In transaction mode, one URL bypasses it for LISTEN and migrations, and the users have their settings in the database.
func TestPgBouncerInTransactionMode(t *testing.T) {
	t.Parallel()
	direct := tsdbtest.NewEmptyURL(t)
	pooled := func() config { // a pooler of its own: one keeps connections that lack later settings
		c := ofTest(tsdbtest.PgBouncer(t, direct, "transaction"))
		c.ListenURL = direct
		return c
	}
	refused := func(want string) {
		t.Helper()
		whole, err := assemble(pooled())
		if err != nil {
			t.Fatal(err)
		}
		if s, err := server.Open(t.Context(), whole); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
			if err == nil {
				s.Close()
			}
		}
	}
	refused("needs time-outs of its own")
	setOfUser(t, direct, "CURRENT_USER", "statement_timeout = '30s'", "idle_in_transaction_session_timeout = '60s'")
	refused("needs a user who only reads")
	c, reader := pooled(), pooledReader(t, direct)
	c.ExploreURL = strings.Replace(c.DatabaseURL, "//usagegraph:usagegraph@", "//"+reader+"@", 1)
	revisionsRise(t, usePooled(t, c), direct)
}

// pooledReader makes a user who may only read, as docs/operations.md says.
func pooledReader(t *testing.T, url string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	name := tsdbtest.PooledReader
	if _, err := conn.Exec(t.Context(), `DO $$ BEGIN CREATE ROLE `+name+` LOGIN IN ROLE usagegraph_explore PASSWORD '`+name+`'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`); err != nil {
		t.Fatal(err)
	}
	setOfUser(t, url, name, "statement_timeout = '5s'", "idle_in_transaction_session_timeout = '60s'", "default_transaction_read_only = on")
	return name
}

// usePooled uses those functions of a server that need most from a connection: batches, subscriptions, charts, the pool, jobs.
func usePooled(t *testing.T, c config) *running {
	t.Helper()
	r := launch(t, c)
	platform := r.token(auth.Platform, 0, nil)
	id := r.account(platform, "pooled")
	tool := r.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`,
		map[string]any{"i": map[string]any{"accountId": id, "name": "t", "ownerName": "o", "status": "DEPLOYED"}}).at("registerTool.tool.id")
	r.listen(id)
	record := map[string]any{"i": map[string]any{"accountId": id, "events": []any{map[string]any{"source": "m", "id": "1", "time": time.Now().UTC().Format(time.RFC3339), "toolId": tool, "runs": 1}}}}
	for range 12 { // more often than a statement's plan is made again
		if a := r.ask(platform, `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status}}}`, record); len(a.Errors) > 0 {
			t.Fatal(a.body)
		}
	}
	waitFor(t, func() bool { return strings.Contains(r.get("/metrics").body, "usagegraph_hub_frames_total 2") })
	for _, role := range []auth.Role{auth.Support} { // who asks in the pool
		token := r.token(role, 0, nil)
		for range 7 {
			if a := r.ask(token, `query($a:ID!){account(id:$a){creditStatus{runs{used}} usageTrend{points{runs}}}}`, map[string]any{"a": id}); len(a.Errors) > 0 || a.at("account.creditStatus.runs.used") != "1" {
				t.Fatal(a.body)
			}
		}
	}
	waitFor(t, func() bool {
		body := r.get("/metrics").body
		return strings.Contains(body, `usagegraph_job_seconds_count{name="meter",outcome="done"}`) && strings.Contains(body, "usagegraph_hub_listening 1")
	})
	if body := r.get("/metrics").body; strings.Contains(body, `outcome="failed"`) || !strings.Contains(body, "usagegraph_faults_total 0") {
		t.Error(lines(body, "usagegraph_job_seconds_count") + lines(body, "usagegraph_faults_total"))
	}
	return r
}
