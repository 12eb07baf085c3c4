package sheet

import (
	"fmt"
	"io"
	"math/big"
	"slices"
	"time"

	kzstd "github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/shopspring/decimal"
)

// Decimals in a Parquet file have 38 digits, 6 of them decimals, so that every amount fits exactly.
const (
	decimalPlaces, decimalDigits, decimalBytes = 6, 38, 16

	// Rows are kept until there are this many, or this many bytes of texts, and are then written together. What the end of the file says
	// about each group, some 300 bytes a column, is kept until then: small groups would take more memory the longer the file gets, and
	// large ones while they are written.
	rowGroup, rowGroupText = 100_000, 16 << 20
	// zstdWindow bounds what the compressor remembers. A page is about as large; the usual 8 MiB would lie unused.
	zstdWindow = 256 << 10
	// batch is the number of rows passed on at once.
	batch = 256
)

type parquetWriter struct {
	w     *parquet.GenericWriter[any]
	place []int // of each column in the file, whose columns are sorted by name
	types []Type
	rows  []parquet.Row
	text  int // bytes of texts since the last row group
}

func newParquet(w io.Writer, columns []Column) (Writer, error) {
	group := parquet.Group{}
	names := []string{}
	for _, c := range columns {
		group[c.Name] = parquet.Optional(nodeOf(c.Type))
		names = append(names, c.Name)
	}
	slices.Sort(names)
	compressed := &codec{}
	if err := compressed.open(); err != nil {
		return nil, err
	}
	p := &parquetWriter{w: parquet.NewGenericWriter[any](w, parquet.NewSchema("export", group), parquet.Compression(compressed), parquet.MaxRowsPerRowGroup(rowGroup))}
	for _, c := range columns {
		p.place, p.types = append(p.place, slices.Index(names, c.Name)), append(p.types, c.Type)
	}
	return p, nil
}

// codec compresses the pages of one file with one compressor. The library's own codec keeps 16 MiB for each, and makes it anew after every
// garbage collection.
type codec struct {
	zstd.Codec
	encoder *kzstd.Encoder
}

func (c *codec) open() (err error) {
	c.encoder, err = kzstd.NewWriter(nil, kzstd.WithEncoderConcurrency(1), kzstd.WithWindowSize(zstdWindow), kzstd.WithZeroFrames(true), kzstd.WithEncoderCRC(false))
	return err
}

func (c *codec) Encode(to, page []byte) ([]byte, error) {
	return c.encoder.EncodeAll(page, to[:0]), nil
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
		if text, ok := v.(string); ok {
			p.text += len(text)
		}
	}
	p.rows = append(p.rows, row)
	full := p.text >= rowGroupText
	if len(p.rows) < batch && !full {
		return nil
	}
	if err := p.flush(); err != nil || !full {
		return err
	}
	p.text = 0
	return p.w.Flush()
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

// decimalValue returns an exact number as big-endian two's complement.
func decimalValue(text string) (parquet.Value, error) {
	d, err := decimal.NewFromString(text)
	if err != nil {
		return parquet.Value{}, fmt.Errorf("sheet: %q is not a number", text)
	}
	n := d.Shift(decimalPlaces).BigInt()
	if n.Sign() < 0 {
		n.Add(n, new(big.Int).Lsh(big.NewInt(1), decimalBytes*8))
	}
	return parquet.FixedLenByteArrayValue(n.FillBytes(make([]byte, decimalBytes))), nil
}
