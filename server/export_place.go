package server

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// exportPlaces are the places of exports: one for each caller, and one fewer than there are for ad-hoc questions. An export may take hours,
// so exports must neither keep out those questions nor each other.
type exportPlaces struct {
	limited
	wanted atomic.Int64 // when somebody last waited for a place in vain, in nanoseconds since 1970
}

// enterExport takes a place for an export and one among the ad-hoc questions.
func (s *Server) enterExport(ctx context.Context) (leave func(), busy *gqlerror.Error) {
	exported, busy := s.exports.enter(ctx)
	if busy != nil {
		s.exports.wanted.Store(s.cfg.Clock().UnixNano())
		return nil, busy
	}
	asked, busy := s.places.enter(ctx)
	if busy != nil {
		exported()
		return nil, busy
	}
	return func() { asked(); exported() }, nil
}

// wantedFor is how long somebody who found no place is remembered. They come back after three seconds.
const wantedFor = time.Minute

// isWanted reports whether somebody waits for the place of another export.
func (e *exportPlaces) isWanted(now time.Time) bool {
	return now.Sub(time.Unix(0, e.wanted.Load())) < wantedFor
}

// A reader who takes an export so slowly, on average of the time that was spent waiting for the reader, loses the place if somebody else
// wants it.
const (
	slowRate  = 64 << 10 // bytes a second
	slowAfter = time.Minute
)

// reading says how slowly an export may be read.
type reading struct {
	stall  time.Duration // how long a write may block
	clock  func() time.Time
	wanted func(now time.Time) bool // reports whether somebody else waits
}

// errSlow ends an export that is read slowly while somebody else waits.
var errSlow = errors.New("the export is read slowly, and somebody else waits for its place") // a sentinel

// patient is a writer that gives the client a limited time for each write.
type patient struct {
	http.ResponseWriter
	rc *http.ResponseController
	reading
	written int64
	waited  time.Duration // for the reader
}

func (p *patient) Write(b []byte) (int, error) {
	now := p.clock()
	if p.waited > slowAfter && float64(p.written) < slowRate*p.waited.Seconds() && p.wanted(now) {
		return 0, errSlow
	}
	_ = p.rc.SetWriteDeadline(time.Now().Add(p.stall)) // by the system's own clock, and always possible over TCP
	n, err := p.ResponseWriter.Write(b)
	p.written += int64(n)
	p.waited += p.clock().Sub(now)
	return n, err
}
