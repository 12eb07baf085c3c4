package billing

import (
	"errors"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"
)

// The reasons why a fine-tuning job cannot be priced. Estimate wraps one of them with the figures.
var (
	ErrTrainingSize       = errors.New("training tokens and epochs must be positive, and their price within range")
	ErrModelSizeUnknown   = errors.New("the model was registered without its size")
	ErrModelTooLarge      = errors.New("the model is too large for fine-tuning")
	ErrMethodNotAllowed   = errors.New("this method does not fit the model's size")
	ErrUnknownTrainingGPU = errors.New("fine-tuning does not run on this hardware")
)

// TrainingMethod is how a model is fine-tuned.
type TrainingMethod string

// The training methods.
const (
	QLoRA TrainingMethod = "QLORA"
	LoRA  TrainingMethod = "LORA"
	Full  TrainingMethod = "FULL"
)

// SizeClass prices models by their nominal size in billions of parameters: from From, which it includes, up to To, which only the last
// class includes. Rate is in micro-credits per million tokens and epoch, before the factors.
type SizeClass struct {
	Name       string           `json:"name"`
	From       decimal.Decimal  `json:"from"`
	To         decimal.Decimal  `json:"to"`
	ToIncluded bool             `json:"toIncluded"`
	Rate       Amount           `json:"rate"`
	Methods    []TrainingMethod `json:"methods"`
}

// holds reports whether a model with that many billions of parameters belongs to the class.
func (c *SizeClass) holds(billions decimal.Decimal) bool {
	if billions.LessThan(c.From) {
		return false
	}
	return billions.LessThan(c.To) || c.ToIncluded && billions.Equal(c.To)
}

// MethodFactor multiplies the price for a method.
type MethodFactor struct {
	Method TrainingMethod  `json:"method"`
	Factor decimal.Decimal `json:"factor"`
}

// HardwareFactor multiplies the price for a GPU.
type HardwareFactor struct {
	GPU    string          `json:"gpu"`
	Factor decimal.Decimal `json:"factor"`
}

// FineTuningRates is the fine-tuning part of a rate card (rules.md §7).
type FineTuningRates struct {
	Classes  []SizeClass      `json:"classes"` // smallest first, without gaps
	Methods  []MethodFactor   `json:"methods"`
	Hardware []HardwareFactor `json:"hardware"`
}

// FineTuningJob holds what the price of a job depends on.
type FineTuningJob struct {
	TrainingTokens int64
	Epochs         int64
	Billions       decimal.Decimal // the model's nominal size, given at registration
	Method         TrainingMethod
	GPU            string
}

// fineTuningRatesV1 takes "FULL below 1B" as a limit on FULL only: the smallest models may also be trained by the two other methods.
func fineTuningRatesV1() FineTuningRates {
	one, five, eight := decimal.NewFromInt(1), decimal.NewFromInt(5), decimal.NewFromInt(8)
	return FineTuningRates{
		Classes: []SizeClass{
			{"below 1B", decimal.Zero, one, false, MustCredits("0.15"), []TrainingMethod{QLoRA, LoRA, Full}},
			{"1B to below 5B", one, five, false, MustCredits("0.30"), []TrainingMethod{QLoRA, LoRA}},
			{"5B to 8B", five, eight, true, MustCredits("0.60"), []TrainingMethod{QLoRA}},
		},
		Methods: []MethodFactor{{QLoRA, decimal.New(10, -1)}, {LoRA, decimal.New(12, -1)}, {Full, decimal.New(15, -1)}},
		Hardware: []HardwareFactor{
			{"T4", decimal.New(8, -1)}, {"L4", decimal.New(9, -1)}, {"A10G", decimal.New(10, -1)},
			{"L40S", decimal.New(125, -2)}, {"A100", decimal.New(16, -1)},
		},
	}
}

// Estimate returns the price of a job in micro-credits: tokens/1e6 × epochs × size × method × hardware, exact, then rounded half-up once.
// The charge at the start is the same amount. Errors wrap one of the Err… variables of this file.
func (r *FineTuningRates) Estimate(j FineTuningJob) (Amount, error) {
	if j.TrainingTokens <= 0 || j.Epochs <= 0 {
		return 0, fmt.Errorf("%w: %d tokens, %d epochs", ErrTrainingSize, j.TrainingTokens, j.Epochs)
	}
	class, err := r.Class(j.Billions)
	if err != nil {
		return 0, err
	}
	factor, err := r.factor(class, j.Method, j.GPU)
	if err != nil {
		return 0, err
	}
	// Tokens × epochs may exceed 64 bits, and factors have decimals, so everything is decimal until it is rounded once at the end.
	tokens := decimal.NewFromInt(j.TrainingTokens).Mul(decimal.NewFromInt(j.Epochs)).Shift(-6)
	return toAmount(tokens.Mul(decimal.NewFromInt(int64(class.Rate))).Mul(factor))
}

