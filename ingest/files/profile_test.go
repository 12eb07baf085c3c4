package files

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// readAll returns all rows of a file as lines, and what was wrong.
func readAll(t *testing.T, name string, in io.Reader, o Options) (said, wrong []string) {
	t.Helper()
	f, err := Open(name, in, o)
	if err != nil {
		return nil, []string{err.Error()}
	}
	for {
		r, err := f.Next()
		var row *RowError
		switch {
		case errors.Is(err, io.EOF):
			return said, wrong
		case errors.As(err, &row):
			wrong = append(wrong, fmt.Sprintf("%d: %s", row.Place, row.Reason))
		case err != nil:
			return said, append(wrong, err.Error())
		default:
			said = append(said, fmt.Sprintf("%s %s/%s/%s%s runs %d in %d out %d cache %d+%d reasoning %d id %s", r.Time.UTC().Format("2006-01-02T15:04:05.999999999"), r.Account, r.Source, r.Model, r.Tool,
				r.Runs, r.Input, r.Output, r.CacheRead, r.CacheWrite, r.Reasoning, r.ID))
		}
	}
}

// Each file has the form of an export as its maker documents it.
func TestProfiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, profile string
		options       Options
		want          []string // beginnings of rows
		wrong         []string // parts of what is wrong
	}{
		{"openai.json", "openai", Options{Map: []string{"account=project_id"}}, []string{
			"2026-11-30T00:00:00 proj_a//gpt-5-2025 runs 0 in 5200 out 610 cache 4096+0 reasoning 0 id ", "2026-11-30T00:00:00 proj_b//gpt-5-mini runs 0 in 70 out 8 cache 0+0 reasoning 0 id "}, nil},
		{"openai.csv", "openai", Options{Account: true}, []string{
			"2026-11-30T00:00:00 //gpt-5-2025 runs 0 in 5200 out 610 cache 4096+0 reasoning 0 id ", "2026-11-30T01:00:00 //gpt-5-mini runs 0 in 70 out 8 cache 0+0 reasoning 0 id "}, nil},
		{"anthropic.csv", "anthropic", Options{Map: []string{"account=api_key"}}, []string{
			"2026-11-29T00:00:00 Shop//claude-sonnet-5 runs 0 in 5230 out 500 cache 4000+230 reasoning 0 id ", "2026-11-29T00:00:00 Shop//claude-haiku-5 runs 0 in 40 out 7 cache 0+0 reasoning 0 id "}, nil},
		{"anthropic.json", "anthropic", Options{Map: []string{"account=workspace_id"}}, []string{"2026-11-29T00:00:00 ws_1//claude-sonnet-5 runs 0 in 5230 out 500 cache 4000+230 reasoning 0 id "}, nil},
		{"litellm.ndjson", "litellm", Options{Map: []string{"account=team_id"}}, []string{
			"2026-11-24T02:30:00.25 acme//gpt-5 runs 0 in 374 out 44 cache 128+0 reasoning 0 id chatcmpl-1", "2026-11-24T02:31:01 acme//text-embedding-4 runs 0 in 12 out 0 cache 0+0 reasoning 0 id chatcmpl-2"}, nil},
		{"langfuse.csv", "langfuse", Options{Account: true}, []string{"2026-11-24T02:29:59.5 //gpt-5 runs 0 in 374 out 44 cache 74+0 reasoning 4 id obs-2"}, nil},
		{"openmeter.json", "openmeter", Options{}, []string{
			"2026-11-24T02:30:00 acme/gateway/gpt-5 runs 0 in 374 out 0 cache 0+0 reasoning 0 id e-1", "2026-11-24T02:30:00 acme/gateway/gpt-5 runs 0 in 0 out 44 cache 0+0 reasoning 0 id e-2"}, nil},
		{"lago.json", "lago", Options{}, []string{
			"2026-11-24T02:30:00.5 acme//gpt-5 runs 0 in 374 out 44 cache 0+0 reasoning 0 id tx-1", "2026-11-24T02:30:01.25 acme//gpt-5 runs 0 in 0 out 9 cache 0+0 reasoning 0 id tx-2"}, nil},
		{"focus.csv", "focus", Options{Map: []string{"account=SubAccountId", "model=ResourceName"}}, []string{
			"2026-11-24T02:00:00 acme//gpt-5 runs 0 in 1500 out 0 cache 0+0 reasoning 0 id ", "2026-11-24T02:00:00 acme//gpt-5 runs 0 in 0 out 44 cache 0+0 reasoning 0 id "}, []string{`its unit is "Hours"`}},
		{"azure.csv", "azure", Options{Account: true, Model: true}, []string{
			"2023-11-16T18:15:46.68059 // runs 0 in 374 out 44", "2024-05-12T00:00:00.003978 // runs 0 in 2162 out 5"}, nil},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile("testdata/" + c.file)
			if err != nil {
				t.Fatal(err)
			}
			c.options.Profile = c.profile
			said, wrong := readAll(t, c.file, strings.NewReader(string(text)), c.options)
			alike(t, "rows", said, c.want, strings.HasPrefix)
			alike(t, "wrong", wrong, c.wrong, strings.Contains)
			again, _ := readAll(t, c.file, strings.NewReader(string(text)), c.options)
			if strings.Join(again, "\n") != strings.Join(said, "\n") {
				t.Error("a second reading gives other rows or ids")
			}
		})
	}
	for _, name := range Profiles() {
		if found, _ := os.ReadDir("testdata"); name != "usagegraph" && !strings.Contains(fmt.Sprint(found), name+".") {
			t.Errorf("profile %s has no file", name)
		}
	}
}

