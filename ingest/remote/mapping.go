package remote

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Source is the source of events that come this way.
const Source = "prometheus"

// Mapping says which counters are usage, and which labels hold the platform's own ids. Of each list, the first label that a series has is
// used.
type Mapping struct {
	Tokens  []string // metrics that count tokens: name, with the type in a label, or name:input, name:output
	Runs    []string // metrics that count runs of tools
	Account []string // default: account
	Model   []string // default: model, gen_ai_request_model
	Tool    []string // default: tool, gen_ai_tool_name
	Type    []string // contains input or output; default: type, token_type, gen_ai_token_type
	User    []string // default: usagegraph_user, user_id, enduser_id
	APIKey  []string // default: usagegraph_api_key
	Tags    []string // labels that become tags under their own names, in addition to usagegraph_tag_KEY; default: none
	Replica []string // distinguishes the Prometheuses of a pair; default: prometheus_replica, __replica__
}

// IsZero reports whether the mapping takes no counter as usage.
func (m Mapping) IsZero() bool { return len(m.Tokens)+len(m.Runs) == 0 }

// Validate returns what is wrong with a mapping.
func (m Mapping) Validate() error {
	for _, metric := range m.Tokens {
		if _, class, found := strings.Cut(metric, ":"); found && class != "input" && class != "output" {
			return errors.New("remote-write-tokens: after a colon stands input or output")
		}
	}
	for _, metric := range m.Runs {
		if name, _, _ := strings.Cut(metric, ":"); name != metric || slices.ContainsFunc(m.Tokens, func(t string) bool { n, _, _ := strings.Cut(t, ":"); return n == name }) {
			return errors.New("remote-write-runs: a metric counts runs or tokens")
		}
	}
	return nil
}

// WithDefaults fills in empty fields.
func (m Mapping) WithDefaults() Mapping {
	for _, d := range []struct {
		into *[]string
		list []string
	}{{&m.Account, []string{"account"}}, {&m.Model, []string{"model", "gen_ai_request_model"}}, {&m.Tool, []string{"tool", "gen_ai_tool_name"}},
		{&m.User, []string{"usagegraph_user", "user_id", "enduser_id"}}, {&m.APIKey, []string{"usagegraph_api_key"}},
		{&m.Type, []string{"type", "token_type", "gen_ai_token_type"}}, {&m.Replica, []string{"prometheus_replica", "__replica__"}}} {
		if len(*d.into) == 0 {
			*d.into = d.list
		}
	}
	return m
}

// Usage is what a sample of a usage counter says.
type Usage struct {
	Account string // own id; "": not given
	Target  string // own id of the tool or model
	Fault   string // why it is not usage; "": it is
	Sample  tsdb.CounterSample
}

// counts returns what a metric counts.
func (m *Mapping) counts(name string) (kind tsdb.UsageKind, class string, is bool) {
	for _, metric := range m.Tokens {
		if of, class, _ := strings.Cut(metric, ":"); of == name {
			return tsdb.Inference, class, true
		}
	}
	return tsdb.ToolRun, "", slices.Contains(m.Runs, name)
}

// ErrMany means that a message has more samples of usage than are accepted at once.
var ErrMany = errors.New("a message has at most 20,000 samples of usage")

const maxUsages = 20_000

// Read reads the samples of usage in a message. An error means that the message is invalid, or is ErrMany.
func (m Mapping) Read(message string, version Version) (usages []Usage, tally Tally, err error) {
	wants := func(name string) bool { _, _, is := m.counts(name); return is }
	tally, err = Read(message, version, wants, func(labels []Label, samples []Sample) error {
		u := m.series(labels)
		for _, s := range samples {
			if s.IsStale() {
				continue // its last value stays; later the counter starts from zero or continues
			}
			if len(usages) == maxUsages {
				return ErrMany
			}
			usages = append(usages, u.at(s))
		}
		return nil
	})
	return usages, tally, err
}

// series returns what the labels of a series say.
func (m *Mapping) series(labels []Label) Usage {
	sorted := slices.Clone(labels)
	slices.SortFunc(sorted, func(x, y Label) int { return strings.Compare(x.Name, y.Name) })
	first := func(names []string) string {
		for _, name := range names {
			for _, l := range sorted {
				if l.Name == name && l.Value != "" {
					return strings.Clone(l.Value)
				}
			}
		}
		return ""
	}
	u := Usage{Account: first(m.Account)}
	kind, class, _ := m.counts(first([]string{"__name__"}))
	u.Sample.Event.Kind, u.Sample.Event.Source = kind, Source
	names := m.Model
	if kind == tsdb.ToolRun {
		names = m.Tool
	} else {
		if class == "" {
			class = first(m.Type)
		}
		u.Sample.Quantity = map[string]tsdb.Quantity{"input": tsdb.CountsInput, "prompt": tsdb.CountsInput, "output": tsdb.CountsOutput, "completion": tsdb.CountsOutput}[class]
		if u.Sample.Quantity == tsdb.CountsRuns {
			u.Fault = fmt.Sprintf("none of its labels %s is input or output", strings.Join(m.Type, ", "))
		}
	}
	if u.Target = first(names); u.Target == "" {
		u.Fault = fmt.Sprintf("it has none of the labels %s", strings.Join(names, ", "))
	}
	for i := range sorted {
		if i > 0 && sorted[i].Name == sorted[i-1].Name {
			u.Fault = fmt.Sprintf("the label %s stands in it twice", sorted[i].Name)
		}
	}
	u.Sample.Event.User, u.Sample.Event.APIKey, u.Sample.Event.Tags = first(m.User), first(m.APIKey), m.tags(sorted)
	u.Sample.Replica = first(m.Replica)
	h := sha256.New()
	for _, l := range sorted {
		if !slices.Contains(m.Replica, l.Name) {
			fmt.Fprintf(h, "%d %s%d %s", len(l.Name), l.Name, len(l.Value), l.Value)
		}
	}
	u.Sample.Series = hex.EncodeToString(h.Sum(nil)[:16])
	return u
}

// tagPrefix begins the label of a tag; the tag's key follows.
const tagPrefix = "usagegraph_tag_"

// tags returns the tags in labels.
func (m *Mapping) tags(labels []Label) (tags tsdb.Tags) {
	for _, l := range labels {
		key, ours := strings.CutPrefix(l.Name, tagPrefix)
		if l.Value == "" || !ours && !slices.Contains(m.Tags, key) || len(tags) > tsdb.MaxEventTags {
			continue
		}
		if tags == nil {
			tags = tsdb.Tags{}
		}
		tags[strings.Clone(key)] = strings.Clone(l.Value)
	}
	return tags
}

// at returns the series' usage with a sample.
func (u Usage) at(s Sample) Usage {
	u.Sample.At, u.Sample.Restarts = time.UnixMilli(s.At).UTC(), true
	if s.Since > 0 && s.Since <= s.At {
		u.Sample.Since = time.UnixMilli(s.Since).UTC()
	}
	if u.Fault == "" && (s.Value != math.Trunc(s.Value) || s.Value < 0 || s.Value > 1<<53) {
		u.Fault = fmt.Sprintf("a counter is a whole number from 0, and not %g", s.Value)
	}
	if u.Fault == "" {
		u.Sample.Value = int64(s.Value)
	}
	return u
}
