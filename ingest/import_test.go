package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// traceFile is one of the real files, with the counts that testdata/NOTICE.md gives.
type traceFile struct {
	name          string
	rows          int
	input, output int64
}

var traceFiles = []traceFile{
	{"testdata/azure_llm_2023_conv.csv.gz", 19_366, 22_361_870, 4_088_665},
	{"testdata/azure_llm_2023_code.csv.gz", 8_819, 18_059_974, 245_896},
}

// trace reads a real file and splits it into its lines, without the header.
func trace(t testing.TB, name string) (packed []byte, lines []string) {
	t.Helper()
	packed, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	in, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return packed, strings.Split(string(text), "\r\n")[1:]
}

const traceHeader = "TIMESTAMP,ContextTokens,GeneratedTokens"

// traceFirst is the day of the trace. traceShift moves it to the day before yesterday, and stays the same during a run of the tests.
var (
	traceFirst = time.Date(2023, 11, 16, 0, 0, 0, 0, time.UTC)
	traceShift = time.Now().UTC().Truncate(24 * time.Hour).Add(-48 * time.Hour).Sub(traceFirst)
)

func (f *fixture) importer(model int64) *Importer {
	return &Importer{Batcher: f.batcher, Account: f.account, Kind: tsdb.Inference, Resource: model, Source: "import", Shift: traceShift}
}

// books returns everything that usage has changed, as a text. Two databases with the same usage have the same text, however the usage came
// in.
func (f *fixture) books() string {
	f.t.Helper()
	a, err := f.Account(f.t.Context(), f.account)
	f.must(err)
	var sums string
	f.must(f.pool.QueryRow(f.t.Context(), `SELECT coalesce(string_agg(x, E'\n' ORDER BY x), '') FROM (
SELECT concat_ws(' ', resource_id, count(*), sum(charge), sum(input_tokens), sum(output_tokens), md5(string_agg(concat_ws(',', time, event_id, charge), ';' ORDER BY time, event_id))) AS x
FROM usage_event GROUP BY resource_id) y`).Scan(&sums))
	return fmt.Sprintf("%v %v\n%s", a.Credits.Used(), a.Credits.Balance(), sums)
}

// independent returns the price of the lines by rules.md §7, computed independently of the code under test.
func independent(t *testing.T, lines []string) (micros, input, output int64) {
	t.Helper()
	for _, line := range lines {
		fields := strings.Split(line, ",")
		in, err1 := strconv.ParseInt(fields[1], 10, 64)
		out, err2 := strconv.ParseInt(fields[2], 10, 64)
		if err1 != nil || err2 != nil {
			t.Fatalf("line %q", line)
		}
		input, output = input+in, output+out
		micros += (in + 3*out + 1) / 2 // half up of 0.5 × in + 1.5 × out
	}
	return micros, input, output
}

func TestRealTrace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	models := []int64{f.model, f.newModel("Code")}
	var want billing.Amount
	stored := 0
	for i, file := range traceFiles {
		packed, lines := trace(t, file.name)
		micros, input, output := independent(t, lines)
		if len(lines) != file.rows || input != file.input || output != file.output {
			t.Fatalf("%s: %d rows, %d and %d tokens", file.name, len(lines), input, output)
		}
		want += billing.Amount(micros)
		got, err := f.importer(models[i]).Run(t.Context(), bytes.NewReader(packed))
		f.must(err)
		if got.Stored != file.rows || got.Rows != file.rows || got.Bad != 0 || got.Bytes != int64(len(packed)) {
			t.Fatalf("%s: %+v", file.name, got)
		}
		stored += got.Stored
	}
	a, err := f.Account(t.Context(), f.account)
	f.must(err)
	if stored != 28_185 || a.Credits.Used() != want || a.Slices()[billing.Models.Index()] != want {
		t.Errorf("%d events, %v used, want %v", stored, a.Credits.Used(), want)
	}
	f.checkTrends(want)
	for left := true; left; {
		done, err := f.RollUp(t.Context(), 1000)
		f.must(err)
		left = done.Left
	}
	f.checkTrends(want)
	before := f.books()
	for i, file := range traceFiles {
		packed, _ := trace(t, file.name)
		got, err := f.importer(models[i]).Run(t.Context(), bytes.NewReader(packed))
		f.must(err)
		if got.Stored != 0 || got.Duplicate != file.rows || got.Bad != 0 {
			t.Errorf("again: %+v", got)
		}
	}
	if b, err := f.Account(t.Context(), f.account); err != nil || f.books() != before || b.Revision != a.Revision {
		t.Errorf("a second import changed something: %v", err)
	}
}

