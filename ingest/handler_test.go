package ingest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestSingleEventIsAnsweredByStatus(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	post := func(event string) (int, answer) {
		w := f.post("", singleType, strings.NewReader(event))
		return w.Code, f.read(w)
	}
	status, a := post(f.inference("a", 374, 44))
	if status != 200 || a.Stored != 1 || a.Results[0].Charge != "0.000253" || a.Results[0].ID != "a" || a.Results[0].PostedAt == "" || a.RequestID != "req-1" {
		t.Fatalf("%d %+v", status, a)
	}
	if status, a = post(f.inference("a", 374, 44)); status != 200 || a.Duplicates != 1 || a.Results[0].Charge != "0.000253" {
		t.Fatalf("again: %d %+v", status, a)
	}
	if status, a = post(f.inference("a", 374, 45)); status != 409 || a.Results[0].Status != "CONFLICT" {
		t.Fatalf("other content: %d %+v", status, a)
	}
	if status, a = post(f.run("b", "Tool:", "Tool:99")); status != 422 || a.Results[0].Code != "UNKNOWN_TOOL" {
		t.Fatalf("unknown tool: %d %+v", status, a)
	}
}

func TestBadItemKeepsItsNeighbours(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	other := f.newAccount("Other")
	parts := []string{
		f.run("a"), `5`, f.run("b", `"runs":2`, `"runs":-2`), f.run("c", `"time"`, `"when"`), f.run("d", fmt.Sprintf("Account:%d", f.account), fmt.Sprintf("Account:%d", other)),
		f.run("a"), f.inference("e", 1_000_000, 0), f.run("a", `"runs":2`, `"runs":3`), f.run("", `"id":"",`, ``), f.run("t", "202", "199"),
	}
	w := f.post("", batchType, strings.NewReader("["+strings.Join(parts, ",")+"]"))
	a := f.read(w)
	var got []string
	for i, r := range a.Results {
		if *r.Index != i {
			t.Errorf("index %d at %d", *r.Index, i)
		}
		got = append(got, strings.TrimSuffix(r.Status+" "+r.Code, " "))
	}
	want := []string{"STORED", "REFUSED MALFORMED", "REFUSED QUANTITY_NEGATIVE", "REFUSED TIME_REQUIRED", "REFUSED UNKNOWN_ACCOUNT",
		"DUPLICATE", "STORED", "CONFLICT", "REFUSED ID_REQUIRED", "REFUSED TIME_TOO_OLD"}
	if w.Code != 200 || strings.Join(got, ",") != strings.Join(want, ",") {
		t.Fatalf("%d\n got %q\nwant %q", w.Code, got, want)
	}
	if a.Stored != 2 || a.Duplicates != 1 || a.Conflicts != 1 || a.Refused != 6 || f.events() != 2 {
		t.Errorf("%+v, %d events", a, f.events())
	}
}

func TestBinaryMode(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	headers := []string{"Ce-Specversion", "1.0", "Ce-Type", TypeToolRun, "Ce-Source", "caf%C3%A9", "Ce-Id", "a", "Ce-Time", time.Now().UTC().Format(time.RFC3339),
		"Ce-Subject", fmt.Sprintf("Tool:%d", f.tool), "Ce-Account", fmt.Sprintf("Account:%d", f.account)}
	w := f.post("", jsonType, strings.NewReader(`{"runs":3}`), headers...)
	if a := f.read(w); w.Code != 200 || a.Stored != 1 || a.Results[0].Charge != "3" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	var source string
	f.must(f.pool.QueryRow(t.Context(), `SELECT source FROM usage_event`).Scan(&source))
	if source != "café" {
		t.Errorf("source %q", source)
	}
	if w := f.post("", jsonType, strings.NewReader(`{"runs":`), headers...); w.Code != 400 {
		t.Errorf("broken data: %d %s", w.Code, w.Body)
	}
	headers[7] = "no data"
	if w := f.post("", "", strings.NewReader(""), headers...); w.Code != 200 || f.read(w).Results[0].Charge != "1" {
		t.Errorf("without data: %d %s", w.Code, w.Body)
	}
}

func TestEnforceDecidesInOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, c := range []struct{ media, id, open, separator, close string }{{batchType, "a", "[", ",", "]"}, {streamType, "b", "", "\n", ""}} {
		var parts []string
		for i, runs := range []int{4_998, 2, 1} {
			parts = append(parts, f.run(fmt.Sprint(c.id, i), `"runs":2`, fmt.Sprintf(`"runs":%d`, runs)))
		}
		if c.id == "a" {
			parts = parts[:2] // the first endpoint leaves 5,000 runs to the second
		}
		w := f.post("?mode=ENFORCE", c.media, strings.NewReader(c.open+strings.Join(parts, c.separator)+c.close))
		if c.id == "a" {
			if a := f.read(w); a.Stored != 2 {
				t.Fatalf("%+v", a)
			}
			continue
		}
		results, last := f.readLines(w.Body)
		if last.Stored != 2 || last.Refused != 1 || !last.End || results[2].Code != "RUNS_EXHAUSTED" || results[2].Refusal == nil || results[2].Refusal.Missing != "1" {
			t.Fatalf("%+v %+v", results, last)
		}
	}
	for _, mode := range []string{"?mode=enforce", "?mode=", "?mode=ENFORCE&mode=RECORD", "?mode=ENFORCE;", "?x=1;mode=ENFORCE", "?mode=%zz", "?mode=ENFORCE&%"} {
		if w := f.post(mode, singleType, strings.NewReader(f.run("c"))); w.Code != 400 {
			t.Errorf("%s: %d", mode, w.Code)
		}
	}
}

func TestRequestsThatAreRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for name, c := range map[string]struct {
		media, body string
		headers     []string
		status      int
		code        string
	}{
		"no JSON":            {singleType, `{"a":`, nil, 400, "MALFORMED"},
		"broken batch":       {batchType, "[" + f.run("a") + ",", nil, 400, "MALFORMED"},
		"batch is no array":  {batchType, f.run("a"), nil, 400, "MALFORMED"},
		"two documents":      {singleType, f.run("a") + f.run("b"), nil, 400, "MALFORMED"},
		"XML":                {"application/xml", "<a/>", nil, 415, "UNSUPPORTED_MEDIA_TYPE"},
		"plain JSON":         {jsonType, f.run("a"), nil, 415, "UNSUPPORTED_MEDIA_TYPE"},
		"no type":            {"", f.run("a"), nil, 415, "UNSUPPORTED_MEDIA_TYPE"},
		"latin":              {singleType + "; charset=latin1", f.run("a"), nil, 415, "UNSUPPORTED_MEDIA_TYPE"},
		"brotli":             {singleType, "x", []string{"Content-Encoding", "br"}, 415, "UNSUPPORTED_MEDIA_TYPE"},
		"no gzip":            {singleType, "x", []string{"Content-Encoding", "gzip"}, 400, "BAD_REQUEST"},
		"too large":          {batchType, "[" + strings.Repeat(" ", MaxBody) + "]", nil, 413, "BODY_TOO_LARGE"},
		"too large unpacked": {batchType, packed("[" + strings.Repeat(" ", MaxBody) + "]"), []string{"Content-Encoding", "gzip"}, 413, "BODY_TOO_LARGE"},
		"unpacks to much":    {batchType, packed("[" + strings.Repeat(" ", 1<<20) + "]"), []string{"Content-Encoding", "gzip"}, 413, "BODY_TOO_LARGE"},
		"too many":           {batchType, "[{}" + strings.Repeat(",{}", MaxEvents) + "]", nil, 413, "TOO_MANY_EVENTS"},
		"stream is no gzip":  {streamType, "x", []string{"Content-Encoding", "gzip"}, 400, "BAD_REQUEST"},
	} {
		w := f.post("", c.media, strings.NewReader(c.body), c.headers...)
		var a answer
		f.must(json.Unmarshal(w.Body.Bytes(), &a))
		if w.Code != c.status || a.Error == nil || a.Error.Code != c.code || a.Error.RequestID != "req-1" || len(a.Results) != 0 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/events", nil)
	w := httptest.NewRecorder()
	if f.endpoint.ServeHTTP(w, r); w.Code != 405 || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d %v", w.Code, w.Header())
	}
	if f.events() != 0 {
		t.Errorf("%d events", f.events())
	}
}

func packed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

func TestPackedBodies(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if a := f.read(f.post("", batchType, strings.NewReader(packed("["+f.run("a")+"]")), "Content-Encoding", "gzip")); a.Stored != 1 {
		t.Errorf("%+v", a)
	}
	w := f.post("", streamType, strings.NewReader(packed(f.run("b")+"\r\n"+f.run("c"))), "Content-Encoding", "gzip")
	if results, last := f.readLines(w.Body); len(results) != 2 || last.Stored != 2 || !last.End {
		t.Errorf("%+v %+v", results, last)
	}
}

