package text

import (
	"strings"
	"time"
	_ "time/tzdata" // so that zones are known on machines and in images that carry none
)

// Zone returns the time zone of an IANA name, such as Asia/Kathmandu; ok is false for everything else. The database
// knows each zone that it returns by the same name.
//
// It refuses what is not a name of the IANA database, even if time.LoadLocation accepts it or a file of that name lies
// beside the zones: the machine's own zone, which would give the same account other days on another machine, and zones
// that count leap seconds.
func Zone(name string) (zone *time.Location, ok bool) {
	if name == "" || len(name) > 64 || name[0] < 'A' || name[0] > 'Z' || name == "Local" || name == "Factory" || strings.Contains(name, "//") ||
		strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") != "" {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}
