package ingest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// headerCase is a file of one row under a header: 374 tokens in, 44 out, or 374 runs.
type headerCase struct {
	header, row string
	kind        tsdb.UsageKind
}

// Every documented order, name, separator and spelling is accepted, and the row means the same under all of them.
func TestHeadersAreObeyed(t *testing.T) {
	t.Parallel()
	const in, run = tsdb.Inference, tsdb.ToolRun
	const z, blank = "2026-11-25T10:00:00Z", "2026-11-25 10:00:00"
	for _, c := range []headerCase{
		{"time,inputTokens,outputTokens", z + ",374,44", in},
		{"time,outputTokens,inputTokens", z + ",44,374", in},
		{"outputTokens,inputTokens,time", "44,374," + z, in},
		{"timestamp,prompt_tokens,completion_tokens", z + ",374,44", in},
		{"completion_tokens,prompt_tokens,timestamp", "44,374," + z, in},
		{"TIMESTAMP,ContextTokens,GeneratedTokens", blank + ".0000000,374,44", in},
		{"TIMESTAMP,GeneratedTokens,ContextTokens", blank + ",44,374", in},
		{"timestamp,contexttokens,generatedtokens", blank + ",374,44", in},
		{"\ufefftime,outputTokens,inputTokens", z + ",44,374", in},
		{"\ufeff\"Time\",\"Output Tokens\",\"Input Tokens\"", `"` + z + `","44","374"`, in},
		{" time , OUTPUT_TOKENS , input-tokens ", " " + z + " , 44 , 374 ", in},
		{"time;outputTokens;inputTokens", z + ";44;374", in},
		{"time\toutputTokens\tinputTokens", z + "\t44\t374", in},
		{"time;\"inputTokens\";outputTokens", z + ";374;44", in},
		{"gen_ai.usage.output_tokens,gen_ai.usage.input_tokens,time", "44,374," + z, in},
		{"id,time,inputTokens,outputTokens", "," + z + ",374,44", in},
		{"id\ttime\tinputTokens\toutputTokens", "\t" + z + "\t374\t44", in},
		{"time,inputTokens,outputTokens,id", z + ",374,44", in},
		{"time,event_id,inputTokens,outputTokens", z + ",,374,44", in},
		{"", z + ",374,44", in},
		{"", z + ";374;44", in},
		{"", z + "\t374\t44", in},
		{"", blank + ",374,44", in},
		{"", `"` + z + `",374,44`, in},
		{"time,runs", z + ",374", run},
		{"runs,time", "374," + z, run},
		{"Tool_Runs;DateTime", "374;" + z, run},
		{"id,runs,time", ",374," + z, run},
		{"", z + ",374", run},
		{"", `{"timestamp":"` + z + `","prompt_tokens":374,"completion_tokens":44}`, in},
		{"", `{"completionTokens":44,"time":"` + z + `","input_tokens":374}`, in},
	} {
		r, err := readOne(c)
		want := row{time: time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC), input: 374, output: 44}
		if c.kind == run {
			want = row{time: want.time, runs: 374}
		}
		if err != nil || !reflect.DeepEqual(r, want) {
			t.Errorf("%q %q: %+v %v", c.header, c.row, r, err)
		}
	}
}

// readOne reads a row, after a header if there is one.
func readOne(c headerCase) (row, error) {
	first := c.header
	if first == "" {
		first = c.row
	}
	l, header, err := settle(strings.TrimPrefix(first, "\ufeff"), AnyFormat, c.kind)
	if err != nil || header != (c.header != "") {
		return row{}, fmt.Errorf("header %v: %w", header, err)
	}
	return l.parse(c.row)
}

// In files of every format, quantities are plain whole numbers: other spellings may mean another number to other readers of the file.
func TestQuantitiesArePlain(t *testing.T) {
	t.Parallel()
	const at = "2026-11-25T10:00:00Z"
	for text, fits := range map[string]bool{
		"374": true, "0374": true, "374.0": true, "+374": false, "374.": false, "374.5": false, "3.74e2": false, "374e0": false, "3_74": false, "0x176": false, "": false, "9223372036854775808": false,
	} {
		for form, c := range map[string]headerCase{
			"csv": {"", at + "," + text + ",44", tsdb.Inference}, "quoted": {"", at + `,"` + text + `",44`, tsdb.Inference}, "runs": {"", at + "\t" + text, tsdb.ToolRun},
			"a header": {"outputTokens;time;inputTokens", "44;" + at + ";" + text, tsdb.Inference}, "azure": {"", "2026-11-25 10:00:00.0000000," + text + ",44", tsdb.Inference},
			"ndjson": {"", `{"time":"` + at + `","inputTokens":` + text + `,"outputTokens":44}`, tsdb.Inference},
		} {
			want := fits && (form != "ndjson" || text != "0374") // which is no JSON
			r, err := readOne(c)
			if (err == nil) != want || want && max(r.input, r.runs) != 374 {
				t.Errorf("%s, %q: %+v %v", form, text, r, err)
			}
		}
	}
}

