package billing

import (
	"math"
	"math/big"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func TestUsedPercent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		used, allocation Amount
		used100, left100 string
	}{
		{MustCredits("212.16"), MustCredits("300"), "70.72", "29.28"}, // the page's figure
		{45, 10_000, "0.45", "99.55"},                                 // likewise
		{MustCredits("70"), MustCredits("300"), "23.33", "76.67"},
		{8, 100, "8", "92"},
		{0, 100, "0", "100"},
		{0, 0, "100", "0"},
		{5, 0, "100", "0"},
		{110, 100, "110", "0"},
		{1, 20_000, "0.01", "99.99"}, // 0.005 rounds up
		{1, 20_001, "0", "100"},
		{math.MaxInt64, math.MaxInt64, "100", "0"},
		{math.MaxInt64, 1, "922337203685477580700", "0"},
	} {
		if got := UsedPercent(c.used, c.allocation); !got.Equal(decimal.RequireFromString(c.used100)) {
			t.Errorf("%d of %d: %s%% used, want %s", c.used, c.allocation, got, c.used100)
		}
		if got := RemainingPercent(c.used, c.allocation); !got.Equal(decimal.RequireFromString(c.left100)) {
			t.Errorf("%d of %d: %s%% left, want %s", c.used, c.allocation, got, c.left100)
		}
	}
}

func TestUsedPercentIsExactHalfUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		used := rapid.Int64Range(0, math.MaxInt64).Draw(t, "used")
		allocation := rapid.Int64Range(1, 1<<61).Draw(t, "allocation")
		want := roundHalfUp(product(used, 10_000), allocation)
		if got := UsedPercent(Amount(used), Amount(allocation)).Shift(2).BigInt(); got.Cmp(want) != 0 {
			t.Fatalf("%s hundredths, want %s", got, want)
		}
	})
}

func TestStepReached(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		used, allocation Amount
		percent          int64
		want             bool
	}{
		{20, 100, 20, true}, // exactly 20% counts
		{19, 100, 20, false},
		{MustCredits("14.999999"), MustCredits("75"), 20, false},
		{MustCredits("15"), MustCredits("75"), 20, true},
		{0, 0, 20, false},
		{5, 0, 20, false},
		{-1, 100, 20, false},
		{0, 100, 0, true},
		{108, 100, 100, true},
		{math.MaxInt64, math.MaxInt64, 100, true},
		{math.MaxInt64 - 1, math.MaxInt64, 100, false},
	} {
		if got := PercentReached(c.used, c.allocation, c.percent); got != c.want {
			t.Errorf("%d of %d at %d%%: %v", c.used, c.allocation, c.percent, got)
		}
	}
}

func TestStepReachedEqualsBigArithmetic(t *testing.T) {
	t.Parallel()
	amount := rapid.Int64Range(0, math.MaxInt64)
	rapid.Check(t, func(t *rapid.T) {
		used, allocation := amount.Draw(t, "used"), amount.Draw(t, "allocation")
		for _, threshold := range PercentThresholds() {
			want := allocation > 0 && product(used, 100).Cmp(product(threshold.Percent(), allocation)) >= 0
			if got := PercentReached(Amount(used), Amount(allocation), threshold.Percent()); got != want {
				t.Fatalf("%d of %d at %s%%: %v", used, allocation, threshold, got)
			}
		}
	})
}

func TestIconOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		balance, allocation Amount
		want                Icon
	}{
		{0, 100, Triangle}, {-1, 100, Triangle}, {5, 0, Triangle}, {0, 0, Triangle}, {-3, 0, Triangle},
		{1, 100, Red}, {24, 100, Red}, {MustCredits("24.999999"), MustCredits("100"), Red},
		{25, 100, Yellow}, {75, 100, Yellow}, {50, 100, Yellow},
		{MustCredits("75.000001"), MustCredits("100"), Green}, {76, 100, Green}, {100, 100, Green}, {150, 100, Green},
		{math.MaxInt64, math.MaxInt64, Green}, {math.MaxInt64 / 4, math.MaxInt64, Red}, {math.MaxInt64/4 + 1, math.MaxInt64, Yellow},
	} {
		if got := IconOf(c.balance, c.allocation); got != c.want {
			t.Errorf("%d of %d: %s, want %s", c.balance, c.allocation, got, c.want)
		}
	}
}

func TestIconOfEqualsBigArithmetic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		balance := rapid.Int64().Draw(t, "balance")
		allocation := rapid.Int64().Draw(t, "allocation")
		if got, want := IconOf(Amount(balance), Amount(allocation)), iconByRatio(balance, allocation); got != want {
			t.Fatalf("%d of %d: %s, want %s", balance, allocation, got, want)
		}
	})
}

func iconByRatio(balance, allocation int64) Icon {
	if balance <= 0 || allocation <= 0 {
		return Triangle
	}
	left := big.NewRat(balance, allocation)
	switch {
	case left.Cmp(big.NewRat(1, 4)) < 0:
		return Red
	case left.Cmp(big.NewRat(3, 4)) <= 0:
		return Yellow
	}
	return Green
}
