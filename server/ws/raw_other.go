//go:build !unix

package ws

import "net"

// rawConn cannot write without waiting on this system; every write gets a goroutine, and reading waits in its own.
type rawConn struct{}

func newRaw(net.Conn) rawConn { return rawConn{} }

func (rawConn) tryWrite([]byte) (int, bool) { return 0, false }

func (rawConn) canAwait() bool { return false }

func (rawConn) await() {}
