package auth

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A token that names an unknown key makes the issuer be asked for its keys. Somebody may send such tokens without end, so
// that beyond a few the issuer is asked once in a while, and its last answer stands for the others.
const (
	keysAtOnce = 5
	keysEvery  = 10 * time.Second
	maxKeys    = 1 << 20 // bytes of an answer
)

// issuerClient asks an issuer, with a bound on how long that takes and how often it is done.
func issuerClient(now func() time.Time) *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: &seldom{now: now, asked: map[string]*lastAnswer{}}}
}

// seldom is a RoundTripper for the documents of an issuer.
type seldom struct {
	now func() time.Time

	mu    sync.Mutex
	asked map[string]*lastAnswer // by URL; there are two
}

type lastAnswer struct {
	limit *rate.Limiter
	head  http.Header
	body  []byte
}

// RoundTrip asks, or repeats the last answer.
func (s *seldom) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	last := s.asked[r.URL.String()]
	if last == nil {
		last = &lastAnswer{limit: rate.NewLimiter(rate.Every(keysEvery), keysAtOnce)}
		s.asked[r.URL.String()] = last
	}
	allowed, body, head := last.limit.AllowN(s.now(), 1), last.body, last.head
	s.mu.Unlock()
	if !allowed && body != nil {
		return repeat(r, head, body), nil
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || res.StatusCode != http.StatusOK {
		return res, err
	}
	defer func() { _ = res.Body.Close() }()
	if body, err = io.ReadAll(io.LimitReader(res.Body, maxKeys)); err != nil {
		return nil, err
	}
	s.mu.Lock()
	last.head, last.body = res.Header, body
	s.mu.Unlock()
	return repeat(r, res.Header, body), nil
}

func repeat(r *http.Request, head http.Header, body []byte) *http.Response {
	return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: head.Clone(), Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r}
}
