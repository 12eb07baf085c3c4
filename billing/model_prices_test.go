package billing

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// modelPrices holds prices as a list of sayings: which level says what from when. The engine keeps cards and own rates instead.
type modelPrices struct {
	engine  Prices
	sayings []modelSaying
}

// modelSaying gives the rates of a level (0 the card, 1 the account, 2 the model) from an instant on, by name. It replaces the level's
// earlier sayings.
type modelSaying struct {
	level int
	from  Second
	rates map[string]int64
}

// find returns the rate with a name at an instant, or else the rate of its parent, from the most specific level that says either.
func (m *modelPrices) find(at Second, name, parent string) int64 {
	for level := 2; level >= 0; level-- {
		var said *modelSaying
		for i := range m.sayings {
			if s := &m.sayings[i]; s.level == level && s.from <= at && (said == nil || s.from >= said.from) {
				said = s
			}
		}
		if said == nil {
			continue
		}
		if rate, ok := said.rates[name]; ok {
			return rate
		}
		if rate, ok := said.rates[parent]; ok {
			return rate
		}
	}
	return 0
}

// use returns what an event costs: every class at its rate, rounded half-up once.
func (m *modelPrices) use(at Second, k Tokens) int64 {
	sum := new(big.Int)
	for _, c := range []struct {
		tokens       int64
		name, parent string
	}{
		{k.Input - k.CacheRead - k.CacheWrite, "in", "in"}, {k.CacheRead, "read", "in"}, {k.CacheWrite, "write", "in"},
		{k.Output - k.Reasoning, "out", "out"}, {k.Reasoning, "think", "out"},
	} {
		sum.Add(sum, product(c.tokens, m.find(at, c.name, c.parent)))
	}
	return roundHalfUp(sum, 1_000_000).Int64()
}

// host returns what a replica costs per hour; for a guardrail, a multiple of what a CPU costs.
func (m *modelPrices) host(at Second, c Category) int64 {
	if c == Guardrails {
		return m.find(at, "host GUARDRAILS", "") * m.find(at, "cpus", "")
	}
	return m.find(at, "host "+string(c), "")
}

// drawPrices draws a first card and changes at every level, around the time of the scenario.
func drawPrices(t *rapid.T, from Second) *modelPrices {
	m := &modelPrices{}
	m.engine.Cards = RateCards{m.drawCard(t, 1, 0)}
	at := from - 400
	for i := range rapid.IntRange(0, 4).Draw(t, "price changes") {
		at += Second(rapid.IntRange(1, 1200).Draw(t, "price after"))
		switch rapid.IntRange(0, 2).Draw(t, "level") {
		case 0:
			cards, err := m.engine.Cards.Add(m.drawCard(t, i+2, at), at.Time())
			if err != nil {
				t.Fatal(err)
			}
			m.engine.Cards = cards
		case 1:
			m.engine.Account = append(m.engine.Account, m.drawOwn(t, 1, at))
		case 2:
			m.engine.Model = append(m.engine.Model, m.drawOwn(t, 2, at))
		}
	}
	return m
}

// drawCard draws a card and its saying.
func (m *modelPrices) drawCard(t *rapid.T, version int, from Second) RateCard {
	c := RateCardV1()
	c.Version, c.EffectiveFrom = version, from.Time()
	says := map[string]int64{}
	own := drawSaid(t, says, true)
	c.InputRate, c.OutputRate, c.CacheReadRate, c.CacheWriteRate, c.ReasoningRate = *own.Input, *own.Output, own.CacheRead, own.CacheWrite, own.Reasoning
	rate := func(name string) Amount {
		says[name] = rapid.Int64Range(0, 6_000_000).Draw(t, name)
		return Amount(says[name])
	}
	cpus := rapid.Int64Range(1, 4).Draw(t, "cpus")
	says["cpus"] = cpus
	c.Models = []ModelHardware{{Name: "host", RatePerHour: rate("host MODELS")}}
	c.Scripts = []ScriptProfile{{Name: "script", RatePerHour: rate("host SCRIPTS")}}
	c.CPUs = []CPUType{{"cpu", rate("host GUARDRAILS")}}
	c.Guardrails = []GuardrailSize{{Kind: "NEVER_HEARD_OF", CPUs: cpus}}
	m.sayings = append(m.sayings, modelSaying{0, from, says})
	return c
}

