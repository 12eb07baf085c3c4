package server

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// edition is which TimescaleDB answers: its version, and the licence that decides what it offers.
type edition struct {
	Version string `json:"version"`
	License string `json:"license"` // timescale: Community; apache: without columnar compression
}

// Oldest TimescaleDB that this program works with.
const oldestMajor, oldestMinor = 2, 17

// probeEdition reads the edition and refuses one that cannot work, in words for the operator.
func probeEdition(ctx context.Context, pool *pgxpool.Pool) (edition, error) {
	var e edition
	err := pool.QueryRow(ctx, `-- name: probe edition
SELECT extversion, coalesce(current_setting('timescaledb.license', true), '') FROM pg_extension WHERE extname = 'timescaledb'`).Scan(&e.Version, &e.License)
	if errors.Is(err, pgx.ErrNoRows) {
		return e, errors.New("the database lacks the extension timescaledb: install it, add it to shared_preload_libraries and run usagegraph migrate")
	}
	if err != nil {
		return e, fmt.Errorf("probe edition: %w", err)
	}
	if !e.newEnough() {
		return e, fmt.Errorf("TimescaleDB %s is too old: %d.%d or newer is needed", e.Version, oldestMajor, oldestMinor)
	}
	return e, nil
}

func (e edition) newEnough() bool {
	parts := strings.SplitN(e.Version, ".", 3)
	if len(parts) < 2 {
		return false
	}
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	return err1 == nil && err2 == nil && (major > oldestMajor || major == oldestMajor && minor >= oldestMinor)
}
