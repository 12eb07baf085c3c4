package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// newFlags returns the flags of a sub-command, at first none. They print nothing by themselves, because a value may be a misplaced secret.
func newFlags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	return fs
}

// readFlags reads --name value, --name=value and, for switches, --name. A name is that of one of the sub-command's own flags, which are
// set, or of a setting, whose value is returned. Arguments that do not begin with -- are returned in rest. All faults are reported at once,
// without values. An empty value for one of the sub-command's own flags is a fault: --account "$ACCOUNT" with an unset variable must not
// mean every account.
func readFlags(own *flag.FlagSet, args []string) (given map[string]string, rest []string, err error) {
	given = map[string]string{}
	var faults []error
	for i := 0; i < len(args); i++ {
		name, isFlag := strings.CutPrefix(args[i], "--")
		if !isFlag {
			rest = append(rest, args[i])
			continue
		}
		name, value, joined := strings.Cut(name, "=")
		mine := own.Lookup(name)
		s, known := lookUp(name)
		switch {
		case mine == nil && !known:
			faults = append(faults, fmt.Errorf("--%s: no such flag", name))
			continue
		case joined:
		case isSwitch(mine) || mine == nil && s.boolean:
			value = "true"
		case i+1 < len(args):
			i++
			value = args[i]
		default:
			faults = append(faults, fmt.Errorf("--%s: its value is missing", name))
			continue
		}
		if mine == nil {
			given[name] = value
		} else if err := own.Set(name, value); err != nil {
			faults = append(faults, fmt.Errorf("--%s: %w", name, err))
		} else if value == "" {
			faults = append(faults, fmt.Errorf("--%s: its value is empty; leave the flag out where none is meant", name))
		}
	}
	return given, rest, errors.Join(faults...)
}

// isSwitch reports whether a flag needs no value.
func isSwitch(f *flag.Flag) bool {
	if f == nil {
		return false
	}
	b, is := f.Value.(interface{ IsBoolFlag() bool })
	return is && b.IsBoolFlag()
}

// printFlags describes each flag, with its default if it has one.
func printFlags(out io.Writer, fs *flag.FlagSet) {
	fs.VisitAll(func(f *flag.Flag) {
		kind, usage := flag.UnquoteUsage(f)
		usage = strings.TrimPrefix(usage, kind+": ")
		if d := f.DefValue; d != "" && d != "0" && d != "false" {
			usage += " (default " + d + ")"
		}
		fmt.Fprintf(out, "  %-28s %s\n", strings.TrimSpace("--"+f.Name+" "+kind), usage)
	})
}

// parsed is a flag.Value whose text is read by one function and formatted by another.
type parsed[T any] struct {
	into *T
	read func(string) (T, error)
	show func(T) string
}

// String implements flag.Value.
func (p parsed[T]) String() string {
	if p.into == nil {
		return ""
	}
	return p.show(*p.into)
}

// Set implements flag.Value.
func (p parsed[T]) Set(text string) error {
	v, err := p.read(text)
	if err == nil {
		*p.into = v
	}
	return err
}

// durationFlag defines a flag for durations of at least least; a default of 0 means none.
func durationFlag(fs *flag.FlagSet, into *time.Duration, name string, standard, least time.Duration, usage string) {
	*into = standard
	fs.Var(parsed[time.Duration]{into, func(text string) (time.Duration, error) {
		d, err := time.ParseDuration(text)
		return d, fault(err != nil || d < least, "not a duration of at least "+shortDuration(least)+", such as 24h")
	}, func(d time.Duration) string {
		if d == 0 {
			return ""
		}
		return shortDuration(d)
	}}, name, usage)
}

// countFlag defines a flag for whole numbers within bounds.
func countFlag(fs *flag.FlagSet, into *int, name string, standard, least, most int, usage string) {
	*into = standard
	fs.Var(parsed[int]{into, func(text string) (int, error) {
		n, err := wholeNumber(text)
		return n, fault(err != nil || n < least || n > most, fmt.Sprintf("not a whole number from %d to %d", least, most))
	}, strconv.Itoa}, name, usage)
}

// wholeNumber reads a number that is written in digits alone, as all amounts are: no sign before it, as in "+5".
func wholeNumber(text string) (int, error) {
	if strings.Trim(text, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.Atoi(text)
}

// listFlag defines a flag for comma-separated texts. Giving it again adds to the list.
func listFlag(fs *flag.FlagSet, into *[]string, name, usage string) {
	fs.Var(parsed[[]string]{into, func(text string) ([]string, error) { return append(*into, strings.Split(text, ",")...), nil },
		func(list []string) string { return strings.Join(list, ",") }}, name, usage)
}

// shortDuration formats a duration without units that are 0: 24h, not 24h0m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	for _, unit := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, unit) {
			text = strings.TrimSuffix(text, unit[1:])
		}
	}
	return text
}

// oneOf reports whether the first argument is one of some words, and returns it with the arguments that follow.
func oneOf(args []string, words ...string) (word string, rest []string, ok bool) {
	if len(args) == 0 || !slices.Contains(words, args[0]) {
		return "", nil, false
	}
	return args[0], args[1:], true
}

const wholeDay = 24 * time.Hour

// parseShift reads a duration that may begin with whole days, such as 830d, 830d12h, -1d or 36h30m.
func parseShift(text string) (time.Duration, error) {
	wrong := errors.New("not a duration, such as 830d, 830d12h or -36h")
	unsigned, negative := strings.CutPrefix(text, "-")
	unsigned = strings.TrimPrefix(unsigned, "+")
	var d time.Duration
	if days, rest, found := strings.Cut(unsigned, "d"); found {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, wrong
		}
		d, unsigned = time.Duration(n)*wholeDay, rest
	}
	if unsigned != "" {
		rest, err := time.ParseDuration(unsigned)
		if err != nil || rest < 0 || unsigned[0] == '-' || unsigned[0] == '+' {
			return 0, wrong
		}
		d += rest
	}
	if negative {
		d = -d
	}
	if text == "" || d == 0 && text != "0" && text != "0s" {
		return 0, wrong
	}
	return d, nil
}

// shiftText formats a shift in the form that parseShift reads.
func shiftText(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	text := ""
	if days := d / wholeDay; days > 0 {
		text = strconv.FormatInt(int64(days), 10) + "d"
	}
	if rest := d % wholeDay; rest > 0 || text == "" {
		text += rest.String()
	}
	return sign + text
}
