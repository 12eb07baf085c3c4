package ingest

import (
	"fmt"
	"strings"
	"testing"
)

// A stream of nothing but refused lines ends after maxRefused of them. One good line between them lets it go on.
func TestAStreamOfRefusedLinesEnds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	bad := strings.Repeat("x\n", maxRefused-1)
	for name, c := range map[string]struct {
		body          string
		answers, ends int
		code          string
	}{
		"just too few":         {bad, maxRefused - 1, 1, ""},
		"a good one":           {bad + f.run("a") + "\n" + bad, 2*maxRefused - 1, 1, ""},
		"one too many":         {bad + "x\n" + f.run("b") + "\n" + bad, maxRefused, 0, "TOO_MANY_REFUSED"},
		"blanks count nothing": {bad + "\n\n\nx\n" + bad, maxRefused, 0, "TOO_MANY_REFUSED"},
		"not of the books":     {strings.Repeat(f.run("c", "Tool:", "Tool:9")+"\n", 2*maxRefused), maxRefused, 0, "TOO_MANY_REFUSED"},
	} {
		w := f.post("", streamType, strings.NewReader(c.body))
		results, last := f.readLines(w.Body)
		code := ""
		if last.Error != nil {
			code = last.Error.Code
		}
		if len(results) != c.answers || last.End != (c.ends == 1) || code != c.code {
			t.Errorf("%s: %d answers, %+v %q", name, len(results), last, code)
		}
	}
}

// A few bytes in cause only a few bytes out: the answer to 2,945 compressed bytes is bounded.
func TestFewBytesInAreFewBytesOut(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for name, body := range map[string]string{
		"lines": strings.Repeat("x\n", 1_500_000), "empty objects": strings.Repeat("{}\n", 1_000_000), "blank lines": strings.Repeat("\n", 3_000_000),
	} {
		sent := packed(body)
		w := f.post("", streamType, strings.NewReader(sent), "Content-Encoding", "gzip")
		if w.Body.Len() > 200<<10 || !strings.Contains(w.Body.String(), `{"error"`) {
			t.Errorf("%s: %d bytes in, %d out: %.200s", name, len(sent), w.Body.Len(), w.Body.String())
		}
	}
}

// Refused events are paid for in every mode of the endpoint, stored ones are not. A caller with nothing left is turned away.
func TestRefusedEventsArePaidFor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	unknown := f.run("u", "Tool:", "Tool:9")
	for _, c := range []struct {
		media, body string
		price       int64
	}{
		{singleType, f.run("a"), 0}, {singleType, unknown, 1}, {batchType, "[" + f.run("b") + ",1,{}," + unknown + "]", 3},
		{streamType, f.run("c") + "\nx\n" + unknown + "\n", 2}, {batchType, "[", refusedBody}, {"text/plain", "x", refusedBody},
		{singleType, strings.Repeat(" ", MaxBody+1), oversizedBody},
		{streamType, strings.Repeat("x\n", 2*maxRefused), maxRefused + refusedBody},
		{streamType, strings.Repeat("\n", 1<<20), refusedBody}, {streamType, strings.Repeat("x", 4<<20), 1 + oversizedBody},
	} {
		before := f.refused.Load()
		f.post("", c.media, strings.NewReader(c.body))
		if got := f.refused.Load() - before; got != c.price {
			t.Errorf("%s %.40q: %d, want %d", c.media, c.body, got, c.price)
		}
	}
	f.mayRefuse = f.refused.Load() + 10
	w := f.post("", streamType, strings.NewReader(strings.Repeat("x\n", maxRefused-1)+f.run("d")+"\n"))
	if _, last := f.readLines(w.Body); last.Error == nil || last.Error.Code != "THROTTLED" {
		t.Errorf("a stream: %+v", last)
	}
	w = f.post("", singleType, strings.NewReader(f.run("e")))
	if a := f.read(w); w.Code != 429 || a.Error == nil || a.Error.Code != "THROTTLED" || w.Header().Get("Retry-After") == "" {
		t.Errorf("afterwards: %d %s", w.Code, w.Body)
	}
}

