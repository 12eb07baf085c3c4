package ws

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/server/wire"
)

// state is the stage that a connection has reached.
type state int8

const (
	fresh        state = iota // upgraded
	initialising              // connection_init is being checked
	ready                     // connection_ack is queued
)

// conn is one WebSocket. Lock order: while mu is held, no other lock is taken and no hook is called.
type conn struct {
	t      *Transport
	exec   graphql.GraphExecutor
	nc     net.Conn
	raw    rawConn
	early  *strings.Reader // the reader's: what net/http had already read; nil: nothing
	br     *bufio.Reader   // the reader's; nil while it waits
	timed  bool            // the reader's: a read deadline is set
	ctx    context.Context
	cancel context.CancelFunc
	opened time.Time

	lastRead atomic.Int64 // time of the last frame, since Transport.started

	mu        sync.Mutex
	state     state
	session   wire.Session
	halt      context.CancelFunc // stops Init; nil: it is not running
	unwatch   func() bool        // stops watching Session.Context
	ops       []*operation
	oneShots  int // operations that are not, or not yet known to be, subscriptions
	out       wire.Outbox
	rest      []byte        // bytes of frames that were written in part
	room      chan struct{} // closed when the queue has shrunk; nil while nobody waits
	writing   bool          // a writer has this connection, or will
	pinged    time.Duration // when the last ping was sent, since the transport started
	closing   bool          // a close frame is queued or sent; nothing else is accepted
	closeBy   time.Time
	readerEnd bool // the reader has ended
	dead      bool // the socket is closed
}

func newConn(t *Transport, ctx context.Context, nc net.Conn, early *strings.Reader, exec graphql.GraphExecutor) *conn {
	ctx, cancel := context.WithCancel(ctx)
	c := &conn{
		t: t, exec: exec, nc: nc, raw: newRaw(nc), early: early,
		ctx: ctx, cancel: cancel, opened: t.cfg.Now(),
	}
	c.out.MaxBytes = t.cfg.MaxQueue
	c.touch()
	return c
}

func (c *conn) touch() { c.lastRead.Store(int64(c.t.cfg.Now().Sub(c.t.started))) }

// wait is the reader while there is nothing to read, which is nearly always. It calls so little that it keeps the 2 KB stack that a
// goroutine begins with. A goroutine that has once read a message has a larger stack, so serve runs in its own.
func (c *conn) wait() {
	c.raw.await()
	go c.serve()
}

// serve is the reader while there is something to read. It ends with the next wait or with the end of the connection.
func (c *conn) serve() {
	over := true
	defer func() {
		giveReader(c.br)
		c.br = nil
		if over {
			c.release()
		} else {
			go c.wait()
		}
	}()
	defer c.recovered(c.abort) // one client's bytes must not bring down the others
	c.br = takeReader(c.source())
	for {
		err := c.readFrames()
		if err == nil && c.drained() {
			over = false
			return
		}
		if err == nil {
			continue
		}
		var breach Close
		if errors.As(err, &breach) {
			c.shut(breach.Code, breach.Reason)
			c.discard()
		}
		return
	}
}

func (c *conn) source() io.Reader {
	if c.early == nil {
		return c.nc
	}
	return io.MultiReader(c.early, c.nc)
}

// drained reports whether everything that has arrived was read and the connection can tell when more arrives.
func (c *conn) drained() bool {
	if c.br.Buffered() > 0 || c.early != nil && c.early.Len() > 0 {
		return false
	}
	c.early = nil
	return c.raw.canAwait()
}

// discard reads until the peer or the janitor ends the connection, so that the close frame is not lost to a reset.
func (c *conn) discard() {
	_, _ = io.Copy(io.Discard, c.nc)
}

var errPeerClosed = errors.New("ws: closed by peer") // a sentinel

// readFrames reads one message or control frame, and handles it.
func (c *conn) readFrames() error {
	h, err := c.nextFrame()
	switch {
	case err != nil:
		return err
	case h.op >= opClose:
		return c.control(h)
	}
	buf := takeBuffer()
	defer giveBuffer(buf)
	if *buf, err = c.collect(h, (*buf)[:0]); err != nil {
		return err
	}
	if c.timed {
		c.timed = false
		_ = c.nc.SetReadDeadline(time.Time{})
	}
	if !utf8.Valid(*buf) {
		return Close{CodeInvalidPayload, "Messages must be UTF-8"}
	}
	c.pause(len(*buf))
	return c.handle(*buf)
}

// pause waits before a message or frame, so that a client which has used up its allowance is read slowly and costs others nothing.
func (c *conn) pause(bytes int) {
	session, ready := c.admitted()
	if c.t.cfg.Pace == nil || !ready {
		return
	}
	ctx := session.Context
	if ctx == nil {
		ctx = c.ctx
	}
	d := c.t.cfg.Pace(ctx, bytes)
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.ctx.Done():
	}
}

// nextFrame reads the header of a frame.
func (c *conn) nextFrame() (header, error) {
	h, err := readHeader(c.br)
	if err == nil {
		c.touch()
	}
	return h, err
}

// nextData reads up to the header of a data frame and answers the control frames before it.
func (c *conn) nextData() (header, error) {
	for {
		h, err := c.nextFrame()
		if err != nil || h.op < opClose {
			return h, err
		}
		if err := c.control(h); err != nil {
			return h, err
		}
	}
}

// collect reads the frames of the message that begins with h. All of them must arrive within ReadTimeout.
func (c *conn) collect(h header, msg []byte) ([]byte, error) {
	deadline := c.t.cfg.Now().Add(c.t.cfg.ReadTimeout)
	for first := true; ; first = false {
		err := c.checkData(h, first, len(msg))
		if err != nil {
			return msg, err
		}
		if msg, err = c.readBody(h, msg, deadline); err != nil || h.fin {
			return msg, err
		}
		if h, err = c.nextData(); err != nil {
			return msg, err
		}
		c.pause(0) // for each frame of a fragmented message
	}
}

