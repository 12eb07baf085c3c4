package files

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxNesting is how deep objects whose members become columns may be nested.
const maxNesting = 8

// lines yields NDJSON: one object per line.
type lines struct {
	in   *bufio.Reader
	line int
}

func (l *lines) next() (*record, error) {
	for {
		l.line++
		text, err := readLine(l.in)
		if errors.Is(err, ErrLong) {
			return nil, &RowError{l.line, ErrLong.Error()}
		}
		if text = bytes.TrimSpace(text); len(text) == 0 {
			if err != nil {
				return nil, err
			}
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err // half a line is not a record
		}
		r, err := object(text)
		if err != nil {
			return nil, &RowError{l.line, "the line is not a JSON object: " + err.Error()}
		}
		r.place = l.line
		return r, nil
	}
}

// readLine reads a line of at most maxRecord bytes. A longer one is skipped and returns ErrLong.
func readLine(in *bufio.Reader) (line []byte, err error) {
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxRecord; !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case long && (err == nil || errors.Is(err, io.EOF)):
			return nil, ErrLong
		default:
			return line, err
		}
	}
}

// object reads one JSON object as a record. The names of members of nested objects contain points.
func object(text []byte) (*record, error) {
	r := &record{at: map[string]int{}}
	return r, r.add("", text, 0)
}

// add adds the members of an object under a prefix.
func (r *record) add(prefix string, text []byte, depth int) error {
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	if opening, err := in.Token(); err != nil || opening != json.Delim('{') {
		return errors.Join(errors.New("an object is missing"), err)
	}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return err
		}
		if err := r.addValue(prefix+fmt.Sprint(name), value, depth); err != nil {
			return err
		}
	}
	if _, err := in.Token(); err != nil {
		return err
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}

func (r *record) addValue(name string, value json.RawMessage, depth int) error {
	switch {
	case value[0] == '{' && depth < maxNesting:
		return r.add(name+".", value, depth+1)
	case value[0] == '"':
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return err
		}
		r.set(name, strings.TrimSpace(text))
	case string(value) == "null":
		r.set(name, "")
	default:
		r.set(name, string(value))
	}
	return nil
}

// open adds the members of objects that are texts in columns, as in CSV, under the names of these columns.
func (r *record) open(columns []string) error {
	for _, column := range columns {
		value := r.get(column)
		if !strings.HasPrefix(value, "{") {
			continue
		}
		within := record{names: r.names[:len(r.names):len(r.names)], values: r.values[:len(r.values):len(r.values)], at: map[string]int{}, wrong: r.wrong}
		for name, i := range r.at {
			within.at[name] = i
		}
		if err := within.add(r.names[r.at[column]]+".", []byte(value), 1); err != nil {
			return fmt.Errorf("%s is not a JSON object: %w", r.names[r.at[column]], err)
		}
		place := r.place
		*r = within
		r.place = place
	}
	return nil
}
