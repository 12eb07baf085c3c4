package billing

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// maxRate bounds every price at a million credits, far below where sums could overflow 64 bits.
	maxRate = 1_000_000 * MicroPerCredit
	// maxCPUs bounds the CPUs of a guardrail's replica for the same reason.
	maxCPUs = 1024
	// maxLines bounds each list of a rate card, and maxName the characters of a name.
	maxLines = 500
	maxName  = 64
	// maxSize bounds the figures that describe a profile's hardware.
	maxSize = 1_000_000
)

// Validate returns what is wrong with the card: missing, repeated or malformed names, or rates outside 0 to a million credits. The text
// names the part of the card.
func (c *RateCard) Validate() error {
	if err := c.validate(); err != nil {
		return fmt.Errorf("rate card version %d: %w", c.Version, err)
	}
	return nil
}

// validate is Validate without the version's number.
func (c *RateCard) validate() error {
	own := OwnTokenRates{Input: &c.InputRate, Output: &c.OutputRate, CacheRead: c.CacheReadRate, CacheWrite: c.CacheWriteRate, Reasoning: c.ReasoningRate}
	if err := own.validate(); err != nil {
		return fmt.Errorf("inference: %w", err)
	}
	if len(c.Scripts) > maxLines || len(c.Models) > maxLines || len(c.CPUs) > maxLines || len(c.Guardrails) > maxLines {
		return fmt.Errorf("a list has more than %d lines", maxLines)
	}
	seen := map[string]bool{"": true}
	for _, line := range c.lines() {
		switch {
		case seen[line.name]:
			return fmt.Errorf("%s: %q is missing or listed twice", line.list, line.name)
		case !isName(line.name):
			return fmt.Errorf("%s: a name has at most %d characters, none of them a blank or control character", line.list, maxName)
		case line.rate < 0 || line.rate > maxRate:
			return fmt.Errorf("%s: %s: rate out of range", line.list, line.name)
		case slices.Min(line.sizes) < 0 || slices.Max(line.sizes) > maxSize:
			return fmt.Errorf("%s: %s: a size is out of range", line.list, line.name)
		}
		seen[line.name] = true
	}
	if err := c.validateScanners(seen); err != nil {
		return err
	}
	return c.FineTuning.validate()
}

// validateScanners checks guardrails by their keys. seen are the names of all hardware, which a scanner may not have.
func (c *RateCard) validateScanners(seen map[string]bool) error {
	for _, g := range c.Guardrails {
		switch {
		case seen[string(g.Kind)] || g.CPUs < 0 || g.CPUs > maxCPUs:
			return fmt.Errorf("scanners: %q is missing, listed twice, or has %d CPUs", g.Kind, g.CPUs)
		case !isName(string(g.Kind)) || !isLabel(g.Name):
			return fmt.Errorf("scanners: %q: a key has at most %d characters, none of them a blank or control character", g.Kind, maxName)
		}
		seen[string(g.Kind)] = true
	}
	return nil
}

// validate returns which rate is outside 0 to a million credits.
func (o OwnTokenRates) validate() error {
	for name, rate := range o.Named() {
		if rate < 0 || rate > maxRate {
			return fmt.Errorf("%s is out of range", name)
		}
	}
	return nil
}

// Texts returns every text on the card that is shown: names, keys and labels. Optional ones may be "".
func (c *RateCard) Texts() (texts []string) {
	for _, line := range c.lines() {
		texts = append(texts, line.name)
	}
	for _, h := range c.Models {
		texts = append(texts, h.GPU)
	}
	for _, g := range c.Guardrails {
		texts = append(texts, string(g.Kind), g.Name)
	}
	for _, s := range c.FineTuning.Classes {
		texts = append(texts, s.Name)
	}
	for _, h := range c.FineTuning.Hardware {
		texts = append(texts, h.GPU)
	}
	return texts
}

// isName reports whether a text can name hardware or a scanner. Such names are typed in mutations and shown in charts.
func isName(s string) bool { return isLabel(s) && !strings.ContainsAny(s, " \t") }

// isLabel reports whether a text is short and printable.
func isLabel(s string) bool {
	return strings.ToValidUTF8(s, "") == s && len([]rune(s)) <= maxName && strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f }) < 0
}

// priceLine is a name and its rate per hour, for checks that are the same for all hardware.
type priceLine struct {
	list, name string
	rate       Amount
	sizes      []int64
}

// lines returns everything that has a rate per hour.
func (c *RateCard) lines() []priceLine {
	var lines []priceLine
	for _, p := range c.Scripts {
		lines = append(lines, priceLine{"scripts", p.Name, p.RatePerHour, []int64{p.VCPUs, p.MemoryGB}})
	}
	for _, h := range c.Models {
		lines = append(lines, priceLine{"models", h.Name, h.RatePerHour, []int64{h.GPUs}})
	}
	for _, t := range c.CPUs {
		lines = append(lines, priceLine{"guardrails", t.Name, t.RatePerHour, []int64{0}})
	}
	return lines
}
