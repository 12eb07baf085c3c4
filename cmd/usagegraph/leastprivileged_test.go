package main

import (
	"context"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// asLeastPrivileged runs deploy/role.sql in a database, as docs/operations.md says, and returns a URL with the role that it makes.
func asLeastPrivileged(t *testing.T, admin string) string {
	t.Helper()
	script, err := os.ReadFile("../../deploy/role.sql")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for range 2 { // it may be repeated
		for tries := 0; ; tries++ { // a role is the server's, and another test may be at it
			if _, err = conn.PgConn().Exec(t.Context(), string(script)+`; ALTER ROLE usagegraph_app PASSWORD 'least'`).ReadAll(); err == nil {
				break
			} else if tries == 5 {
				t.Fatal(err)
			}
		}
	}
	to, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	to.User = url.UserPassword("usagegraph_app", "least")
	return to.String()
}

// The process needs neither a superuser nor a role that may create databases: migrations, a whole server and an event work with the role of
// deploy/role.sql, on a new database and on one whose tables a superuser made.
func TestLeastPrivilegedRole(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(testing.TB) string{"new": tsdbtest.NewEmptyURL, "taken over": tsdbtest.NewURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			role := asLeastPrivileged(t, database(t))
			r := launch(t, ofTest(role))
			platform := r.token(auth.Platform, 0, nil)
			id := r.account(platform, "acme")
			tool := r.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`,
				map[string]any{"i": map[string]any{"accountId": id, "name": "t", "ownerName": "o", "status": "DEPLOYED"}}).at("registerTool.tool.id")
			a := r.ask(platform, `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status}creditStatus{runs{remaining}}}}`, map[string]any{"i": map[string]any{"accountId": id,
				"events": []any{map[string]any{"source": "m", "id": "1", "time": time.Now().UTC().Format(time.RFC3339), "toolId": tool, "runs": 1}}}})
			if a.at("recordUsage.creditStatus.runs.remaining") != "9999" {
				t.Error(a.body)
			}
			mayLittle(t, role)
		})
	}
}

// mayLittle checks what the role cannot do, and that it owns what exists.
func mayLittle(t *testing.T, role string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), role)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var powers, others int
	err = conn.QueryRow(t.Context(), `SELECT (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)::int,
(SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S') AND relowner <> current_user::regrole)
FROM pg_roles WHERE rolname = current_user`).Scan(&powers, &others)
	if err != nil || powers != 0 || others != 0 {
		t.Errorf("%d powers, %d tables and sequences of others, %v", powers, others, err)
	}
	for _, sql := range []string{`CREATE DATABASE usagegraph_of_nobody`, `CREATE ROLE usagegraph_nobody`, `SELECT * FROM pg_authid`, `COPY account TO PROGRAM 'true'`, `SELECT pg_read_file('/etc/passwd')`} {
		if _, err := conn.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s was done", sql)
		}
	}
}
