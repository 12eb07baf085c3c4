package charts

import (
	"slices"
	"testing"
	"time"
)

// The shifts of a zone's clocks give its hours and weekdays, even if they move by half an hour, twice more a year for
// Ramadan, or by two hours at once.
func TestClockShifts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Asia/Kathmandu", "Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Chatham",
		"Africa/Casablanca", "Antarctica/Troll", "Pacific/Apia"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		from, to := time.Date(2024, 10, 31, 0, 15, 0, 0, time.UTC), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
		starts, shifts := clockShifts(zone, from, to)
		for at := from; at.Before(to); at = at.Add(15 * time.Minute) {
			n, found := slices.BinarySearchFunc(starts, at, time.Time.Compare)
			if !found {
				n--
			}
			local, shown := at.Unix()+shifts[n], at.In(zone)
			if int(local%86400/3600) != shown.Hour() || (local/86400+3)%7+1 != int64(shown.Weekday()+6)%7+1 {
				t.Fatalf("%s: %v is %v", name, at, shown)
			}
		}
	}
}
