package scalar

import (
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/tsdb/text"
)

var errTimeZone = &Error{"TimeZone", `the name of a zone of the IANA database, such as "Asia/Kathmandu"`}

// MarshalTimeZone writes the zone's IANA name.
func MarshalTimeZone(zone *time.Location) graphql.Marshaler { return quoted([]byte(zone.String())) }

// UnmarshalTimeZone finds the zone of an IANA name; everything else, also "Local", is an *Error.
func UnmarshalTimeZone(v any) (*time.Location, error) {
	name, _ := v.(string)
	zone, ok := text.Zone(name)
	if !ok {
		return nil, errTimeZone
	}
	return zone, nil
}
