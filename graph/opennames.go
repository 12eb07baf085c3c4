package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Scanners, kinds of CPU and GPUs are whatever rate cards name. The contract's enums have those of version 1; beside each stands a text,
// and what an enum does not have is its OTHER.

const scannerOther billing.GuardrailKind = "OTHER"

// scannerEnum is a scanner as the contract's enum has it.
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

// named is what an argument names: the text, or else the enum's value; "" for neither.
func named[E ~string](text *string, enum *E) string {
	if text == nil && enum != nil {
		return string(*enum)
	}
	return deref(text)
}

// differ reports whether a text and an enum beside it name two things; OTHER stands for any that the enum does not have.
func differ[E ~string](text *string, enum *E) bool {
	return text != nil && enum != nil && string(*enum) != *text && string(*enum) != string(scannerOther)
}

const namesDiffer = "Two arguments name this, and not the same: say one of them."

// oneName is named for inputs: Invalid where both are given and differ. field is the text's.
func oneName[E ~string](field string, text *string, enum *E) (string, error) {
	if differ(text, enum) {
		return "", invalid(field, namesDiffer)
	}
	return named(text, enum), nil
}

// scannerNamed is the scanner that arguments name; nil for none, Invalid where both are given and differ.
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
