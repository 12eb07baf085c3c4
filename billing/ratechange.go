package billing

import (
	"fmt"
	"strconv"
	"strings"
)

// RateChange is one difference between two rate cards: one figure in one line. Before or After is "" if that card does not have it.
type RateChange struct {
	List   string `json:"list"` // as in the contract: models, scripts, guardrails, scanners, inference, fineTuning
	Name   string `json:"name"` // of the line; "" for inference
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Changes returns the differences from this card to another: first what this card has, in its order, then what is new. The order of lines
// does not matter.
func (c *RateCard) Changes(to *RateCard) []RateChange {
	before, after := c.figures(), to.figures()
	// By what they describe, not by their position.
	then := map[RateChange]string{}
	for _, f := range after {
		then[f.key()] = f.After
	}
	var out []RateChange
	seen := map[RateChange]bool{}
	for _, f := range before {
		seen[f.key()] = true
		if now := then[f.key()]; now != f.After {
			out = append(out, RateChange{f.List, f.Name, f.Field, f.After, now})
		}
	}
	for _, f := range after {
		if !seen[f.key()] {
			out = append(out, f)
		}
	}
	return out
}

// key returns what identifies a figure: everything except its values.
func (f RateChange) key() RateChange { return RateChange{List: f.List, Name: f.Name, Field: f.Field} }

// figures returns everything that the card says, as changes from an empty card. Classes of tokens without their own rate are left out.
func (c *RateCard) figures() (out []RateChange) {
	add := func(list, name, field, value string) {
		out = append(out, RateChange{List: list, Name: name, Field: field, After: value})
	}
	rate, number := ModelCredits.Format, func(n int64) string { return strconv.FormatInt(n, 10) }
	for _, h := range c.Models {
		add("models", h.Name, "gpu", h.GPU)
		add("models", h.Name, "gpuCount", number(h.GPUs))
		add("models", h.Name, "ratePerHour", rate(h.RatePerHour))
	}
	for _, p := range c.Scripts {
		add("scripts", p.Name, "vcpus", number(p.VCPUs))
		add("scripts", p.Name, "memoryGb", number(p.MemoryGB))
		add("scripts", p.Name, "ratePerHour", rate(p.RatePerHour))
	}
	for _, t := range c.CPUs {
		add("guardrails", t.Name, "ratePerCpuHour", rate(t.RatePerHour))
	}
	for _, g := range c.Guardrails {
		add("scanners", string(g.Kind), "name", c.ScannerName(g.Kind))
		add("scanners", string(g.Kind), "cpuCount", number(g.CPUs))
	}
	own := OwnTokenRates{Input: &c.InputRate, Output: &c.OutputRate, CacheRead: c.CacheReadRate, CacheWrite: c.CacheWriteRate, Reasoning: c.ReasoningRate}
	named := own.Named()
	for _, field := range []string{"inputRate", "outputRate", "cacheReadRate", "cacheWriteRate", "reasoningRate"} {
		if r, has := named[field]; has {
			add("inference", "", field, rate(r))
		}
	}
	return append(out, c.FineTuning.figures()...)
}

// Span describes the sizes of a class.
func (c *SizeClass) Span() string {
	end := "below"
	if c.ToIncluded {
		end = "to"
	}
	return fmt.Sprintf("from %s %s %s billions", c.From, end, c.To)
}

// figures returns the figures of fine-tuning. Classes are named by their sizes, because their names are only for show.
func (r *FineTuningRates) figures() (out []RateChange) {
	add := func(name, field, value string) {
		out = append(out, RateChange{List: "fineTuning", Name: name, Field: field, After: value})
	}
	for _, s := range r.Classes {
		methods := make([]string, len(s.Methods))
		for i, m := range s.Methods {
			methods[i] = string(m)
		}
		name := s.Span()
		add(name, "factor", ModelCredits.Format(s.Rate))
		add(name, "methods", strings.Join(methods, " "))
	}
	for _, f := range r.Methods {
		add(string(f.Method), "factor", f.Factor.String())
	}
	for _, f := range r.Hardware {
		add(f.GPU, "factor", f.Factor.String())
	}
	return out
}
