package scalar

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"
)

func written(m graphql.Marshaler) string {
	var b strings.Builder
	m.MarshalGQL(&b)
	return b.String()
}

func TestDecimalIsReadAndWrittenExactly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   any
		want string
	}{
		{"0", `"0"`},
		{"-0", `"0"`},
		{"70.5", `"70.5"`},
		{"70.500000", `"70.5"`},
		{"0.000001", `"0.000001"`},
		{"-25", `"-25"`},
		{"0007", `"7"`},
		{"9223372036854775807", `"9223372036854775807"`},
		{"9223372036854.775807", `"9223372036854.775807"`},
		{int64(5), `"5"`},
		{5, `"5"`},
		{json.Number("-12"), `"-12"`},
	} {
		d, err := UnmarshalDecimal(c.in)
		if err != nil || written(MarshalDecimal(d)) != c.want {
			t.Errorf("%v: %s, %v; want %s", c.in, written(MarshalDecimal(d)), err, c.want)
		}
	}
}

func TestDecimalWritesAtMostSixDecimals(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"0.0000005": `"0.000001"`, "-0.0000005": `"-0.000001"`, "1.23456749": `"1.234567"`, "1e3": `"1000"`} {
		if got := written(MarshalDecimal(decimal.RequireFromString(in))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestDecimalRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []any{
		nil, true, 1.5, float64(2), json.Number("1.5"), json.Number("1e3"), json.Number("99999999999999999999"),
		"", "-", ".", "1.", ".5", "+1", "1e3", "1E-3", "0x10", "1_000", " 1", "1 ", "--1", "1.2.3", "NaN", "Infinity",
		"0.0000001", "12345678901234567890", "１", strings.Repeat("9", 1<<20), map[string]any{"a": 1},
	} {
		refuses(t, in, func(v any) error { _, err := UnmarshalDecimal(v); return err })
	}
}

func TestDateTimeIsReadAndWrittenInUTC(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2026-03-01T00:00:00Z":             `"2026-03-01T00:00:00Z"`,
		"2026-03-01T05:45:00+05:45":        `"2026-03-01T00:00:00Z"`,
		"2026-02-28T20:30:00-03:30":        `"2026-03-01T00:00:00Z"`,
		"2026-03-01T00:00:00.123456Z":      `"2026-03-01T00:00:00.123456Z"`,
		"2026-03-01T00:00:00.5Z":           `"2026-03-01T00:00:00.5Z"`,
		"2026-03-01T00:00:00.123456789Z":   `"2026-03-01T00:00:00.123456Z"`,
		"2024-02-29T23:59:59.000000+00:00": `"2024-02-29T23:59:59Z"`,
		"1970-01-01T00:00:00Z":             `"1970-01-01T00:00:00Z"`,
		"2026-03-01t00:00:00.5z":           `"2026-03-01T00:00:00.5Z"`,
		"2026-02-28T23:59:60Z":             `"2026-03-01T00:00:00Z"`,
		"2026-03-01T23:59:00+23:59":        `"2026-03-01T00:00:00Z"`,
	} {
		at, err := UnmarshalDateTime(in)
		if err != nil || written(MarshalDateTime(at)) != want {
			t.Errorf("%s: %s, %v; want %s", in, written(MarshalDateTime(at)), err, want)
		}
	}
	if got := written(MarshalDateTime(time.Unix(0, 1_999).UTC())); got != `"1970-01-01T00:00:00.000001Z"` {
		t.Errorf("nanoseconds are not cut: %s", got)
	}
}

func TestDateTimeRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []any{
		nil, 0, int64(1), 1.5, "", "now", "2026-03-01", "2026-03-01T00:00:00", "2026-03-01 00:00:00Z",
		"2026-03-01T00:00:00,5Z", "2026-03-01T0:00:00Z", "2026-03-01T00:00:00.1234567890Z", "2026-03-01T00:00:00.Z",
		"2026-02-29T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T00:00:60Z", "2026-13-01T00:00:00Z",
		"1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "2026-03-01T00:00:00+25:00",
		"2026-03-01T12:00:60Z", "2026-03-01T00:00:00+24:00", strings.Repeat("2", 1<<20),
	} {
		refuses(t, in, func(v any) error { _, err := UnmarshalDateTime(v); return err })
	}
}

func TestLong(t *testing.T) {
	t.Parallel()
	for _, in := range []any{0, int64(MaxLong), int64(-MaxLong), json.Number("9007199254740991")} {
		n, err := UnmarshalLong(in)
		back, err2 := UnmarshalLong(json.Number(written(MarshalLong(n))))
		if err != nil || err2 != nil || back != n {
			t.Errorf("%v: %d, %v, %d, %v", in, n, err, back, err2)
		}
	}
	for _, in := range []any{nil, "1", 1.0, true, int64(MaxLong + 1), int64(-MaxLong - 1), json.Number("1.0"), json.Number("1e2"), json.Number(strings.Repeat("9", 1000))} {
		refuses(t, in, func(v any) error { _, err := UnmarshalLong(v); return err })
	}
}