// toAmount rounds micro-credits half-up. It returns ErrTrainingSize if they are more than MaxCharge.
func toAmount(micro decimal.Decimal) (Amount, error) {
	micro = micro.Round(0)
	if micro.GreaterThan(decimal.NewFromInt(int64(MaxCharge))) {
		return 0, fmt.Errorf("%w: price out of range", ErrTrainingSize)
	}
	return Amount(micro.IntPart()), nil
}

// Class returns the size class of a model. It returns ErrModelSizeUnknown if the size is not above 0, and ErrModelTooLarge if it is above
// the last class.
func (r *FineTuningRates) Class(billions decimal.Decimal) (*SizeClass, error) {
	if !billions.IsPositive() {
		return nil, ErrModelSizeUnknown
	}
	for i := range r.Classes {
		if r.Classes[i].holds(billions) {
			return &r.Classes[i], nil
		}
	}
	return nil, fmt.Errorf("%w: %sB parameters", ErrModelTooLarge, billions)
}

// factor returns the product of the factors of method and GPU.
func (r *FineTuningRates) factor(class *SizeClass, method TrainingMethod, gpu string) (decimal.Decimal, error) {
	m := slices.IndexFunc(r.Methods, func(f MethodFactor) bool { return f.Method == method })
	if m < 0 || !slices.Contains(class.Methods, method) {
		return decimal.Zero, fmt.Errorf("%w: %s for a model of %s", ErrMethodNotAllowed, method, class.Name)
	}
	h := slices.IndexFunc(r.Hardware, func(f HardwareFactor) bool { return f.GPU == gpu })
	if h < 0 {
		return decimal.Zero, fmt.Errorf("%w: %s", ErrUnknownTrainingGPU, gpu)
	}
	return r.Methods[m].Factor.Mul(r.Hardware[h].Factor), nil
}

// Kept returns the part of a job's charge that stays when the job stops or fails early: charge × processedTokens / (trainingTokens ×
// epochs), rounded half-up. Processed tokens are clamped to what there was to process.
func Kept(charge Amount, processedTokens, trainingTokens, epochs int64) Amount {
	total := decimal.NewFromInt(trainingTokens).Mul(decimal.NewFromInt(epochs))
	processed := decimal.Min(decimal.NewFromInt(max(processedTokens, 0)), total)
	// Nothing was to be processed, so nothing is left undone.
	if !total.IsPositive() {
		return charge
	}
	return Amount(decimal.NewFromInt(int64(charge)).Mul(processed).DivRound(total, 0).IntPart())
}

// validate returns what is wrong: gaps between classes, or a rate or factor that is not positive or is too large.
func (r *FineTuningRates) validate() error {
	if len(r.Classes) > maxLines || len(r.Hardware) > maxLines {
		return fmt.Errorf("a list has more than %d lines", maxLines)
	}
	end := decimal.Zero
	for i := range r.Classes {
		c := &r.Classes[i]
		// Without gaps and overlaps, so that every size up to the last has exactly one price.
		if !c.From.Equal(end) || !c.To.GreaterThan(c.From) || c.Rate < 0 || c.Rate > maxRate {
			return fmt.Errorf("fine-tuning class %q: gap before it, empty, or rate out of range", c.Name)
		}
		if len(c.Methods) == 0 || len(c.Methods) > 3 || slices.ContainsFunc(c.Methods, func(m TrainingMethod) bool { return !m.known() }) || !isLabel(c.Name) {
			return fmt.Errorf("fine-tuning class %q: its methods are missing or not known, or its name is malformed", c.Name)
		}
		end = c.To
	}
	return r.validateFactors()
}

// validateFactors checks that each method and GPU occurs once, with a factor above 0 and at most 1,000, with at most 6 decimals.
func (r *FineTuningRates) validateFactors() error {
	seen := map[string]bool{"": true}
	check := func(what, name string, factor decimal.Decimal) error {
		switch {
		case seen[name] || !isName(name):
			return fmt.Errorf("fine-tuning %s: %q is missing, malformed or listed twice", what, name)
		case !factor.IsPositive() || factor.GreaterThan(decimal.NewFromInt(1000)) || factor.Exponent() < -6 && !factor.Equal(factor.Truncate(6)):
			return fmt.Errorf("fine-tuning %s %s: factor out of range", what, name)
		}
		seen[name] = true
		return nil
	}
	for _, f := range r.Methods {
		if !f.Method.known() {
			return fmt.Errorf("fine-tuning method %q is not known", f.Method)
		}
		if err := check("method", string(f.Method), f.Factor); err != nil {
			return err
		}
	}
	for _, f := range r.Hardware {
		if err := check("hardware", f.GPU, f.Factor); err != nil {
			return err
		}
	}
	return nil
}

// known reports whether m is one of the contract's methods, which are an enum. Hardware, in contrast, is named by the card only.
func (m TrainingMethod) known() bool { return m == QLoRA || m == LoRA || m == Full }
