//go:build !unix

package ws

import "net"

// rawConn cannot write without blocking on this system: every write takes a goroutine, and reading blocks the reader.
type rawConn struct{}

func newRaw(net.Conn) rawConn { return rawConn{} }

func (rawConn) tryWrite([]byte) (int, bool) { return 0, false }

func (rawConn) canAwait() bool { return false }

func (rawConn) await() {}
