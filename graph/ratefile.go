package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// rateFile is a rate card as a file: the fields of RateCardInput, and when it starts.
type rateFile struct {
	EffectiveFrom string `json:"effectiveFrom"`
	Note          string `json:"note,omitempty"`
	model.RateCardInput
}

// ReadRateFile reads a rate card as JSON: RateCardInput of the contract with effectiveFrom and note beside its fields. Nothing may be missing
// that the contract demands, and nothing be there that it does not know; the error says where.
func ReadRateFile(document []byte) (n tsdb.NewRateCard, err error) {
	if err := checkRateFile(document); err != nil {
		return n, err
	}
	var file rateFile
	if err := json.Unmarshal(document, &file); err != nil {
		return n, fmt.Errorf("the rate card cannot be read: %w", err)
	}
	card, wrong := cardIn(&file.RateCardInput)
	if wrong != "" {
		return n, errors.New(wrong + ": a rate or factor has at most 6 decimals")
	}
	n.Card, n.Note = card, file.Note
	if file.EffectiveFrom == "" {
		return n, errors.New("effectiveFrom is missing: from when the card is in force, such as 2030-01-01T00:00:00Z")
	}
	if n.Card.EffectiveFrom, err = billing.ParseInstant(file.EffectiveFrom); err != nil {
		return n, fmt.Errorf("effectiveFrom is %w", err)
	}
	return n, nil
}

// checkRateFile holds the document against the contract.
func checkRateFile(document []byte) error {
	tree := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	if err := decoder.Decode(&tree); err != nil {
		return fmt.Errorf("the rate card cannot be read: %w", err)
	}
	delete(tree, "effectiveFrom")
	delete(tree, "note")
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	doc, errs := gqlparser.LoadQueryWithRules(schema,
		"query($card: RateCardInput!) { rateLimit { __typename } previewRateCard(card: $card, range: {}) { __typename } }", nil)
	if len(errs) > 0 {
		return fmt.Errorf("check rate card: %w", errs)
	}
	if _, err := validator.VariableValues(schema, doc.Operations[0], map[string]any{"card": tree}); err != nil {
		return errors.New(strings.ReplaceAll(err.Error(), "variable.card.", ""))
	}
	return nil
}

// RateFile is a rate card as ReadRateFile reads it.
func RateFile(c *billing.RateCard) ([]byte, error) {
	m := billing.ModelCredits
	in := model.RateCardInput{Models: []model.ModelHardwareInput{}, Scripts: []model.ScriptProfileInput{}, Guardrails: []model.CPURateInput{}, Scanners: []model.ScannerProfileInput{},
		Inference: model.InferenceRateInput{InputRate: m.Decimal(c.InputRate), OutputRate: m.Decimal(c.OutputRate), CacheReadRate: creditsPtr(c.CacheReadRate),
			CacheWriteRate: creditsPtr(c.CacheWriteRate), ReasoningRate: creditsPtr(c.ReasoningRate)},
		FineTuning: fineTuningFile(&c.FineTuning)}
	for _, h := range c.Models {
		in.Models = append(in.Models, model.ModelHardwareInput{Name: h.Name, Gpu: h.GPU, GpuCount: int(h.GPUs), RatePerHour: m.Decimal(h.RatePerHour)})
	}
	for _, p := range c.Scripts {
		in.Scripts = append(in.Scripts, model.ScriptProfileInput{Name: p.Name, Vcpus: int(p.VCPUs), MemoryGb: int(p.MemoryGB), RatePerHour: m.Decimal(p.RatePerHour)})
	}
	for _, t := range c.CPUs {
		in.Guardrails = append(in.Guardrails, model.CPURateInput{CPU: t.Name, RatePerCPUHour: m.Decimal(t.RatePerHour)})
	}
	for _, g := range c.Guardrails {
		name := c.ScannerName(g.Kind)
		in.Scanners = append(in.Scanners, model.ScannerProfileInput{ScannerKey: string(g.Kind), Name: &name, CPUCount: int(g.CPUs)})
	}
	return json.Marshal(rateFile{EffectiveFrom: c.EffectiveFrom.UTC().Format(time.RFC3339), RateCardInput: in})
}

func fineTuningFile(r *billing.FineTuningRates) model.FineTuningRatesInput {
	out := model.FineTuningRatesInput{Sizes: []model.FineTuningSizeInput{}, Methods: []model.FineTuningMethodRateInput{}, Hardware: []model.FineTuningGpuRateInput{}}
	for _, s := range r.Classes {
		out.Sizes = append(out.Sizes, model.FineTuningSizeInput{FromBillions: s.From, ToBillions: s.To, ToIncluded: s.ToIncluded, Factor: credits(s.Rate), Methods: s.Methods})
	}
	for _, f := range r.Methods {
		out.Methods = append(out.Methods, model.FineTuningMethodRateInput{Method: f.Method, Factor: exact(f.Factor)})
	}
	for _, f := range r.Hardware {
		out.Hardware = append(out.Hardware, model.FineTuningGpuRateInput{Gpu: f.GPU, Factor: exact(f.Factor)})
	}
	return out
}

// exact is a decimal without trailing zeros.
func exact(d decimal.Decimal) decimal.Decimal { return decimal.RequireFromString(d.String()) }
