package scalar

import (
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/tsdb/text"
)

var errTimeZone = &Error{"TimeZone", `the name of a zone of the IANA database, such as "Asia/Kathmandu"`}

// MarshalTimeZone writes the zone's IANA name.
func MarshalTimeZone(zone *time.Location) graphql.Marshaler { return quoted([]byte(zone.String())) }

// UnmarshalTimeZone returns the zone with an IANA name; everything else, including "Local", is an *Error.
func UnmarshalTimeZone(v any) (*time.Location, error) {
	name, _ := v.(string)
	zone, ok := text.Zone(name)
	if !ok {
		return nil, errTimeZone
	}
	return zone, nil
}
