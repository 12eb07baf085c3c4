package charts

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/billing"
)

// shelf is a row of a list, by its place.
type shelf struct{ at Cursor }

// naiveOrder sorts rows by the rule of lists: by value, those without a value last in either direction, ties by id.
func naiveOrder(rows []shelf, descending bool) []int64 {
	sorted := slices.Clone(rows)
	slices.SortFunc(sorted, func(a, b shelf) int {
		x, y := a.at, b.at
		if x.None || y.None {
			if x.None && y.None {
				return cmp.Compare(x.ID, y.ID)
			}
			if x.None {
				return 1
			}
			return -1
		}
		value := cmp.Compare(x.Number, y.Number)
		if value == 0 {
			value = cmp.Compare(x.Text, y.Text)
		}
		if descending {
			value = -value
		}
		if value != 0 {
			return value
		}
		return cmp.Compare(x.ID, y.ID)
	})
	var ids []int64
	for _, s := range sorted {
		ids = append(ids, s.at.ID)
	}
	return ids
}

// Pages of any size, from either end, are parts of the whole list; a place stays where it was when its row is gone, and
// other rows come after it.
func TestPagesOfTabsAreTheListCutUp(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(8, 8))
	cursor := func(s *shelf) Cursor { return s.at }
	for range 400 {
		var rows []shelf
		for id := range int64(random.IntN(25)) {
			c := Cursor{ID: id + 1}
			switch random.IntN(3) {
			case 0:
				c.None = true
			case 1:
				c.Number = int64(random.IntN(5)) - 2
			default:
				c.Text = strings.Repeat("a", random.IntN(3))
			}
			rows = append(rows, shelf{c})
		}
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		descending, size := random.IntN(2) == 0, 1+random.IntN(6)
		want := naiveOrder(rows, descending)
		for _, backward := range []bool{false, true} {
			var got []int64
			page := TabPage{Limit: size, Backward: backward}
			for {
				p := turn(rows, cursor, descending, page)
				var ids []int64
				for _, e := range p.Rows {
					ids = append(ids, e.Row.at.ID)
				}
				if p.Total != len(rows) {
					t.Fatalf("%d rows of %d", p.Total, len(rows))
				}
				if backward {
					got = append(ids, got...)
				} else {
					got = append(got, ids...)
				}
				if backward && !p.HasPrev || !backward && !p.HasNext {
					break
				}
				if page.Before, page.After = nil, nil; backward {
					page.Before = &p.Rows[0].Cursor
				} else {
					page.After = &p.Rows[len(p.Rows)-1].Cursor
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("backward %v by %d: %v, want %v", backward, size, got, want)
			}
		}
		if len(rows) > 2 { // the row of a place goes
			at := random.IntN(len(rows))
			gone := rows[at].at
			rest := slices.Delete(slices.Clone(rows), at, at+1)
			after := turn(rest, cursor, descending, TabPage{Limit: 100, After: &gone})
			before := turn(rest, cursor, descending, TabPage{Limit: 100, Before: &gone})
			i := slices.Index(want, gone.ID)
			if len(before.Rows) != i || len(after.Rows) != len(want)-1-i || after.HasPrev != (i > 0) || before.HasNext != (i < len(want)-1) {
				t.Fatalf("around %d of %v: %d before, %d after", gone.ID, want, len(before.Rows), len(after.Rows))
			}
		}
	}
	if p := turn([]shelf{{Cursor{ID: 1}}, {Cursor{ID: 2}}}, cursor, false, TabPage{Limit: 5, After: &Cursor{ID: 2}, Before: &Cursor{ID: 1}}); len(p.Rows) != 0 {
		t.Errorf("between a place and one before it: %v", p.Rows)
	}
}

// The time that a guardrail or script ran is counted second by second, once however many of its segments ran in a
// second; replica-seconds and credits are those of each segment. Hardware that costs nothing has no row.
func TestPanelsCountEachSecondOnce(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 9))
	for range 300 {
		var h hostingSpans
		seconds, replicas := map[string]map[billing.Second]bool{}, map[string]int64{}
		all := map[billing.Second]bool{}
		var total billing.Amount
		for range random.IntN(8) {
			start := billing.Second(random.IntN(200))
			s := hostingSpan{hardware: fmt.Sprint("h", random.IntN(2)), cpus: int64(random.IntN(2)), from: start + billing.Second(random.IntN(10)), segment: billing.Segment{
				Start: start, Replicas: int64(1 + random.IntN(3)), RatePerHour: billing.Amount(random.IntN(2) * 3_600_000)}}
			s.to = s.from + billing.Second(random.IntN(60))
			h = append(h, s)
			key := fmt.Sprint(s.hardware, s.cpus)
			if seconds[key] == nil && s.segment.RatePerHour > 0 {
				seconds[key] = map[billing.Second]bool{}
			}
			for at := s.from; at < s.to; at++ {
				if all[at] = true; s.segment.RatePerHour > 0 {
					seconds[key][at] = true
					replicas[key] += s.segment.Replicas
					total += 1000 * billing.Amount(s.segment.Replicas) // a thousandth of a credit a second
				}
			}
		}
		slices.SortFunc(h, func(a, b hostingSpan) int { return cmp.Compare(a.from, b.from) })
		if got := h.wallClock(); got != int64(len(all)) {
			t.Fatalf("%d seconds, want %d: %+v", got, len(all), h)
		}
		rows := h.byHardware()
		if h.cost() != total || len(rows) != len(seconds) {
			t.Fatalf("%d credits in %d rows, want %d in %d", h.cost(), len(rows), total, len(seconds))
		}
		for i, row := range rows {
			key := fmt.Sprint(row.Hardware, row.CPUs)
			if row.Seconds != int64(len(seconds[key])) || row.ReplicaSeconds != replicas[key] || row.Credits != 1000*billing.Amount(replicas[key]) {
				t.Fatalf("%+v, want %d and %d", row, len(seconds[key]), replicas[key])
			}
			if i > 0 && rows[i-1].Credits < row.Credits {
				t.Fatalf("%+v stand in another order than that of credits", rows)
			}
		}
	}
}

// The texts that are scanned are those of the rows, however many different ones come.
func TestSameTextsAreTheTexts(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	var text string
	s := &sameText{text: &text}
	buffer := make([]byte, 0, 8) // one place for all rows, as a connection's
	for range 20_000 {
		want := fmt.Sprint(random.IntN(3 * fewTexts))
		if random.IntN(10) == 0 {
			want = ""
		}
		buffer = append(buffer[:0], want...)
		if err := s.ScanBytes(buffer); err != nil || text != want {
			t.Fatalf("%q is read as %q, %v", want, text, err)
		}
		if len(s.lately) > fewTexts {
			t.Fatalf("%d are remembered", len(s.lately))
		}
	}
	if err := s.ScanBytes(nil); err != nil || text != "" {
		t.Errorf("nothing is read as %q, %v", text, err)
	}
}
