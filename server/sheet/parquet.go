package sheet

import (
	"fmt"
	"io"
	"math/big"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/shopspring/decimal"
)

// Decimals of a Parquet file have 6 places of 38 digits, so that every amount fits in exactly.
const (
	decimalPlaces, decimalDigits, decimalBytes = 6, 38, 16

	// rowGroup is how many rows are kept until they are written together. What the file's end says of each group is kept until then, so that
	// small groups would take more memory the longer a file gets.
	rowGroup = 100_000
	// batch is how many rows are handed over at once.
	batch = 256
)

type parquetWriter struct {
	w     *parquet.GenericWriter[any]
	place []int // of a column in the file, whose columns are sorted by name
	types []Type
	rows  []parquet.Row
}

func newParquet(w io.Writer, columns []Column) (Writer, error) {
	group := parquet.Group{}
	names := []string{}
	for _, c := range columns {
		group[c.Name] = parquet.Optional(nodeOf(c.Type))
		names = append(names, c.Name)
	}
	slices.Sort(names)
	p := &parquetWriter{w: parquet.NewGenericWriter[any](w, parquet.NewSchema("export", group), parquet.Compression(&zstd.Codec{}), parquet.MaxRowsPerRowGroup(rowGroup))}
	for _, c := range columns {
		p.place, p.types = append(p.place, slices.Index(names, c.Name)), append(p.types, c.Type)
	}
	return p, nil
}

func nodeOf(t Type) parquet.Node {
	switch t {
	case Number:
		return parquet.Int(64)
	case Decimal:
		return parquet.Decimal(decimalPlaces, decimalDigits, parquet.FixedLenByteArrayType(decimalBytes))
	case Time:
		return parquet.Timestamp(parquet.Microsecond)
	case Bool:
		return parquet.Leaf(parquet.BooleanType)
	}
	return parquet.String()
}

func (p *parquetWriter) Row(values []any) error {
	row := make(parquet.Row, len(values))
	for i, v := range values {
		at := p.place[i]
		if v == nil {
			row[at] = parquet.NullValue().Level(0, 0, at)
			continue
		}
		value, err := valueOf(p.types[i], v)
		if err != nil {
			return err
		}
		row[at] = value.Level(0, 1, at)
	}
	p.rows = append(p.rows, row)
	if len(p.rows) < batch {
		return nil
	}
	return p.flush()
}

func (p *parquetWriter) flush() error {
	_, err := p.w.WriteRows(p.rows)
	p.rows = p.rows[:0]
	return err
}

func (p *parquetWriter) Close() error {
	if err := p.flush(); err != nil {
		return err
	}
	return p.w.Close()
}

func valueOf(t Type, v any) (parquet.Value, error) {
	switch v := v.(type) {
	case string:
		if t == Decimal {
			return decimalValue(v)
		}
		return parquet.ByteArrayValue([]byte(v)), nil
	case int64:
		return parquet.Int64Value(v), nil
	case time.Time:
		return parquet.Int64Value(v.UnixMicro()), nil
	case bool:
		return parquet.BooleanValue(v), nil
	}
	return parquet.Value{}, fmt.Errorf("sheet: a value of %T", v)
}

// decimalValue is an exact number as big-endian two's complement.
func decimalValue(text string) (parquet.Value, error) {
	d, err := decimal.NewFromString(text)
	if err != nil {
		return parquet.Value{}, fmt.Errorf("sheet: %q is no number", text)
	}
	n := d.Shift(decimalPlaces).BigInt()
	if n.Sign() < 0 {
		n.Add(n, new(big.Int).Lsh(big.NewInt(1), decimalBytes*8))
	}
	return parquet.FixedLenByteArrayValue(n.FillBytes(make([]byte, decimalBytes))), nil
}
