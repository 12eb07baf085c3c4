package usagegraph

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// Pauses between attempts: doubled each time, from the first to the longest, and each drawn at random below that, so that many clients
// do not come back at once.
const (
	firstPause   = 200 * time.Millisecond
	longestPause = 30 * time.Second
)

// pause is how long to wait after the n-th failed attempt, from 1. What the server asks for counts if it is longer.
func pause(n int, asked time.Duration) time.Duration {
	most := longestPause
	if n < 8 {
		most = firstPause << (n - 1)
	}
	return max(asked, most/2+rand.N(most/2+1))
}

// wait waits, or reports why not.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// retryAfter is what an answer asks for, in seconds; 0 where it asks for nothing.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 || seconds > 3600 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
