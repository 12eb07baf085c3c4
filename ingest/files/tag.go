package files

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// anyTag is the target for all columns with a prefix: --map tag.*=labels.* makes tags of labels.team and labels.env.
const anyTag = tagTarget + "*"

// shown returns the targets in the order in which they are shown.
func (m *mapping) shown() []string {
	shown := slices.Clone(targets)
	for _, target := range slices.Sorted(maps.Keys(m.by)) {
		if strings.HasPrefix(target, tagTarget) {
			shown = append(shown, target)
		}
	}
	return shown
}

// isPrefix returns what is wrong with an expression for anyTag; nil if each alternative has the form NAME.*.
func (e *expression) isPrefix() error {
	for _, sum := range e.alternatives {
		if prefix, is := strings.CutSuffix(sum[0].column, ".*"); !is || prefix == "" || len(sum) > 1 || strings.Contains(prefix, "*") {
			return errors.New("all tags are columns under a prefix, as in tag.*=labels.*")
		}
	}
	return nil
}

// tags returns the tags of a row. An empty value is no tag.
func (m *mapping) tags(r *record) (tags map[string]string, err error) {
	set := func(key, value string) {
		if tags == nil {
			tags = map[string]string{}
		}
		if value != "" {
			tags[key] = value
		}
	}
	if e, mapped := m.by[anyTag]; mapped {
		for _, sum := range e.alternatives {
			points := strings.Count(sum[0].column, ".")
			for _, column := range sum[0].matches(r) {
				set(strings.Join(strings.Split(r.names[r.at[column]], ".")[points:], "."), r.get(column))
			}
		}
	}
	for target := range m.by {
		key, is := strings.CutPrefix(target, tagTarget)
		if !is || target == anyTag {
			continue
		}
		value, err := m.text(target, r)
		if err != nil {
			return nil, err
		}
		set(key, value)
	}
	return tags, nil
}
