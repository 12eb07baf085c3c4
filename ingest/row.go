package ingest

import (
	"encoding/csv"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Format is how a file of usage is written.
type Format string

// The formats. A file's lines stand for themselves, so that it can be cut and shuffled; a header is passed over wherever it
// stands.
const (
	AnyFormat   Format = ""       // recognised by the first line
	AzureFormat Format = "azure"  // the Azure LLM inference trace: TIMESTAMP,ContextTokens,GeneratedTokens
	CSVFormat   Format = "csv"    // time,inputTokens,outputTokens[,id] or time,runs[,id]
	NDJSON      Format = "ndjson" // objects with the same names
)

// IsValid tells whether f is one of the formats.
func (f Format) IsValid() bool {
	return f == AnyFormat || f == AzureFormat || f == CSVFormat || f == NDJSON
}

const azureHeader = "TIMESTAMP,ContextTokens,GeneratedTokens"

// recognise tells the format of a file by its first line that is not blank.
func recognise(line string) Format {
	switch {
	case strings.HasPrefix(line, "{"):
		return NDJSON
	case strings.EqualFold(line, azureHeader), len(line) > 10 && line[4] == '-' && line[10] == ' ':
		return AzureFormat
	}
	return CSVFormat
}

// row is what a line says.
type row struct {
	time                time.Time
	runs, input, output int64
	id                  string // "": none given
}

var (
	errHeader   = errors.New("header")
	errFields   = errors.New("the number of fields is wrong")
	errTime     = errors.New("the time cannot be read")
	errQuantity = errors.New("a quantity is no whole number in range")
	errQuotes   = errors.New("the quotes are wrong")
	errMember   = errors.New("an object has time, runs and id, or time, inputTokens, outputTokens and id, and nothing else, each once and of its type")
)

// parseRow reads a line without its end. errHeader says that it is a header.
func parseRow(line string, format Format, kind tsdb.UsageKind) (row, error) {
	switch format {
	case AzureFormat:
		return parseAzure(line)
	case NDJSON:
		return parseObject(line, kind)
	}
	return parseCSV(line, kind)
}

// parseAzure reads a line of the Azure trace, whose times have up to 7 fraction digits and no zone: they are UTC.
func parseAzure(line string) (r row, err error) {
	if strings.EqualFold(line, azureHeader) {
		return r, errHeader
	}
	at, rest, _ := strings.Cut(line, ",")
	input, output, _ := strings.Cut(rest, ",")
	if r.time, err = azureTime(at); err != nil {
		return r, errTime
	}
	return r, errors.Join(parseInt(input, &r.input), parseInt(output, &r.output))
}

// azureTime reads an instant with a blank for its T. What names no zone, as the first traces did, is UTC.
func azureTime(at string) (time.Time, error) {
	date, clock, found := strings.Cut(at, " ")
	if !found {
		return time.Time{}, billing.ErrInstant
	}
	if !strings.ContainsAny(clock, "Zz+-") {
		clock += "Z"
	}
	return billing.ParseInstant(date + "T" + clock)
}

// csvColumns are the names of the columns of a kind. Their order is fixed, because a piece of a file may lack the header.
func csvColumns(kind tsdb.UsageKind) []string {
	if kind == tsdb.ToolRun {
		return []string{"time", "runs", "id"}
	}
	return []string{"time", "inputTokens", "outputTokens", "id"}
}

func parseCSV(line string, kind tsdb.UsageKind) (r row, err error) {
	fields, err := splitCSV(line)
	if err != nil {
		return r, err
	}
	columns := csvColumns(kind)
	if len(fields) > len(columns) || len(fields) < len(columns)-1 {
		return r, errFields
	}
	if isHeader(fields, columns) {
		return r, errHeader
	}
	if r.time, err = billing.ParseInstant(fields[0]); err != nil {
		return r, errTime
	}
	if len(fields) == len(columns) {
		r.id = fields[len(fields)-1]
	}
	if kind == tsdb.ToolRun {
		return r, parseInt(fields[1], &r.runs)
	}
	return r, errors.Join(parseInt(fields[1], &r.input), parseInt(fields[2], &r.output))
}

func isHeader(fields, columns []string) bool {
	for i, f := range fields {
		if !strings.EqualFold(f, columns[i]) {
			return false
		}
	}
	return true
}

// splitCSV cuts a line into its fields (RFC 4180, but that a field cannot contain the end of a line).
func splitCSV(line string) ([]string, error) {
	if strings.Contains(line, `"`) {
		fields, err := csv.NewReader(strings.NewReader(line)).Read()
		if err != nil {
			return nil, errQuotes
		}
		return fields, nil
	}
	fields := strings.Split(line, ",")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return fields, nil
}

func parseInt(text string, into *int64) error {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return errQuantity
	}
	*into = n
	return nil
}

// parseObject reads an object with the names of the columns.
func parseObject(line string, kind tsdb.UsageKind) (row, error) {
	s := scanner{text: line}
	if !s.take('{') {
		return row{}, errMember
	}
	values := map[string]string{}
	for first := true; ; first = false {
		name, more, err := s.member(first)
		if err != nil {
			return row{}, err
		}
		if !more {
			break
		}
		if _, met := values[name]; met {
			return row{}, errMember
		}
		if values[name], err = s.scalar(name == "time" || name == "id"); err != nil {
			return row{}, err
		}
	}
	if err := s.end(); err != nil {
		return row{}, err
	}
	return rowOf(values, kind)
}

// scalar reads a string or a number.
func (s *scanner) scalar(text bool) (string, error) {
	switch c := s.peek(); {
	case text && c == '"':
		return s.string()
	case !text && (c == '-' || '0' <= c && c <= '9'):
		return s.number()
	}
	return "", errMember
}

// rowOf is parseCSV for values that have names.
func rowOf(values map[string]string, kind tsdb.UsageKind) (r row, err error) {
	columns := csvColumns(kind)
	given := 0
	for _, name := range columns {
		if _, there := values[name]; there {
			given++
		}
	}
	if r.time, err = billing.ParseInstant(values["time"]); err != nil {
		return r, errTime
	}
	r.id = values["id"]
	if _, there := values["id"]; given != len(values) || !there && given != len(columns)-1 || there && given != len(columns) {
		return r, errMember
	}
	if kind == tsdb.ToolRun {
		return r, parseInt(values["runs"], &r.runs)
	}
	return r, errors.Join(parseInt(values["inputTokens"], &r.input), parseInt(values["outputTokens"], &r.output))
}