func alike(t *testing.T, what string, got, want []string, fits func(string, string) bool) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %q", what, got)
		return
	}
	for i := range want {
		if !fits(got[i], want[i]) {
			t.Errorf("%s: %s\nwant %s", what, got[i], want[i])
		}
	}
}

// A bucket that comes again with other sums keeps its id, so that the books call it a conflict and do not count it twice. A different
// bucket has a different id.
func TestBucketsHaveIDs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/openai.csv")
	if err != nil {
		t.Fatal(err)
	}
	id := func(line string) string { return line[strings.LastIndex(line, " ")+1:] }
	o := Options{Profile: "openai", Account: true}
	first, _ := readAll(t, "a.csv", strings.NewReader(string(text)), o)
	later, _ := readAll(t, "a.csv", strings.NewReader(strings.Replace(string(text), "5200,610", "5300,620", 1)), o)
	if id(first[0]) != id(later[0]) || id(first[0]) == id(first[1]) || len(id(first[0])) != 32 {
		t.Errorf("%s\n%s\n%s", first[0], later[0], first[1])
	}
}

// A table of a profile says input and output both: a column that the profile does not know by its name is not taken for one that counts 0.
func TestATableOfAProfileIsWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ profile, header, row, missing string }{
		{"openai", "start_time,model,input_tokens,output", "1764064800,m,44,374", "outputTokens"},
		{"openai", "start_time,model,input,output_tokens", "1764064800,m,44,374", "inputTokens"},
		{"litellm", "endTime,request_id,model,prompt_tokens,completion", "2026-11-25T10:00:00Z,1,m,44,374", "outputTokens"},
		{"azure", "TIMESTAMP,ContextTokens,Generated", "2026-11-25 10:00:00,44,374", "outputTokens"},
		{"anthropic", "usage_date_utc,model_version,usage_input_tokens_no_cache,output", "2026-11-25,m,44,374", "outputTokens"},
	} {
		o := Options{Profile: c.profile, Account: true, Model: c.profile == "azure"}
		said, wrong := readAll(t, "x.csv", strings.NewReader(c.header+"\n"+c.row+"\n"), o)
		if len(said) != 0 || len(wrong) != 1 || !strings.Contains(wrong[0], c.missing+" is missing") || !strings.Contains(wrong[0], "--map "+c.missing+"=0") {
			t.Errorf("%s %s: %q, %q", c.profile, c.header, said, wrong)
		}
		o.Map = []string{c.missing + "=0"}
		if said, wrong = readAll(t, "x.csv", strings.NewReader(c.header+"\n"+c.row+"\n"), o); len(said) != 1 || len(wrong) != 0 {
			t.Errorf("%s %s with 0: %q, %q", c.profile, c.header, said, wrong)
		}
	}
	if said, wrong := readAll(t, "x.csv", strings.NewReader("time,inputTokens\n2026-11-25T10:00:00Z,44\n"), Options{Profile: "usagegraph", Account: true, Model: true}); len(said) != 1 || len(wrong) != 0 {
		t.Errorf("our own columns, any of them: %q, %q", said, wrong)
	}
}
