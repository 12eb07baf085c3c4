package billing

import (
	"math/bits"

	"github.com/shopspring/decimal"
)

// UsedPercent returns how much of an allocation is used, computed exactly and rounded half-up to 2 decimals for show (rules.md §1). It
// exceeds 100 in debt; an allocation of 0 shows as 100. Never compare with it; use PercentReached or IconOf.
func UsedPercent(used, allocation Amount) decimal.Decimal {
	if allocation <= 0 {
		return decimal.NewFromInt(100)
	}
	return decimal.New(int64(used), 2).DivRound(decimal.NewFromInt(int64(allocation)), 2)
}

// RemainingPercent returns what UsedPercent leaves of 100, clamped to 0..100, so that the two add up when shown side by side.
func RemainingPercent(used, allocation Amount) decimal.Decimal {
	hundred := decimal.NewFromInt(100)
	left := hundred.Sub(UsedPercent(used, allocation))
	return decimal.Max(decimal.Zero, decimal.Min(left, hundred))
}

// PercentReached reports whether used is at least percent of the allocation: used × 100 ≥ percent × allocation, exactly and without
// overflow. An allocation of 0 reaches nothing (rules.md §8).
func PercentReached(used, allocation Amount, percent int64) bool {
	if allocation <= 0 || used < 0 || percent < 0 {
		return false
	}
	return atLeast(uint64(used), 100, uint64(percent), uint64(allocation))
}

// atLeast reports whether a × b ≥ c × d, in 128 bits.
func atLeast(a, b, c, d uint64) bool {
	leftHi, leftLo := bits.Mul64(a, b)
	rightHi, rightLo := bits.Mul64(c, d)
	if leftHi != rightHi {
		return leftHi > rightHi
	}
	return leftLo >= rightLo
}
