package billing

import "math/bits"

// Tokens are the tokens of one event, by class. The classes are parts of input and output, not additions to them, as OpenTelemetry's GenAI
// conventions count them (rules.md §7).
type Tokens struct {
	Input, Output int64
	CacheRead     int64 // of the input: read from the provider's cache
	CacheWrite    int64 // of the input: written to that cache
	Reasoning     int64 // of the output
}

// Fit reports whether no class is negative or exceeds what it is a part of.
func (t Tokens) Fit() bool {
	if t.CacheRead < 0 || t.CacheWrite < 0 || t.Reasoning < 0 || t.Reasoning > t.Output {
		return false
	}
	return t.CacheRead <= t.Input && t.CacheWrite <= t.Input-t.CacheRead
}

// Plus returns the sum of both, class by class.
func (t Tokens) Plus(u Tokens) Tokens {
	return Tokens{t.Input + u.Input, t.Output + u.Output, t.CacheRead + u.CacheRead, t.CacheWrite + u.CacheWrite, t.Reasoning + u.Reasoning}
}

// Minus returns the difference of both, class by class. It may be below 0, when tokens are given back.
func (t Tokens) Minus(u Tokens) Tokens {
	return Tokens{t.Input - u.Input, t.Output - u.Output, t.CacheRead - u.CacheRead, t.CacheWrite - u.CacheWrite, t.Reasoning - u.Reasoning}
}

// HaveClasses reports whether any class is used.
func (t Tokens) HaveClasses() bool { return t.CacheRead|t.CacheWrite|t.Reasoning != 0 }

// TokenRates say what tokens cost, in micro-credits per million, with a rate for each class.
type TokenRates struct {
	Input, Output, CacheRead, CacheWrite, Reasoning Amount
}

// OwnTokenRates are the token rates that a rate card, an account or a model sets itself. nil means no rate of its own.
type OwnTokenRates struct {
	Input      *Amount `json:"input,omitempty"`
	Output     *Amount `json:"output,omitempty"`
	CacheRead  *Amount `json:"cacheRead,omitempty"`
	CacheWrite *Amount `json:"cacheWrite,omitempty"`
	Reasoning  *Amount `json:"reasoning,omitempty"`
}

// Over returns these rates where they are set, and those of r elsewhere. A class follows its parent: if a rate of input is set but none of
// its classes', that rate applies to all of the input.
func (o OwnTokenRates) Over(r TokenRates) TokenRates {
	if o.Input != nil {
		r.Input, r.CacheRead, r.CacheWrite = *o.Input, *o.Input, *o.Input
	}
	if o.Output != nil {
		r.Output, r.Reasoning = *o.Output, *o.Output
	}
	for _, class := range []struct{ own, rate *Amount }{{o.CacheRead, &r.CacheRead}, {o.CacheWrite, &r.CacheWrite}, {o.Reasoning, &r.Reasoning}} {
		if class.own != nil {
			*class.rate = *class.own
		}
	}
	return r
}

// Named returns the rates that are set, by the names of their fields.
func (o OwnTokenRates) Named() map[string]Amount {
	named := map[string]Amount{}
	for name, rate := range map[string]*Amount{"inputRate": o.Input, "outputRate": o.Output, "cacheReadRate": o.CacheRead,
		"cacheWriteRate": o.CacheWrite, "reasoningRate": o.Reasoning} {
		if rate != nil {
			named[name] = *rate
		}
	}
	return named
}

// Charge returns what one event costs, in micro-credits, rounded half-up once over the sum of all classes (rules.md §7). It returns false
// if a number is negative, a class exceeds its parent, or the charge does not fit into an Amount.
func (r TokenRates) Charge(t Tokens) (Amount, bool) {
	if t.Input < 0 || t.Output < 0 || !t.Fit() || r.Input < 0 || r.Output < 0 || r.CacheRead < 0 || r.CacheWrite < 0 || r.Reasoning < 0 {
		return 0, false
	}
	var hi, lo uint64 // classes add up to their parents, so the sum is below 2 × 1<<126
	add := func(tokens int64, rate Amount) {
		high, low := bits.Mul64(uint64(tokens), uint64(rate))
		var carry uint64
		lo, carry = bits.Add64(lo, low, 0)
		hi += high + carry
	}
	add(t.Input-t.CacheRead-t.CacheWrite, r.Input)
	add(t.Output-t.Reasoning, r.Output)
	if t.HaveClasses() {
		add(t.CacheRead, r.CacheRead)
		add(t.CacheWrite, r.CacheWrite)
		add(t.Reasoning, r.Reasoning)
	}
	return divideHalfUp(hi, lo, tokensPerMillion)
}
