package ingest

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/usagegraph/usagegraph/tsdb"
)

// A refused event still causes work and an answer, which may be many times as long as a line of two bytes. So refused events are paid for,
// and a stream in which nothing else comes is ended.
const (
	maxRefused    = 150     // lines of a stream that are refused in a row, or blank lines that arrive at once
	hopeless      = 1 << 20 // bytes of a line that are skipped before the stream is ended
	refusedBody   = 100     // how many refused events a body counts as that is refused as a whole …
	oversizedBody = 5_000   // … or because of its size
)

// throttled returns the answer to a caller too many of whose events were refused.
func throttled() error {
	return &problem{status: http.StatusTooManyRequests, code: "THROTTLED", message: "Too much was sent that had to be refused; try again later.", retryAfter: "1"}
}

func tooManyRefused() error {
	return &problem{status: http.StatusUnprocessableEntity, code: "TOO_MANY_REFUSED",
		message: strconv.Itoa(maxRefused) + " lines one after the other were refused. Mend them before you send what follows."}
}

func tooManyBlank() error {
	return &problem{status: http.StatusUnprocessableEntity, code: "TOO_MANY_REFUSED", message: strconv.Itoa(maxRefused) + " lines one after the other are blank."}
}

func lineTooLong() error {
	return &problem{status: http.StatusRequestEntityTooLarge, code: "BODY_TOO_LARGE", message: "A line has at most 64 KiB, and this one goes on and on."}
}

// priceOf returns how many refused events a request counts as if none of its events was examined.
func priceOf(err error) int {
	var p *problem
	switch {
	case !errors.As(err, &p) || p.status >= http.StatusInternalServerError || p.status == http.StatusTooManyRequests:
		return 0
	case p.status == http.StatusRequestEntityTooLarge:
		return oversizedBody
	}
	return refusedBody
}

// countRefused counts results that are refusals.
func countRefused(results []tsdb.UsageResult) (n int) {
	for i := range results {
		if results[i].Status == tsdb.UsageRefused {
			n++
		}
	}
	return n
}

// cutRefused cuts off results after the last refusal that a stream may have in a row. row counts the refusals in a row up to here.
func cutRefused(results []tsdb.UsageResult, row *int) (kept []tsdb.UsageResult, ended bool) {
	for i := range results {
		if *row++; results[i].Status != tsdb.UsageRefused {
			*row = 0
		}
		if *row == maxRefused {
			return results[:i+1], true
		}
	}
	return results, false
}
