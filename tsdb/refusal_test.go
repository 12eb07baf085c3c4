package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
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

// Refusals are remembered for their account only, as they came, and no longer than the setting says.
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
	if got := f.refusals(id, tsdb.RefusalFilter{Codes: []string{"CONFLICT"}, ID: new("stored")}); got.Total != 1 || got.Rows[0].Time != start {
		t.Errorf("filtered: %+v", got)
	}
	if got := f.refusals(id, tsdb.RefusalFilter{Codes: []string{}}); got.Total != 0 {
		t.Errorf("no code: %+v", got)
	}
	if got := f.refusals(id, tsdb.RefusalFilter{Endpoint: new("")}); got.Total != 0 {
		t.Errorf("no endpoint: %+v", got)
	}
	if got := f.refusals(id, tsdb.RefusalFilter{ID: new("")}); got.Total != 1 || got.Rows[0].Code != "ID_REQUIRED" {
		t.Errorf("without an id: %+v", got)
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

// A flood makes neither the memory nor the table grow, and does not keep other refusals from being remembered.
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

// refused returns the ids of a page of refusals, and the page.
func (f *fixture) refused(account int64, filter tsdb.RefusalFilter, p tsdb.Page) (ids []string, page tsdb.Paged[tsdb.Refusal]) {
	f.t.Helper()
	page, err := f.Refusals(f.ctx, account, filter, p, true)
	f.must(err)
	for _, r := range page.Rows {
		ids = append(ids, r.ID)
	}
	return ids, page
}

// Every filter leaves the same as a walk over all refusals, and pages of any size, in either direction, are parts of
// that list.
func TestRefusalsAreFilteredAndPaged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	log := tsdb.NewRefusalLog(f.Store)
	defer log.Stop()
	random := rand.New(rand.NewPCG(6, 6))
	var all []tsdb.Refusal // latest first
	for i := range 60 {
		f.clock.advance(time.Duration(random.IntN(3)) * time.Second)
		r := tsdb.Refusal{At: f.clock.now(), Endpoint: []string{"/v1/events", "recordUsage"}[random.IntN(2)], Source: []string{"", "s1", "s2"}[random.IntN(3)], ID: fmt.Sprint(i),
			Code: tsdb.UsageCode([]string{"CONFLICT", "UNKNOWN_TOOL"}[random.IntN(2)])}
		log.Note(id, r)
		all = append([]tsdb.Refusal{r}, all...)
	}
	log.Flush(f.ctx)
	for range 40 {
		var filter tsdb.RefusalFilter
		if random.IntN(2) == 0 {
			filter.Codes = [][]string{{"CONFLICT"}, {"CONFLICT", "UNKNOWN_TOOL"}, {}, {"OTHER"}}[random.IntN(4)]
		}
		filter.Source = []*string{nil, new(""), new("s1")}[random.IntN(3)]
		filter.Endpoint = []*string{nil, nil, new("recordUsage")}[random.IntN(3)]
		if random.IntN(2) == 0 {
			filter.From = all[random.IntN(len(all))].At // the first instant counts, the last does not
			filter.To = all[random.IntN(len(all))].At
		}
		var want []string
		for _, r := range all {
			if (filter.Codes == nil || slices.Contains(filter.Codes, string(r.Code))) && (filter.Source == nil || *filter.Source == r.Source) &&
				(filter.Endpoint == nil || *filter.Endpoint == r.Endpoint) && (filter.From.IsZero() || !r.At.Before(filter.From) && r.At.Before(filter.To)) {
				want = append(want, r.ID)
			}
		}
		got, page := f.refused(id, filter, tsdb.Page{Limit: 100})
		if !slices.Equal(got, want) || page.Total != len(want) {
			t.Fatalf("%+v leaves\n%v of %d, want\n%v", filter, got, page.Total, want)
		}
		f.refusedInPages(id, filter, want, 1+random.IntN(9), random.IntN(2) == 0)
	}
}

// refusedInPages demands that pages are parts of the whole list.
func (f *fixture) refusedInPages(id int64, filter tsdb.RefusalFilter, want []string, size int, backward bool) {
	f.t.Helper()
	p := tsdb.Page{Limit: size, Backward: backward}
	var got []string
	for {
		ids, page := f.refused(id, filter, p)
		if more := page.HasNext; !backward {
			if got = append(got, ids...); !more {
				break
			}
			p.After = []int64{page.Rows[len(ids)-1].No}
			continue
		}
		if got = append(ids, got...); !page.HasPrev {
			break
		}
		p.Before = []int64{page.Rows[0].No}
	}
	if !slices.Equal(got, want) {
		f.t.Fatalf("%+v in pages of %d, backward %v:\n%v, want\n%v", filter, size, backward, got, want)
	}
}

// Noting and writing by many at once loses nothing but what is counted as lost. After its end a log accepts nothing
// more, and ending it twice, or where there is none, does no harm.
func TestRefusalsAreNotedByMany(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	log := tsdb.NewRefusalLog(f.Store)
	f.inParallel(func(writer int) error {
		for range 40 {
			log.Note(id, tsdb.Refusal{Code: "X", Source: fmt.Sprint(writer)})
		}
		if writer%8 == 0 {
			log.Flush(f.ctx)
		}
		return nil
	})
	log.Stop()
	log.Stop()
	kept := f.count(`SELECT count(*) FROM usage_refusal WHERE account_id = $1`, id)
	if kept+log.Lost() != writers*40 || kept == 0 {
		t.Errorf("%d are kept and %d lost of %d", kept, log.Lost(), writers*40)
	}
	lost := log.Lost()
	log.Note(id, tsdb.Refusal{Code: "LATE"})
	log.Flush(f.ctx)
	if n := f.count(`SELECT count(*) FROM usage_refusal WHERE account_id = $1 AND code = 'LATE'`, id); n != 0 || log.Lost() != lost+1 {
		t.Errorf("after its end %d are written, %d lost", n, log.Lost()-lost)
	}
	var none *tsdb.RefusalLog
	none.Note(id, tsdb.Refusal{})
	none.Stop()
	if none.Lost() != 0 {
		t.Error("no log has lost something")
	}
}

// What the database does not accept is lost and counted, and later refusals are written again. Old refusals are deleted
// at the instant at which they are as old as the setting, whatever other accounts have.
func TestRefusalsThatAreLostAndForgotten(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	log := tsdb.NewRefusalLog(f.Store)
	defer log.Stop()
	f.exec(`ALTER TABLE usage_refusal RENAME TO elsewhere`)
	for range 3 {
		log.Note(id, tsdb.Refusal{Code: "X"})
	}
	log.Flush(f.ctx)
	f.exec(`ALTER TABLE elsewhere RENAME TO usage_refusal`)
	if log.Lost() != 3 || f.rows("usage_refusal") != 0 {
		t.Errorf("%d are lost, %d written", log.Lost(), f.rows("usage_refusal"))
	}
	log.Note(id, tsdb.Refusal{Code: "X"})
	log.Flush(f.ctx)
	f.clock.advance(7 * day)
	for _, c := range []struct {
		after   time.Duration
		dropped int64
	}{{0, 0}, {time.Microsecond, 1}} {
		f.clock.advance(c.after)
		if listed := int64(f.refusals(id, tsdb.RefusalFilter{}).Total); listed != 1-c.dropped {
			t.Errorf("%v after seven days %d are listed", c.after, listed)
		}
		if n, err := f.DropRefusals(f.ctx); err != nil || n != c.dropped {
			t.Errorf("%v after seven days %d went, %v", c.after, n, err)
		}
	}
}
