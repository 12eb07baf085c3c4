package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// CompressAfter is the age at which a chunk is compressed. Late events are rare by then, and those that come are still
// right: TimescaleDB keeps them beside the compressed rows until the next run. A compressed chunk takes a fraction of
// the space, and is slower to change row by row.
const CompressAfter = 14 * wholeDay

// Compressed says what a run of compression did.
type Compressed struct {
	Chunks int  // compressed, or compressed again with what came late
	Busy   bool // it stopped, because something else holds what it needs
	Left   bool // limit was reached: there may be more to do
}

// compressedTables returns the tables that are compressed, with the order of their rows within an account.
func compressedTables() map[string]string {
	return map[string]string{"usage_event": "time, source, event_id", "usage_minute": "bucket, resource_id, deployment_id, kind"}
}

// Compress compresses at most limit chunks of events and minutes that are older than CompressAfter and rolled up. It
// does nothing unless Settings.Compress is set, and refuses under a licence that does not offer compression.
func (s *Store) Compress(ctx context.Context, limit int) (Compressed, error) {
	var done Compressed
	if !s.settings.Compress {
		return done, nil
	}
	// So that the operator hears in our words about a licence without compression, before the first chunk fails in
	// PostgreSQL's.
	if _, err := ProbeEdition(ctx, s.pool, true); err != nil {
		return done, fmt.Errorf("compress: %w", err)
	}
	for table, order := range compressedTables() {
		if err := s.enableCompression(ctx, table, order); err != nil {
			return done, err
		}
		chunks, err := s.compressibleChunks(ctx, table)
		if err != nil {
			return done, err
		}
		for _, c := range chunks {
			// Checked before each chunk and not after the last one, so that Left means that there is another.
			if done.Left = done.Chunks >= limit; done.Left {
				return done, nil
			}
			if err := s.compress(ctx, c, &done); err != nil || done.Busy {
				return done, err
			}
		}
	}
	return done, nil
}

const selectCompression = `-- name: is compression enabled
SELECT compression_enabled FROM timescaledb_information.hypertables WHERE hypertable_name = $1`

// enableCompression sets how a table is compressed, unless that is set already.
func (s *Store) enableCompression(ctx context.Context, table, order string) error {
	var enabled bool
	if err := s.pool.QueryRow(ctx, selectCompression, table).Scan(&enabled); err != nil {
		return fmt.Errorf("look at compression of %s: %w", table, err)
	}
	if enabled {
		return nil
	}
	if _, err := s.pool.Exec(ctx, enableCompressionSQL(table, order)); err != nil {
		return fmt.Errorf("enable compression of %s: %w", table, err)
	}
	return nil
}

// enableCompressionSQL keeps an account's rows together, because every question names the account.
func enableCompressionSQL(table, order string) string {
	return "-- name: enable compression\nALTER TABLE " + table + " SET (timescaledb.compress, timescaledb.compress_segmentby = 'account_id', timescaledb.compress_orderby = '" + order + "')"
}

// chunk_status consists of bits: 1 compressed, 2 unordered, 8 with rows beside the compressed ones. The last two ask
// for another run. A chunk waits while it has rows to be rolled up, since those would go into it right away.
const selectCompressible = `-- name: find chunks to compress
SELECT c.chunk_schema::text, c.chunk_name::text, c.range_start, c.range_end FROM timescaledb_information.chunks c
WHERE c.hypertable_name = $1 AND c.range_end <= $2
  AND _timescaledb_functions.chunk_status(format('%I.%I', c.chunk_schema, c.chunk_name)::regclass) & 11 <> 1
  AND NOT EXISTS (SELECT FROM usage_delta d WHERE d.bucket >= c.range_start AND d.bucket < c.range_end)
ORDER BY c.range_start`

func (s *Store) compressibleChunks(ctx context.Context, table string) ([]chunk, error) {
	return s.chunks(ctx, selectCompressible, table, s.Now().Add(-CompressAfter))
}

const compressChunk = `-- name: compress a chunk
SELECT compress_chunk($1::text::regclass, if_not_compressed => true)`

// compress compresses one chunk and keeps the roll-up out of it meanwhile. Each chunk is a transaction of its own: its
// locks are held as briefly as possible, and what is done stays done.
func (s *Store) compress(ctx context.Context, c chunk, done *Compressed) error {
	err := s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if err := lockRollUp(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, compressChunk, c.identifier())
		return err
	})
	switch {
	case pg.HasState(err, lockTimedOut):
		done.Busy = true
	case err != nil:
		return fmt.Errorf("compress %s of %s: %w", c.name, c.from.Format(time.DateOnly), err)
	default:
		done.Chunks++
	}
	return nil
}