// Headers of binary mode are unquoted and then percent-decoded, once. A byte order mark at the start of a body is skipped.
func TestHeadersOfBinaryMode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`q1`: "q1", `"q1"`: "q1", `"a \"b\" \\ c"`: `a "b" \ c`, `"caf%C3%A9"`: "café", `caf%C3%A9`: "café", `""`: "", `a%2520b`: "a%20b", `"%22"`: `"`, `a"b`: `a"b`, `%22q1%22`: `"q1"`, `"\a"`: "a",
	} {
		if got, err := HeaderValue(text); err != nil || got != want {
			t.Errorf("%s: %q %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{`"`, `"a`, `"a\"`, `"a" b`, `"a""b"`, `%`, `a%2`, `a%zz`, `"%"`} {
		if got, err := HeaderValue(text); err == nil {
			t.Errorf("%s: %q", text, got)
		}
	}
	f := newFixture(t)
	at := f.run("x")
	at = at[strings.Index(at, `"time":"`)+8:]
	headers := []string{"Ce-Specversion", `"1.0"`, "Ce-Type", `"` + TypeToolRun + `"`, "Ce-Source", `"a b"`, "Ce-Id", `"q1"`, "Ce-Time", `"` + at[:20] + `"`,
		"Ce-Subject", fmt.Sprintf(`"Tool:%d"`, f.tool), "Ce-Account", fmt.Sprintf("Account:%d", f.account)}
	w := f.post("", jsonType, strings.NewReader("\ufeff"+`{"runs":3}`), headers...)
	if a := f.read(w); w.Code != 200 || a.Results[0].ID != "q1" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAMarkAtTheStart(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i, c := range []struct{ media, open, close string }{{singleType, "", ""}, {batchType, "[", "]"}, {streamType, "", "\n"}} {
		for j, encode := range []func(string) string{func(s string) string { return s }, packed} {
			headers := []string{"Content-Encoding", []string{"identity", "gzip"}[j]}
			w := f.post("", c.media, strings.NewReader(encode("\ufeff"+c.open+f.run(fmt.Sprint(i, j))+c.close)), headers...)
			if w.Code != 200 || !strings.Contains(w.Body.String(), `"stored":1`) {
				t.Errorf("%s: %d %s", c.media, w.Code, w.Body)
			}
		}
	}
	w := f.post("", streamType, strings.NewReader("\ufeff\n\ufeff"+f.run("z")+"\n"))
	if results, _ := f.readLines(w.Body); len(results) != 1 || results[0].Code != "MALFORMED" {
		t.Errorf("a mark within: %s", w.Body)
	}
}

// A refusal says what is wrong with what was sent, and where; what belongs in data is refused beside it, since a run would count once whatever
// its number. Extensions of somebody else are passed over.
func TestRefusalsNameWhatIsWrong(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, c := range []struct{ media, body, want string }{
		{singleType, "", "a value is missing at byte 1"}, {singleType, "x", "a value is missing at byte 1"}, {batchType, `[{"a":]`, "a value is missing at byte 7"},
		{singleType, f.run("a", `"id":"a"`, `"id":5`), "attributes are strings, and id is not"},
		{singleType, f.run("a", `"specversion":"1.0"`, `"specversion":1.0`), "attributes are strings, and specversion is not"},
		{singleType, f.run("a", `"data"`, `"apikey":{},"data"`), "attributes are strings, and apikey is not"},
		{singleType, f.run("a", `"runs":2`, `"runs":2.0`), "written without a point or an exponent"},
		{singleType, f.run("a", `"runs":2`, `"runs":"2"`), "not texts"},
		{singleType, f.run("a", `"data":{"runs":2}`, `"runs":2`), "runs is a member of data, not one beside it"},
		{singleType, f.run("a", `"data"`, `"tags":{"team":"red"},"data"`), "tags is a member of data"},
		{singleType, f.run("a", `"data"`, `"apiKey":"k","data"`), "apiKey is a member of data"},
		{singleType, f.run("a", `"data"`, `"runs":"7","tags":"x","inputTokens":null,"runid":7,"data"`), `"STORED"`},
		{singleType + "; charset", f.run("b"), "no media type, or its parameters are malformed"},
		{singleType + "; charset=latin1", f.run("b"), "The charset in Content-Type is not utf-8"},
		{"", f.run("b"), "Content-Type is missing."},
	} {
		if w := f.post("", c.media, strings.NewReader(c.body)); !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %s: %s, want %s", c.media, c.body, w.Body, c.want)
		}
	}
}
