package tsdb

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Edition says which TimescaleDB answers: its version, and the licence that decides what it offers.
type Edition struct {
	Version    string `json:"version"`    // of the extension in this database; "": not created yet
	License    string `json:"license"`    // timescale: Community; apache: without columnar compression
	PostgreSQL string `json:"postgresql"` // version of the server

	available  string // version that the server would create; "": not installed
	loaded     bool   // it is in shared_preload_libraries
	compressed int64  // chunks that only the Community edition can read
	encoding   string // of the database's texts
}

// oldestMajor and oldestMinor are the oldest version of TimescaleDB that this program works with.
const oldestMajor, oldestMinor = 2, 17

// community is the licence of the edition that compresses.
const community = "timescale"

// timescaledb.disable_load is known to a server that loaded the extension's loader when it started; the licence is
// known to a database that has the extension.
const selectEdition = `-- name: probe edition
SELECT coalesce((SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'), ''), coalesce(current_setting('timescaledb.license', true), ''),
  current_setting('server_version'), coalesce((SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb'), ''),
  current_setting('timescaledb.disable_load', true) IS NOT NULL, getdatabaseencoding()`

const countCompressed = `-- name: count compressed chunks
SELECT count(*) FROM timescaledb_information.chunks WHERE is_compressed`

// ProbeEdition reads the edition and refuses one that cannot work, in words for the operator. compress says that chunks
// are to be compressed. It may be called before the first migration, which creates the extension.
func ProbeEdition(ctx context.Context, pool *pgxpool.Pool, compress bool) (Edition, error) {
	var e Edition
	if err := pool.QueryRow(ctx, selectEdition).Scan(&e.Version, &e.License, &e.PostgreSQL, &e.available, &e.loaded, &e.encoding); err != nil {
		return e, fmt.Errorf("probe edition: %w", err)
	}
	e.PostgreSQL, _, _ = strings.Cut(e.PostgreSQL, " ")
	// The view belongs to the extension: before that is created, or without its library, reading the view is an error.
	if e.Version != "" && e.loaded {
		if err := pool.QueryRow(ctx, countCompressed).Scan(&e.compressed); err != nil {
			return e, fmt.Errorf("probe edition: %w", err)
		}
	}
	return e, e.fault(compress)
}

// fault says why this edition cannot work; nil means that it can.
func (e Edition) fault(compress bool) error {
	// Before the first migration, what counts is the version that the migration will create.
	version := e.Version
	if version == "" {
		version = e.available
	}
	switch {
	case version == "":
		return errors.New("the database server has no TimescaleDB: install its package, or use an image that has it")
	case !e.loaded:
		return errors.New("the database server does not load TimescaleDB: add timescaledb to shared_preload_libraries and restart PostgreSQL")
	case !newEnough(version):
		return fmt.Errorf("TimescaleDB %s is too old: %d.%d or newer is needed; after an upgrade of its package, ALTER EXTENSION timescaledb UPDATE", version, oldestMajor, oldestMinor)
	case e.encoding != "" && e.encoding != "UTF8": // initdb chooses SQL_ASCII where the locale is C
		return fmt.Errorf("the database's texts are in %s, and must be in UTF8: make it by CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8'", e.encoding)
	case e.Version == "" || e.License == community:
		return nil
	case e.compressed > 0:
		return fmt.Errorf("%d chunks are compressed, and cannot be read under the licence %q: set timescaledb.license to %s, of the Community edition", e.compressed, e.License, community)
	case compress:
		return fmt.Errorf("compression is switched on, and the licence %q of this TimescaleDB does not offer it: use the Community edition, or switch compression off", e.License)
	}
	return nil
}

// newEnough reports whether a version such as 2.19.3 is new enough. One that is not made of numbers is not known to be.
func newEnough(version string) bool {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return false
	}
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	return err1 == nil && err2 == nil && (major > oldestMajor || major == oldestMajor && minor >= oldestMinor)
}
