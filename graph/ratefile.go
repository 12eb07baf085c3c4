package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/graph/scalar"
	"github.com/usagegraph/usagegraph/tsdb"
)

// rateFile is a rate card in a file: the fields of RateCardInput, and the instant from which it is in force.
type rateFile struct {
	EffectiveFrom string `json:"effectiveFrom"`
	Note          string `json:"note,omitempty"`
	model.RateCardInput
}

// ReadRateFile reads a rate card from JSON: the fields of the contract's RateCardInput, with effectiveFrom and note beside them. No field
// that the contract requires may be missing and no unknown one may be present; the error says where the fault is.
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

// checkRateFile checks the document against the contract before json.Unmarshal reads it, because Unmarshal ignores the case of names, takes
// "1e3" as an amount, and does not notice missing fields.
func checkRateFile(document []byte) error {
	tree := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	if err := decoder.Decode(&tree); err != nil {
		return fmt.Errorf("the rate card cannot be read: %w", err)
	}
	for _, beside := range []string{"effectiveFrom", "note"} {
		if text, isText := tree[beside].(string); tree[beside] != nil && !isText || !scalar.IsText(text) {
			return fmt.Errorf("%s must be a text", beside)
		}
		delete(tree, beside)
	}
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	return fileCheck{schema}.value(ast.NonNullNamedType("RateCardInput", nil), tree, "")
}

// fileCheck checks values of a file against input types of the contract. It accepts what the API accepts, with two differences: amounts may
// be numbers, which are read digit by digit and never as floats, and a list must be written as a list.
type fileCheck struct{ schema *ast.Schema }

// value checks the value at a place, which errors name.
func (c fileCheck) value(t *ast.Type, v any, place string) error {
	switch {
	case v == nil && t.NonNull:
		return fmt.Errorf("%s is null, and must not be", place)
	case v == nil:
		return nil
	case t.Elem == nil:
		return c.named(c.schema.Types[t.NamedType], v, place)
	}
	list, ok := v.([]any)
	if !ok {
		return fmt.Errorf("%s must be a list", place)
	}
	for i := range list {
		if err := c.value(t.Elem, list[i], fmt.Sprintf("%s[%d]", place, i)); err != nil {
			return err
		}
	}
	return nil
}

func (c fileCheck) named(def *ast.Definition, v any, place string) error {
	switch {
	case def.Kind == ast.InputObject:
		return c.object(def, v, place)
	case def.Kind == ast.Enum:
		text, _ := v.(string)
		if def.EnumValues.ForName(text) == nil {
			return fmt.Errorf("%s: %.40q is none of %s", place, fmt.Sprint(v), enumNames(def))
		}
		return nil
	}
	if fits, want := fileScalar(def.Name, v); !fits {
		return fmt.Errorf("%s must be %s", place, want)
	}
	return nil
}

func enumNames(def *ast.Definition) string {
	names := make([]string, len(def.EnumValues))
	for i, v := range def.EnumValues {
		names[i] = v.Name
	}
	return strings.Join(names, ", ")
}

// object checks that every member is known and that no required member is missing.
func (c fileCheck) object(def *ast.Definition, v any, place string) error {
	members, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("%s must be an object", place)
	}
	if place != "" {
		place += "."
	}
	// In sorted order, so that the same file always gives the same error.
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if def.Fields.ForName(name) == nil {
			return fmt.Errorf("%s%s is not known", place, name)
		}
	}
	for _, f := range def.Fields {
		member, there := members[f.Name]
		switch {
		case !there && f.Type.NonNull && f.DefaultValue == nil:
			return fmt.Errorf("%s%s is missing", place, f.Name)
		case !there:
			continue
		}
		if err := c.value(f.Type, member, place+f.Name); err != nil {
			return err
		}
	}
	return nil
}

// fileScalar reports whether a value fits a scalar, and says what would fit.
func fileScalar(name string, v any) (fits bool, want string) {
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	switch name {
	case "Decimal":
		if isNumber {
			text = number.String()
		}
		_, err := scalar.UnmarshalDecimal(text)
		return err == nil, "a plain decimal number of at most 6 decimals"
	case "Int":
		_, err := strconv.ParseInt(number.String(), 10, 32)
		return isNumber && err == nil, "a whole number"
	case "Boolean":
		_, ok := v.(bool)
		return ok, "true or false"
	default:
		return isText && scalar.IsText(text), "a text"
	}
}

// RateFile writes a rate card in the form that ReadRateFile reads.
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

// exact returns a decimal without trailing zeros.
func exact(d decimal.Decimal) decimal.Decimal { return decimal.RequireFromString(d.String()) }
