package billing

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// credits returns a meter of credits with whole credits used and allotted, as a transaction leaves it.
func credits(used, allocation Amount, before ThresholdState) MeterState {
	return MeterState{Meter: ModelCredits, Used: used * MicroPerCredit, Allocation: allocation * MicroPerCredit, HadGrant: true, Thresholds: before}
}

func runs(used, allocation Amount, before ThresholdState) MeterState {
	return MeterState{Meter: ToolRuns, Used: used, Allocation: allocation, HadGrant: true, Thresholds: before}
}

func TestStepOfAJumpOverSeveral(t *testing.T) {
	t.Parallel()
	next, reached, rearmed := credits(60, 75, ThresholdState{}).Cross(DefaultLimits())
	if want := []Threshold{Threshold20, Threshold50, Threshold70, Threshold80}; !slices.Equal(reached, want) || rearmed != nil {
		t.Fatalf("reached %v, re-armed %v; want %v", reached, rearmed, want)
	}
	if mail, ok := PercentMail(reached); !ok || mail != Threshold80 {
		t.Errorf("mail of threshold %q", mail)
	}
	if _, again, _ := credits(60, 75, next).Cross(DefaultLimits()); again != nil {
		t.Errorf("reached again: %v", again)
	}
}

func TestStepReArmsOnTopUp(t *testing.T) {
	t.Parallel()
	used, _, _ := credits(60, 75, ThresholdState{}).Cross(DefaultLimits())
	topped, reached, rearmed := credits(60, 200, used).Cross(DefaultLimits())
	if want := []Threshold{Threshold50, Threshold70, Threshold80}; reached != nil || !slices.Equal(rearmed, want) {
		t.Fatalf("reached %v, re-armed %v; want %v", reached, rearmed, want)
	}
	if topped.Arming(Threshold80) != 1 || topped.Arming(Threshold20) != 0 {
		t.Errorf("armings %v", topped.Armings)
	}
	if _, reached, _ = credits(100, 200, topped).Cross(DefaultLimits()); !slices.Equal(reached, []Threshold{Threshold50}) {
		t.Errorf("reached %v, want 50 once more", reached)
	}
}

func TestStepLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		m    MeterState
		want []Threshold
	}{
		{credits(71, 75, ThresholdState{}), []Threshold{Threshold20, Threshold50, Threshold70, Threshold80, Threshold90, ThresholdLow}},
		{credits(70, 75, ThresholdState{}), []Threshold{Threshold20, Threshold50, Threshold70, Threshold80, Threshold90}}, // exactly 5 left is not low
		{credits(75, 75, ThresholdState{}), []Threshold{Threshold20, Threshold50, Threshold70, Threshold80, Threshold90, Threshold100, ThresholdLow, ThresholdZero}},
		{credits(100, 75, ThresholdState{}), AllThresholds()}, // −25
		{credits(0, 0, ThresholdState{}), []Threshold{ThresholdLow, ThresholdZero}},
		{runs(9_999, 10_000, ThresholdState{}), []Threshold{Threshold20, Threshold50, Threshold70, Threshold80, Threshold90}}, // runs have no low limit
		{runs(10_050, 10_000, ThresholdState{}), []Threshold{Threshold20, Threshold50, Threshold70, Threshold80, Threshold90, Threshold100, ThresholdZero}},
		{MeterState{Meter: ModelCredits, Used: 30 * MicroPerCredit}, nil}, // never had a grant
	} {
		if _, reached, _ := c.m.Cross(DefaultLimits()); !slices.Equal(reached, c.want) {
			t.Errorf("%d of %d: %v, want %v", c.m.Used, c.m.Allocation, reached, c.want)
		}
	}
}

// A low-credit limit of 0 has no balance that counts as low; a limit of one micro-credit is reached with nothing left.
func TestStepOfTheLowestLimits(t *testing.T) {
	t.Parallel()
	for low, want := range map[Amount]bool{0: false, 1: true} {
		for _, used := range []Amount{75, 76} {
			next, _, _ := credits(used, 75, ThresholdState{}).Cross(Limits{Low: low, Negative: -MicroPerCredit})
			if next.Reached(ThresholdLow) != want || !next.Reached(ThresholdZero) {
				t.Errorf("limit %d, %d of 75 used: %b", low, used, next.Mask)
			}
		}
	}
}

