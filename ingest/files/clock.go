package files

import (
	"errors"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
)

// Units of times that are numbers, counted from 1970.
var units = map[string]int32{"unix": 9, "unix-ms": 6, "unix-us": 3, "unix-ns": 0} // decimal digits between the unit and a nanosecond

// clock reads times.
type clock struct {
	unit string         // of times that are numbers; "": numbers are refused
	zone *time.Location // of times without a zone; nil: each must name one
}

var (
	errTimeless  = errors.New("the time is missing")
	errNumber    = errors.New("the time is a number: say --time unix, unix-ms, unix-us or unix-ns")
	errZone      = errors.New("the time names no zone: say --zone, such as UTC or Europe/Berlin")
	errTime      = errors.New("the time cannot be read")
	errGap       = errors.New("the zone's clocks passed over this time")
	errAmbiguous = errors.New("the zone's clocks showed this time twice")
)

// missing is what a time without a zone may lack to be an instant of UTC: the zone; the seconds too; the whole time of day.
var missing = []string{"Z", ":00Z", "T00:00:00Z"}

func (c clock) read(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, errTimeless
	}
	if len(text) <= 30 && strings.Trim(text, "0123456789.-") == "" && strings.Count(text, "-") < 2 {
		return c.number(text)
	}
	text = rfc3339(text)
	if t, err := billing.ParseInstant(text); err == nil {
		return t, nil
	}
	// The same reader reads what a clock showed. Such a clock has no leap seconds.
	for _, rest := range missing {
		if shown, err := billing.ParseInstant(text + rest); err == nil && !strings.HasSuffix(text[:min(len(text), 19)], ":60") {
			return c.local(shown)
		}
	}
	return time.Time{}, errTime
}

// rfc3339 converts the spellings of databases and programs, 2026-11-24 02:30:00.5+00, 2026-11-24T02:30:00+0000 and 2026-11-24 02:30:00 UTC,
// to RFC 3339.
func rfc3339(text string) string {
	text = strings.TrimSuffix(strings.Replace(text, " UTC", "Z", 1), " ")
	if len(text) > 10 && text[10] == ' ' {
		text = text[:10] + "T" + text[11:]
	}
	if n := len(text); n > 15 && strings.Contains(text, "T") {
		switch {
		case text[n-3] == '+', text[n-3] == '-':
			text += ":00"
		case text[n-5] == '+', text[n-5] == '-':
			text = text[:n-2] + ":" + text[n-2:]
		}
	}
	return text
}

func (c clock) number(text string) (time.Time, error) {
	digits, known := units[c.unit]
	if !known {
		return time.Time{}, errNumber
	}
	n, ok := billing.PlainDecimal(text)
	if !ok {
		return time.Time{}, errTime
	}
	n = n.Shift(digits).Truncate(0)
	if n.Abs().GreaterThan(decimal.New(1, 19)) || !n.BigInt().IsInt64() {
		return time.Time{}, errTime
	}
	return time.Unix(0, n.IntPart()).UTC(), nil
}

// local returns the instant at which a clock of the zone showed a time. A time that it never showed, or showed twice, is an error.
func (c clock) local(shown time.Time) (time.Time, error) {
	if c.zone == nil {
		return time.Time{}, errZone
	}
	t := time.Date(shown.Year(), shown.Month(), shown.Day(), shown.Hour(), shown.Minute(), shown.Second(), shown.Nanosecond(), c.zone)
	if !sameClock(t, shown) {
		return time.Time{}, errGap
	}
	_, before := t.Add(-6 * time.Hour).Zone()
	_, after := t.Add(6 * time.Hour).Zone()
	_, now := t.Zone()
	for _, other := range []int{before, after} {
		if again := t.Add(time.Duration(now-other) * time.Second); other != now && sameClock(again.In(c.zone), shown) {
			return time.Time{}, errAmbiguous
		}
	}
	return t.UTC(), nil
}

func sameClock(t, shown time.Time) bool {
	const clock = "2006-01-02 15:04:05"
	return t.Format(clock) == shown.Format(clock)
}
