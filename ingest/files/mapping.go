package files

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// The targets: what a row can say, by the names that --map uses.
const (
	timeTarget       = "time"
	accountTarget    = "account"
	sourceTarget     = "source"
	idTarget         = "id"
	modelTarget      = "model"
	toolTarget       = "tool"
	deploymentTarget = "deployment"
	runsTarget       = "runs"
	inputTarget      = "inputTokens"
	outputTarget     = "outputTokens"
	cacheReadTarget  = "cacheReadTokens"
	cacheWriteTarget = "cacheWriteTokens"
	reasoningTarget  = "reasoningTokens"
	unitTarget       = "unit"
	userTarget       = "user"
	apiKeyTarget     = "apiKey"
	tagTarget        = "tag." // followed by the tag's key, or * for all columns with a prefix
)

// targets are all targets in the order in which they are shown.
var targets = []string{timeTarget, accountTarget, sourceTarget, idTarget, modelTarget, toolTarget, deploymentTarget, runsTarget, inputTarget, outputTarget,
	cacheReadTarget, cacheWriteTarget, reasoningTarget, unitTarget, userTarget, apiKeyTarget}

// ofInference and ofTools are the targets of only one kind of rows.
var (
	ofInference = []string{modelTarget, deploymentTarget, inputTarget, outputTarget, cacheReadTarget, cacheWriteTarget, reasoningTarget, unitTarget}
	ofTools     = []string{toolTarget, runsTarget}
)

// Options say how files are to be read.
type Options struct {
	Profile   string   // the name of a profile; "": none
	Map       []string // what=column, as documented for expression
	Where     []string // column=value: rows to read; others are skipped
	Ignore    []string // columns that may be skipped although they mention tokens; * stands for any characters
	Zone      string   // of times without a zone, by IANA name; "": that of the profile
	Time      string   // unit of times that are numbers: unix, unix-ms, unix-us, unix-ns; "": that of the profile
	Separator string   // between fields of CSV; "": one that makes the header fit
	Encoding  string   // of texts without a byte order mark; "": UTF-8
	Format    string   // csv, ndjson, json or parquet; "": by the name and the first bytes

	// Account, Model and Tool say that these are given for all rows together, so that no column is needed for them.
	Account, Model, Tool bool
}

// isTarget reports whether --map has a target with this name.
func isTarget(name string) bool {
	key, tag := strings.CutPrefix(name, tagTarget)
	return slices.Contains(targets, name) || tag && key != ""
}

// mapping is how the columns of a file are read.
type mapping struct {
	profile Profile
	by      map[string]expression // by target
	mapped  map[string]bool       // targets that the user named
	where   []condition
	ignore  []string // patterns for folded names
	opened  []string // of the profile, folded
	clock   clock
	tools   bool
	fixed   map[string]bool // targets that need no column
	passes  map[string]bool // results of isPassed, by folded name
}

func newMapping(o Options) (*mapping, error) {
	m := &mapping{by: map[string]expression{}, mapped: map[string]bool{}, passes: map[string]bool{},
		fixed: map[string]bool{accountTarget: o.Account, modelTarget: o.Model, toolTarget: o.Tool}}
	if o.Profile != "" {
		p, known := profiles[o.Profile]
		if !known {
			return nil, fmt.Errorf("--profile: one of %s", strings.Join(Profiles(), ", "))
		}
		m.profile = p
	}
	err := m.readMap(o.Map)
	for _, text := range slices.Concat(m.profile.where, o.Where) {
		c, wrong := parseCondition(text)
		m.where, err = append(m.where, c), errors.Join(err, wrong)
	}
	for _, text := range m.profile.opened {
		m.opened = append(m.opened, fold(text))
	}
	for _, text := range slices.Concat(m.profile.passed, o.Ignore) {
		m.ignore = append(m.ignore, fold(text))
	}
	if err != nil {
		return nil, err
	}
	if m.clock, err = newClock(m.profile, o); err != nil {
		return nil, err
	}
	return m, m.settle()
}

// readMap reads the profile's mapping, and the user's, which overrides it.
func (m *mapping) readMap(said []string) error {
	for target, text := range m.profile.by {
		e, err := parseExpression(text)
		if err != nil {
			return err
		}
		m.by[target] = e
	}
	for _, pair := range said {
		target, text, found := strings.Cut(pair, "=")
		if !found || !isTarget(target) {
			return fmt.Errorf("--map: %q is not what=column, where what is one of %s, tag.KEY", pair, strings.Join(targets, ", "))
		}
		e, err := parseExpression(text)
		if err == nil && target == anyTag {
			err = e.isPrefix()
		}
		if err != nil {
			return fmt.Errorf("--map: %s=%w", target, err)
		}
		if m.mapped[target] {
			return fmt.Errorf("--map: %s stands there twice", target)
		}
		m.by[target], m.mapped[target] = e, true
	}
	return nil
}

