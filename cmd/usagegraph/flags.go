package main

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// splitArgs parts the settings from the flags that a sub-command takes itself, which become one argument each: --flag=value.
// switches are those of them that need no value.
func splitArgs(args, flags []string, switches ...string) (settings, own []string) {
	for i := 0; i < len(args); i++ {
		name, _, joined := strings.Cut(args[i], "=")
		switch {
		case !slices.Contains(flags, name):
			settings = append(settings, args[i])
		case joined || slices.Contains(switches, name) || i+1 == len(args):
			own = append(own, args[i])
		default:
			own = append(own, name+"="+args[i+1])
			i++
		}
	}
	return settings, own
}

// cutFlag takes --flag=value apart.
func cutFlag(arg string) (name, value string, isFlag bool) {
	if !strings.HasPrefix(arg, "--") {
		return "", "", false
	}
	name, value, _ = strings.Cut(arg, "=")
	return name, value, true
}

const wholeDay = 24 * time.Hour

// parseShift reads a duration that may begin with whole days, such as 830d, 830d12h, -1d or 36h30m.
func parseShift(text string) (time.Duration, error) {
	wrong := errors.New("--shift: no duration, such as 830d, 830d12h or -36h")
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

// shiftText prints a shift as parseShift reads it.
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
