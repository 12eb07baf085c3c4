package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// A dry run reports how a file is understood, ten rows and the sum, and needs no database.
func TestDryRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	run := func(args ...string) (string, error) {
		var out bytes.Buffer
		p := program{args: append([]string{"import"}, args...), getenv: func(string) string { return "" }, out: &out, errs: &out, clock: time.Now}
		err := p.run(t.Context())
		return out.String(), err
	}
	rows := "when,team,model_name,prompt,completion,cost\n" + strings.Repeat("1796000400,acme,gpt-5,10,2,0.1\n", 11) + "1796004000,other,gpt-5,1,1,0.1\n"
	file := write("calls.csv", rows)
	said, err := run(file, "--dry-run", "--map", "time=when,account=team,model=model_name", "--map=inputTokens=prompt,outputTokens=completion", "--time", "unix")
	for _, part := range []string{`csv, separated by ",", utf-8, times as numbers are unix`, "time             from when", "account          from team", "passed over      cost",
		"2026-11-30T01:00:00Z  acme     gpt-5          inputTokens 10, outputTokens 2  import", "sum: 12 rows of 2 accounts, 2026-11-30T01:00:00Z to 2026-11-30T02:00:00Z: inputTokens 111, outputTokens 23; 0 bad, 0 passed over", "Nothing was stored."} {
		if !strings.Contains(said, part) {
			t.Errorf("%q is missing in:\n%s", part, said)
		}
	}
	if err != nil || strings.Count(said, "2026-11-30T01:00:00Z  acme") != 10 {
		t.Errorf("%v\n%s", err, said)
	}
	if said, err = run(file, "--dry-run", "--map", "time=when", "--account", "acme", "--model", "m"); err == nil || !strings.Contains(err.Error(), "inputTokens or outputTokens") {
		t.Errorf("%v %s", err, said)
	}
	said, err = run(write("own.csv", "time,inputTokens,outputTokens\n2026-11-24T02:30:00Z,374,44\nbad,1,1\n"), "--dry-run", "--account", "acme", "--model", "m")
	if err == nil || !strings.Contains(said, "columns          time, inputTokens, outputTokens") || !strings.Contains(said, "inputTokens 374, outputTokens 44; 1 bad") {
		t.Errorf("%v %s", err, said)
	}
	said, err = run(write("wrong.csv", "time,inputTokens,outputTokens,cacheReadTokens\n2026-11-24T02:30:00Z,374,44,300\n2026-11-24T02:31:00Z,374,44,375\n2026-11-24T02:32:00Z,2000000000000,1,\n2026-11-24T02:32:00Z,-1,1,\n"),
		"--dry-run", "--profile", "usagegraph", "--account", "acme", "--model", "m")
	if err == nil || !strings.Contains(said, "sum: 1 rows of 1 accounts") || !strings.Contains(said, "inputTokens 374, outputTokens 44, cacheReadTokens 300; 3 bad") ||
		strings.Count(said, "QUANTITY_TOO_LARGE") != 2 {
		t.Errorf("what would be refused is not told: %v %s", err, said)
	}
}

// An export is imported by its profile, into the given account and model. A second import changes nothing.
func TestImportByProfile(t *testing.T) {
	t.Parallel()
	url := tsdbtest.NewURL(t)
	account, model, tool := importTargets(t, url)
	file := filepath.Join(t.TempDir(), "usage.json")
	at := time.Now().Add(-time.Hour).Unix()
	text := strings.ReplaceAll(`{"data":[{"start_time":AT,"results":[{"input_tokens":5,"output_tokens":6,"model":"x"}]}],"has_more":true}`, "AT", strconv.FormatInt(at, 10))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1 rows: 1 stored, 0 there already", "1 rows: 0 stored, 1 there already"} {
		var out, errs bytes.Buffer
		p := program{args: []string{"import", "--database-url", url, file, "--profile", "openai", "--account", account, "--model", model}, getenv: func(string) string { return "" }, out: &out, errs: &errs, clock: time.Now}
		if err := p.run(t.Context()); err != nil || !strings.Contains(out.String(), want) || !strings.Contains(errs.String(), "other pages follow it") {
			t.Errorf("%v\n%s%s", err, &out, &errs)
		}
	}
	for _, args := range [][]string{{"--profile", "openai", "--account", account, "--tool", tool}, {"--profile", "openai", "--model", model, "--map", "account=x"}, {"--profile", "aws", "--account", account, "--model", model}} {
		var out bytes.Buffer
		p := program{args: append([]string{"import", "--database-url", url, file}, args...), getenv: func(string) string { return "" }, out: &out, errs: &out, clock: time.Now}
		if err := p.run(t.Context()); err == nil {
			t.Errorf("%q: %s", args, &out)
		}
	}
}
