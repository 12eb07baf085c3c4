package tsdbtest

import (
	"io"
	"net"
	"net/url"
	"testing"
	"time"
)

// Distance puts the database at direct as far away as a round trip takes, until t ends, and returns the URL that leads there. What is
// sent arrives half of it later, each way, in order and however much it is.
func Distance(t testing.TB, direct string, roundTrip time.Duration) string {
	t.Helper()
	through, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	target := through.Host
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", target)
			if err != nil {
				_ = near.Close()
				continue
			}
			go carry(near, far, roundTrip/2)
			go carry(far, near, roundTrip/2)
		}
	}()
	through.Host = listener.Addr().String()
	return through.String()
}

// parcel is what was read at once, and when it is to arrive.
type parcel struct {
	data []byte
	due  time.Time
}

// carry takes bytes from one connection to another, each after a while. Where one ends, so does the other.
func carry(to, from net.Conn, takes time.Duration) {
	way := make(chan parcel, 1024)
	go func() {
		defer func() { _ = to.Close() }()
		for p := range way {
			<-time.After(time.Until(p.due))
			if _, err := to.Write(p.data); err != nil {
				_ = from.Close()
			}
		}
	}()
	defer close(way)
	for {
		data := make([]byte, 64<<10)
		n, err := from.Read(data)
		if n > 0 {
			way <- parcel{data[:n], time.Now().Add(takes)}
		}
		if err != nil {
			if err != io.EOF {
				_ = to.Close()
			}
			return
		}
	}
}
