package billing

import (
	"fmt"
	"slices"
	"time"
)

// GuardrailKind names a scanner by its key on the rate card. Cards may have other scanners than version 1 (rules.md §7).
type GuardrailKind string

// The guardrail kinds of version 1. Regex and Deanonymize cost nothing, so they are never gated and never stopped (rules.md §5).
const (
	Anonymize       GuardrailKind = "ANONYMIZE"
	BanTopics       GuardrailKind = "BAN_TOPICS"
	PromptInjection GuardrailKind = "PROMPT_INJECTION"
	Toxicity        GuardrailKind = "TOXICITY"
	BiasDetection   GuardrailKind = "BIAS_DETECTION"
	Relevance       GuardrailKind = "RELEVANCE"
	Regex           GuardrailKind = "REGEX"
	Deanonymize     GuardrailKind = "DEANONYMIZE"
)

// ScriptProfile is hardware that custom scripts can run on. Rates are micro-credits per replica-hour.
type ScriptProfile struct {
	Name        string `json:"name"`
	VCPUs       int64  `json:"vcpus"`
	MemoryGB    int64  `json:"memoryGB"`
	RatePerHour Amount `json:"ratePerHour"`
}

// ModelHardware is hardware that models can run on. Rates are micro-credits per replica-hour.
type ModelHardware struct {
	Name        string `json:"name"`
	GPU         string `json:"gpu"`
	GPUs        int64  `json:"gpus"`
	RatePerHour Amount `json:"ratePerHour"`
}

// CPUType is a kind of processor that guardrails run on. Rates are micro-credits per CPU-hour.
type CPUType struct {
	Name        string `json:"name"`
	RatePerHour Amount `json:"ratePerHour"`
}

// GuardrailSize says how many CPUs a replica of a guardrail takes; 0 if it is free of charge.
type GuardrailSize struct {
	Kind GuardrailKind `json:"kind"`
	CPUs int64         `json:"cpus"`
	Name string        `json:"name,omitempty"` // for show; "": the page's name
}

// RateCard is one version of all prices. It is in force from EffectiveFrom until the next version is.
type RateCard struct {
	Version       int             `json:"version"`
	EffectiveFrom time.Time       `json:"effectiveFrom"`
	Scripts       []ScriptProfile `json:"scripts"`
	Models        []ModelHardware `json:"models"`
	CPUs          []CPUType       `json:"cpus"`
	Guardrails    []GuardrailSize `json:"guardrails"`
	InputRate     Amount          `json:"inputRate"`  // micro-credits per million tokens, for models without own rates
	OutputRate    Amount          `json:"outputRate"` // likewise
	// The classes of tokens; nil: the rate of their parent.
	CacheReadRate  *Amount         `json:"cacheReadRate,omitempty"`
	CacheWriteRate *Amount         `json:"cacheWriteRate,omitempty"`
	ReasoningRate  *Amount         `json:"reasoningRate,omitempty"`
	FineTuning     FineTuningRates `json:"fineTuning"`
}

// RateCardV1 returns version 1 of the prices (rules.md §7), which a new database gets. It has always been in force, so that history can be
// priced.
func RateCardV1() RateCard {
	return RateCard{
		Version:       1,
		EffectiveFrom: time.Unix(0, 0).UTC(),
		Scripts:       scriptProfilesV1(),
		Models:        modelHardwareV1(),
		CPUs: []CPUType{
			{"GENERAL_PURPOSE", MustCredits("0.072")},
			{"COMPUTE_OPTIMIZED", MustCredits("0.07698")},
		},
		Guardrails: []GuardrailSize{
			{Kind: Anonymize, CPUs: 4}, {Kind: BanTopics, CPUs: 4}, {Kind: PromptInjection, CPUs: 2}, {Kind: Toxicity, CPUs: 2},
			{Kind: BiasDetection, CPUs: 2}, {Kind: Relevance, CPUs: 2}, {Kind: Regex}, {Kind: Deanonymize},
		},
		InputRate:  MustCredits("0.50"),
		OutputRate: MustCredits("1.50"),
		FineTuning: fineTuningRatesV1(),
	}
}

func scriptProfilesV1() []ScriptProfile {
	return []ScriptProfile{
		{"1vcpu-2gb", 1, 2, MustCredits("0.07698")},
		{"2vcpu-4gb", 2, 4, MustCredits("0.15396")},
		{"4vcpu-8gb", 4, 8, MustCredits("0.30792")},
		{"2vcpu-8gb", 2, 8, MustCredits("0.144")},
		{"4vcpu-16gb", 4, 16, MustCredits("0.288")},
	}
}

func modelHardwareV1() []ModelHardware {
	return []ModelHardware{
		{"g4dn.xlarge", "T4", 1, MustCredits("0.789")},
		{"g6.xlarge", "L4", 1, MustCredits("1.2072")},
		{"g5.xlarge", "A10G", 1, MustCredits("1.509")},
		{"g5.2xlarge", "A10G", 1, MustCredits("1.818")},
		{"g6e.xlarge", "L40S", 1, MustCredits("2.7915")},
		{"a100.40gb", "A100", 1, MustCredits("4.116")},
		{"g4dn.12xlarge", "T4", 4, MustCredits("5.868")},
		{"g5.12xlarge", "A10G", 4, MustCredits("8.508")},
		{"g4dn.metal", "T4", 8, MustCredits("11.736")},
		{"g5.48xlarge", "A10G", 8, MustCredits("24.432")},
	}
}

