package files

import (
	"errors"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
)

// expression says where a value comes from: a|b is the first of the two that is present, a+b a sum, a[b=c] is a in rows whose b is c, * in
// a name stands for any characters and means the sum of all matching columns, and digits are a constant.
type expression struct {
	text         string
	alternatives [][]term
}

type term struct {
	column   string // folded
	constant bool
	where    *condition // nil: always
}

// condition is met by rows in which a column has one of the values.
type condition struct {
	text   string
	column string // folded
	values []string
}

func parseExpression(text string) (expression, error) {
	e := expression{text: text}
	for alternative := range strings.SplitSeq(text, "|") {
		var sum []term
		for part := range strings.SplitSeq(alternative, "+") {
			t, err := parseTerm(strings.TrimSpace(part))
			if err != nil {
				return e, fmt.Errorf("%q: %w", text, err)
			}
			sum = append(sum, t)
		}
		e.alternatives = append(e.alternatives, sum)
	}
	return e, nil
}

func parseTerm(text string) (term, error) {
	column, in, conditional := strings.Cut(text, "[")
	t := term{column: fold(column)}
	if t.column == "" {
		return t, errors.New("a column's name is missing")
	}
	t.constant = strings.Trim(t.column, "0123456789") == ""
	if conditional {
		inner, closed := strings.CutSuffix(in, "]")
		c, err := parseCondition(inner)
		if err != nil || !closed {
			return t, errors.New("a condition is [column=value]")
		}
		t.where = &c
	}
	return t, nil
}

// parseCondition reads column=value, or column=value/value for any of several values.
func parseCondition(text string) (condition, error) {
	column, values, found := strings.Cut(text, "=")
	c := condition{text: text, column: fold(column), values: strings.Split(values, "/")}
	if !found || c.column == "" {
		return c, fmt.Errorf("%q is not column=value", text)
	}
	return c, nil
}

func (c *condition) met(r *record) bool {
	value := r.get(c.column)
	for _, wanted := range c.values {
		if strings.EqualFold(value, wanted) {
			return true
		}
	}
	return false
}

// matches returns the columns of a record that match a term.
func (t *term) matches(r *record) (columns []string) {
	if !strings.Contains(t.column, "*") {
		if r.has(t.column) {
			return []string{t.column}
		}
		return nil
	}
	for _, name := range r.names {
		if folded := fold(name); glob(t.column, folded) {
			columns = append(columns, folded)
		}
	}
	return columns
}

// known reports whether a record has a column for the term.
func (t *term) known(r *record) bool {
	return t.constant || len(t.matches(r)) > 0 && (t.where == nil || r.has(t.where.column))
}

// uses reports whether the term uses a column, given by its folded name.
func (t *term) uses(column string) bool {
	return !t.constant && glob(t.column, column) || t.where != nil && t.where.column == column
}

func (e *expression) uses(column string) bool {
	return e.any(func(t *term) bool { return t.uses(column) })
}

func (e *expression) any(is func(*term) bool) bool {
	for _, sum := range e.alternatives {
		for i := range sum {
			if is(&sum[i]) {
				return true
			}
		}
	}
	return false
}

// string returns the first value that is present; "" if none is.
func (e *expression) string(r *record) (string, error) {
	for _, sum := range e.alternatives {
		t := &sum[0]
		if t.where != nil && !t.where.met(r) {
			continue
		}
		if t.constant {
			return t.column, nil
		}
		for _, column := range t.matches(r) {
			if reason, spoilt := r.wrong[column]; spoilt {
				return "", fmt.Errorf("%s: %s", column, reason)
			}
			if value := r.get(column); value != "" {
				return value, nil
			}
		}
	}
	return "", nil
}

// sum returns the value of the first alternative of which at least one part is present; given is false if there is none.
func (e *expression) sum(r *record) (total decimal.Decimal, given bool, err error) {
	for _, sum := range e.alternatives {
		for i := range sum {
			n, there, err := sum[i].quantity(r)
			if err != nil {
				return total, true, err
			}
			total, given = total.Add(n), given || there
		}
		if given {
			return total, true, nil
		}
	}
	return total, false, nil
}

func (t *term) quantity(r *record) (total decimal.Decimal, given bool, err error) {
	if t.where != nil && !t.where.met(r) {
		return total, false, nil
	}
	if t.constant {
		n, err := number(t.column)
		return n, true, err
	}
	for _, column := range t.matches(r) {
		text := r.get(column)
		if reason, spoilt := r.wrong[column]; spoilt {
			return total, true, fmt.Errorf("%s: %s", column, reason)
		}
		if text == "" {
			continue
		}
		n, err := number(text)
		if err != nil {
			return total, true, fmt.Errorf("%s: %w", r.names[r.at[column]], err)
		}
		total, given = total.Add(n), true
	}
	return total, given, nil
}

// number reads a plain decimal.
func number(text string) (decimal.Decimal, error) {
	const most = 40 // a longer text is not a quantity, and takes long to read
	if len(text) <= most {
		if n, ok := billing.PlainDecimal(text); ok {
			return n, nil
		}
	}
	return decimal.Decimal{}, fmt.Errorf("%.40q is not a number", text)
}
