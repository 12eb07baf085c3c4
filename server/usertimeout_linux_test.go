package server

import (
	"log/slog"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A connection to the database gives up a peer that acknowledges nothing.
func TestConnectionsGiveUpSilentPeers(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	cfg, err := pgx.ParseConfig("postgres://" + listener.Addr().String() + "/x")
	if err != nil {
		t.Fatal(err)
	}
	newReach(time.Now, slog.New(slog.DiscardHandler)).dialBy(cfg)
	conn, err := cfg.DialFunc(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	raw, err := conn.(*answering).Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var got int
	if failed := raw.Control(func(fd uintptr) { got, err = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout) }); failed != nil || err != nil {
		t.Fatal(failed, err)
	}
	if want := int(unacknowledged.Milliseconds()); got != want {
		t.Errorf("TCP_USER_TIMEOUT is %d, want %d", got, want)
	}
}
