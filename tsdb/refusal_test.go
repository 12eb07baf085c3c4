package tsdb_test

import (
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

func (f *fixture) refusals(account int64, filter tsdb.RefusalFilter) tsdb.Paged[tsdb.Refusal] {
	f.t.Helper()
	page, err := f.Refusals(f.ctx, account, filter, tsdb.Page{Limit: 100}, true)
	f.must(err)
	return page
}

// What is refused is remembered of its account alone, as it came, and no longer than the setting says.
func TestRefusalsAreRemembered(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	log := tsdb.NewRefusalLog(f.Store)
	defer log.Stop()
	events := []tsdb.UsageEvent{runs(id, tool, "stored", start, 1), runs(id, 1<<40, "unknown", start, 1), runs(id, tool, "stored", start, 2), runs(id, tool, "", start, 1),
		runs(id, tool, "ahead", start.Add(time.Hour), 1)}
	results := f.ingest(tsdb.Record, events...)
	for i := range results {
		if r, ok := tsdb.RefusalOf("/v1/events", &events[i], &results[i]); ok {
			log.Note(id, r)
		}
	}
	log.Note(1<<40, tsdb.Refusal{Code: "X"})
	log.Note(0, tsdb.Refusal{Code: "X"})
	log.Note(other, tsdb.Refusal{Endpoint: "consume", Source: strings.Repeat("ü", 300), ID: "a\x00b\xff", Time: time.Unix(1<<60, 0), Code: "MALFORMED", Message: "no"})
	log.Flush(f.ctx)
	page := f.refusals(id, tsdb.RefusalFilter{})
	codes := ""
	for _, r := range page.Rows {
		codes += string(r.Code) + " " + r.ID + ", "
		if !r.At.Equal(start) || r.Endpoint != "/v1/events" || r.Message == "" || r.Kind != tsdb.ToolRun {
			t.Errorf("%+v", r)
		}
	}
	if codes != "TIME_AHEAD ahead, ID_REQUIRED , CONFLICT stored, UNKNOWN_TOOL unknown, " || page.Total != 4 || log.Lost() != 0 {
		t.Errorf("%s of %d, %d lost", codes, page.Total, log.Lost())
	}
	if got := f.refusals(id, tsdb.RefusalFilter{Codes: []string{"CONFLICT"}, ID: "stored"}); got.Total != 1 || got.Rows[0].Time != start {
		t.Errorf("filtered: %+v", got)
	}
	if got := f.refusals(id, tsdb.RefusalFilter{Codes: []string{}}); got.Total != 0 {
		t.Errorf("no code: %+v", got)
	}
	strange := f.refusals(other, tsdb.RefusalFilter{}).Rows
	if len(strange) != 1 || strange[0].ID != "a\uFFFDb\uFFFD" || len(strange[0].Source) > 200 || !strange[0].Time.IsZero() {
		t.Errorf("%+v", strange)
	}
	if n := f.rows("usage_refusal"); n != 5 {
		t.Errorf("%d rows", n)
	}
	f.clock.advance(8 * 24 * time.Hour)
	if got := f.refusals(id, tsdb.RefusalFilter{}); got.Total != 0 {
		t.Errorf("after eight days: %+v", got)
	}
	if n, err := f.DropRefusals(f.ctx); err != nil || n != 5 || f.rows("usage_refusal") != 0 {
		t.Errorf("dropped %d, %v", n, err)
	}
}

// A flood neither grows the memory nor the table, nor keeps others from being remembered.
func TestRefusalsAreBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	log := tsdb.NewRefusalLog(f.Store)
	defer log.Stop()
	_, err := f.pool.Exec(f.ctx, `INSERT INTO usage_refusal (account_id, at, endpoint, source, event_id, kind, code, message)
SELECT $1, $2::timestamptz, '', '', '', '', 'OLD', '' FROM generate_series(1, 10000)`, id, start)
	f.must(err)
	for range 5000 {
		log.Note(id, tsdb.Refusal{Code: "NEW"})
	}
	log.Note(other, tsdb.Refusal{Code: "NEW"})
	log.Flush(f.ctx)
	if n := f.refusals(id, tsdb.RefusalFilter{}).Total; n != tsdb.MaxRefusals {
		t.Errorf("%d of the flood are kept", n)
	}
	kept := f.refusals(id, tsdb.RefusalFilter{Codes: []string{"NEW"}}).Total
	if kept < 500 || int64(kept)+log.Lost() != 5000 || f.refusals(other, tsdb.RefusalFilter{}).Total != 1 {
		t.Errorf("%d kept, %d lost", kept, log.Lost())
	}
}
