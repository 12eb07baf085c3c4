package files

import (
	"testing"
	"time"
)

// Times without a zone are read as strictly as those with one: a one-digit hour, a comma, and a leap second of a clock that has none are
// refused.
func TestTimesWithoutZone(t *testing.T) {
	t.Parallel()
	c, err := newClock(Profile{}, Options{Zone: "Asia/Kathmandu"})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2026-11-24T10:00:00": "2026-11-24T04:15:00Z", "2026-11-24 10:00:00.123456789": "2026-11-24T04:15:00.123456789Z", "2026-11-24t10:00": "2026-11-24T04:15:00Z",
		"2026-11-24": "2026-11-23T18:15:00Z", "2026-11-24T10:00:00Z": "2026-11-24T10:00:00Z", "2026-11-24 10:00:00+00": "2026-11-24T10:00:00Z",
	} {
		if got, err := c.read(text); err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%s: %v, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{
		"2026-11-24T9:30:00", "2026-11-24 9:30", "2026-11-24T10:00:00,5", "2026-11-24T10:00:00.", "2026-11-24T10:00:00.1234567890", "2026-11-31", "2026-11-24T24:00:00",
		"2026-06-30T23:59:60", "2026-06-30T23:59:60.5", "2026-11-24T10", "26-11-24", "2026-11-24T10:00:60", "1969-12-31T10:00:00", "10000-01-01", "2026-1-2T10:00:00",
	} {
		if got, err := c.read(text); err == nil {
			t.Errorf("%s is read as %v", text, got)
		}
	}
}

// Zones are those of the IANA database, and files read them like every other place that accepts a zone.
func TestZonesOfFiles(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"Local", "Factory", "posixrules", "posix/Europe/Berlin", "right/UTC", "localtime", "../UTC", "Europe//Berlin", "europe/berlin", "Mars", " UTC"} {
		if c, err := newClock(Profile{}, Options{Zone: zone}); err == nil {
			t.Errorf("%q is %v", zone, c.zone)
		}
	}
}
