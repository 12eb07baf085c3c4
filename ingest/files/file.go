package files

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Row is the usage in one row. Account, Model, Tool and Deployment are the platform's own ids; "" if no column gives one.
type Row struct {
	Place                                                 int // its line, from 1; in formats without lines, its number
	Time                                                  time.Time
	Source, ID                                            string
	Account, Model, Tool, Deployment                      string
	User, APIKey                                          string
	Tags                                                  map[string]string
	Runs, Input, Output, CacheRead, CacheWrite, Reasoning int64
}

// HeaderError says why a file is not read, or not read beyond a row.
type HeaderError struct{ Reason string }

// Error implements error.
func (e *HeaderError) Error() string { return e.Reason }

// File is a file whose rows are usage.
type File struct {
	m         *mapping
	rows      source
	found     Found
	format    string
	separator string
	checked   bool // the columns were checked and fit
	seen      []string
	Passed    int // rows skipped because of --where or the profile
}

// Open finds out how a file is written and checks whether its header fits, if it has one. The ending of name may tell the format. in is
// read from its current position; for Parquet it must be an io.ReaderAt of a known size.
func Open(name string, in io.Reader, o Options) (*File, error) {
	m, err := newMapping(o)
	if err != nil {
		return nil, err
	}
	f := &File{m: m, format: o.Format}
	if f.format == "" {
		f.format = formatOf(name)
	}
	if at, seekable := in.(interface {
		io.ReaderAt
		io.Seeker
	}); seekable {
		magic := make([]byte, 4)
		n, _ := at.ReadAt(magic, 0)
		if f.format == "parquet" && n == len(magic) && packingOf(magic) != "" {
			return nil, errors.New("it is Parquet that is packed as a whole: unpack it first")
		}
		if f.format == "parquet" || string(magic[:n]) == "PAR1" {
			return f, f.openParquet(at)
		}
	} else if f.format == "parquet" {
		return nil, errors.New("parquet is read from a file, not from a pipe")
	}
	return f, f.openText(in, o)
}

func (f *File) openTable(text *bufio.Reader, separator string) error {
	t, comma, err := openTable(text, separator, f.m.fitsHeader)
	if err != nil {
		return &HeaderError{err.Error()}
	}
	f.rows, f.separator, f.checked, f.seen = t, comma, true, t.head.names
	return nil
}

// NeedsColumns reports whether a file with this name is not in one of the importer's own line formats.
func NeedsColumns(name string) bool {
	format := formatOf(name)
	return format == "json" || format == "parquet"
}

// formatOf returns the format given by the ending of a name, or "".
func formatOf(name string) string {
	name = strings.ToLower(name)
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	switch path.Ext(name) {
	case ".csv", ".tsv":
		return "csv"
	case ".ndjson", ".jsonl":
		return "ndjson"
	case ".json":
		return "json"
	case ".parquet":
		return "parquet"
	}
	return ""
}

func (f *File) openParquet(in interface {
	io.ReaderAt
	io.Seeker
}) error {
	size, err := in.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	f.format, f.found.Encoding = "parquet", utf8Text
	f.rows, err = openParquet(in, size)
	return err
}

func (f *File) openText(in io.Reader, o Options) error {
	text, found, err := Text(in, o.Encoding)
	if err != nil {
		return err
	}
	f.found = found
	begin, _ := text.Peek(1024)
	if f.format == "" {
		f.format = map[byte]string{'{': "ndjson", '[': "json"}[firstByte(begin)]
	}
	switch f.format {
	case "ndjson":
		f.rows = &lines{in: text}
	case "json":
		f.rows = openDocument(text, f.m.profile.within)
	case "", "csv":
		f.format = "csv"
		return f.openTable(text, o.Separator)
	case "parquet":
		return errors.New("it is not Parquet")
	default:
		return errors.New("--format: csv, ndjson, json or parquet")
	}
	return nil
}

// Next returns the next row, and io.EOF after the last. A *RowError concerns only one row; a *HeaderError ends the file.
func (f *File) Next() (Row, error) {
	for {
		r, err := f.rows.next()
		if err != nil {
			return Row{}, err
		}
		if err := r.open(f.m.opened); err != nil {
			return Row{}, &RowError{r.place, err.Error()}
		}
		if !f.m.wants(r) {
			f.Passed++
			continue
		}
		first := !f.checked
		if err := f.check(r); err != nil {
			return Row{}, err
		}
		row, err := f.m.row(r)
		var wrong *unreadTime
		if first && errors.As(err, &wrong) {
			return Row{}, &HeaderError{fmt.Sprintf("row %d, the first: %s", r.place, err)}
		}
		if err != nil {
			return Row{}, &RowError{r.place, err.Error()}
		}
		return row, nil
	}
}

// check checks the columns of the first row of a file without a header, and those that later rows add.
func (f *File) check(r *record) error {
	if !f.checked {
		f.seen = slices.Clone(r.names)
		if err := f.m.fits(r); err != nil {
			return &HeaderError{err.Error()}
		}
		f.checked = true
	}
	for _, name := range r.names {
		if !f.m.isPassed(fold(name)) {
			return &RowError{r.place, fmt.Sprintf("%q speaks of tokens and is not used: map it, or pass it over by --ignore %s", name, name)}
		}
	}
	return nil
}

// wants reports whether a row is to be read.
func (m *mapping) wants(r *record) bool {
	return !slices.ContainsFunc(m.where, func(c condition) bool { return !c.met(r) })
}

// unreadTime is the error of a time that could not be read.
type unreadTime struct{ error }

