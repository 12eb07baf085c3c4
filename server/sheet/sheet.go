// Package sheet writes rows as files that others read: CSV, NDJSON, Parquet. Rows go out as they come; what is kept of them is bounded.
package sheet

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Type is what the values of a column are; nil is no value in any of them.
type Type int

// The types, and their Go values.
const (
	Text    Type = iota // string
	Number              // int64
	Decimal             // string: an exact number of at most 6 decimals
	Time                // time.Time
	Bool                // bool
)

// timeLayout is a time in texts: of microseconds, as in Parquet and in the API.
const timeLayout = "2006-01-02T15:04:05.999999Z07:00"

// Column is a column of a sheet.
type Column struct {
	Name string
	Type Type
}

// Writer writes rows of the columns that it was made for. Close writes what is left; without it a sheet is not whole.
type Writer interface {
	Row(values []any) error
	Close() error
}

// Format is how a sheet is written.
type Format struct {
	Name, MediaType, Ending string
	open                    func(w io.Writer, columns []Column) (Writer, error)
}

// Of is a format by its name: csv, csv-bom (which some spreadsheets need to see UTF-8), ndjson, parquet.
func Of(name string) (Format, bool) {
	switch name {
	case "csv":
		return Format{name, "text/csv; charset=utf-8", "csv", newCSV}, true
	case "csv-bom":
		return Format{name, "text/csv; charset=utf-8", "csv", func(w io.Writer, columns []Column) (Writer, error) {
			if _, err := io.WriteString(w, "\ufeff"); err != nil {
				return nil, err
			}
			return newCSV(w, columns)
		}}, true
	case "ndjson":
		return Format{name, "application/x-ndjson", "ndjson", newNDJSON}, true
	case "parquet":
		return Format{name, "application/vnd.apache.parquet", "parquet", newParquet}, true
	}
	return Format{}, false
}

// Open begins a sheet.
func (f Format) Open(w io.Writer, columns []Column) (Writer, error) { return f.open(w, columns) }

// csvWriter writes what encoding/csv writes, without making a text of each number.
type csvWriter struct {
	w    *bufio.Writer
	line []byte
}

func newCSV(w io.Writer, columns []Column) (Writer, error) {
	c := &csvWriter{w: bufio.NewWriterSize(w, 32<<10)}
	names := make([]any, len(columns))
	for i, column := range columns {
		names[i] = column.Name
	}
	return c, c.Row(names)
}

func (c *csvWriter) Row(values []any) error {
	c.line = c.line[:0]
	for i, v := range values {
		if i > 0 {
			c.line = append(c.line, ',')
		}
		c.line = appendPlain(c.line, v)
	}
	_, err := c.w.Write(append(c.line, '\n'))
	return err
}

func (c *csvWriter) Close() error { return c.w.Flush() }

// appendPlain adds a value as CSV holds it.
func appendPlain(line []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return line
	case int64:
		return strconv.AppendInt(line, v, 10)
	case time.Time:
		return v.UTC().AppendFormat(line, timeLayout)
	}
	text := plain(v)
	if !needsQuotes(text) {
		return append(line, text...)
	}
	return append(append(append(line, '"'), strings.ReplaceAll(text, `"`, `""`)...), '"')
}

// needsQuotes reports whether encoding/csv puts a text in quotes.
func needsQuotes(s string) bool {
	if s == "" {
		return false
	}
	if s == `\.` || strings.ContainsAny(s, ",\"\r\n") {
		return true
	}
	first, _ := utf8.DecodeRuneInString(s)
	return unicode.IsSpace(first)
}

// plain is a value as CSV holds it; no spreadsheet takes a text for a formula: people choose names.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case int64:
		return strconv.FormatInt(v, 10)
	case time.Time:
		return v.UTC().Format(timeLayout)
	case bool:
		return strconv.FormatBool(v)
	case string:
		if strings.IndexAny(v, "=+-@\t\r") == 0 && !isNumber(v) {
			return "'" + v
		}
		return v
	}
	return fmt.Sprint(v)
}

// isNumber reports whether a text is a plain decimal number, which may begin with a minus.
func isNumber(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return digits != "" && strings.Trim(digits, "0123456789.") == "" && digits[0] != '.' && strings.Count(digits, ".") < 2
}

type ndjsonWriter struct {
	w     *bufio.Writer
	names [][]byte // with what comes before each value
}

func newNDJSON(w io.Writer, columns []Column) (Writer, error) {
	n := &ndjsonWriter{w: bufio.NewWriterSize(w, 32<<10)}
	for i, c := range columns {
		name, err := json.Marshal(c.Name)
		if err != nil {
			return nil, err
		}
		n.names = append(n.names, append(append([]byte{"{,"[min(i, 1)]}, name...), ':'))
	}
	return n, nil
}

// Row writes decimals as texts, as the API does: many readers would make floats of them.
func (n *ndjsonWriter) Row(values []any) error {
	for i, v := range values {
		if t, ok := v.(time.Time); ok {
			v = t.UTC().Format(timeLayout)
		}
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		_, _ = n.w.Write(n.names[i])
		_, _ = n.w.Write(text) // the writer keeps its first error
	}
	_, err := n.w.WriteString("}\n")
	return err
}

func (n *ndjsonWriter) Close() error { return n.w.Flush() }