// drawSaid draws rates of tokens. If whole, the parents are always included.
func drawSaid(t *rapid.T, says map[string]int64, whole bool) (own OwnTokenRates) {
	for _, r := range []struct {
		name string
		into **Amount
		must bool
	}{{"in", &own.Input, whole}, {"out", &own.Output, whole}, {"read", &own.CacheRead, false}, {"write", &own.CacheWrite, false}, {"think", &own.Reasoning, false}} {
		if r.must || rapid.Bool().Draw(t, "has "+r.name) {
			rate := Amount(rapid.Int64Range(0, 2_000_000).Draw(t, r.name))
			says[r.name], *r.into = int64(rate), &rate
		}
	}
	return own
}

func (m *modelPrices) drawOwn(t *rapid.T, level int, from Second) OwnRates {
	says := map[string]int64{}
	own := OwnRates{From: from.Time(), Tokens: drawSaid(t, says, false)}
	for _, c := range []Category{Models, Scripts, Guardrails} {
		if rapid.Bool().Draw(t, "own "+string(c)) {
			rate := rapid.Int64Range(0, 6_000_000).Draw(t, "rate")
			says["host "+string(c)] = rate
			own.Hosting = append(own.Hosting, HostingRate{c, profileOf(c), Amount(rate)})
		}
	}
	if err := own.Validate(""); err != nil {
		t.Fatal(err)
	}
	m.sayings = append(m.sayings, modelSaying{level, from, says})
	return own
}

func profileOf(c Category) string {
	return map[Category]string{Models: "host", Scripts: "script", Guardrails: "cpu"}[c]
}

// drawAct draws use of a model, perhaps some time ago, or the start of hosting, at the rates in force then.
func (m *modelPrices) drawAct(t *rapid.T, kind string, id int64, at Second, ids *[]int64) act {
	a := act{at: at, name: kind}
	if kind == "host" {
		c := rapid.SampledFrom([]Category{Models, Guardrails, Scripts}).Draw(t, "hosted")
		rate, known := m.engine.Hosting(at.Time(), c, profileOf(c), "NEVER_HEARD_OF", "cpu")
		if want := m.host(at, c); !known || int64(rate) != want {
			t.Fatalf("%s costs %d an hour, want %d", c, rate, want)
		}
		*ids = append(*ids, id)
		a.both = func(p *pair) {
			p.begin(modelSegment{id: id, resource: id % 4, category: c, rate: m.host(at, c), replicas: 1, start: p.model.now})
		}
		return a
	}
	k := Tokens{Input: rapid.Int64Range(0, 900_000).Draw(t, "input"), Output: rapid.Int64Range(0, 300_000).Draw(t, "output")}
	k.CacheRead = rapid.Int64Range(0, k.Input).Draw(t, "cache read")
	k.CacheWrite = rapid.Int64Range(0, k.Input-k.CacheRead).Draw(t, "cache write")
	k.Reasoning = rapid.Int64Range(0, k.Output).Draw(t, "reasoning")
	when := at - Second(rapid.SampledFrom([]int{0, 0, 1, 600}).Draw(t, "late by"))
	rates := m.engine.Tokens(when.Time())
	amount, ok := rates.Charge(k)
	if want := m.use(when, k); !ok || int64(amount) != want {
		t.Fatalf("%+v costs %d, want %d", k, amount, want)
	}
	a.deferred, a.need = rapid.Bool().Draw(t, "defer"), amount
	a.both = func(p *pair) {
		if amount > 0 {
			p.ChargeEvents(Models, []Line{{1, amount}}, id)
		}
		p.model.charge(CauseEvents, id, Models, m.use(when, k))
	}
	return a
}

