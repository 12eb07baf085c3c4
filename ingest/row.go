package ingest

import (
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Format is how a file of usage is written.
type Format string

// The formats. Each line stands alone, so a file can be cut and shuffled. Without a header, columns are in the order given here.
const (
	AnyFormat   Format = ""       // recognised by the first line
	AzureFormat Format = "azure"  // the Azure LLM inference trace: TIMESTAMP,ContextTokens,GeneratedTokens
	CSVFormat   Format = "csv"    // time,inputTokens,outputTokens[,id] or time,runs[,id]
	NDJSON      Format = "ndjson" // objects whose members are named like columns
)

// IsValid reports whether f is one of the formats.
func (f Format) IsValid() bool {
	return f == AnyFormat || f == AzureFormat || f == CSVFormat || f == NDJSON
}

// row is the content of a line.
type row struct {
	time                             time.Time
	runs, input, output              int64
	cacheRead, cacheWrite, reasoning int64
	id                               string // "": none is given
	target, deployment               string // own ids; "": none is given
	of                               tsdb.Attribution
}

var (
	errFields   = errors.New("the number of fields is wrong")
	errTime     = errors.New("the time cannot be read")
	errQuantity = errors.New("a quantity is not a whole number in range")
	errQuotes   = errors.New("the quotes are wrong")
	errMember   = errors.New("an object has time, runs and id, or time, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens and id; " +
		"user, apiKey and tags (an object of texts), own ids of what it used, and nothing else, each once and of its type")
)

// parse reads a line, which must not include its line break.
func (l *layout) parse(line string) (row, error) {
	if l.format == NDJSON {
		return parseObject(line, l.kind)
	}
	fields, err := splitLine(line, l.comma)
	if err != nil {
		return row{}, err
	}
	short := len(fields) == len(l.columns)-1 && l.columns[len(fields)] == idColumn
	if len(fields) != len(l.columns) && !short {
		return row{}, errFields
	}
	var r row
	for i, text := range fields {
		if wrong := r.set(l.columns[i], text, l.format); wrong != nil {
			err = errors.Join(err, wrong)
		}
	}
	return r, err
}

// set reads the value of a column.
func (r *row) set(c column, text string, format Format) (err error) {
	switch c {
	case timeColumn:
		if r.time, err = rowTime(text, format); err != nil {
			return errTime
		}
	case runsColumn:
		return parseInt(text, &r.runs)
	case inputColumn:
		return parseInt(text, &r.input)
	case outputColumn:
		return parseInt(text, &r.output)
	case cacheReadColumn:
		return parsePart(text, &r.cacheRead)
	case cacheWriteColumn:
		return parsePart(text, &r.cacheWrite)
	case reasoningColumn:
		return parsePart(text, &r.reasoning)
	case idColumn:
		r.id = text
	default:
		r.carry(c, text)
	}
	return nil
}

// carry reads a column that says who or what a row was for, or what it used. An empty one says nothing.
func (r *row) carry(c column, text string) {
	switch key, isTag := c.tagKey(); {
	case text == "":
	case isTag && r.of.Tags == nil:
		r.of.Tags = tsdb.Tags{key: strings.Clone(text)}
	case isTag:
		r.of.Tags[key] = strings.Clone(text)
	case c == userColumn:
		r.of.User = strings.Clone(text)
	case c == apiKeyColumn:
		r.of.APIKey = strings.Clone(text)
	case c == ownDeployment:
		r.deployment = strings.Clone(text)
	default:
		r.target = strings.Clone(text)
	}
}

// readTags reads the member tags of an object, once. A tag in it must not also be given as tag.KEY.
func (r *row) readTags(s *scanner) error {
	if s.peek() != '{' {
		return errMember
	}
	s.at++
	for first := true; ; first = false {
		name, more, err := s.member(first)
		if err != nil || !more {
			return err
		}
		name = strings.Clone(name)
		value, err := s.scalar(true)
		if err != nil {
			return err
		}
		if _, met := r.of.Tags[name]; met || len(r.of.Tags) > tsdb.MaxEventTags {
			return errMember
		}
		if r.of.Tags == nil {
			r.of.Tags = tsdb.Tags{}
		}
		r.of.Tags[name] = strings.Clone(value)
	}
}

// rowTime reads an instant. The Azure trace has a blank instead of T, and a time without a zone in it is UTC.
func rowTime(text string, format Format) (time.Time, error) {
	date, clock, found := strings.Cut(text, " ")
	if format != AzureFormat || !found {
		return billing.ParseInstant(text)
	}
	if !strings.ContainsAny(clock, "Zz+-") {
		clock += "Z"
	}
	return billing.ParseInstant(date + "T" + clock)
}

// splitLine splits a line into its fields (RFC 4180, except that a field cannot contain a line break).
func splitLine(line string, comma rune) ([]string, error) {
	fields := strings.Split(line, string(comma))
	if strings.Contains(line, `"`) {
		in := csv.NewReader(strings.NewReader(line))
		in.Comma, in.TrimLeadingSpace = comma, comma != '\t'
		var err error
		if fields, err = in.Read(); err != nil {
			return nil, errQuotes
		}
	}
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return fields, nil
}

// parseInt reads a quantity.
func parseInt(text string, into *int64) error {
	n, ok := billing.PlainInteger(text)
	if !ok {
		return errQuantity
	}
	*into = n
	return nil
}

// parsePart reads the count of a token class. An empty one means that there is none.
func parsePart(text string, into *int64) error {
	if text == "" {
		return nil
	}
	return parseInt(text, into)
}

// parseObject reads an object whose members are named like columns.
func parseObject(line string, kind tsdb.UsageKind) (r row, err error) {
	s := scanner{text: line}
	if !s.take('{') {
		return row{}, errMember
	}
	var met []column
	for first := true; ; first = false {
		name, more, err := s.member(first)
		if err != nil {
			return row{}, err
		}
		if !more {
			break
		}
		if name == "tags" {
			if err := r.readTags(&s); err != nil {
				return row{}, err
			}
			continue
		}
		c := columnOf(name)
		if slices.Contains(met, c) || !c.isKnownTo(kind) {
			return row{}, errMember
		}
		met = append(met, c)
		value, err := s.scalar(c.isText())
		if err != nil {
			return row{}, err
		}
		if err := r.set(c, value, NDJSON); err != nil {
			return row{}, err
		}
	}
	if len(missing(met, kind)) > 0 {
		return row{}, errMember
	}
	return r, s.end()
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
