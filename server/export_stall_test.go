package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/server/sheet"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// A client that asks for an export and reads nothing of it is cut off: it would hold a place and a snapshot for as long as an export may
// take.
func TestAnExportThatNobodyTakesIsCut(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		csv, _ := sheet.Of("csv")
		d := &download{w: w, reading: reading{stall: 100 * time.Millisecond, clock: time.Now}, format: csv, name: "ledger"}
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

// slowly is an answer whose reader takes a chunk in the time that it is given.
type slowly struct {
	http.ResponseWriter
	now  *time.Time
	each time.Duration
}

func (s slowly) Write(b []byte) (int, error) {
	*s.now = s.now.Add(s.each)
	return len(b), nil
}

// A reader who takes an export slowly keeps the place only until somebody else wants it. Who takes it as fast as it comes keeps it, however
// long it takes to find the rows.
func TestASlowExportGivesWay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		each, between time.Duration // for a chunk of 64 KiB: taken by the reader, and by the server
		wanted        bool
		want          error
	}{
		"slow, wanted":         {20 * time.Second, 0, true, errSlow},
		"slow, not wanted":     {20 * time.Second, 0, false, nil},
		"fast, wanted":         {100 * time.Millisecond, 0, true, nil},
		"rare rows, wanted":    {100 * time.Millisecond, 20 * time.Second, true, nil},
		"just slow, wanted":    {1100 * time.Millisecond, 0, true, errSlow},
		"just in time, wanted": {900 * time.Millisecond, 0, true, nil},
	} {
		now := time.Unix(1_800_000_000, 0)
		p := &patient{ResponseWriter: slowly{httptest.NewRecorder(), &now, c.each}, rc: http.NewResponseController(httptest.NewRecorder()),
			reading: reading{stall: exportStall, clock: func() time.Time { return now }, wanted: func(time.Time) bool { return c.wanted }}}
		var err error
		for n := 0; n < 1000 && err == nil; n++ {
			_, err = p.Write(make([]byte, 64<<10))
			now = now.Add(c.between)
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// A caller who exports has one place, another one finds a place beside it, and so does a question. Who finds none is remembered, and pays for
// nothing but the attempt.
func TestExportsLeavePlaces(t *testing.T) {
	t.Parallel()
	s := run(t, func(c *Config) { c.ExplorePoolSize, c.BucketRate = 4, 1 })
	s.exports.patience = 10 * time.Millisecond
	as := func(caller string) context.Context { return pg.ForCaller(t.Context(), caller) }
	first, busy := s.enterExport(as("a"))
	if busy != nil {
		t.Fatal(busy)
	}
	if _, busy := s.enterExport(as("a")); busy == nil || busy.Extensions["retryAfter"] == nil {
		t.Errorf("a second export of the same caller: %v", busy)
	}
	if !s.exports.isWanted(time.Now()) {
		t.Error("who found no place is forgotten")
	}
	second, busy := s.enterExport(as("b"))
	if busy != nil {
		t.Fatal(busy)
	}
	if _, busy := s.enterExport(as("c")); busy == nil {
		t.Error("exports have all places")
	}
	leave, busy := s.places.enter(as("a"))
	if busy != nil {
		t.Errorf("an ad-hoc question beside exports: %v", busy)
	} else {
		leave()
	}
	account := s.account("busy")
	token := s.token(auth.MasterAdmin, account, nil)
	second()
	held, fault := s.enterExport(pg.ForCaller(t.Context(), "account "+strconv.FormatInt(account, 10)))
	if fault != nil {
		t.Fatal(fault)
	}
	export := func() reply { return s.send(s.request(http.MethodGet, "/v1/export/ledger", token, "", nil)) }
	before := s.left(token)
	if got := export(); got.status != http.StatusServiceUnavailable || got.code() != "OVERLOADED" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if paid := before - s.left(token); paid > 50 {
		t.Errorf("finding no place cost %g points", paid)
	}
	held()
	if got := export(); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
	first()
}
