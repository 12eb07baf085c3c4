package billing

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write testdata again")

// year is one year of an account, with names for what its ledger shows as numbers.
type year struct {
	*books
	names    map[int64]string // of segments
	segments map[int64]Segment
	last     int64 // number of the last segment or batch
	job      Entry
}

// yearEvent is an event at an instant, given as "01-31 12:00:00" of 2026.
type yearEvent struct {
	at string
	do func(*year)
}

// The product's rates (rules.md §7), in credits per replica-hour.
const (
	rateL4     = "1.2072"  // model on g6.xlarge
	rateA10G   = "8.508"   // model on g5.12xlarge
	rateGuard  = "0.144"   // guardrail on 2 general purpose CPUs
	rateScript = "0.07698" // script on 1 vCPU, 2 GB
)

// yearEvents returns the story of testdata/year.txt.
func yearEvents() []yearEvent {
	return []yearEvent{
		{"01-20 09:00:00", func(y *year) { y.use(Models, 12_500_000) }},
		{"01-22 15:30:00", func(y *year) { y.use(Tools, 1200) }},
		{"02-01 00:00:00", func(y *year) { y.deploy("guardrail", Guardrails, rateGuard, 1) }},
		{"02-05 00:00:00", func(y *year) { y.undeploy("guardrail", 0) }},
		{"02-10 12:00:00", func(y *year) { y.topUp("100", "2027-02-10 12:00:00") }},
		{"02-20 08:00:00", func(y *year) { y.plan("Starter", "50", 2000) }},
		{"02-21 12:00:00", func(y *year) { y.deploy("script", Scripts, rateScript, 1) }},
		{"03-01 06:30:00", func(y *year) { y.undeploy("script", 0) }},
		{"03-10 10:00:00", func(y *year) { y.fineTune("18") }},
		{"03-10 14:00:00", func(y *year) { y.refund("9") }},
		{"03-20 00:00:00", func(y *year) { y.plan("Team", "120", 6000) }},
		{"04-01 00:00:00", func(y *year) { y.deploy("model L4", Models, rateL4, 1) }},
		{"04-03 12:00:00", func(y *year) { y.scale("model L4", 2) }},
		{"04-06 00:00:00", func(y *year) { y.undeploy("model L4", 0) }},
		{"04-20 11:00:00", func(y *year) { y.use(Models, 40_000_000) }},
		{"04-20 11:00:01", func(y *year) { y.use(Tools, 2500) }},
		{"05-01 09:00:00", func(y *year) { y.plan("Starter", "50", 2000) }},
		{"05-20 10:00:00", func(y *year) { y.adjust("30", "2026-08-18 10:00:00") }},
		{"05-25 08:00:00", func(y *year) { y.use(Models, 60_000_000) }},
		{"06-01 10:00:00", func(y *year) { y.correct(y.adjustment(), "25") }},
		{"06-14 12:00:00", func(y *year) { y.use(Models, 130_000_000) }}, // into debt before the rollover
		{"06-20 12:00:00", func(y *year) { y.use(Tools, 2003) }},         // three runs of debt
		{"07-16 00:00:00", func(y *year) { y.plan("", "0", 0) }},
		{"08-03 00:00:00", func(y *year) { y.deploy("model A10G", Models, rateA10G, 2) }},
		{"08-03 00:00:00", func(y *year) { y.deploy("guardrail", Guardrails, rateGuard, 1) }},
		{"08-03 00:00:00", func(y *year) { y.deploy("script", Scripts, rateScript, 3) }},
		{"09-01 09:00:00", func(y *year) { y.topUp("150", "2027-09-01 09:00:00") }},
		{"09-10 06:00:00", func(y *year) { y.deploy("model L4", Models, rateL4, 1) }},
		{"09-10 18:00:00", func(y *year) { y.undeploy("model L4", 3600) }}, // reported an hour late
		{"10-10 00:00:00", func(y *year) { y.topUp("20", "2026-10-20 00:00:00") }},
		{"10-12 00:00:00", func(y *year) { y.use(Models, 7_250_000) }},
		{"11-11 11:11:11", func(y *year) { y.deploy("model A10G", Models, rateA10G, 1) }},
		{"12-24 00:00:00", func(y *year) { y.topUp("60", "2027-12-24 00:00:00") }},
	}
}

func instant(text string) Second {
	t, err := time.Parse("2006-01-02 15:04:05", text)
	if err != nil {
		panic(err)
	}
	return SecondOf(t)
}

