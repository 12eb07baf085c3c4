package graph

import (
	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
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

// scannerNamed is the scanner that arguments name; nil for none.
func scannerNamed(key *string, scanner *billing.GuardrailKind) *billing.GuardrailKind {
	if key != nil {
		k := billing.GuardrailKind(*key)
		return &k
	}
	return scanner
}