func (c *conn) checkData(h header, first bool, have int) error {
	switch {
	case h.op == opBinary:
		return Close{CodeUnsupportedData, "Messages must be text"}
	case first == (h.op == opContinuation):
		return Close{CodeProtocolError, "Unexpected continuation"}
	case h.length > int64(c.maxMessage()-have):
		return Close{CodeTooBig, "Message too big"}
	}
	return nil
}

func (c *conn) maxMessage() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == ready {
		return c.t.cfg.MaxMessage
	}
	return c.t.cfg.MaxInit
}

// readBody reads a payload. It needs a deadline only if the payload has not arrived yet or the message is fragmented.
func (c *conn) readBody(h header, msg []byte, deadline time.Time) ([]byte, error) {
	if int64(c.br.Buffered()) < h.length || !h.fin {
		c.timed = true
		_ = c.nc.SetReadDeadline(deadline)
	}
	return h.readPayload(c.br, msg)
}

func (c *conn) control(h header) error {
	c.pause(int(h.length)) // a message pays when it is complete, everything else at once
	body, err := h.readPayload(c.br, make([]byte, 0, h.length))
	if err != nil {
		return err
	}
	switch h.op {
	case opPing:
		c.putPatiently(wire.Message{Kind: kindPong, Body: body})
	case opClose:
		c.shut(peerClose(body), "")
		return errPeerClosed
	}
	return nil
}

// check enforces the time limits. The janitor calls it.
func (c *conn) check(now time.Time) {
	c.mu.Lock()
	closing, late := c.closing, now.After(c.closeBy)
	stage, expired := c.state, c.session.Expired(now)
	c.mu.Unlock()
	silent := now.Sub(c.t.started) - time.Duration(c.lastRead.Load())
	switch {
	case closing && late:
		c.abort()
	case closing:
	case stage == fresh && now.Sub(c.opened) > c.t.cfg.InitTimeout:
		c.shut(CodeInitTimeout, "Connection initialisation timeout")
	case stage == initialising && now.Sub(c.opened) > 3*c.t.cfg.InitTimeout: // a hook that ignores its context
		c.shut(CodeTryAgain, uncheckedReason)
	case expired:
		c.shut(CodeForbidden, "Token expired")
	case silent > c.t.cfg.PingInterval+c.t.cfg.PongTimeout:
		c.t.cut.Add(1)
		c.abort()
	case silent > c.t.cfg.PingInterval:
		c.ping(now)
	}
}

// ping sends a ping, unless one is unanswered: the last ping was sent after the last frame arrived. A frame counts as an answer even if no
// check ran between its arrival and now.
func (c *conn) ping(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pinged > time.Duration(c.lastRead.Load()) || c.closing {
		return
	}
	c.pinged = now.Sub(c.t.started)
	c.putLocked(wire.Message{Kind: kindPing})
}

// shut begins the closing handshake, once. What is already queued is sent first, unless the close frame does not fit.
func (c *conn) shut(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shutLocked(code, reason)
}

func (c *conn) shutLocked(code int, reason string) {
	if c.closing || c.dead {
		return
	}
	f := wire.Message{Kind: kindClose, Body: closeBody(code, reason)}
	if code == CodeTryAgain || !c.putLocked(f) {
		c.out.Clear()
		c.putLocked(f)
	}
	c.closing = true
	c.closeBy = c.t.cfg.Now().Add(c.t.cfg.CloseTimeout)
	c.cancelLocked()
}

// drain closes the connection with 1012 as soon as no query or mutation runs.
func (c *conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.oneShots == 0 && c.t.draining.Load() {
		c.shutLocked(CodeRestart, "Service restart")
	}
}

// abort closes the socket; the reader then releases everything else.
func (c *conn) abort() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abortLocked()
}

func (c *conn) abortLocked() {
	if c.dead {
		return
	}
	c.dead, c.closing = true, true
	c.out.Clear()
	c.rest = nil
	c.wakeLocked()
	c.cancelLocked()
	_ = c.nc.Close()
	if c.readerEnd {
		c.t.forget(c)
	}
}

// cancelLocked cancels what waits for the connection.
func (c *conn) cancelLocked() {
	c.cancel()
	if c.halt != nil {
		c.halt()
	}
}

// release frees everything when the reader ends. A close frame that is being written is still sent, and its writer then closes the socket.
func (c *conn) release() {
	c.mu.Lock()
	c.readerEnd = true
	switch {
	case c.dead:
		c.t.forget(c)
	case !c.closing || !c.writing:
		c.abortLocked()
	}
	c.closing = true
	c.cancelLocked()
	ops := c.ops
	c.ops = nil
	unwatch, principal, counted := c.unwatch, c.session.Principal, c.state == ready
	c.mu.Unlock()
	if unwatch != nil {
		unwatch()
	}
	if counted {
		c.t.cfg.Tally.Leave(principal)
	}
	for _, op := range ops {
		op.end()
	}
}

// admitted returns the session, if there is one already.
func (c *conn) admitted() (session wire.Session, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session, c.state == ready && !c.closing
}

// judge closes the connection if its session does not stand any more.
func (c *conn) judge(now wire.Standing) {
	switch now {
	case wire.Stands:
	case wire.Changed:
		c.shut(CodeAccessChanged, "Access changed")
	case wire.Ended:
		c.shut(CodeForbidden, "Token revoked")
	}
}
