package billing

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// credits is a meter of credits with whole credits used and allotted, as a transaction leaves it.
func credits(used, allocation Amount, before StepState) MeterState {
	return MeterState{Meter: ModelCredits, Used: used * MicroPerCredit, Allocation: allocation * MicroPerCredit, HadGrant: true, Steps: before}
}

func runs(used, allocation Amount, before StepState) MeterState {
	return MeterState{Meter: ToolRuns, Used: used, Allocation: allocation, HadGrant: true, Steps: before}
}

func TestStepOfAJumpOverSeveral(t *testing.T) {
	t.Parallel()
	next, reached, rearmed := credits(60, 75, StepState{}).Step(DefaultThresholds())
	if want := []Step{Step20, Step50, Step70, Step80}; !slices.Equal(reached, want) || rearmed != nil {
		t.Fatalf("reached %v, re-armed %v; want %v", reached, rearmed, want)
	}
	if mail, ok := StepMail(reached); !ok || mail != Step80 {
		t.Errorf("mail of step %q", mail)
	}
	if _, again, _ := credits(60, 75, next).Step(DefaultThresholds()); again != nil {
		t.Errorf("reached again: %v", again)
	}
}

func TestStepReArmsOnTopUp(t *testing.T) {
	t.Parallel()
	used, _, _ := credits(60, 75, StepState{}).Step(DefaultThresholds())
	topped, reached, rearmed := credits(60, 200, used).Step(DefaultThresholds())
	if want := []Step{Step50, Step70, Step80}; reached != nil || !slices.Equal(rearmed, want) {
		t.Fatalf("reached %v, re-armed %v; want %v", reached, rearmed, want)
	}
	if topped.Arming(Step80) != 1 || topped.Arming(Step20) != 0 {
		t.Errorf("armings %v", topped.Armings)
	}
	if _, reached, _ = credits(100, 200, topped).Step(DefaultThresholds()); !slices.Equal(reached, []Step{Step50}) {
		t.Errorf("reached %v, want 50 once more", reached)
	}
}

func TestStepLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		m    MeterState
		want []Step
	}{
		{credits(71, 75, StepState{}), []Step{Step20, Step50, Step70, Step80, Step90, StepLow}},
		{credits(70, 75, StepState{}), []Step{Step20, Step50, Step70, Step80, Step90}}, // exactly 5 left is not low
		{credits(75, 75, StepState{}), []Step{Step20, Step50, Step70, Step80, Step90, Step100, StepLow, StepZero}},
		{credits(100, 75, StepState{}), AllSteps()}, // −25
		{credits(0, 0, StepState{}), []Step{StepLow, StepZero}},
		{runs(9_999, 10_000, StepState{}), []Step{Step20, Step50, Step70, Step80, Step90}}, // runs have no low limit
		{runs(10_050, 10_000, StepState{}), []Step{Step20, Step50, Step70, Step80, Step90, Step100, StepZero}},
		{MeterState{Meter: ModelCredits, Used: 30 * MicroPerCredit}, nil}, // never had a grant
	} {
		if _, reached, _ := c.m.Step(DefaultThresholds()); !slices.Equal(reached, c.want) {
			t.Errorf("%d of %d: %v, want %v", c.m.Used, c.m.Allocation, reached, c.want)
		}
	}
}

// A low-credit limit of 0 is below no balance that counts as low; one of a micro-credit is reached with nothing left.
func TestStepOfTheLowestLimits(t *testing.T) {
	t.Parallel()
	for low, want := range map[Amount]bool{0: false, 1: true} {
		for _, used := range []Amount{75, 76} {
			next, _, _ := credits(used, 75, StepState{}).Step(Thresholds{Low: low, Negative: -MicroPerCredit})
			if next.Reached(StepLow) != want || !next.Reached(StepZero) {
				t.Errorf("limit %d, %d of 75 used: %b", low, used, next.Mask)
			}
		}
	}
}

func TestMails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reached     []Step
		step, limit Step
	}{
		{nil, "", ""},
		{[]Step{Step20}, "", ""},
		{[]Step{Step100, StepZero}, "", StepZero},
		{[]Step{Step20, Step50}, Step50, ""},
		{[]Step{Step50, Step70}, Step70, ""},
		{[]Step{Step70, Step80}, Step80, ""},
		{[]Step{Step80, Step90, Step100, StepLow, StepZero}, Step90, StepZero},
		{AllSteps(), Step90, StepNegative},
		{[]Step{StepLow}, "", StepLow},
	} {
		step, _ := StepMail(c.reached)
		limit, _ := LimitMail(c.reached)
		if step != c.step || limit != c.limit {
			t.Errorf("%v: mails of %q and %q, want %q and %q", c.reached, step, limit, c.step, c.limit)
		}
	}
}

func TestStepNames(t *testing.T) {
	t.Parallel()
	for i, step := range AllSteps() {
		if step.Index() != i {
			t.Errorf("%s: index %d", step, step.Index())
		}
	}
	if Step("30").Index() != -1 || (StepState{Mask: 1<<9 - 1}).Reached("30") || (StepState{}).Arming("30") != 0 {
		t.Error("30 is no step")
	}
	Steps()[0], AllSteps()[0] = "", ""
	if Steps()[0] != Step20 || AllSteps()[0] != Step20 {
		t.Error("what a caller gets is not its own")
	}
	if Step70.Percent() != 70 || StepLow.Percent() != 0 {
		t.Error("percent of steps")
	}
}

func TestStepWithoutChangeDoesNotAllocate(t *testing.T) {
	before, _, _ := credits(60, 75, StepState{}).Step(DefaultThresholds())
	m := credits(61, 100, before)
	m.Steps, _, _ = m.Step(DefaultThresholds())
	if n := testing.AllocsPerRun(100, func() { m.Step(DefaultThresholds()) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Over any history: a step is reached exactly when the amounts say so, crossings are unique by arming, and armings rise.
func TestStepsOverAnyHistory(t *testing.T) {
	t.Parallel()
	type crossing struct {
		step   Step
		arming int64
	}
	rapid.Check(t, func(t *rapid.T) {
		seen, state := map[crossing]bool{}, StepState{}
		for range rapid.IntRange(1, 30).Draw(t, "transactions") {
			m := credits(Amount(rapid.Int64Range(0, 250).Draw(t, "used")), Amount(rapid.Int64Range(0, 200).Draw(t, "allocation")), state)
			next, reached, rearmed := m.Step(DefaultThresholds())
			for _, step := range AllSteps() {
				up, down := slices.Contains(reached, step), slices.Contains(rearmed, step)
				if up != (next.Reached(step) && !state.Reached(step)) || down != (state.Reached(step) && !next.Reached(step)) {
					t.Fatalf("%s: up %v, down %v", step, up, down)
				}
				if down != (next.Arming(step) > state.Arming(step)) {
					t.Fatalf("%s: arming %d after %d", step, next.Arming(step), state.Arming(step))
				}
				if step.Percent() > 0 && next.Reached(step) != StepReached(m.Used, m.Allocation, step.Percent()) {
					t.Fatalf("%s: %v", step, next.Reached(step))
				}
				if c := (crossing{step, next.Arming(step)}); up && seen[c] {
					t.Fatalf("crossed twice: %v", c)
				} else if up {
					seen[c] = true
				}
			}
			state = next
		}
	})
}
