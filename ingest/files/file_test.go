package files

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
)

const plain = "when;who;llm;\"in\"\"put\";out;note\n2026-11-24 02:30:00;acme;gpt-5;374;44;\"two\nlines; and \"\"quotes\"\"\"\n\n2026-11-24 02:31:00;acme;gpt-5;7.0;;\n"

var mapped = Options{Map: []string{"time=when", "account=who", "model=llm", `inputTokens=in"put`, "outputTokens=out"}, Zone: "Europe/Berlin"}

var plainRows = []string{"2026-11-24T01:30:00 acme//gpt-5 runs 0 in 374 out 44 cache 0+0 reasoning 0 id ", "2026-11-24T01:31:00 acme//gpt-5 runs 0 in 7 out 0 cache 0+0 reasoning 0 id "}

func wideText(text string, high, mark bool) []byte {
	var b []byte
	if mark {
		text = "\ufeff" + text
	}
	for _, u := range utf16.Encode([]rune(text)) {
		if high {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

// packed returns a compressed text, without its last bytes.
func packed(t *testing.T, packing, text string, without int) string {
	t.Helper()
	whole := bomb(t, packing, text, " ", 0)
	return whole[:len(whole)-without]
}

// The same table is read alike, however it is compressed, encoded and separated.
func TestOneTableManyForms(t *testing.T) {
	t.Parallel()
	var gz, zst bytes.Buffer
	g := gzip.NewWriter(&gz)
	_, _ = g.Write(wideText(plain, true, true))
	_ = g.Close()
	z, _ := zstd.NewWriter(&zst)
	_, _ = z.Write([]byte(plain))
	_ = z.Close()
	told := mapped
	told.Encoding = "utf-16le"
	for name, c := range map[string]struct {
		text []byte
		o    Options
	}{
		"plain": {[]byte(plain), mapped}, "mark": {[]byte("\ufeff" + plain), mapped}, "crlf": {[]byte(strings.ReplaceAll(plain, "\n", "\r\n")), mapped},
		"utf-16le": {wideText(plain, false, true), mapped}, "utf-16be": {wideText(plain, true, true), mapped}, "utf-16le without mark": {wideText(plain, false, false), told},
		"gzip of utf-16": {gz.Bytes(), mapped}, "zstd": {zst.Bytes(), mapped},
		"zstd behind a frame to be skipped": {append([]byte("\x50\x2a\x4d\x18\x04\x00\x00\x00pzst"), zst.Bytes()...), mapped},
		"tabs":                              {[]byte(strings.NewReplacer("; ", "; ", ";", "\t").Replace(plain)), mapped}, "bars": {[]byte(strings.ReplaceAll(plain, ";", "|")), mapped},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said, wrong := readAll(t, "x", bytes.NewReader(c.text), c.o)
			alike(t, "rows", said, plainRows, strings.HasPrefix)
			alike(t, "wrong", wrong, nil, strings.Contains)
		})
	}
}

func TestParquet(t *testing.T) {
	t.Parallel()
	type row struct {
		ID    string           `parquet:"id"`
		Type  string           `parquet:"type"`
		End   time.Time        `parquet:"end_time,timestamp(millisecond)"`
		Model *string          `parquet:"provided_model_name,optional"`
		Usage map[string]int64 `parquet:"usage_details"`
		Tags  []string         `parquet:"tags,list"`
	}
	model, at := "gpt-5", time.Date(2026, 11, 24, 2, 30, 0, 5e6, time.UTC)
	name := filepath.Join(t.TempDir(), "observations.parquet")
	if err := parquet.WriteFile(name, []row{{"o-1", "GENERATION", at, &model, map[string]int64{"input": 300, "input_cached_tokens": 74, "output": 44, "total": 418}, []string{"a", "b"}},
		{"o-2", "SPAN", at, nil, nil, nil}, {"o-3", "GENERATION", at, nil, map[string]int64{"input": 1}, nil}}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	said, wrong := readAll(t, name, f, Options{Profile: "langfuse", Account: true})
	alike(t, "rows", said, []string{"2026-11-24T02:30:00.005 //gpt-5 runs 0 in 374 out 44 cache 74+0 reasoning 0 id o-1"}, strings.HasPrefix)
	alike(t, "wrong", wrong, []string{"model, which is provided_model_name|model, is empty"}, strings.Contains)
}

// Columns as Spark and others write them: twelve-byte timestamps, which name no zone, and unsigned integers.
func TestParquetOfOthers(t *testing.T) {
	t.Parallel()
	type row struct {
		Time  deprecated.Int96 `parquet:"time"`
		Model string           `parquet:"model"`
		In    uint32           `parquet:"inputTokens"`
		Out   uint64           `parquet:"outputTokens"`
	}
	noon := uint64(12*time.Hour + 500*time.Millisecond)
	at := deprecated.Int96{uint32(noon), uint32(noon >> 32), 2_440_588 + uint32(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC).Unix()/86_400)}
	var b, packed bytes.Buffer
	if err := parquet.Write(&b, []row{{at, "gpt-5", 3_000_000_000, 7}, {at, "gpt-5", 1, math.MaxUint64}, {deprecated.Int96{math.MaxUint32, math.MaxUint32, math.MaxUint32}, "gpt-5", 1, 1}}); err != nil {
		t.Fatal(err)
	}
	o := Options{Profile: "usagegraph", Account: true, Zone: "Europe/Berlin"}
	said, wrong := readAll(t, "x.parquet", bytes.NewReader(b.Bytes()), o)
	alike(t, "rows", said, []string{"2026-11-24T11:00:00.5 //gpt-5 runs 0 in 3000000000 out 7"}, strings.HasPrefix)
	alike(t, "wrong", wrong, []string{"18446744073709551615 is not a whole number in range", "the time cannot be read"}, strings.Contains)
	o.Zone = ""
	said, wrong = readAll(t, "x.parquet", bytes.NewReader(b.Bytes()), o)
	alike(t, "rows without a zone", said, nil, strings.HasPrefix)
	alike(t, "wrong without a zone", wrong, []string{"the time names no zone"}, strings.Contains)
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(b.Bytes())
	_ = w.Close()
	if _, err := Open("x.parquet.gz", bytes.NewReader(packed.Bytes()), o); err == nil || !strings.Contains(err.Error(), "unpack it first") {
		t.Errorf("packed as a whole: %v", err)
	}
}

// A file that does not fit ends before the first row, and says why.
func TestHeadersThatDoNotFit(t *testing.T) {
	t.Parallel()
	base := Options{Map: []string{"time=t", "model=m", "inputTokens=i"}, Account: true, Zone: "UTC"}
	with := func(change func(*Options)) Options { o := base; change(&o); return o }
	for _, c := range []struct {
		text, want string
		o          Options
	}{
		{"t,m,x\n2026-11-24,a,1\n", "inputTokens is to be i, which is not there", base},
		{"t,m,i,cached_tokens\n2026-11-24,a,1,1\n", `"cached_tokens", speaks of tokens and is not used`, base},
		{"t,m,i\n2026-11-24,a,1\n", "nothing says account: --map account=COLUMN", with(func(o *Options) { o.Account = false })},
		{"t,m,i,I\n2026-11-24,a,1,2\n", "several columns have this name", base},
		{"t,m,i\n1796000400,a,1\n", "the time is a number: say --time", base},
		{"t,m,i\n2026-11-24 10:00,a,1\n", "the time names no zone", with(func(o *Options) { o.Zone = "" })},
		{"", "the file is empty", base},
		{"t,m,x\n", "not fit: inputTokens is to be i, which is not there. The", base},
		{"t,m,i\r2026-11-24,a,1\r", `"i\r2026-11-24"`, base},
		{string(wideText("t,m,i\n", true, false)), "UTF-16 without a byte order mark: give it one", base},
		{"t,m,i\n", "--zone", with(func(o *Options) { o.Zone = "Local" })},
		{packed(t, "gzip", "t,m,i,abcdefghijklmnopqrstuvwxyz\n", 24), "cannot be read: unexpected EOF", base},
		{packed(t, "zstd", "t,m,i\n2026-11-24,a,1\n", 14), "cannot be read: unexpected EOF", base},
		{`{"t":"2026-11-24","m":"a","j":1}`, "inputTokens is to be i", base},
		{"t,m,i\n", "--zone", with(func(o *Options) { o.Zone = "Mars" })},
		{"t,m,i\n", "--map", with(func(o *Options) { o.Map = []string{"when=t"} })},
		{"t,m,i\n", "a file is imported as one kind", with(func(o *Options) { o.Map = append(o.Map, "runs=i") })},
		{"t,m,i\n", "--profile: one of anthropic, azure", with(func(o *Options) { o.Profile = "aws" })},
		{"\"" + strings.Repeat("x", 3<<20), "the header is longer", base},
		{"t,m,i\n2026-11-24,a,\"1\n" + strings.Repeat("x", 3<<20), "longer than 1 MiB", base},
	} {
		said, wrong := readAll(t, "x", strings.NewReader(c.text), c.o)
		if len(said) > 0 || len(wrong) != 1 || !strings.Contains(wrong[0], c.want) {
			t.Errorf("%.40q: %q %.300q, want %s", c.text, said, wrong, c.want)
		}
	}
}

func TestRowsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	o := Options{Map: []string{"time=t", "model=m", "inputTokens=i+j", "outputTokens=o[kind=x/y]"}, Account: true, Zone: "America/New_York", Time: "unix-ms"}
	text := "t,m,i,j,o,kind\n1796000400500,a,1,2,9,z\n2026-11-01 01:30:00,a,1,,,\n2026-03-08 02:30:00,a,1,,,\n2026-11-01T01:30:00-05:00,a,1,,,\n2026-11-24,a,1.5,,,\n2026-11-24,a,,,7,Y\n2026-11-24,a,,,7,z\n2026-11-24,,1,,,\n2026-11-24,a,1\n2026-11-24,a,1e3,,,\nnever,a,1,,,\n2026-11-24T10:00:00-0500,a,1,,,\n2026-11-24 10:00:00-05,a,2,,,\n"
	said, wrong := readAll(t, "x", strings.NewReader(text), o)
	alike(t, "rows", said, []string{"2026-11-30T01:00:00.5 //a runs 0 in 3 out 0", "2026-11-01T06:30:00 //a runs 0 in 1", "2026-11-24T05:00:00 //a runs 0 in 0 out 7",
		"2026-11-24T15:00:00 //a runs 0 in 1", "2026-11-24T15:00:00 //a runs 0 in 2"}, strings.HasPrefix)
	alike(t, "wrong", wrong, []string{"3: \"2026-11-01 01:30:00\": the zone's clocks showed this time twice", "passed over this time", "1.5 is not a whole number", "it has no quantity", "model, which is m, is empty",
		"it has 3 fields and the header 6", `"1e3" is not a number`, "cannot be read"}, strings.Contains)
}