// checkTrends checks that the trend, in every zone by minute, hour and day, and the overview have the same sum.
func (f *fixture) checkTrends(want billing.Amount) {
	f.t.Helper()
	day := traceFirst.Add(traceShift).Truncate(24 * time.Hour)
	reader := charts.Read(f.Store)
	defer reader.Close(f.t.Context())
	for _, name := range []string{"UTC", "Asia/Kathmandu", "America/St_Johns"} {
		zone, err := time.LoadLocation(name)
		f.must(err)
		for granularity, r := range map[billing.Granularity]billing.Range{
			billing.Minute: {From: day.Add(12 * time.Hour), To: day.Add(24 * time.Hour)},
			billing.Hour:   {From: day.Add(-24 * time.Hour), To: day.Add(36 * time.Hour)},
			billing.Day:    {From: day.Add(-7 * 24 * time.Hour), To: day.Add(48 * time.Hour)},
		} {
			trend, err := reader.Trend(f.t.Context(), f.account, charts.TrendQuery{Range: r, Granularity: granularity, Zone: zone})
			f.must(err)
			var sum billing.Slices
			for _, used := range trend.Used {
				for i := range sum {
					sum[i] += used[i]
				}
			}
			if sum != (billing.Slices{want}) {
				f.t.Errorf("%s by %s: %v, want %v of models", name, granularity, sum, want)
			}
		}
	}
	used, err := reader.UsedIn(f.t.Context(), f.account, charts.Span{Ever: true, Range: billing.Range{To: reader.AsOf().Truncate(time.Minute)}})
	f.must(err)
	if used.Used != (billing.Slices{want}) {
		f.t.Errorf("overview: %v, want %v", used.Used, want)
	}
}

