package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/tsdb"
)

// shownRows is how many rows a dry run shows.
const shownRows = 10

// trial accepts events and stores none: it keeps the first ones and adds up all. It is for an importer that stores one chunk after another.
type trial struct {
	accounts []string // own ids; their keys here are their positions, from 1
	first    []tsdb.UsageEvent
	sum      tsdb.UsageEvent // the quantities of all
	rows     int
	from, to time.Time
}

// find returns keys for accounts that are valid only within this trial.
func (t *trial) find(_ context.Context, ids []string) (map[string]int64, error) {
	found := map[string]int64{}
	for _, id := range ids {
		t.accounts = append(t.accounts, id)
		found[id] = int64(len(t.accounts))
	}
	return found, nil
}

// Submit implements ingest.Submitter.
func (t *trial) Submit(_ context.Context, events []tsdb.UsageEvent, _ tsdb.UsageMode) ([]tsdb.UsageResult, error) {
	results := make([]tsdb.UsageResult, len(events))
	for i := range events {
		e := &events[i]
		if fault := e.Fault(); fault != nil {
			results[i] = *fault
			continue
		}
		results[i].Status = tsdb.Stored
		if t.rows++; len(t.first) < shownRows {
			t.first = append(t.first, *e)
		}
		if t.rows == 1 || e.Time.Before(t.from) {
			t.from = e.Time
		}
		if e.Time.After(t.to) {
			t.to = e.Time
		}
		t.sum.Runs += e.Runs
		t.sum.InputTokens += e.InputTokens
		t.sum.OutputTokens += e.OutputTokens
		t.sum.CacheReadTokens += e.CacheReadTokens
		t.sum.CacheWriteTokens += e.CacheWriteTokens
		t.sum.ReasoningTokens += e.ReasoningTokens
	}
	return results, nil
}

// tryFiles reports how files are understood, their first rows and their sums. It needs no database and stores nothing.
func (p program) tryFiles(ctx context.Context, o importOrder) error {
	bad := 0
	for _, name := range o.files {
		n, err := p.tryFile(ctx, o, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		bad += n
	}
	fmt.Fprintln(p.out, "Nothing was stored. Whether accounts, models and tools are there was not looked at.")
	if bad > 0 {
		return fmt.Errorf("%d rows cannot be read", bad)
	}
	return nil
}

func (p program) tryFile(ctx context.Context, o importOrder, name string) (bad int, err error) {
	in, _, err := openInput(name)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	t, im := &trial{}, o.plain()
	im.Batcher, im.Accounts, im.InOrder, im.Named = t, t.find, true, cmp.Or(o.model, o.tool)
	if o.account != "" {
		t.accounts, im.Account = []string{o.account}, 1
	}
	im.Bad = func(row ingest.BadRow) {
		if bad++; bad <= maxReported {
			fmt.Fprintf(p.errs, "%s:%d: %s: %s\n", name, row.Line, row.Code, row.Reason)
		}
	}
	_, understood, err := o.run(ctx, im, name, in)
	if err != nil {
		return bad, err
	}
	fmt.Fprintln(p.out, name+": "+strings.Join(understood.Said, "\n  "))
	t.show(p)
	fmt.Fprintf(p.out, "sum: %s; %d bad, %d passed over\n", t.total(), bad, understood.Passed)
	p.tell(name, ingest.Understood{Incomplete: understood.Incomplete})
	return bad, nil
}

// show prints the first rows as they would be stored.
func (t *trial) show(p program) {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "time\taccount\ttool or model\tquantities\tsource\tid")
	for i := range t.first {
		e := &t.first[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", e.Time.UTC().Format(time.RFC3339Nano), t.accounts[e.AccountID-1], e.ResourceExternal, quantities(e), e.Source, e.ID)
	}
	_ = w.Flush()
}

// quantities describes what an event used, leaving out zeros, and for whom.
func quantities(e *tsdb.UsageEvent) string {
	var said []string
	for _, q := range []struct {
		name string
		n    int64
	}{{"runs", e.Runs}, {"inputTokens", e.InputTokens}, {"outputTokens", e.OutputTokens}, {"cacheReadTokens", e.CacheReadTokens},
		{"cacheWriteTokens", e.CacheWriteTokens}, {"reasoningTokens", e.ReasoningTokens}} {
		if q.n != 0 {
			said = append(said, fmt.Sprintf("%s %d", q.name, q.n))
		}
	}
	for _, of := range []struct{ name, value string }{{"user", e.User}, {"apiKey", e.APIKey}} {
		if of.value != "" {
			said = append(said, fmt.Sprintf("%s %q", of.name, of.value))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(e.Tags)) {
		said = append(said, fmt.Sprintf("tag.%s %q", key, e.Tags[key]))
	}
	return cmp.Or(strings.Join(said, ", "), "none")
}

func (t *trial) total() string {
	if t.rows == 0 {
		return "no rows"
	}
	slices.Sort(t.accounts)
	return fmt.Sprintf("%d rows of %d accounts, %s to %s: %s", t.rows, len(slices.Compact(t.accounts)), t.from.UTC().Format(time.RFC3339), t.to.UTC().Format(time.RFC3339), quantities(&t.sum))
}
