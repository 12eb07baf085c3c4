package wire

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// naive counts what a decoded value contains.
func naive(v any, depth int, w *Weight) {
	w.Values++
	switch v := v.(type) {
	case map[string]any:
		w.Depth = max(w.Depth, depth+1)
		for _, child := range v {
			naive(child, depth+1, w)
		}
	case []any:
		w.Depth = max(w.Depth, depth+1)
		for _, child := range v {
			naive(child, depth+1, w)
		}
	}
}

func TestWeigh(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{}`, ` [ ] `, `{"query":"{a}","variables":{"a":[1,2.5e3,true,null,"x"],"b":{"c":"d"}}}`, `"\\"`, `["\"","\\\"",""]`, `[-1,[[[]]],{"a" : 1}]`, "\n[1 ,\t2]\n", `{"a\"b":"c\\"}`, `""`,
	} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		var want Weight
		naive(v, 0, &want)
		if got := Weigh([]byte(text)); got.Values != want.Values || got.Depth != want.Depth || got.Bytes != len(text) {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
	if got := Weigh([]byte(`{"ab":"cde","f":12}`)).Text; got != 2+3+1+2 {
		t.Errorf("%d bytes of text", got)
	}
	if got := Weigh([]byte(`{"query":"{a}","variables":{"query":"x"}}`)).Text; got != 5+9+5+1 {
		t.Errorf("%d bytes of text beside the document", got)
	}
}

// Valid JSON is counted as decoding would count it, and nothing else takes long or panics.
func FuzzWeigh(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"b\\",{}]}`, `"`, `"\`, `[[[`, `{]}`, "tru\x00e", `{"a"`, `\u`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got := Weigh(text)
		if got.Values > len(text) || got.Text > len(text) || got.Depth > len(text) {
			t.Errorf("%+v of %d bytes", got, len(text))
		}
		var v any
		if bytes.Contains(text, []byte(`"`)) && bytes.Contains(text, []byte(`{`)) || json.Unmarshal(text, &v) != nil {
			return // of names that stand twice decoding keeps one
		}
		var want Weight
		if naive(v, 0, &want); got.Values != want.Values || got.Depth != want.Depth {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	})
}

// Counting is ten times faster than decoding, even if strings are full of escapes: no text takes longer than a tenth of what decoding numbers takes.
func TestWeighIsFast(t *testing.T) { // it measures
	values := []byte("[" + strings.Repeat("0,", 100_000) + "0]")
	best := func(do func()) time.Duration {
		least := time.Hour
		for range 5 { // the least of some is what was disturbed the least
			started := time.Now()
			do()
			least = min(least, time.Since(started))
		}
		return least
	}
	decoding := best(func() {
		var v any
		if err := json.Unmarshal(values, &v); err != nil {
			t.Fatal(err)
		}
	})
	for name, text := range map[string][]byte{
		"values": values, "texts": []byte("[" + strings.Repeat(`"x",`, 50_000) + "0]"), "escapes": []byte(`"` + strings.Repeat(`\"`, 100_000) + `"`),
		"blanks": []byte(strings.Repeat(" ", 200_000) + "0"), "open": []byte(strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000)), "backslashes": []byte(`"` + strings.Repeat(`\\`, 100_000) + `"`),
		"quotes": []byte(strings.Repeat(`"`, 200_000)),
	} {
		took := best(func() { Weigh(text) })
		if t.Log(name, took, "beside", decoding); took > decoding/10 {
			t.Errorf("%s: %v, where decoding takes %v", name, took, decoding)
		}
	}
}
