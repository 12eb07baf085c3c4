package pg

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// BinaryRow reads the values of a row in order, in PostgreSQL's binary form. Decoding the many columns of an account by
// reflection costs as much as the books' own work; BinaryRow is for where that counts. Its methods read only what
// checkColumns has let through.
type BinaryRow struct{ values [][]byte }

// ReadRows calls read for every row. names are the expected columns, or nil if the statement and its reader stand
// together.
func ReadRows(rows pgx.Rows, names []string, read func(BinaryRow)) error {
	defer rows.Close()
	checked := false
	for rows.Next() {
		// Once for all rows, because the description is that of the statement.
		if !checked {
			if err := checkColumns(rows.FieldDescriptions(), names); err != nil {
				return err
			}
			checked = true
		}
		read(BinaryRow{rows.RawValues()})
	}
	return rows.Err()
}

// readTypes are the types, besides text, that BinaryRow can decode; others would be read as wrong numbers.
var readTypes = []uint32{pgtype.Int8OID, pgtype.Int4OID, pgtype.BoolOID, pgtype.Int8ArrayOID, pgtype.BoolArrayOID, pgtype.XIDOID}

// checkColumns checks that the columns have the expected names and readable types, and come in binary form.
func checkColumns(fields []pgconn.FieldDescription, names []string) error {
	for i := range fields {
		f := &fields[i]
		if names != nil && (len(names) != len(fields) || f.Name != names[i]) {
			return fmt.Errorf("column %s where one of %v belongs", f.Name, names)
		}
		if f.DataTypeOID == pgtype.TextOID { // the same bytes in both forms
			continue
		}
		if f.Format != pgtype.BinaryFormatCode || !slices.Contains(readTypes, f.DataTypeOID) {
			return fmt.Errorf("column %s is not in binary, or of type %d", f.Name, f.DataTypeOID)
		}
	}
	return nil
}

// More reports whether a value is left to be read.
func (r *BinaryRow) More() bool { return len(r.values) > 0 }

func (r *BinaryRow) nextValue() []byte {
	v := r.values[0]
	r.values = r.values[1:]
	return v
}

// Bigint reads an integer; it returns 0 for NULL.
func (r *BinaryRow) Bigint() int64 { return integerOf(r.nextValue()) }

// integerOf decodes an integer of four or eight bytes, or a boolean, of which true is 1.
func integerOf(v []byte) int64 {
	switch len(v) {
	case 8:
		return int64(binary.BigEndian.Uint64(v))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(v)))
	case 1:
		return int64(v[0])
	}
	return 0
}

// BigintOrNil reads an integer; it returns nil for NULL.
func (r *BinaryRow) BigintOrNil() *int64 {
	v := r.nextValue()
	if v == nil {
		return nil
	}
	i := integerOf(v)
	return &i
}

// Text reads a text; it returns "" for NULL.
func (r *BinaryRow) Text() string { return string(r.nextValue()) }

// TextOrNil reads a text; it returns nil for NULL.
func (r *BinaryRow) TextOrNil() *string {
	v := r.nextValue()
	if v == nil {
		return nil
	}
	s := string(v)
	return &s
}

// Boolean reads a boolean; it returns false for NULL.
func (r *BinaryRow) Boolean() bool { return integerOf(r.nextValue()) != 0 }

// AppendTo appends the next value or, if that is an array, its elements. The length tells which it is, since an array
// has a header of 12 bytes.
func (r *BinaryRow) AppendTo(values []int64) []int64 {
	v := r.nextValue()
	// The shortest array, the empty one, has 12 bytes; a number has at most 8.
	if len(v) <= 8 {
		return append(values, integerOf(v))
	}
	values, _ = appendElements(values, v)
	return values
}

// appendElements appends the elements of an array, none of which is NULL, and also returns the length of the array's
// last dimension.
func appendElements(values []int64, v []byte) (all []int64, width int) {
	if len(v) < 12 {
		return values, 0 // NULL
	}
	dimensions, rest, n := binary.BigEndian.Uint32(v), v[12:], 1 // after the number of dimensions, the flag for NULLs and the type
	for range dimensions {
		width, rest = int(binary.BigEndian.Uint32(rest)), rest[8:]
		n *= width
	}
	if dimensions > 0 {
		values = slices.Grow(values, n)
	}
	for len(rest) > 0 {
		size := 4 + binary.BigEndian.Uint32(rest)
		values, rest = append(values, integerOf(rest[4:size])), rest[size:]
	}
	return values, width
}

// Bigints reads an array of integers, none of which is NULL.
func (r *BinaryRow) Bigints() []int64 {
	all, _ := appendElements(nil, r.nextValue())
	return all
}

// Booleans reads an array of booleans.
func (r *BinaryRow) Booleans() []bool {
	var all []bool
	for _, v := range r.Bigints() {
		all = append(all, v != 0)
	}
	return all
}

// Table reads an array of arrays of equal length.
func (r *BinaryRow) Table() (rows [][]int64) {
	all, width := appendElements(nil, r.nextValue())
	for ; len(all) > 0; all = all[width:] {
		rows = append(rows, all[:width:width])
	}
	return rows
}
