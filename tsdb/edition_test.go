package tsdb

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

func TestProbeEdition(t *testing.T) {
	t.Parallel()
	e, err := ProbeEdition(t.Context(), tsdbtest.New(t), false)
	if err != nil || !newEnough(e.Version) || e.License == "" || e.PostgreSQL == "" {
		t.Errorf("%+v, %v", e, err)
	}
	empty, err := pgxpool.New(t.Context(), tsdbtest.NewEmptyURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	if e, err := ProbeEdition(t.Context(), empty, false); err != nil || e.Version != "" || !newEnough(e.available) {
		t.Errorf("before the first migration: %+v, %v", e, err)
	}
}

// An edition that cannot work is refused, with what to do about it.
func TestEditionsThatCannotWork(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]Edition{
		"install its package":                   {PostgreSQL: "17.12"},
		"shared_preload_libraries":              {available: "2.19.3"},
		"TimescaleDB 2.16.1 is too old: 2.17":   {Version: "2.16.1", License: community, loaded: true},
		"TimescaleDB 1.7 is too old":            {available: "1.7", loaded: true},
		"TimescaleDB devel is too old":          {Version: "devel", loaded: true},
		"texts are in SQL_ASCII, and must be":   {Version: "2.19.3", License: community, loaded: true, encoding: "SQL_ASCII"},
		"3 chunks are compressed, and cannot":   {Version: "2.19.3", License: "apache", loaded: true, compressed: 3},
		"compression is switched on, and the l": {Version: "2.19.3", License: "apache", loaded: true},
	} {
		if err := e.fault(true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", e, err, want)
		}
	}
	for _, e := range []Edition{
		{available: "2.19.3", loaded: true},
		{Version: "2.17.0", License: "apache", loaded: true, encoding: "UTF8"},
		{Version: "3.0.0", License: community, loaded: true, compressed: 3},
	} {
		if err := e.fault(false); err != nil {
			t.Errorf("%+v: %v", e, err)
		}
	}
}

func compressing(t *testing.T, now time.Time) *Store {
	t.Helper()
	settings := DefaultSettings()
	settings.Compress = true
	s, err := New(Config{Pool: tsdbtest.New(t), Clock: func() time.Time { return now }, Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const insertMinutes = `INSERT INTO usage_minute (account_id, bucket, resource_id, kind, category, credits)
SELECT 1, b, 1, 'HOSTING', 'MODELS', 1 FROM generate_series($1::timestamptz, $2, '1 day') b`

// Only what is older than 14 days and rolled up is compressed, and only under the Community licence; under the other
// one the statements get as far as the licence, and Compress says so.
func TestCompress(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC)
	s, ctx := compressing(t, now), t.Context()
	if _, err := s.pool.Exec(ctx, insertMinutes, now.AddDate(0, 0, -20), now); err != nil {
		t.Fatal(err)
	}
	_, err := s.pool.Exec(ctx, `INSERT INTO usage_delta SELECT 1, at, 1, 0, 'HOSTING', 'MODELS', 1, 0, 0, 0, 0 FROM (VALUES (timestamptz '2026-03-11 10:15Z'), ('2026-03-12 00:00Z')) v (at)`)
	if err != nil {
		t.Fatal(err)
	}
	chunks, err := s.compressibleChunks(ctx, "usage_minute")
	if err != nil || len(chunks) != 4 || !chunks[3].to.Equal(time.Date(2026, 3, 16, 0, 0, 0, 0, time.UTC)) {
		t.Fatalf("%d chunks: %+v, %v", len(chunks), chunks, err)
	}
	e, err := ProbeEdition(ctx, s.pool, false)
	if err != nil {
		t.Fatal(err)
	}
	if e.License != community {
		s.refusedByLicence(ctx, t, chunks[0])
		return
	}
	s.compressedAndLate(ctx, t, chunks)
}

func (s *Store) refusedByLicence(ctx context.Context, t *testing.T, c chunk) {
	t.Helper()
	if _, err := s.Compress(ctx, 10); err == nil || !strings.Contains(err.Error(), "compression is switched on") {
		t.Errorf("Compress: %v", err)
	}
	for table, order := range compressedTables() {
		_, err := s.pool.Exec(ctx, enableCompressionSQL(table, order))
		wantLicence(t, err)
	}
	_, err := s.pool.Exec(ctx, compressChunk, c.identifier())
	wantLicence(t, err)
}

func wantLicence(t *testing.T, err error) {
	t.Helper()
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != "0A000" || !strings.Contains(pg.Message, "apache") {
		t.Errorf("want a refusal by the licence, got %v", err)
	}
}

// compressedAndLate demands that a late row is readable at once, beside the compressed ones, and compressed by the next
// run.
func (s *Store) compressedAndLate(ctx context.Context, t *testing.T, chunks []chunk) {
	t.Helper()
	if done, err := s.Compress(ctx, 100); err != nil || done.Chunks != len(chunks) {
		t.Fatalf("%+v, %v", done, err)
	}
	late := chunks[0].from.Add(time.Hour)
	if _, err := s.pool.Exec(ctx, `INSERT INTO usage_delta SELECT 1, at, 1, 0, 'HOSTING', 'MODELS', 5, 0, 0, 0, 0 FROM unnest($1::timestamptz[]) at`,
		[]time.Time{late, chunks[0].from.Add(12 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RollUp(ctx, 100); err != nil {
		t.Fatal(err)
	}
	var sum int64
	if err := s.pool.QueryRow(ctx, `SELECT sum(credits) FROM usage_minute WHERE bucket < $1`, chunks[0].to).Scan(&sum); err != nil || sum != 11 {
		t.Errorf("the chunk holds %d, %v; want 1 compressed and twice 5 that came late", sum, err)
	}
	if done, err := s.Compress(ctx, 100); err != nil || done.Chunks != 1 {
		t.Errorf("the next run: %+v, %v", done, err)
	}
}

// Without the setting nothing is looked at.
func TestCompressIsOptIn(t *testing.T) {
	t.Parallel()
	s := compressing(t, time.Now())
	s.settings.Compress = false
	if done, err := s.Compress(t.Context(), 10); err != nil || done != (Compressed{}) {
		t.Errorf("%+v, %v", done, err)
	}
}