func (m *mapping) row(r *record) (Row, error) {
	row := Row{Place: r.place}
	text, err := m.text(timeTarget, r)
	if err == nil {
		if row.Time, err = m.clock.read(text); err != nil {
			err = &unreadTime{fmt.Errorf("%.40q: %w", text, err)}
		}
	}
	for target, into := range map[string]*string{accountTarget: &row.Account, sourceTarget: &row.Source, idTarget: &row.ID, modelTarget: &row.Model,
		toolTarget: &row.Tool, deploymentTarget: &row.Deployment, userTarget: &row.User, apiKeyTarget: &row.APIKey} {
		if err == nil {
			*into, err = m.text(target, r)
		}
	}
	if err == nil {
		err = m.empty(&row)
	}
	if err == nil {
		row.Tags, err = m.tags(r)
	}
	if row.ID == "" && len(m.profile.key) > 0 {
		row.ID = m.key(r)
	}
	if err == nil {
		err = m.quantities(r, &row)
	}
	return row, err
}

// text returns a row's text for a target; "" if none of the target's columns is there.
func (m *mapping) text(target string, r *record) (string, error) {
	e, mapped := m.by[target]
	if !mapped {
		return "", nil
	}
	return e.string(r)
}

// empty refuses a row whose account, model or tool is empty although a column is mapped to it.
func (m *mapping) empty(row *Row) error {
	for target, value := range map[string]string{accountTarget: row.Account, modelTarget: row.Model, toolTarget: row.Tool} {
		if e, mapped := m.by[target]; mapped && value == "" {
			return fmt.Errorf("%s, which is %s, is empty", target, e.text)
		}
	}
	return nil
}

// key makes an id from the columns that identify rows.
func (m *mapping) key(r *record) string {
	h := sha256.New()
	for _, column := range m.profile.key {
		value := r.get(fold(column))
		h.Write([]byte(strconv.Itoa(len(value)) + " " + value))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (m *mapping) quantities(r *record, row *Row) error {
	scale, err := m.scale(r)
	if err != nil {
		return err
	}
	some := false
	for target, into := range map[string]*int64{runsTarget: &row.Runs, inputTarget: &row.Input, outputTarget: &row.Output, cacheReadTarget: &row.CacheRead,
		cacheWriteTarget: &row.CacheWrite, reasoningTarget: &row.Reasoning} {
		e, mapped := m.by[target]
		if !mapped {
			continue
		}
		n, given, err := e.sum(r)
		if err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
		if n = n.Mul(scale); !n.IsInteger() || n.IsNegative() || n.GreaterThan(decimal.New(1, 18)) {
			return fmt.Errorf("%s: %s is not a whole number in range", target, n)
		}
		*into = n.IntPart()
		some = some || given && (target == runsTarget || target == inputTarget || target == outputTarget)
	}
	if !some {
		return errors.New("it has no quantity")
	}
	return nil
}

// scale returns how many tokens the unit stands for: Tokens, 1000 Tokens, 1K Tokens, 1M Tokens.
func (m *mapping) scale(r *record) (decimal.Decimal, error) {
	one := decimal.NewFromInt(1)
	unit, err := m.text(unitTarget, r)
	if err != nil || unit == "" {
		return one, err
	}
	amount, name, found := strings.Cut(unit, " ")
	if !found {
		amount, name = "1", unit
	}
	for letter, zeros := range map[string]string{"K": "000", "M": "000000"} {
		if whole, cut := strings.CutSuffix(strings.ToUpper(amount), letter); cut {
			amount = whole + zeros
		}
	}
	n, err := number(amount)
	if err != nil || !strings.EqualFold(name, "tokens") && !strings.EqualFold(name, "token") || !n.IsPositive() {
		return one, fmt.Errorf("its unit is %q, not tokens; pass such rows over by --where", unit)
	}
	return n, nil
}

// Describe says line by line how the file is understood.
func (f *File) Describe() (said []string) {
	said = append(said, f.form())
	for _, target := range f.m.shown() {
		if e, mapped := f.m.by[target]; mapped && (f.m.mapped[target] || f.m.knows(&e, f.header())) {
			said = append(said, fmt.Sprintf("%-16s from %s", target, e.text))
		}
	}
	if _, mapped := f.m.by[idTarget]; !mapped && len(f.m.profile.key) > 0 {
		said = append(said, fmt.Sprintf("%-16s from %s", idTarget, strings.Join(f.m.profile.key, ", ")))
	}
	for _, c := range f.m.where {
		said = append(said, "only rows where  "+c.text)
	}
	var passed []string
	for _, name := range f.seen {
		if !f.m.uses(fold(name)) {
			passed = append(passed, name)
		}
	}
	if len(passed) > 0 {
		said = append(said, "passed over      "+listed(passed))
	}
	return said
}

// header returns a record of the columns that were seen first.
func (f *File) header() *record {
	r := &record{at: map[string]int{}}
	for _, name := range f.seen {
		r.name(name)
	}
	return r
}

// form says how the file is written.
func (f *File) form() string {
	var b bytes.Buffer
	b.WriteString(f.format)
	if f.separator != "" {
		fmt.Fprintf(&b, ", separated by %q", f.separator)
	}
	if f.format != "parquet" {
		b.WriteString(", " + f.found.Encoding)
		if f.found.Marked {
			b.WriteString(" by its mark")
		}
	}
	if f.found.Packing != "" {
		b.WriteString(", packed by " + f.found.Packing)
	}
	if f.m.clock.unit != "" {
		b.WriteString(", times as numbers are " + f.m.clock.unit)
	}
	if f.m.clock.zone != nil {
		b.WriteString(", times without a zone are of " + f.m.clock.zone.String())
	}
	return b.String()
}

// Incomplete reports whether a page of the file said that other pages follow it.
func (f *File) Incomplete() bool {
	d, is := f.rows.(*document)
	return is && d.pages.follow()
}
