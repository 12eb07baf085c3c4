package billing

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestCumulativeChargeOfTheRules(t *testing.T) {
	t.Parallel()
	rate := MustCredits("0.07698")
	for seconds, want := range map[int64]Amount{0: 0, 60: 1283, 3600: 76980, 90061: 1925804} {
		if got := CumulativeCharge(rate, 1, seconds); got != want {
			t.Errorf("%d s: %d µ, want %d", seconds, got, want)
		}
	}
	if two, one := CumulativeCharge(MustCredits("4.116"), 2, 3600), CumulativeCharge(MustCredits("4.116"), 1, 3600); two != 2*one {
		t.Errorf("two A100 replicas cost %d, one costs %d", two, one)
	}
}

func TestCumulativeChargeAtTheEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rate              Amount
		replicas, seconds int64
		want              Amount
	}{
		{-1, 1, 3600, 0},
		{1, 0, 3600, 0},
		{1, 1, -1, 0},
		{1, 1, 1799, 0},
		{1, 1, 1800, 1},
		{math.MaxInt64, 1, 3600, math.MaxInt64},
		{math.MaxInt64, 1, 3601, math.MaxInt64},
		{math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64},
		{1, math.MaxInt64, 3, math.MaxInt64},
		{1 << 62, 1, 14_400, math.MaxInt64}, // 1<<64 after the division: one more bit than fits
	} {
		if got := CumulativeCharge(c.rate, c.replicas, c.seconds); got != c.want {
			t.Errorf("%d × %d × %d: %d, want %d", c.rate, c.replicas, c.seconds, got, c.want)
		}
	}
}

func TestCumulativeChargeEqualsBigArithmetic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Int64Range(0, math.MaxInt64).Draw(t, "rate")
		replicas := rapid.Int64Range(0, 1<<20).Draw(t, "replicas")
		seconds := rapid.Int64Range(0, 1<<43).Draw(t, "seconds")
		want := roundHalfUp(product(rate, replicas, seconds), 3600)
		if got := CumulativeCharge(Amount(rate), replicas, seconds); want.IsInt64() && int64(got) != want.Int64() {
			t.Fatalf("%d, want %s", got, want)
		} else if !want.IsInt64() && got != math.MaxInt64 {
			t.Fatalf("%d, want the largest amount", got)
		}
	})
}

func TestReplicasCostWhatReplicaSecondsCost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := Amount(rapid.Int64Range(0, 1e9).Draw(t, "rate"))
		n, s := rapid.Int64Range(1, 500).Draw(t, "replicas"), rapid.Int64Range(0, 1e8).Draw(t, "seconds")
		if CumulativeCharge(rate, n, s) != CumulativeCharge(rate, 1, n*s) {
			t.Fatal("n replicas for s seconds must cost what one costs for n × s seconds")
		}
		if CumulativeCharge(rate, n, s+1) < CumulativeCharge(rate, n, s) {
			t.Fatal("the cumulative charge must never fall")
		}
	})
}

func TestCumulativeChargeDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { CumulativeCharge(76980, 3, 90061) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestInferenceCharge(t *testing.T) {
	t.Parallel()
	in, out := MustCredits("0.50"), MustCredits("1.50")
	for _, c := range []struct {
		in, out         int64
		inRate, outRate Amount
		want            Amount
	}{
		{374, 44, in, out, 253},
		{0, 0, in, out, 0},
		{1, 0, in, out, 1}, // 0.5 rounds up
		{0, 1, in, out, 2}, // 1.5
		{1, 1, in, out, 2}, // 0.5 + 1.5, rounded once
		{1_000_000, 0, in, out, 500_000},
		{499_998, 1, 1, 1, 0}, // 0.499999
		{499_999, 1, 1, 1, 1}, // 0.5
		{math.MaxInt64, 0, MicroPerCredit, 0, math.MaxInt64},
	} {
		if got, ok := InferenceCharge(c.in, c.out, c.inRate, c.outRate); !ok || got != c.want {
			t.Errorf("%d in at %d, %d out at %d: %d %v, want %d", c.in, c.inRate, c.out, c.outRate, got, ok, c.want)
		}
	}
}

func TestInferenceChargeRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range [][4]int64{
		{-1, 0, 1, 1}, {0, -1, 1, 1}, {0, 0, -1, 1}, {0, 0, 1, -1},
		{math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64},
		{math.MaxInt64, 1, 1_000_000, 1_000_000},
	} {
		if got, ok := InferenceCharge(c[0], c[1], Amount(c[2]), Amount(c[3])); ok || got != 0 {
			t.Errorf("%v: %d, want a refusal", c, got)
		}
	}
}

func TestInferenceChargeEqualsBigArithmetic(t *testing.T) {
	t.Parallel()
	amount := rapid.Int64Range(0, math.MaxInt64)
	rapid.Check(t, func(t *rapid.T) {
		in, out := amount.Draw(t, "in"), amount.Draw(t, "out")
		inRate, outRate := amount.Draw(t, "in rate"), amount.Draw(t, "out rate")
		want := roundHalfUp(new(big.Int).Add(product(in, inRate), product(out, outRate)), 1_000_000)
		got, ok := InferenceCharge(in, out, Amount(inRate), Amount(outRate))
		if ok != want.IsInt64() || ok && int64(got) != want.Int64() {
			t.Fatalf("%d %v, want %s", got, ok, want)
		}
	})
}

func product(factors ...int64) *big.Int {
	p := big.NewInt(1)
	for _, f := range factors {
		p.Mul(p, big.NewInt(f))
	}
	return p
}

// roundHalfUp returns floor((2a + b) / 2b), for a ≥ 0.
func roundHalfUp(a *big.Int, b int64) *big.Int {
	n := new(big.Int).Add(new(big.Int).Lsh(a, 1), big.NewInt(b))
	return n.Quo(n, big.NewInt(2*b))
}

func BenchmarkCumulativeCharge(b *testing.B) {
	for b.Loop() {
		CumulativeCharge(76980, 3, 90061)
	}
}
