package billing

import (
	"slices"
	"strconv"
)

// Step is a point in the consumption of a meter that is told when it is reached: a percentage used, or a limit of the
// balance (rules.md §8).
type Step string

// The steps: percent used, and the limits.
const (
	Step20       Step = "20"
	Step50       Step = "50"
	Step70       Step = "70"
	Step80       Step = "80"
	Step90       Step = "90"
	Step100      Step = "100"
	StepLow      Step = "LOW"      // credits below the low-credit limit
	StepZero     Step = "ZERO"     // nothing left
	StepNegative Step = "NEGATIVE" // credits at or below the negative limit
)

// StepCount is the number of steps, the length of StepState.Armings.
const StepCount = 9

const percentSteps = 6

// allSteps orders percent steps before limits, each from mild to grave.
var allSteps = [StepCount]Step{Step20, Step50, Step70, Step80, Step90, Step100, StepLow, StepZero, StepNegative}

// Steps lists the percent steps, lowest first.
func Steps() []Step { return slices.Clone(allSteps[:percentSteps]) }

// AllSteps lists all steps by Index: the percent steps, then LOW, ZERO, NEGATIVE.
func AllSteps() []Step { return slices.Clone(allSteps[:]) }

// Index is the step's place in AllSteps; −1 for what is no step.
func (s Step) Index() int { return slices.Index(allSteps[:], s) }

// Percent is the percentage of a percent step; 0 for limits.
func (s Step) Percent() int64 {
	percent, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil {
		return 0
	}
	return percent
}

// StepState remembers which steps a meter has reached, and each step's arming. The zero value is that of a new account.
// Armings count over all steps of the meter: a step that re-arms gets a number above every one so far, so that
// (account, meter, step, arming) names one crossing, and numbers of different steps tell which armed later.
type StepState struct {
	Mask    uint64 // bit Step.Index
	Armings [StepCount]int64
}

// Reached reports whether the step is reached.
func (s StepState) Reached(step Step) bool {
	i := step.Index()
	return i >= 0 && s.Mask&(1<<i) != 0
}

// Arming is the number under which the step is, or will next be, reached.
func (s StepState) Arming(step Step) int64 {
	if i := step.Index(); i >= 0 {
		return s.Armings[i]
	}
	return 0
}

// latest is the highest arming among the first n steps.
func (s StepState) latest(n int) int64 { return slices.Max(s.Armings[:n]) }

// MeterState is one meter as steps and banners see it: exact amounts and what was reached before.
type MeterState struct {
	Meter       Meter
	Used        Amount
	Allocation  Amount
	FreeExpired bool
	HadGrant    bool
	Steps       StepState
}

// Balance is what remains.
func (m MeterState) Balance() Amount { return m.Allocation - m.Used }

// Step compares the steps reached before (m.Steps) with the amounts after a transaction. It returns the next state, the
// steps newly reached and those that re-armed, both in the order of AllSteps. A meter that never had a grant reaches
// nothing. Where nothing changes it does not allocate.
func (m MeterState) Step(t Thresholds) (next StepState, reached, rearmed []Step) {
	next = m.Steps
	next.Mask = m.mask(t)
	if next.Mask == m.Steps.Mask {
		return next, nil, nil
	}
	arming := next.latest(StepCount) + 1
	for i, step := range allSteps {
		bit := uint64(1) << i
		switch was, is := m.Steps.Mask&bit != 0, next.Mask&bit != 0; {
		case is && !was:
			reached = append(reached, step)
		case was && !is:
			rearmed = append(rearmed, step)
			next.Armings[i] = arming
		}
	}
	return next, reached, rearmed
}

// mask is what is reached now. Limits contain each other like the percent steps do, as long as Low ≥ 0 ≥ Negative.
func (m MeterState) mask(t Thresholds) uint64 {
	if !m.HadGrant {
		return 0
	}
	var mask uint64
	for i, percent := range [percentSteps]int64{20, 50, 70, 80, 90, 100} {
		mask |= bit(i, StepReached(m.Used, m.Allocation, percent))
	}
	balance, credits := m.Balance(), m.Meter == ModelCredits
	mask |= bit(percentSteps, credits && t.Low > 0 && balance < t.Low)
	mask |= bit(percentSteps+1, balance <= 0)
	return mask | bit(percentSteps+2, credits && balance <= t.Negative)
}

func bit(i int, set bool) uint64 {
	if set {
		return 1 << i
	}
	return 0
}

// StepMail is the step to mail about among those newly reached: the highest of 50, 70, 80 and 90 (page: those four;
// rules.md §8: a jump over several sends one). A jump past 90 still sends the mail of 90.
func StepMail(reached []Step) (Step, bool) {
	return last(reached, Step50, Step70, Step80, Step90)
}

// LimitMail is the limit to mail about among the steps newly reached: the gravest of LOW, ZERO and NEGATIVE.
func LimitMail(reached []Step) (Step, bool) {
	return last(reached, StepLow, StepZero, StepNegative)
}

// last is the last of the steps that was reached.
func last(reached []Step, steps ...Step) (Step, bool) {
	for _, step := range slices.Backward(steps) {
		if slices.Contains(reached, step) {
			return step, true
		}
	}
	return "", false
}
