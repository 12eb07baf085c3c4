package billing

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

func TestRateCardV1(t *testing.T) {
	t.Parallel()
	card := RateCardV1()
	if err := card.Validate(); err != nil {
		t.Fatal(err)
	}
	if len(card.Scripts) != 5 || len(card.Models) != 10 || len(card.CPUs) != 2 || len(card.Guardrails) != 8 {
		t.Errorf("%d scripts, %d models, %d CPUs, %d guardrails", len(card.Scripts), len(card.Models), len(card.CPUs), len(card.Guardrails))
	}
	if p, ok := card.Script("4vcpu-16gb"); !ok || p.RatePerHour != 288_000 || p.VCPUs != 4 || p.MemoryGB != 16 {
		t.Errorf("%+v", p)
	}
	if h, ok := card.Model("g5.48xlarge"); !ok || h.RatePerHour != 24_432_000 || h.GPU != "A10G" || h.GPUs != 8 {
		t.Errorf("%+v", h)
	}
	if _, ok := card.Script("g5.48xlarge"); ok {
		t.Error("a model's hardware is no script profile")
	}
	if _, ok := card.Model("1vcpu-2gb"); ok {
		t.Error("a script profile is no model's hardware")
	}
}

func TestGuardrailRate(t *testing.T) {
	t.Parallel()
	card := RateCardV1()
	for _, c := range []struct {
		kind GuardrailKind
		cpu  string
		want string
		ok   bool
	}{
		{Anonymize, "GENERAL_PURPOSE", "0.288", true},
		{BanTopics, "COMPUTE_OPTIMIZED", "0.30792", true},
		{Toxicity, "GENERAL_PURPOSE", "0.144", true},
		{Relevance, "COMPUTE_OPTIMIZED", "0.15396", true},
		{Regex, "", "0", true},
		{Deanonymize, "GENERAL_PURPOSE", "0", true},
		{Toxicity, "", "0", false},
		{"UNHEARD_OF", "GENERAL_PURPOSE", "0", false},
	} {
		if got, ok := card.GuardrailRate(c.kind, c.cpu); ok != c.ok || ok && got != MustCredits(c.want) {
			t.Errorf("%s on %q: %d %v, want %s %v", c.kind, c.cpu, got, ok, c.want, c.ok)
		}
	}
}

func TestRateCardsAt(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	second, third := RateCardV1(), RateCardV1()
	second.Version, second.EffectiveFrom = 2, day
	third.Version, third.EffectiveFrom = 3, day.AddDate(0, 1, 0)
	cards, err := RateCards{RateCardV1()}.Add(second, day)
	if err == nil {
		cards, err = cards.Add(third, day)
	}
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Time]int{
		{}: 1, day.Add(-1): 1, day: 2, day.Add(time.Hour): 2, third.EffectiveFrom: 3, day.AddDate(9, 0, 0): 3,
	} {
		if got := cards.At(at).Version; got != want {
			t.Errorf("%s: version %d, want %d", at, got, want)
		}
	}
}

