package billing

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// Amount counts the smallest unit of a meter: micro-credits (1 credit = 1,000,000) for MODEL_CREDITS, whole runs for TOOL_RUNS. Amounts are
// stored and computed as integers, never as floats (rules.md §1).
type Amount int64

// MicroPerCredit is the number of micro-credits in one credit.
const MicroPerCredit Amount = 1_000_000

// Bounds that keep sums far from the ends of an Amount.
const (
	// MaxCharge is the largest amount of one charge or grant: a thousand million credits.
	MaxCharge = 1_000_000_000 * MicroPerCredit
	// MaxBalance bounds balances and debt. No charge and no grant exceeds it.
	MaxBalance = 4_000 * MaxCharge
)

// ErrAmount means that a text is not an amount of its meter: not a number, too many decimals, or out of range.
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

// Category says what an amount was spent on. Models, guardrails and scripts share MODEL_CREDITS; tools spend TOOL_RUNS.
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

// Index returns the category's place in a Slices: models 0, guardrails 1, scripts 2, tools 3.
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

// Meter returns the meter that the category draws from.
func (c Category) Meter() Meter {
	if c == Tools {
		return ToolRuns
	}
	return ModelCredits
}

// Categories lists all categories in the order of Index.
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

// Decimal returns a in the meter's display unit: credits with up to 6 decimals, or runs.
func (m Meter) Decimal(a Amount) decimal.Decimal {
	if m == ToolRuns {
		return decimal.NewFromInt(int64(a))
	}
	return decimal.New(int64(a), -6)
}

// Format prints a in the meter's display unit without trailing zeros, e.g. "70.5".
func (m Meter) Format(a Amount) string { return m.Decimal(a).String() }

// Parse reads an amount in the meter's display unit. It returns ErrAmount if the text is not a plain decimal number, has more decimals than
// the meter keeps, or lies outside ±9e18 of the smallest unit.
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

// PlainDecimal reads a decimal number: an optional minus, ASCII digits, and an optional point followed by digits. ok is false for any other
// text. All amounts, and all numbers in files, are read by it, because decimal.NewFromString also accepts "1e3", "+1" and ".5", which other
// programs read differently or refuse.
func PlainDecimal(text string) (d decimal.Decimal, ok bool) {
	whole, fraction, pointed := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if !isDigits(whole) || pointed && !isDigits(fraction) {
		return d, false
	}
	d, err := decimal.NewFromString(text)
	return d, err == nil
}

// PlainInteger reads a PlainDecimal that is a whole number, such as "374" or "374.0", and fits into 64 bits. ok is false for any other
// text. Quantities in files are read by it.
func PlainInteger(text string) (n int64, ok bool) {
	const surely = 18 // any number of this many digits fits into 64 bits
	if len(text) <= surely && isDigits(text) {
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil
	}
	if len(text) > 40 {
		return 0, false
	}
	d, ok := PlainDecimal(text)
	if !ok || !d.IsInteger() || !d.BigInt().IsInt64() {
		return 0, false
	}
	return d.IntPart(), true
}

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// FromDecimal converts credits or runs to an Amount, with the same limits as Parse.
func (m Meter) FromDecimal(d decimal.Decimal) (Amount, error) {
	// Checked before anything is computed: a short text may name a number with a million digits.
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

// MustCredits reads credits from a constant in the source. It panics if Parse fails.
func MustCredits(text string) Amount {
	a, err := ModelCredits.Parse(text)
	if err != nil {
		panic(fmt.Sprintf("billing: %q: %v", text, err))
	}
	return a
}
