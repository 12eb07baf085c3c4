package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Scanners, kinds of CPU and GPUs have the names that rate cards give them. The contract's enums contain those of version 1; each enum has
// a text beside it, and its value OTHER stands for every name that it does not contain.

const scannerOther billing.GuardrailKind = "OTHER"

// scannerEnum returns the value of the contract's enum for a scanner.
func scannerEnum(k billing.GuardrailKind) billing.GuardrailKind {
	card := billing.RateCardV1()
	if _, known := card.GuardrailCPUs(k); known {
		return k
	}
	return scannerOther
}

func cpuEnum(name string) model.CPUType {
	if c := model.CPUType(name); c.IsValid() {
		return c
	}
	return model.CPUTypeOther
}

func gpuEnum(name string) model.FineTuningHardware {
	if h := model.FineTuningHardware(name); h.IsValid() {
		return h
	}
	return model.FineTuningHardwareOther
}

// named returns the name that an argument gives: the text or, without one, the enum's value; "" for neither.
func named[E ~string](text *string, enum *E) string {
	if text == nil && enum != nil {
		return string(*enum)
	}
	return deref(text)
}

// differ reports whether a text and the enum beside it name different things. OTHER agrees with every text.
func differ[E ~string](text *string, enum *E) bool {
	return text != nil && enum != nil && string(*enum) != *text && string(*enum) != string(scannerOther)
}

const namesDiffer = "Two arguments name this, and not the same: say one of them."

// oneName is named for inputs. It returns an Invalid refusal, of the text's field, if both are given and differ.
func oneName[E ~string](field string, text *string, enum *E) (string, error) {
	if differ(text, enum) {
		return "", invalid(field, namesDiffer)
	}
	return named(text, enum), nil
}

// scannerNamed returns the scanner that the arguments name; nil for none. It returns an Invalid fault if both are given and differ.
func scannerNamed(ctx context.Context, key *string, scanner *billing.GuardrailKind) (*billing.GuardrailKind, error) {
	if differ(key, scanner) {
		return nil, fault(ctx, tsdb.Invalid, namesDiffer)
	}
	if key != nil {
		k := billing.GuardrailKind(*key)
		return &k, nil
	}
	return scanner, nil
}
