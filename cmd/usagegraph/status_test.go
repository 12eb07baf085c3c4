package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// The command shows the process, a job that is stuck and where, and the account that is busy and is now being refused.
func TestStatus(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	platform := r.token(auth.Platform, 0, nil)
	id := r.account(platform, "acme")
	if _, err := r.store.Pool().Exec(t.Context(), `UPDATE account SET name = name || chr(27) || '[31m'`); err != nil {
		t.Fatal(err)
	}
	tool := r.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`,
		map[string]any{"i": map[string]any{"accountId": id, "name": "t", "ownerName": "o", "status": "DEPLOYED"}}).at("registerTool.tool.id")
	r.ask(platform, `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status}}}`, map[string]any{"i": map[string]any{"accountId": id,
		"events": []any{map[string]any{"source": "s", "id": "1", "time": time.Now().UTC().Format(time.RFC3339), "toolId": tool, "runs": 10_001}}}})
	if _, err := r.store.Pool().Exec(t.Context(), `INSERT INTO river_job (args, kind, max_attempts, queue, state, attempt, attempted_at, attempted_by, errors, scheduled_at)
VALUES ('{"job": "tidy"}', 'tidying', 5, 'nobody', 'retryable', 2, now() - interval '2 hours', '{h-1,h-2}', ARRAY['{"error": "disk full"}'::jsonb], now() + interval '1 hour')`); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool {
		var out bytes.Buffer
		c := r.config
		p := program{out: &out, errs: &out, clock: time.Now, getenv: environment(nil)}
		if err := p.status(t.Context(), c, nil); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		for _, want := range []string{"tidy ", "retryable", "2h0m", "h-2", "disk full", "ago", id, "10001", "busiest accounts of the last hour: 1", "more of it is refused: 1", "posted late: 0", "wait for a lock: 0",
			"by reason: 0", "reconcile", "retention"} {
			if !strings.Contains(text, want) {
				t.Logf("no %q in\n%s", want, text)
				return false
			}
		}
		if strings.Contains(text, "\x1b") {
			t.Errorf("control characters reach the terminal: %q", text)
		}
		return true
	})
}

// While somebody holds a lock on a table that it reads, the command says who that is, and shows the rest.
func TestStatusBesideALock(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	waitFor(t, func() bool {
		st, err := r.store.Status(t.Context(), time.Hour)
		return err == nil && len(st.Processes) == 1
	})
	tx, err := r.store.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), `LOCK TABLE job_run IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool {
		var waits int
		return r.store.Pool().QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`).Scan(&waits) == nil && waits > 0
	})
	var out bytes.Buffer
	err = (program{out: &out, errs: &out, clock: time.Now, getenv: environment(nil)}).status(t.Context(), r.config, nil)
	if err == nil || !strings.Contains(err.Error(), "read job runs") {
		t.Errorf("it is not said what could not be read: %v", err)
	}
	for _, want := range []string{"note a job", "idle in transaction", "PROCESS", "busiest accounts of the last hour: 0"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}
