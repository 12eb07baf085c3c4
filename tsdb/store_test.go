package tsdb_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// The defaults are valid; each setting is valid at its bounds, and beyond them is refused under the name that an
// operator sets it by.
func TestBoundsOfSettings(t *testing.T) {
	t.Parallel()
	const century, most = 100 * 366 * day, 1_000_000_000_000
	if err := tsdb.DefaultSettings().Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for name, c := range map[string]struct {
		set  func(s *tsdb.Settings, n int64)
		good []int64
		bad  []int64
	}{
		"free-runs":           {func(s *tsdb.Settings, n int64) { s.FreeRuns = n }, []int64{math.MinInt64, -1, 1, most}, []int64{most + 1, math.MaxInt64}},
		"free-term":           {func(s *tsdb.Settings, n int64) { s.FreeTerm = time.Duration(n) }, []int64{1e9, int64(century)}, []int64{-1, 1, 1e9 - 1, int64(century) + 1, math.MaxInt64}},
		"event-retention":     {func(s *tsdb.Settings, n int64) { s.EventRetention = time.Duration(n) }, []int64{int64(2 * day), int64(century)}, []int64{-1, int64(2*day) - 1, int64(century) + 1}},
		"quarter-months":      {func(s *tsdb.Settings, n int64) { s.QuarterMonths = int(n) }, []int64{1, 1200}, []int64{-1, 1201}},
		"reservation-timeout": {func(s *tsdb.Settings, n int64) { s.ReservationTimeout = time.Duration(n) }, []int64{1e9, int64(day)}, []int64{-1, 1e9 - 1, int64(day) + 1}},
		"max-provisioned":     {func(s *tsdb.Settings, n int64) { s.MaxProvisioned = int(n) }, []int64{1, 1_000_000}, []int64{-1, 1_000_001}},
		"attribution-values":  {func(s *tsdb.Settings, n int64) { s.AttributionValues = int(n) }, []int64{1, 1_000_000}, []int64{-1, 1_000_001}},
		"attributions":        {func(s *tsdb.Settings, n int64) { s.Attributions = int(n) }, []int64{1, 10_000_000}, []int64{-1, 10_000_001}},
		"refusal-retention":   {func(s *tsdb.Settings, n int64) { s.RefusalRetention = time.Duration(n) }, []int64{int64(time.Hour), int64(90 * day)}, []int64{-1, int64(time.Hour) - 1, int64(90*day) + 1}},
		"mail-pause":          {func(s *tsdb.Settings, n int64) { s.MailPause = time.Duration(n) }, []int64{1e9, int64(30 * day)}, []int64{-1, 1e9 - 1, int64(30*day) + 1}},
	} {
		for _, n := range c.good {
			s := tsdb.DefaultSettings()
			if c.set(&s, n); s.Validate() != nil {
				t.Errorf("%s %d: %v", name, n, s.Validate())
			}
		}
		for _, n := range c.bad {
			s := tsdb.DefaultSettings()
			c.set(&s, n)
			if err := s.Validate(); err == nil || !strings.HasPrefix(err.Error(), name+": ") {
				t.Errorf("%s %d: %v", name, n, err)
			}
		}
	}
	for credits, sound := range map[string]bool{"0": true, "75": true, "0.000001": true, "1000000000000": true, "1000000000000.000001": false, "-1": false, "": false, "x": false,
		"0.0000001": false, "99999999999999999999": false} {
		s := tsdb.DefaultSettings()
		s.FreeCredits = credits
		if err := s.Validate(); (err == nil) != sound {
			t.Errorf("free-credits %q: %v", credits, err)
		}
	}
	all := tsdb.Settings{}
	if err := all.Validate(); err == nil || strings.Count(err.Error(), "\n") != 9 {
		t.Errorf("all that is wrong is told at once: %v", err)
	}
}

// A setting that is left out has its default, and one that is set stays; a store needs a database and a clock.
func TestSettingsInForce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if f.Settings() != tsdb.DefaultSettings() {
		t.Errorf("%+v", f.Settings())
	}
	set := tsdb.Settings{FreeCredits: "0", FreeRuns: -1, FreeTerm: 1, EventRetention: 2, QuarterMonths: 3, ReservationTimeout: 4, SupportContact: "a", ConsoleURL: "b", MaxAhead: 5,
		OutboxRetention: 6, MaxProvisioned: 7, MailPause: 8, AttributionValues: 9, Attributions: 10, RefusalRetention: 11, MailDomain: "c", Compress: true}
	s, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: f.clock.now, Settings: set})
	f.must(err)
	if s.Settings() != set {
		t.Errorf("%+v", s.Settings())
	}
	for _, c := range []tsdb.Config{{}, {Pool: f.pool}, {Clock: f.clock.now}} {
		if _, err := tsdb.New(c); err == nil {
			t.Error("a store of nothing")
		}
	}
	zoned, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: func() time.Time { return start.In(zone(t, "Asia/Kathmandu")) }})
	f.must(err)
	if now := zoned.Now(); now.Location() != time.UTC || !now.Equal(start) {
		t.Errorf("the clock says %v", now)
	}
}

// A new account gets what the settings give: nothing if they give nothing, and free grants that end to the second.
func TestFreeGrantsOfTheSettings(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i, c := range []struct {
		credits string
		runs    int64
		want    int64
	}{{"0", -1, 0}, {"0.000001", -1, 1}, {"0", 5, 1}, {"12.5", 1, 2}} {
		s, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: f.clock.now, Settings: tsdb.Settings{FreeCredits: c.credits, FreeRuns: c.runs, FreeTerm: time.Second}})
		f.must(err)
		id, err := s.CreateAccount(f.ctx, tsdb.NewAccount{Name: "A", IdempotencyKey: f.key()}, tsdb.Actor{})
		f.must(err)
		if n := f.count(`SELECT count(*) FROM credit_grant WHERE account_id = $1 AND amount > 0`, id); n != c.want {
			t.Errorf("%d: %d grants, want %d", i, n, c.want)
		}
		a, err := s.Account(f.ctx, id)
		f.must(err)
		f.clock.advance(time.Second)
		later, err := s.Account(f.ctx, id)
		f.must(err)
		if a.Runs.Balance() != max(0, later.Runs.Balance()) && later.Runs.Balance() != 0 || later.Credits.Balance() != 0 || later.Runs.Balance() != 0 {
			t.Errorf("%d: %d and %d are left after their second", i, later.Credits.Balance(), later.Runs.Balance())
		}
	}
}

// What a package keeps beside the store is made once, whoever asks first.
func TestKeptIsMadeOnce(t *testing.T) {
	t.Parallel()
	s := &tsdb.Store{}
	type key struct{}
	kept := make(chan any, 64)
	for range cap(kept) {
		go func() { kept <- s.Kept(key{}, new(int)) }()
	}
	first := <-kept
	for range cap(kept) - 1 {
		if other := <-kept; other != first {
			t.Fatal("two are kept")
		}
	}
	if s.Kept("another", 1) == first {
		t.Error("another key is the same")
	}
}
