package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

func TestShifts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"830d": 830 * wholeDay, "830d12h": 830*wholeDay + 12*time.Hour, "-1d": -wholeDay, "36h30m": 36*time.Hour + 30*time.Minute, "+2d": 2 * wholeDay, "0": 0,
	} {
		got, err := parseShift(text)
		if err != nil || got != want {
			t.Errorf("%q: %v %v", text, got, err)
		}
		if again, err := parseShift(shiftText(got)); err != nil || again != got {
			t.Errorf("%q prints as %q", text, shiftText(got))
		}
	}
	for _, text := range []string{"", "d", "1.5d", "1d-2h", "1d+2h", "--1d", "12", "1w", "-", "99999d", "1dx"} {
		if got, err := parseShift(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestOrders(t *testing.T) {
	t.Parallel()
	read := func(args ...string) (o importOrder, settings map[string]string, err error) {
		fs := newFlags("import")
		o.flags(fs)
		settings, o.files, err = readFlags(fs, args)
		return o, settings, errors.Join(err, o.problem())
	}
	o, settings, err := read("a.csv", "--account", "A", "--database-url=u", "--model=M", "-", "--shift", "-1d", "--map", "a=b,c=d", "--map=e=f")
	if err != nil || o.account != "A" || o.model != "M" || o.shift != -wholeDay || strings.Join(o.files, " ") != "a.csv -" || o.source != "import" || len(o.columns.Map) != 3 {
		t.Errorf("%+v %v", o, err)
	}
	if len(settings) != 1 || settings["database-url"] != "u" {
		t.Errorf("settings %q", settings)
	}
	for _, args := range [][]string{{}, {"f", "--account=A"}, {"f", "--account=A", "--model=M", "--tool=T"}, {"--account=A", "--model=M"},
		{"f", "--account=A", "--model=M", "--format=xml"}, {"f", "--account=A", "--model=M", "--source="}, {"f", "--account=A", "--model=M", "--shift=x"},
		{"f", "--account=A", "--model=M", "--no-such"}, {"f", "--account=A", "--model"}, {"f", "--account=A", "--model=M", "--dry-run=perhaps"}} {
		if o, _, err := read(args...); err == nil {
			t.Errorf("%q: %+v", args, o)
		}
	}
	for text, want := range map[string]demoOrder{"": {1, 0, 0}, "--seed=7 --accounts 2 --events=1000": {7, 2, 1000}} {
		var d demoOrder
		fs := newFlags("demo")
		d.flags(fs)
		if _, _, err := readFlags(fs, strings.Fields(text)); err != nil || d != want {
			t.Errorf("%q: %+v %v", text, d, err)
		}
	}
	for _, text := range []string{"seven", "--accounts=7", "--seed=x", "--events=-1"} {
		if err := (program{args: append([]string{"demo"}, text), getenv: environment(nil), errs: io.Discard, clock: time.Now}).run(t.Context()); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

// The command from its arguments to its last line: a compressed file, bad rows, a repeat, and targets that do not fit.
func TestImportCommand(t *testing.T) {
	t.Parallel()
	url := tsdbtest.NewURL(t)
	var out, errs bytes.Buffer
	run := func(args ...string) error {
		out.Reset()
		errs.Reset()
		p := program{args: append([]string{"import", "--database-url", url}, args...), getenv: func(string) string { return "" }, out: &out, errs: &errs, clock: time.Now}
		return p.run(t.Context())
	}
	account, model, tool := importTargets(t, url)
	dir := t.TempDir()
	file := filepath.Join(dir, "usage.csv.gz")
	writePacked(t, file, "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46.6805900,374,44\r\n2023-11-16 18:15:50.9951690,396\r\n2023-11-16 18:15:51.2224670,879,55")
	shift := shiftText(time.Since(time.Date(2023, 11, 18, 0, 0, 0, 0, time.UTC)).Truncate(wholeDay))
	if err := run(file, "--account", account, "--model", model, "--shift", shift); err == nil || !strings.Contains(out.String(), "3 rows: 2 stored, 0 there already, 1 bad") {
		t.Errorf("%v\n%s", err, &out)
	}
	if !regexp.MustCompile(`1 bad; in \d+(\.\d+)?m?s, [1-9]\d* rows/s\n`).MatchString(out.String()) {
		t.Errorf("no rate: %s", &out)
	}
	if !strings.Contains(errs.String(), file+":3: MALFORMED") || !strings.Contains(out.String(), "A repeat needs the same shift") {
		t.Errorf("%s\n%s", &errs, &out)
	}
	if err := run(file, "--account", account, "--model", model, "--shift="+shift); err == nil || !strings.Contains(out.String(), "0 stored, 2 there already, 1 bad") {
		t.Errorf("again: %v\n%s", err, &out)
	}
	if err := run(file, "--account", account, "--model", model); err == nil || !strings.Contains(out.String(), "--shift") {
		t.Errorf("too old: %v\n%s", err, &out)
	}
	for _, args := range [][]string{{"--account", account, "--model", tool}, {"--account", model, "--model", model}, {"--account", account, "--tool", tool, "--format", "azure"}} {
		if err := run(append(args, file)...); err == nil || out.Len() > 0 {
			t.Errorf("%q: %v %s", args, err, &out)
		}
	}
	if err := run(filepath.Join(dir, "none"), "--account", account, "--model", model); err == nil {
		t.Error("a file that is not there")
	}
}

// importTargets makes an account with a model and a tool, and returns their opaque ids.
func importTargets(t *testing.T, url string) (account, model, tool string) {
	t.Helper()
	pool, err := demoPool(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	store, err := tsdb.New(tsdb.Config{Pool: pool, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	id, err := store.CreateAccount(t.Context(), tsdb.NewAccount{Name: "Acme", IdempotencyKey: "acme"}, tsdb.Actor{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := store.RegisterModel(t.Context(), tsdb.NewModel{AccountID: id, Name: "Llama"})
	if err != nil {
		t.Fatal(err)
	}
	x, err := store.RegisterTool(t.Context(), tsdb.NewTool{AccountID: id, Name: "Search", OwnerName: "Mia", Status: tsdb.Deployed})
	if err != nil {
		t.Fatal(err)
	}
	return graph.EncodeID(graph.KindAccount, id), graph.EncodeID(graph.KindModel, m.ID), graph.EncodeID(graph.KindTool, x.ID)
}

func writePacked(t *testing.T, path, text string) {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = os.WriteFile(path, b.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestBar(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var b bytes.Buffer
	bar := program{errs: &b, clock: func() time.Time { return now }}.newBar("x.csv", 1000)
	bar.show(10, 5, "rows") // too soon
	now = now.Add(plainStep)
	bar.show(250, 20_000, "rows")
	bar.end()
	if want := "x.csv [======                  ]  25%  20000 rows, 2000/s, 30s left\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
