//go:build unix

package ws

import (
	"net"
	"syscall"
)

// rawConn writes to a socket without ever waiting for it.
type rawConn struct{ rc syscall.RawConn }

func newRaw(nc net.Conn) rawConn {
	if sc, ok := nc.(syscall.Conn); ok {
		if rc, err := sc.SyscallConn(); err == nil {
			return rawConn{rc}
		}
	}
	return rawConn{}
}

// tryWrite writes what the socket takes at once. ok is false when the connection cannot do that at
// all (TLS, say); an error of the socket shows on the next, blocking write.
func (r rawConn) tryWrite(b []byte) (n int, ok bool) {
	if r.rc == nil {
		return 0, false
	}
	err := r.rc.Write(func(fd uintptr) bool {
		if m, err := syscall.Write(int(fd), b); err == nil && m > 0 {
			n = m
		}
		return true
	})
	return n, err == nil
}
