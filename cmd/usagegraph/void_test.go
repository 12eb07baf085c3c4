package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// The command from its arguments to its last line: what was imported is voided by a file of identities, once.
func TestVoidCommand(t *testing.T) {
	t.Parallel()
	url := tsdbtest.NewURL(t)
	var out, errs bytes.Buffer
	run := func(args ...string) error {
		out.Reset()
		errs.Reset()
		p := program{args: append([]string{args[0], "--database-url", url}, args[1:]...), getenv: func(string) string { return "" }, out: &out, errs: &errs, clock: time.Now}
		return p.run(t.Context())
	}
	account, _, tool := importTargets(t, url)
	at := time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)
	used, voids := filepath.Join(t.TempDir(), "used.csv"), filepath.Join(t.TempDir(), "voids.ndjson")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(used, "time,runs,id\n"+at+",3,a\n"+at+",4,b\n"+at+",5,c\n")
	if err := run("import", used, "--account", account, "--tool", tool); err != nil {
		t.Fatal(err)
	}
	line := `{"specversion":"1.0","account":%q,"source":"import","id":%q,"time":%q}` + "\n"
	write(voids, fmt.Sprintf(line, account, "a", at)+fmt.Sprintf(line, account, "b", at)+fmt.Sprintf(line, account, "nobody's", at)+"nonsense\n"+
		fmt.Sprintf(line, "nobody", "c", at))
	if err := run("void", voids); err == nil || !strings.Contains(out.String(), "5 events: 2 taken back, 0 were before, 3 bad") ||
		!strings.Contains(errs.String(), "voids.ndjson:3: UNKNOWN_EVENT") {
		t.Errorf("%v\n%s\n%s", err, &out, &errs)
	}
	if err := run("void", voids, "--account", account); err == nil || !strings.Contains(out.String(), "5 events: 0 taken back, 2 were before, 3 bad") ||
		!strings.Contains(errs.String(), "voids.ndjson:5: MALFORMED: the line names another account") {
		t.Errorf("%v\n%s\n%s", err, &out, &errs)
	}
	write(voids, fmt.Sprintf(`{"source":"import","id":"c","time":%q}`, at)+"\n"+fmt.Sprintf(`{"account":%q,"accountexternalid":"x","source":"import","id":"c","time":%q}`, account, at))
	if err := run("void", voids, "--account", account); err == nil || !strings.Contains(out.String(), "2 events: 1 taken back, 0 were before, 1 bad") {
		t.Errorf("%v\n%s", err, &out)
	}
	if err := run("void"); err == nil {
		t.Error("no file is taken")
	}
}