// Quantities and times in files with mapped columns are plain numbers too.
func TestNumbersArePlain(t *testing.T) {
	t.Parallel()
	o := Options{Map: []string{"time=t", "model=m", "inputTokens=i"}, Account: true, Time: "unix"}
	text := "t,m,i\n1796000400,a,374\n1796000400,a,374.0\n1796000400,a,+374\n1796000400,a,374.\n1796000400,a,.5e1\n1796000400.,a,1\n1796000400-,a,1\n1796000400.5,a,0374\n"
	said, wrong := readAll(t, "x", strings.NewReader(text), o)
	alike(t, "rows", said, []string{"2026-11-30T01:00:00 //a runs 0 in 374", "2026-11-30T01:00:00 //a runs 0 in 374", "2026-11-30T01:00:00.5 //a runs 0 in 374"}, strings.HasPrefix)
	alike(t, "wrong", wrong, []string{`"+374" is not a number`, `"374." is not a number`, `".5e1" is not a number`, "cannot be read", "cannot be read"}, strings.Contains)
}

func TestTools(t *testing.T) {
	t.Parallel()
	text := `{"id":"1","source":"s","subject":"acme","time":"2026-11-24T02:30:00Z","data":{"tool":"search"}}` + "\n"
	said, wrong := readAll(t, "x", strings.NewReader(text), Options{Profile: "openmeter", Map: []string{"tool=data.tool"}})
	alike(t, "rows", said, []string{"2026-11-24T02:30:00 acme/s/search runs 1 in 0"}, strings.HasPrefix)
	alike(t, "wrong", wrong, nil, strings.Contains)
}

