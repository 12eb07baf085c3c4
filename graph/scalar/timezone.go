package scalar

import (
	"strings"
	"time"
	_ "time/tzdata" // so that zones are known on machines and in images that carry none

	"github.com/99designs/gqlgen/graphql"
)

var errTimeZone = &Error{"TimeZone", `the name of a zone of the IANA database, such as "Asia/Kathmandu"`}

// MarshalTimeZone writes the zone's IANA name.
func MarshalTimeZone(zone *time.Location) graphql.Marshaler { return quoted([]byte(zone.String())) }

// UnmarshalTimeZone finds the zone of an IANA name; everything else, also "Local", is an *Error.
func UnmarshalTimeZone(v any) (*time.Location, error) {
	name, ok := v.(string)
	if !ok || !zoneName(name) {
		return nil, errTimeZone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, errTimeZone
	}
	return zone, nil
}

// zoneName keeps out what is no name of the database, though a file of it may lie beside the zones: the machine's own
// zone, and zones that count leap seconds.
func zoneName(name string) bool {
	if name == "" || len(name) > 64 || name[0] < 'A' || name[0] > 'Z' || name == "Local" || name == "Factory" {
		return false
	}
	return strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") == "" &&
		!strings.Contains(name, "//")
}
