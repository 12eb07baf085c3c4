package billing

import (
	"fmt"
	"slices"
	"time"
)

// OwnRates are an account's or a model's own rates from an instant on. They replace all of its earlier own rates: what they do not name has
// no own rate.
type OwnRates struct {
	From    time.Time     `json:"from"`
	Tokens  OwnTokenRates `json:"tokens"`
	Hosting []HostingRate `json:"hosting,omitempty"`
}

// HostingRate is what a replica costs per hour on a profile of the rate card, in micro-credits: for a model or script on its hardware; for
// a guardrail per CPU on a kind of CPU.
type HostingRate struct {
	Category Category `json:"category"`
	Name     string   `json:"name"`
	Rate     Amount   `json:"rate"`
}

// maxOwnRates bounds the hosting rates of one OwnRates.
const maxOwnRates = 100

// Validate returns what is wrong: rates outside 0 to a million credits, a profile that is named twice or not at all, a category without
// hosting. of is the only category allowed; "" allows every one.
func (o *OwnRates) Validate(of Category) error {
	if err := o.Tokens.validate(); err != nil {
		return err
	}
	if len(o.Hosting) > maxOwnRates {
		return fmt.Errorf("hosting has more than %d rates", maxOwnRates)
	}
	for i, h := range o.Hosting {
		same := func(g HostingRate) bool { return g.Category == h.Category && g.Name == h.Name }
		switch {
		case h.Category != Models && h.Category != Scripts && h.Category != Guardrails, of != "" && h.Category != of:
			return fmt.Errorf("hosting of %s has no rates here", h.Category)
		case h.Name == "" || !isName(h.Name) || slices.ContainsFunc(o.Hosting[:i], same):
			return fmt.Errorf("hosting: %q is missing, malformed or listed twice", h.Name)
		case h.Rate < 0 || h.Rate > maxRate:
			return fmt.Errorf("hosting: %s: rate out of range", h.Name)
		}
	}
	return nil
}

// hosting finds the rate of a profile.
func (o *OwnRates) hosting(category Category, name string) (Amount, bool) {
	if o != nil {
		for _, h := range o.Hosting {
			if h.Category == category && h.Name == name {
				return h.Rate, true
			}
		}
	}
	return 0, false
}

// Unheard returns the first name of hosting that no version of the rate card has, past or future; "" if there is none. Its rate would never
// apply.
func (o *OwnRates) Unheard(cards RateCards) string {
	for _, h := range o.Hosting {
		if !slices.ContainsFunc(cards, func(c RateCard) bool { return c.hosts(h.Category, h.Name) }) {
			return h.Name
		}
	}
	return ""
}

// hosts reports whether the card has a profile of a category, or a kind of CPU for guardrails.
func (c *RateCard) hosts(category Category, name string) bool {
	switch category {
	case Models:
		return slices.ContainsFunc(c.Models, func(h ModelHardware) bool { return h.Name == name })
	case Scripts:
		return slices.ContainsFunc(c.Scripts, func(p ScriptProfile) bool { return p.Name == name })
	}
	return slices.ContainsFunc(c.CPUs, func(t CPUType) bool { return t.Name == name })
}

// OwnRateList holds all own rates that an account or a model has had, oldest first.
type OwnRateList []OwnRates

// At returns the own rates in force at t; nil before the first.
func (l OwnRateList) At(t time.Time) *OwnRates {
	// Backwards, because it is nearly always the last one.
	for i := len(l) - 1; i >= 0; i-- {
		if !l[i].From.After(t) {
			return &l[i]
		}
	}
	return nil
}

// Prices holds everything that decides what an account's use costs: the rate card, then the account's own rates, then the model's. The more
// specific one wins. The rates that a model was registered with count until it has others.
type Prices struct {
	Cards      RateCards
	Account    OwnRateList
	Model      OwnRateList
	Registered OwnTokenRates
}

// Tokens returns the rates of tokens in force at an instant.
func (p *Prices) Tokens(t time.Time) TokenRates {
	rates, model := p.Cards.At(t).TokenRates(), p.Registered
	if own := p.Account.At(t); own != nil {
		rates = own.Tokens.Over(rates)
	}
	// As a whole: the rates that a model was registered with no longer count once it has own rates.
	if own := p.Model.At(t); own != nil {
		model = own.Tokens
	}
	return model.Over(rates)
}

// Hosting returns what a replica costs per hour at an instant, like RateCard.HostingRate. Own rates apply only to what the card knows.
func (p *Prices) Hosting(t time.Time, category Category, hardware string, kind GuardrailKind, cpu string) (Amount, bool) {
	card := p.Cards.At(t)
	rate, known := card.HostingRate(category, hardware, kind, cpu)
	if !known {
		return 0, false
	}
	each := Amount(1)
	if category == Guardrails {
		cpus, _ := card.GuardrailCPUs(kind)
		// Own rates of guardrails are per CPU, as on the card; the scanner determines the number of CPUs.
		hardware, each = cpu, Amount(cpus)
	}
	// The model's before the account's: the more specific one wins.
	for _, own := range []*OwnRates{p.Model.At(t), p.Account.At(t)} {
		if rate, has := own.hosting(category, hardware); has {
			return rate * each, true
		}
	}
	return rate, true
}
