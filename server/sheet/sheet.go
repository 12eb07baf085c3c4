// Package sheet writes rows as files for other programs: CSV, NDJSON and Parquet. Rows are written as they come, and what is buffered is
// bounded.
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

	"github.com/usagegraph/usagegraph/graph/scalar"
)

// Type is the type of a column's values; nil is "no value" in every type.
type Type int

// The types, and their Go values.
const (
	Text    Type = iota // string
	Number              // int64
	Decimal             // string: an exact number of at most 6 decimals
	Time                // time.Time
	Bool                // bool
)

// timeLayout writes a time as text, to the microsecond as in Parquet and in the API.
const timeLayout = "2006-01-02T15:04:05.999999Z07:00"

// Column is a column of a sheet.
type Column struct {
	Name string
	Type Type
}

// Writer writes rows with the columns that it was made for. Close writes what is buffered; a sheet is incomplete without it.
type Writer interface {
	Row(values []any) error
	Close() error
}

// Format is how a sheet is written.
type Format struct {
	Name, MediaType, Ending string
	open                    func(w io.Writer, columns []Column) (Writer, error)
}

// Of returns the format with a name: csv, csv-bom (which some spreadsheets need to recognise UTF-8), ndjson, parquet.
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

// csvWriter writes what encoding/csv writes, without converting each number to a string. It checks a text that rows repeat only once.
type csvWriter struct {
	w       *bufio.Writer
	line    []byte
	at      []byte // a time in quotes
	columns []csvColumn
}

// csvColumn is a column, the last text in it, and the CSV form of that text.
type csvColumn struct {
	Type
	last    string
	written []byte
}

func newCSV(w io.Writer, columns []Column) (Writer, error) {
	c := &csvWriter{w: bufio.NewWriterSize(w, 32<<10)}
	for i, column := range columns {
		if i > 0 {
			c.line = append(c.line, ',')
		}
		c.line = appendText(c.line, column.Name)
		c.columns = append(c.columns, csvColumn{Type: column.Type})
	}
	_, err := c.w.Write(append(c.line, '\n'))
	return c, err
}

func (c *csvWriter) Row(values []any) error {
	c.line = c.line[:0]
	for i, v := range values {
		if i > 0 {
			c.line = append(c.line, ',')
		}
		c.value(&c.columns[i], v)
	}
	_, err := c.w.Write(append(c.line, '\n'))
	return err
}

func (c *csvWriter) Close() error { return c.w.Flush() }

// value appends a value to the line.
func (c *csvWriter) value(column *csvColumn, v any) {
	switch v := v.(type) {
	case nil:
	case int64:
		c.line = strconv.AppendInt(c.line, v, 10)
	case time.Time:
		c.at = scalar.AppendDateTime(c.at[:0], v)
		c.line = append(c.line, c.at[1:len(c.at)-1]...)
	case string:
		if column.Type == Decimal { // needs no quotes
			c.line = append(c.line, v...)
			return
		}
		if column.last != v {
			column.last, column.written = v, appendText(column.written[:0], v)
		}
		c.line = append(c.line, column.written...)
	case bool:
		c.line = strconv.AppendBool(c.line, v)
	default:
		c.line = appendText(c.line, fmt.Sprint(v))
	}
}

// appendText appends a text in its CSV form.
func appendText(line []byte, text string) []byte {
	if text = plain(text); !needsQuotes(text) {
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

// plain keeps spreadsheets from taking a text for a formula, because names are chosen by people.
func plain(text string) string {
	if text != "" && strings.IndexByte("=+-@\t\r", text[0]) >= 0 && !isNumber(text) {
		return "'" + text
	}
	return text
}

// isNumber reports whether a text is a plain decimal number, possibly negative.
func isNumber(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return digits != "" && strings.Trim(digits, "0123456789.") == "" && digits[0] != '.' && strings.Count(digits, ".") < 2
}

type ndjsonWriter struct {
	w     *bufio.Writer
	names [][]byte // each with what precedes its value
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

// Row writes decimals as strings, as the API does, because many readers would turn them into floats.
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
		_, _ = n.w.Write(text) // the writer remembers its first error
	}
	_, err := n.w.WriteString("}\n")
	return err
}

func (n *ndjsonWriter) Close() error { return n.w.Flush() }
