package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math/big"
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
)

var (
	columns = []Column{{"name", Text}, {"count", Number}, {"amount", Decimal}, {"at", Time}, {"yes", Bool}}
	at      = time.Date(2026, 3, 10, 9, 30, 0, 5999, time.UTC) // the nanoseconds go
	rows    = [][]any{{`=cmd|"x"`, int64(7), "-0.000001", at, true}, {nil, nil, "4000000000000.5", nil, nil}}
)

func written(t *testing.T, format string) []byte {
	t.Helper()
	f, ok := Of(format)
	if !ok {
		t.Fatal(format)
	}
	var out bytes.Buffer
	w, err := f.Open(&out, columns)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := w.Row(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestTexts(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"csv":     "name,count,amount,at,yes\n\"'=cmd|\"\"x\"\"\",7,-0.000001,2026-03-10T09:30:00.000005Z,true\n,,4000000000000.5,,\n",
		"csv-bom": "\ufeffname,count,amount,at,yes\n\"'=cmd|\"\"x\"\"\",7,-0.000001,2026-03-10T09:30:00.000005Z,true\n,,4000000000000.5,,\n",
		"ndjson": `{"name":"=cmd|\"x\"","count":7,"amount":"-0.000001","at":"2026-03-10T09:30:00.000005Z","yes":true}` + "\n" +
			`{"name":null,"count":null,"amount":"4000000000000.5","at":null,"yes":null}` + "\n",
	} {
		if got := string(written(t, format)); got != want {
			t.Errorf("%s:\n%q, want\n%q", format, got, want)
		}
	}
	if _, ok := Of("xml"); ok {
		t.Error("there is no XML")
	}
}

// What the writer of a Parquet file holds does not grow with the number of rows or the length of their texts; what the end of the file says
// about each group of rows is small.
func TestParquetKeepsLittle(t *testing.T) {
	wide := make([]byte, 4<<10)
	kept := func(rows, bytes int) uint64 {
		f, _ := Of("parquet")
		w, err := f.Open(io.Discard, columns)
		if err != nil {
			t.Fatal(err)
		}
		r, peak := rand.New(rand.NewPCG(1, 2)), uint64(0)
		for i := range rows {
			for j := range bytes {
				wide[j] = byte('!' + r.IntN(90))
			}
			if err := w.Row([]any{string(wide[:bytes]), int64(i), "1.5", at, nil}); err != nil {
				t.Fatal(err)
			}
			if i%(rows/20) == rows/20-1 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return peak
	}
	few, many, long := kept(200_000, 20), kept(1_000_000, 20), kept(20_000, len(wide))
	t.Logf("bytes kept: %d by 200,000 rows, %d by 1,000,000, %d by 80 MB of texts", few, many, long)
	if many > few+2<<20 {
		t.Errorf("200,000 rows keep %d bytes, 1,000,000 keep %d", few, many)
	}
	if long > 48<<20 {
		t.Errorf("80 MB of texts keep %d bytes", long)
	}
}

// A Parquet file is read back with its types and exact values.
func TestParquet(t *testing.T) {
	t.Parallel()
	file := written(t, "parquet")
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	r := parquet.NewReader(f)
	got := make([]parquet.Row, 3)
	if n, _ := r.ReadRows(got); n != 2 {
		t.Fatalf("%d rows", n)
	}
	of := func(row int, name string) parquet.Value {
		leaf, _ := f.Schema().Lookup(name)
		for _, v := range got[row] {
			if v.Column() == leaf.ColumnIndex {
				return v
			}
		}
		t.Fatalf("no %s in %v", name, got[row])
		return parquet.Value{}
	}
	unscaled := func(v parquet.Value) string {
		n := new(big.Int).SetBytes(v.ByteArray())
		if v.ByteArray()[0] >= 0x80 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), decimalBytes*8))
		}
		return n.String()
	}
	if of(0, "name").String() != `=cmd|"x"` || of(0, "count").Int64() != 7 || of(0, "at").Int64() != at.UnixMicro() || !of(0, "yes").Boolean() || unscaled(of(0, "amount")) != "-1" {
		t.Errorf("%v", got[0])
	}
	if !of(1, "name").IsNull() || !of(1, "at").IsNull() || unscaled(of(1, "amount")) != "4000000000000500000" {
		t.Errorf("%v", got[1])
	}
}

// Lines of CSV are the same as encoding/csv's.
func TestLinesAreThoseOfEncodingCSV(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(2, 7))
	parts := []string{"", " ", "\t", ",", "\"", "\r", "\n", "\\.", "é", "\u00a0", "=1", "-3.5", "a", "Ω"}
	ours := newLines(t, 4)
	for range 3000 {
		values, texts := make([]any, 1+random.IntN(4)), []string{}
		for i := range values {
			text := ""
			for range random.IntN(4) {
				text += parts[random.IntN(len(parts))]
			}
			values[i], text = text, plain(text)
			switch random.IntN(8) {
			case 0, 1:
				n := random.Int64() - random.Int64()
				values[i], text = n, strconv.FormatInt(n, 10)
			case 2:
				at := time.UnixMicro(random.Int64N(4e15)).Truncate(time.Duration(1+random.IntN(2)*999_999) * time.Microsecond)
				values[i], text = at.In(time.FixedZone("", 20700)), at.UTC().Format(timeLayout)
			}
			texts = append(texts, text)
		}
		var want bytes.Buffer
		theirs := csv.NewWriter(&want)
		if err := theirs.Write(texts); err != nil {
			t.Fatal(err)
		}
		theirs.Flush()
		if got := ours.of(t, values); got != want.String() {
			t.Fatalf("%q: %q, want %q", values, got, want.String())
		}
	}
}

// lines are a sheet of texts as CSV, line by line: rows share what the writer remembers of the last one.
type lines struct {
	out bytes.Buffer
	w   *csvWriter
}

func newLines(t *testing.T, columns int) *lines {
	t.Helper()
	l := &lines{}
	w, err := newCSV(&l.out, make([]Column, columns))
	if err != nil {
		t.Fatal(err)
	}
	l.w = w.(*csvWriter)
	l.of(t, nil) // the header
	return l
}

func (l *lines) of(t *testing.T, values []any) string {
	t.Helper()
	l.out.Reset()
	if err := errors.Join(l.w.Row(values), l.w.Close()); err != nil {
		t.Fatal(err)
	}
	return l.out.String()
}
