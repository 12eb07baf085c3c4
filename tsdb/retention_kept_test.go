package tsdb

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// What charts promise of hours in any time zone is still there: on any day, retention drops quarter-hours no sooner
// than the rule of ranges says, and not weeks later either.
func TestQuarterHoursAreKeptForEveryZone(t *testing.T) {
	t.Parallel()
	var zones []*time.Location
	for _, name := range []string{"UTC", "Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, zone)
	}
	for _, months := range []int{1, 2, 12, 25, 1200} {
		var now time.Time
		s := &Store{clock: func() time.Time { return now }, settings: Settings{QuarterMonths: months, EventRetention: 48 * time.Hour}.withDefaults()}
		promise := billing.Retention{MinuteDays: 2, QuarterMonths: months}
		for now = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC); now.Year() < 2029; now = now.Add(11 * time.Hour) { // 2028 has a leap day
			for _, table := range []string{"usage_quarter", "attributed_quarter"} {
				kept := s.keptSince(table)
				for _, zone := range zones {
					since, _ := promise.KeptSince(billing.Hour, now, zone)
					if kept.After(since) || since.Sub(kept) > 6*24*time.Hour {
						t.Fatalf("%d months, %s in %s: %s is kept since %s, promised since %s", months, now, zone, table, kept, since)
					}
				}
			}
		}
	}
}

// Events and minutes are kept for days, counted in hours, and an hour more; quarter-hours that would be dropped sooner
// stay as long.
func TestWhatIsKeptForDays(t *testing.T) {
	t.Parallel()
	now := time.Date(2028, 3, 1, 0, 30, 0, 0, time.UTC)
	s := &Store{clock: func() time.Time { return now }, settings: Settings{QuarterMonths: 1, EventRetention: 400 * 24 * time.Hour}.withDefaults()}
	want := now.Add(-400*24*time.Hour - time.Hour)
	for _, t1 := range retainedTables() {
		if got := s.keptSince(t1.table); !got.Equal(want) {
			t.Errorf("%s is kept since %s, want %s", t1.table, got, want)
		}
	}
}

// later and earlier ignore a zero first time.
func TestLaterAndEarlier(t *testing.T) {
	t.Parallel()
	a, b := time.Unix(1, 0), time.Unix(2, 0)
	for _, c := range []struct{ x, y, later, earlier time.Time }{{a, b, b, a}, {b, a, b, a}, {a, a, a, a}, {time.Time{}, b, b, b}} {
		if got := later(c.x, c.y); !got.Equal(c.later) {
			t.Errorf("later(%v, %v) is %v", c.x, c.y, got)
		}
		if got := earlier(c.x, c.y); !got.Equal(c.earlier) {
			t.Errorf("earlier(%v, %v) is %v", c.x, c.y, got)
		}
	}
}