// The rates that a model was registered with count until it has others, before the account's and the card's.
func TestRegisteredRates(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	rate := func(text string) *Amount {
		r := MustCredits(text)
		return &r
	}
	p := Prices{Cards: RateCards{RateCardV1()}, Registered: OwnTokenRates{Output: rate("7")},
		Account: OwnRateList{{From: day, Tokens: OwnTokenRates{Input: rate("2"), Output: rate("3")}}, {From: day.Add(2 * time.Hour)}},
		Model:   OwnRateList{{From: day.Add(time.Hour), Tokens: OwnTokenRates{CacheRead: rate("0.1")}}}}
	for after, want := range map[time.Duration][3]string{
		-time.Second: {"0.5", "7", "0.5"}, 0: {"2", "7", "2"}, time.Hour: {"2", "3", "0.1"}, 2 * time.Hour: {"0.5", "1.5", "0.1"},
	} {
		r := p.Tokens(day.Add(after))
		if got := [3]Amount{r.Input, r.Output, r.CacheRead}; got != [3]Amount{MustCredits(want[0]), MustCredits(want[1]), MustCredits(want[2])} {
			t.Errorf("after %v: %+v", after, r)
		}
	}
	if _, known := p.Hosting(day, Models, "t2.nano", "", ""); known {
		t.Error("a profile that is not on the card has a rate")
	}
}

func TestOwnRatesRefuses(t *testing.T) {
	t.Parallel()
	negative := Amount(-1)
	for name, o := range map[string]OwnRates{
		"rate":        {Tokens: OwnTokenRates{CacheWrite: &negative}},
		"hosting":     {Hosting: []HostingRate{{Models, "a", -1}}},
		"huge":        {Hosting: []HostingRate{{Models, "a", maxRate + 1}}},
		"tools":       {Hosting: []HostingRate{{Tools, "a", 1}}},
		"of a model":  {Hosting: []HostingRate{{Scripts, "a", 1}}},
		"no name":     {Hosting: []HostingRate{{Models, "", 1}}},
		"twice":       {Hosting: []HostingRate{{Models, "a", 1}, {Models, "a", 2}}},
		"blank":       {Hosting: []HostingRate{{Models, "a b", 1}}},
		"of too many": {Hosting: make([]HostingRate, maxOwnRates+1)},
	} {
		if o.Validate(Models) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Applying the differences of a card to another makes the other, so every figure is included.
func TestChanges(t *testing.T) {
	t.Parallel()
	a, b := RateCardV1(), RateCardV1()
	if got := a.Changes(&b); len(got) != 0 {
		t.Errorf("none: %v", got)
	}
	cache := MustCredits("0.05")
	b.CacheReadRate, b.OutputRate = &cache, MustCredits("1.4")
	b.Models = append(b.Models[1:], ModelHardware{"h100", "H100", 8, MustCredits("40")})
	b.Guardrails[0].CPUs = 2
	b.FineTuning.Hardware[0].Factor = b.FineTuning.Hardware[0].Factor.Add(b.FineTuning.Hardware[1].Factor)
	want := []RateChange{
		{"models", "g4dn.xlarge", "gpu", "T4", ""}, {"models", "g4dn.xlarge", "gpuCount", "1", ""}, {"models", "g4dn.xlarge", "ratePerHour", "0.789", ""},
		{"scanners", "ANONYMIZE", "cpuCount", "4", "2"}, {"inference", "", "outputRate", "1.5", "1.4"}, {"fineTuning", "T4", "factor", "0.8", "1.7"},
		{"models", "h100", "gpu", "", "H100"}, {"models", "h100", "gpuCount", "", "8"}, {"models", "h100", "ratePerHour", "", "40"},
		{"inference", "", "cacheReadRate", "", "0.05"},
	}
	got := a.Changes(&b)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%d: %v, want %v", i, got, want)
		}
	}
}
