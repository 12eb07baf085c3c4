package tsdb

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// binaryRow reads a row's values in their order, in PostgreSQL's binary form. Reflection over the many columns of an account costs as
// much as the books' own work; this is for where that counts. Its methods take what checkColumns has let through.
type binaryRow struct{ values [][]byte }

// forEachRow reads all rows. names are the columns, or nil where the statement and its reader stand together.
func forEachRow(rows pgx.Rows, names []string, read func(binaryRow)) error {
	defer rows.Close()
	checked := false
	for rows.Next() {
		if !checked {
			if err := checkColumns(rows.FieldDescriptions(), names); err != nil {
				return err
			}
			checked = true
		}
		read(binaryRow{rows.RawValues()})
	}
	return rows.Err()
}

// readTypes are the types, besides text, that binaryRow can tell by their bytes: others would read as wrong numbers.
var readTypes = []uint32{oidBigint, oidInteger, oidBoolean, oidBigints, oidBooleans}

// checkColumns makes sure that the columns are those that are about to be read, of types that can be, and in binary.
func checkColumns(fields []pgconn.FieldDescription, names []string) error {
	for i := range fields {
		f := &fields[i]
		if names != nil && (len(names) != len(fields) || f.Name != names[i]) {
			return fmt.Errorf("column %s where one of %v belongs", f.Name, names)
		}
		if f.DataTypeOID == oidText { // the same bytes in both forms
			continue
		}
		if f.Format != 1 || !slices.Contains(readTypes, f.DataTypeOID) {
			return fmt.Errorf("column %s is not in binary, or of type %d", f.Name, f.DataTypeOID)
		}
	}
	return nil
}

func (r *binaryRow) next() []byte {
	v := r.values[0]
	r.values = r.values[1:]
	return v
}

// bigint reads an integer of four or eight bytes; 0 for NULL.
func (r *binaryRow) bigint() int64 { return integerOf(r.next()) }

func integerOf(v []byte) int64 {
	switch len(v) {
	case 8:
		return int64(binary.BigEndian.Uint64(v))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(v)))
	}
	return 0
}

func (r *binaryRow) bigintOrNil() *int64 {
	v := r.next()
	if v == nil {
		return nil
	}
	i := integerOf(v)
	return &i
}

func (r *binaryRow) text() string { return string(r.next()) }

func (r *binaryRow) textOrNil() *string {
	v := r.next()
	if v == nil {
		return nil
	}
	s := string(v)
	return &s
}

func (r *binaryRow) boolean() bool { return isTrue(r.next()) }

func isTrue(v []byte) bool { return len(v) == 1 && v[0] != 0 }

// appendTo appends the next value, or the elements of an array. What a value is shows in its length: an array has a header of 12 bytes.
func (r *binaryRow) appendTo(values []int64) []int64 {
	v := r.next()
	if len(v) <= 8 {
		return append(values, integerOf(v))
	}
	_, _, rest := arrayHeader(v)
	for len(rest) > 0 {
		var e []byte
		e, rest = element(rest)
		values = append(values, integerOf(e))
	}
	return values
}

// arrayHeader reads an array's last dimension and how many elements follow in rest.
func arrayHeader(v []byte) (width, n int, rest []byte) {
	if len(v) < 12 {
		return 0, 0, nil
	}
	dimensions := binary.BigEndian.Uint32(v)
	if dimensions == 0 {
		return 0, 0, nil
	}
	rest, n = v[12:], 1 // behind the number of dimensions, the flag for NULLs and the type
	for range dimensions {
		width, rest = int(binary.BigEndian.Uint32(rest)), rest[8:]
		n *= width
	}
	return width, n, rest
}

// element reads the next element of an array. It is not NULL.
func element(v []byte) (e, rest []byte) {
	size := 4 + binary.BigEndian.Uint32(v)
	return v[4:size], v[size:]
}

// elements reads an array: its last dimension's length, and its elements one after the other.
func elements[T any](v []byte, of func([]byte) T) (width int, all []T) {
	width, n, rest := arrayHeader(v)
	if n == 0 {
		return 0, nil
	}
	all = make([]T, n)
	for i := range all {
		var e []byte
		e, rest = element(rest)
		all[i] = of(e)
	}
	return width, all
}

func (r *binaryRow) bigints() []int64 {
	_, all := elements(r.next(), integerOf)
	return all
}

func (r *binaryRow) booleans() []bool {
	_, all := elements(r.next(), isTrue)
	return all
}

// table reads an array of arrays of equal length.
func (r *binaryRow) table() [][]int64 {
	width, all := elements(r.next(), integerOf)
	if width == 0 {
		return nil
	}
	rows := make([][]int64, 0, len(all)/width)
	for ; len(all) > 0; all = all[width:] {
		rows = append(rows, all[:width:width])
	}
	return rows
}
