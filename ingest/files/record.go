package files

import (
	"strings"
)

// record is a row of a file: values by the names of their columns. A value that is empty, null or missing is "".
type record struct {
	place  int // its line, from 1; in formats without lines, its number
	names  []string
	values []string
	at     map[string]int    // by folded name
	wrong  map[string]string // why columns cannot be used, by folded name; nil: all can
}

// fold returns the same name for all spellings of a name: case, blanks, hyphens and underscores do not matter. Points do, because they lead
// into objects.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(strings.TrimSpace(name)))
}

// name adds a column.
func (r *record) name(name string) {
	folded := fold(name)
	if _, met := r.at[folded]; met {
		r.spoil(folded, "several columns have this name")
	}
	r.at[folded] = len(r.names)
	r.names = append(r.names, name)
}

// spoil records why a column cannot be used.
func (r *record) spoil(folded, reason string) {
	if r.wrong == nil {
		r.wrong = map[string]string{}
	}
	r.wrong[folded] = reason
}

// set adds a column with its value.
func (r *record) set(name, value string) {
	r.name(name)
	r.values = append(r.values, value)
}

// get returns the value of a column; "" if there is none.
func (r *record) get(folded string) string {
	if i, there := r.at[folded]; there && i < len(r.values) {
		return r.values[i]
	}
	return ""
}

func (r *record) has(folded string) bool {
	_, there := r.at[folded]
	return there
}

// source yields the records of a file in order, and io.EOF after the last one. A *RowError concerns only one record.
type source interface {
	next() (*record, error)
}

// RowError says what is wrong with one row.
type RowError struct {
	Place  int // its line, from 1; in formats without lines, its number
	Reason string
}

// Error implements error.
func (e *RowError) Error() string { return e.Reason }

// glob reports whether a folded name matches a pattern, in which * stands for any characters.
func glob(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}