func TestDocumentsOfAllShapes(t *testing.T) {
	t.Parallel()
	o := Options{Profile: "openai", Account: true}
	result := `{"input_tokens":1,"output_tokens":2,"model":"m"}`
	bucket := `{"start_time":1796000400,"results":[` + result + "," + result + `]}`
	for text, rows := range map[string]int{
		`{"data":[` + bucket + `],"has_more":false}`:                          2,
		`{"data":[` + bucket + `]} {"has_more":true,"data":[` + bucket + `]}`: 4,
		"[" + bucket + "]":            2,
		`[{"data":[` + bucket + `]}]`: 2,
		`{"data":[]}`:                 0,
	} {
		said, wrong := readAll(t, "x.json", strings.NewReader(text), o)
		if len(said) != rows || len(wrong) > 0 {
			t.Errorf("%s: %d rows, %q", text, len(said), wrong)
		}
	}
	for text, want := range map[string]string{`{"other":[]}`: "no member data", `{"data":{}}`: "not an array", `{"data":[` + bucket: "unexpected EOF", `{"data":[5]}`: "object is missing", `7`: "missing"} {
		if said, wrong := readAll(t, "x.json", strings.NewReader(text), o); len(wrong) != 1 || !strings.Contains(wrong[0], want) {
			t.Errorf("%s: %q %q", text, said, wrong)
		}
	}
}

