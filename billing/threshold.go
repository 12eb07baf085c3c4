package billing

import (
	"slices"
	"strconv"
)

// Threshold is a point in the consumption of a meter that is reported when it is reached: a percentage used, or a limit of the balance
// (rules.md §8).
type Threshold string

// The thresholds: percentages used, and limits.
const (
	Threshold20       Threshold = "20"
	Threshold50       Threshold = "50"
	Threshold70       Threshold = "70"
	Threshold80       Threshold = "80"
	Threshold90       Threshold = "90"
	Threshold100      Threshold = "100"
	ThresholdLow      Threshold = "LOW"      // credits below the low-credit limit
	ThresholdZero     Threshold = "ZERO"     // nothing left
	ThresholdNegative Threshold = "NEGATIVE" // credits at or below the negative limit
)

// ThresholdCount is the number of thresholds, the length of ThresholdState.Armings.
const ThresholdCount = 9

const percentThresholds = 6

// allThresholds orders percent thresholds before limits, each from mild to severe.
var allThresholds = [ThresholdCount]Threshold{Threshold20, Threshold50, Threshold70, Threshold80, Threshold90, Threshold100, ThresholdLow, ThresholdZero, ThresholdNegative}

// PercentThresholds lists the percent thresholds, lowest first.
func PercentThresholds() []Threshold { return slices.Clone(allThresholds[:percentThresholds]) }

// AllThresholds lists all thresholds in the order of Index: the percent thresholds, then LOW, ZERO, NEGATIVE.
func AllThresholds() []Threshold { return slices.Clone(allThresholds[:]) }

// Index returns the threshold's place in AllThresholds; −1 if it is not a threshold.
func (s Threshold) Index() int { return slices.Index(allThresholds[:], s) }

// Percent returns the percentage of a percent threshold; 0 for limits.
func (s Threshold) Percent() int64 {
	percent, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil {
		return 0
	}
	return percent
}

// ThresholdState remembers which thresholds a meter has reached, and the arming of each. The zero value is that of a new account. Armings
// are counted over all thresholds of the meter: a threshold that re-arms gets a number above all earlier ones, so that (account, meter,
// threshold, arming) identifies one crossing, and the numbers of different thresholds tell which armed later.
type ThresholdState struct {
	Mask    uint64 // bit number: Threshold.Index
	Armings [ThresholdCount]int64
}

// Reached reports whether the threshold is reached.
func (s ThresholdState) Reached(threshold Threshold) bool {
	i := threshold.Index()
	return i >= 0 && s.Mask&(1<<i) != 0
}

// Arming returns the number with which the threshold is reached, or will be reached next.
func (s ThresholdState) Arming(threshold Threshold) int64 {
	if i := threshold.Index(); i >= 0 {
		return s.Armings[i]
	}
	return 0
}

// latest returns the highest arming among the first n thresholds.
func (s ThresholdState) latest(n int) int64 { return slices.Max(s.Armings[:n]) }

// MeterState is one meter as thresholds and banners see it: exact amounts, and what was reached before.
type MeterState struct {
	Meter       Meter
	Used        Amount
	Allocation  Amount
	FreeExpired bool
	HadGrant    bool
	Thresholds  ThresholdState
}

// Balance returns what remains.
func (m MeterState) Balance() Amount { return m.Allocation - m.Used }

// Cross compares the thresholds reached before (m.Thresholds) with the amounts after a transaction. It returns the next state, and the
// thresholds newly reached and re-armed, both in the order of AllThresholds. A meter that never had a grant reaches nothing. If nothing
// changes, Cross does not allocate.
func (m MeterState) Cross(t Limits) (next ThresholdState, reached, rearmed []Threshold) {
	next = m.Thresholds
	next.Mask = m.mask(t)
	// Nearly every transaction crosses nothing.
	if next.Mask == m.Thresholds.Mask {
		return next, nil, nil
	}
	// One number for all that re-arm together, because they armed at the same moment.
	arming := next.latest(ThresholdCount) + 1
	for i, threshold := range allThresholds {
		bit := uint64(1) << i
		switch was, is := m.Thresholds.Mask&bit != 0, next.Mask&bit != 0; {
		case is && !was:
			reached = append(reached, threshold)
		case was && !is:
			rearmed = append(rearmed, threshold)
			next.Armings[i] = arming
		}
	}
	return next, reached, rearmed
}

// mask returns what is reached now. A graver limit includes the milder ones, like the percent thresholds, as long as Low ≥ 0 ≥ Negative.
func (m MeterState) mask(t Limits) uint64 {
	if !m.HadGrant {
		return 0
	}
	var mask uint64
	for i, percent := range [percentThresholds]int64{20, 50, 70, 80, 90, 100} {
		mask |= bit(i, PercentReached(m.Used, m.Allocation, percent))
	}
	balance, credits := m.Balance(), m.Meter == ModelCredits
	// A low limit of 0 is the same as ZERO, which is announced anyway.
	mask |= bit(percentThresholds, credits && t.Low > 0 && balance < t.Low)
	mask |= bit(percentThresholds+1, balance <= 0)
	return mask | bit(percentThresholds+2, credits && balance <= t.Negative)
}

// bit returns a mask with one threshold; 0 if it is not reached.
func bit(i int, set bool) uint64 {
	if set {
		return 1 << i
	}
	return 0
}

// PercentMail returns which newly reached threshold to e-mail about: the highest of 50, 70, 80 and 90 (page: those four; rules.md §8: a
// jump over several sends one e-mail). A jump past 90 still sends that of 90.
func PercentMail(reached []Threshold) (Threshold, bool) {
	return last(reached, Threshold50, Threshold70, Threshold80, Threshold90)
}

// LimitMail returns which newly reached limit to e-mail about: the gravest of LOW, ZERO and NEGATIVE.
func LimitMail(reached []Threshold) (Threshold, bool) {
	return last(reached, ThresholdLow, ThresholdZero, ThresholdNegative)
}

// last returns the last of thresholds that was reached.
func last(reached []Threshold, thresholds ...Threshold) (Threshold, bool) {
	for _, threshold := range slices.Backward(thresholds) {
		if slices.Contains(reached, threshold) {
			return threshold, true
		}
	}
	return "", false
}
