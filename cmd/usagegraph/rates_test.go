package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// The command shows a card as a file that it accepts again; it checks, previews and publishes a card, once however often it is called; and
// it withdraws it.
func TestRatesCommand(t *testing.T) {
	t.Parallel()
	url := tsdbtest.NewURL(t)
	rates := func(args ...string) (string, error) {
		var out, errs bytes.Buffer
		p := program{args: append([]string{"rates", "--database-url", url}, args...), getenv: func(string) string { return "" }, out: &out, errs: &errs, clock: time.Now}
		err := p.run(t.Context())
		return out.String(), err
	}
	says := func(want string, args ...string) string {
		t.Helper()
		out, err := rates(args...)
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%v: %s %v, want %s", args, out, err, want)
		}
		return out
	}
	refuses := func(want string, args ...string) {
		t.Helper()
		if out, err := rates(args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %s %v, want a refusal with %s", args, out, err, want)
		}
	}
	file := filepath.Join(t.TempDir(), "card.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	shown := says("# The prices of version 1,", "show")
	write(shown)
	refuses("at the earliest", "check", file)
	soon := strings.Replace(shown, "effectiveFrom: 1970-01-01T00:00:00Z", "effectiveFrom: "+time.Now().Add(time.Hour).UTC().Format(time.RFC3339), 1)
	write(soon)
	says("it changes nothing", "check", file)
	asJSON := says(`"effectiveFrom"`, "show", "--json", "--version", "1")
	write(asJSON)
	refuses("at the earliest", "check", file)

	const example = "../../deploy/rates.yaml"
	says("cacheReadRate", "check", example)
	says("0 events priced once more", "check", example, "--days", "30")
	for range 2 {
		says("version 2 is in force from 2030-01-01T00:00:00Z", "publish", example)
	}
	says("Cached tokens", "list")
	says("h100.80gb", "show", "--version", "2")
	for range 2 {
		says("version 2 is withdrawn", "withdraw", example)
	}
	refuses("withdrawn", "publish", example)
	says("version 3 is in force", "publish", example, "--key", "again", "--note", "once more")
	says("version 3 is withdrawn", "withdraw", "3")

	for text, want := range map[string]string{
		"models: [": "YAML",
		strings.Replace(soon, "gpuCount: 1", "gpuCount: 1, gpuCount: 2", 1): "already defined",
		strings.Replace(soon, "0.789", "0.7891234", 1):                      "6 decimals",
		strings.Replace(soon, `"0.789"`, "0x10", 1):                         "plain decimal",
		strings.Replace(soon, `"T4"`, "*gpu", 1):                            "anchors",
		strings.Replace(soon, "scripts:", "script:", 1):                     "script",
		"--- a\n--- b\n": "one rate card",
	} {
		write(text)
		refuses(want, "check", file)
	}
	for _, args := range [][]string{{}, {"show", "x"}, {"publish"}, {"check", file, "--days", "0"}, {"burn", file}, {"list", "--what", "1"}} {
		if _, err := rates(args...); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}

// A card is read with a byte order mark before it, and not in part: what stands in the first megabytes of a long file may be a sound card of its own.
func TestFilesOfRatesAreReadWhole(t *testing.T) {
	t.Parallel()
	card, err := os.ReadFile("../../deploy/rates.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := readRates(ratesOrder{what: fileOf(t, "marked.yaml", "\ufeff"+string(card), 0o600)}); err != nil || len(n.Card.Models) == 0 {
		t.Errorf("with a byte order mark: %v", err)
	}
	filled := string(card) + strings.Repeat("# more\n", maxRateFile/7+1)
	if _, err := readRates(ratesOrder{what: fileOf(t, "long.yaml", filled+"nope: 1\n", 0o600)}); err == nil || !strings.Contains(err.Error(), "longer than 4 MiB") {
		t.Errorf("a long file: %v", err)
	}
}