// Each maker's pages say in their own way that other pages follow. If a file contains several pages, the last one decides.
func TestPagesThatOthersFollow(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"data":[],"has_more":true}`: true, `{"data":[],"has_more":false,"next_page":null}`: false, `{"data":[],"next_page":"page_2"}`: true, `{"data":[],"nextCursor":""}`: false,
		`{"data":[],"nextCursor":"x"}`: true, `{"data":[],"page":1,"total_pages":3}`: true, `{"total_pages":3,"page":3,"data":[]}`: false,
		`{"data":[],"meta":{"current_page":1,"next_page":2,"total_pages":2}}`: true, `{"data":[],"meta":{"currentPage":2,"nextPage":null,"totalPages":2}}`: false,
		`{"data":[],"has_more":true} {"data":[],"has_more":false}`: false, `{"data":[],"meta":7,"page":"x"}`: false,
	} {
		f, err := Open("x.json", strings.NewReader(text), Options{Profile: "openai", Account: true})
		if err == nil {
			_, err = f.Next()
		}
		if !errors.Is(err, io.EOF) || f.Incomplete() != want {
			t.Errorf("%s: %v, %v", text, err, f.Incomplete())
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(plain), "csv")
	f.Add([]byte(`{"data":[{"start_time":1,"results":[{"input_tokens":1}]}]}`), "json")
	f.Add([]byte(`{"start_time":1,"input_tokens":1}`), "ndjson")
	f.Add([]byte("\x28\xb5\x2f\xfd"), "")
	f.Fuzz(func(t *testing.T, text []byte, format string) {
		readAll(t, "x", bytes.NewReader(text), Options{Profile: "openai", Account: true, Model: true, Format: format})
	})
}

// Any file called Parquet is read or refused.
func FuzzParquet(f *testing.F) {
	type row struct {
		Time  time.Time         `parquet:"time,timestamp(millisecond)"`
		Model *string           `parquet:"model,optional"`
		In    int64             `parquet:"inputTokens"`
		Tags  map[string]string `parquet:"tags"`
	}
	var b bytes.Buffer
	model := "gpt-5"
	if err := parquet.Write(&b, []row{{time.Unix(1, 0), &model, 10, map[string]string{"team": "red"}}, {time.Unix(2, 0), nil, 20, nil}}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("PAR1PAR1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		readAll(t, "x.parquet", bytes.NewReader(text), Options{Profile: "usagegraph", Account: true})
	})
}
