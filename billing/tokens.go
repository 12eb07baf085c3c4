package billing

import "math/bits"

// Tokens are those of one event, by class. The classes are parts of input and output, not beside them, as OpenTelemetry's
// GenAI conventions count them (rules.md §7).
type Tokens struct {
	Input, Output int64
	CacheRead     int64 // of the input: read from the provider's cache
	CacheWrite    int64 // of the input: written to it
	Reasoning     int64 // of the output
}

// Fit reports whether no class is negative or more than what it is a part of.
func (t Tokens) Fit() bool {
	if t.CacheRead < 0 || t.CacheWrite < 0 || t.Reasoning < 0 || t.Reasoning > t.Output {
		return false
	}
	return t.CacheRead <= t.Input && t.CacheWrite <= t.Input-t.CacheRead
}

// Plus is the sum of both, class by class.
func (t Tokens) Plus(u Tokens) Tokens {
	return Tokens{t.Input + u.Input, t.Output + u.Output, t.CacheRead + u.CacheRead, t.CacheWrite + u.CacheWrite, t.Reasoning + u.Reasoning}
}

// Minus is the difference of both, class by class; it may be below 0, when tokens are given back.
func (t Tokens) Minus(u Tokens) Tokens {
	return Tokens{t.Input - u.Input, t.Output - u.Output, t.CacheRead - u.CacheRead, t.CacheWrite - u.CacheWrite, t.Reasoning - u.Reasoning}
}

// HaveClasses reports whether any class is used.
func (t Tokens) HaveClasses() bool { return t.CacheRead|t.CacheWrite|t.Reasoning != 0 }

// TokenRates say what tokens cost, in micro-credits per million, with a rate for each class.
type TokenRates struct {
	Input, Output, CacheRead, CacheWrite, Reasoning Amount
}

// OwnTokenRates are the token rates that somebody has of their own: a rate card's classes, an account's, a model's. Nil is no rate
// of one's own.
type OwnTokenRates struct {
	Input      *Amount `json:"input,omitempty"`
	Output     *Amount `json:"output,omitempty"`
	CacheRead  *Amount `json:"cacheRead,omitempty"`
	CacheWrite *Amount `json:"cacheWrite,omitempty"`
	Reasoning  *Amount `json:"reasoning,omitempty"`
}

// Over is these rates where they are named, and otherwise those of r. A class follows its parent: whoever names a rate of input, and
// none of its classes, gets that rate for all of the input.
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

// Named are the rates that are named, by the names of their fields.
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

// Charge is what one event costs, in micro-credits: rounded half-up once, over the sum of all classes (rules.md §7). It returns false
// where a number is negative, a class is more than its parent, or the charge does not fit into an Amount.
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