// Script returns the script profile with a name.
func (c *RateCard) Script(name string) (ScriptProfile, bool) {
	i := slices.IndexFunc(c.Scripts, func(p ScriptProfile) bool { return p.Name == name })
	if i < 0 {
		return ScriptProfile{}, false
	}
	return c.Scripts[i], true
}

// Model returns the model hardware with a name.
func (c *RateCard) Model(name string) (ModelHardware, bool) {
	i := slices.IndexFunc(c.Models, func(h ModelHardware) bool { return h.Name == name })
	if i < 0 {
		return ModelHardware{}, false
	}
	return c.Models[i], true
}

// CPU returns the CPU type with a name.
func (c *RateCard) CPU(name string) (CPUType, bool) {
	i := slices.IndexFunc(c.CPUs, func(t CPUType) bool { return t.Name == name })
	if i < 0 {
		return CPUType{}, false
	}
	return c.CPUs[i], true
}

// GuardrailCPUs returns how many CPUs a replica of a guardrail takes; 0 for a free one. known is false for an unknown kind.
func (c *RateCard) GuardrailCPUs(kind GuardrailKind) (cpus int64, known bool) {
	for _, g := range c.Guardrails {
		if g.Kind == kind {
			return g.CPUs, true
		}
	}
	return 0, false
}

// GuardrailRate returns what one replica of a guardrail costs per hour on a CPU type. A free kind costs 0 on any CPU type, or without one.
// It returns false if the kind, or the CPU type that it needs, is not on the card.
func (c *RateCard) GuardrailRate(kind GuardrailKind, cpu string) (Amount, bool) {
	cpus, known := c.GuardrailCPUs(kind)
	// A free scanner takes no CPU, so it needs no CPU type either.
	if !known || cpus == 0 {
		return 0, known
	}
	t, known := c.CPU(cpu)
	return t.RatePerHour * Amount(cpus), known
}

// HostingRate returns what a replica costs per hour: for a model or script on a hardware profile, for a guardrail by its kind on a CPU
// type. It returns false if the card does not know it.
func (c *RateCard) HostingRate(category Category, hardware string, kind GuardrailKind, cpu string) (Amount, bool) {
	switch category {
	case Models:
		h, known := c.Model(hardware)
		return h.RatePerHour, known
	case Scripts:
		p, known := c.Script(hardware)
		return p.RatePerHour, known
	case Guardrails:
		return c.GuardrailRate(kind, cpu)
	}
	return 0, false
}

// TokenRates returns the card's rates of tokens.
func (c *RateCard) TokenRates() TokenRates {
	own := OwnTokenRates{Input: &c.InputRate, Output: &c.OutputRate, CacheRead: c.CacheReadRate, CacheWrite: c.CacheWriteRate, Reasoning: c.ReasoningRate}
	return own.Over(TokenRates{})
}

// RateCards holds the versions of the rate card, oldest first.
type RateCards []RateCard

// At returns the version in force at t. Before the first version starts, that is the first version. The list must not be empty.
func (cs RateCards) At(t time.Time) *RateCard {
	i, found := slices.BinarySearchFunc(cs, t, func(c RateCard, t time.Time) int { return c.EffectiveFrom.Compare(t) })
	if !found {
		i = max(i-1, 0)
	}
	return &cs[i]
}

// Add returns the list with one more version. The version must have a higher number than the last (numbers of withdrawn ones are not
// reused), take effect after it and not in the past of now (rules.md §6), and have valid prices; otherwise the error says what is wrong.
func (cs RateCards) Add(c RateCard, now time.Time) (RateCards, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if len(cs) > 0 {
		if err := c.follows(&cs[len(cs)-1], now); err != nil {
			return nil, err
		}
	}
	return append(slices.Clone(cs), c), nil
}

// follows returns why a card cannot come after the last one: prices of the past never change.
func (c *RateCard) follows(last *RateCard, now time.Time) error {
	switch {
	case c.Version <= last.Version:
		return fmt.Errorf("rate card version %d cannot follow version %d", c.Version, last.Version)
	case !c.EffectiveFrom.After(last.EffectiveFrom):
		return fmt.Errorf("rate card version %d must take effect after version %d", c.Version, last.Version)
	case c.EffectiveFrom.Before(now):
		return fmt.Errorf("rate card version %d would start in the past", c.Version)
	}
	return nil
}

// ScannerName returns a scanner's name for show: the card's, or else the page's, or else its key.
func (c *RateCard) ScannerName(kind GuardrailKind) string {
	for _, g := range c.Guardrails {
		if g.Kind == kind && g.Name != "" {
			return g.Name
		}
	}
	return kind.pageName()
}

// pageName returns a scanner's name on the page, or its key if the page does not have it.
func (k GuardrailKind) pageName() string {
	switch k {
	case Anonymize:
		return "Anonymize"
	case BanTopics:
		return "Ban topics"
	case PromptInjection:
		return "Prompt injection"
	case Toxicity:
		return "Toxicity"
	case BiasDetection:
		return "Bias detection"
	case Relevance:
		return "Relevance"
	case Regex:
		return "Regex"
	case Deanonymize:
		return "Deanonymize"
	}
	return string(k)
}
