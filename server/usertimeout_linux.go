package server

import (
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT, which package syscall does not name.
const tcpUserTimeout = 18

// giveUpAfter bounds how long data sent on a connection may stay unacknowledged. Without it, the kernel keeps sending for a quarter of an
// hour to a peer that is off the network. A server that hangs still acknowledges; hang.go deals with those.
func giveUpAfter(d time.Duration) func(network, address string, c syscall.RawConn) error {
	return func(network, _ string, c syscall.RawConn) (err error) {
		if network == "unix" {
			return nil
		}
		if failed := c.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(d.Milliseconds()))
		}); failed != nil {
			return failed
		}
		return err
	}
}