// A few bytes that unpack to very many end a stream before it has cost much.
func TestAStreamThatUnpacksWithoutEnd(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	w := f.post("", streamType, strings.NewReader(packed(strings.Repeat(strings.Repeat(" ", 8_000)+"\n", 4_000))), "Content-Encoding", "gzip")
	if body := w.Body.String(); !strings.Contains(body, "BODY_TOO_LARGE") || len(body) > 16<<10 {
		t.Errorf("%.300s", body)
	}
}

// A stream longer than any body may be, with bad lines in it, is answered line by line, in order.
func TestStreamIsUnbounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	server := httptest.NewServer(f.endpoint)
	t.Cleanup(server.Close)
	const lines = 12_000
	in, out := io.Pipe()
	go func() {
		w := bufio.NewWriter(out)
		for i := range lines {
			switch {
			case i%1000 == 1:
				fmt.Fprintln(w, `{"specversion":`)
			case i%1000 == 2:
				fmt.Fprintln(w, `"`+strings.Repeat("x", 2*maxLine)+`"`)
			case i%1000 == 3:
				fmt.Fprintln(w, "")
			default:
				fmt.Fprintln(w, f.run(fmt.Sprint("e", i), `"runs":2`, `"runs":1`, `"data"`, `"pad":"`+strings.Repeat(" ", 800)+`","data"`))
			}
		}
		_ = w.Flush()
		_ = out.Close()
	}()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, in)
	f.must(err)
	request.Header.Set("Content-Type", streamType)
	response, err := http.DefaultClient.Do(request)
	f.must(err)
	defer response.Body.Close()
	results, last := f.readLines(response.Body)
	const blank = lines / 1000
	if len(results) != lines-blank || last.Stored != lines-3*blank || last.Refused != 2*blank || !last.End {
		t.Fatalf("%d results, last line %+v", len(results), last)
	}
	line := 0
	for _, r := range results {
		if line++; line%1000 == 4 {
			line++
		}
		if *r.Line != line || (r.Status == "STORED") != (line%1000 != 2 && line%1000 != 3) {
			t.Fatalf("line %d: %+v", line, r)
		}
	}
	if f.events() != last.Stored {
		t.Errorf("%d events stored, %d acknowledged", f.events(), last.Stored)
	}
}

// Each line is answered while the stream stays open; no answer waits for more lines.
func TestStreamAnswersAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	server := httptest.NewServer(f.endpoint)
	t.Cleanup(server.Close)
	in, out := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, in)
	f.must(err)
	request.Header.Set("Content-Type", streamType)
	go func() { _, _ = io.WriteString(out, f.run("a")+"\n") }()
	response, err := http.DefaultClient.Do(request)
	f.must(err)
	defer response.Body.Close()
	answers := bufio.NewScanner(response.Body)
	for i, id := range []string{"a", "b", "c"} {
		if i > 0 {
			go func() { _, _ = io.WriteString(out, f.run(id)+"\n") }()
		}
		if !answers.Scan() || !strings.Contains(answers.Text(), `"id":"`+id+`","status":"STORED"`) {
			t.Fatalf("%s: %s %v", id, answers.Text(), answers.Err())
		}
		if f.events() != i+1 {
			t.Fatal("answered before it was stored")
		}
	}
	_ = out.Close()
	if !answers.Scan() || answers.Text() != `{"end":true,"stored":3,"duplicates":0,"conflicts":0,"refused":0}` {
		t.Errorf("last line %s", answers.Text())
	}
}

// What cannot be stored is not acknowledged: the caller is told to send it again, and nothing else.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.batcher.Stop()
	w := f.post("", batchType, strings.NewReader("["+f.run("a")+"]"))
	if a := f.read(w); w.Code != 503 || a.Error.Code != "SHUTTING_DOWN" || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = f.post("", streamType, strings.NewReader(f.run("a")+"\n"))
	if results, last := f.readLines(w.Body); len(results) != 0 || last.End || last.Error == nil || last.Error.Code != "SHUTTING_DOWN" {
		t.Errorf("%+v %+v", results, last)
	}
	g := newFixture(t)
	_, err := g.pool.Exec(t.Context(), `ALTER TABLE usage_event RENAME TO gone`)
	g.must(err)
	w = g.post("", singleType, strings.NewReader(g.run("a")))
	if a := g.read(w); w.Code != 503 || a.Error.Code != "UNAVAILABLE" || strings.Contains(w.Body.String(), "usage_event") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(g.log.String(), "req-1") {
		t.Errorf("log: %s", g.log.String())
	}
}
