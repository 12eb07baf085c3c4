//go:build unix

package ws

import (
	"net"
	"syscall"
)

// rawConn writes to a socket without blocking, and waits until there is something to read without reading it.
type rawConn struct{ rc syscall.RawConn }

func newRaw(nc net.Conn) rawConn {
	if sc, ok := nc.(syscall.Conn); ok {
		if rc, err := sc.SyscallConn(); err == nil {
			return rawConn{rc}
		}
	}
	return rawConn{}
}

// tryWrite writes what the socket accepts at once. ok is false if the connection cannot do that at all (TLS, for example). An error of the
// socket shows on the next, blocking write.
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

// canAwait reports whether the connection can tell that there is something to read.
func (r rawConn) canAwait() bool { return r.rc != nil }

// await returns once there is something to read or the connection has ended, or at once if the connection cannot tell.
func (r rawConn) await() {
	if r.rc == nil {
		return
	}
	_ = r.rc.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
		return err != syscall.EAGAIN
	})
}
