package tsdbtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Standby copies the database at url as it is now. promote puts the copy into its place: whoever is connected is cut off, what was
// committed since is lost, and the URL leads to the copy. So a test gets what a promotion of a standby that lagged, or a restore, does.
func Standby(t testing.TB, url string) (promote func()) {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatalf("tsdbtest: parse url: %v", err)
	}
	name, server := config.Database, serverOf(t)
	standby, lost := quote(name+"_standby"), quote(name+"_lost")
	alone(t, server, quote(name), "CREATE DATABASE "+standby+" TEMPLATE "+quote(name), "ALTER DATABASE "+quote(name)+" WITH ALLOW_CONNECTIONS true")
	t.Cleanup(func() {
		statements(t, server, "DROP DATABASE IF EXISTS "+standby, "DROP DATABASE IF EXISTS "+lost+" WITH (FORCE)")
	})
	return func() {
		t.Helper()
		alone(t, server, quote(name), "ALTER DATABASE "+quote(name)+" RENAME TO "+lost, "ALTER DATABASE "+standby+" RENAME TO "+quote(name))
	}
}

func serverOf(t testing.TB) *server {
	t.Helper()
	server, err := theServer()
	if err != nil {
		t.Fatalf("tsdbtest: no TimescaleDB for this test: %v", err)
	}
	return server
}

// alone runs statements while nobody is connected to a database, whose name is quoted.
func alone(t testing.TB, s *server, name string, list ...string) {
	t.Helper()
	statements(t, s, "ALTER DATABASE "+name+" WITH ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '"+strings.Trim(name, `"`)+"'")
	statements(t, s, list...)
}

func statements(t testing.TB, s *server, list ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, statement := range list {
		if err := s.exec(ctx, statement); err != nil {
			t.Fatalf("tsdbtest: %s: %v", statement, err)
		}
	}
}
