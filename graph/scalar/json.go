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

// UnmarshalJSON takes any value and returns it as JSON text.
func UnmarshalJSON(v any) (json.RawMessage, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, &Error{"JSON", "a value that JSON can write"}
	}
	return text, nil
}
