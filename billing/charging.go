package billing

import (
	"math"
	"math/bits"
)

const (
	secondsPerHour   = 3600
	tokensPerMillion = 1_000_000
)

// CumulativeCharge returns what hosting has cost after some seconds, in micro-credits: round_half_up(ratePerHour × replicas × seconds /
// 3600), rules.md §6. It never returns less than 0. If the charge does not fit into an Amount, or replicas × seconds not into 64 bits, it
// returns the largest Amount instead of wrapping. It does not allocate.
func CumulativeCharge(ratePerHour Amount, replicas, seconds int64) Amount {
	if ratePerHour <= 0 || replicas <= 0 || seconds <= 0 {
		return 0
	}
	// 128 bits, because a rate of 1e12 over a century does not fit into 64.
	over, replicaSeconds := bits.Mul64(uint64(replicas), uint64(seconds))
	if over != 0 {
		return math.MaxInt64
	}
	hi, lo := bits.Mul64(uint64(ratePerHour), replicaSeconds)
	charge, ok := divideHalfUp(hi, lo, secondsPerHour)
	if !ok {
		return math.MaxInt64
	}
	return charge
}

// InferenceCharge returns what one event without token classes costs, in micro-credits, with rates per million tokens; see
// TokenRates.Charge.
func InferenceCharge(inputTokens, outputTokens int64, inputRate, outputRate Amount) (Amount, bool) {
	rates := TokenRates{Input: inputRate, Output: outputRate, CacheRead: inputRate, CacheWrite: inputRate, Reasoning: outputRate}
	return rates.Charge(Tokens{Input: inputTokens, Output: outputTokens})
}

// divideHalfUp divides the 128-bit number (hi, lo) by an even divisor, rounding half-up; false if it exceeds an Amount.
func divideHalfUp(hi, lo, divisor uint64) (Amount, bool) {
	lo, carry := bits.Add64(lo, divisor/2, 0)
	hi += carry
	if hi >= divisor {
		return 0, false
	}
	quotient, _ := bits.Div64(hi, lo, divisor)
	if quotient > math.MaxInt64 {
		return 0, false
	}
	return Amount(quotient), true
}