func TestTimeZone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Asia/Kathmandu", "America/St_Johns", "America/Argentina/Buenos_Aires", "Etc/GMT+5"} {
		zone, err := UnmarshalTimeZone(name)
		if err != nil || written(MarshalTimeZone(zone)) != `"`+name+`"` {
			t.Errorf("%s: %v, %v", name, zone, err)
		}
	}
	for _, in := range []any{
		nil, 5, "", "Local", "localtime", "posixrules", "posix/UTC", "right/UTC", "Factory", "Asia/Nowhere", "asia/kathmandu",
		"../../etc/passwd", "/etc/localtime", "Asia//Kathmandu", "Asia/../UTC", "UTC\x00", "+05:45", strings.Repeat("A", 1<<20),
	} {
		refuses(t, in, func(v any) error { _, err := UnmarshalTimeZone(v); return err })
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	if got := written(MarshalJSON(json.RawMessage(`{"a":1}`))); got != `{"a":1}` {
		t.Error(got)
	}
	if got := written(MarshalJSON(nil)); got != "null" {
		t.Error(got)
	}
	if text, err := UnmarshalJSON(map[string]any{"a": json.Number("1.50"), "b": []any{nil}}); err != nil || string(text) != `{"a":1.50,"b":[null]}` {
		t.Errorf("%s %v", text, err)
	}
	refuses(t, func() {}, func(v any) error { _, err := UnmarshalJSON(v); return err })
}

// refuses checks that in is refused with an *Error whose text does not grow with the input.
func refuses(t *testing.T, in any, read func(any) error) {
	t.Helper()
	err := read(in)
	var refusal *Error
	if !errors.As(err, &refusal) {
		t.Errorf("%.40v: %v, want an *Error", in, err)
		return
	}
	if len(err.Error()) > 120 {
		t.Errorf("%.40v: text of %d characters", in, len(err.Error()))
	}
}

func FuzzDecimal(f *testing.F) {
	for _, seed := range []string{"0", "-70.5", "0.000001", "1e9", "9223372036854775807", "..", "-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := UnmarshalDecimal(text)
		if err != nil {
			refuses(t, text, func(any) error { return err })
			return
		}
		var out string
		if err := json.Unmarshal([]byte(written(MarshalDecimal(d))), &out); err != nil {
			t.Fatal(err)
		}
		back, err := UnmarshalDecimal(out)
		if err != nil || !back.Equal(d) {
			t.Fatalf("%q became %q, %v", text, out, err)
		}
	})
}

func FuzzDateTime(f *testing.F) {
	for _, seed := range []string{"2026-03-01T00:00:00Z", "2026-03-01T00:00:00.123456+05:45", "9999-12-31T23:59:59-00:01", "T", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := UnmarshalDateTime(text)
		if err != nil {
			refuses(t, text, func(any) error { return err })
			return
		}
		var out string
		if err := json.Unmarshal([]byte(written(MarshalDateTime(at))), &out); err != nil {
			t.Fatal(err)
		}
		back, err := UnmarshalDateTime(out)
		if err != nil || !back.Equal(at) {
			t.Fatalf("%q became %q, %v", text, out, err)
		}
	})
}

func TestStringIsWhatCanBeStored(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "a\tb\nc", "ü𝄞", "\ufeff"} {
		if got, err := UnmarshalString(text); err != nil || got != text || written(MarshalString(got)) == "" {
			t.Errorf("%q became %q, %v", text, got, err)
		}
	}
	for _, v := range []any{"a\x00b", "\xff", "\xed\xa0\x80", nil, 1, true, json.Number("1"), []any{"a"}} {
		refuses(t, v, func(v any) error { _, err := UnmarshalString(v); return err })
	}
}

func FuzzString(f *testing.F) {
	for _, seed := range []string{"", "a\x00", "\xff", "ü"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := UnmarshalString(text)
		if err != nil {
			refuses(t, text, func(any) error { return err })
			return
		}
		var out string
		if err := json.Unmarshal([]byte(written(MarshalString(got))), &out); err != nil || out != text {
			t.Fatalf("%q became %q, %v", text, out, err)
		}
	})
}

func FuzzTimeZone(f *testing.F) {
	for _, seed := range []string{"UTC", "Asia/Kathmandu", "Local", "../../etc/passwd", "Etc/GMT+1", "A//B"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		zone, err := UnmarshalTimeZone(text)
		if err != nil {
			refuses(t, text, func(any) error { return err })
		} else if zone.String() != text {
			t.Fatalf("%q became %v", text, zone)
		}
	})
}

func FuzzLong(f *testing.F) {
	for _, seed := range []string{"0", "-9223372036854775808", "9223372036854775808", "1e3", "0x1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := UnmarshalLong(json.Number(text))
		if err != nil {
			refuses(t, text, func(any) error { return err })
			return
		}
		if back, err := UnmarshalLong(json.Number(written(MarshalLong(n)))); err != nil || back != n {
			t.Fatalf("%q became %d, %v", text, back, err)
		}
	})
}