func TestMails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reached          []Threshold
		threshold, limit Threshold
	}{
		{nil, "", ""},
		{[]Threshold{Threshold20}, "", ""},
		{[]Threshold{Threshold100, ThresholdZero}, "", ThresholdZero},
		{[]Threshold{Threshold20, Threshold50}, Threshold50, ""},
		{[]Threshold{Threshold50, Threshold70}, Threshold70, ""},
		{[]Threshold{Threshold70, Threshold80}, Threshold80, ""},
		{[]Threshold{Threshold80, Threshold90, Threshold100, ThresholdLow, ThresholdZero}, Threshold90, ThresholdZero},
		{AllThresholds(), Threshold90, ThresholdNegative},
		{[]Threshold{ThresholdLow}, "", ThresholdLow},
	} {
		threshold, _ := PercentMail(c.reached)
		limit, _ := LimitMail(c.reached)
		if threshold != c.threshold || limit != c.limit {
			t.Errorf("%v: mails of %q and %q, want %q and %q", c.reached, threshold, limit, c.threshold, c.limit)
		}
	}
}

func TestStepNames(t *testing.T) {
	t.Parallel()
	for i, threshold := range AllThresholds() {
		if threshold.Index() != i {
			t.Errorf("%s: index %d", threshold, threshold.Index())
		}
	}
	if Threshold("30").Index() != -1 || (ThresholdState{Mask: 1<<9 - 1}).Reached("30") || (ThresholdState{}).Arming("30") != 0 {
		t.Error("30 is no threshold")
	}
	PercentThresholds()[0], AllThresholds()[0] = "", ""
	if PercentThresholds()[0] != Threshold20 || AllThresholds()[0] != Threshold20 {
		t.Error("what a caller gets is not its own")
	}
	if Threshold70.Percent() != 70 || ThresholdLow.Percent() != 0 {
		t.Error("percent of thresholds")
	}
}

func TestStepWithoutChangeDoesNotAllocate(t *testing.T) {
	before, _, _ := credits(60, 75, ThresholdState{}).Cross(DefaultLimits())
	m := credits(61, 100, before)
	m.Thresholds, _, _ = m.Cross(DefaultLimits())
	if n := testing.AllocsPerRun(100, func() { m.Cross(DefaultLimits()) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Over any history, a threshold is reached exactly when the amounts say so, its events are unique by arming and direction, armings rise,
// and what is reached has the number with which it armed.
func TestStepsOverAnyHistory(t *testing.T) {
	t.Parallel()
	type crossing struct {
		threshold Threshold
		arming    int64
		up        bool
	}
	rapid.Check(t, func(t *rapid.T) {
		seen, state := map[crossing]bool{}, ThresholdState{}
		for range rapid.IntRange(1, 30).Draw(t, "transactions") {
			m := credits(Amount(rapid.Int64Range(0, 250).Draw(t, "used")), Amount(rapid.Int64Range(0, 200).Draw(t, "allocation")), state)
			next, reached, rearmed := m.Cross(DefaultLimits())
			for _, threshold := range AllThresholds() {
				up, down := slices.Contains(reached, threshold), slices.Contains(rearmed, threshold)
				if up != (next.Reached(threshold) && !state.Reached(threshold)) || down != (state.Reached(threshold) && !next.Reached(threshold)) {
					t.Fatalf("%s: up %v, down %v", threshold, up, down)
				}
				if down != (next.Arming(threshold) > state.Arming(threshold)) {
					t.Fatalf("%s: arming %d after %d", threshold, next.Arming(threshold), state.Arming(threshold))
				}
				if threshold.Percent() > 0 && next.Reached(threshold) != PercentReached(m.Used, m.Allocation, threshold.Percent()) {
					t.Fatalf("%s: %v", threshold, next.Reached(threshold))
				}
				if c := (crossing{threshold, next.Arming(threshold), up}); (up || down) && seen[c] {
					t.Fatalf("twice: %v", c)
				} else if up && c.arming > 0 && !seen[crossing{threshold, c.arming, false}] {
					t.Fatalf("reached as %d, which never armed: %v", c.arming, c)
				} else if up || down {
					seen[c] = true
				}
			}
			state = next
		}
	})
}
