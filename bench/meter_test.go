package bench

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

const (
	meterAccounts = 500
	meterSegments = 40 // of each account
)

// BenchmarkMeterTick posts one more minute for 20,000 running segments. Bare is the least that must be written, a ledger row and a chart
// row for each segment, by INSERT … SELECT in one transaction, into tables with the same keys.
func BenchmarkMeterTick(b *testing.B) {
	f := newFleet(b, meterAccounts)
	now := time.Now().UTC().Truncate(time.Minute).Add(-12 * time.Hour)
	store, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: func() time.Time { return now }})
	f.must(err)
	f.host(now)
	f.bareMeter()
	minute := now
	versus(b, "segments", func() (int, func()) {
		minute = minute.Add(time.Minute)
		return meterAccounts * meterSegments, func() { f.insertMinute(minute) }
	}, func() (int, func()) {
		now = now.Add(time.Minute)
		return meterAccounts * meterSegments, func() {
			_, err := store.Tick(b.Context(), tsdb.MeterShard)
			f.must(err)
		}
	})
}

// host starts the segments.
func (f *fleet) host(at time.Time) {
	f.exec(`UPDATE balance SET posted_until = $1, cycle_end = $1::timestamptz + interval '20 days'`, at)
	f.exec(`INSERT INTO deployment (account_id, resource_id, category, name, type, status, hardware, cpu_count, replicas, rate, created_at, deployed_at, updated_at)
SELECT r.account_id, r.resource_id, 'MODELS', 'eu ' || n, 'OPEN_SOURCE', 'DEPLOYED', 'g6.xlarge', 0, 1, 1207200, $1, $1, $1 FROM resource r, generate_series(1, $2) n`, at, meterSegments)
	f.exec(`INSERT INTO segment (account_id, deployment_id, resource_id, category, hardware, replicas, rate, started_at)
SELECT account_id, deployment_id, resource_id, category, hardware, replicas, rate, created_at FROM deployment`)
	f.exec(`ANALYZE segment, balance, deployment`)
}

func (f *fleet) bareMeter() {
	f.exec(`CREATE TABLE bare_ledger (account_id bigint, entry_no bigint, segment_id bigint NOT NULL, amount bigint NOT NULL, balance_after bigint NOT NULL,
  posted_at timestamptz NOT NULL, minute timestamptz NOT NULL, PRIMARY KEY (account_id, entry_no, posted_at))`)
	f.exec(`CREATE TABLE bare_minute (account_id bigint, bucket timestamptz, resource_id bigint, deployment_id bigint, kind text, credits bigint NOT NULL,
  PRIMARY KEY (account_id, bucket, resource_id, deployment_id, kind))`)
}

func (f *fleet) insertMinute(minute time.Time) {
	ctx := f.b.Context()
	tx, err := f.pool.Begin(ctx)
	f.must(err)
	_, err = tx.Exec(ctx, `INSERT INTO bare_ledger (account_id, entry_no, segment_id, amount, balance_after, posted_at, minute)
SELECT account_id, extract(epoch FROM $1::timestamptz)::bigint * 100 + row_number() OVER (PARTITION BY account_id ORDER BY segment_id), segment_id,
  -(rate * replicas * 60 + 1800) / 3600, 0, $1, $1 FROM segment WHERE ended_at IS NULL`, minute)
	f.must(err)
	_, err = tx.Exec(ctx, `INSERT INTO bare_minute (account_id, bucket, resource_id, deployment_id, kind, credits)
SELECT account_id, $1, resource_id, deployment_id, 'HOSTING', (rate * replicas * 60 + 1800) / 3600 FROM segment WHERE ended_at IS NULL`, minute)
	f.must(err)
	f.must(tx.Commit(ctx))
}