// settle finds out which kind the rows are, and drops the profile's targets of the other kind.
func (m *mapping) settle() error {
	m.tools = m.fixed[toolTarget] || m.mapped[toolTarget]
	other, kind := ofTools, "inference"
	if m.tools {
		other, kind = ofInference, "tool runs"
	}
	for _, target := range other {
		if m.mapped[target] || m.fixed[target] {
			return fmt.Errorf("%s is not said of %s: a file is imported as one kind of usage", target, kind)
		}
		delete(m.by, target)
	}
	for target, is := range m.fixed {
		if is && m.mapped[target] {
			return fmt.Errorf("%s is given for all rows, and by --map too", target)
		}
		if is {
			delete(m.by, target)
		}
	}
	return nil
}

// needed returns the targets for which a file of the kind must have columns; of each list one is enough.
func (m *mapping) needed() [][]string {
	if m.tools {
		return [][]string{{timeTarget}, {accountTarget}, {toolTarget}, {runsTarget}}
	}
	return [][]string{{timeTarget}, {accountTarget}, {modelTarget}, {inputTarget, outputTarget}}
}

// fits returns what is wrong with the columns of a file; nil if they can be read.
func (m *mapping) fits(r *record) error {
	var wrong []string
	for _, target := range m.shown() {
		e, mapped := m.by[target]
		if mapped && m.mapped[target] && target != anyTag && !m.knows(&e, r) {
			wrong = append(wrong, fmt.Sprintf("%s is to be %s, which is not there", target, e.text))
		}
	}
	for _, any := range m.needed() {
		told := slices.ContainsFunc(any, func(target string) bool { return m.mapped[target] }) // if the user named it and it is missing, that is reported above
		if !told && !slices.ContainsFunc(any, func(target string) bool { return m.says(target, r) }) {
			wrong = append(wrong, m.missing(any))
		}
	}
	for i, name := range r.names {
		if column := fold(name); !m.isPassed(column) {
			wrong = append(wrong, fmt.Sprintf("column %d, %q, speaks of tokens and is not used: map it, or pass it over by --ignore %s", i+1, name, name))
		} else if reason, spoilt := r.wrong[column]; spoilt && m.uses(column) && i == r.at[column] {
			wrong = append(wrong, fmt.Sprintf("%q: %s", name, reason))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("the columns do not fit: %s. The file has: %s", strings.Join(wrong, "; "), listed(r.names))
}

// fitsHeader is fits for the header of a table, which names the columns of all rows. Of a profile's input and output both must be there: if one
// has another name than the profile knows, its tokens would silently count as 0.
func (m *mapping) fitsHeader(r *record) error {
	if err := m.fits(r); err != nil || m.tools || m.profile.subset {
		return err
	}
	for _, target := range []string{inputTarget, outputTarget} {
		if _, profiled := m.profile.by[target]; profiled && !m.says(target, r) {
			return fmt.Errorf("the columns do not fit: %s; if it has none, say --map %s=0. The file has: %s", m.missing([]string{target}), target, listed(r.names))
		}
	}
	return nil
}

// says reports whether a target is given, by a column or for all rows.
func (m *mapping) says(target string, r *record) bool {
	e, mapped := m.by[target]
	return m.fixed[target] || mapped && m.knows(&e, r)
}

// knows reports whether a record has columns for an expression. For columns that contain objects as texts, each row decides what they
// contain.
func (m *mapping) knows(e *expression, r *record) bool {
	return e.any(func(t *term) bool {
		root, _, _ := strings.Cut(t.column, ".")
		return t.known(r) || root != t.column && r.has(root) && slices.Contains(m.opened, root)
	})
}

// missing says that none of some targets has a column.
func (m *mapping) missing(any []string) string {
	what := strings.Join(any, " or ")
	if e, mapped := m.by[any[0]]; mapped {
		return fmt.Sprintf("%s is missing, which would be %s", what, e.text)
	}
	return fmt.Sprintf("nothing says %s: --map %s=COLUMN", what, any[0])
}

// isPassed reports whether a column is used or may be skipped. A column that mentions tokens and is not read might be the one that should
// have been counted.
func (m *mapping) isPassed(column string) bool {
	passed, met := m.passes[column]
	if !met {
		passed = !strings.Contains(column, "token") || m.uses(column) || slices.ContainsFunc(m.ignore, func(p string) bool { return glob(p, column) })
		if len(m.passes) < 10_000 {
			m.passes[column] = passed
		}
	}
	return passed
}

// uses reports whether a column is read.
func (m *mapping) uses(column string) bool {
	for e := range maps.Values(m.by) {
		if e.uses(column) {
			return true
		}
	}
	return slices.ContainsFunc(m.where, func(c condition) bool { return c.column == column }) ||
		slices.ContainsFunc(m.profile.key, func(k string) bool { return fold(k) == column })
}

// listed formats a list of columns for a message.
func listed(names []string) string {
	const most = 60
	shown := slices.Clone(names[:min(len(names), most)])
	for i, name := range shown {
		if strings.ContainsFunc(name, unicode.IsControl) {
			shown[i] = strconv.Quote(name)
		}
	}
	if len(names) > most {
		return strings.Join(shown, ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(shown, ", ")
}
