//go:build unix

package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb"
)

const victim = "USAGEGRAPH_TEST_IMPORT"

// An import that is killed by SIGKILL between two commits, and repeated, ends like one that ran through.
func TestKilledImport(t *testing.T) {
	t.Parallel()
	packed, _ := trace(t, traceFiles[0].name)
	whole := newFixture(t)
	_, err := whole.importer(whole.model).Run(t.Context(), bytes.NewReader(packed))
	whole.must(err)
	f := newFixture(t)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestImportVictim$")
	child.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d %d %s", victim, f.account, f.model, traceShift, f.pool.Config().ConnString()))
	out, err := child.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the victim ended by itself: %v\n%s", err, out)
	}
	if n := f.events(); n == 0 || n == traceFiles[0].rows {
		t.Fatalf("killed at %d of %d rows: not half-way", n, traceFiles[0].rows)
	}
	got, err := f.importer(f.model).Run(t.Context(), bytes.NewReader(packed))
	f.must(err)
	if got.Stored+got.Duplicate != traceFiles[0].rows || f.books() != whole.books() {
		t.Errorf("%+v\n%s\nwant %s", got, f.books(), whole.books())
	}
}

// TestImportVictim is the process that TestKilledImport starts. On its own it does nothing.
func TestImportVictim(t *testing.T) {
	order := os.Getenv(victim)
	if order == "" {
		return
	}
	im := Importer{Kind: tsdb.Inference, Source: "import", chunk: 2000}
	var url string
	if _, err := fmt.Sscanf(order, "%d %d %d %s", &im.Account, &im.Resource, &im.Shift, &url); err != nil {
		t.Fatal(err)
	}
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	store, err := tsdb.New(tsdb.Config{Pool: pool, Clock: time.Now, Log: slog.Default()})
	if err != nil {
		t.Fatal(err)
	}
	im.Batcher = tsdb.NewBatcher(store, tsdb.BatcherConfig{})
	im.Progress = func(Imported) { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) }
	packed, _ := trace(t, traceFiles[0].name)
	_, err = im.Run(t.Context(), bytes.NewReader(packed))
	t.Fatal("not killed", err)
}
