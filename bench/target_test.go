package bench

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
)

// target is a row of the table that `make bench` writes: the work, its baseline in the same run, and the target.
type target struct {
	id, work, baseline string
	// atLeast or atMost bounds the median; the other one is 0.
	atLeast, atMost float64
	unit            string // of the figures; "": they are ratios to the baseline
	// usual is the median on a quiet machine if the target is not met, and reason says why it is not. `make bench-smoke` fails above twice
	// or below half of usual.
	usual  float64
	reason string
	smoke  bool // `make bench-smoke` takes part of it
	// missing says why the row is not run; "": it is.
	missing string
	run     func(t *trial)
}

// trial is a run of a target.
type trial struct {
	*testing.B
	rounds int
	smoke  bool // as little work as shows an error of a factor of 2
	values []float64
	note   string // what part of the work was left out here
}

func (t *trial) add(v float64) { t.values = append(t.values, v) }

// size returns n, or few in a smoke run.
func (t *trial) size(n, few int) int {
	if t.smoke {
		return few
	}
	return n
}

// against makes both sides work in turn and adds the ratios of their rates. It warms up both first.
func (t *trial) against(bare, ours side, fleets ...*fleet) {
	t.Helper()
	rate(bare)
	rate(ours)
	for _, f := range fleets {
		f.exec("ANALYZE")
	}
	rate(bare)
	rate(ours)
	for range t.rounds {
		x := rate(bare)
		t.add(rate(ours) / x)
	}
}

// slower is against with times: how many times as long as the baseline the work takes.
func (t *trial) slower(bare, ours side, fleets ...*fleet) {
	t.Helper()
	t.against(ours, bare, fleets...)
}

// Environment variables of a run of targets.
const (
	roundsOf  = "USAGEGRAPH_BENCH_ROUNDS"  // rounds of each row; default 5
	smokeOnly = "USAGEGRAPH_BENCH_SMOKE"   // a smoke run
	tableTo   = "USAGEGRAPH_BENCH_TABLE"   // where a run of all rows, each in a separate process, writes the table
	minutesOf = "USAGEGRAPH_BENCH_MINUTES" // how long that may take altogether; default 40
	binaryAt  = "USAGEGRAPH_BENCH_BINARY"  // the built usagegraph
)

func number(name string, otherwise int) int {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		return otherwise
	}
	return n
}

// outcome is what a process reports about its row, in a line after outcomeMark.
type outcome struct {
	Values []float64
	Note   string
}

const outcomeMark = "outcome: "

// BenchmarkTargets runs rows of the table once each: -bench 'Targets/^7a$'.
func BenchmarkTargets(b *testing.B) {
	for _, row := range targets() {
		if row.missing != "" {
			continue
		}
		b.Run(row.id, func(b *testing.B) {
			smoke := os.Getenv(smokeOnly) != ""
			t := &trial{B: b, rounds: number(roundsOf, 5), smoke: smoke}
			row.run(t)
			if len(t.values) == 0 {
				b.Fatal("nothing was measured")
			}
			text, err := json.Marshal(outcome{t.values, t.note})
			if err != nil {
				b.Fatal(err)
			}
			if !b.Failed() {
				fmt.Printf("\n%s%s\n", outcomeMark, text)
			}
			slices.Sort(t.values)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(t.values), cmp.Or(row.unit, "ratio"))
		})
	}
}

// met reports whether the figures reach the target.
func (r target) met(values []float64) bool {
	return r.holds(median(slices.Clone(values)), 1)
}

// holds reports whether a figure reaches the target within a margin.
func (r target) holds(v, margin float64) bool {
	if r.atLeast > 0 {
		return v >= r.atLeast/margin
	}
	return v <= r.atMost*margin
}

// usually returns the target as far as it is known to be reached.
func (r target) usually() target {
	if r.usual > 0 && r.atLeast > 0 {
		r.atLeast = min(r.usual, r.atLeast)
	}
	if r.usual > 0 && r.atMost > 0 {
		r.atMost = max(r.usual, r.atMost)
	}
	return r
}

func (r target) bound() string {
	if r.atLeast > 0 {
		return "≥ " + figure(r.atLeast, r.unit)
	}
	return "≤ " + figure(r.atMost, r.unit)
}

// figure formats a number with three digits.
func figure(v float64, unit string) string {
	text := strconv.FormatFloat(v, 'g', 3, 64)
	if v >= 1000 {
		text = strconv.FormatFloat(v, 'f', 0, 64)
	}
	if unit != "" {
		text += " " + unit
	}
	return text
}
