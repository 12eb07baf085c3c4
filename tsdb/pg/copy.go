package pg

import (
	"context"
	"encoding/binary"
	"io"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/usagegraph/usagegraph/billing"
)

// CopyRows produces rows in the form that COPY … (FORMAT binary) reads, as the connection asks for them. pgx's own COPY
// asks the server for the columns' types each time and boxes every value, which is most of what a batch of usage costs
// outside the database. Here the caller says what a column holds, and PostgreSQL refuses a value that has another width
// than its column.
type CopyRows struct {
	mu     sync.Mutex      // held by Read and end: the connection reads in a goroutine of its own
	left   int             // rows still to be written; −1: the trailer is written too
	write  func(*CopyRows) // writes the next row
	data   []byte
	unread []byte // the part of data that the connection has not read yet
}

const (
	copyHeader  = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" // no flags, no extension
	copyTrailer = "\xff\xff"
	copyChunk   = 64 << 10 // bytes
)

// CopyInto sends rows into a table. copySQL is a COPY … FROM STDIN (FORMAT binary) statement; write is called once for
// each row.
func CopyInto(ctx context.Context, tx pgx.Tx, table, copySQL string, rows int, write func(*CopyRows)) (err error) {
	// pgx tells the tracer only of its own COPY.
	conn := tx.Conn()
	var tag pgconn.CommandTag
	if tracer, ok := conn.Config().Tracer.(pgx.CopyFromTracer); ok {
		ctx = tracer.TraceCopyFromStart(ctx, conn, pgx.TraceCopyFromStartData{TableName: pgx.Identifier{table}})
		defer func() { tracer.TraceCopyFromEnd(ctx, conn, pgx.TraceCopyFromEndData{CommandTag: tag, Err: err}) }()
	}
	c := &CopyRows{left: rows, write: write, data: make([]byte, 0, copyChunk+copyChunk/8)}
	c.data = append(c.data, copyHeader...)
	c.fill()
	tag, err = conn.PgConn().CopyFrom(ctx, c, copySQL)
	c.end() // if the connection fails, CopyFrom may return while its goroutine still reads
	return err
}

// end waits until no row is being written, and lets no more be written: from then on the rows are the caller's again.
func (c *CopyRows) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.unread = -1, nil
}

// Read implements io.Reader.
func (c *CopyRows) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.unread) == 0 {
		if c.left < 0 {
			return 0, io.EOF
		}
		c.data = c.data[:0]
		c.fill()
	}
	n := copy(p, c.unread)
	c.unread = c.unread[n:]
	return n, nil
}

// fill appends rows up to a chunk and, after the last row, the trailer.
func (c *CopyRows) fill() {
	// A chunk is made only when the connection asks for it, so a batch of ten thousand rows takes the memory of one
	// chunk.
	for ; c.left > 0 && len(c.data) < copyChunk; c.left-- {
		c.write(c)
	}
	if c.left == 0 {
		// −1 says that everything is written, the trailer included; 0 would write the trailer again.
		c.data, c.left = append(c.data, copyTrailer...), -1
	}
	c.unread = c.data
}

// Row begins a row of that many columns, whose values follow in order.
func (c *CopyRows) Row(columns int) {
	c.data = binary.BigEndian.AppendUint16(c.data, uint16(columns))
}

func (c *CopyRows) size(bytes int) { c.data = binary.BigEndian.AppendUint32(c.data, uint32(bytes)) }

func (c *CopyRows) null() { c.data = append(c.data, 0xff, 0xff, 0xff, 0xff) }

// Bigint writes a bigint.
func (c *CopyRows) Bigint(v int64) {
	c.size(8)
	c.data = binary.BigEndian.AppendUint64(c.data, uint64(v))
}

// BigintOrNull writes a bigint, or NULL for 0, for columns in which NULL means "none".
func (c *CopyRows) BigintOrNull(v int64) {
	if v == 0 {
		c.null()
		return
	}
	c.Bigint(v)
}

// Integer writes an int.
func (c *CopyRows) Integer(v int32) {
	c.size(4)
	c.data = binary.BigEndian.AppendUint32(c.data, uint32(v))
}

// Boolean writes a boolean.
func (c *CopyRows) Boolean(v bool) {
	c.size(1)
	if v {
		c.data = append(c.data, 1)
		return
	}
	c.data = append(c.data, 0)
}

// Text writes a text.
func (c *CopyRows) Text(v string) {
	c.size(len(v))
	c.data = append(c.data, v...)
}

// TextOrNull writes a text, or NULL for "".
func (c *CopyRows) TextOrNull(v string) {
	if v == "" {
		c.null()
		return
	}
	c.Text(v)
}

// DocumentOrNull writes a jsonb from its text, or NULL for "".
func (c *CopyRows) DocumentOrNull(text string) {
	if text == "" {
		c.null()
		return
	}
	c.size(1 + len(text))
	c.data = append(append(c.data, 1), text...) // the version of jsonb's binary form
}

// epoch is the instant from which PostgreSQL's timestamps count microseconds.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// Timestamp writes a timestamptz, in microseconds.
func (c *CopyRows) Timestamp(t time.Time) { c.Bigint(t.UnixMicro() - epoch) }

// SecondOrNull writes a second as a timestamptz, or NULL for 0.
func (c *CopyRows) SecondOrNull(s billing.Second) {
	if s == 0 {
		c.null()
		return
	}
	c.Timestamp(s.Time())
}

// Bigints writes an array of n numbers, or NULL if n is 0.
func (c *CopyRows) Bigints(n int, number func(i int) int64) {
	c.array(n, pgtype.Int8OID, 8)
	for i := range n {
		c.Bigint(number(i))
	}
}

// Integers writes an array of n numbers of four bytes, or NULL if n is 0.
func (c *CopyRows) Integers(n int, number func(i int) int32) {
	c.array(n, pgtype.Int4OID, 4)
	for i := range n {
		c.Integer(number(i))
	}
}

// array begins an array of n elements of a type, which follow; it writes NULL if n is 0.
func (c *CopyRows) array(n int, oid uint32, width int) {
	if n == 0 {
		c.null()
		return
	}
	c.size(20 + n*(4+width))
	for _, v := range [5]uint32{1, 0, oid, uint32(n), 1} { // dimensions, no nulls, type, length, first index
		c.data = binary.BigEndian.AppendUint32(c.data, v)
	}
}
