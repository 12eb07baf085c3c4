package billing

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// expectNow is a Wednesday.
var expectNow = SecondOf(time.Date(2026, 4, 15, 10, 0, 0, 0, time.UTC))

// weeks returns n weeks of days up to the day before expectNow, oldest first, with an amount for each day of the week, Monday first.
func weeks(n int, week [7]Amount) (days []Amount) {
	for i := 7 * n; i > 0; i-- {
		days = append(days, week[weekdayOf(expectNow-Second(i)*secondsPerDay)])
	}
	return days
}

func TestExpect(t *testing.T) {
	t.Parallel()
	steady := [7]Amount{100, 110, 120, 110, 100, 20, 10}
	spike := weeks(4, steady)
	spike[20] = 5000
	for name, c := range map[string]struct {
		days   []Amount
		perDay [7]Amount
		n      int
		margin int64
		sure   Confidence
	}{
		"nothing known":             {nil, [7]Amount{}, 0, 50, TooLittle},
		"began the day before":      {[]Amount{0, 0, 70, 80}, [7]Amount{80, 80, 80, 80, 80, 80, 80}, 1, 50, TooLittle},
		"four days":                 {[]Amount{0, 5, 10, 20, 30, 20}, [7]Amount{20, 20, 20, 20, 20, 20, 20}, 4, 50, SureLow},
		"a profile":                 {weeks(4, steady), steady, 28, 10, SureHigh},
		"older days do not count":   {append(slices.Repeat([]Amount{900}, 5), weeks(4, steady)...), steady, 28, 10, SureHigh},
		"two weeks":                 {weeks(2, steady), steady, 14, 10, SureMedium},
		"one busy day is no trend":  {spike, [7]Amount{}, 28, 100, SureLow},
		"idle":                      {make([]Amount, 28), [7]Amount{}, 28, 10, SureHigh},
		"after a quiet week":        {append(append(weeks(2, steady)[:13], make([]Amount, 8)...), weeks(1, steady)...), [7]Amount{}, 28, 100, SureLow},
		"after two quiet weeks":     {append(make([]Amount, 20), 5, 20, 20, 20, 20, 20, 20, 20), [7]Amount{20, 20, 20, 20, 20, 20, 20}, 7, 50, SureLow},
		"once a week":               {weeks(4, [7]Amount{0, 0, 0, 700}), [7]Amount{0, 0, 0, 700}, 28, 10, SureHigh},
		"given back more than used": {append(weeks(4, steady)[:27], -50), [7]Amount{}, 28, 22, SureMedium},
	} {
		e := Expect(c.days, expectNow)
		if e.Days != c.n || e.Margin != c.margin || e.Confidence != c.sure {
			t.Errorf("%s: %d days, %d%%, %s", name, e.Days, e.Margin, e.Confidence)
		}
		if c.perDay != [7]Amount{} && !slices.Equal(e.Pace.Weekdays(), c.perDay[:]) {
			t.Errorf("%s: %v", name, e.Pace.Weekdays())
		}
	}
	if e := Expect(spike, expectNow); e.Pace.Week() > 2*570 {
		t.Errorf("a busy day makes a week of %d", e.Pace.Week())
	}
}

// The level is that of the last two weeks, and the shares of the weekdays are those of four weeks.
func TestExpectFollowsTheLevel(t *testing.T) {
	t.Parallel()
	days := append(weeks(2, [7]Amount{100, 100, 100, 100, 100, 50, 50}), weeks(2, [7]Amount{200, 200, 200, 200, 200, 100, 100})...)
	if e := Expect(days, expectNow); e.Pace.Week() != 1200 || e.Margin != 100 || e.Confidence != SureLow {
		t.Errorf("a week of %d, %d%%, %s", e.Pace.Week(), e.Margin, e.Confidence)
	}
}

// Whatever the days, a pace is not negative and is bounded, and doubling the days doubles it.
func TestExpectIsBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Amount {
			return Amount(rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(-1000, 1000), rapid.Int64()).Draw(t, "used"))
		}), 0, 40).Draw(t, "days")
		e := Expect(days, expectNow)
		for _, perDay := range e.Pace {
			if perDay < 0 || perDay > maxPace {
				t.Fatalf("%v makes %v", days, e.Pace)
			}
		}
		if e.Margin < 0 || e.Margin > mostMargin || e.Days > PaceDays {
			t.Fatalf("%v makes %+v", days, e)
		}
		for _, percent := range []int64{100 - e.Margin, 100 + e.Margin} {
			p := e.Pace.times(percent)
			if year := p.upTo(expectNow, expectNow+366*secondsPerDay); year < 0 {
				t.Fatalf("a year of %d", year)
			}
		}
	})
}
