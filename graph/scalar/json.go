package scalar

import (
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
)

// MarshalJSON writes v, which must be valid JSON, as it stands; an empty v is null.
func MarshalJSON(v json.RawMessage) graphql.Marshaler {
	if len(v) == 0 {
		return graphql.Null
	}
	return raw(v)
}

// UnmarshalJSON always refuses: no input of the schema is of type JSON.
func UnmarshalJSON(any) (json.RawMessage, error) {
	return nil, &Error{"JSON", "nothing; it is for output only"}
}
