package scalar

import (
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

var (
	errNoString = &Error{"String", "text"}
	errString   = &Error{"String", "text in UTF-8 without the character U+0000"}
)

// MarshalString writes a text as a JSON string.
func MarshalString(text string) graphql.Marshaler { return graphql.MarshalString(text) }

// UnmarshalString reads a text that PostgreSQL can store; everything else is an *Error.
func UnmarshalString(v any) (string, error) {
	text, ok := v.(string)
	switch {
	case !ok:
		return "", errNoString
	case !IsText(text):
		return "", errString
	}
	return text, nil
}

// IsText reports whether PostgreSQL can store a text: it must be UTF-8 without U+0000. JSON and GraphQL can escape that character, and URLs
// can escape bytes that are not UTF-8.
func IsText(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }
