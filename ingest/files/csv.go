package files

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// table yields the lines of CSV (RFC 4180: quoted fields may contain separators, quotes and line breaks).
type table struct {
	in    *csv.Reader
	bound *bounded
	head  record
}

// separators are the possible separators of fields unless the user names one.
const separators = ",;\t|"

// openTable reads the header. fits returns what is wrong with its columns; without a given separator, the one with which they fit is used.
func openTable(text *bufio.Reader, separator string, fits func(*record) error) (*table, string, error) {
	line, err := firstLine(text)
	if err != nil {
		return nil, "", err
	}
	var first error
	tried := separators
	if separator != "" {
		tried = separator
	}
	for _, comma := range tried {
		head := record{place: 1, at: map[string]int{}}
		fields, err := csvReader(strings.NewReader(line), comma).Read()
		for _, name := range fields {
			head.name(strings.TrimSpace(name))
		}
		if err == nil {
			err = fits(&head)
		}
		if err == nil {
			return newTable(text, comma, head), string(comma), nil
		}
		if first == nil || strings.ContainsRune(line, comma) && !strings.ContainsAny(line, tried[:strings.IndexRune(tried, comma)]) {
			first = err
		}
	}
	return nil, "", first
}

func newTable(text *bufio.Reader, comma rune, head record) *table {
	t := &table{bound: &bounded{in: text}, head: head}
	t.bound.next()
	t.in = csvReader(t.bound, comma)
	t.in.ReuseRecord = true
	_, _ = t.in.Read() // skips the header
	return t
}

func csvReader(in io.Reader, comma rune) *csv.Reader {
	r := csv.NewReader(in)
	r.Comma, r.FieldsPerRecord = comma, -1
	return r
}

// firstLine returns the first record of a text without consuming it. Its fields may contain line breaks.
func firstLine(text *bufio.Reader) (string, error) {
	for size := 512; ; size = min(2*size, buffer) {
		part, err := text.Peek(size)
		for i, quoted := 0, false; i < len(part); i++ {
			switch {
			case part[i] == '"':
				quoted = !quoted
			case part[i] == '\n' && !quoted && strings.TrimSpace(string(part[:i])) != "":
				return string(part[:i+1]), nil
			}
		}
		if errors.Is(err, io.EOF) && strings.TrimSpace(string(part)) == "" {
			return "", errors.New("the file is empty")
		}
		switch {
		case errors.Is(err, io.EOF):
			return string(part), nil // this is the whole text
		case err != nil:
			return "", fmt.Errorf("it cannot be read: %w", err)
		}
		if size == buffer {
			return "", errors.New("the header is longer than 64 KiB")
		}
	}
}

func (t *table) next() (*record, error) {
	t.bound.next()
	fields, err := t.in.Read()
	var wrong *csv.ParseError
	switch {
	case errors.Is(err, ErrLong):
		return nil, ErrLong
	case errors.As(err, &wrong):
		return nil, &RowError{wrong.StartLine, "the quotes are wrong: " + wrong.Err.Error()}
	case err != nil:
		return nil, err
	}
	line, _ := t.in.FieldPos(0)
	if len(fields) != len(t.head.names) {
		return nil, &RowError{line, fmt.Sprintf("it has %d fields and the header %d", len(fields), len(t.head.names))}
	}
	r := t.head
	r.place = line
	r.values = make([]string, len(fields))
	for i, field := range fields {
		if !utf8.ValidString(field) {
			return nil, &RowError{line, "it is not UTF-8; say --encoding"}
		}
		r.values[i] = strings.TrimSpace(field)
	}
	return &r, nil
}
