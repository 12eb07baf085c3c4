package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// rowTime is the longest time that a row may take.
const rowTime = 3 * time.Minute

// line is a row with its outcome.
type line struct {
	target
	outcome
	problem string // why there are no figures
}

// runTable runs the rows, each in a separate process, and writes the table to a file after each of them; a smoke run writes no table. It
// returns the exit status.
func runTable(to string, smoke bool) int {
	ends := time.Now().Add(time.Duration(number(minutesOf, 40)) * time.Minute)
	var lines []line
	bad := 0
	for _, row := range targets() {
		if smoke && !row.smoke {
			continue
		}
		l := runRow(row, min(rowTime, time.Until(ends)))
		lines = append(lines, l)
		fmt.Println(l.tell())
		if smoke && !l.sound() {
			bad++
		}
		if !smoke {
			if err := os.WriteFile(to, []byte(table(lines)), 0o644); err != nil {
				fmt.Println(err)
				return 1
			}
		}
	}
	return min(bad, 1)
}

// runRow runs a row in a separate process.
func runRow(row target, within time.Duration) line {
	l := line{target: row}
	if row.missing != "" {
		l.problem = "not run: " + row.missing
		return l
	}
	if within < 10*time.Second {
		l.problem = "not run: no time was left"
		return l
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run", "^$", "-test.bench", "^BenchmarkTargets$/^"+row.id+"$", "-test.benchtime", "1x", "-test.timeout", "0")
	cmd.Env = slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, tableTo+"=") })
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	for in := bufio.NewScanner(bytes.NewReader(out)); in.Scan(); {
		if text, ok := strings.CutPrefix(in.Text(), outcomeMark); ok {
			err = errors.Join(err, json.Unmarshal([]byte(text), &l.outcome))
		}
	}
	switch {
	case ctx.Err() != nil:
		l.problem = fmt.Sprintf("failed: more than %v", within.Round(time.Second))
	case err != nil || len(l.Values) == 0:
		l.problem = "failed: " + lastWords(string(out))
	}
	return l
}

// lastWords returns the first line of the first failure in a run's output, or its last line.
func lastWords(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	at := slices.IndexFunc(lines, func(s string) bool { return strings.Contains(s, "_test.go:") || strings.HasPrefix(s, "panic:") })
	if at < 0 {
		at = len(lines) - 1
	}
	text := strings.TrimSpace(lines[at])
	return strings.ReplaceAll(text[:min(len(text), 200)], "|", "/")
}

// sound reports whether a smoke run shows no fault: its figures are within a factor of 2.
func (l line) sound() bool {
	return l.problem == "" && l.usually().holds(median(slices.Clone(l.Values)), 2)
}

// verdict says whether the target is met, or why not.
func (l line) verdict() string {
	switch {
	case l.problem != "":
		return l.problem
	case l.met(l.Values):
		return strings.TrimSuffix("met; "+l.Note, "; ")
	}
	text := "not met"
	for _, why := range []string{l.reason, l.Note} {
		if why != "" {
			text += "; " + why
		}
	}
	return text
}

func (l line) tell() string {
	if l.problem != "" {
		return fmt.Sprintf("%-4s %s: %s", l.id, l.work, l.problem)
	}
	v := slices.Sorted(slices.Values(l.Values))
	return fmt.Sprintf("%-4s %s: %s, %s to %s, target %s: %s", l.id, l.work, figure(median(v), l.unit), figure(v[0], ""), figure(v[len(v)-1], ""), l.bound(), l.verdict())
}

// table returns the text of results.md.
func table(lines []line) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# What is measured

`+"`make bench`"+` wrote this: it lets each row of work take turns with its baseline, %d times, in one run on one machine, which server, client and database share. Figures are ratios of rates to
the baseline's unless a unit is given; the median counts. Another machine has other rates, and about the same ratios.

%s, %d processors, %s.

| row | work | baseline | minimum | median | maximum | target | |
| --- | --- | --- | --- | --- | --- | --- | --- |
`, number(roundsOf, 5), time.Now().UTC().Format("2 January 2006"), runtime.NumCPU(), runtime.Version())
	for _, l := range lines {
		least, middle, most := "–", "–", "–"
		if l.problem == "" {
			v := slices.Sorted(slices.Values(l.Values))
			least, middle, most = figure(v[0], l.unit), figure(median(v), l.unit), figure(v[len(v)-1], l.unit)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", l.id, l.work, l.baseline, least, middle, most, l.bound(), l.verdict())
	}
	return b.String()
}
