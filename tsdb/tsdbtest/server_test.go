package tsdbtest

import (
	"context"
	"fmt"
	"testing"
)

// What a test pays for its database, from making it to dropping it: go test ./tsdb/tsdbtest -run '^$' -bench .
func BenchmarkDatabase(b *testing.B) {
	server, err := theServer()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		name, err := server.copyOfTemplate(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		if err := server.drop(context.Background(), name); err != nil {
			b.Fatal(err)
		}
	}
}

// A killed run leaves its databases behind; a later one drops them, and only them.
func TestSweepDropsWhatKilledRunsLeft(t *testing.T) {
	t.Parallel()
	server, err := theServer()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	left := fmt.Sprintf("%s1_%s", testPrefix, server.prefix[len(testPrefix):]) // the second 1 of 1970
	fresh, err := server.emptyDatabase(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { drop(t, server, fresh) })
	if err := server.exec(ctx, `CREATE DATABASE `+quote(left)); err != nil {
		t.Fatal(err)
	}
	if err := server.sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if has(t, server, left) || !has(t, server, fresh) {
		t.Errorf("after the sweep: left over %v, fresh %v; want only the fresh one", has(t, server, left), has(t, server, fresh))
	}
}

func has(t *testing.T, server *server, name string) (yes bool) {
	t.Helper()
	row := server.admin.QueryRow(context.Background(), `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name)
	if err := row.Scan(&yes); err != nil {
		t.Fatal(err)
	}
	return yes
}
