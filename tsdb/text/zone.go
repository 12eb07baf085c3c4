package text

import (
	"strings"
	"time"
	_ "time/tzdata" // so that zones are known on machines and in images that carry none
)

// Zone finds the time zone of an IANA name, such as Asia/Kathmandu; ok is false for everything else. What it finds is a zone for the database
// too, which is asked by the same name.
//
// It keeps out what is no name of the IANA database, though time.LoadLocation takes it or a file of it lies beside the zones: the machine's
// own zone, under which the same account would have other days on another machine, and zones that count leap seconds.
func Zone(name string) (zone *time.Location, ok bool) {
	if name == "" || len(name) > 64 || name[0] < 'A' || name[0] > 'Z' || name == "Local" || name == "Factory" || strings.Contains(name, "//") ||
		strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") != "" {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}
