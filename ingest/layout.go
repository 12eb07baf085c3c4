package ingest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/usagegraph/usagegraph/ingest/files"
	"github.com/usagegraph/usagegraph/tsdb"
)

// layout is how the lines of a file are read. The first line that is not blank determines it.
type layout struct {
	kind    tsdb.UsageKind
	format  Format
	comma   rune
	columns []column
}

// describe says how lines are read; nothing if there were none.
func (l *layout) describe(found files.Found) []string {
	if l == nil {
		return nil
	}
	form := string(l.format) + ", " + found.Encoding
	if found.Packing != "" {
		form += ", packed by " + found.Packing
	}
	if l.format == NDJSON {
		return []string{form}
	}
	names := make([]string, len(l.columns))
	for i, c := range l.columns {
		names[i] = string(c)
	}
	return []string{form + fmt.Sprintf(", separated by %q", l.comma), "columns          " + strings.Join(names, ", ")}
}

// separators are the possible separators of fields.
const separators = ",;\t"

// settle finds out from the first line how a file is to be read; header reports whether that line is a header. An error refuses the file.
func settle(line string, format Format, kind tsdb.UsageKind) (l layout, header bool, err error) {
	l = layout{kind: kind, format: format, comma: ',', columns: columnsOf(kind)}
	if at := strings.IndexAny(line, separators); at >= 0 {
		l.comma = rune(line[at])
	}
	object := strings.HasPrefix(strings.TrimSpace(line), "{")
	if format == AnyFormat && object {
		l.format = NDJSON
	}
	if object {
		return l, false, nil
	}
	fields, err := splitLine(line, l.comma)
	switch {
	case err != nil && strings.IndexAny(strings.TrimLeft(line, "\" "), "0123456789") != 0:
		return l, false, errors.New("the header cannot be obeyed: its quotes are wrong. " + wanted(kind))
	case err == nil && namesColumns(fields):
		header = true
	}
	if format == AnyFormat {
		l.format = recognise(fields)
	}
	switch {
	case header && format == NDJSON:
		return l, false, errors.New("a header where objects are expected (--format ndjson)")
	case header:
		l.columns, err = readHeader(fields, kind)
		return l, true, err
	case l.format == AzureFormat && kind == tsdb.ToolRun:
		return l, false, errors.New("lines of the Azure trace hold tokens. " + wanted(kind))
	}
	return l, false, nil
}

// recognise recognises the Azure trace by the names in its header, in any order, or by the blank in its times.
func recognise(fields []string) Format {
	azure := 0
	for _, f := range fields {
		for _, name := range []string{"TIMESTAMP", "ContextTokens", "GeneratedTokens"} {
			if strings.EqualFold(f, name) {
				azure++
			}
		}
	}
	if azure == 3 || len(fields) > 0 && len(fields[0]) > 10 && fields[0][4] == '-' && fields[0][10] == ' ' {
		return AzureFormat
	}
	return CSVFormat
}

// another examines a line that is not a row. A header with the same columns may occur anywhere, because files are cut and joined; one with
// other columns must not be skipped.
func (l *layout) another(line string) (isHeader bool, err error) {
	fields, err := splitLine(line, l.comma)
	if err != nil || l.format == NDJSON || !namesColumns(fields) {
		return false, nil
	}
	known := 0
	for _, f := range fields {
		if columnOf(f) != "" {
			known++
		}
	}
	if known < 2 {
		return false, nil
	}
	named, err := readHeader(fields, l.kind)
	if err != nil {
		return true, err
	}
	if !slices.Equal(named, l.columns) && !slices.Equal(append(named, idColumn), l.columns) {
		return true, errors.New("a second header names other columns, or another order, than the lines before it have; what stands here and below is not stored")
	}
	return true, nil
}
