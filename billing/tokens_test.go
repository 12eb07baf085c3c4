package billing

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// drawTokens draws tokens whose classes fit, small and huge.
func drawTokens(t *rapid.T) (k Tokens) {
	most := rapid.SampledFrom([]int64{9, 3_000, 1e12, math.MaxInt64}).Draw(t, "most")
	k.Input, k.Output = rapid.Int64Range(0, most).Draw(t, "input"), rapid.Int64Range(0, most).Draw(t, "output")
	if rapid.Bool().Draw(t, "classes") {
		k.CacheRead = rapid.Int64Range(0, k.Input).Draw(t, "cache read")
		k.CacheWrite = rapid.Int64Range(0, k.Input-k.CacheRead).Draw(t, "cache write")
		k.Reasoning = rapid.Int64Range(0, k.Output).Draw(t, "reasoning")
	}
	return k
}

func drawOwnTokenRates(t *rapid.T, name string) OwnTokenRates {
	rate := func(of string) *Amount {
		if rapid.Bool().Draw(t, name+" has "+of) {
			return nil
		}
		r := Amount(rapid.Int64Range(0, 1e12).Draw(t, name+" "+of))
		return &r
	}
	return OwnTokenRates{rate("input"), rate("output"), rate("cache read"), rate("cache write"), rate("reasoning")}
}

// naiveRate looks for the rate of a class through the levels, the most specific first: a level's own, or else its parent's.
func naiveRate(class, parent func(OwnTokenRates) *Amount, levels ...OwnTokenRates) Amount {
	for _, l := range levels {
		if r := class(l); r != nil {
			return *r
		}
		if r := parent(l); r != nil {
			return *r
		}
	}
	return 0
}

func TestTokenRatesAgainstModel(t *testing.T) {
	t.Parallel()
	input := func(o OwnTokenRates) *Amount { return o.Input }
	output := func(o OwnTokenRates) *Amount { return o.Output }
	rapid.Check(t, func(t *rapid.T) {
		card, account, model := drawOwnTokenRates(t, "card"), drawOwnTokenRates(t, "account"), drawOwnTokenRates(t, "model")
		k := drawTokens(t)
		levels := []OwnTokenRates{model, account, card}
		sum := new(big.Int)
		for _, part := range []struct {
			tokens        int64
			class, parent func(OwnTokenRates) *Amount
		}{
			{k.CacheRead, func(o OwnTokenRates) *Amount { return o.CacheRead }, input},
			{k.CacheWrite, func(o OwnTokenRates) *Amount { return o.CacheWrite }, input},
			{k.Input - k.CacheRead - k.CacheWrite, input, input},
			{k.Reasoning, func(o OwnTokenRates) *Amount { return o.Reasoning }, output},
			{k.Output - k.Reasoning, output, output},
		} {
			sum.Add(sum, product(part.tokens, int64(naiveRate(part.class, part.parent, levels...))))
		}
		want := roundHalfUp(sum, 1_000_000)
		got, ok := model.Over(account.Over(card.Over(TokenRates{}))).Charge(k)
		if ok != want.IsInt64() || ok && int64(got) != want.Int64() {
			t.Fatalf("%+v: %d %v, want %s", k, got, ok, want)
		}
	})
}

// If nobody sets a rate for a class, an event costs what it cost before there were classes, whatever classes it reports.
func TestClassesWithoutRatesChangeNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k, in, out := drawTokens(t), Amount(rapid.Int64Range(0, 1e12).Draw(t, "in")), Amount(rapid.Int64Range(0, 1e12).Draw(t, "out"))
		want := roundHalfUp(new(big.Int).Add(product(k.Input, int64(in)), product(k.Output, int64(out))), 1_000_000)
		got, ok := OwnTokenRates{Input: &in, Output: &out}.Over(TokenRates{7, 7, 7, 7, 7}).Charge(k)
		if ok != want.IsInt64() || ok && int64(got) != want.Int64() {
			t.Fatalf("%+v: %d %v, want %s", k, got, ok, want)
		}
	})
}

func TestTokensFit(t *testing.T) {
	t.Parallel()
	for k, want := range map[Tokens]bool{
		{}:                                       true,
		{Input: 10, CacheRead: 10}:               true,
		{Input: 10, CacheRead: 4, CacheWrite: 6}: true,
		{Input: 10, CacheRead: 5, CacheWrite: 6}: false,
		{CacheWrite: 1}:                          false,
		{CacheRead: -1}:                          false,
		{CacheWrite: -1}:                         false,
		{Reasoning: -1}:                          false,
		{Output: 3, Reasoning: 3}:                true,
		{Output: 3, Reasoning: 4}:                false,
		{Input: math.MaxInt64, CacheRead: math.MaxInt64, CacheWrite: math.MaxInt64}: false,
	} {
		if got := k.Fit(); got != want {
			t.Errorf("%+v: %v", k, got)
		}
		if _, ok := (TokenRates{}).Charge(k); ok != want {
			t.Errorf("%+v: charged: %v", k, ok)
		}
	}
}