func TestRateCardsAddRefuses(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for name, change := range map[string]func(*RateCard){
		"in the past":     func(c *RateCard) { c.EffectiveFrom = now.Add(-time.Second) },
		"before the last": func(c *RateCard) { c.EffectiveFrom = time.Unix(0, 0) },
		"version again":   func(c *RateCard) { c.Version = 1 },
		"blank in a name": func(c *RateCard) { c.Models[0].Name = "g4 dn" },
		"long name":       func(c *RateCard) { c.Models[0].Name = strings.Repeat("x", 65) },
		"scanner's name":  func(c *RateCard) { c.Guardrails[0].Name = "a\x00" },
		"no scanner":      func(c *RateCard) { c.Guardrails[0].Kind = "" },
		"class":           func(c *RateCard) { r := Amount(-1); c.ReasoningRate = &r },
		"too many lines":  func(c *RateCard) { c.Models = make([]ModelHardware, 501) },
		"size":            func(c *RateCard) { c.Scripts[0].MemoryGB = -1 },
		"unknown method":  func(c *RateCard) { c.FineTuning.Methods[0].Method = "MAGIC" },
		"method of none":  func(c *RateCard) { c.FineTuning.Classes[0].Methods = nil },
		"method twice":    func(c *RateCard) { c.FineTuning.Methods[1].Method = c.FineTuning.Methods[0].Method },
		"GPU twice":       func(c *RateCard) { c.FineTuning.Hardware[1].GPU = c.FineTuning.Hardware[0].GPU },
		"no GPU":          func(c *RateCard) { c.FineTuning.Hardware[1].GPU = "" },
		"fine factor":     func(c *RateCard) { c.FineTuning.Methods[0].Factor = decimal.New(1, -7) },
		"negative rate":   func(c *RateCard) { c.Models[0].RatePerHour = -1 },
		"huge rate":       func(c *RateCard) { c.Scripts[0].RatePerHour = 1 << 60 },
		"doubled name":    func(c *RateCard) { c.Scripts[0].Name = c.Scripts[1].Name },
		"no name":         func(c *RateCard) { c.CPUs[0].Name = "" },
		"inference rate":  func(c *RateCard) { c.InputRate = -1 },
		"doubled kind":    func(c *RateCard) { c.Guardrails[0].Kind = c.Guardrails[1].Kind },
		"too many CPUs":   func(c *RateCard) { c.Guardrails[0].CPUs = 1 << 40 },
		"class gap":       func(c *RateCard) { c.FineTuning.Classes = c.FineTuning.Classes[1:] },
		"class rate":      func(c *RateCard) { c.FineTuning.Classes[0].Rate = -1 },
		"huge class rate": func(c *RateCard) { c.FineTuning.Classes[0].Rate = maxRate + 1 },
		"no factor":       func(c *RateCard) { c.FineTuning.Methods[0].Factor = decimal.Zero },
		"huge factor":     func(c *RateCard) { c.FineTuning.Methods[0].Factor = decimal.RequireFromString("1000.5") },
		"huge GPU factor": func(c *RateCard) { c.FineTuning.Hardware[0].Factor = decimal.RequireFromString("1000.5") },
		"method factor":   func(c *RateCard) { c.FineTuning.Methods[0].Factor = c.FineTuning.Methods[0].Factor.Neg() },
		"GPU factor":      func(c *RateCard) { c.FineTuning.Hardware[0].Factor = c.FineTuning.Hardware[0].Factor.Shift(9) },
	} {
		card := RateCardV1()
		card.Version, card.EffectiveFrom = 2, now
		change(&card)
		if _, err := (RateCards{RateCardV1()}).Add(card, now); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// What lies just within the bounds of fine-tuning is a valid price: a class may cost nothing, and a factor may be a thousand.
func TestRateCardsAddTakesTheEndsOfTheRange(t *testing.T) {
	t.Parallel()
	card, now := RateCardV1(), time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	card.Version, card.EffectiveFrom = 2, now
	card.FineTuning.Classes[0].Rate, card.FineTuning.Classes[1].Rate = 0, maxRate
	card.FineTuning.Methods[0].Factor, card.FineTuning.Hardware[0].Factor = decimal.NewFromInt(1000), decimal.NewFromInt(1000)
	if _, err := (RateCards{RateCardV1()}).Add(card, now); err != nil {
		t.Error(err)
	}
}

func TestRateCardSurvivesJSON(t *testing.T) {
	t.Parallel()
	before := RateCardV1()
	text, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	var after RateCard
	if err := json.Unmarshal(text, &after); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(after)
	if err != nil || string(again) != string(text) {
		t.Errorf("%v\n%s\n%s", err, text, again)
	}
	if !reflect.DeepEqual(after.Models, before.Models) || !after.EffectiveFrom.Equal(before.EffectiveFrom) {
		t.Error("the card changed on its way through JSON")
	}
}
