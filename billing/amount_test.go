package billing

import (
	"errors"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// Amounts are plain decimal numbers. Everything else that the library reads as a number is refused, however clear it may seem.
func TestAmountsArePlain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Amount{"0": 0, "-0": 0, "70.5": 70_500_000, "-0.000001": -1, "007": 7_000_000, "9000000000000": 9_000_000_000_000_000_000} {
		if got, err := ModelCredits.Parse(text); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "-", "+1", "1e3", "1E3", "1e-3", ".5", "5.", "-.5", "1,5", "1_000", "1'000", " 1", "1 ", "1\u00a0", "0x10", "--1", "1.5.2", "1-", "Inf", "NaN", "1/2",
		"\u0661", "\uff11", "\u22121", "1.0000001", "9000000000000.000001", "99999999999999999999999999999999999999999",
	} {
		if got, err := ModelCredits.Parse(text); !errors.Is(err, ErrAmount) {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
	if _, err := ToolRuns.Parse("1.5"); !errors.Is(err, ErrAmount) {
		t.Errorf("half a run: %v", err)
	}
}

// Random texts made of the characters of numbers are compared with a regular expression.
func TestPlainDecimals(t *testing.T) {
	t.Parallel()
	plain := regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
	random := rand.New(rand.NewPCG(11, 5))
	const letters = "0123456789..--+eE,_ x"
	for range 20_000 {
		text := make([]byte, random.IntN(6))
		for i := range text {
			text[i] = letters[random.IntN(len(letters))]
		}
		if _, ok := PlainDecimal(string(text)); ok != plain.Match(text) {
			t.Fatalf("%q: %v", text, ok)
		}
	}
}

// Whole numbers are plain decimals of 64 bits; the short way of reading them gives the same result as the long one.
func TestPlainIntegers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "-0": 0, "374": 374, "-374": -374, "0374": 374, "374.0": 374, "374.000": 374, "999999999999999999": 999_999_999_999_999_999,
		"9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64, "000000000000000000000000000000000000374": 374,
	} {
		if got, ok := PlainInteger(text); !ok || got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "-", "+374", "374.", ".0", "374.5", "1e3", "1_000", "1,000", " 1", "0x1", "9223372036854775808", "-9223372036854775809", "\u0663", strings.Repeat("0", 41)} {
		if got, ok := PlainInteger(text); ok {
			t.Errorf("%q is %d", text, got)
		}
	}
}
