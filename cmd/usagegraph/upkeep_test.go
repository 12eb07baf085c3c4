package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// upkeep runs one of the commands beside the server and returns its output.
func (r *running) upkeep(name string, args ...string) (string, error) {
	r.t.Helper()
	var out bytes.Buffer
	args = append([]string{name, "--database-url=" + r.config.DatabaseURL}, args...)
	err := (program{args: args, out: &out, errs: &out, clock: time.Now, getenv: environment(nil)}).run(r.t.Context())
	return out.String(), err
}

// Somebody changes a fact by hand: reconcile names the account and the difference and fails, and rebuild corrects the charts.
func TestReconcileAndRebuild(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	platform := r.token(auth.Platform, 0, nil)
	id, other := r.account(platform, "acme"), r.account(platform, "other")
	tool := r.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`,
		map[string]any{"i": map[string]any{"accountId": id, "name": "t", "ownerName": "o", "status": "DEPLOYED"}}).at("registerTool.tool.id")
	r.ask(platform, `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status}}}`, map[string]any{"i": map[string]any{"accountId": id,
		"events": []any{map[string]any{"source": "s", "id": "1", "time": time.Now().Add(-26 * time.Hour).UTC().Format(time.RFC3339), "toolId": tool, "runs": 7}}}})
	if text, err := r.upkeep("reconcile"); err != nil || text != "2 accounts reconciled, 0 with a difference\n" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := r.upkeep("rebuild"); err != nil { // the charts hold all of it, whether or not the roll-up was there
		t.Fatal(err)
	}
	if _, err := r.store.Pool().Exec(t.Context(), `UPDATE usage_day SET runs = runs + 1`); err != nil {
		t.Fatal(err)
	}
	text, err := r.upkeep("reconcile")
	if err == nil || !strings.Contains(text, id) || !strings.Contains(text, "days beside quarter-hours/TOOL_RUN differ by 1") || strings.Contains(text, other) {
		t.Errorf("%q, %v", text, err)
	}
	if text, err = r.upkeep("rebuild", "--account="+id); err != nil || !strings.Contains(text, "days rebuilt, 7 rows written") {
		t.Errorf("%q, %v", text, err)
	}
	if text, err = r.upkeep("reconcile", "--account="+id); err != nil || text != "1 accounts reconciled, 0 with a difference\n" {
		t.Errorf("%q, %v", text, err)
	}
	for _, bad := range []string{"--account=" + r.account(platform, "third")[1:], "--account=x", "all"} {
		if _, err := r.upkeep("rebuild", bad); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
	var out bytes.Buffer
	p := program{args: []string{"rebuild", "--help"}, out: &out, errs: &out, clock: time.Now, getenv: environment(nil)}
	if err := p.run(t.Context()); err != nil || !strings.Contains(out.String(), "rebuild [--account ID]") {
		t.Errorf("%q, %v", out.String(), err)
	}
}
