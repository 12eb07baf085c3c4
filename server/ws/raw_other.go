//go:build !unix

package ws

import "net"

// rawConn cannot write without waiting on this system; every write gets a goroutine.
type rawConn struct{}

func newRaw(net.Conn) rawConn { return rawConn{} }

func (rawConn) tryWrite([]byte) (int, bool) { return 0, false }
