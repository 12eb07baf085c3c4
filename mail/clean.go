package mail

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
)

// maxField bounds one text in an e-mail's data, in runes; a longer one is cut. Names are far shorter.
const maxField = 2000

// cleanJSON returns raw with every string cleaned, so that no name can end a line, a header or a paragraph.
func cleanJSON(raw json.RawMessage) ([]byte, error) {
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(cleanValue(v))
}

func cleanValue(v any) any {
	switch v := v.(type) {
	case string:
		return clean(v)
	case []any:
		for i := range v {
			v[i] = cleanValue(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = cleanValue(v[k])
		}
	}
	return v
}

// clean turns s into one line of printable text: control characters and line breaks become spaces, runs of spaces become one space, and
// invisible characters that could reverse the reading direction or hide text are removed.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(cleanRune, s)
	return shorten(strings.Join(strings.Fields(s), " "), maxField)
}

func cleanRune(r rune) rune {
	switch {
	case unicode.IsControl(r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
		return ' '
	case r == '\u200c' || r == '\u200d': // joiners belong to the spelling of some languages, and to emoji
		return r
	case unicode.Is(unicode.Cf, r):
		return -1
	}
	return r
}

// shorten cuts s to at most n runes and marks the cut.
func shorten(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n-1]) + "…"
}
