package bench

import (
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

const (
	stateClients = 64
	stateRounds  = 5
	stateSpan    = 2 * time.Second
)

// BenchmarkState holds questions about the state of an account, from 64 clients, against a server of net/http that answers a constant of
// the same size: answers a second of each, and their ratio, in alternating rounds of one run.
func BenchmarkState(b *testing.B) {
	d := openDoor(b, 1000)
	d.token = d.newToken(auth.Support)
	for _, q := range []struct{ name, query string }{
		{"access", `query($id:ID!){account(id:$id){access(action:INFERENCE){allowed available limit zone}}}`},
		{"creditStatus", `query($id:ID!){account(id:$id){creditStatus{asOf icon zone credits{used remaining usedPercent available}runs{used remaining}}}}`},
	} {
		b.Run(q.name, func(b *testing.B) {
			bodies := make([][]byte, 1000)
			for i := range bodies {
				bodies[i] = question(q.query, map[string]any{"id": accountID(int64(i + 1))})
			}
			answer := d.post("/graphql", "application/json", bodies[0])
			if strings.Contains(answer, `"errors"`) {
				b.Fatal(answer)
			}
			at := constant(b, answer)
			var ours, theirs []float64
			for range b.N {
				for range stateRounds {
					ours = append(ours, d.rate(d.at+"/graphql", bodies))
					theirs = append(theirs, d.rate(at, bodies))
				}
			}
			mine, bare := median(ours), median(theirs)
			b.ReportMetric(mine, "answers/s")
			b.ReportMetric(bare, "constant/s")
			b.ReportMetric(mine/bare, "ratio")
			b.ReportMetric(slices.Min(ours), "min/s")
			b.ReportMetric(slices.Max(ours), "max/s")
		})
	}
}

// constant serves one answer at a new address.
func constant(b *testing.B, answer string) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_, _ = io.WriteString(w, answer)
	})}
	go func() { _ = s.Serve(listener) }()
	b.Cleanup(func() { _ = s.Close() })
	return "http://" + listener.Addr().String()
}

// rate is how many answers a second the clients get.
func (d *door) rate(at string, bodies [][]byte) float64 {
	var n atomic.Int64
	end := time.Now().Add(stateSpan)
	began := time.Now()
	var all sync.WaitGroup
	for i := range stateClients {
		all.Go(func() {
			for turn := i; time.Now().Before(end); turn += stateClients {
				d.postTo(at, "application/json", bodies[turn%len(bodies)])
				n.Add(1)
			}
		})
	}
	all.Wait()
	return float64(n.Load()) / time.Since(began).Seconds()
}
