package billing

import (
	"errors"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
)

// Amount counts a meter's smallest unit: micro-credits (1 credit = 1,000,000) on MODEL_CREDITS, whole runs on
// TOOL_RUNS. Storage and arithmetic are in Amount, never in a float (rules.md §1).
type Amount int64

// MicroPerCredit is the number of micro-credits in one credit.
const MicroPerCredit Amount = 1_000_000

// Bounds that keep sums far from the ends of an Amount.
const (
	// MaxCharge is the most that anything costs, or is granted, at once: a thousand million credits.
	MaxCharge = 1_000_000_000 * MicroPerCredit
	// MaxBalance bounds balances and debt: no charge and no grant leads beyond it.
	MaxBalance = 4_000 * MaxCharge
)

// ErrAmount says that a text is not an amount of its meter: not a number, too many decimals, or out of range.
var ErrAmount = errors.New("not an amount")

// Meter names one of the two balances that an account holds (rules.md §1).
type Meter string

// The two meters.
const (
	ModelCredits Meter = "MODEL_CREDITS"
	ToolRuns     Meter = "TOOL_RUNS"
)

// Meters lists both meters in the order in which everything shows them.
func Meters() []Meter { return []Meter{ModelCredits, ToolRuns} }

// IsValid reports whether m is one of the two meters.
func (m Meter) IsValid() bool { return m == ModelCredits || m == ToolRuns }

// Category says what spent an amount. Models, guardrails and scripts share MODEL_CREDITS; tools spend TOOL_RUNS.
type Category string

// The categories, in the order in which hosting draws within one second (rules.md §3).
const (
	Models     Category = "MODELS"
	Guardrails Category = "GUARDRAILS"
	Scripts    Category = "SCRIPTS"
	Tools      Category = "TOOLS"
)

// CategoryCount is the number of categories, the length of a Slices.
const CategoryCount = 4

// Index is the category's place in a Slices: models 0, guardrails 1, scripts 2, tools 3.
func (c Category) Index() int {
	switch c {
	case Models:
		return 0
	case Guardrails:
		return 1
	case Scripts:
		return 2
	default:
		return 3
	}
}

// Meter is the balance that the category spends.
func (c Category) Meter() Meter {
	if c == Tools {
		return ToolRuns
	}
	return ModelCredits
}

// Categories lists all categories by Index.
func Categories() [CategoryCount]Category {
	return [CategoryCount]Category{Models, Guardrails, Scripts, Tools}
}

// Slices holds one amount per category, by Category.Index.
type Slices [CategoryCount]Amount

// Sum adds the slices up.
func (s Slices) Sum() Amount {
	var sum Amount
	for _, a := range s {
		sum += a
	}
	return sum
}

// Decimal is a in the meter's display unit: credits with up to 6 decimals, or runs.
func (m Meter) Decimal(a Amount) decimal.Decimal {
	if m == ToolRuns {
		return decimal.NewFromInt(int64(a))
	}
	return decimal.New(int64(a), -6)
}

// Format prints a in the meter's display unit without trailing zeros, e.g. "70.5".
func (m Meter) Format(a Amount) string { return m.Decimal(a).String() }

// Parse reads an amount in the meter's display unit. It refuses (ErrAmount) what is not a plain decimal number, has more
// decimals than the meter keeps, or lies outside ±9e18 of the smallest unit.
func (m Meter) Parse(text string) (Amount, error) {
	if len(text) == 0 || len(text) > 40 {
		return 0, fmt.Errorf("%w: %d characters", ErrAmount, len(text))
	}
	d, ok := PlainDecimal(text)
	if !ok {
		return 0, ErrAmount
	}
	return m.FromDecimal(d)
}

// PlainDecimal reads a decimal number: an optional minus, ASCII digits, and an optional point with digits after it. It reports false for any other text.
// All amounts are read by it. decimal.NewFromString also takes "1e3", "+1" and ".5", which other programs read differently or refuse.
func PlainDecimal(text string) (d decimal.Decimal, ok bool) {
	whole, fraction, pointed := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if !isDigits(whole) || pointed && !isDigits(fraction) {
		return d, false
	}
	d, err := decimal.NewFromString(text)
	return d, err == nil
}

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// FromDecimal converts credits or runs to an Amount under the conditions of Parse.
func (m Meter) FromDecimal(d decimal.Decimal) (Amount, error) {
	// Before anything is computed: a text of few characters may name a number of a million digits.
	if d.Exponent() < -40 || d.Exponent() > 20 {
		return 0, fmt.Errorf("%w: out of range", ErrAmount)
	}
	if m == ModelCredits {
		d = d.Shift(6)
	}
	if !d.IsInteger() {
		return 0, fmt.Errorf("%w: too many decimals", ErrAmount)
	}
	if d.Abs().GreaterThan(decimal.New(9, 18)) {
		return 0, fmt.Errorf("%w: out of range", ErrAmount)
	}
	return Amount(d.IntPart()), nil
}

// MustCredits reads credits from a constant in the source; it panics on anything that Parse refuses.
func MustCredits(text string) Amount {
	a, err := ModelCredits.Parse(text)
	if err != nil {
		panic(fmt.Sprintf("billing: %q: %v", text, err))
	}
	return a
}
