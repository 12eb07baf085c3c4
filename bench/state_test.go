package bench

import (
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

const (
	stateClients = 64
	stateRounds  = 5
	stateSpan    = 2 * time.Second
)

const (
	askAccess = `query Access($id:ID!){account(id:$id){access(action:INFERENCE){allowed available limit zone}}}`
	askStatus = `query CreditStatus($id:ID!){account(id:$id){creditStatus{asOf icon zone credits{used remaining usedPercent available}runs{used remaining}}}}`
)

// BenchmarkState compares questions about the state of an account, from 64 clients, with a server of net/http that answers with a constant
// of the same size: answers per second of each, and their ratio, in alternating rounds of one run. It also prints the CPU time of an
// answer, of clients, server and database together, which a busy machine changes less. The platform asks for access, and Support, by a
// registered document, for the status.
func BenchmarkState(b *testing.B) {
	d := openEndpoint(b, 1000)
	for _, q := range stateQuestions {
		b.Run(q.name, func(b *testing.B) {
			for range b.N {
				r := d.states(b, q, stateRounds)
				b.ReportMetric(median(r.ours), "answers/s")
				b.ReportMetric(median(r.bare), "constant/s")
				b.ReportMetric(median(r.ratios), "ratio")
				b.ReportMetric(slices.Min(r.ratios), "ratio-min")
				b.ReportMetric(slices.Max(r.ratios), "ratio-max")
				b.ReportMetric(median(r.cpu), "ratio-CPU")
				b.ReportMetric(r.server, "µs-process")
				b.ReportMetric(r.database, "µs-database")
			}
		})
	}
}

type stateQuestion struct {
	name, query string
	role        auth.Role
}

var stateQuestions = []stateQuestion{{"access", askAccess, auth.Platform}, {"creditStatus", askStatus, auth.Support}}

// comparison is the outcome of alternating rounds of two sides.
type comparison struct {
	ours, bare, ratios []float64
	cpu                []float64 // ratios of the CPU time of an answer, as ratios of rates
	server, database   float64   // µs of CPU time per answer, in the last round
}

// states asks questions, round by round.
func (d *endpoint) states(b *testing.B, q stateQuestion, rounds int) (r comparison) {
	d.token = d.newToken(q.role)
	bodies := make([][]byte, len(d.accounts))
	for i, id := range d.accounts {
		bodies[i] = question(q.query, map[string]any{"id": accountID(id)})
	}
	answer := d.post("/graphql", "application/json", bodies[0])
	if strings.Contains(answer, `"errors"`) || !strings.Contains(answer, `"zone"`) {
		b.Fatal(answer)
	}
	at := constant(b, answer)
	d.rate(d.at+"/graphql", bodies)
	for range rounds {
		own, database, began := spent(), d.backends(), time.Now()
		n := d.rate(d.at+"/graphql", bodies)
		answers := n * time.Since(began).Seconds()
		r.server, r.database = float64((spent()-own).Microseconds())/answers, float64((d.backends()-database).Microseconds())/answers
		own, began = spent(), time.Now()
		bare := d.rate(at, bodies)
		each := float64((spent() - own).Microseconds()) / (bare * time.Since(began).Seconds())
		r.ours, r.bare, r.ratios, r.cpu = append(r.ours, n), append(r.bare, bare), append(r.ratios, n/bare), append(r.cpu, each/(r.server+r.database))
	}
	return r
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

// rate returns how many answers per second the clients get.
func (d *endpoint) rate(at string, bodies [][]byte) float64 {
	return d.rateOf(stateClients, stateSpan, at, bodies)
}
