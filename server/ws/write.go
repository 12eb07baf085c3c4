package ws

import (
	"context"
	"sync"
	"time"

	"github.com/usagegraph/usagegraph/server/wire"
)

// Kinds of queued frames.
const (
	kindNext     int8 = iota // Body is an ExecutionResult
	kindError                // Body is a list of errors
	kindComplete             // no Body
	kindText                 // Body is a whole message
	kindPing
	kindPong
	kindClose
)

// chunk is about how many bytes are written to the socket at once.
const chunk = 32 << 10

// buffers lends scratch space, so that idle connections hold none.
var buffers = sync.Pool{New: func() any { // a pool is shared by nature
	b := make([]byte, 0, 4<<10)
	return &b
}}

func takeBuffer() *[]byte { return buffers.Get().(*[]byte) }

func giveBuffer(b *[]byte) {
	if cap(*b) > 2*chunk {
		return // do not keep what one large message needed
	}
	*b = (*b)[:0]
	buffers.Put(b)
}

// putLocked queues a frame and makes sure that a writer will write it.
func (c *conn) putLocked(f wire.Message) bool {
	if c.dead || !c.out.Put(f) {
		return false
	}
	if !c.writing {
		c.writing = true
		c.t.ready.add(c)
	}
	return true
}

// putPatiently queues an answer from the reader, which reads no further until there is room. A client that asks faster than it reads holds
// up only itself, until WriteTimeout.
func (c *conn) putPatiently(f wire.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.hasRoomLocked(len(f.Body)) {
		if !c.awaitRoomLocked(c.ctx) {
			return
		}
	}
	if !c.closing {
		c.putLocked(f)
	}
}

// hasRoomLocked also reports true when waiting is pointless.
func (c *conn) hasRoomLocked(n int) bool { return c.closing || c.out.Room(n) }

// awaitRoomLocked releases the lock until the queue has shrunk; false means that ctx has ended.
func (c *conn) awaitRoomLocked(ctx context.Context) bool {
	if c.room == nil {
		c.room = make(chan struct{})
	}
	room := c.room
	c.mu.Unlock()
	select {
	case <-room:
	case <-ctx.Done():
	}
	c.mu.Lock()
	return ctx.Err() == nil
}

func (c *conn) wakeLocked() {
	if c.room != nil {
		close(c.room)
		c.room = nil
	}
}

// fill takes queued frames, up to a chunk, after what an earlier write has left. If it returns nothing, there is no more to do and the
// writer has given up the connection.
func (c *conn) fill(buf []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	buf = append(buf[:0], c.rest...)
	c.rest = nil
	for len(buf) < chunk {
		f, ok := c.out.Take()
		if !ok {
			break
		}
		buf = appendFrame(buf, f)
	}
	c.wakeLocked()
	if len(buf) == 0 {
		c.writing = false
		if c.closing && c.readerEnd {
			c.abortLocked()
		}
	}
	return buf
}

// flush writes without blocking until nothing is left. If the socket is full, a goroutine takes over.
func (c *conn) flush(scratch *[]byte) {
	for {
		b := c.fill(*scratch)
		*scratch = b
		if len(b) == 0 {
			return
		}
		n, _ := c.raw.tryWrite(b)
		if n == len(b) {
			continue
		}
		c.mu.Lock()
		c.rest = append([]byte(nil), b[n:]...)
		c.mu.Unlock()
		go c.flushSlowly()
		return
	}
}

// flushSlowly writes until nothing is left. A client that accepts no part of a chunk for WriteTimeout is cut off.
func (c *conn) flushSlowly() {
	buf := takeBuffer()
	defer giveBuffer(buf)
	for {
		*buf = c.fill(*buf)
		if len(*buf) == 0 {
			return
		}
		_ = c.nc.SetWriteDeadline(c.t.cfg.Now().Add(c.t.cfg.WriteTimeout))
		if _, err := c.nc.Write(*buf); err != nil {
			c.t.cut.Add(1)
			c.abort()
			return
		}
		_ = c.nc.SetWriteDeadline(time.Time{})
	}
}

func appendFrame(dst []byte, f wire.Message) []byte {
	switch f.Kind {
	case kindPing:
		return append(appendHeader(dst, opPing, len(f.Body)), f.Body...)
	case kindPong:
		return append(appendHeader(dst, opPong, len(f.Body)), f.Body...)
	case kindClose:
		return append(appendHeader(dst, opClose, len(f.Body)), f.Body...)
	case kindText:
		return append(appendHeader(dst, opText, len(f.Body)), f.Body...)
	}
	return appendMessage(dst, f)
}

// Parts of a message around the quoted id and the payload.
const (
	beforeID     = `{"id":`
	typeNext     = `,"type":"next","payload":`
	typeError    = `,"type":"error","payload":`
	typeComplete = `,"type":"complete"`
)

// appendMessage wraps a body, which other connections may be sending too, into a message of this operation.
func appendMessage(dst []byte, f wire.Message) []byte {
	id := f.Owner.(*operation).quoted
	middle := typeNext
	switch f.Kind {
	case kindError:
		middle = typeError
	case kindComplete:
		middle = typeComplete
	}
	dst = appendHeader(dst, opText, len(beforeID)+len(id)+len(middle)+len(f.Body)+1)
	dst = append(dst, beforeID...)
	dst = append(dst, id...)
	dst = append(dst, middle...)
	dst = append(dst, f.Body...)
	return append(dst, '}')
}

// writers are a few goroutines that write for all connections; none runs while nothing is to be written.
type writers struct {
	limit int

	mu      sync.Mutex
	queue   []*conn
	running int
}

func (w *writers) add(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(w.queue, c)
	if w.running < w.limit {
		w.running++
		go w.run()
	}
}

func (w *writers) run() {
	scratch := takeBuffer()
	defer giveBuffer(scratch)
	for {
		batch := w.take()
		if batch == nil {
			return
		}
		for _, c := range batch {
			c.flush(scratch)
		}
	}
}

// share is how many connections a writer takes at once, so that the lock is not taken for each of them.
const share = 16

func (w *writers) take() []*conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(share, len(w.queue))
	if n == 0 {
		w.queue = nil
		w.running--
		return nil
	}
	batch := append([]*conn(nil), w.queue[:n]...)
	w.queue = w.queue[n:]
	return batch
}