// Cut, shuffled, uncompressed, broken off and repeated, the import ends in the same state.
func TestAnyWayOfImportingEndsAlike(t *testing.T) {
	t.Parallel()
	packed, lines := trace(t, traceFiles[1].name)
	whole := newFixture(t)
	_, err := whole.importer(whole.model).Run(t.Context(), bytes.NewReader(packed))
	whole.must(err)
	want := whole.books()
	run := func(f *fixture, ctx context.Context, parts ...[]string) error {
		var failed error
		for i, part := range parts {
			end := []string{"\r\n", "\n"}[i%2]
			_, err := f.importer(f.model).Run(ctx, strings.NewReader(strings.Join(part, end)))
			failed = errors.Join(failed, err)
		}
		return failed
	}
	for name, how := range map[string]func(f *fixture) error{
		"pieces, overlapping, last first": func(f *fixture) error {
			return run(f, t.Context(), lines[6000:], append([]string{traceHeader}, lines[2000:7000]...), lines[:2500])
		},
		"shuffled, header and all": func(f *fixture) error {
			mixed := append(slices.Clone(lines), traceHeader)
			random := rand.New(rand.NewPCG(1, 2))
			random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
			return run(f, t.Context(), mixed)
		},
		"broken off twice and repeated": func(f *fixture) error {
			for n := range 2 {
				ctx, cancel := context.WithCancel(t.Context())
				im := f.importer(f.model)
				im.Progress = func(Imported) { cancel() }
				_, err := im.Run(ctx, io.MultiReader(strings.NewReader(strings.Join(lines[:4000*n+1], "\n")), brokenReader{}))
				if cancel(); err == nil {
					return errors.New("breaking off goes unnoticed")
				}
			}
			return run(f, t.Context(), lines)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.must(how(f))
			if got := f.books(); got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

// The incomplete last line of a broken file is not a row: 44 tokens must not be read as 4.
func TestFileThatBreaksOffWithinALine(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, lines := trace(t, traceFiles[1].name)
	text := strings.Join(lines[:3], "\r\n")
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	for _, part := range []string{text[:len(text)-1], text[len(text)-1:] + "\r\n"} { // what comes before a flush can be unpacked
		_, err := io.WriteString(w, part)
		f.must(errors.Join(err, w.Flush()))
	}
	f.must(w.Close())
	for name, broken := range map[string]io.Reader{
		"disk": io.MultiReader(strings.NewReader(text[:len(text)-1]), brokenReader{}),
		"gzip": bytes.NewReader(packed.Bytes()[:packed.Len()-20]),
	} {
		if got, err := f.importer(f.model).Run(t.Context(), broken); err == nil || got.Rows != 2 {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	if n := f.events(); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

// brokenReader fails like a broken disk.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestOwnFormats(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	at := time.Now().UTC().Add(-time.Hour).Truncate(time.Minute).Format("2006-01-02T15:04")
	importer := func(kind tsdb.UsageKind, resource int64, bad *[]BadRow) *Importer {
		return &Importer{Batcher: f.batcher, Account: f.account, Kind: kind, Resource: resource, Source: "file", Bad: func(r BadRow) { *bad = append(*bad, r) }}
	}
	for name, c := range map[string]struct {
		kind   tsdb.UsageKind
		text   string
		stored int
		again  int // duplicates within the file
		bad    []int
	}{
		"tokens": {tsdb.Inference, "\ufefftime,inputTokens,outputTokens,id\r\nAT:01Z,1,2,\"a,1\"\r\n\r\nAT:01Z,1,2,\n AT:01Z , 1 , 2 , \nAT:02+00:00,1,2\nAT:02Z,1,2,,\nAT:02Z,x,2\nAT:02Z,-1,2\n2001-01-01T00:00:00Z,1,2\nAT:03Z,1,2", 4, 1, []int{7, 8, 9, 10}},
		"runs":   {tsdb.ToolRun, "AT:01Z,5\nTIME,Runs,ID\nAT:01Z,5,x\nAT:01Z,6,x\nAT:01Z,0\n" + strings.Repeat("y", maxLine) + "\nAT:02Z,\"5\n", 2, 0, []int{4, 5, 6, 7}},
		"objects": {tsdb.Inference, `{"time":"AT:01Z","inputTokens":1,"outputTokens":3}` + "\n" + `{"time":"AT:01Z","id":"o","outputTokens":3,"inputTokens":1}` + "\n" +
			`{"time":"AT:01Z","inputTokens":1}` + "\n" + `{"time":"AT:01Z","inputTokens":"1","outputTokens":3}` + "\n" + `{"time":"AT:01Z","inputTokens":1,"outputTokens":3,"runs":1}` + "\n{\n", 2, 0, []int{3, 4, 5, 6}},
	} {
		resource := f.model
		if c.kind == tsdb.ToolRun {
			resource = f.tool
		}
		for range 2 {
			var bad []BadRow
			got, err := importer(c.kind, resource, &bad).Run(t.Context(), strings.NewReader(strings.ReplaceAll(c.text, "AT", at)))
			f.must(err)
			var lines []int
			for _, b := range bad {
				lines = append(lines, b.Line)
			}
			if got.Stored != c.stored || got.Duplicate != c.again || got.Bad != len(c.bad) || !slices.Equal(lines, c.bad) {
				t.Errorf("%s: %+v, bad %+v", name, got, bad)
			}
			c.stored, c.again = 0, c.again+c.stored // the second time
		}
	}
}

// Each limit has its own code in a file too, and the rows around a refused one are stored.
func TestLimitsOfRows(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	now := time.Now().UTC()
	at := func(d time.Duration) string { return now.Add(d).Format(time.RFC3339Nano) }
	const kept = 400 * 24 * time.Hour
	rows := []struct {
		text string
		want tsdb.UsageCode // "": stored
	}{
		{at(0) + ",1,first", ""}, {at(4*time.Minute) + ",1", ""}, {at(6*time.Minute) + ",1", tsdb.TimeAhead}, {at(time.Hour-kept) + ",1", ""},
		{at(-time.Second-kept) + ",1", tsdb.TimeTooOld}, {at(0) + ",0", tsdb.QuantityNegative}, {at(0) + ",-1", tsdb.QuantityNegative},
		{at(0) + ",1000000000", ""}, {at(0) + ",1000000001", tsdb.QuantityTooLarge}, {at(0) + ",99999999999999999999", Malformed},
		{at(0) + ",1," + strings.Repeat("x", 201), tsdb.BadIdentity}, {at(0) + ",2,first", tsdb.UsageCode(tsdb.UsageConflict)}, {",1", Malformed}, {at(0) + ",1,last", ""},
	}
	var lines []string
	want := map[int]tsdb.UsageCode{}
	for i, row := range rows {
		lines = append(lines, row.text)
		if row.want != "" {
			want[i+1] = row.want
		}
	}
	got := map[int]tsdb.UsageCode{}
	im := &Importer{Batcher: f.batcher, Account: f.account, Kind: tsdb.ToolRun, Resource: f.tool, Source: "file", Bad: func(r BadRow) { got[r.Line] = r.Code }}
	done, err := im.Run(t.Context(), strings.NewReader(strings.Join(lines, "\n")))
	f.must(err)
	if !maps.Equal(got, want) || done.Stored != len(rows)-len(want) || done.TooOld != 1 {
		t.Errorf("%+v\n got %v\nwant %v", done, got, want)
	}
	draft, err := f.RegisterTool(t.Context(), tsdb.NewTool{AccountID: f.account, Name: "Draft", OwnerName: "Mia", Status: tsdb.InDevelopment})
	f.must(err)
	for resource, code := range map[int64]tsdb.UsageCode{draft.ID: tsdb.ToolInDevelopment, 999: tsdb.UnknownTool, f.model: tsdb.UnknownTool} {
		clear(got)
		im.Resource = resource
		if done, err := im.Run(t.Context(), strings.NewReader(lines[0])); err != nil || done.Bad != 1 || got[1] != code {
			t.Errorf("tool %d: %v %v, want %s", resource, got, err, code)
		}
	}
}

// FuzzRow checks that the readers fail on no line except by an error, and that they read what strconv and time read.
func FuzzRow(f *testing.F) {
	f.Add("2023-11-16 18:17:03.9799600,4808,10")
	f.Add("2024-05-10 00:00:00.009930+00:00,2162,5")
	f.Add(`2026-03-10T09:30:00Z,1,2,"a""b"`)
	f.Add(`{"time":"2026-03-10T09:30:00Z","runs":3}`)
	f.Fuzz(func(t *testing.T, line string) {
		for _, kind := range []tsdb.UsageKind{tsdb.ToolRun, tsdb.Inference} {
			for _, format := range []Format{AnyFormat, AzureFormat, CSVFormat, NDJSON} {
				l, header, err := settle(line, format, kind)
				if header || err != nil {
					continue
				}
				r, err := l.parse(line)
				if err != nil {
					continue
				}
				year := r.time.Year()
				named := strings.Contains(line, fmt.Sprintf("%04d", year)) || strings.Contains(line, fmt.Sprintf("%04d", year-1)) || strings.Contains(line, fmt.Sprintf("%04d", year+1))
				if r.time.IsZero() || !named && !strings.Contains(line, `\`) { // an offset may lead into the next year
					t.Fatalf("%s: %+v of %q", format, r, line)
				}
			}
		}
	})
}