// A header that cannot be used refuses the file before its first row, and the error says what was understood of it.
func TestHeadersThatAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	at := time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)
	const in, run = tsdb.Inference, tsdb.ToolRun
	for _, c := range []struct {
		header string
		kind   tsdb.UsageKind
		says   string
	}{
		{"time,inputTokens", in, "outputTokens is missing; understood was: time, inputTokens"},
		{"inputTokens,outputTokens", in, "time is missing"},
		{"time,inputTokens,outputTokens,total_tokens", in, `column 4, "total_tokens", is not known`},
		{"time,input_tokens,prompt_tokens,outputTokens", in, `column 3, "prompt_tokens", is inputTokens once more`},
		{"time,time,inputTokens,outputTokens", in, `column 2, "time", is time once more`},
		{"time,runs", in, `column 2, "runs", is another kind of usage`},
		{"time,inputTokens,outputTokens,runs", in, "another kind"},
		{"time,inputTokens,outputTokens", run, "another kind"},
		{"time,id", run, "runs is missing"},
		{"when,how,much", in, "understood was: nothing"},
		{"time,inputTokens,outputTokens,", in, `column 4, "", is not known`},
		{"time,inputTokens;outputTokens", in, "is not known"},
		{"time|inputTokens|outputTokens", in, "is not known"},
		{`"time,inputTokens,outputTokens`, in, "quotes are wrong"},
		{`time,"inputTokens,outputTokens`, in, "quotes are wrong"},
		{"\ufefftime,tokens", in, "is not known"},
		{"Zeit,Eingabe,Ausgabe", in, "understood was: nothing"},
		{"time", in, "is missing"},
		{"TIMESTAMP,ContextTokens,GeneratedTokens", run, "another kind"},
		{"2026-11-25 10:00:00.0000000,374,44", run, "hold tokens"},
		{"time,inputTokens,outputTokens,7", in, "is not known"},
	} {
		resource := f.model
		if c.kind == run {
			resource = f.tool
		}
		im := &Importer{Batcher: f.batcher, Account: f.account, Kind: c.kind, Resource: resource, Source: "file", Bad: func(r BadRow) { t.Errorf("%s: %+v", c.header, r) }}
		got, err := im.Run(t.Context(), strings.NewReader(c.header+"\n"+at+",1,2\n"+at+",5\n"))
		var refused *HeaderError
		if !errors.As(err, &refused) || refused.Line != 1 || !strings.Contains(refused.Reason, c.says) || got.Rows != 0 {
			t.Errorf("%q: %+v %v", c.header, got, err)
		}
	}
	im := &Importer{Batcher: f.batcher, Account: f.account, Kind: in, Resource: f.model, Source: "file"}
	_, err := im.Run(t.Context(), strings.NewReader("t\x00i\x00m\x00e\x00,\x00"))
	var refused *HeaderError
	if !errors.As(err, &refused) || !strings.Contains(refused.Reason, "UTF-16 without a byte order mark") {
		t.Errorf("UTF-16 without a mark: %v", err)
	}
	if n := f.events(); n != 0 {
		t.Errorf("%d events", n)
	}
}

// The same header may occur anywhere. A different one ends the file there, because its rows would be read under the wrong names.
func TestASecondHeader(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	at := time.Now().UTC().Add(-time.Hour).Truncate(time.Minute)
	line := func(n int) string { return at.Add(time.Duration(n)*time.Second).Format(time.RFC3339) + ",1,2\n" }
	for i, c := range []struct {
		text   string
		rows   int
		line   int // where it ends; 0: nowhere
		badRow int
	}{
		{"time,inputTokens,outputTokens\n" + line(1) + "\ufeffTime;x\n" + "time,input_tokens,output_tokens\n" + line(2), 3, 0, 1},
		{line(3) + "timestamp,prompt_tokens,completion_tokens\n" + line(4), 2, 0, 0},
		{line(5) + "time,outputTokens,inputTokens\n" + line(6), 1, 2, 0},
		{"time,outputTokens,inputTokens\n" + line(7) + "time,inputTokens,outputTokens\n" + line(8), 1, 3, 0},
		{line(9) + "time,inputTokens,outputTokens,total\n" + line(10), 1, 2, 0},
		{line(11) + "garbage\n" + line(12), 3, 0, 1},
	} {
		im := f.importer(f.model)
		im.Shift, im.Source = 0, fmt.Sprint("file", i)
		got, err := im.Run(t.Context(), strings.NewReader(c.text))
		var refused *HeaderError
		if errors.As(err, &refused) != (c.line > 0) || c.line > 0 && refused.Line != c.line || got.Rows != c.rows || got.Bad != c.badRow {
			t.Errorf("%q: %+v %v", c.text, got, err)
		}
	}
}
