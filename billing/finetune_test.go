package billing

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func billions(text string) decimal.Decimal { return decimal.RequireFromString(text) }

func TestEstimate(t *testing.T) {
	t.Parallel()
	rates := RateCardV1().FineTuning
	for _, c := range []struct {
		job  FineTuningJob
		want string
	}{
		{FineTuningJob{10_000_000, 3, billions("7"), QLoRA, "A10G"}, "18"}, // rules.md §7
		{FineTuningJob{1_000_000, 1, billions("0.5"), Full, "T4"}, "0.18"},
		{FineTuningJob{1_000_000, 1, billions("0.99"), LoRA, "L4"}, "0.162"},
		{FineTuningJob{1_000_000, 1, billions("1"), QLoRA, "A100"}, "0.48"},
		{FineTuningJob{1_000_000, 2, billions("4.999"), LoRA, "L40S"}, "0.9"},
		{FineTuningJob{1_000_000, 1, billions("5"), QLoRA, "A10G"}, "0.6"},
		{FineTuningJob{1_000_000, 1, billions("8"), QLoRA, "A10G"}, "0.6"},
		{FineTuningJob{1, 1, billions("0.5"), QLoRA, "A10G"}, "0"},         // 0.15 µ
		{FineTuningJob{1, 1, billions("5"), QLoRA, "A10G"}, "0.000001"},    // 0.6 µ
		{FineTuningJob{5, 1, billions("1"), QLoRA, "A10G"}, "0.000002"},    // 1.5 µ rounds up
		{FineTuningJob{3, 1, billions("0.1"), Full, "A10G"}, "0.000001"},   // 0.675 µ
		{FineTuningJob{1, 33, billions("7"), QLoRA, "L40S"}, "0.000025"},   // 24.75 µ
		{FineTuningJob{33, 1, billions("7"), QLoRA, "A100"}, "0.000032"},   // 31.68 µ
		{FineTuningJob{25, 1, billions("0.1"), QLoRA, "T4"}, "0.000003"},   // 3 µ
		{FineTuningJob{10, 1, billions("0.1"), QLoRA, "A10G"}, "0.000002"}, // 1.5 µ
	} {
		if got, err := rates.Estimate(c.job); err != nil || got != MustCredits(c.want) {
			t.Errorf("%+v: %d µ %v, want %s", c.job, got, err, c.want)
		}
	}
}

func TestEstimateRefuses(t *testing.T) {
	t.Parallel()
	rates := RateCardV1().FineTuning
	for _, c := range []struct {
		job  FineTuningJob
		want error
	}{
		{FineTuningJob{0, 1, billions("7"), QLoRA, "A10G"}, ErrTrainingSize},
		{FineTuningJob{1, 0, billions("7"), QLoRA, "A10G"}, ErrTrainingSize},
		{FineTuningJob{-5, -5, billions("7"), QLoRA, "A10G"}, ErrTrainingSize},
		{FineTuningJob{math.MaxInt64, math.MaxInt64, billions("7"), QLoRA, "A10G"}, ErrTrainingSize},
		{FineTuningJob{1, 1, billions("0"), QLoRA, "A10G"}, ErrModelSizeUnknown},
		{FineTuningJob{1, 1, billions("-1"), QLoRA, "A10G"}, ErrModelSizeUnknown},
		{FineTuningJob{1, 1, billions("8.0001"), QLoRA, "A10G"}, ErrModelTooLarge},
		{FineTuningJob{1, 1, billions("70"), QLoRA, "A10G"}, ErrModelTooLarge},
		{FineTuningJob{1, 1, billions("7"), LoRA, "A10G"}, ErrMethodNotAllowed},
		{FineTuningJob{1, 1, billions("7"), Full, "A10G"}, ErrMethodNotAllowed},
		{FineTuningJob{1, 1, billions("1"), Full, "A10G"}, ErrMethodNotAllowed},
		{FineTuningJob{1, 1, billions("1"), "MAGIC", "A10G"}, ErrMethodNotAllowed},
		{FineTuningJob{1, 1, billions("7"), QLoRA, "H100"}, ErrUnknownTrainingGPU},
	} {
		if got, err := rates.Estimate(c.job); !errors.Is(err, c.want) || got != 0 {
			t.Errorf("%+v: %d %v, want %v", c.job, got, err, c.want)
		}
	}
}

// A price never exceeds what anything may cost at once. Here a token costs 0.3 µ.
func TestEstimateAtTheEndOfTheRange(t *testing.T) {
	t.Parallel()
	rates := RateCardV1().FineTuning
	for tokens, want := range map[int64]Amount{
		3_333_333_333_333_330: MaxCharge - 1,
		3_333_333_333_333_334: MaxCharge, // 0.2 µ more are rounded off
		3_333_333_333_333_335: 0,         // 0.5 µ more
	} {
		got, err := rates.Estimate(FineTuningJob{tokens, 1, billions("1"), QLoRA, "A10G"})
		if got != want || errors.Is(err, ErrTrainingSize) != (want == 0) {
			t.Errorf("%d tokens: %d µ %v, want %d", tokens, got, err, want)
		}
	}
}

// A method that a class lists but for which the card has no factor is not allowed.
func TestEstimateWithoutTheMethodsFactor(t *testing.T) {
	t.Parallel()
	rates := RateCardV1().FineTuning
	rates.Methods = rates.Methods[:1]
	if got, err := rates.Estimate(FineTuningJob{1_000_000, 1, billions("1"), LoRA, "A10G"}); !errors.Is(err, ErrMethodNotAllowed) || got != 0 {
		t.Errorf("%d %v", got, err)
	}
}

func TestKept(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		charge                    Amount
		processed, tokens, epochs int64
		want                      Amount
	}{
		{18_000_000, 0, 10_000_000, 3, 0},
		{18_000_000, 30_000_000, 10_000_000, 3, 18_000_000},
		{18_000_000, 10_000_000, 10_000_000, 3, 6_000_000},
		{18_000_000, 99_000_000, 10_000_000, 3, 18_000_000}, // no more than there was
		{18_000_000, -1, 10_000_000, 3, 0},
		{1, 1, 2, 1, 1}, // 0.5 rounds up
		{1, 1, 3, 1, 0},
		{7, 5, 0, 3, 7}, // nothing to process: nothing to refund
		{math.MaxInt64, math.MaxInt64 / 2, math.MaxInt64, 1, math.MaxInt64 / 2},
	} {
		if got := Kept(c.charge, c.processed, c.tokens, c.epochs); got != c.want {
			t.Errorf("%+v: kept %d", c, got)
		}
	}
}

func TestKeptEqualsBigArithmetic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		charge := rapid.Int64Range(0, math.MaxInt64).Draw(t, "charge")
		tokens := rapid.Int64Range(1, 1<<40).Draw(t, "tokens")
		epochs := rapid.Int64Range(1, 1000).Draw(t, "epochs")
		processed := rapid.Int64Range(0, tokens*epochs).Draw(t, "processed")
		want := roundHalfUp(product(charge, processed), tokens*epochs)
		got := Kept(Amount(charge), processed, tokens, epochs)
		if want.Cmp(big.NewInt(int64(got))) != 0 {
			t.Fatalf("%d, want %s", got, want)
		}
		if got > Amount(charge) {
			t.Fatal("kept more than was charged")
		}
	})
}
