package files

import (
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"github.com/shopspring/decimal"
)

// columnar yields the rows of Parquet. Names of columns in groups, and of entries of maps, contain points; lists are skipped.
type columnar struct {
	groups []parquet.RowGroup
	rows   parquet.Rows
	leaves []leaf
	buf    []parquet.Row
	left   []parquet.Row
	number int
}

// leaf is a stored column.
type leaf struct {
	name string // "": it is skipped
	key  bool   // it contains the keys of a map …
	held bool   // … or their values
	kind parquet.Type
}

// rowsAhead is how many rows are read at once.
const rowsAhead = 256

// openParquet opens a file of a known size.
func openParquet(in io.ReaderAt, size int64) (c *columnar, err error) {
	defer unsound(&err)
	f, err := parquet.OpenFile(in, size, parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("open Parquet: %w", err)
	}
	c = &columnar{groups: f.RowGroups(), buf: make([]parquet.Row, rowsAhead)}
	for _, path := range f.Schema().Columns() {
		l, _ := f.Schema().Lookup(path...)
		c.leaves = append(c.leaves, leafOf(path, l))
	}
	return c, nil
}

// unsound turns the panic with which the library answers some broken files into an error.
func unsound(err *error) {
	if what := recover(); what != nil {
		*err = fmt.Errorf("the file is not sound Parquet: %v", what)
	}
}

func leafOf(path []string, l parquet.LeafColumn) leaf {
	n := len(path)
	switch {
	case l.MaxRepetitionLevel == 0:
		return leaf{name: strings.Join(path, "."), kind: l.Node.Type()}
	case l.MaxRepetitionLevel == 1 && n >= 3 && (path[n-1] == "key" || path[n-1] == "value"): // a map, named by its column
		return leaf{name: strings.Join(path[:n-2], "."), key: path[n-1] == "key", held: path[n-1] == "value", kind: l.Node.Type()}
	}
	return leaf{}
}

func (c *columnar) next() (r *record, err error) {
	defer unsound(&err)
	for len(c.left) == 0 {
		if err := c.read(); err != nil {
			return nil, err
		}
	}
	row := c.left[0]
	c.left = c.left[1:]
	c.number++
	r = &record{place: c.number, at: map[string]int{}}
	var keys []string
	for _, v := range row {
		l := &c.leaves[v.Column()]
		if l.name == "" || l.key && v.IsNull() || l.held && len(keys) == 0 {
			continue
		}
		text, err := textOf(v, l.kind)
		name := l.name
		switch {
		case l.key:
			keys = append(keys, text)
			continue
		case l.held:
			name, keys = l.name+"."+keys[0], keys[1:]
		}
		if r.set(name, text); err != nil {
			r.spoil(fold(name), err.Error())
		}
	}
	return r, nil
}

// read reads rows, from the next group when one ends.
func (c *columnar) read() error {
	if c.rows == nil {
		if len(c.groups) == 0 {
			return io.EOF
		}
		c.rows, c.groups = c.groups[0].Rows(), c.groups[1:]
	}
	n, err := c.rows.ReadRows(c.buf)
	c.left = c.buf[:n]
	if n > 0 && err == nil {
		return nil
	}
	closed := c.rows.Close()
	c.rows = nil
	if err == io.EOF || err == nil {
		err = closed
	}
	return err
}

// textOf writes a value as other formats contain it.
func textOf(v parquet.Value, kind parquet.Type) (string, error) {
	if v.IsNull() {
		return "", nil
	}
	if logical := kind.LogicalType(); logical != nil {
		switch of := logical.Value.(type) {
		case *format.TimestampType:
			return timestamp(v.Int64(), of), nil
		case *format.DateType:
			return time.Unix(int64(v.Int32())*86_400, 0).UTC().Format(time.DateOnly), nil
		case *format.DecimalType:
			return decimalText(v, of.Scale)
		case *format.IntType:
			if !of.IsSigned {
				return unsignedText(v), nil
			}
		}
	}
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.FormatBool(v.Boolean()), nil
	case parquet.Int32:
		return strconv.FormatInt(int64(v.Int32()), 10), nil
	case parquet.Int64:
		return strconv.FormatInt(v.Int64(), 10), nil
	case parquet.Int96:
		return int96Text(v), nil
	case parquet.Float:
		return floatText(float64(v.Float()), 32), nil
	case parquet.Double:
		return floatText(v.Double(), 64), nil
	case parquet.ByteArray:
		text := string(v.ByteArray())
		if !utf8.ValidString(text) {
			return "", fmt.Errorf("it is not UTF-8 but 0x%s", hex.EncodeToString(v.ByteArray()[:min(8, len(text))]))
		}
		return strings.TrimSpace(text), nil
	}
	return "", fmt.Errorf("values of type %s are not read", kind)
}

func unsignedText(v parquet.Value) string {
	if v.Kind() == parquet.Int32 {
		return strconv.FormatUint(uint64(uint32(v.Int32())), 10)
	}
	return strconv.FormatUint(uint64(v.Int64()), 10)
}

// int96Text returns a timestamp as Spark, Hive and Impala write it: nanoseconds of a day, and the day counted from noon of 1 January 4713
// BC. Some of these programs mean UTC and others their own zone, so the text names none.
func int96Text(v parquet.Value) string {
	const epoch = 2_440_588 // the number of 1 January 1970
	n := v.Int96()
	at := time.Unix((int64(n[2])-epoch)*86_400, 0).UTC().Add(time.Duration(uint64(n[1])<<32 | uint64(n[0])))
	return at.Format("2006-01-02T15:04:05.999999999")
}

// timestamp returns an instant as RFC 3339, without a zone if the file says that it is local time.
func timestamp(n int64, t *format.TimestampType) string {
	at := time.UnixMicro(n)
	switch t.Unit.Value.(type) {
	case *format.MilliSeconds:
		at = time.UnixMilli(n)
	case *format.NanoSeconds:
		at = time.Unix(0, n)
	}
	if !t.IsAdjustedToUTC {
		return at.UTC().Format("2006-01-02T15:04:05.999999999")
	}
	return at.UTC().Format(time.RFC3339Nano)
}

func decimalText(v parquet.Value, scale int32) (string, error) {
	switch v.Kind() {
	case parquet.Int32:
		return decimal.New(int64(v.Int32()), -scale).String(), nil
	case parquet.Int64:
		return decimal.New(v.Int64(), -scale).String(), nil
	}
	raw := v.ByteArray()
	if len(raw) == 0 || len(raw) > 16 {
		return "", fmt.Errorf("a decimal of %d bytes", len(raw))
	}
	unscaled := decimal.NewFromInt(int64(int8(raw[0])))
	for _, b := range raw[1:] {
		unscaled = unscaled.Mul(decimal.NewFromInt(256)).Add(decimal.NewFromInt(int64(b)))
	}
	return unscaled.Shift(-scale).String(), nil
}

func floatText(f float64, bits int) string {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'f', -1, bits)
}