func newYear() *year {
	y := &year{books: &books{Account: NewAccount(1, instant("2026-01-15 10:00:00"), 0, DefaultLimits())},
		names: map[int64]string{}, segments: map[int64]Segment{}}
	expires := y.Created + 90*24*3600
	y.Grant(Grant{Meter: ModelCredits, Kind: Free, Amount: MustCredits("75"), ExpiresAt: expires})
	y.Grant(Grant{Meter: ToolRuns, Kind: Free, Amount: 10_000, ExpiresAt: expires})
	y.commit()
	return y
}

// live plays the events. In between, the meter ticks at every multiple of some seconds; 0: never.
func (y *year) live(every Second) {
	end := instant("2027-01-15 00:00:01")
	for _, e := range yearEvents() {
		y.reach(instant("2026-"+e.at), every)
		e.do(y)
		y.commit()
	}
	y.reach(end, every)
	for _, stop := range y.stops {
		for _, s := range stop.Segments {
			y.segments[s.ID] = s
		}
	}
}

func (y *year) reach(to, every Second) {
	for every > 0 && y.At+every < to {
		y.BringUp(y.At + every)
		y.commit()
	}
	y.BringUp(to)
	y.commit()
}

func (y *year) next() int64 { y.last++; return y.last }

func (y *year) use(c Category, amount Amount) { y.ChargeEvents(c, []Line{{1, amount}}, y.next()) }

func (y *year) deploy(name string, c Category, rate string, replicas int64) {
	s := Segment{ID: y.next(), Category: c, RatePerHour: MustCredits(rate), Replicas: replicas, Start: y.At}
	y.names[s.ID], y.segments[s.ID] = fmt.Sprintf("%s × %d", name, replicas), s
	y.StartSegment(s)
}

// undeploy ends what runs under a name, at a time some seconds ago.
func (y *year) undeploy(name string, ago Second) Segment {
	i := slices.IndexFunc(y.Running, func(s Segment) bool { return strings.HasPrefix(y.names[s.ID], name+" ") })
	s, _ := y.EndSegment(y.Running[i].ID, y.At-ago, y.paid(y.Running[i].ID, y.At-ago))
	y.segments[s.ID] = s
	return s
}

func (y *year) scale(name string, replicas int64) {
	s := y.undeploy(name, 0)
	y.deploy(name, s.Category, ModelCredits.Format(s.RatePerHour), replicas)
}

func (y *year) topUp(credits, expires string) {
	y.Grant(Grant{Meter: ModelCredits, Kind: TopUp, Amount: MustCredits(credits), ExpiresAt: instant(expires)})
}

func (y *year) adjust(credits, expires string) {
	y.Grant(Grant{Meter: ModelCredits, Kind: AdjustmentGrant, Amount: MustCredits(credits), ExpiresAt: instant(expires)})
}

func (y *year) adjustment() int32 {
	i := slices.IndexFunc(y.Credits.Grants, func(g Grant) bool { return g.Kind == AdjustmentGrant })
	return y.Credits.Grants[i].No
}

func (y *year) correct(no int32, credits string) {
	if err := y.Correct(no, MustCredits(credits), ""); err != nil {
		panic(err)
	}
}

func (y *year) plan(name, credits string, runs Amount) {
	if name == "" {
		y.ChangePlan(nil)
		return
	}
	y.ChangePlan(&Plan{ID: int64(len(name)), Name: name, Credits: MustCredits(credits), Runs: runs})
}

func (y *year) fineTune(credits string) {
	y.ChargeFineTuning(y.next(), 1, MustCredits(credits))
	y.job = y.Journal.Entries[len(y.Journal.Entries)-1]
}

func (y *year) refund(credits string) {
	y.Refund(Entry{Category: Models, Cause: y.job.Cause, CauseID: y.job.CauseID, Minute: y.job.Minute}, MustCredits(credits), []Entry{y.job})
}

// The year's ledger is a golden (testdata/year.txt), the same for every schedule of ticks.
func TestYear(t *testing.T) {
	t.Parallel()
	file := filepath.Join("testdata", "year.txt")
	for _, every := range []Second{0, 3607, 60} {
		y := newYear()
		y.live(every)
		checkInvariants(t, y.books)
		got := y.print()
		if *update && every == 0 {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Fatalf("ticks every %d s: the year differs from %s at %s; if that is right, run go test ./billing -run TestYear -update", every, file, firstDifference(string(want), got))
		}
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d:\nwant %s\ngot  %s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("the end: %d and %d lines", len(w), len(g))
}
