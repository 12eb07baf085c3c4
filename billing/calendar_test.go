package billing

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestAddMonthsClamped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-01-31T10:20:30Z", 1, "2026-02-28T10:20:30Z"},
		{"2028-01-31T00:00:00Z", 1, "2028-02-29T00:00:00Z"},
		{"2026-01-31T10:20:30Z", 2, "2026-03-31T10:20:30Z"}, // the anchor returns
		{"2026-03-31T00:00:00Z", -1, "2026-02-28T00:00:00Z"},
		{"2026-11-30T00:00:00Z", 3, "2027-02-28T00:00:00Z"},
		{"2028-02-29T00:00:00Z", 12, "2029-02-28T00:00:00Z"},
		{"2026-05-15T23:59:59Z", -25, "2024-04-15T23:59:59Z"},
		{"2026-05-15T00:00:00Z", 0, "2026-05-15T00:00:00Z"},
	} {
		if got := AddMonthsClamped(at(c.from), c.n); !got.Equal(at(c.want)) {
			t.Errorf("%s + %d months: %s, want %s", c.from, c.n, got, c.want)
		}
	}
}

// startOfCycle is when the n-th billing cycle of an account begins.
func startOfCycle(created time.Time, n int32) time.Time {
	return cycleStart(SecondOf(created), n).Time()
}

// cycleAt returns the number of the cycle in which t lies, from 1. Times before the creation belong to the first.
func cycleAt(created, t time.Time) int32 {
	c, u := created.UTC(), t.UTC()
	n := int32((u.Year()-c.Year())*12 + int(u.Month()) - int(c.Month()) + 1)
	if t.Before(startOfCycle(created, n)) {
		n--
	}
	return max(n, 1)
}

func TestCycles(t *testing.T) {
	t.Parallel()
	created := at("2026-01-31T10:20:30Z")
	for n, want := range map[int32]string{
		1: "2026-01-31T10:20:30Z", 2: "2026-02-28T00:00:00Z", 3: "2026-03-31T00:00:00Z", 4: "2026-04-30T00:00:00Z",
		13: "2027-01-31T00:00:00Z", 26: "2028-02-29T00:00:00Z",
	} {
		if got := startOfCycle(created, n); !got.Equal(at(want)) {
			t.Errorf("cycle %d begins %s, want %s", n, got, want)
		}
	}
	for text, want := range map[string]int32{
		"2026-01-31T10:20:30Z": 1, "2026-02-27T23:59:59Z": 1, "2026-02-28T00:00:00Z": 2, "2026-03-30T23:59:59Z": 2,
		"2026-03-31T00:00:00Z": 3, "2025-12-01T00:00:00Z": 1, "2026-01-31T09:00:00Z": 1,
	} {
		if got := cycleAt(created, at(text)); got != want {
			t.Errorf("%s lies in cycle %d, want %d", text, got, want)
		}
	}
}

// Every instant after the creation lies in the cycle that cycleAt returns, and cycles follow AddMonthsClamped.
func TestCyclesHoldTheirInstants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		created := time.Unix(rapid.Int64Range(1.6e9, 2.2e9).Draw(t, "created"), 0).UTC()
		u := created.Add(time.Duration(rapid.Int64Range(0, 20*365*86400).Draw(t, "after")) * time.Second)
		n := cycleAt(created, u)
		start, end := startOfCycle(created, n), startOfCycle(created, n+1)
		if u.Before(start) || !u.Before(end) {
			t.Fatalf("%s is not in cycle %d, %s to %s", u, n, start, end)
		}
		if n > 1 && !start.Equal(AddMonthsClamped(created.Truncate(24*time.Hour), int(n-1))) {
			t.Fatalf("cycle %d begins %s", n, start)
		}
	})
}
