//go:build !linux

package server

import (
	"syscall"
	"time"
)

// giveUpAfter does nothing, because this system has no such bound. Keep-alive notices a dead peer instead.
func giveUpAfter(time.Duration) func(network, address string, c syscall.RawConn) error { return nil }
