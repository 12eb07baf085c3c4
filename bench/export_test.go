package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// exportedRows names the variable for how many events BenchmarkExport exports; default 200,000.
const exportedRows = "USAGEGRAPH_BENCH_EXPORT_ROWS"

// manyEvents makes events in the database itself, of one account, over 30 days.
const manyEvents = `INSERT INTO usage_event (account_id, time, source, event_id, kind, resource_id, input_tokens, output_tokens, charge, posted_at, user_id, tags)
SELECT $1, now() - interval '31 days' + n * (interval '30 days' / $3::bigint), 'gateway', 'e' || n, 'INFERENCE', $2, 100 + n % 4000, n % 500, 50 + n % 2000, now(),
  'user-' || n % 1000, jsonb_build_object('team', 'team-' || n % 20) FROM generate_series($4::bigint, $5::bigint) n`

// BenchmarkExport exports events as CSV, NDJSON and Parquet, and prints the speed and the server's memory: before, at most during the first
// tenth of the rows, and at most during the rest. The last two are the same if nothing accumulates.
func BenchmarkExport(b *testing.B) {
	rows := int64(number(exportedRows, 200_000))
	f := newFleet(b, 1)
	for from := int64(1); from <= rows; from += 1_000_000 { // each in its own transaction
		f.exec(manyEvents, f.accounts[0], f.models[0], rows, from, min(rows, from+999_999))
	}
	f.exec(`ANALYZE usage_event`)
	token := f.newTokenOf(access.NewToken{Role: string(auth.Support), Name: "bench", AnyDocument: true})
	fmt.Printf("\n%-10s%12s%10s%12s%12s%14s%14s\n", "format", "rows", "MB", "rows/s", "MB before", "MB first 10%", "MB after")
	for b.Loop() {
		for _, format := range []string{"csv", "ndjson", "parquet"} {
			server, at := spawn(b, 0, serverOn+"="+f.url, serverSize+"=1000000", serverRate+"=1000000")
			r := takeOut(b, server, "http://"+at+"/v1/export/events?range=LAST_90_DAYS&format="+format, token)
			if format != "parquet" && r.lines-map[string]int64{"csv": 1}[format] != rows {
				b.Errorf("%s: %d lines of %d rows", format, r.lines, rows)
			}
			const mega = 1 << 20
			fmt.Printf("%-10s%12d%10d%12.0f%12d%14d%14d\n", format, rows, r.bytes/mega, float64(rows)/r.took.Seconds(), r.before/mega, r.first/mega, r.rest/mega)
			_ = server.in.Close()
		}
	}
}

// takenOut is the outcome of an export: its lines and bytes, and the memory of the server.
type takenOut struct {
	lines, bytes        int64
	before, first, rest int64
	took                time.Duration
}

func takeOut(b *testing.B, server *child, url, token string) (r takenOut) {
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Accept-Encoding", "identity")
	r.before = server.memory()
	began := time.Now()
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		b.Fatalf("%s: %d", url, answer.StatusCode)
	}
	var held []int64 // memory at each look, and how much had arrived by then
	var come []int64
	part := make([]byte, 256<<10)
	var looked time.Time
	for err == nil {
		var n int
		n, err = answer.Body.Read(part)
		r.bytes, r.lines = r.bytes+int64(n), r.lines+int64(bytes.Count(part[:n], []byte("\n")))
		if time.Since(looked) > 100*time.Millisecond {
			held, come, looked = append(held, server.memory()), append(come, r.bytes), time.Now()
		}
	}
	if !errors.Is(err, io.EOF) {
		b.Fatal(err)
	}
	r.took = time.Since(began)
	for i, memory := range held {
		if come[i] <= r.bytes/10 {
			r.first = max(r.first, memory)
		} else {
			r.rest = max(r.rest, memory)
		}
	}
	return r
}
