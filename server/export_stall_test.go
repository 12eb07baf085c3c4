package server

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/server/sheet"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// A client that asks for an export and reads nothing of it is cut off: it would hold a place and a snapshot for as long as an export may
// take.
func TestAnExportThatNobodyTakesIsCut(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		csv, _ := sheet.Of("csv")
		d := &download{w: w, stall: 100 * time.Millisecond, format: csv, name: "ledger"}
		err := d.Begin([]charts.Column{{Name: "note"}})
		for text := strings.Repeat("x", 32<<10); err == nil; {
			err = d.Row([]any{text})
		}
		ended <- err
	}))
	defer s.Close()
	client, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	if _, err := client.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	select {
	case err = <-ended:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("it is still being written")
		_ = client.Close()
		<-ended
	}
}
