package files

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// endless is a text that repeats forever.
type endless struct{ part, left string }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == "" {
		e.left = e.part
	}
	n := copy(p, e.left)
	e.left = e.left[n:]
	return n, nil
}

// bomb compresses n MiB of a repeated part after a beginning.
func bomb(t *testing.T, packing, begin, part string, n int64) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if packing == "zstd" {
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	}
	_, err := io.Copy(w, io.MultiReader(strings.NewReader(begin), io.LimitReader(&endless{part: strings.Repeat(part, 1+64<<10/len(part))}, n<<20)))
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A hostile file ends before the first row, or has bad rows. None takes more memory than a record.
func TestHostileFiles(t *testing.T) { // it measures the process
	const head = "time,account,model,inputTokens,outputTokens\n"
	at := time.Now().UTC().Format(time.RFC3339)
	csv := func(values string) string { return head + at + ",acme,gpt-5," + values + "\n" }
	object := func(members string) string {
		return `{"time":"` + at + `","account":"acme","model":"gpt-5","outputTokens":1,` + members + "}\n"
	}
	for name, text := range map[string]string{
		"a gzip of one line":         bomb(t, "gzip", "", "a", 256),
		"a zstd of one line":         bomb(t, "zstd", "", "a", 1024),
		"a gzip of a quoted field":   bomb(t, "gzip", csv(`"`), "a\n", 64),
		"a zstd of a line of NDJSON": bomb(t, "zstd", `{"a":"`, "a", 256),
		"a gzip of a JSON string":    bomb(t, "gzip", `[{"a":"`, "a", 64),
		"a gzip of brackets":         bomb(t, "gzip", `[`, "[", 16),
		"half a gzip":                bomb(t, "gzip", head, at+",acme,gpt-5,1,1\n", 1)[:300],
		"half a zstd":                bomb(t, "zstd", "", "a", 1)[:20],
		"a header of columns":        strings.Repeat("a,", 500_000),
		"columns of one name":        "time,time,account,model,inputTokens,outputTokens\n",
		"a quote never closed":       `"` + strings.Repeat("a", 2<<20),
		"NaN":                        csv("NaN,1"), "infinity": csv("Inf,1"), "below zero": csv("-1,1"), "a part": csv("0.5,1"), "an exponent": csv("1e99,1"),
		"beyond 64 bits":        csv("99999999999999999999,1"),
		"digits by the MB":      csv(strings.Repeat("9", 1<<19) + ",1"),
		"an exponent alone":     object(`"inputTokens":1e999999999`),
		"nesting":               object(`"inputTokens":` + strings.Repeat(`{"a":`, 50_000) + "1" + strings.Repeat("}", 50_000)),
		"lists":                 object(`"inputTokens":` + strings.Repeat(`[`, 50_000) + strings.Repeat("]", 50_000)),
		"a JSON array of lists": "[" + strings.Repeat(`[`, 200_000),
		"a far year":            strings.Replace(csv("1,1"), at, "99999-01-01T00:00:00Z", 1),
		"a huge number of time": strings.Replace(csv("1,1"), at, strings.Repeat("9", 25), 1),
		"half a character":      "\xff\xfet\x00i",
		"half a pair":           "\xff\xfe\x00\xd8a\x00",
		"bytes":                 "\x00\x01\x02\xff\xfe",
		"nothing":               "",
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			said, wrong := readAll(t, "usage", strings.NewReader(text), Options{Profile: "usagegraph", Time: "unix"})
			runtime.ReadMemStats(&after)
			if len(wrong) == 0 || len(said) > 70_000 {
				t.Errorf("%d rows were taken: %.200q, %q", len(said), said, wrong)
			}
			for _, reason := range wrong {
				if len(reason) > 600 {
					t.Errorf("a reason of %d bytes: %.300s", len(reason), reason)
				}
			}
			if taken := (after.TotalAlloc - before.TotalAlloc) >> 20; taken > 200 {
				t.Errorf("%d MiB were allocated", taken)
			}
		})
	}
}
