package tsdb

import (
	"context"
	"encoding/binary"
	"io"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/usagegraph/usagegraph/billing"
)

// copyRows are rows in the form that COPY … (FORMAT binary) reads, made as the connection asks for them. pgx's own COPY asks the server for
// the columns' types each time and boxes every value, which is most of what a batch of usage costs outside of the database. Here the
// caller says what a column holds: a value of another width than its column's is refused by PostgreSQL.
type copyRows struct {
	mu     sync.Mutex      // of Read and end: the connection reads in a goroutine of its own
	left   int             // rows
	write  func(*copyRows) // writes the next row
	data   []byte
	unread []byte // what of data the connection has not got yet
}

const (
	copyHeader  = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" // no flags, no extension
	copyTrailer = "\xff\xff"
	copyChunk   = 64 << 10 // bytes
)

// copyInto sends rows into a table. copySQL is a COPY … FROM STDIN (FORMAT binary); write is called once for each row.
func copyInto(ctx context.Context, tx pgx.Tx, table, copySQL string, rows int, write func(*copyRows)) (err error) {
	conn := tx.Conn()
	var tag pgconn.CommandTag
	if tracer, ok := conn.Config().Tracer.(pgx.CopyFromTracer); ok {
		ctx = tracer.TraceCopyFromStart(ctx, conn, pgx.TraceCopyFromStartData{TableName: pgx.Identifier{table}})
		defer func() { tracer.TraceCopyFromEnd(ctx, conn, pgx.TraceCopyFromEndData{CommandTag: tag, Err: err}) }()
	}
	c := &copyRows{left: rows, write: write, data: make([]byte, 0, copyChunk+copyChunk/8)}
	c.data = append(c.data, copyHeader...)
	c.fill()
	tag, err = conn.PgConn().CopyFrom(ctx, c, copySQL)
	c.end() // where the connection fails, CopyFrom leaves its reader behind
	return err
}

// end waits until no row is being written, and lets none be written any more: the rows are their owner's again.
func (c *copyRows) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.unread = -1, nil
}

// Read implements io.Reader.
func (c *copyRows) Read(p []byte) (int, error) {
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

// fill appends rows up to a chunk; after the last, the trailer.
func (c *copyRows) fill() {
	for ; c.left > 0 && len(c.data) < copyChunk; c.left-- {
		c.write(c)
	}
	if c.left == 0 {
		c.data, c.left = append(c.data, copyTrailer...), -1
	}
	c.unread = c.data
}

// row begins a row of so many columns, whose values follow in order.
func (c *copyRows) row(columns int) {
	c.data = binary.BigEndian.AppendUint16(c.data, uint16(columns))
}

func (c *copyRows) size(bytes int) { c.data = binary.BigEndian.AppendUint32(c.data, uint32(bytes)) }

func (c *copyRows) null() { c.data = append(c.data, 0xff, 0xff, 0xff, 0xff) }

func (c *copyRows) bigint(v int64) {
	c.size(8)
	c.data = binary.BigEndian.AppendUint64(c.data, uint64(v))
}

// bigintOrNull is NULL for 0: a column that says "none" by NULL.
func (c *copyRows) bigintOrNull(v int64) {
	if v == 0 {
		c.null()
		return
	}
	c.bigint(v)
}

func (c *copyRows) integer(v int32) {
	c.size(4)
	c.data = binary.BigEndian.AppendUint32(c.data, uint32(v))
}

func (c *copyRows) boolean(v bool) {
	c.size(1)
	if v {
		c.data = append(c.data, 1)
		return
	}
	c.data = append(c.data, 0)
}

func (c *copyRows) text(v string) {
	c.size(len(v))
	c.data = append(c.data, v...)
}

// textOrNull is NULL for "".
func (c *copyRows) textOrNull(v string) {
	if v == "" {
		c.null()
		return
	}
	c.text(v)
}

// epoch is PostgreSQL's: timestamps count microseconds from it.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

func (c *copyRows) timestamp(t time.Time) { c.bigint(t.UnixMicro() - epoch) }

// secondOrNull is NULL for none.
func (c *copyRows) secondOrNull(s billing.Second) {
	if s == 0 {
		c.null()
		return
	}
	c.timestamp(s.Time())
}

// array begins an array of n elements of a type; NULL for none. The elements follow.
func (c *copyRows) array(n int, oid uint32, width int) {
	if n == 0 {
		c.null()
		return
	}
	c.size(20 + n*(4+width))
	for _, v := range [5]uint32{1, 0, oid, uint32(n), 1} { // dimensions, no nulls, type, length, first index
		c.data = binary.BigEndian.AppendUint32(c.data, v)
	}
}
